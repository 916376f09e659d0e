"""A store seen from one of its folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from holdfast.errors import InvalidKey, StoreError
from holdfast.keys import prefix_of
from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.types import Body, Entry, Folder, Listing, Permit, Read, Remove, Signed, Write

__all__ = ["Prefixed"]


class Prefixed(Layer):
    """Puts ``prefix`` before every key, and takes it off again: nothing outside it can be seen or touched.

    The path of a store's URL is one of these.
    """

    def __init__(self, inner: Store, *, prefix: str) -> None:
        super().__init__(inner)
        self.prefix = prefix_of(prefix)

    @property
    def label(self) -> str:
        return f"{self.inner.label.rstrip('/')}/{self.prefix.rstrip('/')}"

    def get(self, key: str, want: Read = Read()) -> Body:
        with self._relative():
            body = self.inner.get(self.prefix + key, want)
        return Body(self._entry(body.entry), self._chunks(body), start=body.start, end=body.end, close=body.close)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        with self._relative():
            return self._entry(self.inner.put(self.prefix + key, source, how))

    def head(self, key: str, want: Read = Read()) -> Entry:
        with self._relative():
            return self._entry(self.inner.head(self.prefix + key, want))

    def delete(self, key: str, how: Remove = Remove()) -> None:
        with self._relative():
            self.inner.delete(self.prefix + key, how)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        with self._relative():
            for entry in self.inner.list(self.prefix + prefix, self._listing(want)):
                yield self._entry(entry)

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        with self._relative():
            for item in self.inner.listdir(self.prefix + prefix, self._listing(want)):
                yield Folder(self._cut(item.prefix)) if isinstance(item, Folder) else self._entry(item)

    def delete_many(self, keys: Iterable[str]) -> None:
        with self._relative():
            self.inner.delete_many(self.prefix + key for key in keys)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        with self._relative():
            return self._entry(self.inner.copy(self.prefix + source, self.prefix + target, how))

    def sign(self, key: str, permit: Permit) -> Signed:
        with self._relative():
            return self.inner.sign(self.prefix + key, permit)

    def path(self, key: str) -> Path:
        with self._relative():
            return self.inner.path(self.prefix + key)

    def _cut(self, key: str) -> str:
        return key.removeprefix(self.prefix)

    def _entry(self, entry: Entry) -> Entry:
        return replace(entry, key=self._cut(entry.key))

    def _listing(self, want: Listing) -> Listing:
        return replace(want, after=self.prefix + want.after) if want.after else want

    def _chunks(self, body: Body) -> Iterator[bytes]:
        with self._relative():
            yield from body

    @contextmanager
    def _relative(self) -> Iterator[None]:
        """Errors speak of the keys that the caller knows."""
        try:
            yield
        except (StoreError, InvalidKey) as error:
            for each in (error, *getattr(error, "others", ())):
                each.key = self._cut(each.key)
                each.store = self.label
            raise
