"""The figures as one table of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.contenders import CONTENDERS
from bench.measure import START, Figures, Results, middle
from bench.operations import MB, Operation

HOLDFAST, STORAGES, BARE = CONTENDERS
YES, NO = "✓", "✗"
QUARTER = 0.25

TITLE = 25
LEGEND = """\
H: Holdfast, RemoteStorage over s3.  D: django-storages, S3Storage, file_overwrite=False (to save
as Holdfast does, which never replaces a file), else with its defaults.  B: a bare loop over
http.client with signed requests: no retries, no digests, no deadlines.  x: CPU time, by Holdfast's.
CPU time: user and system, of the client's process alone, all its threads; medians.  Memory: growth
of the peak in a fresh process.  KB, MB: powers of 1024.  ✓ ✗: the bar that Holdfast sets itself."""


def lines(operations: Iterable[Operation], results: Results) -> Iterator[str]:
    yield f"{'':{TITLE}}{' requests ':-^15}  {' CPU time, ms ':-^36}  {'added memory, MB':>18}"
    yield (
        f"{'':{TITLE}}{'H':>4}  {'D':>4} {'B':>4}  {'H':>7}  {'D':>7} {'x':>5} {'B':>7} {'x':>5}"
        f"  {'H':>5}  {'D':>5} {'B':>5}"
    )
    yield row("load, first request", {name: results[START, name] for name in CONTENDERS})
    for operation in operations:
        figures = {name: results[operation.name, name] for name in CONTENDERS}
        yield row(operation.title, figures, operation)
        if operation.moved is not None:
            yield moved_row(figures, operation.moved)


def row(title: str, figures: dict[str, Figures], operation: Operation | None = None) -> str:
    ours, theirs, bare = figures[HOLDFAST], figures[STORAGES], figures[BARE]
    requests = operation.requests if operation else None
    memory = operation.memory if operation else None
    quarter = QUARTER if operation and operation.quarter else None
    share = _ratio(theirs, ours)
    return (
        f"{title:{TITLE}}"
        f"{_number(ours.requests):>4} {_mark(ours.requests, requests)}"
        f"{_number(theirs.requests):>4} {_number(bare.requests):>4}  "
        f"{_ms(ours):>7} {_mark(1 / share if share else None, quarter)}"
        f"{_ms(theirs):>7} {_times(share):>5} {_ms(bare):>7} {_times(_ratio(bare, ours)):>5}  "
        f"{_mb(ours):>5} {_mark(middle(ours.memory), memory)}{_mb(theirs):>5} {_mb(bare):>5}"
    ).rstrip()


def moved_row(figures: dict[str, Figures], bar: int) -> str:
    ours, theirs, bare = (_moved(figures[name].moved) for name in (HOLDFAST, STORAGES, BARE))
    mark = _mark(figures[HOLDFAST].moved, bar)
    return f"{'    MB moved':{TITLE}}{ours:>4} {mark}{theirs:>4} {bare:>4}"


def failures(results: Results) -> Iterator[str]:
    for (operation, contender), figures in results.items():
        if figures.error:
            yield f"\n{contender} failed at {operation}:\n{figures.error}"


def _mark(value: float | None, bar: float | None) -> str:
    if bar is None:
        return " "
    return YES if value is not None and value <= bar else NO


def _ratio(one: Figures, other: Figures) -> float | None:
    mine, yours = middle(one.cpu), middle(other.cpu)
    return mine / yours if mine and yours else None


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _times(value: float | None) -> str:
    if value is None:
        return "-"
    return f"x{value:.2f}" if value < 9.95 else f"x{value:.0f}"


def _ms(figures: Figures) -> str:
    seconds = middle(figures.cpu)
    if seconds is None:
        return "-"
    ms = seconds * 1000
    return f"{ms:.3f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def _mb(figures: Figures) -> str:
    value = middle(figures.memory)
    return "-" if value is None else f"{value / MB:.1f}"


def _moved(value: int | None) -> str:
    if value is None:
        return "-"
    return f"{value / MB:.2f}" if value < 10 * MB else f"{value / MB:.0f}"
