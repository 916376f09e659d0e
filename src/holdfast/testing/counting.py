"""Counting what is asked of a store, where nothing else counts its requests.

::

    counting = Counting(MyStore())
    storage = RemoteStorage(counting)
    with counting.counting() as tally, storage.open("a.txt") as file:
        file.read()
    assert (["get"], file.size) == (tally.verbs, tally.received)  # open and read small: one request

In a contract ``counting`` is the fixture ``store``, and ``counting.counting`` the fixture ``counter``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.types import Body, Entry, Folder, Listing, Read, Remove, Write

__all__ = ["Counting", "Tally"]


@dataclass(slots=True, eq=False)
class Tally:
    """What was asked in one block, also while it lasts: ``verbs`` are their names, in order."""

    verbs: list[str] = field(default_factory=list)
    # One number each time, since a lock would be held by another thread at the moment of a fork.
    _sent: list[int] = field(default_factory=list)
    _received: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many verbs."""
        return len(self.verbs)

    @property
    def sent(self) -> int:
        """Bytes of the objects that were put."""
        return sum(self._sent)

    @property
    def received(self) -> int:
        """Bytes of the objects that came."""
        return sum(self._received)


class Counting(Layer):
    """Counts each verb that reaches the store underneath as one request, whatever that makes of it."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self._tallies: list[Tally] = []

    @contextmanager
    def counting(self) -> Iterator[Tally]:
        """Count in a ``with`` block. Blocks may overlap; each counts for itself, the verbs of all threads."""
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
        self._count("put")
        entry = super().put(key, source, how)
        for tally in tuple(self._tallies):
            tally._sent.append(entry.size or source.size or 0)
        return entry

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
            for tally in tuple(self._tallies):
                tally._received.append(len(chunk))
            yield chunk

    def _count(self, verb: str) -> None:
        for tally in tuple(self._tallies):
            tally.verbs.append(verb)
