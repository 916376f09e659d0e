from holdfast.testing.contract import StorageContract

import pytest
from howto_storage import TableStorage


class TestTableStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path):
        return TableStorage({"file": str(tmp_path / "files.sqlite3"), "base_url": "/media/"})
