"""What was found, as ``docs/verdicts.md``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from holdfast.testing import Promise
from holdfast.testing.verdict import Outcome
from tests.peers.aside import ASIDE
from tests.peers.asking import Answer
from tests.peers.faults import FAULTS
from tests.peers.gist import happened
from tests.peers.subjects import SUBJECTS, Subject

Answers = Mapping[str, Mapping[str, Answer]]
"""By the subject's name in ``SUBJECTS``, and the promise's id."""

KEPT, BROKEN, UNSEEN, EXEMPT, SET_ASIDE, NOT_ASKED = "✓", "✗", "✗*", "exempt", "aside", "-"

OTHERS = {
    "https://docs.djangoproject.com/": "Django",
    "https://docs.python.org/": "Python",
    "https://www.rfc-editor.org/": "RFC",
    "https://cheatsheetseries.owasp.org/": "OWASP",
    "https://docs.aws.amazon.com/": "AWS",
}
"""Who asks for what besides Holdfast, by the beginning of the page."""
BEYOND = ("budgets", "crashes", "processes", "resources")
"""Groups whose pages describe what such a demand is about, and do not make it."""

INTRODUCTION = """\
# Verdicts

What [the contract](your-own-store.md) finds in storages that people use: the {count} promises about any storage of
Django's, asked of Django's own two and of django-storages', on real servers on one machine. `make verdicts` asks
again and writes this page, in about half an hour. This one is of {date}:

{versions}

Each storage is configured as its documentation advises for the least trouble:

{subjects}

**How to read it.** A cross is a true sentence about that class: the promise's function saw it broken, in a fresh
storage and in a process of its own. Its three lines show it as well, by Django's methods alone:
`python -m holdfast.testing ID` prints them. Where they keep it (✗*), they show one telling case, and another one is
broken. Files are put in place and looked at by other means than the storage's own, so that one fault does not show
everywhere. What a storage cannot do, and says so by `NotImplementedError` or when a file is opened, is not asked of
it. Where a promise failed over something that another one names, it was set aside, and the reason is given.

"By" says who asks for it: Django's or Python's documentation, an RFC, or Holdfast alone, whose demands go beyond
what anybody else promises: nobody has broken their word there. Django's own two do not keep all of these either;
where they do not, they are exempt in Holdfast's tests, with the argument that is shown here.
"""

ABOUT_BUDGETS = """\
Requests are counted by a proxy between client and server, which only S3 has: nobody else is asked about `budgets`.
"""


def page(answers: Answers, promises: Sequence[Promise], *, date: str, versions: str) -> str:
    """The page, in Markdown."""
    subjects = {name: SUBJECTS[name] for name in answers}
    configured = [f"- **{each.head}**: {each.name}, {each.configured}." for each in subjects.values()]
    text = INTRODUCTION.format(count=len(promises), date=date, versions=versions, subjects="\n".join(configured))
    lines = [text, *_counts(answers, subjects, promises), "", ABOUT_BUDGETS]
    lines += ["## Faults that were known", "", *_faults(), ""]
    lines += ["## Promises that somebody breaks", "", *_table(answers, subjects, promises), ""]
    lines += ["## What happened", ""]
    for name in subjects:
        lines += _happened(answers, name, promises)
    return "\n".join(lines)


def whose(promise: Promise) -> str:
    """Who asks for it."""
    for beginning, who in OTHERS.items():
        if promise.source.startswith(beginning) and promise.group not in BEYOND:
            return f"[{who}]({promise.source})"
    return "Holdfast"


def sign(name: str, promise: str, answer: Answer) -> str:
    """What stands in the table."""
    match answer.outcome:
        case Outcome.NOT_ASKED:
            return NOT_ASKED
        case Outcome.EXEMPT:
            return EXEMPT
        case Outcome.BROKEN if (name, promise) in ASIDE:
            return SET_ASIDE
        case Outcome.BROKEN:
            return BROKEN if answer.shown else UNSEEN
    return KEPT


def _counts(answers: Answers, subjects: Mapping[str, Subject], promises: Sequence[Promise]) -> Iterator[str]:
    own = {promise.id for promise in promises if whose(promise) == "Holdfast"}
    yield from _head(
        "", "kept", "broken", "of these by Holdfast's demands alone", "exempt", "set aside", "not asked"
    )
    for name, subject in subjects.items():
        signs = {promise: sign(name, promise, answer).rstrip("*") for promise, answer in answers[name].items()}
        counts = Counter(signs.values())
        beyond = sum(signs[promise] == BROKEN for promise in own)
        numbers = counts[KEPT], counts[BROKEN], beyond, counts[EXEMPT], counts[SET_ASIDE], counts[NOT_ASKED]
        yield _row(subject.head, *map(str, numbers))


def _faults() -> Iterator[str]:
    yield "Faults of django-storages that were known before, and the promises that find them."
    yield ""
    yield from _head("", "fault", "found by")
    for fault in FAULTS:
        ids = dict.fromkeys(f"`{each}`" for some in fault.found.values() for each in some)
        yield _row(fault.label, fault.words, ", ".join(ids) or f"none: {fault.why_not}")


def _table(answers: Answers, subjects: Mapping[str, Subject], promises: Sequence[Promise]) -> Iterator[str]:
    yield f"{KEPT} kept, {BROKEN} broken, {UNSEEN} broken and not seen by its three lines, {NOT_ASKED} not asked."
    yield ""
    yield from _head("promise", "by", *(subject.head for subject in subjects.values()))
    for promise in promises:
        signs = [sign(name, promise.id, answers[name][promise.id]) for name in subjects]
        if {BROKEN, UNSEEN} & set(signs):
            yield _row(f"{promise.sentence} `{promise.id}`", whose(promise), *signs)


def _happened(answers: Answers, name: str, promises: Sequence[Promise]) -> Iterator[str]:
    """By sign; what a variant breaks as the one does that it is like is only counted."""
    subject, own = SUBJECTS[name], answers[name]
    like = answers.get(subject.like, {})
    lines: dict[str, list[str]] = {BROKEN: [], SET_ASIDE: [], EXEMPT: []}
    same = 0
    for promise in promises:
        found = sign(name, promise.id, own[promise.id]).rstrip("*")
        other = like.get(promise.id)
        if found in (BROKEN, SET_ASIDE) and other and found == sign(subject.like, promise.id, other).rstrip("*"):
            same += found == BROKEN
        elif found in lines:
            what = f"{ASIDE[name, promise.id]}." if found == SET_ASIDE else happened(promise, own[promise.id])
            lines[found].append(f"- `{promise.id}`: {what}")
    yield f"### {subject.head}\n"
    if same:
        yield f"Broken as by {SUBJECTS[subject.like].head}: {same}. Besides:\n"
    yield from lines[BROKEN] or ["Nothing is broken."]
    yield ""
    for found, introduction in ((SET_ASIDE, "Set aside:"), (EXEMPT, "Exempt:")):
        if lines[found]:
            yield f"{introduction}\n"
            yield from lines[found]
            yield ""


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield f"|{'---|' * len(cells)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
