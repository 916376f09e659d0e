"""What was written to a file is kept when it is closed: all of it, then, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.testing.ways import CREATING, DIRECT, THROUGH, Stumbled, Way, of_all, unpacked
from holdfast.types import Feature

WRITE = Feature.WRITE
CLOSE = "holdfast.RemoteFile.close"
FILE_OPEN = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File.open"
HOLDFAST = "holdfast.RemoteFile"
IO = "https://docs.python.org/3/library/io.html"
WITH = "https://docs.python.org/3/reference/compound_stmts.html#the-with-statement"


@storage_promise(
    "Everything that is written to a file is kept, however many writes it was.",
    needs=WRITE,
    source=f"{IO}#io.BufferedIOBase.write",
)
def many_writes(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        file.write(b"one "), file.write(b"two")
    assert b"one two" == storage.open("a.txt").read()
    """
    _written(case, [b"%d " % number for number in range(50)])
    _written(case, [case.data(100_000, number) for number in range(10)])


@storage_promise(
    "Everything that is written to a file is kept, also where each write is megabytes.",
    needs=WRITE,
    cost="slow",
    source=f"{IO}#io.BufferedIOBase.write",
)
def large_writes(case: Case) -> None:
    """
    with storage.open("a.bin", "wb") as file:
        file.write(b"1" * 6_000_000), file.write(b"2" * 6_000_000)
    assert b"1" * 6_000_000 + b"2" * 6_000_000 == storage.open("a.bin").read()
    """
    _written(case, [case.data(6_000_000, number) for number in range(3)])


@storage_promise(
    "What writelines writes is kept as what write writes.", needs=WRITE, source=f"{IO}#io.IOBase.writelines"
)
def writelines(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        file.writelines([b"one ", b"two"])
    assert b"one two" == storage.open("a.txt").read()
    """
    lines = [b"%d " % number for number in range(50)]
    with case.opened("a.bin", "wb") as file:
        file.writelines(iter(lines))
    case.equal(b"".join(lines), case.contents("a.bin"), "the content after writelines")
    with case.opened("b.bin", "wb") as file:
        file.write(b"first ")
        file.writelines(lines)
        file.write(b"last")
    expected = b"first " + b"".join(lines) + b"last"
    case.equal(expected, case.contents("b.bin"), "the content after write, writelines and write")


def _written(case: Case, pieces: list[bytes]) -> None:
    name = case.name()
    with case.opened(name, "wb") as file:
        for piece in pieces:
            file.write(piece)
    case.equal(
        b"".join(pieces),
        case.contents(name),
        f"the content after {len(pieces)} writes of {len(pieces[-1]):,} bytes",
    )


@storage_promise("A file that is written appears when it is closed, and not before.", needs=WRITE, source=HOLDFAST)
def appears_when_closed(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        file.write(b"half"), file.flush()
        assert not storage.exists("a.txt")
    """
    _unseen(case, case.opened, "wb")


@remote_promise("In every mode that creates, a file appears when it is closed.", needs=WRITE, source=HOLDFAST)
def appears_when_closed_in_every_mode(case: Case) -> None:
    """
    with storage.open("a.txt", "ab") as file:
        file.write(b"half"), file.flush()
        assert not storage.exists("a.txt")
    """
    for mode in ("xb", "w+b", "ab"):
        _unseen(case, case.remote.open, mode)


def _unseen(case: Case, opened: Callable[[str, str], Any], mode: str) -> None:
    name = case.name()
    with opened(name, mode) as file:
        for number in range(50):
            file.write(b"%d " % number * 1000)
        case.true(not case.storage.exists(name), f"Before a file is closed, it is not there (mode {mode!r}).")
    case.true(case.storage.exists(name), f"After it was closed, it is there (mode {mode!r}).")


@storage_promise(
    "A file that is being replaced stays as it is until the new one is closed.", needs=WRITE, source=HOLDFAST
)
def old_until_closed(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"old"))
    with storage.open("a.txt", "wb") as file:
        assert (file.write(b"new"), file.flush(), storage.open("a.txt").read())[2] == b"old"
    """
    case.given("a.txt", b"old")
    with case.opened("a.txt", "wb") as file:
        file.write(b"new, and longer")
        file.flush()
        case.equal(b"old", case.contents("a.txt"), "the content while another is written")
    case.equal(b"new, and longer", case.contents("a.txt"), "the content afterwards")


@storage_promise("A file that was closed is not written to any more.", needs=WRITE, source=f"{IO}#io.IOBase.close")
def closed(case: Case) -> None:
    """
    (file := storage.open("a.txt", "wb")).write(b"once")
    file.close(), file.close()
    assert isinstance(error_of(file.write, b"more"), ValueError) and b"once" == storage.open("a.txt").read()
    """
    file = case.opened("a.txt", "wb")
    file.write(b"once")
    file.close()
    try:
        file.close()
    except Exception as error:
        case.fail(f"close of a closed file: expected nothing, but it raised {type(error).__name__}: {error}")
    with case.raises(ValueError, "write to a closed file"):
        file.write(b"more")
    case.equal(b"once", case.contents("a.txt"), "the content")


@remote_promise(
    "Closing a written file again does not write it again.", needs=WRITE, source=f"{IO}#io.IOBase.close"
)
def closed_once(case: Case) -> None:
    """
    (file := storage.open("a.txt", "wb")).write(b"mine")
    file.close(), storage.delete("a.txt"), file.close()
    assert not storage.exists("a.txt")
    """
    file = case.remote.open("a.txt", "wb")
    file.write(b"once")
    file.close()
    etag = case.remote.stat("a.txt").etag
    file.close()
    case.equal(etag, case.remote.stat("a.txt").etag, "the ETag")
    case.given("a.txt", b"another's")
    file.close()
    case.equal(b"another's", case.contents("a.txt"), "the content that another has put there meanwhile")


@storage_promise("A file that was written can be opened again to be read.", needs=WRITE, source=FILE_OPEN)
def opened_again(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file: file.write(b"content")
    with file.open("rb") as again:
        assert b"content" == again.read()
    """
    file = case.opened("a.txt", "wb")
    file.write(b"content")
    file.close()
    with file.open("rb") as again:
        case.equal(b"content", again.read(), "what was written")


