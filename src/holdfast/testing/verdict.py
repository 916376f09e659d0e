"""What came of asking one promise."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import Promise

__all__ = ["Outcome", "Sometimes", "Verdict", "judge"]


class Sometimes(str):
    """The reason of an exemption from what is broken only now and then, such as a race that is seldom lost: that it
    was kept this time does not make it needless."""


class Outcome(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    EXEMPT = "exempt"
    """Not kept, and known not to be, with a reason."""
    NEEDLESS = "needless exemption"
    """Exempt, and yet it is kept, or is not even asked; or kept with fewer requests than its budget states."""
    NOT_ASKED = "not asked"
    """It does not apply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """``detail``: what happened instead, the reason of the exemption, or why it is not asked. ``seconds``: what it
    took."""

    promise: Promise
    outcome: Outcome
    detail: str = ""
    error: Broken | None = None
    seconds: float = 0.0

    @property
    def fails(self) -> bool:
        return self.outcome in (Outcome.BROKEN, Outcome.NEEDLESS)


def judge(promise: Promise, case: Case, exempt: Mapping[str, str]) -> Verdict:
    """Ask ``promise`` of ``case``. Whatever it raises besides ``Exception`` (Ctrl-C) comes out."""
    __tracebackhide__ = True
    reason = exempt.get(promise.id)
    begun = time.perf_counter()
    error: Broken | None = None
    try:
        promise.ask(case)
    except NotApplicable as why_not:
        outcome, detail = Outcome.NOT_ASKED, str(why_not)
        if reason is not None:
            outcome = Outcome.NEEDLESS
            detail = f"{promise.id} is exempt ({reason}), but is not even asked: it {why_not}."
    except Broken as broken:
        error = broken
        outcome, detail = (Outcome.BROKEN, broken.what) if reason is None else (Outcome.EXEMPT, reason)
    else:
        outcome, detail = Outcome.KEPT, ""
        if reason is not None and not isinstance(reason, Sometimes):
            outcome = Outcome.NEEDLESS
            detail = f"{promise.id} is exempt ({reason}), and yet it is kept."
        elif needless := case.needless_budgets():
            outcome, detail = Outcome.NEEDLESS, " ".join(needless)
    seconds = time.perf_counter() - begun
    return Verdict(promise=promise, outcome=outcome, detail=detail, error=error, seconds=seconds)
