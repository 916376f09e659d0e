"""Folders: nothing but beginnings of names."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import StoreError
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE
CLEAR = "https://docs.djangoproject.com/en/stable/ref/contrib/staticfiles/#cmdoption-collectstatic-clear"
EXISTS = "holdfast.RemoteStorage.exists"
KEYS = "holdfast.keys"
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage"


@storage_promise("The root exists: exists('') is true where there are files.", source=CLEAR, live=False)
def root_exists(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"-"))
    assert storage.exists("") is True
    """
    case.given("folder/a.txt")
    case.equal(True, case.storage.exists(""), "exists('') of a storage with files")


@storage_promise("With a slash at its end exists asks after a folder: true where it has files.", source=EXISTS)
def folder_exists(case: Case) -> None:
    """
    storage.save("d/a.txt", ContentFile(b"-"))
    assert storage.exists("d/") is True
    """
    case.given("folder/sub/a.txt")
    for name in ("folder/", "folder/sub/"):
        case.equal(True, case.storage.exists(name), f"exists({name!r}), a folder that has files")


@storage_promise(
    "What is not there does not exist, with a slash at its end or without.", source=f"{STORAGE}.exists"
)
def missing_does_not_exist(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert not (storage.exists("missing") or storage.exists("missing/") or storage.exists("fold"))
    """
    case.given("folder/sub/a.txt")
    for name in ("missing", "missing/", "missing/a.txt", "fold", "fold/", "folder/su", "folder/a.txt", "a.txt"):
        case.equal(False, case.storage.exists(name), f"exists({name!r}), where there is only 'folder/sub/a.txt'")


@remote_promise(
    "exists speaks of files; with a slash at its end it asks whether there is anything below.", source=EXISTS
)
def exists(case: Case) -> None:
    """
    assert storage.exists("")
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert storage.exists("folder/") and not storage.exists("folder") and not storage.exists("folder/a.txt/")
    """
    case.true(case.remote.exists(""), "The root exists, even when it is empty.")
    case.given("folder/sub/a.txt")
    for name in ("", ".", "/", "folder/", "folder/sub/", "folder\\sub\\"):
        case.true(case.remote.exists(name), f"{name!r} exists.")
    for name in ("folder", "folder/sub", "missing/", "fold/", "folder/sub/a.txt/"):
        case.true(not case.remote.exists(name), f"{name!r} does not exist.")


@storage_promise(
    "Deleting a folder as if it were a file deletes no file in it.", needs=WRITE, source=f"{STORAGE}.delete"
)
def not_deleted(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    error_of(storage.delete, "folder")
    assert storage.exists("folder/a.txt")
    """
    names = ["folder/a.txt", "folder/sub/b.txt", "folder.txt", "folder2/c.txt"]
    for name in names:
        case.given(name)
    for name in ("folder", "folder/sub", "folder/", "fold", "folder/a", "folder*", "folder/?.txt"):
        with suppress(Exception):  # it may say that this is no file
            case.storage.delete(name)
        missing = [each for each in names if not case.storage.exists(each)]
        case.equal([], missing, f"the files that are gone after delete({name!r})")


@remote_promise(
    "A folder has no size and no time, and cannot be deleted as if it were a file.", needs=WRITE, source=KEYS
)
def no_file(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert isinstance(error_of(storage.size, "folder"), FileNotFoundError)
    """
    case.given("folder/a.txt")
    for method in (case.remote.size, case.remote.get_modified_time, case.remote.stat):
        with case.raises(FileNotFoundError, f"{method.__name__} of a folder"):
            method("folder")
    try:
        case.remote.delete("folder")
    except StoreError as error:
        case.equal("folder", error.key, "the key of the error")
    case.true(case.remote.exists("folder/a.txt"), "The file in the folder is there.")


@remote_promise(
    "walk gives every file below a folder, with its full name and its size.", source="holdfast.RemoteStorage.walk"
)
def walk(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"-")), storage.save("folder/sub/b.txt", ContentFile(b"--"))
    assert [("a.txt", 1), ("folder/sub/b.txt", 2)] == [(entry.key, entry.size) for entry in storage.walk()]
    assert ["folder/sub/b.txt"] == [entry.key for entry in storage.walk("folder")]
    """
    sizes = {"a.txt": 1, "folder/b.txt": 2, "folder/sub/c.txt": 3, "folder.d": 4}
    for name, size in sizes.items():
        case.given(name, case.data(size))
    found = {entry.key: entry.size for entry in case.remote.walk()}
    case.equal(sizes, found, "all names and sizes")
    below = {entry.key for entry in case.remote.walk("folder")}
    case.equal({"folder/b.txt", "folder/sub/c.txt"}, below, "the names below 'folder'")


@remote_promise(
    "storage.delete_many deletes all these files, and no others.",
    needs=WRITE,
    source="holdfast.RemoteStorage.delete_many",
)
def delete_many(case: Case) -> None:
    """
    for name in ("a.txt", "folder/b.txt", "c.txt"): storage.save(name, ContentFile(b"-"))
    storage.delete_many(["a.txt", "folder\\\\b.txt", "missing.txt"])
    assert ["c.txt"] == [entry.key for entry in storage.walk()]
    """
    for name in ("a.txt", "folder/b.txt", "folder/c.txt", "d.txt"):
        case.given(name)
    case.remote.delete_many(["a.txt", "folder\\b.txt", "missing.txt"])
    case.equal(["d.txt", "folder/c.txt"], case.keys(), "what is left")


@remote_promise(
    "A storage can be emptied with walk and delete_many.", needs=WRITE, source="holdfast.RemoteStorage.delete_many"
)
def emptied(case: Case) -> None:
    """
    for number in range(30): storage.save(f"folder-{number}/{number}.txt", ContentFile(b"-"))
    storage.delete_many(entry.key for entry in storage.walk())
    assert [] == list(storage.walk())
    """
    case.given_many([*(f"folder-{number}/{number}.txt" for number in range(30)), *KEPT])
    case.remote.delete_many(entry.key for entry in case.remote.walk())
    case.equal([], case.keys(), "what is left")
