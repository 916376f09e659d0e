"""What a file that is open for reading gives."""

from __future__ import annotations

import io
import random
from typing import Any

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import CHUNK

FILE = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File"
IO = "https://docs.python.org/3/library/io.html"
OPEN = "https://docs.python.org/3/library/functions.html#open"


def _lines(count: int) -> bytes:
    """Lines of many lengths, some longer than a chunk, the last without its end."""
    dice = random.Random(7)  # noqa: S311 - the same lines each time
    lengths = [0, 1, 80, 5000, CHUNK, CHUNK + 1, 100_000]
    return b"\n".join(b"x" * dice.choice(lengths) + b"%d" % number for number in range(count))


@storage_promise("A file gives its bytes, and after its end none.", source=f"{IO}#io.BufferedIOBase.read")
def whole(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as file:
        assert (b"some bytes", b"") == (file.read(), file.read())
    """
    for size in (0, 10, CHUNK, 200_000):
        data = case.data(size)
        case.given("a.bin", data)
        with case.storage.open("a.bin") as file:
            case.equal(data, file.read(), f"the bytes of a file of {size:,}")
            case.equal(b"", file.read(), "what comes after its end")


@storage_promise("A file knows how many bytes it has, before and after it is read.", source=f"{FILE}.size")
def size(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as file:
        assert 10 == file.size == len(file) == len(file.read())
    """
    for size in (0, 10, 200_000):
        case.given("a.bin", case.data(size))
        with case.storage.open("a.bin") as file:
            case.equal(size, file.size, "its size")
            case.equal(size, len(file), "its length")
            file.read()
            case.equal(size, file.size, "its size after reading")


@storage_promise("A file is true, even when it is empty.", source=FILE)
def is_true(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b""))
    with storage.open("a.txt") as file:
        assert file
    """
    for size in (0, 10):
        case.given("a.bin", case.data(size))
        with case.storage.open("a.bin") as file:
            case.true(bool(file), f"A file of {size} bytes is true.")


@remote_promise("A file has the name that it was opened with.", source=f"{FILE}.name")
def name(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    with storage.open("folder/a.txt") as file:
        assert "folder/a.txt" == file.name
    """
    case.given("folder/a.txt")
    with case.remote.open("folder/a.txt") as file:
        case.equal("folder/a.txt", file.name, "its name")


