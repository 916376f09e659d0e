"""What can be done with a file that is open for reading."""

from __future__ import annotations

import io
import random
from typing import Any

from holdfast.errors import Changed
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import CHUNK, Feature

WRITE = Feature.WRITE


def _lines(count: int) -> bytes:
    """Lines of many lengths, some longer than a chunk, the last without its end."""
    dice = random.Random(7)  # noqa: S311 - the same lines each time
    lengths = [0, 1, 80, 5000, CHUNK, CHUNK + 1, 100_000]
    return b"\n".join(b"x" * dice.choice(lengths) + b"%d" % number for number in range(count))


@storage_promise("A file gives its bytes, its size, its name, and is true.")
def basics(case: Case) -> None:
    for size in (0, 10, CHUNK, 200_000):
        data = case.data(size)
        case.given("a.bin", data)
        with case.storage.open("a.bin") as file:
            case.equal(size, file.size, "its size")
            case.equal(size, len(file), "its length")
            case.true(bool(file), "It is true, even when it is empty.")
            case.equal(data, file.read(), "its bytes")
            case.equal(b"", file.read(), "what comes after its end")
            case.equal(size, file.size, "its size afterwards")


@storage_promise("A file is iterated in chunks, from its beginning and as often as one likes.")
def chunks(case: Case) -> None:
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        file.read(1000)
        for size in (None, 1000, CHUNK, 10**6):
            found = list(file.chunks(size))
            case.equal(data, b"".join(found), f"the chunks of {size} together")
            case.equal(min(size or CHUNK, len(data)), len(found[0]), "the size of the first one")
        case.true(file.multiple_chunks(), "It has more than one chunk.")
        case.true(not file.multiple_chunks(10**6), "It has not more than one chunk of 1,000,000 bytes.")


@storage_promise("Reading, seeking and telling do what they do with a local file.")
def like_a_local_file(case: Case) -> None:
    data = case.data(250_000)
    case.given("a.bin", data)
    dice = random.Random(3)  # noqa: S311 - the same steps each time
    file: Any
    with case.storage.open("a.bin") as file, io.BufferedReader(io.BytesIO(data)) as local:
        for step in range(150):
            place, size = dice.randrange(260_000), dice.choice([0, 1, 100, CHUNK, 100_000])
            what = dice.choice(["read", "seek", "end", "relative", "readinto", "line"])
            match what:
                case "read":
                    found = [f.read(size) for f in (local, file)]
                case "seek":
                    found = [f.seek(place) for f in (local, file)]
                case "end":
                    found = [f.seek(-min(place, 250_000), io.SEEK_END) for f in (local, file)]
                case "relative":
                    move = max(dice.randrange(-5000, 5000), -local.tell())
                    found = [f.seek(move, io.SEEK_CUR) for f in (local, file)]
                case "readinto":
                    buffers = [bytearray(size), bytearray(size)]
                    found = [(f.readinto(b), bytes(b)) for f, b in zip((local, file), buffers, strict=True)]
                case _:
                    found = [f.readline(size) for f in (local, file)]
            case.equal(found[0], found[1], f"what {what} gives in step {step}")
            case.equal(local.tell(), file.tell(), f"the position after {what} in step {step}")


@storage_promise("read1 and readinto give what there is, and nothing at the end.")
def read1_and_readinto(case: Case) -> None:
    data = case.data(150_000)
    case.given("a.bin", data)
    file: Any
    with case.storage.open("a.bin") as file:
        found = bytearray()
        while piece := file.read1(10_000):
            found += piece
        case.equal(data, bytes(found), "what read1 gives, together")
        file.seek(0)
        buffer = bytearray(CHUNK)
        found.clear()
        while count := file.readinto(buffer):
            found += buffer[:count]
        case.equal(data, bytes(found), "what readinto gives, together")


@storage_promise("Seeking behind the end reads nothing, and before the beginning is an error.")
def seeking_outside(case: Case) -> None:
    case.given("a.bin", b"0123456789")
    with case.storage.open("a.bin") as file:
        case.equal(100, file.seek(100), "the position")
        case.equal(b"", file.read(), "what is read there")
        case.equal(b"", file.read(10), "what is read there")
        case.equal(5, file.seek(5), "the position after going back")
        case.equal(b"56789", file.read(), "what is read there")
        with case.raises((ValueError, OSError), "seek to -1"):
            file.seek(-1)


@storage_promise("Lines are those of a local file, also where they are longer than a chunk.")
def lines(case: Case) -> None:
    data = _lines(30)
    case.given("a.txt", data)
    expected = io.BytesIO(data).readlines()
    with case.storage.open("a.txt") as file:
        case.equal(expected, list(file), "the lines, iterated")
        file.seek(0)
        case.equal(expected, file.readlines(), "the lines that readlines gives")
        file.seek(0)
        case.equal(expected[0], file.readline(), "the first line")
        case.equal(expected[1:], list(file), "the lines after it, iterated")


