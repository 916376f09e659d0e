"""Threads for the asynchronous half: the same synchronous code, run beside the event loop.

A caller that is cancelled gives its call up: one that is still queued never starts, and one that runs is told by
``checkpoint``, which the loops over chunks call, so that it ends as by any error. Who changes something waits for
that end, and then nothing happens any more; who only reads is let go at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync, sync_to_async

__all__ = ["Call", "beside", "checkpoint", "in_thread", "shielded", "sleep"]

WORKERS = 32

T = TypeVar("T")


class Call:
    """A call in a thread, and whether its caller has given it up; ``outer`` is the call that its caller is in."""

    __slots__ = ("_given_up", "depth", "outer")

    def __init__(self, outer: Call | None) -> None:
        self.outer = outer
        self.depth: int = 0 if outer is None else outer.depth + 1
        self._given_up = threading.Event()

    @property
    def given_up(self) -> bool:
        return self._given_up.is_set() or (self.outer is not None and self.outer.given_up)

    def give_up(self) -> None:
        self._given_up.set()

    def sleep(self, seconds: float) -> None:
        self._given_up.wait(seconds)


_call: ContextVar[Call | None] = ContextVar("holdfast_call", default=None)


def checkpoint() -> None:
    """Raise ``asyncio.CancelledError`` in a thread whose caller was cancelled; else do nothing, and quickly.

    Whatever moves many bytes or makes many requests calls it in between, where it can still leave nothing behind.
    """
    call = _call.get()
    if call is not None and call.given_up:
        raise asyncio.CancelledError


def sleep(seconds: float) -> None:
    """As ``time.sleep``, and a ``checkpoint`` that wakes up at once."""
    call = _call.get()
    if call is None:
        time.sleep(seconds)
    else:
        call.sleep(seconds)
        checkpoint()


def beside(work: Callable[[], object], *, name: str) -> Call:
    """Begin ``work`` in a thread of its own, with a copy of the caller's context variables.

    To give up the call that this returns ends it at its next checkpoint. It is a daemon: the process does not wait
    for it.
    """
    call = Call(None)
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(_run, call, work), name=name, daemon=True).start()
    return call


@contextmanager
def shielded() -> Iterator[None]:
    """A block without checkpoints: for cleaning up, and for finding out what became of a write."""
    token = _call.set(None)
    try:
        yield
    finally:
        _call.reset(token)


async def in_thread(
    work: Callable[[], T], /, *, sensitive: bool = False, late: Callable[[T], object] | None = None
) -> T:
    """What ``work`` returns, from a thread of this process's pool, with a copy of the caller's context variables:
    what it sets of them stays there.

    ``sensitive``: run it where Django runs its ORM for this caller (``sync_to_async``), one call after the other,
    in the caller's connection and transaction. Context variables that it sets are the caller's then.
    ``late``: what to do with a result that comes after the caller was cancelled. Giving it lets a cancelled caller
    go at once; without it, ``CancelledError`` comes out when the thread has ended.
    """
    call = Call(_call.get())
    done: Future[T]
    if sensitive:
        done = Future()
        waiting = sync_to_async(partial(_fulfil, done, call, work), thread_sensitive=True)()
    else:
        done = _executor(call.depth).submit(contextvars.copy_context().run, _run, call, work)
        waiting = _ended(done)
    try:
        await waiting
        return done.result()
    except (asyncio.CancelledError, GeneratorExit) as error:
        if not done.cancel():
            call.give_up()
            if late is not None:
                done.add_done_callback(partial(_too_late, late))
            elif isinstance(error, asyncio.CancelledError):
                while not done.done():
                    with suppress(asyncio.CancelledError):  # told already
                        await _ended(done)
        raise
    finally:
        del done  # it holds the exception that holds this frame


def _run(call: Call, work: Callable[[], T]) -> T:
    token = _call.set(call)
    try:
        return work()
    finally:
        _call.reset(token)


def _fulfil(done: Future[T], call: Call, work: Callable[[], T]) -> None:
    """What an executor does with a future of its own."""
    if not done.set_running_or_notify_cancel():
        return
    try:
        result = _run(call, work)
    except BaseException as error:
        done.set_exception(error)
    else:
        done.set_result(result)


async def _ended(done: Future[Any]) -> None:
    """Wait for the end of a call; to cancel the waiting is not to cancel the call."""
    waiter = asyncio.get_running_loop().create_future()
    done.add_done_callback(partial(_wake, waiter))
    await waiter


def _wake(waiter: asyncio.Future[None], _: Future[Any]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        waiter.get_loop().call_soon_threadsafe(_set, waiter)


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _too_late(late: Callable[[T], object], done: Future[T]) -> None:
    if done.exception() is None:
        with suppress(Exception):
            late(done.result())


def _mend() -> None:
    """The one thread that asgiref keeps for a program that is asynchronous throughout does not survive a fork, and
    a child that waited for it would hang."""
    SyncToAsync.single_thread_executor = ThreadPoolExecutor(max_workers=1)


os.register_at_fork(after_in_child=_mend)

_pools: tuple[int, dict[int, ThreadPoolExecutor]] = 0, {}


def _executor(depth: int) -> ThreadPoolExecutor:
    """The pool for calls of this depth: one that waited for its own threads, all of which wait for it, would hang.

    A forked child inherits the pools but not their threads, and gets its own.
    """
    global _pools
    if _pools[0] != os.getpid():
        _pools = os.getpid(), {}
    pools = _pools[1]
    return pools.get(depth) or pools.setdefault(
        depth, ThreadPoolExecutor(WORKERS, thread_name_prefix=f"holdfast-{depth}" if depth else "holdfast")
    )
