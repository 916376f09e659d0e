"""Files that are open for writing. A mode that the storage refuses at ``open`` is not asked about."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

from django.core.files.base import ContentFile

from holdfast.errors import AlreadyExists, StoreError
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE
HOLDFAST = "holdfast.RemoteFile"
IO = "https://docs.python.org/3/library/io.html"
OPEN = "https://docs.python.org/3/library/functions.html#open"

MODES = tuple(
    f"{kind}{plus}{what}" for plus in ("", "+") for kind in "waxr" for what in ("b", "") if kind + plus != "r"
)
"""Every mode of Python's ``open`` that writes."""


def _text_or_bytes(mode: str, text: str) -> Any:
    return text.encode() if "b" in mode else text


# ---------------------------------------------------------------- what a mode can do


@storage_promise("What a mode cannot do fails at open, not at the first write.", needs=WRITE, source=HOLDFAST)
def fails_at_open(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one"))
    with suppress(ValueError, NotImplementedError), storage.open("a.txt", "ab") as file:
        assert error_of(file.write, b"two") is None
    """
    broken: dict[str, str] = {}
    for mode in MODES:
        for there in (False, True):
            name = case.name(".txt")
            if there:
                case.given(name, b"as it is")
            try:
                file = case.storage.open(name, mode)
            except Exception:  # noqa: S112 - whatever it is called, it comes in time
                continue
            with suppress(Exception), closing(file):  # what close raises is asked about elsewhere
                if what := _what_fails(file, mode):
                    broken.setdefault(mode, what)
    if broken:
        mode, what = next(iter(broken.items()))
        took = ", ".join(map(repr, broken))
        case.fail(
            f"modes that open takes and that then fail: expected none, but they are {took}; with {mode!r} {what}"
        )


def _what_fails(file: Any, mode: str) -> str:
    """What a file that was opened with ``mode`` should be able to do and is not."""
    steps: list[tuple[str, Callable[[], object]]] = [("write", lambda: file.write(_text_or_bytes(mode, "more")))]
    if "+" in mode:
        steps += [("seek", lambda: file.seek(0)), ("read", lambda: file.read())]
    for what, step in steps:
        try:
            step()
        except Exception as error:
            return f"{what} raised {type(error).__name__}: {error}"
    return ""


@remote_promise("open takes every mode that Python's open takes.", needs=WRITE, source=HOLDFAST)
def every_mode(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"-"))
    for mode in ("ab", "r+", "w+b"): storage.open("a.txt", mode).close()
    assert not error_of(storage.open, "b.txt", "xt")
    """
    for mode in (*MODES, "wt", "xt", "at+", "r+t"):
        name = case.name(".txt")
        if mode.startswith("r"):
            case.given(name, b"")
        with case.remote.open(name, mode) as file:
            file.write(_text_or_bytes(mode, "writ"))
            file.write(_text_or_bytes(mode, "ten"))
        case.equal(b"written", case.contents(name), f"what was written with mode {mode!r}")


@storage_promise(
    "A file that is only written says that it cannot be read.", needs=WRITE, source=f"{IO}#io.IOBase.readable"
)
def says_what_it_can(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        assert file.writable() and not file.readable()
    """
    with case.opened(case.name(), "wb") as file:
        case.equal(True, file.writable(), "writable() of a file opened with mode 'wb'")
        case.equal(False, file.readable(), "readable() of a file opened with mode 'wb'")


@storage_promise(
    "A file that is only written refuses to be read.", needs=WRITE, source=f"{IO}#io.UnsupportedOperation"
)
def not_readable(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"what was there"))
    with storage.open("a.txt", "wb") as file:
        assert error_of(file.read)
    """
    case.given("a.txt", b"what was there")
    wanted = case.raises((io.UnsupportedOperation, AttributeError), "read of a file opened with mode 'wb'")
    with case.opened("a.txt", "wb") as file, wanted:
        file.read()


@remote_promise(
    "Files of every mode that only writes raise io.UnsupportedOperation when they are read.",
    needs=WRITE,
    source=f"{IO}#io.UnsupportedOperation",
)
def only_written(case: Case) -> None:
    """
    with storage.open("a.txt", "ab") as file:
        assert isinstance(error_of(file.read), io.UnsupportedOperation)
    """
    for mode in ("wb", "ab", "xb"):
        with case.remote.open(case.name(), mode) as file:
            case.true(file.writable() and not file.readable(), f"With mode {mode!r} it writes and does not read.")
            with case.raises(io.UnsupportedOperation, f"read with mode {mode!r}"):
                file.read()


@storage_promise("A binary file takes no text.", needs=WRITE, source=OPEN)
def text_in_a_binary_file(case: Case) -> None:
    """
    with storage.open("a.txt", "wb") as file:
        assert isinstance(error_of(file.write, "text"), TypeError)
    """
    wrong: Any = "text"
    wanted = case.raises(TypeError, "write of str to a file opened with mode 'wb'")
    with case.opened("a.txt", "wb") as file, wanted:
        file.write(wrong)


@storage_promise("A file of text takes no bytes.", needs=WRITE, source=OPEN)
def bytes_in_a_file_of_text(case: Case) -> None:
    """
    with storage.open("a.txt", "w") as file:
        assert isinstance(error_of(file.write, b"bytes"), TypeError)
    """
    wrong: Any = b"bytes"
    wanted = case.raises(TypeError, "write of bytes to a file opened with mode 'w'")
    with case.opened("a.txt", "w") as file, wanted:
        file.write(wrong)


# ---------------------------------------------------------------- w


@storage_promise("Mode w replaces what is there.", needs=WRITE, source=OPEN)
def w_replaces(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"what was there"))
    with storage.open("a.txt", "wb") as file: file.write(b"new")
    assert b"new" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"what was there")
    with case.opened("a.txt", "wb") as file:
        file.write(b"new")
    case.equal(b"new", case.contents("a.txt"), "the content")