@storage_promise(
    "A file is iterated in chunks, from its beginning and as often as one likes.", source=f"{FILE}.chunks"
)
def chunks(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert [b"0123", b"4567", b"89"] == list(file.chunks(4)) == list(file.chunks(4))
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        file.read(1000)
        for size in (None, 1000, CHUNK, 10**6):
            found = list(file.chunks(size))
            case.equal(data, b"".join(found), f"the chunks of {size} together")
            case.equal(min(size or CHUNK, len(data)), len(found[0]), f"the size of the first chunk of {size}")


@storage_promise("A file knows whether it has more than one chunk.", source=f"{FILE}.multiple_chunks")
def multiple_chunks(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert file.multiple_chunks(4) and not file.multiple_chunks(10)
    """
    case.given("a.bin", case.data(200_000))
    with case.storage.open("a.bin") as file:
        case.true(file.multiple_chunks(), "200,000 bytes are more than one chunk.")
        case.true(not file.multiple_chunks(10**6), "200,000 bytes are not more than one chunk of 1,000,000.")


@storage_promise("Reading, seeking and telling do what they do with a local file.", source=f"{IO}#io.IOBase.seek")
def like_a_local_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert (8, b"89", 10, 3) == (file.seek(-2, 2), file.read(5), file.tell(), file.seek(3))
    """
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


@storage_promise("readinto fills a buffer, and gives 0 at the end.", source=f"{IO}#io.BufferedIOBase.readinto")
def readinto(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert (10, 0) == (file.readinto(bytearray(10)), file.readinto(bytearray(10)))
    """
    data = case.data(150_000)
    case.given("a.bin", data)
    file: Any
    with case.storage.open("a.bin") as file:
        found = bytearray()
        buffer = bytearray(CHUNK)
        while count := file.readinto(buffer):
            found += buffer[:count]
        case.equal(data, bytes(found), "what readinto gives, together")


@remote_promise("read1 gives what there is, and nothing at the end.", source=f"{IO}#io.BufferedIOBase.read1")
def read1(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert (b"0123", b"456789", b"") == (file.read1(4), file.read1(), file.read1())
    """
    data = case.data(150_000)
    case.given("a.bin", data)
    file: Any
    with case.remote.open("a.bin") as file:
        found = bytearray()
        while piece := file.read1(10_000):
            found += piece
        case.equal(data, bytes(found), "what read1 gives, together")


@storage_promise(
    "Seeking behind the end reads nothing, and before the beginning is an error.", source=f"{IO}#io.IOBase.seek"
)
def seeking_outside(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"0123456789"))
    with storage.open("a.txt") as file:
        assert (100, b"", 5, b"56789") == (file.seek(100), file.read(), file.seek(5), file.read())
    """
    case.given("a.bin", b"0123456789")
    with case.storage.open("a.bin") as file:
        case.equal(100, file.seek(100), "the position after seek(100) in a file of 10 bytes")
        case.equal(b"", file.read(), "what read() gives there")
        case.equal(b"", file.read(10), "what read(10) gives there")
        case.equal(5, file.seek(5), "the position after going back to 5")
        case.equal(b"56789", file.read(), "what read() gives there")
        with case.raises((ValueError, OSError), "seek to -1"):
            file.seek(-1)


@storage_promise(
    "Lines are those of a local file, also where they are longer than a chunk.", source=f"{FILE}.__iter__"
)
def lines(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one\\ntwo"))
    with storage.open("a.txt") as file:
        assert [b"one\\n", b"two"] == list(file)
    """
    data = _lines(30)
    case.given("a.txt", data)
    expected = io.BytesIO(data).readlines()
    with case.storage.open("a.txt") as file:
        case.equal(expected, list(file), "the lines, iterated")
        file.seek(0)
        case.equal(expected, file.readlines(), "the lines that readlines gives")
        file.seek(0)
        case.equal(expected[:2], [file.readline(), file.readline()], "the lines that readline gives")


@remote_promise(
    "Iterating goes on from where the file stands, and lines end at \\n alone.", source=f"{IO}#io.IOBase"
)
def lines_from_here(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one\\rstill\\ntwo\\n"))
    with storage.open("a.txt") as file:
        assert (b"one\\rstill\\n", [b"two\\n"]) == (file.readline(), list(file))
    """
    data = b"with \r inside\n" + _lines(30)
    case.given("a.txt", data)
    expected = io.BytesIO(data).readlines()
    with case.remote.open("a.txt") as file:
        case.equal(expected[0], file.readline(), "the first line")
        case.equal(expected[1:], list(file), "the lines after it, iterated")


@storage_promise("Without b a file gives text, read as UTF-8.", source=OPEN)
def text(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile("Zoë".encode()))
    with storage.open("a.txt", "r") as file:
        assert "Zoë" == file.read()
    """
    written = "Zoë\n日本\n🙂\n" + "ä" * 100_000
    case.given("a.txt", written.encode())
    for mode in ("r", "rt"):
        with case.storage.open("a.txt", mode) as file:
            case.equal(written, file.read(), f"the text, with mode {mode!r}")
            file.seek(0)
            case.equal(written.splitlines(keepends=True), list(file), f"its lines, with mode {mode!r}")


@storage_promise("In a file of text each of \\n, \\r and \\r\\n ends a line, and is read as \\n.", source=OPEN)
def line_ends(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one\\r\\ntwo\\rthree\\n"))
    with storage.open("a.txt", "r") as file:
        assert "one\\ntwo\\nthree\\n" == file.read()
    """
    case.given("a.txt", b"one\r\ntwo\rthree\n\r\nfive")
    with case.storage.open("a.txt", "r") as file:
        case.equal("one\ntwo\nthree\n\nfive", file.read(), "the text of b'one\\r\\ntwo\\rthree\\n\\r\\nfive'")
        file.seek(0)
        case.equal(["one\n", "two\n", "three\n", "\n", "five"], list(file), "its lines")


@storage_promise(
    "A file that is open for reading says so, and that it cannot be written to.", source=IO + "#io.IOBase"
)
def says_what_it_can(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as file:
        assert file.readable() and file.seekable() and not file.writable()
    """
    case.given("a.txt")
    with case.storage.open("a.txt", "rb") as file:
        case.equal(True, file.readable(), "readable() of a file opened with mode 'rb'")
        case.equal(True, file.seekable(), "seekable() of a file opened with mode 'rb'")
        case.equal(False, file.writable(), "writable() of a file opened with mode 'rb'")


@storage_promise(
    "A file that is open for reading refuses to be written to, and stays as it is.",
    source=f"{IO}#io.UnsupportedOperation",
)
def not_writable(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with storage.open("a.txt") as file:
        assert error_of(file.write, b"more") and error_of(file.truncate, 0)
    """
    case.given("a.txt", b"as it is")
    with case.storage.open("a.txt") as file:
        with case.raises((io.UnsupportedOperation, AttributeError), "write to a file opened with mode 'rb'"):
            file.write(b"more")
        with case.raises((io.UnsupportedOperation, AttributeError), "truncate of a file opened with mode 'rb'"):
            file.truncate(0)
    case.equal(b"as it is", case.contents("a.txt"), "the content")
