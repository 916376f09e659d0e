"""A plain storage of Django's as a store, as far as its own methods go."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from holdfast.errors import AlreadyExists, NotFound
from holdfast.source import Source
from holdfast.store import Store
from holdfast.types import Body, Create, Entry, Feature, Listing, Read, Remove, Write

__all__ = ["AsStore"]


class AsStore(Store):
    """What a case needs to fill a storage and to look into it.

    ``witness``: another way to the same files, which does all that instead, so that a fault of the storage shows
    in the promises about it and in no others.
    """

    def __init__(self, storage: Storage, witness: Store | None = None) -> None:
        self.storage = storage
        self.witness = witness

    @property
    def features(self) -> Feature:  # type: ignore[override]
        asked = Feature.WRITE | Feature.RANGE  # what may be asked of every storage
        try:
            self.storage.path("a.txt")
        except NotImplementedError:
            return asked
        return asked | Feature.PATH

    def creates(self, size: int | None) -> Create:
        return Create.ATOMIC  # what Django's contract asks of every storage

    @property
    def label(self) -> str:
        return type(self.storage).__name__

    def get(self, key: str, want: Read = Read()) -> Body:
        if self.witness is not None:
            return self.witness.get(key, want)
        try:
            with self.storage.open(key) as file:
                data = file.read()
        except FileNotFoundError as error:
            raise self.error(NotFound, key) from error
        start, end = want.span(len(data))
        return Body(Entry(key=key, size=len(data)), [data[start:end]], start=start, end=end)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        if self.witness is not None:
            return self.witness.put(key, source, how)
        if how.overwrite:
            self.storage.delete(key)
        name = self.storage.save(key, ContentFile(source.read()))
        if name != key:
            self.storage.delete(name)
            raise self.error(AlreadyExists, key)
        return Entry(key=key)

    def head(self, key: str, want: Read = Read()) -> Entry:
        if self.witness is not None:
            return self.witness.head(key, want)
        if not self.storage.exists(key):
            raise self.error(NotFound, key)
        return Entry(key=key, size=self.storage.size(key))

    def delete(self, key: str, how: Remove = Remove()) -> None:
        if self.witness is not None:
            self.witness.delete(key, how)
        else:
            self.storage.delete(key)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        if self.witness is not None:
            yield from self.witness.list(prefix, want)
            return
        for key in sorted(self._below(prefix)):
            if key > want.after:
                yield Entry(key=key, size=self.storage.size(key))

    def _below(self, prefix: str) -> Iterator[str]:
        try:
            folders, files = self.storage.listdir(prefix.rstrip("/"))
        except FileNotFoundError:
            return
        for file in files:
            yield f"{prefix}{file}"
        for folder in folders:
            yield from self._below(f"{prefix}{folder}/")
