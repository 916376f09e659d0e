"""A few threads for the parts of one upload."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Generic, TypeVar

from holdfast.threads import checkpoint
from holdfast.wire.connection import Stop

__all__ = ["Crew"]

LOOK = 0.1
"""Seconds between two looks."""

T = TypeVar("T")
R = TypeVar("R")


class Crew(Generic[T, R]):
    """Works on numbered items, at most ``count`` of them in existence at a time: the next is taken from its
    iterator only when a thread is free for it.

    The threads are daemons, so that Ctrl-C does not wait for a connection that is stuck.
    """

    def __init__(self, count: int, work: Callable[[int, T], R], stop: Stop) -> None:
        self._count = count
        self._work = work
        self._stop = stop
        self._free = Semaphore(count)
        self._items: SimpleQueue[tuple[int, list[T]] | None] = SimpleQueue()
        self._results: dict[int, R] = {}
        self._failure: BaseException | None = None
        self._threads: list[Thread] = []

    def run(self, items: Iterable[T]) -> list[R]:
        """The results in the order of the items. Raises what went wrong first; ``end`` has to be called then."""
        iterator = iter(items)
        number = 0
        while True:
            self._wait()
            # In a list that the thread empties: nobody else holds on to the item, which may be large.
            item = list(islice(iterator, 1))
            if not item:
                break
            number += 1
            if len(self._threads) < self._count:
                self._begin()
            self._items.put((number, item))
        for _ in range(self._count - 1):  # the last free place is taken already
            self._wait()
        self._dismiss()
        return [self._results[each] for each in range(1, number + 1)]

    def end(self, seconds: float) -> None:
        """Break off what the threads are in, and wait for them, but no longer than this."""
        self._stop.set()
        self._dismiss()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def _wait(self) -> None:
        """Take a free place, and see now and then whether the whole is still wanted."""
        while not self._free.acquire(timeout=LOOK):
            checkpoint()
        if self._failure is not None:
            raise self._failure

    def _begin(self) -> None:
        thread = Thread(target=self._serve, name="holdfast part", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _dismiss(self) -> None:
        for _ in self._threads:
            self._items.put(None)

    def _serve(self) -> None:
        while (numbered := self._items.get()) is not None:
            number, item = numbered
            del numbered
            try:
                if not self._stop and self._failure is None:
                    self._results[number] = self._work(number, item.pop())
            except BaseException as error:  # it belongs to the thread that waits
                self._failure = self._failure or error
            self._free.release()
