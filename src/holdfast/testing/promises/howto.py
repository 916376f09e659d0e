"""Django's page "How to write a custom storage class", point by point."""

from __future__ import annotations

import inspect
import posixpath
from contextlib import suppress

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils.module_loading import import_string

from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.optional import optional
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

HOWTO = "https://docs.djangoproject.com/en/stable/howto/custom-file-storage/"
HOOK = f"{HOWTO}#django.core.files.storage."
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
FILE = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File."
MIGRATIONS = "https://docs.djangoproject.com/en/stable/topics/migrations/#adding-a-deconstruct-method"
WRITE = Feature.WRITE

# ---------------------------------------------------------------- the class


@storage_promise("A storage is a subclass of django.core.files.storage.Storage.", source=HOWTO)
def is_a_storage(case: Case) -> None:
    """
    assert isinstance(storage, Storage)
    """
    case.true(isinstance(case.storage, Storage), f"{type(case.storage).__name__} is a subclass of Storage.")


@storage_promise(
    "Django can make the storage without any arguments: what it needs is in the settings.",
    live=False,
    source=HOWTO,
)
def needs_no_arguments(case: Case) -> None:
    """
    error = error_of(type(storage))
    assert not isinstance(error, TypeError), error
    """
    kind = type(case.storage)
    _, *parameters = inspect.signature(kind.__init__).parameters.values()
    optional_kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = [each.name for each in parameters if each.default is each.empty and each.kind not in optional_kinds]
    case.equal([], required, f"the arguments that {kind.__name__}() cannot be called without")


@storage_promise(
    "A storage can be deconstructed, and what that describes is the same storage again.",
    live=False,
    source=MIGRATIONS,
)
def deconstructible(case: Case) -> None:
    """
    path, args, kwargs = storage.deconstruct()
    again = import_string(path)(*args, **kwargs)
    assert type(again) is type(storage) and again.deconstruct() == (path, args, kwargs)
    """
    kind = type(case.storage)
    if "<locals>" in kind.__qualname__:
        raise NotApplicable("is about classes that an import finds, and this one is inside a function")
    case.true(hasattr(case.storage, "deconstruct"), f"{kind.__name__} has a method 'deconstruct' for migrations.")
    try:
        path, args, kwargs = case.storage.deconstruct()  # type: ignore[attr-defined]
    except ValueError:
        if case.is_remote:
            raise NotApplicable("is about storages that hold no secrets") from None
        raise
    again = import_string(path)(*args, **kwargs)
    case.true(type(again) is kind, f"What deconstruct describes is a {kind.__name__}: {type(again).__name__}")
    case.equal((path, args, kwargs), again.deconstruct(), "what the storage so described says of itself")


# ---------------------------------------------------------------- open


@storage_promise("A file that open gives has the name of the file, if not its whole path.", source=f"{FILE}name")
def name_of_a_file(case: Case) -> None:
    """
    with storage.open(storage.save("a.txt", ContentFile(b"bytes"))) as file: name = file.name
    assert str(name).endswith("a.txt")
    """
    case.given("folder/a.txt", b"bytes")
    with case.storage.open("folder/a.txt") as file:
        # Django's own give the whole path, or the last part alone.
        case.equal("a.txt", posixpath.basename(str(file.name).replace("\\", "/")), "the end of the file's name")


