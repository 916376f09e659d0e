"""A store that can be read and not written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from holdfast.errors import Unsupported
from holdfast.source import Source
from holdfast.store import Layer
from holdfast.types import Create, Entry, Feature, Permit, Remove, Signed, Write

__all__ = ["Readonly"]


class Readonly(Layer):
    """Refuses whatever would change the store underneath, upload URLs and local paths included."""

    @property
    def features(self) -> Feature:  # type: ignore[override]
        changing = Feature.WRITE | Feature.COPY | Feature.REPLACE_IF | Feature.DELETE_IF | Feature.PATH
        return self.inner.features & ~changing

    def creates(self, size: int | None) -> Create:
        return Create.NONE

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self._refuse(key)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self._refuse(key)

    def delete_many(self, keys: Iterable[str]) -> None:
        self._refuse("")

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        self._refuse(target)

    def sign(self, key: str, permit: Permit) -> Signed:
        if permit.method not in ("GET", "HEAD"):
            self._refuse(key)
        return super().sign(key, permit)

    def path(self, key: str) -> Path:
        self._refuse(key)

    def _refuse(self, key: str) -> NoReturn:
        raise self.error(Unsupported, key, f"{self.label} is read-only here; {key!r} was left as it is.")