@storage_promise("Without b a file is text in UTF-8, with line ends as Python reads them.")
def text(case: Case) -> None:
    written = "Zoë\n日本\r\n🙂\n" + "ä" * 100_000
    case.given("a.txt", written.encode())
    for mode in ("r", "rt"):
        with case.storage.open("a.txt", mode) as file:
            expected = io.TextIOWrapper(io.BytesIO(written.encode()), encoding="utf-8").read()
            case.equal(expected, file.read(), f"the text, with mode {mode}")
            file.seek(0)
            case.equal(expected.splitlines(keepends=True), list(file), "its lines")


@remote_promise("A file that is open for reading cannot be written to.")
def not_writable(case: Case) -> None:
    case.given("a.txt", b"as it is")
    with case.remote.open("a.txt") as file:
        case.true(
            file.readable() and file.seekable() and not file.writable(), "It reads and seeks and does not write."
        )
        with case.raises((io.UnsupportedOperation, AttributeError), "write"):
            file.write(b"more")
        with case.raises((io.UnsupportedOperation, AttributeError), "truncate"):
            file.truncate(0)
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@storage_promise("A closed file says so with ValueError, and can be closed again.")
def closed(case: Case) -> None:
    case.given("a.txt", b"bytes")
    file = case.storage.open("a.txt")
    case.true(not file.closed, "The file is open.")
    file.close()
    file.close()
    case.true(file.closed, "The file is closed.")
    for name, call in (
        ("read", lambda: file.read()),
        ("readline", lambda: file.readline()),
        ("seek", lambda: file.seek(0)),
        ("tell", lambda: file.tell()),
        ("list", lambda: list(file)),
    ):
        with case.raises(ValueError, f"{name} of a closed file"):
            call()


@storage_promise("A closed file can be opened again, and an open one goes back to its beginning.")
def opened_again(case: Case) -> None:
    case.given("a.txt", b"bytes")
    file = case.storage.open("a.txt")
    case.equal(b"by", file.read(2), "the first bytes")
    file.open()
    case.equal(b"bytes", file.read(), "the bytes after open()")
    file.close()
    for mode in (None, "rb"):
        with file.open(mode) as again:
            case.equal(b"bytes", again.read(), f"the bytes after open({mode!r}) of a closed file")
    with case.raises(ValueError, "read after that"):
        file.read()


@storage_promise("A file that was opened again after a change gives the new bytes.", needs=WRITE)
def opened_again_after_a_change(case: Case) -> None:
    case.given("a.txt", b"old")
    file = case.storage.open("a.txt")
    case.equal(b"old", file.read(), "the bytes")
    file.close()
    case.given("a.txt", b"the new ones")
    with file.open():
        case.equal(b"the new ones", file.read(), "the bytes after open()")
        case.equal(12, file.size, "the size after open()")


@storage_promise(
    "A file that is replaced while it is read gives the old bytes or Changed, never a mix.", needs=WRITE
)
def replaced_while_read(case: Case) -> None:
    old, new = case.data(1_000_000, 1), case.data(1_000_000, 2)
    case.given("a.bin", old)
    with case.storage.open("a.bin") as file:
        found = file.read(100_000)
        case.given("a.bin", new)
        try:
            while piece := file.read(50_000):
                found += piece
        except Changed as error:
            case.equal("a.bin", error.key, "the key of the error")
            case.equal(old[: len(found)], found, "what was read before the error")
        else:
            case.equal(old, found, "what was read")


@storage_promise(
    "A file that is deleted while it is read gives the old bytes or an error, never fewer.", needs=WRITE
)
def deleted_while_read(case: Case) -> None:
    data = case.data(1_000_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        found = file.read(100_000)
        case.store.delete("a.bin")
        try:
            found += file.read()
        except OSError:
            return
        case.equal(data, found, "what was read")


@storage_promise("Two open files of one name do not disturb each other.")
def two_files(case: Case) -> None:
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as one, case.storage.open("a.bin") as other:
        case.equal(data[:100_000], one.read(100_000), "the first half of the one")
        case.equal(data, other.read(), "the whole of the other")
        case.equal(data[100_000:], one.read(), "the second half of the one")


@storage_promise("A hundred files that nobody closes hold up nothing.")
def never_closed(case: Case) -> None:
    data = case.data(300_000)
    case.given("a.bin", data)
    files = [case.storage.open("a.bin") for _ in range(100)]
    for file in files:
        case.equal(data[:10], file.read(10), "the first bytes of one of many open files")
    case.equal(data, case.contents("a.bin"), "the bytes of a further one")
    for file in files:
        file.close()


@storage_promise("A mode that Python does not know is a ValueError.")
def unknown_mode(case: Case) -> None:
    case.given("a.txt", b"as it is")
    for mode in ("", "b", "rw", "rwb", "z", "rbt", "r++", "rr", "w+x", "U", "+"):
        with case.raises(ValueError, f"open with mode {mode!r}"):
            case.storage.open("a.txt", mode)
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@storage_promise("A folder cannot be opened: there is no file of that name.")
def folder(case: Case) -> None:
    case.given("folder/a.txt")
    with case.raises(FileNotFoundError, "open of a folder"):
        case.storage.open("folder")
