"""What ``get`` and ``head`` give."""

from __future__ import annotations

from holdfast.errors import Changed, NotFound, StoreError
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.types import CHUNK, Feature, Read, Write

BODY = "holdfast.Body"
ETAG = "https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3"
GET = "holdfast.Store.get"
HEAD = "holdfast.Store.head"
READ = "holdfast.Read"
STORE = "holdfast.Store"

OPEN = 20
"""Bodies that are open at once: no more than a busy server has requests."""

SIZES = (0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 1_000_003)


@store_promise("The bytes that were kept come back, however many they are.", source=GET)
def bytes_come_back(case: Case) -> None:
    """
    data = os.urandom(65_537)
    put(store, "a.bin", data)
    assert read(store, "a.bin") == data
    """
    for size in SIZES:
        key = case.name()
        case.given(key, case.data(size))
        case.holds(key, case.data(size))


@store_promise("An empty object is an object: it is found, listed, and brings no bytes.", source=GET)
def empty_object(case: Case) -> None:
    """
    put(store, "empty.txt", b"")
    assert (read(store, "empty.txt"), store.head("empty.txt").size) == (b"", 0)
    assert keys(store) == ["empty.txt"]
    """
    case.given("empty.txt", b"")
    case.holds("empty.txt", b"")


@store_promise("get brings what is known of the object along with its bytes.", source=GET)
def get_brings_the_entry(case: Case) -> None:
    """
    put(store, "a.txt", b"0123456789")
    with store.get("a.txt") as body: entry = body.entry
    assert (entry.key, entry.etag) == ("a.txt", store.head("a.txt").etag) and entry.size in (10, None)
    """
    case.given("a.txt", b"0123456789")
    head = case.store.head("a.txt")
    with case.store.get("a.txt") as body:
        case.equal("a.txt", body.entry.key, "the key that get says")
        case.true(body.entry.size in (10, None), f"The size that get says of 10 bytes is right: {body.entry.size}.")
        case.equal(head.etag, body.entry.etag, "the ETag that get says, beside head's")
        case.equal(b"0123456789", body.read(), "the bytes")


@store_promise("A body says which range it is, and can be read in pieces.", source=f"{BODY}.read")
def body_in_pieces(case: Case) -> None:
    """
    put(store, "a.bin", bytes(200_000))
    with store.get("a.bin") as body: sizes = [len(body.read(size)) for size in (1, 0, 65_536, 200_000, 10)]
    assert (body.start, sizes) == (0, [1, 0, 65_536, 134_463, 0])
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.store.get("a.bin") as body:
        case.equal(0, body.start, "where the body begins")
        case.true(body.end in (len(data), None), f"The end of the body is 200,000 or not known, not {body.end}.")
        pieces = [body.read(1), body.read(0), body.read(CHUNK), body.read(100_000)]
        case.equal([1, 0, CHUNK, 100_000], [len(piece) for piece in pieces], "the sizes of the pieces")
        case.equal(data, b"".join(pieces) + body.read(), "the pieces and the rest together")
        case.equal(b"", body.read(), "what comes after the end")


@store_promise(
    "A body that is closed before its end lets go: the store works on, however often that happens.", source=BODY
)
def body_closed_half_read(case: Case) -> None:
    """
    put(store, "a.bin", bytes(1_000_000))
    for _ in range(20): store.get("a.bin").close()
    assert read(store, "a.bin") == bytes(1_000_000)
    """
    data = case.data(1_000_000)
    case.given("a.bin", data)
    for turn in range(20):
        with case.store.get("a.bin") as body:
            if turn % 2:
                case.equal(data[:10], body.read(10), f"the first bytes of body {turn}, after others were closed")
        body.close()
    case.equal(data, case.read("a.bin"), "the bytes, read after all that")


@store_promise("A body that was read to its end holds nothing any more: it need not be closed.", source=BODY)
def body_read_to_its_end(case: Case) -> None:
    """
    put(store, "a.bin", bytes(200_000))
    bodies = [(body := store.get("a.bin"), body.read()) for _ in range(40)]
    assert read(store, "a.bin") == bytes(200_000)
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    bodies = []
    for number in range(2 * OPEN):
        bodies.append(case.store.get("a.bin"))
        case.equal(data, bodies[-1].read(), f"the bytes of body {number}, after the others were read")
    case.equal(data, case.read("a.bin"), "the bytes, read after all that")


