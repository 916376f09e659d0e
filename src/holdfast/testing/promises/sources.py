"""Where the bytes of a ``put`` come from, and what becomes of it when they stop coming."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial

from django.core.files.base import File

from holdfast.errors import StoreError
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Feature, Write

PUT = "holdfast.Store.put"
SOURCE = "holdfast.Source"
CHUNKS = "holdfast.Source.chunks"
OF = "holdfast.Source.of"

MEGA = 1_000_000


class Told(Source):
    """Chunks, and what is said of their number."""

    def __init__(
        self, chunks: Callable[[], Iterator[bytes]], size: int | None, *, repeatable: bool = False
    ) -> None:
        self._chunks = chunks
        self.size = size
        self.repeatable = repeatable

    def chunks(self) -> Iterator[bytes]:
        return self._chunks()


class Stumbled(Exception):
    """What the sources here raise."""


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _stumbling(error: BaseException, size: int) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        yield from pieces(b"x" * size, 50_000)
        raise error

    return chunks


@store_promise(
    "Bytes that come once and in unknown number are kept whole, in pieces of any size.",
    needs=Feature.WRITE,
    source=OF,
)
def bytes_that_come_once(case: Case) -> None:
    """
    put(store, "a.bin", (bytes([number]) * 997 for number in range(200)))
    assert read(store, "a.bin") == b"".join(bytes([number]) * 997 for number in range(200))
    """
    data = case.data(300_000)
    for size in (997, 65_536, 150_000, 300_000):
        key = case.name()
        case.store.put(key, Told(partial(pieces, data, size), None))
        case.holds(key, data)


@store_promise(
    "Bytes that come once, with their number told beforehand, are kept whole.",
    needs=Feature.WRITE,
    source=SOURCE,
)
def bytes_of_known_number(case: Case) -> None:
    """
    class Known(Source): size, chunks = 200_000, lambda self: iter([bytes(70_001), bytes(129_999)])
    store.put("a.bin", Known())
    assert read(store, "a.bin") == bytes(200_000)
    """
    data = case.data(300_000)
    case.store.put("a.bin", Told(lambda: pieces(data, 70_001), len(data)))
    case.holds("a.bin", data)


@store_promise(
    "Empty chunks do not end the bytes, and no chunks at all are an empty object.",
    needs=Feature.WRITE,
    source=OF,
)
def empty_chunks(case: Case) -> None:
    """
    put(store, "a.bin", iter([b"", b"one", b"", b"two", b""])), put(store, "none.bin", iter([]))
    assert (read(store, "a.bin"), read(store, "none.bin")) == (b"onetwo", b"")
    """
    case.store.put("a.bin", Told(lambda: iter([b"", b"one", b"", b"", b"two", b""]), None))
    case.holds("a.bin", b"onetwo")
    case.store.put("none.bin", Told(lambda: iter([]), None))
    case.holds("none.bin", b"")
    case.store.put("empty.bin", Told(lambda: iter([b"", b""]), 0))
    case.holds("empty.bin", b"")


@store_promise(
    "A source over a file brings the whole file and leaves it open.",
    needs=Feature.WRITE,
    source=OF,
)
def a_file(case: Case) -> None:
    """
    file = io.BytesIO(b"0123456789"); file.seek(5)
    put(store, "a.bin", file)
    assert read(store, "a.bin") == b"0123456789" and not file.closed
    """
    data = case.data(200_000)
    file = io.BytesIO(data)
    file.seek(1000)
    case.store.put("a.bin", Source.of(file))
    case.true(not file.closed, "The file is still open.")
    case.holds("a.bin", data)


@store_promise(
    "A slice of a source is kept as an object of its own.",
    needs=Feature.WRITE,
    source=f"{SOURCE}.slice",
)
def a_slice(case: Case) -> None:
    """
    store.put("a.bin", Source.of(io.BytesIO(b"0123456789")).slice(2, 5))
    assert read(store, "a.bin") == b"234"
    """
    data = case.data(200_000)
    case.store.put("a.bin", Source.of(io.BytesIO(data)).slice(1000, 150_000))
    case.holds("a.bin", data[1000:150_000])


@store_promise(
    "A source that raises midway leaves nothing, and its exception comes out as it is.",
    needs=Feature.WRITE,
    source=PUT,
)
def raises_midway(case: Case) -> None:
    """
    def broken(): yield bytes(100_000); raise ZeroDivisionError
    assert isinstance(error_of(put, store, "a.bin", broken()), ZeroDivisionError)
    assert keys(store) == []
    """
    for size in (0, 50_000, 3 * MEGA):
        for told in (None, 4 * MEGA):
            error = Stumbled(f"after {size} bytes")
            with case.raises(Stumbled, f"put of a source that raises after {size:,} bytes") as caught:
                case.store.put("a.bin", Told(_stumbling(error, size), told))
            case.true(caught.error is error, f"{caught.error!r} is the very exception that the source raised.")
            case.absent("a.bin")
    case.equal([], case.keys(), "what is listed afterwards")


@store_promise(
    "A source that raises midway keeps what was there before.",
    needs=Feature.WRITE,
    source=PUT,
)
def raises_midway_over_another(case: Case) -> None:
    """
    def broken(): yield bytes(100_000); raise ZeroDivisionError
    put(store, "a.bin", b"what was there"), error_of(put, store, "a.bin", broken(), OVER)
    assert read(store, "a.bin") == b"what was there"
    """
    case.put("a.bin", b"what was there")
    for size in (0, 50_000, 3 * MEGA):
        with case.raises(Stumbled, f"put of a source that raises after {size:,} bytes"):
            case.store.put("a.bin", Told(_stumbling(Stumbled(), size), None), Write(overwrite=True))
        case.holds("a.bin", b"what was there")


@store_promise(
    "Ctrl-C midway leaves nothing, and keeps what was there before.",
    needs=Feature.WRITE,
    source=PUT,
)
def interrupted_midway(case: Case) -> None:
    """
    def broken(): yield bytes(100_000); raise KeyboardInterrupt
    assert isinstance(error_of(put, store, "a.bin", broken()), KeyboardInterrupt)
    assert keys(store) == []
    """
    case.put("old.bin", b"what was there")
    for key in ("new.bin", "old.bin"):
        with case.raises(KeyboardInterrupt, "put of a source that is interrupted"):
            case.store.put(key, Told(_stumbling(KeyboardInterrupt(), MEGA), None), Write(overwrite=True))
    case.absent("new.bin")
    case.holds("old.bin", b"what was there")


@store_promise(
    "A large source that raises midway leaves nothing either.",
    needs=Feature.WRITE,
    cost="slow",
    source=PUT,
)
def raises_after_much(case: Case) -> None:
    """
    def broken(): yield from [bytes(1_000_000)] * 30; raise ZeroDivisionError
    assert isinstance(error_of(put, store, "a.bin", broken()), ZeroDivisionError)
    assert keys(store) == []
    """
    case.put("old.bin", b"what was there")
    for key in ("new.bin", "old.bin"):
        for told in (None, 40 * MEGA):
            with case.raises(Stumbled, "put of a source that raises after 30 MB"):
                case.store.put(key, Told(_stumbling(Stumbled(), 30 * MEGA), told), Write(overwrite=True))
    case.absent("new.bin")
    case.holds("old.bin", b"what was there")
    case.equal(["old.bin"], case.keys(), "what is listed afterwards")


@store_promise(
    "A source that brings fewer bytes than it said, or more, leaves nothing.",
    needs=Feature.WRITE,
    source=CHUNKS,
)
def not_as_many_as_it_said(case: Case) -> None:
    """
    class Short(Source): size, chunks = 10, lambda self: iter([b"123"])
    assert isinstance(error_of(store.put, "a.bin", Short()), StoreError)
    assert keys(store) == []
    """
    case.put("old.bin", b"what was there")
    for brought, said in (
        (99_999, 100_000),
        (0, 10),
        (100_001, 100_000),
        (10, 0),
        (MEGA, MEGA + 1),
        (MEGA, MEGA - 1),
    ):
        for key, repeatable in (("new.bin", False), ("new.bin", True), ("old.bin", False), ("old.bin", True)):
            source = Told(partial(pieces, b"x" * brought, 50_000), said, repeatable=repeatable)
            with case.raises(StoreError, f"put of {brought:,} bytes that were to be {said:,}"):
                case.store.put(key, source, Write(overwrite=key == "old.bin"))
    case.absent("new.bin")
    case.holds("old.bin", b"what was there")


@store_promise(
    "A name that a put has failed for can be used at once.",
    needs=Feature.WRITE,
    source=PUT,
)
def again_after_failing(case: Case) -> None:
    """
    def broken(): yield bytes(100_000); raise ZeroDivisionError
    error_of(put, store, "a.bin", broken()), put(store, "a.bin", b"second try")
    assert read(store, "a.bin") == b"second try"
    """
    with case.raises(Stumbled, "put of a source that raises"):
        case.store.put("a.bin", Told(_stumbling(Stumbled(), 200_000), None))
    case.put("a.bin", b"second try")
    case.holds("a.bin", b"second try")


@store_promise(
    "While it is being put, nobody sees anything of an object, nor of a file to be renamed later.",
    needs=Feature.WRITE,
    source=PUT,
)
def invisible_until_it_is_whole(case: Case) -> None:
    """
    def looking(): yield bytes(100_000); found.extend(keys(store)); yield bytes(100_000)
    found = []; put(store, "a.bin", looking())
    assert found == [] and keys(store) == ["a.bin"]
    """
    case.put("folder/old.bin", b"what was there")
    seen = []

    def chunks() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * 100_000
            case.absent("folder/new.bin")
            case.equal(["folder/old.bin"], case.keys(), "what list shows meanwhile")
            case.equal(["folder/"], case.dir(), "what listdir shows at the root meanwhile")
            case.equal(["folder/old.bin"], case.dir("folder/"), "what listdir shows of the folder meanwhile")
            seen.append(case.read("folder/old.bin"))

    for key in ("folder/new.bin", "folder/old.bin"):
        case.store.put(key, Told(chunks, None), Write(overwrite=True))
        case.store.delete("folder/new.bin")
    case.equal([b"what was there"] * 8, seen, "what is read while it is being replaced")
    case.holds("folder/old.bin", b"x" * 400_000)


@storage_promise(
    "While a file is being saved, no listing shows anything of it, under its own name or another.",
    needs=Feature.WRITE,
    source=PUT,
)
def saved_unseen(case: Case) -> None:
    """
    def looking(): yield bytes(100_000); found.extend(storage.listdir("")[1]); yield bytes(100_000)
    found, content = [], File(None); content.chunks = looking; storage.save("a.bin", content)
    assert found == [] and storage.listdir("") == ([], ["a.bin"])
    """
    case.given("folder/other.bin")
    looks = []

    class Looking(File):  # type: ignore[type-arg]  # generic in the stubs alone
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            for _ in range(3):
                yield b"x" * 100_000
                looks.append(case.storage.listdir("folder"))

    case.storage.save("folder/new.bin", Looking(None))
    case.equal([([], ["other.bin"])] * 3, looks, "what listdir shows while the file is being saved")
    case.equal(b"x" * 300_000, case.contents("folder/new.bin"), "what was saved")


@store_promise(
    "A large object is kept whole, with its number of bytes known or not.",
    needs=Feature.WRITE,
    cost="slow",
    source=PUT,
)
def large(case: Case) -> None:
    """
    put(store, "a.bin", (bytes([number]) * 1_234_567 for number in range(25)))
    assert read(store, "a.bin") == b"".join(bytes([number]) * 1_234_567 for number in range(25))
    """
    data = case.data(30 * MEGA)
    for told in (None, len(data)):
        case.store.put("a.bin", Told(lambda: pieces(data, 1_234_567), told), Write(overwrite=True))
        case.true(case.read("a.bin") == data, "The 30 MB that come back are those that were put.")
        case.equal(len(data), case.store.head("a.bin").size, "the size")
