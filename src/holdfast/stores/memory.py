"""Files in this process's memory: the store to read and to copy. For tests and for a first look.

``memory://`` is a store of its own; every ``memory://NAME`` of a process shares one.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import SplitResult, unquote

from holdfast.errors import AlreadyExists, Changed, NotFound
from holdfast.source import Source
from holdfast.store import Store
from holdfast.types import Attributes, Body, Create, Entry, Feature, Listing, Read, Remove, Write

__all__ = ["MemoryStore"]

Objects = dict[str, tuple[Entry, bytes]]

# One for all, since stores of one name share their objects; and a child must not be forked while it is held.
_lock = threading.Lock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class MemoryStore(Store):
    """Objects in a dictionary. They are gone with the process; a forked child has a copy of its own.

    ``name``: share the objects with every other memory store of that name in this process.
    """

    scheme = "memory"
    features = (
        Feature.WRITE | Feature.RANGE | Feature.COPY | Feature.ATTRIBUTES | Feature.REPLACE_IF | Feature.DELETE_IF
    )
    shared: ClassVar[dict[str, Objects]] = {}

    def __init__(self, *, name: str = "") -> None:
        self.name = name
        self.objects: Objects = self.shared.setdefault(name, {}) if name else {}

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.name, None if self.name else self.objects)

    @classmethod
    def url_options(cls, url: SplitResult) -> tuple[dict[str, str], str]:
        return {"name": url.netloc} if url.netloc else {}, unquote(url.path).strip("/")

    @property
    def label(self) -> str:
        return f"memory://{self.name}"

    def creates(self, size: int | None) -> Create:
        return Create.ATOMIC

    def get(self, key: str, want: Read = Read()) -> Body:
        entry, data = self._object(key, want.etag)
        start, end = want.span(len(data))
        return Body(entry, [data[start:end]], start=start, end=end)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = source.read()
        return self._keep(key, data, how.attributes, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        return self._object(key, want.etag)[0]

    def delete(self, key: str, how: Remove = Remove()) -> None:
        with _lock:
            if how.etag is not None and key in self.objects:
                self._object(key, how.etag)
            self.objects.pop(key, None)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        with _lock:
            entries = [entry for entry, _ in self.objects.values()]
        found = [entry for entry in entries if entry.key.startswith(prefix) and entry.key > want.after]
        yield from sorted(found, key=lambda entry: entry.key)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        entry, data = self._object(source)
        return self._keep(target, data, entry.attributes.merged(how.attributes), how)

    def _object(self, key: str, etag: str | None = None) -> tuple[Entry, bytes]:
        try:
            entry, data = self.objects[key]
        except KeyError:
            raise self.error(NotFound, key) from None
        if etag not in (None, entry.etag):
            raise self.error(Changed, key)
        return entry, data

    def _keep(self, key: str, data: bytes, attributes: Attributes, how: Write) -> Entry:
        now = datetime.now(UTC)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        entry = Entry(
            key=key,
            size=len(data),
            etag=f'"{digest}"',
            modified=now,
            created=now,
            attributes=Attributes(content_type=how.guess).merged(attributes),
            digests={"md5": digest},
        )
        with _lock:
            if how.etag is not None:
                self._object(key, how.etag)
            elif not how.overwrite and key in self.objects:
                raise self.error(AlreadyExists, key)
            self.objects[key] = entry, data
        return entry


def _again(kind: type[MemoryStore], name: str, objects: Objects | None) -> MemoryStore:
    """The store out of a pickle: a named one is this process's own of that name, another a copy."""
    store = kind(name=name)
    store.objects.update(objects or {})
    return store
