"""Django's page "How to write a custom storage class", point by point."""

from __future__ import annotations

import pickle
import re

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.test import override_settings
from django.utils.module_loading import import_string

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

HOWTO = "https://docs.djangoproject.com/en/5.2/howto/custom-file-storage/"
REFERENCE = "https://docs.djangoproject.com/en/5.2/ref/files/storage/"
WRITE = Feature.WRITE


@storage_promise("A storage is a subclass of django.core.files.storage.Storage.", source=HOWTO)
def is_a_storage(case: Case) -> None:
    case.true(isinstance(case.storage, Storage), "The storage is a Storage.")


@storage_promise("A named subclass with its options as class attributes needs no arguments.", source=HOWTO)
def needs_no_arguments(case: Case) -> None:
    case.given("a.txt", b"bytes")
    named = type("Named", (type(case.storage),), {"store": case.store, "base_url": "/named"})
    with named().open("a.txt") as file:
        case.equal(b"bytes", file.read(), "the bytes that the named subclass opens")
    case.equal("/named/a.txt", named().url("a.txt"), "its URL")
    case.equal(named(), named(), "two of its instances")


@storage_promise(
    "STORAGES names a storage by its class and options, and storages[alias] is one object.", source=HOWTO
)
def in_the_settings(case: Case) -> None:
    case.given("a.txt", b"bytes")
    kind = type(case.storage)
    path = (
        "holdfast.RemoteStorage" if kind.__module__ == "holdfast.storage" else f"{kind.__module__}.{kind.__name__}"
    )
    with override_settings(
        STORAGES={"mine": {"BACKEND": path, "OPTIONS": {"store": case.store, "base_url": "/m/"}}}
    ):
        case.true(storages["mine"] is storages["mine"], "The alias gives the same object each time.")
        with storages["mine"].open("a.txt") as file:
            case.equal(b"bytes", file.read(), "the bytes")
        case.equal("/m/a.txt", storages["mine"].url("a.txt"), "the URL")


@remote_promise("deconstruct gives what makes an equal storage, or refuses to show a secret.", source=HOWTO)
def deconstructed(case: Case) -> None:
    for storage in (case.remote, case.storage_with(base_url="/files/", allow_overwrite=True)):
        try:
            path, args, kwargs = storage.deconstruct()
        except ValueError as error:
            case.true("holdfast.use(" in str(error), "A refusal points to use().")
            continue
        case.equal(storage, import_string(path)(*args, **kwargs), "the storage that deconstruct describes")
        case.equal((path, args, kwargs), storage.deconstruct(), "what a second deconstruct gives")


@remote_promise("Storages of other options are not equal, and equal ones have equal hashes.")
def equality(case: Case) -> None:
    one, same, other = (case.storage_with(base_url=url) for url in ("/a/", "/a/", "/b/"))
    case.true(one == same, "Two storages of the same options are equal.")
    case.equal(hash(one), hash(same), "the hashes of equal storages")
    case.true(one != other, "Storages of different options are not equal.")
    case.true(one != object(), "A storage is not equal to something else.")


@storage_promise("open gives a File of Django's, with the name it was opened by.", source=HOWTO)
def opens_a_file(case: Case) -> None:
    case.given("folder/a.txt", b"bytes")
    with case.storage.open("folder/a.txt") as file:
        case.true(isinstance(file, File), "The file is a django.core.files.File.")
        case.equal("folder/a.txt", file.name, "its name")
        case.equal("rb", file.mode, "its mode")


@storage_promise(
    "open of what is not there raises FileNotFoundError, at once and in every mode that reads.", source=HOWTO
)
def open_of_a_missing_file(case: Case) -> None:
    reading = ["rb", "r", "rt"] + (["r+b", "r+"] if WRITE in case.store.features else [])
    for mode in reading:
        with case.raises(FileNotFoundError, f"open of a missing file with mode {mode}"):
            case.storage.open("folder/missing.txt", mode)


@storage_promise("save gives back the name under which the file is found.", needs=WRITE, source=HOWTO)
def save_gives_the_name(case: Case) -> None:
    for name in ("a.txt", "folder/b.txt", "folder/c/d.txt", "with space.txt"):
        case.equal(name, case.storage.save(name, ContentFile(b"content")), "the name that save gives")
        case.equal(b"content", case.contents(name), f"the content of {name!r}")


@storage_promise("get_valid_name leaves letters, digits, dots, dashes and underscores.", source=HOWTO)
def valid_name(case: Case) -> None:
    for name, expected in (
        ("My file.txt", "My_file.txt"),
        ("a/b:c*d?.txt", "abcd.txt"),
        ("Ünïcödé 日本.txt", "Ünïcödé_日本.txt"),
    ):
        case.equal(expected, case.storage.get_valid_name(name), f"the valid name for {name!r}")