@remote_promise("A file has the name and the mode that it was opened with.", source=f"{FILE}name")
def opened_by_its_name(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"bytes"))
    file = storage.open("folder/a.txt", "r")
    assert (file.name, file.mode) == ("folder/a.txt", "r")
    """
    case.given("folder/a.txt", b"bytes")
    for mode in ("rb", "r", "rt"):
        with case.storage.open("folder/a.txt", mode) as file:
            case.equal("folder/a.txt", file.name, "the name of the file")
            case.equal(mode, file.mode, "the mode of the file")


@storage_promise(
    "Reading a file that is not there raises FileNotFoundError and nothing else.", source=f"{HOOK}_open"
)
def reading_a_missing_file(case: Case) -> None:
    """
    error = error_of(lambda: storage.open("missing.txt").read())
    assert isinstance(error, FileNotFoundError), error
    """
    with case.raises(FileNotFoundError, "reading a file that is not there"):
        case.contents("folder/missing.txt")


@storage_promise(
    "An error leaves nothing behind: after it the storage does what it did before.", source=f"{HOOK}_open"
)
def after_an_error(case: Case) -> None:
    """
    name = storage.save("folder/a.txt", ContentFile(b"content"))
    assert error_of(lambda: storage.open("folder/missing.txt").read())
    assert storage.open(name).read() == b"content" and storage.exists(name)
    """
    case.given("folder/a.txt", b"content")
    for what in (case.contents, case.storage.size, case.storage.get_modified_time):
        for missing in ("folder/missing.txt", "missing/missing.txt", "folder/a.txt/missing.txt"):
            with suppress(Exception):
                what(missing)
        case.equal(b"content", case.contents("folder/a.txt"), "the content of a file, after an error about another")
        case.true(case.storage.exists("folder/a.txt"), "A file exists as before, after an error about another.")


@remote_promise(
    "open of what is not there raises FileNotFoundError, in every mode that reads.",
    source="holdfast.RemoteFile",
)
def missing_in_every_mode(case: Case) -> None:
    """
    errors = [error_of(storage.open, "missing.txt", mode) for mode in ("rb", "r", "rt", "r+b", "r+")]
    assert all(isinstance(error, FileNotFoundError) for error in errors)
    """
    reading = ["rb", "r", "rt"] + (["r+b", "r+"] if WRITE in case.store.features else [])
    for mode in reading:
        with case.raises(FileNotFoundError, f"open of a missing file with mode {mode}"):
            case.storage.open("folder/missing.txt", mode)


# ---------------------------------------------------------------- save


@storage_promise("save gives back the name under which the file is found.", needs=WRITE, source=f"{HOOK}_save")
def save_gives_the_name(case: Case) -> None:
    """
    name = storage.save("folder/a.txt", ContentFile(b"content"))
    assert storage.exists(name) and storage.open(name).read() == b"content"
    """
    for name in ("a.txt", "folder/b.txt", "folder/c/d.txt"):
        found = case.storage.save(name, ContentFile(b"content"))
        case.equal(b"content", case.contents(found), f"the content of {found!r}, the name that save gave")
        case.true(case.storage.exists(found), f"{found!r}, the name that save gave, exists.")


@remote_promise("save keeps a name that is free as it is.", needs=WRITE, source="holdfast.keys")
def save_keeps_the_name(case: Case) -> None:
    """
    assert storage.save("folder/with space.txt", ContentFile(b"content")) == "folder/with space.txt"
    """
    for name in ("a.txt", "folder/b.txt", "folder/c/d.txt", "with space.txt"):
        case.equal(name, case.storage.save(name, ContentFile(b"content")), "the name that save gives")
        case.equal(b"content", case.contents(name), f"the content of {name!r}")


# ---------------------------------------------------------------- delete, exists, size, path


@storage_promise("delete deletes the file, and no other.", needs=WRITE, source=f"{STORAGE}delete")
def delete(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"content"))
    storage.delete("a.txt")
    assert error_of(lambda: storage.open("a.txt").read()) is not None
    """
    case.given("folder/a.txt", b"deleted")
    case.given("folder/b.txt", b"neighbour")
    with optional("delete"):
        case.storage.delete("folder/a.txt")
    case.equal(b"neighbour", case.contents("folder/b.txt"), "the content of its neighbour")
    case.true(not case.storage.exists("folder/a.txt"), "A file that was deleted does not exist.")
    with case.raises(Exception, "reading a file that was deleted"):
        case.contents("folder/a.txt")


@storage_promise("delete is silent where there is no such file.", needs=WRITE, source=f"{STORAGE}delete")
def delete_of_a_missing_file(case: Case) -> None:
    """
    assert error_of(storage.delete, "missing.txt") is None
    """
    case.given("folder/a.txt")
    with optional("delete"):
        for name in ("missing.txt", "folder/missing.txt", "missing/missing.txt"):
            case.storage.delete(name)
        for _ in range(2):
            case.storage.delete("folder/a.txt")


@storage_promise(
    "exists is True for a file that is there, also where files may be overwritten.", source=f"{STORAGE}exists"
)
def exists(case: Case) -> None:
    """
    assert storage.exists(storage.save("a.txt", ContentFile(b"content"))) is True
    """
    for name in ("folder/a.txt", "b.txt"):
        case.given(name)
        case.true(case.storage.exists(name) is True, f"{name!r} is there, so exists({name!r}) is True.")


