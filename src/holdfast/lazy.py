"""A storage by its alias, for fields: only the alias goes into a migration."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import Storage, storages

__all__ = ["use"]


class AliasedStorage(Storage):
    """Whatever ``storages[alias]`` is at the moment, so that it follows ``override_settings``.

    Django's ``LazyObject`` will not do: a migration would unwrap it and write what it found inside.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def __getattribute__(self, name: str) -> Any:
        if name in OWN or name in object.__getattribute__(self, "__dict__"):
            return object.__getattribute__(self, name)
        return getattr(storages[self.alias], name)

    def deconstruct(self) -> tuple[str, tuple[str], dict[str, Any]]:
        return "holdfast.use", (self.alias,), {}

    def __reduce__(self) -> Any:
        return use, (self.alias,)

    def __eq__(self, other: object) -> bool:
        return type(other) is AliasedStorage and self.alias == other.alias

    def __hash__(self) -> int:
        return hash(self.alias)

    def __repr__(self) -> str:
        return f"holdfast.use({self.alias!r})"


OWN = {*dir(object), "deconstruct"}
"""What is the alias's own, and not that of the storage behind it."""


def use(alias: str) -> AliasedStorage:
    """The storage of that alias in ``STORAGES``, looked up anew at each use: ``FileField(storage=use("vault"))``.

    Raises Django's ``InvalidStorageError`` at the first use if there is no such alias.
    """
    return AliasedStorage(alias)