@storage_promise("get_alternative_name adds an underscore and seven letters or digits.", source=HOWTO)
def alternative_name(case: Case) -> None:
    names = {case.storage.get_alternative_name("root", ".txt") for _ in range(50)}
    case.equal(50, len(names), "the number of different names in 50")
    for name in names:
        case.true(re.fullmatch(r"root_[A-Za-z0-9]{7}\.txt", name), f"{name!r} is root_ and seven characters.")


@storage_promise(
    "get_available_name gives a name that is free, and the very one if it is.", needs=WRITE, source=HOWTO
)
def available_name(case: Case) -> None:
    case.equal("folder/a.txt", case.storage.get_available_name("folder/a.txt"), "a name that is free")
    case.given("folder/a.txt")
    other = case.storage.get_available_name("folder/a.txt")
    case.true(re.fullmatch(r"folder/a_[A-Za-z0-9]{7}\.txt", other), f"{other!r} is the name with an addition.")
    case.true(not case.storage.exists(other), f"{other!r} is free.")


@storage_promise("get_available_name keeps to max_length, or raises SuspiciousFileOperation.", source=HOWTO)
def available_name_of_a_length(case: Case) -> None:
    name = case.storage.get_available_name("a-rather-long-name.txt", max_length=16)
    case.true(len(name) <= 16, f"{name!r} has at most 16 characters.")
    case.true(name.endswith(".txt"), f"{name!r} keeps its ending.")
    with case.raises(SuspiciousFileOperation, "get_available_name with no room for a name"):
        case.storage.get_available_name("a-rather-long-name.txt", max_length=5)


@storage_promise("delete deletes the file, and is silent where there is none.", needs=WRITE, source=REFERENCE)
def delete(case: Case) -> None:
    case.given("folder/a.txt")
    case.given("folder/b.txt")
    for _ in range(2):
        case.storage.delete("folder/a.txt")
        case.true(not case.storage.exists("folder/a.txt"), "The file is gone.")
    case.true(case.storage.exists("folder/b.txt"), "Its neighbour is there.")


@storage_promise("exists is true for a file that is there, and false for one that is not.", source=REFERENCE)
def exists(case: Case) -> None:
    case.given("folder/a.txt")
    case.true(case.storage.exists("folder/a.txt") is True, "The file exists.")
    for name in ("folder/b.txt", "a.txt", "folder/a.txt/b", "folder/a", "other/a.txt"):
        case.true(case.storage.exists(name) is False, f"There is no {name!r}.")


@storage_promise("size is the number of bytes, of an empty file 0, and a missing one has none.", source=REFERENCE)
def size(case: Case) -> None:
    for length in (0, 1, 100_000):
        case.given("a.bin", case.data(length))
        case.equal(length, case.storage.size("a.bin"), "the size")
    with case.raises(FileNotFoundError, "size of a missing file"):
        case.storage.size("missing.bin")


@remote_promise("stat says size, time and ETag at once, and a missing file has none.")
def stat(case: Case) -> None:
    case.given("folder/a.txt", b"12345")
    entry = case.remote.stat("folder\\a.txt")
    case.equal(("folder/a.txt", 5), (entry.key, entry.size), "the key and the size")
    case.true(entry.modified is not None, "The time of the last change is known.")
    with case.raises(FileNotFoundError, "stat of a missing file"):
        case.remote.stat("missing.txt")


@storage_promise(
    "path is refused with NotImplementedError where files are not local.", lacks=Feature.PATH, source=HOWTO
)
def no_path(case: Case) -> None:
    case.given("a.txt")
    with case.raises(NotImplementedError, "path"):
        case.storage.path("a.txt")
    case.true(not hasattr(case.storage, "location"), "There is no location either.")


@remote_promise("path can be opened with Python's open where files are local.", needs=Feature.PATH, source=HOWTO)
def path(case: Case) -> None:
    case.given("folder/a.txt", b"bytes")
    name = case.remote.path("folder/a.txt")
    case.true(isinstance(name, str), "The path is a string.")
    with open(name, "rb") as file:
        case.equal(b"bytes", file.read(), "the bytes")
    case.true(name.startswith(case.remote.location), "It begins with the location.")


@remote_promise("A storage that is not used needs no network.", counted=True)
def unused(case: Case) -> None:
    with case.requests() as counted:
        storage = case.storage_with(base_url="/files/")
        repr(storage)
        hash(storage)
        pickle.dumps(storage)
        storage.get_valid_name("a b.txt")
        storage.generate_filename("folder/a b.txt")
    case.equal(0, counted.count, "the number of requests")
