"""A plain storage of Django's seen from one of its folders."""

from __future__ import annotations

from datetime import datetime
from os import PathLike
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage

__all__ = ["Below"]


class Below(Storage):
    """Puts a folder before every name, and takes it off again. It is no wall: a name with ``..`` goes through to
    the storage as it is, whose own business it is to refuse it."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self.storage = storage
        self.folder = folder

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        return self.storage.open(self._in(name), mode)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        name = content.name if name is None else name
        saved = self.storage.save(f"{self.folder}/{name}", content, max_length=self._longer(max_length))
        return self._out(saved)

    def get_valid_name(self, name: str) -> str:
        return self.storage.get_valid_name(name)

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        return self.storage.get_alternative_name(file_root, file_ext)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return self._out(self.storage.get_available_name(self._in(name), max_length=self._longer(max_length)))

    def generate_filename(self, filename: str | PathLike[str]) -> str:
        return self.storage.generate_filename(filename)

    def path(self, name: str) -> str:
        return self.storage.path(self._in(name))

    def delete(self, name: str) -> None:
        self.storage.delete(self._in(name))

    def exists(self, name: str) -> bool:
        return self.storage.exists(self._in(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.storage.listdir(self._in(path))

    def size(self, name: str) -> int:
        return self.storage.size(self._in(name))

    def url(self, name: str | None) -> str:
        return self.storage.url(self._in(name or ""))

    def get_accessed_time(self, name: str) -> datetime:
        return self.storage.get_accessed_time(self._in(name))

    def get_created_time(self, name: str) -> datetime:
        return self.storage.get_created_time(self._in(name))

    def get_modified_time(self, name: str) -> datetime:
        return self.storage.get_modified_time(self._in(name))

    def _in(self, name: Any) -> str:
        text = str(name).replace("\\", "/")
        return f"{self.folder}/{text}" if text not in ("", ".", "/") else self.folder

    def _out(self, name: str) -> str:
        return name.replace("\\", "/").removeprefix(f"{self.folder}/")

    def _longer(self, max_length: int | None) -> int | None:
        return None if max_length is None else max_length + len(self.folder) + 1
