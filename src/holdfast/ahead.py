"""Reading ahead: the next windows of a large object come over connections of their own while one is consumed."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from holdfast.errors import Changed, StoreError, Unavailable
from holdfast.threads import Call, beside, checkpoint
from holdfast.types import Body, Entry, Feature, Read

__all__ = ["WINDOW", "Ahead", "is_strong", "same_version", "whole"]

WINDOW = 2 * 1024 * 1024
"""Bytes of one request. Larger ones would be fewer, but take more memory for the same number of connections."""

FIRST = 8 * 1024 * 1024
"""Bytes of the first request for a whole object: most are no larger, and cost no second one."""

LOOK = 0.1
"""Seconds between two looks whether the caller was cancelled."""

E = TypeVar("E", bound=StoreError)


class Gettable(Protocol):
    """What is needed of a store."""

    @property
    def features(self) -> Feature: ...
    @property
    def read_ahead(self) -> int: ...
    @property
    def label(self) -> str: ...
    def get(self, key: str, want: Read = ...) -> Body: ...
    def error(self, kind: type[E], key: str = ..., message: str = ...) -> E: ...


class Ahead(Iterator[bytes]):
    """The chunks of ``entry``'s object from ``start`` to ``end`` (``None``: its own), all of this one version.

    A window is fetched by a thread that ends with it: there are as many as windows on their way. How many those are
    doubles with every window that was taken, up to ``store.read_ahead`` bytes; with ``eager`` all begin at once.
    What goes wrong in one is raised where its bytes would stand.

    ``close`` gives up what is on its way; threads end with the next chunk that comes. A forked child, which has
    none of the threads, goes on with windows of its own.
    """

    def __init__(
        self, store: Gettable, entry: Entry, start: int, end: int | None = None, *, eager: bool = False
    ) -> None:
        self._store = store
        self._entry = entry
        self.end = end or entry.size or 0
        self._most = max(store.read_ahead // WINDOW, 1)
        self._count = self._most if eager else min(2, self._most)
        self._windows: deque[_Window] = deque()
        self._asked = self.position = start
        self._pid = os.getpid()
        if eager:
            self._fill()

    def __next__(self) -> bytes:
        if self._pid != os.getpid():
            self._windows.clear()
            self._asked, self._pid = self.position, os.getpid()
        if self.position >= self.end:
            raise StopIteration
        if not self._windows:
            self._fill()
        try:
            chunk = self._windows[0].next()
        except BaseException:
            self.close()
            raise
        self.position += len(chunk)
        if self.position >= self._windows[0].end:
            self._windows.popleft()
            self._count = min(self._count * 2, self._most)
            self._fill()
        return chunk

    def close(self) -> None:
        if self._pid == os.getpid():
            for window in self._windows:
                window.call.give_up()
        self._windows.clear()
        self._asked = self.position

    def __del__(self) -> None:
        self.close()

    def _fill(self) -> None:
        while len(self._windows) < self._count and self._asked < self.end:
            end = min(self._asked + WINDOW, self.end)
            if self.end - end < WINDOW // 8:
                end = self.end  # a little more costs less than a request for it
            self._windows.append(_Window(self._store, self._entry, self._asked, end))
            self._asked = end


class _Window:
    """Bytes ``start`` to ``end``, as they come from a thread."""

    def __init__(self, store: Gettable, entry: Entry, start: int, end: int) -> None:
        self.end = end
        self._chunks: SimpleQueue[bytes | BaseException] = SimpleQueue()
        self.call: Call = beside(_fetching(store, entry, start, end, self._chunks.put), name="holdfast ahead")

    def next(self) -> bytes:
        while True:
            try:
                item = self._chunks.get(timeout=LOOK)
            except Empty:
                checkpoint()
                continue
            if isinstance(item, BaseException):
                raise item
            return item


def _fetching(
    store: Gettable, entry: Entry, start: int, end: int, put: Callable[[bytes | BaseException], None]
) -> Callable[[], None]:
    """The work of a thread. It holds nothing of whoever reads: so a reader that nobody closes can go."""

    def fetch() -> None:
        try:
            position = start
            with store.get(entry.key, Read(start=start, end=end, etag=strong(entry))) as body:
                if not same_version(body.entry, entry):
                    raise store.error(Changed, entry.key)
                for chunk in body:
                    if chunk:
                        position += len(chunk)
                        put(chunk)
            if position != end:
                text = (
                    f"{entry.key!r} in {store.label}: {position - start:,} bytes came from {start:,} on, "
                    f"not {end - start:,}."
                )
                raise store.error(Unavailable, entry.key, text)
        except asyncio.CancelledError:
            pass  # given up: nobody waits for it
        except BaseException as error:
            put(error)

    return fetch


def whole(store: Gettable, key: str) -> Body:
    """A whole object: as ``get`` brings it, and a large one in windows side by side where the store profits."""
    if not store.read_ahead or Feature.RANGE not in store.features:
        return store.get(key)
    first = store.get(key, Read(end=FIRST))
    size = first.entry.size
    if not size or not first.end:
        first.close()  # what a service says of an empty range is not all that it knows of the object
        return store.get(key)
    if first.end >= size:
        return first
    rest = Ahead(store, first.entry, first.end, eager=True)

    def chunks() -> Iterator[bytes]:
        try:
            with first:
                yield from first
            yield from rest
        finally:
            rest.close()

    def close() -> None:
        first.close()
        rest.close()

    return Body(first.entry, chunks(), start=0, end=size, close=close)


def strong(entry: Entry) -> str | None:
    """The entry's ETag, where it can be asked for."""
    return entry.etag if is_strong(entry.etag) else None


def is_strong(etag: str | None) -> bool:
    """Whether an ETag can be asked for in If-Match (RFC 9110, 8.8.3 and 13.1.1)."""
    return etag is not None and not etag.startswith("W/")


def same_version(one: Entry, other: Entry) -> bool:
    """Whether two entries speak of one version of an object: by ETag, or where there is none by time; and by size,
    where both know it."""
    if None not in (one.size, other.size) and one.size != other.size:
        return False
    if one.etag is not None or other.etag is not None:
        return one.etag == other.etag
    return one.modified == other.modified
