"""What happened where a promise is broken, in one line that is the same each time."""

from __future__ import annotations

import re

from holdfast.testing import Promise
from holdfast.testing.verdict import Outcome
from tests.peers.asking import Answer

LONGEST = 200
"""Characters of a line."""
SHOWN = 30
"""Characters of a value in it."""

CHANCE = ("processes.", "races.")
"""In these groups it is chance what happens."""
CERTAIN = ("AttributeError", "TypeError", "the number of different names that save gave: expected 8, but it is 1")
"""And here it is not."""

_QUOTED = re.compile(
    r"""(?<!\w)(?P<begin>b?(?P<quote>['"]))(?P<text>(?:\\.|(?!(?P=quote))[^\\…])*)(?:(?P=quote)|…)"""
)
_GZIP = r"\x1f\x8b"
"""What follows has the time in it."""
_MEMORY = re.compile(r"^(the bytes (?:of memory )?that (?:a thread holds|saving|reading).* but it is) [0-9,]+$")


def happened(promise: Promise, answer: Answer) -> str:
    """In Markdown."""
    if answer.outcome is Outcome.EXEMPT:
        return f"{answer.what}."
    if promise.id.startswith(CHANCE) and not answer.what.startswith(CERTAIN):
        return "differs from time to time: something is lost, something is raised, or there is no end."
    return brief(answer.what)


def brief(what: str) -> str:
    """The gist, safe inside Markdown."""
    if what.startswith("It failed in a forked child:"):
        what = f"in a forked child: {what.strip().splitlines()[-1]}"
    text = _MEMORY.sub(r"\1 more", " ".join(what.split()))
    text = _QUOTED.sub(_shortened, text)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    return "`` " + text.replace("``", "''") + " ``"


def _shortened(quoted: re.Match[str]) -> str:
    text = quoted["text"]
    if len(text) <= SHOWN:
        return quoted[0]
    whole = text[:SHOWN].rpartition("\\")[0] or text[:SHOWN]  # not inside an escape
    return f"{quoted['begin']}{_GZIP if text.startswith(_GZIP) else whole}…{quoted['quote']}"
