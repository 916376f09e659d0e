"""Work that has to end: calls, processes that end by themselves, and processes that are killed in the middle."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import IO, Any

from django.conf import settings

from holdfast.testing.asserting import Broken, NotApplicable

__all__ = ["Stalling", "ended", "forked", "fresh", "killed"]

UNKNOWN = 86
"""What the new process exits with where it does not know the work."""

FRESH = f"""
import pickle, sys
import django
django.setup()
try:
    work, argument = pickle.load(sys.stdin.buffer)
except (ImportError, AttributeError):
    sys.exit({UNKNOWN})
work(argument)
"""


def ended(what: str, call: Callable[[], object], seconds: float) -> tuple[object, Exception | None]:
    """What a call returns, or raises. One that has not ended in time is ``Broken``, and is left to itself."""
    outcome: list[tuple[object, Exception | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except Exception as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Broken(f"{what} has not ended within {seconds:g} seconds.")
    return outcome[0]


# ---------------------------------------------------------------- processes that end by themselves


def forked(work: Callable[[], object], seconds: float = 60) -> str:
    """What a forked child writes to its standard output and error until it has ended. It waits for its threads, as
    the children of ``multiprocessing`` do. ``Broken`` where it has not ended in time, and where it has failed."""
    with tempfile.TemporaryFile() as said, _child(work, said) as child:
        child.join(seconds)
        _judge(child, said, seconds)
        return _text(said)


def fresh(work: Callable[[Any], object], argument: object, seconds: float = 60) -> str:
    """What a new interpreter writes to its standard output and error, in which ``work(argument)`` is done and which
    then ends. It has the settings and the path of this one. ``Broken`` as with ``forked``; ``NotApplicable`` where
    it cannot be told what to do."""
    module = getattr(settings, "SETTINGS_MODULE", None)
    if not isinstance(module, str):
        raise NotApplicable("needs settings in a module, which a new process can read")
    try:
        told = pickle.dumps((work, argument))
    except Exception as error:
        raise NotApplicable("needs something that can be pickled, to hand it to a new process") from error
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": module,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    with tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(  # noqa: S603 - it is this interpreter
                [sys.executable, "-c", FRESH],
                input=told,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environ,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Broken(f"A new process has not ended within {seconds:g} seconds.{_text(said)}") from None
        if done.returncode == UNKNOWN:
            raise NotApplicable("needs a class that a new process can import")
        if done.returncode:
            raise Broken(f"A new process has ended with {done.returncode}.{_text(said)}")
        return _text(said)


# ---------------------------------------------------------------- processes that are killed


def killed(work: Callable[[Callable[[], None]], object], seconds: float = 60) -> bool:
    """Do ``work(here)`` in a forked child, which is killed when it calls ``here``. Whether it came to that; if not,
    the child has ended before. ``Broken`` as with ``forked``."""
    read, write = os.pipe()

    def here() -> None:
        os.write(write, b"-")
        time.sleep(2 * seconds)

    try:
        with tempfile.TemporaryFile() as said, _child(lambda: work(here), said) as child:
            if read in wait([read, child.sentinel], seconds):
                return True
            child.join(1)
            _judge(child, said, seconds)
            return False
    finally:
        os.close(read)
        os.close(write)


class Stalling(io.RawIOBase):
    """A binary file of ``size`` bytes that calls ``here`` when its middle is read, the ``turn``-th time through."""

    def __init__(self, size: int, here: Callable[[], None], turn: int = 1) -> None:
        self._size = size
        self._here = here
        self._turn = turn
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = start + position
        return self._position

    def readinto(self, buffer: Any) -> int:
        count = max(0, min(len(buffer), self._size - self._position))
        if self._position <= self._size // 2 < self._position + count:
            self._turn -= 1
            if not self._turn:
                self._here()
        buffer[:count] = b"x" * count
        self._position += count
        return count


@contextmanager
def _child(work: Callable[[], object], said: IO[bytes]) -> Iterator[ForkProcess]:
    child = multiprocessing.get_context("fork").Process(target=_saying, args=(work, said.fileno()))
    with warnings.catch_warnings():
        # Python 3.12 warns of forks with threads running: servers do it, so it has to work.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join()
        child.close()


def _saying(work: Callable[[], object], fd: int) -> None:
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    sys.stdout = sys.stderr = os.fdopen(fd, "w", closefd=False)
    work()


def _judge(child: ForkProcess, said: IO[bytes], seconds: float) -> None:
    if child.exitcode is None:
        raise Broken(f"A forked child has not ended within {seconds:g} seconds.{_text(said)}")
    if child.exitcode:
        raise Broken(f"A forked child has ended with {child.exitcode}.{_text(said)}")


def _text(said: IO[bytes]) -> str:
    said.seek(0)
    text = said.read().decode(errors="replace").strip()
    return f"\n{text}" if text else ""
