"""Files that are edited: modes a, r+ and w+. A mode that the storage refuses at ``open`` is not asked about."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import Changed
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Attributes, Feature, Write

WRITE = Feature.WRITE
HOLDFAST = "holdfast.RemoteFile"
OPEN = "https://docs.python.org/3/library/functions.html#open"


@storage_promise("Mode a adds to the end, wherever the position is.", needs=WRITE, source=OPEN)
def a_appends(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one "))
    with storage.open("a.txt", "ab") as file: file.write(b"two")
    assert b"one two" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"one ")
    with case.opened("a.txt", "ab") as file:
        file.write(b"two ")
        file.seek(0)
        file.write(b"three")
    case.equal(b"one two three", case.contents("a.txt"), "the content")
    case.opened("a.txt", "ab").close()
    case.equal(b"one two three", case.contents("a.txt"), "the content after nothing was added")


@storage_promise("Mode a creates what is not there.", needs=WRITE, source=OPEN)
def a_creates(case: Case) -> None:
    """
    with storage.open("a.txt", "ab") as file:
        file.write(b"new")
    assert b"new" == storage.open("a.txt").read()
    """
    with case.opened("a.txt", "ab") as file:
        file.write(b"new")
    case.equal(b"new", case.contents("a.txt"), "the content")


@storage_promise("Mode r+ edits what is there.", needs=WRITE, source=OPEN)
def r_plus_edits(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt", "r+b") as file: file.seek(2), file.write(b"XX")
    assert b"01XX456789" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"0123456789")
    with case.opened("a.txt", "r+b") as file:
        case.equal(b"0123", file.read(4), "what is read")
        file.write(b"XX")
        case.equal(b"6789", file.read(), "what is read after writing")
        file.truncate(8)
    case.equal(b"0123XX67", case.contents("a.txt"), "the content")


@storage_promise(
    "Mode r+ of what is not there is FileNotFoundError, and creates nothing.", needs=WRITE, source=OPEN
)
def r_plus_of_what_is_missing(case: Case) -> None:
    """
    assert isinstance(error_of(storage.open, "missing.txt", "r+b"), FileNotFoundError)
    assert not storage.exists("missing.txt")
    """
    with case.raises(FileNotFoundError, "open with mode 'r+b' of what is not there"):
        case.opened("missing.txt", "r+b").close()
    case.true(not case.storage.exists("missing.txt"), "There is no such file afterwards.")


@storage_promise("Mode w+ begins with nothing, and gives back what was written.", needs=WRITE, source=OPEN)
def w_plus_reads(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"old"))
    with storage.open("a.txt", "w+b") as file:
        assert (b"", b"345") == (file.read(), (file.write(b"0123456789"), file.seek(3), file.read(3))[2])
    """
    case.given("a.txt", b"old")
    with case.opened("a.txt", "w+b") as file:
        case.equal(b"", file.read(), "what is there at first")
        file.write(b"0123456789")
        file.seek(3)
        case.equal(b"345", file.read(3), "what is read back")
    case.equal(b"0123456789", case.contents("a.txt"), "the content")


