"""The contract for storages of Django's, held over Django's own two: what they do is no false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.testing.contract import StorageContract


class TestFileSystemStorage(StorageContract):
    exempt = {
        "sources.saved_unseen": "writes in place: a file is listed while its content is still on its way",
    }

    @pytest.fixture
    def storage(self, tmp_path: Path) -> FileSystemStorage:
        root = tmp_path / "root"
        root.mkdir()  # as a deployment does: it makes folders when it saves a file, and not when it opens one
        return FileSystemStorage(location=root, base_url="/media/")

    @pytest.fixture
    def filler(self, tmp_path: Path) -> Store:
        return LocalStore(root=tmp_path / "root", fsync=False)


class TestInMemoryStorage(StorageContract):
    exempt = {
        "sources.saved_unseen": "writes in place: a file is listed while its content is still on its way",
    }

    @pytest.fixture
    def storage(self) -> InMemoryStorage:
        return InMemoryStorage(base_url="/media/")
