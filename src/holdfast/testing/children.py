"""Work done in forked children, and in many threads at once."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from holdfast.testing.asserting import Broken

__all__ = ["at_once", "in_children"]

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """What ``work(0)``, ``work(1)`` … return from ``count`` threads that start in the same instant.

    The first exception is raised when all have ended.
    """
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        barrier.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run, number) for number in range(count)]]


def in_children(works: Sequence[Callable[[], T]], seconds: float) -> list[T]:
    """What these functions return, each from a forked child of its own; results are pickled.

    Raises ``Broken`` with the child's traceback where one fails, and where one has not ended in time: then all are
    killed.
    """
    children = [_fork(work) for work in works]
    deadline = time.monotonic() + seconds
    try:
        return [_result(pipe, deadline, seconds) for _, pipe in children]
    finally:
        for pid, pipe in children:
            os.close(pipe)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # those that answered have nothing left to do
            os.waitpid(pid, 0)


def _fork(work: Callable[[], Any]) -> tuple[int, int]:
    read, write = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks with threads running: servers do it, so it has to work.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        os.close(read)
        answer = _answer(work)
        with os.fdopen(write, "wb") as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)  # nothing of the parent's is to be cleaned up by the child


def _answer(work: Callable[[], Any]) -> bytes:
    try:
        return pickle.dumps((True, work()))
    except BaseException:
        return pickle.dumps((False, traceback.format_exc()))


def _result(pipe: int, deadline: float, seconds: float) -> Any:
    data = bytearray()
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise Broken(f"A forked child has not ended within {seconds:g} seconds.")
        if not (piece := os.read(pipe, 65536)):
            break
        data += piece
    if not data:
        raise Broken("A forked child died without a word.")
    done, value = pickle.loads(bytes(data))  # noqa: S301 - our own child wrote it
    if not done:
        raise Broken(f"It failed in a forked child:\n{value}")
    return value