@store_promise("Twenty bodies can be open at once, and the store works on beside them.", source=BODY)
def many_bodies_open(case: Case) -> None:
    """
    put(store, "a.bin", bytes(300_000))
    bodies = [store.get("a.bin") for _ in range(20)]
    assert [store.head("a.bin").size, *(len(body.read()) for body in bodies)] == [300_000] * 21
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    bodies = [case.entering(case.store.get("a.bin")) for _ in range(OPEN)]
    case.equal([data[:10]] * OPEN, [body.read(10) for body in bodies], "the first bytes of each open body")
    case.equal(data, case.read("a.bin"), "the bytes of a further body")
    case.equal(len(data), case.store.head("a.bin").size, "the size that head says beside them")
    for number, body in enumerate(bodies):
        case.equal(data[10:], body.read(), f"the rest of body {number}")


@store_promise(
    "A body whose object is replaced meanwhile brings the old bytes or an error, never a mix.",
    needs=Feature.WRITE,
    source=BODY,
)
def replaced_meanwhile(case: Case) -> None:
    """
    put(store, "a.bin", b"1" * 1_000_000); body = store.get("a.bin"); body.read(9)
    put(store, "a.bin", b"2" * 1_000_000, OVER)
    with suppress(StoreError), body: assert body.read() == b"1" * 999_991
    """
    old, new = case.data(1_000_000, 1), case.data(1_000_000, 2)
    case.put("a.bin", old)
    with case.store.get("a.bin") as body:
        found = body.read(100)
        case.put("a.bin", new, Write(overwrite=True))
        try:
            for piece in body:
                found += piece
        except StoreError:
            case.equal(old[: len(found)], found, "what came before the error")
        else:
            case.equal(old, found, "what the body brought")
    case.equal(new, case.read("a.bin"), "the bytes of a new body")


@store_promise(
    "A body whose object is deleted meanwhile brings all of its bytes or an error, never fewer.",
    needs=Feature.WRITE,
    source=BODY,
)
def deleted_meanwhile(case: Case) -> None:
    """
    put(store, "a.bin", bytes(1_000_000)); body = store.get("a.bin"); body.read(9)
    store.delete("a.bin")
    with suppress(StoreError), body: assert len(body.read()) == 999_991
    """
    data = case.data(1_000_000)
    case.put("a.bin", data)
    with case.store.get("a.bin") as body:
        found = body.read(100)
        case.store.delete("a.bin")
        try:
            found += body.read()
        except StoreError:
            return
        case.equal(data, found, "what the body brought")


@store_promise("Two bodies of one object do not disturb each other.", source=BODY)
def two_bodies(case: Case) -> None:
    """
    put(store, "a.bin", bytes(range(250)) * 1000)
    with store.get("a.bin") as one, store.get("a.bin") as two: found = one.read(9) + two.read()[9:], one.read()
    assert found == (bytes(range(250)) * 1000, (bytes(range(250)) * 1000)[9:])
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    with case.store.get("a.bin") as one, case.store.get("a.bin") as other:
        case.equal(data[:1000], one.read(1000), "the beginning of the one")
        case.equal(data, other.read(), "the whole of the other")
        case.equal(data[1000:], one.read(), "the rest of the one")


@store_promise("Sixteen threads that read one object all get it whole.", source=STORE)
def many_readers(case: Case) -> None:
    """
    data = os.urandom(300_000)
    put(store, "a.bin", data)
    assert at_once(16, lambda number: read(store, "a.bin") == data) == [True] * 16
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    for number, found in enumerate(case.at_once(16, lambda _: case.read("a.bin"))):
        case.equal(data, found, f"the bytes that thread {number} read")


@store_promise("What is not there is NotFound, for get and for head.", source=HEAD)
def missing_is_not_found(case: Case) -> None:
    """
    assert isinstance(error_of(read, store, "missing.txt"), NotFound)
    assert isinstance(error_of(store.head, "missing.txt"), NotFound)
    """
    case.absent("missing.txt")
    case.given("folder/there.txt")
    case.absent("folder/missing.txt")


@store_promise("A part of a key is no object: neither a folder's name, nor something below a file's.", source=GET)
def part_of_a_key_is_not_found(case: Case) -> None:
    """
    put(store, "folder/a.txt", b"bytes")
    assert isinstance(error_of(store.head, "folder"), NotFound)
    assert isinstance(error_of(read, store, "folder/a.txt/more"), NotFound)
    """
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


@store_promise(
    "Asked for the version that is there, get and head give it; for another, they raise Changed.", source=READ
)
def only_that_version(case: Case) -> None:
    """
    old = put(store, "a.txt", b"old bytes").etag
    put(store, "a.txt", b"new bytes, and more of them", OVER)
    assert old is None or isinstance(error_of(read, store, "a.txt", Read(etag=old)), Changed)
    """
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


@store_promise(
    "The ETag is another when the bytes are, even if their number and the second are the same.", source=ETAG
)
def etag_follows_the_bytes(case: Case) -> None:
    """
    put(store, "a.txt", b"one"); old = store.head("a.txt").etag
    put(store, "a.txt", b"two", OVER); new = store.head("a.txt").etag
    assert old is None or old != new
    """
    etags = []
    for number in range(5):
        case.given("a.txt", b"bytes %d" % number)
        etags.append(case.store.head("a.txt").etag)
    if etags[0] is not None:
        case.equal(5, len(set(etags)), f"the number of ETags of five versions ({etags})")


@store_promise("The size is that of the bytes that are there now, whichever verb says it.", source=HEAD)
def size_follows_the_bytes(case: Case) -> None:
    """
    put(store, "a.txt", b"one"), store.head("a.txt")
    put(store, "a.txt", b"longer", OVER)
    assert (store.head("a.txt").size, [entry.size for entry in store.list()]) == (6, [6])
    """
    for size in (3, 6, 100_000, 0, 1):
        case.given("a.bin", case.data(size))
        case.equal(size, case.store.head("a.bin").size, "the size that head says after a replacement")
        case.equal([size], [entry.size for entry in case.store.list()], "the size that list says")
        with case.store.get("a.bin") as body:
            case.true(body.entry.size in (size, None), f"get says {size:,} as the size, not {body.entry.size}.")


@store_promise(
    "An ETag is spelled as HTTP has it, in quotes, and is the same from get, head and list.", source=ETAG
)
def etag_is_quoted(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    etag = store.head("a.txt").etag
    assert etag is None or etag.removeprefix("W/")[0] == etag[-1] == '"'
    """
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


@store_promise("What was written last is what is read, at once and every time.", needs=Feature.WRITE, source=GET)
def read_after_write(case: Case) -> None:
    """
    put(store, "a.txt", b"version 1")
    put(store, "a.txt", b"version 2", OVER)
    assert read(store, "a.txt") == b"version 2"
    """
    for number in range(10):
        data = b"version %d" % number
        case.store.put("a.txt", Source.of(data), Write(overwrite=True))
        case.holds("a.txt", data)
