"""Threads for the asynchronous half: the same synchronous code, run beside the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import ParamSpec, TypeVar

__all__ = ["in_thread", "iterate"]

WORKERS = 32

P = ParamSpec("P")
T = TypeVar("T")

_pool: tuple[int, ThreadPoolExecutor] | None = None


def _executor() -> ThreadPoolExecutor:
    """This process's pool. A forked child inherits the object but not its threads, and gets its own."""
    global _pool
    if _pool is None or _pool[0] != os.getpid():
        _pool = os.getpid(), ThreadPoolExecutor(WORKERS, thread_name_prefix="holdfast")
    return _pool[1]


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """``call`` in a thread of the pool, with a copy of the caller's context variables."""
    context = contextvars.copy_context()
    work = functools.partial(context.run, call, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_executor(), work)


async def iterate(items: Iterator[T], batch: int = 1) -> AsyncIterator[T]:
    """What a synchronous iterator yields, fetched ``batch`` at a time in a thread."""
    while some := await in_thread(list, islice(items, batch)):
        for item in some:
            yield item
