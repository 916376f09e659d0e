"""A store that can do as little as a store may: what stands above it has to make do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.errors import AlreadyExists
from holdfast.source import BytesSource, Source
from holdfast.store import Store
from holdfast.stores.memory import MemoryStore
from holdfast.types import Attributes, Body, Create, Entry, Feature, Listing, Read, Remove, Write


class PlainStore(MemoryStore):
    """Knows no ETags, no attributes and no digests, looks before it writes, and sends objects whole, without saying
    how large they are."""

    scheme = "plain"
    features = Feature.WRITE
    copy = Store.copy

    def creates(self, size: int | None) -> Create:
        return Create.NONE

    def get(self, key: str, want: Read = Read()) -> Body:
        with super().get(key) as body:
            data = body.read()
        start, end = want.span(len(data))
        chunks = [data[at : min(at + 10_000, end)] for at in range(start, end, 10_000)]
        return Body(replace(_plain(body.entry), size=None), chunks, start=start)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        if not how.overwrite and key in self.objects:
            raise self.error(AlreadyExists, key)
        return _plain(super().put(key, BytesSource(source.read()), Write(overwrite=True)))

    def head(self, key: str, want: Read = Read()) -> Entry:
        return _plain(super().head(key))

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.refuse_unsupported(key, how)
        super().delete(key)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        return map(_plain, super().list(prefix, want))


def _plain(entry: Entry) -> Entry:
    return replace(entry, etag=None, digests={}, attributes=Attributes(), created=None)
