"""How many requests a storage may need for what it does. One that needs fewer is welcome.

Where a system cannot do with so few, its author states what it needs in the contract: ``budgets = {"save": 2}``.
What is stated and not needed fails, as an exemption does that is not needed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise
from holdfast.testing.promises.consumers import archive
from holdfast.types import Feature

__all__ = ["BUDGETS", "METHODS", "VERBS", "costs", "promise_of"]

METHODS: Mapping[str, int] = {
    "exists": 1,
    "exists of what is missing": 1,
    "first bytes": 1,
    "listdir": 3,
    "modified time": 1,
    "open and read": 1,
    "reading on": 8,
    "removing": 1,
    "save": 1,
    "save under a taken name": 2,
    "size": 1,
    "url": 0,
    "writing": 1,
    "zip member": 8,
}
"""Requests of a storage. The promise about ``"first bytes"`` is ``budgets.first_bytes``, and so on."""

VERBS: Mapping[str, int] = {
    "copy": 2,
    "copy over another": 1,
    "delete": 1,
    "delete of what is missing": 1,
    "exists of a folder": 1,
    "first of many": 1,
    "get": 1,
    "get of a range": 1,
    "head": 1,
    "head of what is missing": 1,
    "put": 1,
    "put over another": 1,
    "removing many": 2,
    "stat": 1,
    "walk": 3,
}
"""Requests of a store, and of what a ``RemoteStorage`` has beyond Django's methods: ``requests.get_of_a_range``."""

BUDGETS = {**METHODS, **VERBS}

READ_AHEAD = 262_144
"""Bytes that may come where the first thousand are read."""

LITTLE = 10_000
"""Bytes that may come with an answer that needs none of the file."""

REFERENCE = "https://docs.djangoproject.com/en/stable/ref/files/storage/"
OPEN = f"{REFERENCE}#django.core.files.storage.Storage.open"
SAVE = f"{REFERENCE}#django.core.files.storage.Storage.save"
EXISTS = f"{REFERENCE}#django.core.files.storage.Storage.exists"
SIZE = f"{REFERENCE}#django.core.files.storage.Storage.size"
MODIFIED = f"{REFERENCE}#django.core.files.storage.Storage.get_modified_time"
URL = f"{REFERENCE}#django.core.files.storage.Storage.url"
DELETE = f"{REFERENCE}#django.core.files.storage.Storage.delete"
LISTDIR = f"{REFERENCE}#django.core.files.storage.Storage.listdir"

RANGE = Feature.RANGE
WRITE = Feature.WRITE


def promise_of(what: str) -> str:
    """The id of the promise about this budget."""
    return f"{'budgets' if what in METHODS else 'requests'}.{what.replace(' ', '_')}"


def costs(case: Case, what: str, call: Callable[[], object], received: float = inf) -> None:
    """The call keeps to its budget, and brings no more bytes than ``received``."""
    with case.requests() as counted:
        call()
    case.spend(what, BUDGETS[what], counted.count)
    case.within(0, received, counted.received, f"the bytes that came for {what!r}")


