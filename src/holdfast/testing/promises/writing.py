"""What ``put`` does."""

from __future__ import annotations

from holdfast.errors import AlreadyExists, Changed, NotFound, StoreError
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import Feature, Write

OVER = Write(overwrite=True)


@store_promise("put says what it kept: the same that head says afterwards.", needs=Feature.WRITE)
def says_what_it_kept(case: Case) -> None:
    entry = case.put("folder/a.txt", b"12345")
    head = case.store.head("folder/a.txt")
    case.equal("folder/a.txt", entry.key, "the key that put says")
    case.equal(5, entry.size, "the size that put says")
    case.equal(head.etag, entry.etag, "the ETag that put says, beside head's")


@store_promise("Without overwrite, what exists stays as it is, and the writer is told.", needs=Feature.WRITE)
def create_only(case: Case) -> None:
    case.put("a.txt", b"first")
    for data in (b"second", b"", b"first"):
        with case.raises(AlreadyExists, "a second put without overwrite") as caught:
            case.put("a.txt", data)
        case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"first")


@store_promise("With overwrite, what was there is replaced as a whole.", needs=Feature.WRITE)
def overwrite_replaces(case: Case) -> None:
    for data in (b"first", b"the second one", case.data(100_000), b"third"):
        case.put("a.txt", data, OVER)
        case.holds("a.txt", data)


@store_promise("Something shorter put over something longer leaves nothing of its end.", needs=Feature.WRITE)
def shorter_leaves_no_tail(case: Case) -> None:
    for size in (200_000, 70_000, 10, 0):
        case.put("a.bin", case.data(size), OVER)
        case.holds("a.bin", case.data(size))


@store_promise("The same bytes put twice with overwrite are no error.", needs=Feature.WRITE)
def same_bytes_twice(case: Case) -> None:
    case.put("a.txt", b"same", OVER)
    case.put("a.txt", b"same", OVER)
    case.holds("a.txt", b"same")


@store_promise("A key is as deep as it likes: nobody has to make its folders first.", needs=Feature.WRITE)
def makes_its_folders(case: Case) -> None:
    case.put("one/two/three/four/a.txt", b"deep")
    case.put("one/two/b.txt", b"less deep")
    case.holds("one/two/three/four/a.txt", b"deep")
    case.holds("one/two/b.txt", b"less deep")


@store_promise(
    "A file whose name is a folder's is kept beside it, or refused with the folder as it was.", needs=Feature.WRITE
)
def file_named_as_a_folder(case: Case) -> None:
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
    "A file below another file's name is kept, or refused with the other as it was.", needs=Feature.WRITE
)
def file_below_a_file(case: Case) -> None:
    case.put("both", b"outside")
    try:
        case.put("both/inside.txt", b"inside")
    except StoreError as error:
        case.equal("both/inside.txt", error.key, "the key of the error")
    else:
        case.holds("both/inside.txt", b"inside")
    case.holds("both", b"outside")


@store_promise("Asked to replace one version, put replaces that one.", needs=Feature.WRITE | Feature.REPLACE_IF)
def replaces_that_version(case: Case) -> None:
    etag = case.put("a.txt", b"one").etag
    etag = case.put("a.txt", b"two", Write(etag=etag)).etag
    case.put("a.txt", b"three", Write(etag=etag))
    case.holds("a.txt", b"three")


@store_promise(
    "Asked to replace a version that is gone, put raises Changed and keeps what is there.",
    needs=Feature.WRITE | Feature.REPLACE_IF,
)
def replaces_no_other_version(case: Case) -> None:
    stale = case.put("a.txt", b"one").etag
    case.put("a.txt", b"another", OVER)
    for how in (Write(etag=stale), Write(etag=stale, overwrite=True), Write(etag='"never"')):
        with case.raises(Changed, "put in the place of a version that is gone") as caught:
            case.put("a.txt", b"three", how)
        case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"another")


@store_promise(
    "Asked to replace a version of what is not there, put creates nothing.",
    needs=Feature.WRITE | Feature.REPLACE_IF,
)
def replaces_nothing(case: Case) -> None:
    etag = case.put("a.txt", b"one").etag
    case.store.delete("a.txt")
    with case.raises((Changed, NotFound), "put in the place of a version of what is not there"):
        case.put("a.txt", b"two", Write(etag=etag))
    case.absent("a.txt")
