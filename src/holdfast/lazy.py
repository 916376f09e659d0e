"""A storage by its alias, for fields: only the alias goes into a migration."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import Storage, storages
from django.utils.functional import LazyObject

__all__ = ["use"]


class AliasedStorage(LazyObject):  # type: ignore[type-arg]  # generic in the stubs alone
    """Whatever ``storages[alias]`` is at the moment, so that it follows ``override_settings``."""

    def __init__(self, alias: str) -> None:
        self.__dict__["alias"] = alias

    @property
    def _wrapped(self) -> Storage:
        return storages[self.__dict__["alias"]]

    def __bool__(self) -> bool:
        return True  # a field asks at import, when STORAGES need not be there yet

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "holdfast.use", [self.__dict__["alias"]], {}

    def __reduce__(self) -> Any:
        return use, (self.__dict__["alias"],)

    def __copy__(self) -> AliasedStorage:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> AliasedStorage:
        return self

    def __repr__(self) -> str:
        return f"holdfast.use({self.__dict__['alias']!r})"


def use(alias: str) -> AliasedStorage:
    """The storage of that alias in ``STORAGES``, looked up anew at each use: ``FileField(storage=use("vault"))``.

    Raises Django's ``InvalidStorageError`` at the first use if there is no such alias.
    """
    return AliasedStorage(alias)