@storage_promise("A file opened with mode w to which nothing is written is empty.", needs=WRITE, source=OPEN)
def w_empties(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"what was there"))
    storage.open("a.txt", "wb").close()
    assert b"" == storage.open("a.txt").read()
    """
    case.opened("new.txt", "wb").close()
    case.true(case.storage.exists("new.txt"), "A new file to which nothing was written is there.")
    case.equal(b"", case.contents("new.txt"), "the content of a new file to which nothing was written")
    case.given("a.txt", b"what was there")
    case.opened("a.txt", "wb").close()
    case.equal(b"", case.contents("a.txt"), "the content of a file that was opened with mode 'wb' and closed")


@storage_promise("Mode w writes text as UTF-8.", needs=WRITE, source=OPEN)
def text(case: Case) -> None:
    """
    with storage.open("a.txt", "w") as file:
        file.write("Zoë")
    assert "Zoë".encode() == storage.open("a.txt").read()
    """
    with case.opened("a.txt", "w") as file:
        file.write("Zoë\n")
        file.write("日本 🙂\n")
    case.equal("Zoë\n日本 🙂\n".encode(), case.contents("a.txt"), "the content")


@storage_promise(
    "open with mode w in a folder that is not there yet makes it, or is FileNotFoundError at once.",
    needs=WRITE,
    source=OPEN,
)
def folder_not_there(case: Case) -> None:
    """
    with suppress(FileNotFoundError):
        with storage.open("one/two/a.txt", "wb") as file: file.write(b"deep")
        assert b"deep" == storage.open("one/two/a.txt").read()
    """
    try:
        file = case.opened("one/two/three/a.txt", "wb")
    except FileNotFoundError:
        return
    with file:
        file.write(b"deep")
    case.equal(b"deep", case.contents("one/two/three/a.txt"), "the content")


@remote_promise("Files are written into folders that are not there yet.", needs=WRITE, source=HOLDFAST)
def into_new_folders(case: Case) -> None:
    """
    with storage.open("one/two/a.txt", "wb") as file:
        file.write(b"deep")
    assert b"deep" == storage.open("one/two/a.txt").read()
    """
    with case.remote.open("one/two/three/a.txt", "wb") as file:
        file.write(b"deep")
    case.equal(b"deep", case.contents("one/two/three/a.txt"), "the content")


@storage_promise("Below a file there is another one or an OSError, and the file stays.", needs=WRITE, source=OPEN)
def below_a_file(case: Case) -> None:
    """
    storage.save("file", ContentFile(b"as it is"))
    with suppress(OSError), storage.open("file/below.txt", "wb") as file: file.write(b"content")
    assert b"as it is" == storage.open("file").read()
    """
    case.given("file", b"as it is")
    try:
        with case.opened("file/below.txt", "wb") as file:
            file.write(b"content")
    except OSError:
        pass
    else:
        case.equal(b"content", case.contents("file/below.txt"), "the content of the file below")
    case.equal(b"as it is", case.contents("file"), "the content of the file above")


@remote_promise(
    "Where there can be no file below another, the StoreError says which one.", needs=WRITE, source="holdfast.Store"
)
def below_a_file_is_told(case: Case) -> None:
    """
    storage.save("file", ContentFile(b"as it is"))
    error = error_of(lambda: storage.open("file/below.txt", "wb").close())
    assert error is None or isinstance(error, StoreError) and "file/below.txt" == error.key
    """
    case.given("file", b"as it is")
    try:
        with case.remote.open("file/below.txt", "wb") as file:
            file.write(b"content")
    except StoreError as error:
        case.equal("file/below.txt", error.key, "the key of the error")


# ---------------------------------------------------------------- x


@storage_promise("Mode x refuses a name that is taken, at open.", needs=WRITE, source=OPEN)
def x_refuses(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    assert isinstance(error_of(lambda: storage.open("a.txt", "xb").close()), FileExistsError)
    """
    case.given("a.txt", b"as it is")
    for mode in ("xb", "x", "x+b"):
        with case.raises(FileExistsError, f"open with mode {mode!r} of a name that is taken"):
            case.opened("a.txt", mode).close()
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@storage_promise("Mode x creates what is not there.", needs=WRITE, source=OPEN)
def x_creates(case: Case) -> None:
    """
    with storage.open("a.txt", "xb") as file:
        file.write(b"new")
    assert b"new" == storage.open("a.txt").read()
    """
    with case.opened("a.txt", "xb") as file:
        file.write(b"new")
    case.equal(b"new", case.contents("a.txt"), "the content")


