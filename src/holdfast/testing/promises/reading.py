"""What ``get`` and ``head`` give."""

from __future__ import annotations

from holdfast.errors import Changed, NotFound
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import CHUNK, Feature, Read, Write

SIZES = (0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 1_000_003)


@store_promise("The bytes that were kept come back, however many they are.")
def bytes_come_back(case: Case) -> None:
    for size in SIZES:
        key = case.name()
        case.given(key, case.data(size))
        case.holds(key, case.data(size))


@store_promise("An empty object is an object: it is found, listed, and brings no bytes.")
def empty_object(case: Case) -> None:
    case.given("empty.txt", b"")
    case.holds("empty.txt", b"")


@store_promise("get brings what is known of the object along with its bytes.")
def get_brings_the_entry(case: Case) -> None:
    case.given("a.txt", b"0123456789")
    head = case.store.head("a.txt")
    with case.store.get("a.txt") as body:
        case.equal("a.txt", body.entry.key, "the key that get says")
        case.true(body.entry.size in (10, None), "The size that get says is right or not known.")
        case.equal(head.etag, body.entry.etag, "the ETag that get says, beside head's")
        case.equal(b"0123456789", body.read(), "the bytes")


@store_promise("A body says which range it is, and can be read in pieces.")
def body_in_pieces(case: Case) -> None:
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.store.get("a.bin") as body:
        case.equal(0, body.start, "where the body begins")
        case.true(body.end in (len(data), None), "The body says where it ends, or does not know.")
        pieces = [body.read(1), body.read(0), body.read(CHUNK), body.read(100_000)]
        case.equal([1, 0, CHUNK, 100_000], [len(piece) for piece in pieces], "the sizes of the pieces")
        case.equal(data, b"".join(pieces) + body.read(), "the pieces and the rest together")
        case.equal(b"", body.read(), "what comes after the end")


@store_promise("A body that is closed half-read lets go: the store works on, however often that happens.")
def body_closed_half_read(case: Case) -> None:
    data = case.data(1_000_000)
    case.given("a.bin", data)
    for _ in range(20):
        with case.store.get("a.bin") as body:
            case.equal(data[:10], body.read(10), "the first bytes")
        body.close()
    case.equal(data, case.read("a.bin"), "the bytes, read after all that")


@store_promise("Two bodies of one object do not disturb each other.")
def two_bodies(case: Case) -> None:
    data = case.data(300_000)
    case.given("a.bin", data)
    with case.store.get("a.bin") as one, case.store.get("a.bin") as other:
        case.equal(data[:1000], one.read(1000), "the beginning of the one")
        case.equal(data, other.read(), "the whole of the other")
        case.equal(data[1000:], one.read(), "the rest of the one")


@store_promise("Sixteen threads that read one object all get it whole.")
def many_readers(case: Case) -> None:
    data = case.data(300_000)
    case.given("a.bin", data)
    for number, found in enumerate(case.at_once(16, lambda _: case.read("a.bin"))):
        case.equal(data, found, f"the bytes that thread {number} read")


@store_promise("What is not there is NotFound, for get and for head.")
def missing_is_not_found(case: Case) -> None:
    case.absent("missing.txt")
    case.given("folder/there.txt")
    case.absent("folder/missing.txt")


@store_promise("A part of a key is no object: neither a folder's name, nor something below a file's.")
def part_of_a_key_is_not_found(case: Case) -> None:
    case.given("folder/sub/file.txt")
    for key in (
        "folder",
        "folder/sub",
        "folder/sub/file",
        "folder/sub/file.tx",
        "folder/sub/file.txt/more",
        "fold",
    ):
        with case.raises(NotFound, f"head of {key!r}"):
            case.store.head(key)
        with case.raises(NotFound, f"get of {key!r}"):
            case.read(key)


@store_promise("Asked for the version that is there, get and head give it; for another, they raise Changed.")
def only_that_version(case: Case) -> None:
    old = case.given("a.txt", b"old bytes").etag
    case.equal(b"old bytes", case.read("a.txt", Read(etag=old)), "the bytes of the version that is there")
    case.equal(old, case.store.head("a.txt", Read(etag=old)).etag, "the ETag of the version that is there")
    if old is None:
        return  # a store without ETags has no versions to tell apart
    case.given("a.txt", b"new bytes, and more of them")
    with case.raises(Changed, "get of the version that was replaced"):
        case.read("a.txt", Read(etag=old))
    with case.raises(Changed, "head of the version that was replaced"):
        case.store.head("a.txt", Read(etag=old))


@store_promise("The ETag is another when the bytes are, even if their number and the second are the same.")
def etag_follows_the_bytes(case: Case) -> None:
    etags = []
    for number in range(5):
        case.given("a.txt", b"bytes %d" % number)
        etags.append(case.store.head("a.txt").etag)
    if etags[0] is not None:
        case.equal(5, len(set(etags)), "the number of ETags of five versions")


@store_promise("An ETag is spelled as HTTP has it, in quotes, and is the same from get, head and list.")
def etag_is_quoted(case: Case) -> None:
    case.given("a.txt")
    etag = case.store.head("a.txt").etag
    if etag is None:
        return
    strong = etag.removeprefix("W/")
    case.true(len(strong) > 2 and strong[0] == strong[-1] == '"', f"The ETag {etag} is in quotes.")
    with case.store.get("a.txt") as body:
        case.equal(etag, body.entry.etag, "the ETag that get says")
    listed = [entry.etag for entry in case.store.list()]
    case.true(listed in ([etag], [None]), f"list says the ETag {etag} or none: {listed}")


@store_promise("What was written last is what is read, at once and every time.", needs=Feature.WRITE)
def read_after_write(case: Case) -> None:
    for number in range(10):
        data = b"version %d" % number
        case.store.put("a.txt", Source.of(data), Write(overwrite=True))
        case.holds("a.txt", data)