@storage_promise("exists is False for a file that is not there.", source=f"{STORAGE}exists")
def exists_of_a_missing_file(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"content"))
    assert storage.exists("folder/a") is False and storage.exists("a.txt") is False
    """
    case.given("folder/a.txt")
    for name in ("folder/b.txt", "a.txt", "folder/a", "folder/a.txt.gz", "other/a.txt"):
        case.true(case.storage.exists(name) is False, f"There is no {name!r}, so exists({name!r}) is False.")


@remote_promise("Below a file there is nothing.", source="holdfast.RemoteStorage.exists")
def exists_below_a_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"content"))
    assert storage.exists("a.txt/b") is False
    """
    case.given("folder/a.txt")
    for name in ("folder/a.txt/b", "folder/a.txt/b/c.txt"):
        case.true(case.storage.exists(name) is False, f"There is no {name!r}, so exists({name!r}) is False.")


@storage_promise("size is the number of bytes, and of an empty file 0.", source=f"{STORAGE}size")
def size(case: Case) -> None:
    """
    assert storage.size(storage.save("a.bin", ContentFile(b"12345"))) == 5
    """
    for length in (0, 1, 100_000):
        case.given("a.bin", case.data(length))
        with optional("size"):
            case.equal(length, case.storage.size("a.bin"), "the size of a file")


@storage_promise("size of a file that is not there raises FileNotFoundError.", source=f"{STORAGE}size")
def size_of_a_missing_file(case: Case) -> None:
    """
    assert isinstance(error_of(storage.size, "missing.bin"), FileNotFoundError)
    """
    with case.raises(FileNotFoundError, "size of a file that is not there"), optional("size"):
        case.storage.size("missing.bin")


@remote_promise(
    "stat says size, time and ETag at once, and a missing file has none.", source="holdfast.RemoteStorage.stat"
)
def stat(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"12345"))
    assert storage.stat("a.txt").size == 5
    assert isinstance(error_of(storage.stat, "missing.txt"), FileNotFoundError)
    """
    case.given("folder/a.txt", b"12345")
    entry = case.remote.stat("folder\\a.txt")
    case.equal(("folder/a.txt", 5), (entry.key, entry.size), "the key and the size")
    case.true(entry.modified is not None, "The time of the last change is known.")
    with case.raises(FileNotFoundError, "stat of a missing file"):
        case.remote.stat("missing.txt")


@remote_promise(
    "path is refused with NotImplementedError where files are not local.",
    lacks=Feature.PATH,
    source=f"{STORAGE}path",
)
def no_path(case: Case) -> None:
    """
    assert isinstance(error_of(storage.path, "a.txt"), NotImplementedError)
    """
    case.given("a.txt")
    with case.raises(NotImplementedError, "path"):
        case.storage.path("a.txt")


@remote_promise(
    "Where files are not local there is no location either.",
    lacks=Feature.PATH,
    source="holdfast.RemoteStorage.location",
)
def no_location(case: Case) -> None:
    """
    assert not hasattr(storage, "location")
    """
    case.true(not hasattr(case.storage, "location"), "The storage has no attribute 'location'.")


@storage_promise(
    "path can be opened with Python's open where files are local.", needs=Feature.PATH, source=f"{STORAGE}path"
)
def path(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    with open(storage.path("a.txt"), "rb") as file: assert file.read() == b"bytes"
    """
    case.given("folder/a.txt", b"bytes")
    with open(case.storage.path("folder/a.txt"), "rb") as file:
        case.equal(b"bytes", file.read(), "the bytes of the file at path")


@remote_promise(
    "path is text, and below the location.", needs=Feature.PATH, source="holdfast.RemoteStorage.location"
)
def path_below_the_location(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    assert storage.path("a.txt").startswith(storage.location)
    """
    case.given("folder/a.txt", b"bytes")
    name = case.remote.path("folder/a.txt")
    case.true(isinstance(name, str), f"The path is text: {name!r}")
    case.true(name.startswith(case.remote.location), f"{name!r} begins with {case.remote.location!r}.")
