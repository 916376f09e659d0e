"""The project's own storages."""

from __future__ import annotations

from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.functional import LazyObject

from holdfast import RemoteStorage


class Vault(RemoteStorage):
    """Names are in lower case, and a second file of a name is a further version of it."""

    def get_valid_name(self, name: str) -> str:
        return super().get_valid_name(name).lower()

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        return f"{file_root}-again{file_ext}"


class Photos(RemoteStorage):
    """Behind no alias: packages know it by its class."""

    store = "s3://photos?endpoint=https://s3.invalid&region=nowhere"


class Private(FileSystemStorage):
    """Behind no alias, and not Holdfast's."""


def the_vault() -> Storage:
    return storages["vault"]


class LazyVault(LazyObject):
    def _setup(self) -> None:
        self._wrapped = storages["vault"]


class LazyLegacy(LazyObject):
    def _setup(self) -> None:
        self._wrapped = storages["legacy"]
