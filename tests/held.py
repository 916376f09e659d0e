"""A store that can be held up, and tasks that are cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from holdfast import Body, Entry, Listing, Read
from holdfast.stores.memory import MemoryStore

EVERYTHING, WHOLE = Listing(), Read()

AT_ONCE = 1.0
"""Seconds within which something comes that waits for nobody."""


class Held(MemoryStore):
    """A store whose reads wait until they may go on, and whose bodies say that they were closed."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.closed = 0
        self.go = threading.Event()

    def hold(self) -> None:
        self.begun += 1
        assert self.go.wait(10)

    def get(self, key: str, want: Read = WHOLE) -> Body:
        self.hold()
        body = super().get(key, want)
        return Body(body.entry, body, start=body.start, end=body.end, close=self._count)

    def head(self, key: str, want: Read = WHOLE) -> Entry:
        self.hold()
        return super().head(key, want)

    def list(self, prefix: str = "", want: Listing = EVERYTHING) -> Iterator[Entry]:
        try:
            self.hold()
            yield from super().list(prefix, want)
        finally:
            self._count()

    def _count(self) -> None:
        self.closed += 1


class HeldAndSensitive(Held):
    thread_sensitive = True


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def cancelled(awaitable: Any, begun: Callable[[], object]) -> float:
    """Cancel it when that has begun; the seconds that it took."""
    task = asyncio.ensure_future(awaitable)
    await until(begun)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return time.monotonic() - began
