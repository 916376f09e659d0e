"""Files that are open for writing."""

from __future__ import annotations

import io

from holdfast.errors import AlreadyExists, Changed, StoreError
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Attributes, Feature, Write

WRITE = Feature.WRITE


@storage_promise("A file that is written appears when it is closed, as a whole.", needs=WRITE)
def appears_when_closed(case: Case) -> None:
    for mode in ("wb", "xb", "w+b", "ab"):
        name = case.name()
        with case.storage.open(name, mode) as file:
            for number in range(50):
                file.write(b"%d " % number * 1000)
            case.true(not case.storage.exists(name), f"Before it is closed, there is no file (mode {mode}).")
        case.equal(b"".join(b"%d " % number * 1000 for number in range(50)), case.contents(name), "the content")


@storage_promise("Until it is closed, the file that is being replaced stays as it is.", needs=WRITE)
def old_until_closed(case: Case) -> None:
    for mode in ("wb", "w+b", "ab", "r+b"):
        case.given("a.txt", b"old")
        with case.storage.open("a.txt", mode) as file:
            file.write(b"new, and longer")
            file.flush()
            case.equal(b"old", case.contents("a.txt"), f"the content while it is being written with mode {mode}")
        case.true(case.contents("a.txt") != b"old", "The content afterwards is another.")


@storage_promise("Mode w replaces what is there, even if nothing is written.", needs=WRITE)
def w_replaces(case: Case) -> None:
    case.given("a.txt", b"what was there")
    with case.storage.open("a.txt", "wb") as file:
        file.write(b"new")
    case.equal(b"new", case.contents("a.txt"), "the content")
    case.storage.open("a.txt", "wb").close()
    case.equal(b"", case.contents("a.txt"), "the content after an empty write")
    case.storage.open("b.txt", "wb").close()
    case.equal(0, case.storage.size("b.txt"), "the size of a new file to which nothing was written")


@storage_promise("Mode x refuses a name that is taken, at open.", needs=WRITE)
def x_refuses(case: Case) -> None:
    case.given("a.txt", b"as it is")
    for mode in ("xb", "x", "x+b"):
        with case.raises(FileExistsError, f"open with mode {mode} of a name that is taken"):
            case.storage.open("a.txt", mode)
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@storage_promise(
    "Mode x refuses a name that was taken meanwhile, at close, and the other's file stays.", needs=WRITE
)
def x_refuses_at_close(case: Case) -> None:
    file = case.storage.open("a.txt", "xb")
    file.write(b"mine")
    case.given("a.txt", b"another's")
    with case.raises(AlreadyExists, "close of a file whose name was taken meanwhile"):
        file.close()
    case.true(file.closed, "The file is closed all the same.")
    case.equal(b"another's", case.contents("a.txt"), "the content")


@storage_promise("Mode a adds to the end, wherever the position is, and creates what is not there.", needs=WRITE)
def a_appends(case: Case) -> None:
    case.given("a.txt", b"one ")
    with case.storage.open("a.txt", "ab") as file:
        file.write(b"two ")
        file.seek(0)
        file.write(b"three")
    case.equal(b"one two three", case.contents("a.txt"), "the content")
    with case.storage.open("new.txt", "ab") as file:
        file.write(b"new")
    case.equal(b"new", case.contents("new.txt"), "the content of a new file")
    case.storage.open("a.txt", "ab").close()
    case.equal(b"one two three", case.contents("a.txt"), "the content after nothing was added")


@storage_promise("Mode r+ edits what is there, and fails where nothing is.", needs=WRITE)
def r_plus_edits(case: Case) -> None:
    case.given("a.txt", b"0123456789")
    with case.storage.open("a.txt", "r+b") as file:
        case.equal(b"0123", file.read(4), "what is read")
        file.write(b"XX")
        case.equal(b"6789", file.read(), "what is read after writing")
        file.truncate(8)
    case.equal(b"0123XX67", case.contents("a.txt"), "the content")
    with case.raises(FileNotFoundError, "open with mode r+b of what is not there"):
        case.storage.open("missing.txt", "r+b")


@storage_promise("Mode w+ gives back what was written.", needs=WRITE)
def w_plus_reads(case: Case) -> None:
    case.given("a.txt", b"old")
    with case.storage.open("a.txt", "w+b") as file:
        case.equal(b"", file.read(), "what is there at first")
        file.write(b"0123456789")
        file.seek(3)
        case.equal(b"345", file.read(3), "what is read back")
        case.equal(10, file.size, "the size so far")
    case.equal(b"0123456789", case.contents("a.txt"), "the content")


