"""How many requests the verbs of a store may need, and what Holdfast's storages have beyond Django's methods.

The numbers stand in ``budgets``, and are stated otherwise as those.
"""

from __future__ import annotations

from functools import partial
from math import inf

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.testing.promises.budgets import LITTLE, costs
from holdfast.types import Feature, Read, Write

RANGE = Feature.RANGE
WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "The counter counts what is asked of the store, and the bytes that come.",
    counted=True,
    source="holdfast.testing.Counted",
)
def counter_counts(case: Case) -> None:
    """
    store.put("a.txt", Source.of(b"bytes"))
    with counting() as tally: read(store, "a.txt")
    assert tally.count >= 1 and tally.received >= 5
    """
    case.given("a.txt")
    with case.requests() as counted:
        case.read("a.txt")
    case.true(counted.count >= 1, "The counter has seen a request for get.")
    case.within(len(b"some bytes"), inf, counted.received, "the bytes that the counter saw coming")


@store_promise("get brings a small object in one request.", counted=True, source="holdfast.Store.get")
def get(case: Case) -> None:
    """
    store.put("a.txt", Source.of(b"bytes"))
    with counting() as tally: read(store, "a.txt")
    assert tally.count <= 1
    """
    case.given("a.txt", case.data(50_000))
    case.read("a.txt")
    costs(case, "get", lambda: case.read("a.txt"))


@store_promise(
    "get brings a range in one request, and no more bytes than that.",
    needs=RANGE,
    counted=True,
    source="holdfast.Feature.RANGE",
)
def get_of_a_range(case: Case) -> None:
    """
    store.put("a.bin", Source.of(bytes(10**6)))
    with counting() as tally: read(store, "a.bin", Read(start=10, end=20))
    assert (tally.count, tally.received) == (1, 10)
    """
    case.given("a.bin", case.data(1_000_000))

    def read() -> None:
        case.equal(case.data(1_000_000)[500:600], case.read("a.bin", Read(start=500, end=600)), "the range")

    costs(case, "get of a range", read, LITTLE)


@store_promise("head costs one request.", counted=True, source="holdfast.Store.head")
def head(case: Case) -> None:
    """
    store.put("a.txt", Source.of(b"bytes"))
    with counting() as tally: store.head("a.txt")
    assert tally.count <= 1
    """
    case.given("a.txt")
    case.store.head("a.txt")
    costs(case, "head", lambda: case.store.head("a.txt"))


@store_promise(
    "head finds out that there is nothing in one request, once the store has been used.",
    counted=True,
    source="holdfast.Store.head",
)
def head_of_what_is_missing(case: Case) -> None:
    """
    error_of(store.head, "first.txt")
    with counting() as tally: error_of(store.head, "missing.txt")
    assert tally.count <= 1
    """
    _missing(case, "first.txt")
    costs(case, "head of what is missing", lambda: _missing(case, "missing.txt"))


def _missing(case: Case, key: str) -> None:
    with case.raises(FileNotFoundError, f"head of {key!r}"):
        case.store.head(key)


@store_promise("put of a small object costs one request.", needs=WRITE, counted=True, source="holdfast.Store.put")
def put(case: Case) -> None:
    """
    put(store, "first.txt", b"bytes")
    with counting() as tally: put(store, "a.txt", b"bytes")
    assert tally.count <= 1
    """
    case.put("first.txt", b"bytes")
    costs(case, "put", lambda: case.put("a.txt", b"bytes"))


@store_promise("put over another object costs one request.", needs=WRITE, counted=True, source="holdfast.Store.put")
def put_over_another(case: Case) -> None:
    """
    put(store, "a.txt", b"old")
    with counting() as tally: put(store, "a.txt", b"new", OVER)
    assert tally.count <= 1
    """
    case.put("a.txt", b"old")
    costs(case, "put over another", lambda: case.put("a.txt", b"new", OVER))


