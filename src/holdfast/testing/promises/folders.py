"""Folders: nothing but beginnings of names."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import InvalidKey, StoreError
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature, Write

WRITE = Feature.WRITE
REFERENCE = "https://docs.djangoproject.com/en/5.2/ref/files/storage/#django.core.files.storage.Storage.listdir"


def _listed(case: Case, path: str) -> tuple[list[str], list[str]]:
    folders, files = case.storage.listdir(path)
    return sorted(folders), sorted(files)


@storage_promise(
    "listdir gives two lists, of folders and of files, by their names inside the folder.", source=REFERENCE
)
def listdir(case: Case) -> None:
    for name in ("a.txt", "b.txt", "folder/c.txt", "folder/sub/d.txt", "folder/sub/e/f.txt", "other/g.txt"):
        case.given(name)
    case.equal((["folder", "other"], ["a.txt", "b.txt"]), _listed(case, ""), "what is in the root")
    case.equal((["sub"], ["c.txt"]), _listed(case, "folder"), "what is in 'folder'")
    case.equal((["e"], ["d.txt"]), _listed(case, "folder/sub"), "what is in 'folder/sub'")
    case.true(isinstance(case.storage.listdir("")[0], list), "The folders are a list.")


@storage_promise("However a folder is spelled, its listing is the same.")
def however_spelled(case: Case) -> None:
    for name in ("a.txt", "folder/sub/b.txt"):
        case.given(name)
    for path in ("", ".", "/", "./"):
        case.equal((["folder"], ["a.txt"]), _listed(case, path), f"what is in {path!r}")
    for path in ("folder/sub", "folder/sub/", "folder\\sub", "./folder//sub", "folder/./sub"):
        case.equal(([], ["b.txt"]), _listed(case, path), f"what is in {path!r}")


@remote_promise("A folder that is not there has nothing in it, nor has an empty storage.")
def nothing_there(case: Case) -> None:
    case.equal(([], []), _listed(case, ""), "what is in an empty storage")
    case.equal(([], []), _listed(case, "missing"), "what is in a folder that is not there")
    case.equal([], list(case.remote.walk("missing")), "what walk gives of it")
    case.given("folder/a.txt")
    case.equal(([], []), _listed(case, "fold"), "what is in the beginning of a folder's name")
    case.equal(([], []), _listed(case, "folder/a.txt"), "what is in a file")


@storage_promise("exists speaks of files; with a slash at its end it asks whether there is anything below.")
def exists(case: Case) -> None:
    case.true(case.storage.exists(""), "The root exists, even when it is empty.")
    case.given("folder/sub/a.txt")
    for name in ("", ".", "/", "folder/", "folder/sub/", "folder\\sub\\"):
        case.true(case.storage.exists(name), f"{name!r} exists.")
    for name in ("folder", "folder/sub", "missing/", "fold/", "folder/sub/a.txt/"):
        case.true(not case.storage.exists(name), f"{name!r} does not exist.")


@remote_promise("A folder has no size and no time, and cannot be deleted as if it were a file.", needs=WRITE)
def no_file(case: Case) -> None:
    case.given("folder/a.txt")
    for method in (case.remote.size, case.remote.get_modified_time, case.remote.stat):
        with case.raises(FileNotFoundError, f"{method.__name__} of a folder"):
            method("folder")
    try:
        case.remote.delete("folder")
    except StoreError as error:
        case.equal("folder", error.key, "the key of the error")
    case.true(case.remote.exists("folder/a.txt"), "The file in the folder is there.")


@storage_promise("A file and a folder of one name, where both can be, are both shown.", needs=WRITE)
def both(case: Case) -> None:
    case.given("both/inside.txt")
    try:
        case.given("both")
    except StoreError:
        return
    case.equal((["both"], ["both"]), _listed(case, ""), "what is in the root")
    case.equal(([], ["inside.txt"]), _listed(case, "both"), "what is in the folder")


@storage_promise("Odd names are listed as they are, and what is listed can be opened.")
def odd_names(case: Case) -> None:
    for name in KEPT:
        case.given(f"in/{name}", name.encode())
    folders, files = case.storage.listdir("in")
    case.equal({name for name in KEPT if "/" not in name}, set(files), "the files")
    case.equal({name.partition("/")[0] for name in KEPT if "/" in name}, set(folders), "the folders")
    for name in files:
        case.equal(name.encode(), case.contents(f"in/{name}"), f"the content of {name!r}")


@remote_promise("Keys that no name reaches are left out: what is listed can be opened.", needs=WRITE)
def unreachable_keys(case: Case) -> None:
    case.given("folder/a.txt")
    for key in ("folder/", "folder//b.txt", "/c.txt", "folder/./d.txt", "./e.txt"):
        with suppress(InvalidKey, StoreError):  # a store that keeps no such key: so much the better
            case.store.put(key, Source.of(b"-"), Write(overwrite=True))
    case.equal(([], ["a.txt"]), _listed(case, "folder"), "what is in 'folder'")
    case.true(_listed(case, "") in (([], []), (["folder"], [])), "The root shows the folder.")
    case.equal(["folder/a.txt"], [entry.key for entry in case.remote.walk()], "what walk gives")


@remote_promise("walk gives every file below a folder, with its full name and its size.")
def walk(case: Case) -> None:
    sizes = {"a.txt": 1, "folder/b.txt": 2, "folder/sub/c.txt": 3, "folder.d": 4}
    for name, size in sizes.items():
        case.given(name, case.data(size))
    found = {entry.key: entry.size for entry in case.remote.walk()}
    case.equal(sizes, found, "all names and sizes")
    below = {entry.key for entry in case.remote.walk("folder")}
    case.equal({"folder/b.txt", "folder/sub/c.txt"}, below, "the names below 'folder'")


@remote_promise("storage.delete_many deletes all these files, and no others.", needs=WRITE)
def delete_many(case: Case) -> None:
    for name in ("a.txt", "folder/b.txt", "folder/c.txt", "d.txt"):
        case.given(name)
    case.remote.delete_many(["a.txt", "folder\\b.txt", "missing.txt"])
    case.equal(["d.txt", "folder/c.txt"], case.keys(), "what is left")


@remote_promise("A storage can be emptied with walk and delete_many.", needs=WRITE)
def emptied(case: Case) -> None:
    case.given_many([*(f"folder-{number}/{number}.txt" for number in range(30)), *KEPT])
    case.remote.delete_many(entry.key for entry in case.remote.walk())
    case.equal([], case.keys(), "what is left")


@storage_promise("A folder of thousands of files is listed whole.", cost="slow")
def thousands(case: Case) -> None:
    names = [f"{number:04}.txt" for number in range(2500)]
    case.given_many(f"many/{name}" for name in names)
    case.equal(([], names), _listed(case, "many"), "what is in 'many'")