@storage_promise(
    "Of a file opened with mode x and one saved under its name meanwhile neither replaces the other.",
    needs=WRITE,
    source=OPEN,
)
def x_replaces_nothing(case: Case) -> None:
    """
    (file := storage.open("a.txt", "xb")).write(b"mine")
    name, error = storage.save("a.txt", ContentFile(b"another's")), error_of(file.close)
    assert b"another's" == storage.open(name).read() and (error or b"mine" == storage.open("a.txt").read())
    """
    file = case.opened("a.txt", "xb")
    file.write(b"mine")
    name = case.storage.save("a.txt", ContentFile(b"another's"))
    try:
        file.close()
    except FileExistsError:
        case.equal("a.txt", name, "the name of the other file, of which close says that it is taken")
    else:
        case.equal(b"mine", case.contents("a.txt"), "the content of what was opened with mode 'xb'")
    case.equal(b"another's", case.contents(name), "the content of what was saved meanwhile")


@remote_promise(
    "Mode x refuses a name that was taken meanwhile, at close, and the other's file stays.",
    needs=WRITE,
    source=HOLDFAST,
)
def x_refuses_at_close(case: Case) -> None:
    """
    (file := storage.open("a.txt", "xb")).write(b"mine")
    storage.save("a.txt", ContentFile(b"another's"))
    assert isinstance(error_of(file.close), AlreadyExists) and b"another's" == storage.open("a.txt").read()
    """
    file = case.remote.open("a.txt", "xb")
    file.write(b"mine")
    case.given("a.txt", b"another's")
    with case.raises(AlreadyExists, "close of a file whose name was taken meanwhile"):
        file.close()
    case.true(file.closed, "The file is closed all the same.")
    case.equal(b"another's", case.contents("a.txt"), "the content")
