"""Saying what was expected and what came instead."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Generic, Self, TypeVar

__all__ = ["Broken", "Caught", "NotApplicable", "equal", "fail", "true", "within"]

LONGEST = 300
"""Characters of a value that a message shows."""

E = TypeVar("E", bound=BaseException)


class Broken(AssertionError):
    """The promise is not kept. ``what`` says what was expected and what came instead; the message may say more."""

    def __init__(self, what: str, diagnosis: str = "") -> None:
        super().__init__(diagnosis or what)
        self.what = what


class NotApplicable(Exception):
    """The promise cannot be put to the test here; the message says why."""


def fail(what: str) -> None:
    raise Broken(what)


def true(condition: object, what: str) -> None:
    """``what`` is the sentence that should hold."""
    if not condition:
        raise Broken(f"This does not hold: {what}")


def equal(expected: object, actual: object, what: str) -> None:
    if expected != actual:
        raise Broken(
            f"{what}: expected {shown(expected)}, but it is {shown(actual)}{_difference(expected, actual)}"
        )


def within(least: float, most: float, actual: float, what: str) -> None:
    if not least <= actual <= most:
        limit = f"at least {least:,}" if math.isinf(most) else f"{least:,} to {most:,}"
        raise Broken(f"{what}: expected {limit}, but it is {actual:,}")


class Caught(Generic[E]):
    """The block has to raise ``kind``; ``error`` is what it raised, after the block."""

    error: E

    def __init__(self, kind: type[E] | tuple[type[E], ...], what: str) -> None:
        self._kinds = kind if isinstance(kind, tuple) else (kind,)
        self._what = what

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, (Broken, NotApplicable)):
            return False
        if isinstance(error, self._kinds):
            self.error = error
            return True
        wanted = " or ".join(each.__name__ for each in self._kinds)
        if error is None:
            raise Broken(f"{self._what}: expected {wanted}, but nothing was raised")
        if isinstance(error, Exception):
            text = f"{self._what}: expected {wanted}, but it raised {type(error).__name__}: {error}"
            raise Broken(text) from error
        return False


def shown(value: object) -> str:
    size = f" ({len(value):,} bytes)" if isinstance(value, bytes) and len(value) > LONGEST else ""
    text = repr(value[:LONGEST] if isinstance(value, (bytes, str)) else value)
    return (text if len(text) <= LONGEST else f"{text[:LONGEST]}…") + size


def _difference(expected: object, actual: object) -> str:
    """Where two long values part, since what is shown of them may be the same."""
    if not isinstance(expected, (bytes, list)) or not isinstance(actual, type(expected)) or len(expected) < 20:
        return ""
    pairs = zip(expected, actual, strict=False)
    place = next((i for i, (one, other) in enumerate(pairs) if one != other), min(len(expected), len(actual)))
    return f"; they part at {place:,}, with {len(expected):,} and {len(actual):,} in all"
