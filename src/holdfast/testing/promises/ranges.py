"""Parts of objects. A range is half-open: its start is in it, its end is not."""

from __future__ import annotations

import random

from holdfast.errors import Changed, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import Feature, Read

DIGITS = b"0123456789"


def _is(case: Case, data: bytes, start: int, end: int | None) -> None:
    """Bytes ``start`` to ``end`` come, and the body says so."""
    expected = data[start:end]
    asked = f"bytes {start} to {'the end' if end is None else end} of {len(data):,}"
    with case.store.get("a.bin", Read(start=start, end=end)) as body:
        case.equal(expected, body.read(), asked)
        if expected:
            case.equal(start, body.start, f"the start of the body of {asked}")
            case.true(body.end in (start + len(expected), None), f"The body of {asked} says {body.end} as its end.")


@store_promise("A range brings the bytes from its start to the one before its end.")
def half_open(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for start, end in ((0, 1), (0, 5), (3, 4), (2, 7), (9, 10), (0, 10)):
        _is(case, DIGITS, start, end)


@store_promise("A range without an end goes to the end of the object.")
def open_end(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for start in (0, 1, 5, 9):
        _is(case, DIGITS, start, None)


@store_promise("A range that ends behind the object brings what there is.")
def end_behind_the_object(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for start, end in ((0, 11), (5, 1000), (9, 10**12)):
        _is(case, DIGITS, start, end)


@store_promise("A range that starts at or behind the end of the object is an empty body.")
def start_behind_the_object(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for start, end in ((10, None), (10, 11), (11, None), (1000, 2000), (10**12, None)):
        _is(case, DIGITS, start, end)


@store_promise("A range of no bytes is an empty body, wherever it lies.")
def no_bytes(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for place in (0, 5, 9, 10, 11):
        _is(case, DIGITS, place, place)


@store_promise("Every range of an empty object is an empty body.")
def of_an_empty_object(case: Case) -> None:
    case.given("a.bin", b"")
    for start, end in ((0, None), (0, 0), (0, 1), (0, 100), (1, None), (5, 10)):
        _is(case, b"", start, end)


@store_promise("A range of what is not there is NotFound, an empty range too.")
def of_a_missing_object(case: Case) -> None:
    for want in (Read(start=1, end=2), Read(start=5), Read(end=0)):
        with case.raises(NotFound, f"get of bytes {want.start} to {want.end} of a missing object"):
            case.read("missing.bin", want)


@store_promise("With a range comes what is known of the whole object, its size above all.")
def entry_is_of_the_whole(case: Case) -> None:
    case.given("a.bin", DIGITS)
    for want in (Read(start=2, end=4), Read(start=8), Read(start=50)):
        with case.store.get("a.bin", want) as body:
            case.true(body.entry.size in (10, None), f"The size with bytes {want.start} to {want.end} is 10.")
            case.equal(case.store.head("a.bin").etag, body.entry.etag, "the ETag")


@store_promise("Any range of a larger object is that part of it, also where chunks meet.")
def anywhere(case: Case) -> None:
    data = case.data(300_000)
    case.given("a.bin", data)
    dice = random.Random(42)  # noqa: S311 - the same places each time
    edges = [(65_535, 65_537), (65_536, 131_072), (131_071, 131_073), (1, 299_999), (262_144, None)]
    for start, end in edges + [tuple(sorted(dice.sample(range(300_001), 2))) for _ in range(25)]:
        _is(case, data, start, end)


@store_promise("A range can be asked of one version; where that was replaced it is Changed, not a mix.")
def of_one_version(case: Case) -> None:
    etag = case.given("a.bin", DIGITS).etag
    case.equal(b"34", case.read("a.bin", Read(start=3, end=5, etag=etag)), "bytes 3 to 5 of the version there is")
    if etag is None:
        return
    case.given("a.bin", b"abcdefghijkl")
    with case.raises(Changed, "get of bytes 3 to 5 of the version that was replaced"):
        case.read("a.bin", Read(start=3, end=5, etag=etag))


@store_promise("A range moves that range and not the whole object.", needs=Feature.RANGE, counted=True)
def moves_no_more(case: Case) -> None:
    case.given("a.bin", case.data(2_000_000))
    with case.requests() as counted:
        case.read("a.bin", Read(start=1_000_000, end=1_001_000))
    case.equal(1, counted.count, "the number of requests")
    case.within(0, 1100, counted.received, "the bytes that came for 1,000")
