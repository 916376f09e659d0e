"""One promise asked of one subject, in a process of its own: what hangs or dies there holds up nothing here."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import re
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from holdfast.testing import Case, Promise
from holdfast.testing.as_store import AsStore
from holdfast.testing.shell import OVER, put
from holdfast.testing.verdict import Outcome, judge
from tests.peers.subjects import Made, Servers, Subject
from tests.test_see import run_see

T = TypeVar("T")

LIMIT = 60.0
"""Seconds for one promise. The slowest that is kept takes some ten."""
LIMIT_OF_LINES = 30.0
"""Seconds for its three lines."""

_PASSING = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0x…"),
    (re.compile(r"\b[0-9a-f]{8}-(\d+)(?=\.|_|\b)"), r"NAME-\1"),
    (re.compile(r"_[A-Za-z0-9]{7}(?=[._'\"/ ]|$)"), "_RANDOM"),
    (re.compile(r"'(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'"), "'MONTH'"),
)
"""What is another each time: addresses, the names that a case makes up and Django's additions to names, today."""


class NoAnswer(Exception):
    """The child was killed, or died."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``what``: what happened instead, the argument of the exemption, or why it is not asked. ``shown``: whether
    the promise's three lines show it broken too."""

    outcome: Outcome
    what: str = ""
    shown: bool = False
    seconds: float = 0.0


def ask(promise: Promise, subject: Subject, servers: Servers, place: str, limit: float = LIMIT) -> Answer:
    """Ask, and where it is broken run its three lines as well, in a place of their own."""
    try:
        answer = in_child(lambda: _ask(promise, subject, servers, place), limit)
    except NoAnswer as error:
        answer = Answer(outcome=Outcome.BROKEN, what=str(error), seconds=limit)
    if answer.outcome is not Outcome.BROKEN:
        return answer
    try:
        shown = in_child(lambda: _shows(promise, subject, servers, f"{place}-see"), LIMIT_OF_LINES)
    except NoAnswer:
        shown = True
    return Answer(outcome=answer.outcome, what=answer.what, shown=shown, seconds=answer.seconds)


def _ask(promise: Promise, subject: Subject, servers: Servers, place: str) -> Answer:
    with subject.make(servers, place) as made:
        case = Case.of(
            made.storage,
            filler=made.filler,
            counter=made.counter,
            unreachable=made.unreachable,
            stranger=made.stranger,
            secrets=made.secrets,
        )
        with case:
            verdict = judge(promise, case, subject.exempt)
    outcome, what = verdict.outcome, verdict.detail
    if outcome is Outcome.KEPT and promise.id in subject.exempt:  # it breaks now and then, and not this time
        outcome, what = Outcome.EXEMPT, subject.exempt[promise.id]
    return Answer(outcome=outcome, what=_lasting(what, made), seconds=verdict.seconds)


def _shows(promise: Promise, subject: Subject, servers: Servers, place: str) -> bool:
    with subject.make(servers, place) as made:
        filler = made.filler or AsStore(made.storage)
        names = {
            "counting": made.counter,
            "given": lambda key, data=b"some bytes": put(filler, key, data, OVER),
            "secrets": made.secrets,
            "stranger": made.stranger,
            "unreachable": made.unreachable,
        }
        try:
            run_see(promise, None, made.storage, **names)
        except Exception:
            return True
    return False


def _lasting(what: str, made: Made) -> str:
    """With nothing that is another each time."""
    for passing, instead in made.passing.items():
        what = re.sub(rf"(?<![0-9]){re.escape(passing)}(?![0-9])", instead, what)
    for pattern, instead in _PASSING:
        what = pattern.sub(instead, what)
    return what


def in_child(work: Callable[[], T], seconds: float) -> T:
    """What ``work`` returns in a forked child, which is killed afterwards with all that it has started.

    Raises ``NoAnswer`` where none came in time.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_in_child, args=(work, sender, seconds))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, where threads are running
        child.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise NoAnswer(f"It did not come back within {seconds:g} seconds.")
        answer: T = receiver.recv()
    except EOFError:
        raise NoAnswer("Its process died.") from None
    else:
        return answer
    finally:
        _kill(child)
        receiver.close()


def _in_child(work: Callable[[], T], sender: multiprocessing.connection.Connection, seconds: float) -> None:
    os.setsid()
    signal.alarm(int(seconds) + 30)  # should we die ourselves and never kill it
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    warnings.simplefilter("ignore")  # what a peer leaves open is for the promises to say
    sender.send(work())


def _kill(child: multiprocessing.process.BaseProcess) -> None:
    pid = child.pid
    assert pid is not None
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    child.kill()
    child.join()
    child.close()
