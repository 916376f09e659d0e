"""What is to go wrong in a test, and when."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from holdfast.errors import InvalidKey, StoreError, Unavailable, Uncertain
from holdfast.options import nearest
from holdfast.store import Store
from holdfast.testing.locks import lock

__all__ = ["Call", "Fault", "Plan", "Planned"]

VERBS = ("get", "put", "head", "delete", "list", "listdir", "delete_many", "copy", "sign", "path")
CHANGING = ("put", "delete", "delete_many", "copy")
SHOWN = 20
"""Calls that a message shows."""

Error = BaseException | type[BaseException]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a verb of a store: of those calls that are about ``key``, the one that is number ``at``.

    ``verb``: ``get`` (reading), ``put`` (saving), ``head`` (``exists``, ``size``, times), ``delete``, ``list``,
    ``listdir``, ``delete_many``, ``copy``, ``sign`` (``url``), ``path``, or ``*`` for any.
    ``key``: a pattern as of shells, whose ``*`` takes slashes too. ``times``: for so many calls, from number ``at``
    on; ``None`` for all of them.

    ``error``: a class, or an object to raise a copy of. Unless told, ``Unavailable``, and ``Uncertain`` with
    ``done``. It is raised in the place of the call; with ``done``, the store does it and the answer is lost; with
    ``after``, so many bytes of the file come through before, of a ``get`` or a ``put``: of the calls that bring a
    file in pieces it is the one with the byte behind them. ``error=None`` with ``after`` ends what is read there as
    if that were all. ``delay``: seconds that the call takes longer; with ``error=None`` that is all that happens.

    Raises ``ValueError`` for what cannot be.
    """

    verb: str
    key: str = "*"
    _: KW_ONLY
    at: int = 1
    times: int | None = 1
    error: Error | None = Unavailable
    done: bool = False
    after: int | None = None
    delay: float = 0

    def __post_init__(self) -> None:
        if self.done and self.error is Unavailable:
            object.__setattr__(self, "error", Uncertain)
        for broken, message in self._mistakes():
            if broken:
                raise ValueError(f"{self!r}: {message}")

    def _mistakes(self) -> Iterator[tuple[bool, str]]:
        error, after = self.error, self.after
        yield self.verb not in (*VERBS, "*"), f"there is no verb {self.verb!r}. {nearest(self.verb, VERBS)}"
        yield self.at < 1, "the first call is number 1."
        yield self.times is not None and self.times < 1, "it happens once at least; times=None is always."
        yield self.delay < 0, "nothing takes less than no time."
        yield self.done and self.verb not in CHANGING, f"done is for what changes something: {', '.join(CHANGING)}."
        yield self.done and after is not None, "what breaks off was not done."
        yield self.done and error is None, "what was done and raises nothing is no fault."
        yield after is not None and self.verb not in ("get", "put"), "only what get and put move has bytes."
        yield after is not None and after < 0, "it breaks off after 0 bytes or more."
        yield (
            after is not None and self.verb == "put" and error is None,
            "what is sent breaks off with an error.",
        )
        yield error is None and after is None and not self.delay, "nothing would go wrong."
        is_error = isinstance(error, BaseException) or (
            isinstance(error, type) and issubclass(error, BaseException)
        )
        yield error is not None and not is_error, "error is a class of exceptions, or one of them."

    def __repr__(self) -> str:
        return f"Fault({', '.join([repr(self.verb), *self._told()])})"

    def _told(self) -> Iterator[str]:
        for one in fields(self)[1:]:
            value = getattr(self, one.name)
            if value != one.default and not (self.done and one.name == "error" and value is Uncertain):
                yield f"{one.name}={value.__name__ if isinstance(value, type) else repr(value)}"

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """For migrations."""
        given = {one.name: getattr(self, one.name) for one in fields(self)[2:]}
        return "holdfast.testing.Fault", (self.verb, self.key), given

    def matches(self, verb: str, keys: Sequence[str], end: int | None = None) -> bool:
        """Whether it may befall a call of ``verb`` about ``keys``, of the file's bytes before ``end``."""
        reaches = self.after is None or end is None or end > self.after
        return self.verb in (verb, "*") and reaches and any(fnmatchcase(key, self.key) for key in keys)

    def raised(self, store: Store, key: str) -> BaseException:
        """The error for this key, to be raised."""
        error = self.error
        if isinstance(error, BaseException):
            return copy.copy(error)
        message = f"{key!r} in {store.label}: a fault that the test has planned."
        if error is not None and issubclass(error, (StoreError, InvalidKey)):
            return error(message, key=key, store=store.label)
        return error(message) if error is not None else AssertionError(message)


