"""Counting what is asked of a store, where no proxy can count its requests."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.types import Body, Entry, Folder, Listing, Read, Remove, Write

__all__ = ["Counting", "Tally"]


@dataclass(slots=True)
class Tally:
    """The calls of one block, and the bytes they moved."""

    verbs: list[str] = field(default_factory=list)
    sent: int = 0
    received: int = 0

    @property
    def count(self) -> int:
        return len(self.verbs)


class Counting(Layer):
    """Counts each verb that reaches the store underneath as one request."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._tallies: list[Tally] = []
        self._lock = threading.Lock()

    @contextmanager
    def counting(self) -> Iterator[Tally]:
        tally = Tally()
        self._tallies.append(tally)
        try:
            yield tally
        finally:
            self._tallies.remove(tally)

    def get(self, key: str, want: Read = Read()) -> Body:
        self._count("get")
        body = super().get(key, want)
        return Body(body.entry, self._received(body), start=body.start, end=body.end, close=body.close)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self._count("put", sent=source.size or 0)
        return super().put(key, source, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        self._count("head")
        return super().head(key, want)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self._count("delete")
        super().delete(key, how)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        self._count("list")
        return super().list(prefix, want)

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        self._count("listdir")
        return super().listdir(prefix, want)

    def delete_many(self, keys: Iterable[str]) -> None:
        self._count("delete_many")
        super().delete_many(keys)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        self._count("copy")
        return super().copy(source, target, how)

    def _received(self, body: Body) -> Iterator[bytes]:
        for chunk in body:
            for tally in self._tallies:
                tally.received += len(chunk)
            yield chunk

    def _count(self, verb: str, sent: int = 0) -> None:
        with self._lock:
            for tally in self._tallies:
                tally.verbs.append(verb)
                tally.sent += sent
