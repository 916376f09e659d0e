"""Stores that can do less than they might: what stands above them has to make do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.errors import AlreadyExists
from holdfast.source import BytesSource, Source
from holdfast.store import Store
from holdfast.stores.memory import MemoryStore
from holdfast.types import Attributes, Body, Create, Entry, Feature, Listing, Read, Remove, Write


class PlainStore(MemoryStore):
    """The least of all: knows no ETags, attributes or digests, looks before it writes, and sends objects whole,
    without saying how large they are."""

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


class WeakStore(MemoryStore):
    """Has weak ETags, which no condition can be made of, and copies through its client."""

    scheme = "weak"
    features = Feature.WRITE | Feature.RANGE | Feature.ATTRIBUTES
    copy = Store.copy

    def get(self, key: str, want: Read = Read()) -> Body:
        body = super().get(key, replace(want, etag=_strong(want.etag)))
        return Body(_weak(body.entry), body, start=body.start, end=body.end)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        return _weak(super().put(key, source, how))

    def head(self, key: str, want: Read = Read()) -> Entry:
        return _weak(super().head(key, replace(want, etag=_strong(want.etag))))

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.refuse_unsupported(key, how)
        super().delete(key)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        return map(_weak, super().list(prefix, want))


def _weak(entry: Entry) -> Entry:
    return replace(entry, etag=f"W/{entry.etag}")


def _strong(etag: str | None) -> str | None:
    return etag.removeprefix("W/") if etag else None


def _plain(entry: Entry) -> Entry:
    return replace(entry, etag=None, digests={}, attributes=Attributes(), created=None)