@store_promise("delete costs one request.", needs=WRITE, counted=True, source="holdfast.Store.delete")
def delete(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    with counting() as tally: store.delete("a.txt")
    assert tally.count <= 1
    """
    case.put("a.txt", b"bytes")
    costs(case, "delete", lambda: case.store.delete("a.txt"))


@store_promise(
    "delete of what is not there costs one request.", needs=WRITE, counted=True, source="holdfast.Store.delete"
)
def delete_of_what_is_missing(case: Case) -> None:
    """
    store.delete("first.txt")
    with counting() as tally: store.delete("missing.txt")
    assert tally.count <= 1
    """
    case.store.delete("first.txt")
    costs(case, "delete of what is missing", lambda: case.store.delete("missing.txt"))


@store_promise(
    "copy of a small object costs two requests.",
    needs=WRITE | Feature.COPY,
    counted=True,
    source="holdfast.Store.copy",
)
def copy(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    with counting() as tally: store.copy("a.txt", "b.txt")
    assert tally.count <= 2
    """
    case.put("a.bin", case.data(100_000))
    costs(case, "copy", lambda: case.store.copy("a.bin", "b.bin"))


@store_promise(
    "copy over another object costs one request, and none of the bytes come here.",
    needs=WRITE | Feature.COPY,
    counted=True,
    source="holdfast.Feature.COPY",
)
def copy_over_another(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    with counting() as tally: store.copy("a.txt", "b.txt", OVER)
    assert tally.count <= 1 and tally.received < 10_000
    """
    case.put("a.bin", case.data(100_000))
    case.put("b.bin", b"-")
    costs(case, "copy over another", lambda: case.store.copy("a.bin", "b.bin", OVER), LITTLE)


@remote_promise(
    "A file that is being written costs no request before it is closed.",
    needs=WRITE,
    counted=True,
    source="holdfast.RemoteFile",
)
def nothing_before_close(case: Case) -> None:
    """
    with counting() as tally:
        with storage.open("a.txt", "wb") as file: file.write(b"content"); before = tally.count
    assert before == 0
    """
    with case.requests() as counted:
        file = case.storage.open("a.txt", "wb")
        file.write(b"content" * 1000)
        case.equal(0, counted.count, "the number of requests before the file is closed")
        file.close()


@remote_promise("stat costs one request.", counted=True, source="holdfast.RemoteStorage.stat")
def stat(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    with counting() as tally: storage.stat("a.txt")
    assert tally.count <= 1
    """
    case.given("a.txt")
    case.remote.exists("a.txt")
    costs(case, "stat", lambda: case.remote.stat("a.txt"))


@remote_promise(
    "exists of a folder costs one request, however many files there are in it.",
    counted=True,
    cost="slow",
    source="holdfast.RemoteStorage.exists",
)
def exists_of_a_folder(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"bytes"))
    with counting() as tally: storage.exists("folder/")
    assert tally.count <= 1
    """
    case.given_many(f"many/{number:04}.txt" for number in range(1100))
    for folder in ("many/", "missing/", ""):
        costs(case, "exists of a folder", partial(case.remote.exists, folder))


@remote_promise(
    "walk costs one request for each thousand files.",
    counted=True,
    cost="slow",
    source="holdfast.RemoteStorage.walk",
)
def walk(case: Case) -> None:
    """
    for number in range(1500): storage.save(f"many/{number}.txt", ContentFile(b"-"))
    with counting() as tally: list(storage.walk("many"))
    assert tally.count <= 2
    """
    case.given_many(f"many/{number // 100}/{number:04}.txt" for number in range(2500))
    costs(case, "walk", lambda: case.equal(2500, len(list(case.remote.walk("many"))), "the number of files"))


@remote_promise(
    "The first of many files costs one request.",
    counted=True,
    cost="slow",
    source="holdfast.RemoteStorage.walk",
)
def first_of_many(case: Case) -> None:
    """
    for number in range(1500): storage.save(f"many/{number}.txt", ContentFile(b"-"))
    with counting() as tally: next(storage.walk("many"))
    assert tally.count <= 1
    """
    case.given_many(f"many/{number:04}.txt" for number in range(2500))
    costs(case, "first of many", lambda: next(case.remote.walk("many")))


@remote_promise(
    "Deleting many files costs one request for each thousand.",
    needs=WRITE,
    counted=True,
    cost="slow",
    source="holdfast.RemoteStorage.delete_many",
)
def removing_many(case: Case) -> None:
    """
    names = [storage.save(f"many/{number}.txt", ContentFile(b"-")) for number in range(1500)]
    with counting() as tally: storage.delete_many(names)
    assert tally.count <= 2
    """
    names = [f"many/{number:04}.txt" for number in range(1100)]
    case.given_many(names)
    costs(case, "removing many", lambda: case.remote.delete_many(names))
    case.equal([], case.keys(), "the keys that are left")