@storage_promise("Where no exception ends the block all that was written is kept.", needs=WRITE, source=WITH)
def no_exception(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file, gzip.open(file, "wb") as packed:
        packed.write(b"content")
    assert b"content" == gzip.decompress(storage.open("a.txt").read())
    """
    of_all(DIRECT | THROUGH, lambda what, way: _keeps(case, what, way, b"content" * 10_000))


@storage_promise(
    "A file that is written while an exception is handled is kept as any other.", needs=WRITE, source=WITH
)
def written_in_a_handler(case: Case) -> None:
    """
    try: 1 / 0
    except ZeroDivisionError: (file := storage.open("a.txt", "wb")).write(b"a report"), file.close()
    assert b"a report" == storage.open("a.txt").read()
    """
    try:
        raise Stumbled
    except Stumbled:
        _keeps(case, "a binary file", DIRECT["a binary file"], b"a report of what went wrong")


@remote_promise(
    "A file that is written while an exception is handled is kept, in every mode and through whatever is over it.",
    needs=WRITE,
    source=CLOSE,
)
def written_in_a_handler_through_wrappers(case: Case) -> None:
    """
    try: 1 / 0
    except ZeroDivisionError: (file := storage.open("a.txt", "x")).write("a report"), file.close()
    assert b"a report" == storage.open("a.txt").read()
    """
    try:
        raise Stumbled
    except Stumbled:
        for what, way in (DIRECT | CREATING | THROUGH).items():
            _keeps(case, what, way, b"a report of what went wrong")


def _keeps(case: Case, what: str, way: Way, data: bytes) -> None:
    name = case.name()
    with way(case, name) as file:
        file.write(data)
    case.equal(data, unpacked(way, case.contents(name)), f"what was written through {what}")


@storage_promise("An exception that was caught inside the block does not count.", needs=WRITE, source=WITH)
def caught_inside(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        error_of(lambda: 1 / 0), file.write(b"went on")
    assert b"went on" == storage.open("a.txt").read()
    """
    with case.opened("a.txt", "wb") as file:
        try:
            raise Stumbled
        except Stumbled:
            file.write(b"went on")
    case.equal(b"went on", case.contents("a.txt"), "the content")


@storage_promise(
    "A with block that ends well keeps its file, also while another exception is handled.", needs=WRITE, source=WITH
)
def block_in_a_handler(case: Case) -> None:
    """
    try: file = storage.open("a.txt", "wb"); 1 / 0
    except ZeroDivisionError: file.write(b"a report"), file.__exit__(None, None, None)
    assert b"a report" == storage.open("a.txt").read()
    """
    file = case.opened("a.txt", "wb")
    try:
        raise Stumbled
    except Stumbled:
        with file:
            file.write(b"a report of what went wrong")
    case.equal(b"a report of what went wrong", case.contents("a.txt"), "the content")


@storage_promise(
    "A file that an except block closes is kept: whoever closes it there means to.",
    needs=WRITE,
    source="https://docs.python.org/3/library/io.html#io.IOBase.close",
)
def closed_in_a_handler(case: Case) -> None:
    """
    try: (file := storage.open("a.txt", "wb")).write(b"as far as it went"), 1 / 0
    except ZeroDivisionError: file.close()
    assert b"as far as it went" == storage.open("a.txt").read()
    """
    file = case.opened("a.txt", "wb")
    try:
        file.write(b"as far as it went")
        raise Stumbled
    except Stumbled:
        file.close()
    case.equal(b"as far as it went", case.contents("a.txt"), "the content")
