"""Many writers at once that mean one version of an object."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import Changed, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import Feature, Remove, Write

WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "A counter that threads raise by replacing the version they read loses none.",
    needs=WRITE | Feature.REPLACE_IF,
    source="holdfast.Feature.REPLACE_IF",
)
def no_update_is_lost(case: Case) -> None:
    """
    how = Write(etag=put(store, "counter", b"0").etag)
    found = at_once(8, lambda number: error_of(put, store, "counter", b"%d" % number, how))
    assert found.count(None) == 1, found
    """
    case.put("counter", b"0")

    def work(_: int) -> None:
        done = 0
        while done < 5:
            with case.store.get("counter") as body:
                value, etag = int(body.read()), body.entry.etag
            try:
                case.put("counter", b"%d" % (value + 1), Write(etag=etag))
                done += 1
            except Changed:
                pass

    case.at_once(4, work)
    case.equal(b"20", case.read("counter"), "the counter after 20 steps")


@store_promise(
    "Of threads that replace or delete one version, one does.",
    needs=WRITE | Feature.REPLACE_IF | Feature.DELETE_IF,
    source="holdfast.Feature.DELETE_IF",
)
def one_replaces_or_deletes(case: Case) -> None:
    """
    old = put(store, "a.txt", b"old").etag
    both = [lambda: store.delete("a.txt", Remove(etag=old)), lambda: put(store, "a.txt", b"new", Write(etag=old))]
    assert at_once(2, lambda number: error_of(both[number])).count(None) == 1
    """
    for _ in range(10):
        etag = case.put("a.txt", b"old", OVER).etag

        def work(number: int, etag: str | None = etag) -> int | None:
            with suppress(Changed, NotFound):
                if number % 2:  # deleting is silent where there is nothing left, so only writers can say who won
                    case.store.delete("a.txt", Remove(etag=etag))
                else:
                    case.put("a.txt", b"writer %d" % number, Write(etag=etag))
                    return number
            return None

        winners = [number for number in case.at_once(6, work) if number is not None]
        case.true(len(winners) <= 1, f"At most one has replaced the version: {winners}")
        if winners:
            case.equal(b"writer %d" % winners[0], case.read("a.txt"), "the bytes, which should be that writer's")
        else:
            case.absent("a.txt")