@remote_promise(
    "The size of a file that is written is what was written so far.", needs=WRITE, source="holdfast.RemoteFile.size"
)
def size_so_far(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        assert (0, 10) == (file.size, (file.write(b"0123456789"), file.size)[1])
    """
    for mode in ("wb", "w+b", "xb", "ab"):
        with case.remote.open(case.name(), mode) as file:
            for number in range(3):
                case.equal(10 * number, file.size, f"the size after {number} writes of 10 bytes")
                file.write(b"0123456789")


@storage_promise("Text is added to and edited as UTF-8.", needs=WRITE, source=OPEN)
def text(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile("Zoë\\n".encode()))
    with storage.open("a.txt", "a") as file: file.write("日本")
    assert "Zoë\\n日本".encode() == storage.open("a.txt").read()
    """
    case.given("a.txt", "Zoë\n".encode())
    with case.opened("a.txt", "a") as file:
        file.write("日本 🙂\n")
    case.equal("Zoë\n日本 🙂\n".encode(), case.contents("a.txt"), "the content after adding to it")
    with case.opened("a.txt", "r+") as file:
        case.equal("Zoë\n", file.readline(), "the first line")
        file.seek(0)
        file.write("Eva\n ")
    case.equal("Eva\n 日本 🙂\n".encode(), case.contents("a.txt"), "the content after its beginning was edited")


@storage_promise("A file that is edited stays as it is until it is closed.", needs=WRITE, source=HOLDFAST)
def old_until_closed(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"old"))
    with storage.open("a.txt", "r+b") as file:
        assert (file.write(b"new"), file.flush(), storage.open("a.txt").read())[2] == b"old"
    """
    asked = False
    for mode in ("ab", "r+b", "w+b"):
        case.given("a.txt", b"old")
        with suppress(NotApplicable), case.opened("a.txt", mode) as file:
            asked = True
            file.write(b"new, and longer")
            file.flush()
            case.equal(b"old", case.contents("a.txt"), f"the content while it is being edited with mode {mode!r}")
    if not asked:
        raise NotApplicable("needs a storage that opens files with mode 'ab', 'r+b' or 'w+b'")


@storage_promise(
    "What another has put in the place of a file that is being edited stays.", needs=WRITE, source=HOLDFAST
)
def another_stays(case: Case) -> None:
    """
    (file := storage.open(storage.save("a.txt", ContentFile(b"old")), "r+b")).write(b"mine")
    storage.delete("a.txt"), storage.save("a.txt", ContentFile(b"another's"))
    assert [error_of(file.close)] and b"another's" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"old")
    file = case.opened("a.txt", "r+b")
    file.write(b"mine")
    case.given("a.txt", b"another's, and longer")
    with suppress(Exception):  # so much the better
        file.close()
    case.equal(b"another's, and longer", case.contents("a.txt"), "the content after close")


@remote_promise(
    "A file that somebody else replaced meanwhile is not written back: it is Changed.", needs=WRITE, source=HOLDFAST
)
def changed_meanwhile(case: Case) -> None:
    """
    (file := storage.open(storage.save("a.txt", ContentFile(b"old")), "r+b")).write(b"mine")
    storage.delete("a.txt"), storage.save("a.txt", ContentFile(b"another's"))
    assert isinstance(error_of(file.close), Changed) and b"another's" == storage.open("a.txt").read()
    """
    for mode in ("r+b", "ab"):
        case.given("a.txt", b"old")
        file = case.remote.open("a.txt", mode)
        file.write(b"mine")
        case.given("a.txt", b"another's, and longer")
        with case.raises(Changed, f"close of a file opened with {mode!r} that somebody else has replaced"):
            file.close()
        case.equal(b"another's, and longer", case.contents("a.txt"), "the content")


@remote_promise("A file that was read and not written is not written back.", needs=WRITE, source=HOLDFAST)
def not_written_back(case: Case) -> None:
    """
    etag = storage.stat(storage.save("a.txt", ContentFile(b"as it is"))).etag
    with storage.open("a.txt", "r+b") as file: file.read()
    assert etag == storage.stat("a.txt").etag
    """
    etag = case.given("a.txt", b"as it is").etag
    for mode in ("r+b", "ab", "a+b"):
        with case.remote.open("a.txt", mode) as file:
            file.seek(0)
        case.equal(etag, case.remote.stat("a.txt").etag, f"the ETag after nothing was written with mode {mode!r}")


@remote_promise(
    "What is edited keeps its attributes.",
    needs=WRITE | Feature.ATTRIBUTES,
    source="holdfast.RemoteStorage.write_back",
)
def keeps_attributes(case: Case) -> None:
    """
    store.put("a.txt", Source.of(b"old"), Write(attributes=Attributes(cache_control="max-age=60")))
    with storage.open("a.txt", "ab") as file: file.write(b", edited")
    assert "max-age=60" == storage.stat("a.txt").attributes.cache_control
    """
    attributes = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"owner": "me"})
    for mode in ("r+b", "ab"):
        case.given("a.txt", b"text", Write(overwrite=True, attributes=attributes))
        with case.remote.open("a.txt", mode) as file:
            file.write(b"edited")
        case.equal(attributes, case.remote.stat("a.txt").attributes, f"the attributes after mode {mode!r}")