@dataclass(frozen=True, slots=True)
class Call:
    """A verb that was asked of a store, and its keys: ``copy`` has two, ``delete_many`` any number, a listing its
    prefix."""

    verb: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.verb} {', '.join(map(repr, self.keys))}"


@dataclass(slots=True, eq=False)
class Planned:
    """A fault in a plan, and what has become of it."""

    fault: Fault
    seen: int = 0
    begun: int = 0
    fired: int = 0
    spared: list[str] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        return self.fired < (self.fault.times or 1)

    @property
    def over(self) -> bool:
        return self.fault.times is not None and self.begun >= self.fault.times

    def __str__(self) -> str:
        times = f" it happened {self.fired} of {self.fault.times or 1} times, of {self.seen} calls that match."
        return f"{self.fault!r}:{times}{''.join(f' {each}' for each in self.spared)}"


class Plan:
    """Faults to come, and the calls so far (``calls``). Threads may share it. ``about``: whose, for messages."""

    def __init__(self, faults: Sequence[Fault] = (), about: str = "") -> None:
        for fault in faults:
            if not isinstance(fault, Fault):
                raise TypeError(f"A plan is of Faults, not of {fault!r}.")
        self.faults = tuple(faults)
        self._about = f" for {about}" if about else ""
        self._planned = [Planned(fault) for fault in faults]
        self._calls: list[Call] = []

    @property
    def calls(self) -> list[Call]:
        with lock:
            return list(self._calls)

    def draw(self, verb: str, *keys: str, end: int | None = None) -> Planned | None:
        """Note this call; the fault for it, if any. Of several the first in the plan comes first, and what is due
        meanwhile comes with the next call. ``end``: it is about the file's bytes before this one."""
        with lock:
            self._calls.append(Call(verb, keys))
            matching = [each for each in self._planned if each.fault.matches(verb, keys, end)]
            for planned in matching:
                planned.seen += 1
            for planned in matching:
                if planned.seen >= planned.fault.at and not planned.over:
                    planned.begun += 1
                    return planned
        return None

    def fired(self, planned: Planned) -> None:
        with lock:
            planned.fired += 1

    def spared(self, planned: Planned, why: str) -> None:
        """It found no occasion, and waits for another."""
        with lock:
            planned.begun -= 1
            if why not in planned.spared:
                planned.spared.append(why)

    def expects(self, verb: str, keys: Sequence[str]) -> bool:
        """Whether a fault of just this verb, and one of these keys, may still come."""
        with lock:
            return any(
                each.fault.verb == verb and each.fault.matches(verb, keys) and not each.over
                for each in self._planned
            )

    def missing(self) -> str:
        """What was planned and did not happen, and what was called instead; empty where all did."""
        with lock:
            missing = [str(each) for each in self._planned if each.missing]
            if not missing:
                return ""
            calls = [str(call) for call in self._calls[-SHOWN:]]
            before = len(self._calls) - len(calls)
        asked = ", ".join([*([f"{before} earlier ones"] if before else []), *calls]) or "none"
        return "\n  ".join([f"What was planned{self._about} did not happen.", *missing, f"The calls: {asked}."])

    def assert_all_fired(self) -> None:
        """Raises ``AssertionError`` where something that was planned did not happen."""
        if missing := self.missing():
            raise AssertionError(missing)
