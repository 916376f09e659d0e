"""Verdicts as a table for people, and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from holdfast.testing.verdict import Outcome, Verdict

__all__ = ["as_json", "details", "summary", "table"]


def table(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for each group of promises; as lazy as ``verdicts``."""
    for group, some in groupby(verdicts, key=lambda verdict: verdict.promise.group):
        listed = list(some)
        seconds = sum(verdict.seconds for verdict in listed)
        yield f"{group:<14} {_counted(listed):<60} {seconds:6.1f} s"


def details(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """What needs a person's eye: each broken promise with its diagnosis, and the exemptions."""
    listed = list(verdicts)
    for verdict in listed:
        if verdict.outcome is Outcome.BROKEN:
            first, *rest = verdict.promise.diagnosis(verdict.detail).splitlines()
            yield "\n".join([f"BROKEN  {first}", *(f"        {line}" for line in rest), ""])
    for verdict in listed:
        if verdict.outcome is Outcome.NEEDLESS:
            yield f"NEEDLESS  {verdict.detail}"
    for verdict in listed:
        if verdict.outcome is Outcome.EXEMPT:
            yield f"exempt  {verdict.promise.id}: {verdict.detail}"
    reasons = Counter(verdict.detail for verdict in listed if verdict.outcome is Outcome.NOT_ASKED)
    for reason, count in reasons.most_common():
        yield f"not asked  {count}: {reason}"


def summary(verdicts: Iterable[Verdict]) -> str:
    """One line."""
    listed = list(verdicts)
    return f"{len(listed)} promises: {_counted(listed)}, in {sum(each.seconds for each in listed):.0f} s."


def as_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict in JSON's own types."""
    promise = verdict.promise
    return {
        "id": promise.id,
        "sentence": promise.sentence,
        "outcome": verdict.outcome.value,
        "detail": verdict.detail,
        "see": promise.see,
        "source": promise.source,
        "seconds": round(verdict.seconds, 3),
    }


def _counted(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