@remote_promise("A file that was read and not written is not written back.", needs=WRITE)
def not_written_back(case: Case) -> None:
    etag = case.given("a.txt", b"as it is").etag
    for mode in ("r+b", "ab", "a+b"):
        with case.remote.open("a.txt", mode) as file:
            file.seek(0)
    case.equal(etag, case.remote.stat("a.txt").etag, "the ETag")


@storage_promise("A file that somebody else replaced meanwhile is not written back: it is Changed.", needs=WRITE)
def changed_meanwhile(case: Case) -> None:
    for mode in ("r+b", "ab"):
        case.given("a.txt", b"old")
        file = case.storage.open("a.txt", mode)
        file.write(b"mine")
        case.given("a.txt", b"another's, and longer")
        with case.raises(Changed, f"close of a file opened with {mode} that somebody else has replaced"):
            file.close()
        case.equal(b"another's, and longer", case.contents("a.txt"), "the content")


@storage_promise("Text modes write UTF-8, and read it back.", needs=WRITE)
def text(case: Case) -> None:
    with case.storage.open("a.txt", "w") as file:
        file.write("Zoë\n")
    with case.storage.open("a.txt", "a") as file:
        file.write("日本 🙂\n")
    case.equal("Zoë\n日本 🙂\n".encode(), case.contents("a.txt"), "the content")
    with case.storage.open("a.txt", "r+") as file:
        case.equal("Zoë\n", file.readline(), "the first line")
    with case.storage.open("b.txt", "xt") as file:
        file.writelines(["one\n", "two\n"])
    case.equal(b"one\ntwo\n", case.contents("b.txt"), "the content of the other file")


@storage_promise("Text is not taken by a binary file, nor bytes by one of text, and nothing is kept.", needs=WRITE)
def wrong_kind(case: Case) -> None:
    for mode, wrong in (("wb", "text"), ("w", b"bytes")):
        wanted = case.raises(TypeError, f"write of {type(wrong).__name__} with mode {mode}")
        with wanted, case.storage.open("a.txt", mode) as file:
            file.write(wrong)
    case.absent("a.txt")


@remote_promise("A file that is only written cannot be read.", needs=WRITE)
def not_readable(case: Case) -> None:
    for mode in ("wb", "ab", "xb"):
        with case.remote.open(case.name(), mode) as file:
            case.true(file.writable() and not file.readable(), f"With mode {mode} it writes and does not read.")
            with case.raises(io.UnsupportedOperation, f"read with mode {mode}"):
                file.read()


@remote_promise("A file that was closed cannot be written to, and closing it again changes nothing.", needs=WRITE)
def closed(case: Case) -> None:
    file = case.remote.open("a.txt", "wb")
    file.write(b"once")
    file.close()
    etag = case.remote.stat("a.txt").etag
    file.close()
    with case.raises(ValueError, "write to a closed file"):
        file.write(b"more")
    case.equal(etag, case.remote.stat("a.txt").etag, "the ETag")
    case.equal(b"once", case.contents("a.txt"), "the content")


@storage_promise("A file that was written can be opened again to be read.", needs=WRITE)
def opened_again(case: Case) -> None:
    file = case.storage.open("a.txt", "wb")
    file.write(b"content")
    file.close()
    with file.open("rb") as again:
        case.equal(b"content", again.read(), "what was written")


@storage_promise("Files are written into folders that are not there yet.", needs=WRITE)
def into_new_folders(case: Case) -> None:
    with case.storage.open("one/two/three/a.txt", "wb") as file:
        file.write(b"deep")
    case.equal(b"deep", case.contents("one/two/three/a.txt"), "the content")


@remote_promise("What is edited keeps its attributes.", needs=WRITE | Feature.ATTRIBUTES)
def edited_keeps_attributes(case: Case) -> None:
    attributes = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"owner": "me"})
    for mode in ("r+b", "ab"):
        case.given("a.txt", b"text", Write(overwrite=True, attributes=attributes))
        with case.remote.open("a.txt", mode) as file:
            file.write(b"edited")
        case.equal(attributes, case.remote.stat("a.txt").attributes, f"the attributes after mode {mode}")


@storage_promise("A name that no file can have here fails at open, not at close.", needs=WRITE)
def below_a_file(case: Case) -> None:
    case.given("file", b"as it is")
    try:
        with case.storage.open("file/below.txt", "wb") as file:
            file.write(b"content")
    except StoreError as error:
        case.equal("file/below.txt", error.key, "the key of the error")
    else:
        case.equal(b"content", case.contents("file/below.txt"), "the content")
    case.equal(b"as it is", case.contents("file"), "the content of the file above")
