"""What ``put`` does."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors import AlreadyExists, Changed, NotFound, StoreError
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.testing.promises.sources import Told, pieces
from holdfast.types import Create, Feature, Write

KEY = "holdfast.keys"
PUT = "holdfast.Store.put"
WRITE = "holdfast.Write"
OVER = Write(overwrite=True)


@store_promise("put says what it kept: the same that head says afterwards.", needs=Feature.WRITE, source=PUT)
def says_what_it_kept(case: Case) -> None:
    """
    entry, head = put(store, "a.txt", b"12345"), store.head("a.txt")
    assert (entry.key, entry.size, entry.etag) == ("a.txt", 5, head.etag)
    """
    entry = case.put("folder/a.txt", b"12345")
    head = case.store.head("folder/a.txt")
    case.equal("folder/a.txt", entry.key, "the key that put says")
    case.equal(5, entry.size, "the size that put says")
    case.equal(head.etag, entry.etag, "the ETag that put says, beside head's")


@store_promise(
    "Without overwrite, what exists stays as it is, and the writer is told.", needs=Feature.WRITE, source=PUT
)
def create_only(case: Case) -> None:
    """
    put(store, "a.txt", b"first")
    assert isinstance(error_of(put, store, "a.txt", b"second"), AlreadyExists)
    assert read(store, "a.txt") == b"first"
    """
    case.put("a.txt", b"first")
    for data in (b"second", b"", b"first"):
        with case.raises(AlreadyExists, f"a second put without overwrite, of {data!r}") as caught:
            case.put("a.txt", data)
        case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"first")


def _taken_meanwhile(case: Case, size: int, told: int | None) -> None:
    """Of two that create one key, the second while the bytes of the first are on their way, one does."""
    key, won = case.name(), []

    def chunks() -> Iterator[bytes]:
        yield from pieces(b"x" * size, 1_000_000)
        try:
            case.put(key, b"the other's")
        except AlreadyExists:
            return
        won.append(b"the other's")

    try:
        case.store.put(key, Told(chunks, told))
    except AlreadyExists as error:
        case.equal(key, error.key, "the key of the error")
    else:
        won.append(b"x" * size)
    case.equal(1, len(won), f"the number of writers that were told they had created {key!r}, of {size:,} bytes")
    case.true(case.read(key) == won[0], "The bytes are those of the one that was told so.")


@store_promise(
    "A key that somebody takes while the bytes are still on their way is not created again.",
    creates=True,
    needs=Feature.WRITE,
    source=PUT,
)
def taken_meanwhile(case: Case) -> None:
    """
    def slow(): yield b"mine"; put(store, "a.txt", b"the other's")
    assert isinstance(error_of(put, store, "a.txt", slow()), AlreadyExists)
    assert read(store, "a.txt") == b"the other's"
    """
    for told in (None, 1000):
        _taken_meanwhile(case, 1000, told)


@store_promise(
    "A key that somebody takes while many megabytes are on their way is not created again.",
    creates=True,
    needs=Feature.WRITE,
    cost="slow",
    source=PUT,
)
def taken_while_megabytes_come(case: Case) -> None:
    """
    def slow(): yield bytes(20_000_000); put(store, "a.txt", b"the other's")
    assert isinstance(error_of(put, store, "a.txt", slow()), AlreadyExists)
    assert read(store, "a.txt") == b"the other's"
    """
    size = 20_000_000
    asked = [told for told in (None, size) if case.store.creates(told) is not Create.NONE]
    if not asked:
        raise NotApplicable("needs a store that creates large objects without the risk of replacing")
    for told in asked:
        _taken_meanwhile(case, size, told)


@store_promise("With overwrite, what was there is replaced as a whole.", needs=Feature.WRITE, source=WRITE)
def overwrite_replaces(case: Case) -> None:
    """
    put(store, "a.txt", b"first"), store.head("a.txt")
    put(store, "a.txt", b"the second one", OVER)
    assert (read(store, "a.txt"), store.head("a.txt").size) == (b"the second one", 14)
    """
    for data in (b"first", b"the second one", case.data(100_000), b"third"):
        case.put("a.txt", data, OVER)
        case.holds("a.txt", data)


@store_promise(
    "Something shorter put over something longer leaves nothing of its end.", needs=Feature.WRITE, source=PUT
)
def shorter_leaves_no_tail(case: Case) -> None:
    """
    put(store, "a.txt", b"something longer")
    put(store, "a.txt", b"short", OVER)
    assert (read(store, "a.txt"), store.head("a.txt").size) == (b"short", 5)
    """
    for size in (200_000, 70_000, 10, 0):
        case.put("a.bin", case.data(size), OVER)
        case.holds("a.bin", case.data(size))


@store_promise("The same bytes put twice with overwrite are no error.", needs=Feature.WRITE, source=WRITE)
def same_bytes_twice(case: Case) -> None:
    """
    put(store, "a.txt", b"same", OVER)
    put(store, "a.txt", b"same", OVER)
    assert read(store, "a.txt") == b"same"
    """
    case.put("a.txt", b"same", OVER)
    case.put("a.txt", b"same", OVER)
    case.holds("a.txt", b"same")


@store_promise(
    "A key is as deep as it likes: nobody has to make its folders first.", needs=Feature.WRITE, source=KEY
)
def makes_its_folders(case: Case) -> None:
    """
    put(store, "one/two/three/a.txt", b"deep")
    assert read(store, "one/two/three/a.txt") == b"deep"
    """
    case.put("one/two/three/four/a.txt", b"deep")
    case.put("one/two/b.txt", b"less deep")
    case.holds("one/two/three/four/a.txt", b"deep")
    case.holds("one/two/b.txt", b"less deep")


@store_promise(
    "A file whose name is a folder's is kept beside it, or refused with the folder as it was.",
    needs=Feature.WRITE,
    source=PUT,
)
def file_named_as_a_folder(case: Case) -> None:
    """
    put(store, "both/inside.txt", b"inside")
    with suppress(StoreError): put(store, "both", b"outside", OVER)
    assert read(store, "both/inside.txt") == b"inside"
    """
    case.put("both/inside.txt", b"inside")
    try:
        case.put("both", b"outside", OVER)
    except StoreError as error:
        case.equal("both", error.key, "the key of the error")
        case.absent("both")
    else:
        case.holds("both", b"outside")
    case.holds("both/inside.txt", b"inside")


@store_promise(
    "A file below another file's name is kept, or refused with the other as it was.",
    needs=Feature.WRITE,
    source=PUT,
)
def file_below_a_file(case: Case) -> None:
    """
    put(store, "both", b"outside")
    with suppress(StoreError): put(store, "both/inside.txt", b"inside")
    assert read(store, "both") == b"outside"
    """
    case.put("both", b"outside")
    try:
        case.put("both/inside.txt", b"inside")
    except StoreError as error:
        case.equal("both/inside.txt", error.key, "the key of the error")
    else:
        case.holds("both/inside.txt", b"inside")
    case.holds("both", b"outside")


@store_promise(
    "Asked to replace one version, put replaces that one.",
    needs=Feature.WRITE | Feature.REPLACE_IF,
    source=WRITE,
)
def replaces_that_version(case: Case) -> None:
    """
    etag = put(store, "a.txt", b"one").etag
    put(store, "a.txt", b"two", Write(etag=etag))
    assert read(store, "a.txt") == b"two"
    """
    etag = case.put("a.txt", b"one").etag
    etag = case.put("a.txt", b"two", Write(etag=etag)).etag
    case.put("a.txt", b"three", Write(etag=etag))
    case.holds("a.txt", b"three")


@store_promise(
    "Asked to replace a version that is gone, put raises Changed and keeps what is there.",
    needs=Feature.WRITE | Feature.REPLACE_IF,
    source=PUT,
)
def replaces_no_other_version(case: Case) -> None:
    """
    stale, _ = put(store, "a.txt", b"one").etag, put(store, "a.txt", b"another", OVER)
    assert isinstance(error_of(put, store, "a.txt", b"three", Write(etag=stale)), Changed)
    assert read(store, "a.txt") == b"another"
    """
    stale = case.put("a.txt", b"one").etag
    case.put("a.txt", b"another", OVER)
    for how in (Write(etag=stale), Write(etag=stale, overwrite=True), Write(etag='"never"')):
        with case.raises(Changed, f"put in the place of the version {how.etag}, which is gone") as caught:
            case.put("a.txt", b"three", how)
        case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"another")


@store_promise(
    "Asked to replace a version of what is not there, put creates nothing.",
    needs=Feature.WRITE | Feature.REPLACE_IF,
    source=WRITE,
)
def replaces_nothing(case: Case) -> None:
    """
    etag, _ = put(store, "a.txt", b"one").etag, store.delete("a.txt")
    assert isinstance(error_of(put, store, "a.txt", b"two", Write(etag=etag)), (Changed, NotFound))
    assert keys(store) == []
    """
    etag = case.put("a.txt", b"one").etag
    case.store.delete("a.txt")
    with case.raises((Changed, NotFound), "put in the place of a version of what is not there"):
        case.put("a.txt", b"two", Write(etag=etag))
    case.absent("a.txt")
