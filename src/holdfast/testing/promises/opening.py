"""Opening files for reading, closing them, and opening them again."""

from __future__ import annotations

from contextlib import ExitStack

from django.core.files.base import File

from holdfast.errors import Changed, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE
FILE_OPEN = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File.open"
HOLDFAST = "holdfast.RemoteFile"
IO_CLOSE = "https://docs.python.org/3/library/io.html#io.IOBase.close"
OPEN = "https://docs.python.org/3/library/functions.html#open"
READER = "holdfast.reader.RangeReader"
STORAGE_OPEN = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.open"


@storage_promise("What open gives is a File of Django's.", source=STORAGE_OPEN)
def django_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as file:
        assert isinstance(file, File)
    """
    case.given("a.txt")
    with case.storage.open("a.txt") as file:
        case.true(isinstance(file, File), f"{type(file).__name__}, which open gave, is a File of Django's.")


@storage_promise("open of what is not there is FileNotFoundError, at once.", source=OPEN)
def missing(case: Case) -> None:
    """
    assert isinstance(error_of(storage.open, "missing.txt"), FileNotFoundError)
    """
    case.given("folder/a.txt")
    for name in ("missing.txt", "folder/missing.txt", "missing/a.txt"):
        for mode in ("rb", "r"):
            with case.raises(FileNotFoundError, f"open of {name!r}, which is not there, with mode {mode!r}"):
                case.storage.open(name, mode)


@storage_promise("open of a folder is an OSError, at once.", source=OPEN)
def folder(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert isinstance(error_of(storage.open, "folder"), OSError)
    """
    case.given("folder/a.txt")
    with case.raises(OSError, "open of a folder"):
        case.storage.open("folder")


