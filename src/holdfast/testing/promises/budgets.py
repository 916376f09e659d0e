"""How many requests things may cost. Stores that need fewer are welcome."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.testing.promises.consumers import archive
from holdfast.types import Feature

WRITE = Feature.WRITE


def _costs(case: Case, most: int, what: str, call: Callable[[], object]) -> None:
    with case.requests() as counted:
        call()
    case.within(0, most, counted.count, f"the number of requests for {what}")


@store_promise("The counter counts: head is one request, and so is a missing object's.", counted=True)
def counter_counts(case: Case) -> None:
    case.given("a.txt")
    case.store.head("a.txt")
    with case.requests() as counted:
        case.store.head("a.txt")
    case.equal(1, counted.count, "the number of requests for head")
    with case.requests() as counted:
        case.read("a.txt")
    case.equal(1, counted.count, "the number of requests for get")
    case.equal(len(b"some bytes"), counted.received, "the bytes that came")


@store_promise("put, delete and copy of a small object are one request each.", needs=WRITE, counted=True)
def verbs(case: Case) -> None:
    case.put("warm.txt", b"bytes")
    _costs(case, 1, "put", lambda: case.put("a.txt", b"bytes"))
    if Feature.COPY in case.store.features:
        _costs(case, 2, "copy", lambda: case.store.copy("a.txt", "b.txt"))
    _costs(case, 1, "delete", lambda: case.store.delete("a.txt"))
    _costs(case, 1, "delete of what is not there", lambda: case.store.delete("a.txt"))


@storage_promise("Saving a new file costs one request.", needs=WRITE, creates=True, counted=True)
def save_of_a_new_file(case: Case) -> None:
    case.storage.save("warm.txt", ContentFile(b"content"))
    with case.requests() as counted:
        case.storage.save("folder/a.txt", ContentFile(b"content"))
    case.within(0, 1, counted.count, "the number of requests")
    case.within(0, 7, counted.sent, "the bytes that were sent")


@storage_promise("Saving under a name that is taken costs two requests.", needs=WRITE, creates=True, counted=True)
def save_under_a_taken_name(case: Case) -> None:
    case.given("a.txt")
    _costs(case, 2, "save", lambda: case.storage.save("a.txt", ContentFile(b"content")))


@storage_promise("Opening and reading a small file costs one request.", counted=True)
def open_and_read(case: Case) -> None:
    case.given("a.txt", case.data(50_000))
    case.storage.exists("a.txt")

    def read() -> None:
        with case.storage.open("a.txt") as file:
            case.equal(50_000, file.size, "the size")
            case.equal(50_000, len(file.read()), "the number of bytes")

    _costs(case, 1, "open, size and read", read)


@storage_promise(
    "The first bytes of a large file cost one request, and little beyond them.", needs=Feature.RANGE, counted=True
)
def first_bytes(case: Case) -> None:
    case.given("a.bin", case.data(3_000_000))
    with case.requests() as counted, case.storage.open("a.bin") as file:
        case.equal(case.data(3_000_000)[:1024], file.read(1024), "the first bytes")
    case.within(0, 1, counted.count, "the number of requests")
    case.within(0, 262_144, counted.received, "the bytes that came")


@storage_promise("A large file that is read on costs few requests.", needs=Feature.RANGE, counted=True)
def reading_on(case: Case) -> None:
    case.given("a.bin", case.data(10_000_000))

    def read() -> None:
        with case.storage.open("a.bin") as file:
            case.equal(10_000_000, sum(len(chunk) for chunk in file.chunks()), "the number of bytes")

    _costs(case, 8, "reading 10 MB in chunks", read)


@storage_promise(
    "One member of a large zip archive costs few requests and few bytes.", counted=True, needs=Feature.RANGE
)
def zip_member(case: Case) -> None:
    case.given("a.zip", archive(case, 100, 150_000))
    with case.requests() as counted, case.storage.open("a.zip") as file, zipfile.ZipFile(file) as found:
        case.equal(case.data(150_000, 77), found.read("77.bin"), "the member")
    case.within(0, 8, counted.count, "the number of requests")
    case.within(0, 3_000_000, counted.received, "the bytes that came")


@remote_promise("exists, size, stat and the times cost one request each.", counted=True)
def looking(case: Case) -> None:
    case.given("a.txt")
    case.remote.exists("a.txt")
    storage = case.remote
    for method in (storage.exists, storage.size, storage.stat, storage.get_modified_time):
        _costs(case, 1, method.__name__, partial(method, "a.txt"))
    storage.exists("missing.txt")
    _costs(case, 1, "exists of what is not there", lambda: storage.exists("missing.txt"))
    _costs(case, 1, "exists of the root", lambda: storage.exists(""))
    _costs(case, 1, "exists of a folder", lambda: storage.exists("folder/"))


@storage_promise("Deleting costs one request.", needs=WRITE, counted=True)
def delete(case: Case) -> None:
    case.given("a.txt")
    _costs(case, 1, "delete", lambda: case.storage.delete("a.txt"))


@storage_promise("Writing a file costs one request, when it is closed.", needs=WRITE, counted=True)
def write(case: Case) -> None:
    case.given("warm.txt")
    with case.requests() as counted:
        file = case.storage.open("a.txt", "wb")
        file.write(b"content" * 1000)
        case.equal(0, counted.count, "the number of requests before the file is closed")
        file.close()
    case.within(0, 1, counted.count, "the number of requests in all")


@remote_promise("Listing a folder costs one request for each thousand entries.", counted=True, cost="slow")
def listdir(case: Case) -> None:
    case.given_many(f"many/{number:04}.txt" for number in range(2500))
    _costs(case, 3, "listdir of 2,500 files", lambda: case.remote.listdir("many"))
    _costs(case, 3, "walk over 2,500 files", lambda: list(case.remote.walk("many")))
    _costs(case, 1, "exists of a folder with 2,500 files", lambda: case.remote.exists("many/"))
    _costs(case, 1, "the first of 2,500 entries", lambda: next(case.remote.walk("many")))


@remote_promise("Deleting many files costs one request for each thousand.", needs=WRITE, counted=True, cost="slow")
def delete_many(case: Case) -> None:
    names = [f"many/{number:04}.txt" for number in range(1100)]
    case.given_many(names)
    _costs(case, 2, "delete_many of 1,100 files", lambda: case.remote.delete_many(names))
    case.equal([], case.keys(), "what is left")
