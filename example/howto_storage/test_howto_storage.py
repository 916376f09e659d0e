import pytest
from holdfast.testing.contract import StorageContract

from howto_storage import TableStorage


class TestTableStorage(StorageContract):
    exempt = {
        "fields.written_anew": "files are written by save alone",
        "saving.little_memory": "a row is written in one piece",
    }

    @pytest.fixture
    def storage(self, tmp_path):
        return TableStorage({"file": str(tmp_path / "files.sqlite3"), "base_url": "/media/"})
