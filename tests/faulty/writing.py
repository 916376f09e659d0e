"""Faults of put, copy and delete."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from holdfast.errors import AlreadyExists, Refused
from holdfast.source import BytesSource, Source
from holdfast.stores.memory import MemoryStore
from holdfast.types import (
    Attributes,
    Entry,
    Feature,
    Remove,
    Write,
)


class KeepsHalf(MemoryStore):
    """What had come when the source failed is kept."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = b""
        try:
            for chunk in source.chunks():
                data += chunk
        finally:
            entry = super().put(key, BytesSource(data), how)
        return entry


class ShowsHalf(MemoryStore):
    """An object can be seen while it is being put."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = b""
        for chunk in source.chunks():
            data += chunk
            entry = super().put(key, BytesSource(data), how)
            how = replace(how, overwrite=True)
        return entry if data else super().put(key, BytesSource(data), how)


class ShowsATemporaryName(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = b""
        for chunk in source.exact():
            data += chunk
            super().put(f"{key}.part", BytesSource(data), Write(overwrite=True))
        self.delete(f"{key}.part")
        return super().put(key, BytesSource(data), how)


class SharesATemporaryName(MemoryStore):
    """Two writers in the same instant write into one temporary file."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = bytearray()

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = source.read()
        self.temporary.clear()
        for start in range(0, len(data), 10_000):
            self.temporary += data[start : start + 10_000]
            time.sleep(0.0001)
        return super().put(key, BytesSource(bytes(self.temporary)), how)


class LeavesATail(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = source.read()
        if how.overwrite and key in self.objects:
            data += self.objects[key][1][len(data) :]
        return super().put(key, BytesSource(data), how)


class LosesTheSecond(MemoryStore):
    """Says that it has replaced the object, and keeps the first one."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        if how.overwrite and key in self.objects:
            return self.head(key)
        return super().put(key, source, how)


class CreatesOver(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(key, source, replace(how, overwrite=True))


class LooksAndThenWrites(MemoryStore):
    largest = -1

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        if not how.overwrite and key in self.objects:
            raise self.error(AlreadyExists, key)
        data = source.read()
        time.sleep(0.01)
        return super().put(
            key, BytesSource(data), replace(how, overwrite=how.overwrite or len(data) > self.largest)
        )


class LooksAndThenWritesParts(LooksAndThenWrites):
    """Where an object is large, that is."""

    largest = 10_000_000


class BelievesTheSource(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(key, BytesSource(b"".join(source.chunks())), how)


class ReplacesAnyVersion(MemoryStore):
    """Claims no conditions, and takes them."""

    features = MemoryStore.features & ~Feature.REPLACE_IF

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(key, source, replace(how, etag=None))


class KeepsOldAttributes(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        if key in self.objects:
            how = replace(how, attributes=self.objects[key][0].attributes.merged(how.attributes))
        return super().put(key, source, how)


class DropsAttributes(MemoryStore):
    """Claims to keep none, and drops them silently."""

    features = MemoryStore.features & ~Feature.ATTRIBUTES

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(key, source, replace(how, attributes=Attributes()))


class TrimsMetadata(MemoryStore):
    """As HTTP does with the values of headers."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        trimmed = {name: value.strip() for name, value in how.attributes.metadata.items()}
        return super().put(key, source, replace(how, attributes=replace(how.attributes, metadata=trimmed)))


class CopiesBytesAlone(MemoryStore):
    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        with self.get(source) as body:
            return self.put(target, Source.of(body), how)


class KeepsTheTargetsAttributes(MemoryStore):
    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        if how.overwrite and target in self.objects:
            how = replace(how, attributes=self.head(target).attributes.merged(how.attributes))
        return super().copy(source, target, how)


class MissesLoudly(MemoryStore):
    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.head(key)
        super().delete(key, how)


class DeletesBelow(MemoryStore):
    def delete(self, key: str, how: Remove = Remove()) -> None:
        for found in [found for found in self.objects if found.startswith(key)]:
            super().delete(found, how)


class StopsAtTheFirstFailure(MemoryStore):
    """Has folders, as a file system, and says that they are not empty."""

    def delete(self, key: str, how: Remove = Remove()) -> None:
        if any(found.startswith(f"{key}/") for found in self.objects):
            raise self.error(Refused, key, f"{key!r} is not empty.")
        super().delete(key, how)

    def delete_many(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.delete(key)