@remote_promise("A folder cannot be opened: there is no file of that name.", source=HOLDFAST)
def folder_is_no_file(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert isinstance(error_of(storage.open, "folder"), FileNotFoundError)
    """
    case.given("folder/a.txt")
    with case.raises(FileNotFoundError, "open of a folder"):
        case.remote.open("folder")


@storage_promise("A mode that Python does not know is a ValueError, and does nothing.", source=OPEN)
def unknown_mode(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    assert isinstance(error_of(storage.open, "a.txt", "z"), ValueError)
    """
    case.given("a.txt", b"as it is")
    for mode in ("", "b", "rw", "rwb", "z", "rbt", "r++", "rr", "w+x", "U", "+"):
        with case.raises(ValueError, f"open with mode {mode!r}, which Python does not know"):
            case.storage.open("a.txt", mode)
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@storage_promise("A closed file says so with ValueError, and can be closed again.", source=IO_CLOSE)
def closed(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    (file := storage.open("a.txt")).close(), file.close()
    assert file.closed and isinstance(error_of(file.read), ValueError)
    """
    case.given("a.txt", b"bytes")
    file = case.storage.open("a.txt")
    case.true(not file.closed, "The file is open.")
    file.close()
    try:
        file.close()
    except Exception as error:
        case.fail(f"close of a closed file: expected nothing, but it raised {type(error).__name__}: {error}")
    case.true(file.closed, "The file says that it is closed.")
    for name, call in (
        ("read", lambda: file.read()),
        ("readline", lambda: file.readline()),
        ("seek", lambda: file.seek(0)),
        ("tell", lambda: file.tell()),
        ("list", lambda: list(file)),
    ):
        with case.raises(ValueError, f"{name} of a closed file"):
            call()


@storage_promise("open() of an open file goes back to its beginning.", source=FILE_OPEN)
def back_to_the_beginning(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as file:
        assert (b"some", b"some bytes") == (file.read(4), file.open().read())
    """
    case.given("a.txt", b"bytes")
    with case.storage.open("a.txt") as file:
        case.equal(b"by", file.read(2), "the first bytes")
        case.true(file.open() is not None, "open() gives the file back.")
        case.equal(b"bytes", file.read(), "the bytes after open()")


@storage_promise("A closed file can be opened again.", source=FILE_OPEN)
def opened_again(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    (file := storage.open("a.txt")).close()
    with file.open() as again: assert b"some bytes" == again.read()
    """
    case.given("a.txt", b"bytes")
    file = case.storage.open("a.txt")
    case.equal(b"by", file.read(2), "the first bytes")
    file.close()
    for mode in (None, "rb"):
        with file.open(mode) as again:
            case.equal(b"bytes", again.read(), f"the bytes after open({mode!r}) of a closed file")


@remote_promise("A file that was opened again can be closed again.", source=IO_CLOSE)
def closed_again(case: Case) -> None:
    """
    with storage.open(storage.save("a.txt", ContentFile(b"some bytes"))) as file: file.read()
    with file.open() as again: again.read()
    assert file.closed and isinstance(error_of(file.read), ValueError)
    """
    case.given("a.txt", b"bytes")
    file = case.remote.open("a.txt")
    file.close()
    with file.open() as again:
        case.equal(b"bytes", again.read(), "the bytes after open()")
    with case.raises(ValueError, "read of a file that was opened again and closed again"):
        file.read()


@storage_promise("A file that was opened again after a change gives the new bytes.", needs=WRITE, source=FILE_OPEN)
def opened_again_after_a_change(case: Case) -> None:
    """
    (file := storage.open(storage.save("a.txt", ContentFile(b"old")))).close()
    storage.delete("a.txt"), storage.save("a.txt", ContentFile(b"the new ones"))
    with file.open() as again: assert (b"the new ones", 12) == (again.read(), again.size)
    """
    case.given("a.txt", b"old")
    file = case.storage.open("a.txt")
    case.equal(b"old", file.read(), "the bytes")
    file.close()
    case.given("a.txt", b"the new ones")
    with file.open():
        case.equal(b"the new ones", file.read(), "the bytes after open()")
        case.equal(12, file.size, "the size after open()")


@storage_promise(
    "A file that is replaced while it is read gives the old bytes or an error, never a mix.",
    needs=WRITE,
    source=READER,
)
def replaced_while_read(case: Case) -> None:
    """
    (file := storage.open(storage.save("a", ContentFile(b"old" * 10**6)))).read(3)
    storage.delete("a"), storage.save("a", ContentFile(b"new" * 10**6))
    with file, suppress(OSError): assert b"new" not in file.read()
    """
    old, new = case.data(1_000_000, 1), case.data(1_000_000, 2)
    case.given("a.bin", old)
    with case.storage.open("a.bin") as file:
        found = file.read(100_000)
        case.given("a.bin", new)
        try:
            while piece := file.read(50_000):
                found += piece
        except Exception:
            case.equal(old[: len(found)], found, "what was read before the error")
        else:
            case.equal(old, found, "what was read")


@remote_promise(
    "Reading on in a file that was replaced meanwhile gives the old bytes, or is Changed.",
    needs=WRITE,
    source=READER,
)
def replaced_while_read_is_changed(case: Case) -> None:
    """
    (file := storage.open(storage.save("a", ContentFile(b"old" * 10**6)))).read(3)
    storage.delete("a"), storage.save("a", ContentFile(b"new" * 10**6))
    with file, suppress(Changed): assert b"new" not in file.read()
    """
    old, new = case.data(1_000_000, 1), case.data(1_000_000, 2)
    case.given("a.bin", old)
    with case.remote.open("a.bin") as file:
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
    "A file that is deleted while it is read gives the old bytes or an error, never fewer.",
    needs=WRITE,
    source=READER,
)
def deleted_while_read(case: Case) -> None:
    """
    (file := storage.open(storage.save("a", ContentFile(b"old" * 10**6)))).read(3)
    storage.delete("a")
    with file, suppress(OSError): assert 3 * 10**6 - 3 == len(file.read())
    """
    data = case.data(1_000_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        found = file.read(100_000)
        case.store.delete("a.bin")
        try:
            found += file.read()
        except Exception:  # whatever it is called: the reader was told
            return
        case.equal(data, found, "what was read")


@remote_promise(
    "Reading on in a file that was deleted meanwhile gives the old bytes, or is NotFound or Changed.",
    needs=WRITE,
    source=READER,
)
def deleted_while_read_is_not_found(case: Case) -> None:
    """
    (file := storage.open(storage.save("a", ContentFile(b"old" * 10**6)))).read(3)
    storage.delete("a")
    with file, suppress(NotFound, Changed): assert 3 * 10**6 - 3 == len(file.read())
    """
    data = case.data(1_000_000)
    case.given("a.bin", data)
    with case.remote.open("a.bin") as file:
        found = file.read(100_000)
        case.store.delete("a.bin")
        try:
            found += file.read()
        except (NotFound, Changed) as error:
            case.equal("a.bin", error.key, "the key of the error")
        else:
            case.equal(data, found, "what was read")


@storage_promise("Two open files of one name do not disturb each other.", source=OPEN)
def two_files(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    with storage.open("a.txt") as one, storage.open("a.txt") as other:
        assert (b"some", b"some bytes", b" bytes") == (one.read(4), other.read(), one.read())
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as one, case.storage.open("a.bin") as other:
        case.equal(data[:100_000], one.read(100_000), "the first half of the one")
        case.equal(data, other.read(), "the whole of the other")
        case.equal(data[100_000:], one.read(), "the second half of the one")


@storage_promise("A hundred files that nobody closes hold up nothing.", source=HOLDFAST)
def never_closed(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"some bytes"))
    files = [storage.open("a.txt") for _ in range(100)]
    assert {b"some"} == {file.read(4) for file in files}
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    with ExitStack() as stack:
        files = [stack.enter_context(case.storage.open("a.bin")) for _ in range(100)]
        for file in files:
            case.equal(data[:10], file.read(10), "the first bytes of one of many open files")
        case.equal(data, case.contents("a.bin"), "the bytes of a further one")