@storage_promise(
    "The counter counts what the storage asks for, and the bytes that come.",
    lacks=Feature.PATH,
    counted=True,
    source="holdfast.testing.Counted",
)
def counter_counts_for_a_storage(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    with counting() as tally: storage.open("a.txt").read()
    assert tally.count >= 1 and tally.received >= 5
    """
    case.given("a.txt")
    with case.requests() as counted:
        case.contents("a.txt")
    case.true(counted.count >= 1, "The counter has seen a request for open and read.")
    case.within(len(b"some bytes"), inf, counted.received, "the bytes that the counter saw coming")


@storage_promise(
    "Saving a new file costs one request, and sends its bytes once.",
    needs=WRITE,
    creates=True,
    counted=True,
    source=SAVE,
)
def save(case: Case) -> None:
    """
    storage.save("first.txt", ContentFile(b"content"))
    with counting() as tally: storage.save("folder/a.txt", ContentFile(b"content"))
    assert tally.count <= 1
    """
    case.storage.save("first.txt", ContentFile(b"content"))
    with case.requests() as counted:
        case.storage.save("folder/a.txt", ContentFile(b"content"))
    case.spend("save", BUDGETS["save"], counted.count)
    case.within(0, len(b"content"), counted.sent, "the bytes that were sent")


@storage_promise(
    "Saving under a name that is taken costs two requests.", needs=WRITE, creates=True, counted=True, source=SAVE
)
def save_under_a_taken_name(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"content"))
    with counting() as tally: storage.save("a.txt", ContentFile(b"content"))
    assert tally.count <= 2
    """
    case.given("a.txt")
    case.storage.exists("a.txt")
    costs(case, "save under a taken name", lambda: case.storage.save("a.txt", ContentFile(b"content")))


@storage_promise(
    "Opening and reading a small file costs one request, its size included.", counted=True, source=OPEN
)
def open_and_read(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    with counting() as tally: storage.open("a.txt").read()
    assert tally.count <= 1
    """
    case.given("a.txt", case.data(50_000))
    case.storage.exists("a.txt")

    def read() -> None:
        with case.storage.open("a.txt") as file:
            case.equal(50_000, file.size, "the size")
            case.equal(50_000, len(file.read()), "the number of bytes")

    costs(case, "open and read", read)


@storage_promise(
    "The first bytes of a large file cost one request, and little beyond them.",
    needs=RANGE,
    counted=True,
    source=OPEN,
)
def first_bytes(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(bytes(3_000_000)))
    with counting() as tally: storage.open("a.bin").read(10)
    assert tally.count <= 1 and tally.received < 300_000
    """
    case.given("a.bin", case.data(3_000_000))
    case.storage.exists("a.bin")

    def read() -> None:
        with case.storage.open("a.bin") as file:
            case.equal(case.data(3_000_000)[:1024], file.read(1024), "the first bytes")

    costs(case, "first bytes", read, READ_AHEAD)


@storage_promise("A large file that is read on costs few requests.", needs=RANGE, counted=True, source=OPEN)
def reading_on(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(bytes(10_000_000)))
    with counting() as tally: assert sum(map(len, storage.open("a.bin").chunks())) == 10_000_000
    assert tally.count <= 8
    """
    case.given("a.bin", case.data(10_000_000))

    def read() -> None:
        with case.storage.open("a.bin") as file:
            case.equal(10_000_000, sum(len(chunk) for chunk in file.chunks()), "the number of bytes")

    costs(case, "reading on", read)


@storage_promise(
    "One member of a large zip archive costs few requests and few bytes.", counted=True, needs=RANGE, source=OPEN
)
def zip_member(case: Case) -> None:
    """
    with zipfile.ZipFile(data := io.BytesIO(), "w") as z: [z.writestr(f"{n}", bytes(150_000)) for n in range(99)]
    name = storage.save("a.zip", ContentFile(data.getvalue()))
    with counting() as tally: zipfile.ZipFile(storage.open(name)).read("77"); assert tally.count <= 8
    """
    case.given("a.zip", archive(case, 100, 150_000))

    def read() -> None:
        with case.storage.open("a.zip") as file, zipfile.ZipFile(file) as found:
            case.equal(case.data(150_000, 77), found.read("77.bin"), "the member")

    costs(case, "zip member", read, 3_000_000)


@storage_promise("exists of a file costs one request, and brings none of it.", counted=True, source=EXISTS)
def exists(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(bytes(10**6)))
    with counting() as tally: storage.exists("a.bin")
    assert tally.count <= 1 and tally.received < 10_000
    """
    _looking(case, "exists", case.storage.exists)


@storage_promise("exists of what is not there costs one request.", counted=True, source=EXISTS)
def exists_of_what_is_missing(case: Case) -> None:
    """
    storage.exists("first.txt")
    with counting() as tally: storage.exists("missing.txt")
    assert tally.count <= 1
    """
    case.storage.exists("first.txt")
    costs(case, "exists of what is missing", lambda: case.storage.exists("missing.txt"))


@storage_promise("size costs one request, and brings none of the file.", counted=True, source=SIZE)
def size(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(bytes(10**6)))
    with counting() as tally: storage.size("a.bin")
    assert tally.count <= 1 and tally.received < 10_000
    """
    _looking(case, "size", case.storage.size)


@storage_promise("get_modified_time costs one request, and brings none of the file.", counted=True, source=MODIFIED)
def modified_time(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(bytes(10**6)))
    with counting() as tally: storage.get_modified_time("a.bin")
    assert tally.count <= 1 and tally.received < 10_000
    """
    _looking(case, "modified time", case.storage.get_modified_time)


def _looking(case: Case, what: str, method: Callable[[str], object]) -> None:
    case.given("a.bin", case.data(200_000))
    case.storage.exists("a.bin")
    costs(case, what, lambda: method("a.bin"), LITTLE)


@storage_promise("url costs no request.", counted=True, source=URL)
def url(case: Case) -> None:
    """
    with counting() as tally:
        with suppress(NotImplementedError, ValueError): storage.url("a.txt")
    assert tally.count == 0
    """
    case.given("a.txt")
    case.storage.exists("a.txt")

    def urls() -> None:
        with suppress(NotImplementedError, ValueError):  # where files have no URL
            for name in ("a.txt", "missing.txt", "folder/a b.txt"):
                case.storage.url(name)

    costs(case, "url", urls)


@storage_promise("Deleting a file costs one request.", needs=WRITE, counted=True, source=DELETE)
def removing(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    with counting() as tally: storage.delete("a.txt")
    assert tally.count <= 1
    """
    case.given("a.txt")
    case.storage.exists("a.txt")
    costs(case, "removing", lambda: case.storage.delete("a.txt"))


@storage_promise(
    "Writing a file of some kilobytes costs one request, when it is closed.", needs=WRITE, counted=True, source=OPEN
)
def writing(case: Case) -> None:
    """
    storage.save("first.txt", ContentFile(b"bytes"))
    with counting() as tally, storage.open("a.txt", "wb") as file: file.write(b"content")
    assert tally.count <= 1
    """
    case.given("first.txt")
    case.storage.exists("first.txt")

    def write() -> None:
        with case.opened("a.txt", "wb") as file:
            for _ in range(10):
                file.write(b"content" * 100)

    costs(case, "writing", write)


@storage_promise(
    "Listing a folder costs one request for each thousand files.", counted=True, cost="slow", source=LISTDIR
)
def listdir(case: Case) -> None:
    """
    for number in range(1500): storage.save(f"many/{number}.txt", ContentFile(b"-"))
    with counting() as tally: storage.listdir("many")
    assert tally.count <= 2
    """
    case.given_many(f"many/{number:04}.txt" for number in range(2500))
    case.storage.exists("many/0000.txt")
    costs(case, "listdir", lambda: case.equal(2500, len(case.storage.listdir("many")[1]), "the number of files"))
