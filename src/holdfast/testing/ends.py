"""Work that has to end: calls, and processes that end by themselves as Python's do."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from typing import IO, Any

from django.conf import settings

from holdfast.testing.asserting import Broken, NotApplicable

__all__ = ["ended", "forked", "fresh"]

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


def forked(work: Callable[[], object], seconds: float) -> str:
    """What a forked child writes to its standard output and error until it has ended. It waits for its threads, as
    the children of ``multiprocessing`` do. ``Broken`` where it has not ended in time, and where it has failed."""
    with tempfile.TemporaryFile() as said:
        child = multiprocessing.get_context("fork").Process(target=_saying, args=(work, said.fileno()))
        with warnings.catch_warnings():
            # Python 3.12 warns of forks with threads running: servers do it, so it has to work.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        try:
            child.join(seconds)
            if child.exitcode is None:
                raise Broken(f"A forked child has not ended within {seconds:g} seconds.{_text(said)}")
            if child.exitcode:
                raise Broken(f"A forked child has ended with {child.exitcode}.{_text(said)}")
        finally:
            child.kill()
            child.join()
            child.close()
        return _text(said)


def fresh(work: Callable[[Any], object], argument: object, seconds: float) -> str:
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


def _saying(work: Callable[[], object], fd: int) -> None:
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    sys.stdout = sys.stderr = os.fdopen(fd, "w", closefd=False)
    work()


def _text(said: IO[bytes]) -> str:
    said.seek(0)
    text = said.read().decode(errors="replace").strip()
    return f"\n{text}" if text else ""
