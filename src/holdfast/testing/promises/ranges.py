"""Parts of objects. A range is half-open: its start is in it, its end is not."""

from __future__ import annotations

import random

from holdfast.errors import Changed, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import Feature, Read

GET = "holdfast.Store.get"
READ = "holdfast.Read"
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


@store_promise("A range brings the bytes from its start to the one before its end.", source="holdfast.types")
def half_open(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    with store.get("a.bin", Read(start=3, end=5)) as body: found = body.start, body.read()
    assert found == (3, b"34")
    """
    case.given("a.bin", DIGITS)
    for start, end in ((0, 1), (0, 5), (3, 4), (2, 7), (9, 10), (0, 10)):
        _is(case, DIGITS, start, end)


@store_promise("A range without an end goes to the end of the object.", source=READ)
def open_end(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    assert read(store, "a.bin", Read(start=9)) == b"9"
    """
    case.given("a.bin", DIGITS)
    for start in (0, 1, 5, 9):
        _is(case, DIGITS, start, None)


@store_promise("A range that ends behind the object brings what there is.", source=f"{READ}.span")
def end_behind_the_object(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    assert read(store, "a.bin", Read(start=8, end=1000)) == b"89"
    """
    case.given("a.bin", DIGITS)
    for start, end in ((0, 11), (5, 1000), (9, 10**12)):
        _is(case, DIGITS, start, end)


@store_promise("A range that starts at or behind the end of the object is an empty body.", source=GET)
def start_behind_the_object(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    assert read(store, "a.bin", Read(start=10)) == b""
    assert read(store, "a.bin", Read(start=1000, end=2000)) == b""
    """
    case.given("a.bin", DIGITS)
    for start, end in ((10, None), (10, 11), (11, None), (1000, 2000), (10**12, None)):
        _is(case, DIGITS, start, end)


@store_promise("A range of no bytes is an empty body, wherever it lies.", source="holdfast.types")
def no_bytes(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    assert read(store, "a.bin", Read(start=0, end=0)) == b""
    assert read(store, "a.bin", Read(start=5, end=5)) == b""
    """
    case.given("a.bin", DIGITS)
    for place in (0, 5, 9, 10, 11):
        _is(case, DIGITS, place, place)


@store_promise("Every range of an empty object is an empty body.", source=GET)
def of_an_empty_object(case: Case) -> None:
    """
    put(store, "a.bin", b"")
    assert read(store, "a.bin", Read(start=0, end=100)) == b""
    assert read(store, "a.bin", Read(start=5)) == b""
    """
    case.given("a.bin", b"")
    for start, end in ((0, None), (0, 0), (0, 1), (0, 100), (1, None), (5, 10)):
        _is(case, b"", start, end)


@store_promise("A range of what is not there is NotFound, an empty range too.", source=GET)
def of_a_missing_object(case: Case) -> None:
    """
    assert isinstance(error_of(read, store, "missing.bin", Read(start=1, end=2)), NotFound)
    assert isinstance(error_of(read, store, "missing.bin", Read(end=0)), NotFound)
    """
    for want in (Read(start=1, end=2), Read(start=5), Read(end=0)):
        with case.raises(NotFound, f"get of bytes {want.start} to {want.end} of a missing object"):
            case.read("missing.bin", want)


@store_promise("With a range comes what is known of the whole object, its size above all.", source=GET)
def entry_is_of_the_whole(case: Case) -> None:
    """
    put(store, "a.bin", b"0123456789")
    with store.get("a.bin", Read(start=2, end=4)) as body: entry = body.entry
    assert entry.size in (10, None) and entry.etag == store.head("a.bin").etag
    """
    case.given("a.bin", DIGITS)
    for want in (Read(start=2, end=4), Read(start=8), Read(start=50)):
        asked = f"the body of bytes {want.start} to {want.end}"
        with case.store.get("a.bin", want) as body:
            case.true(
                body.entry.size in (10, None), f"The entry of {asked} has the size 10, not {body.entry.size}."
            )
            case.equal(case.store.head("a.bin").etag, body.entry.etag, f"the ETag with {asked}, beside head's")


@store_promise("Any range of a larger object is that part of it, also where chunks meet.", source=READ)
def anywhere(case: Case) -> None:
    """
    data = os.urandom(300_000)
    put(store, "a.bin", data)
    assert all(read(store, "a.bin", Read(start=n, end=n + 2)) == data[n : n + 2] for n in (65_535, 131_071))
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    dice = random.Random(42)  # noqa: S311 - the same places each time
    edges = [(65_535, 65_537), (65_536, 131_072), (131_071, 131_073), (1, 299_999), (262_144, None)]
    for start, end in edges + [tuple(sorted(dice.sample(range(300_001), 2))) for _ in range(25)]:
        _is(case, data, start, end)


@store_promise(
    "A range of an object of many megabytes is that part of it, also where its parts or blocks meet.",
    cost="slow",
    source=READ,
)
def anywhere_in_a_large_object(case: Case) -> None:
    """
    data = os.urandom(20_000_000)
    put(store, "a.bin", data)
    assert read(store, "a.bin", Read(start=2**23 - 1, end=2**23 + 1)) == data[2**23 - 1 : 2**23 + 1]
    """
    data = case.data(20_000_000)
    case.given("a.bin", data)
    mega = 1024 * 1024
    for border in (*(number * mega for number in (1, 2, 4, 5, 8, 10, 15, 16)), 5_000_000, 10_000_000):
        _is(case, data, border - 1, border + 1)
        _is(case, data, border, border + 100)
    _is(case, data, len(data) - 1, None)


@store_promise(
    "A range can be asked of one version; where that was replaced it is Changed, not a mix.", source=READ
)
def of_one_version(case: Case) -> None:
    """
    etag = put(store, "a.bin", b"0123456789").etag
    put(store, "a.bin", b"abcdefghijkl", OVER)
    assert etag is None or isinstance(error_of(read, store, "a.bin", Read(start=3, end=5, etag=etag)), Changed)
    """
    etag = case.given("a.bin", DIGITS).etag
    case.equal(b"34", case.read("a.bin", Read(start=3, end=5, etag=etag)), "bytes 3 to 5 of the version there is")
    if etag is None:
        return
    case.given("a.bin", b"abcdefghijkl")
    with case.raises(Changed, "get of bytes 3 to 5 of the version that was replaced"):
        case.read("a.bin", Read(start=3, end=5, etag=etag))


@store_promise(
    "A range moves that range and not the whole object.",
    needs=Feature.RANGE,
    counted=True,
    source="holdfast.Feature.RANGE",
)
def moves_no_more(case: Case) -> None:
    """
    put(store, "a.bin", bytes(2_000_000))
    with counting() as tally: read(store, "a.bin", Read(start=1_000_000, end=1_001_000))
    assert tally.count == 1 and tally.received <= 1100
    """
    case.given("a.bin", case.data(2_000_000))
    with case.requests() as counted:
        case.read("a.bin", Read(start=1_000_000, end=1_001_000))
    case.equal(1, counted.count, "the number of requests")
    case.within(0, 1100, counted.received, "the bytes that came for 1,000")
