"""What ``listdir`` shows of a folder."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import InvalidKey, StoreError
from holdfast.source import Source
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature, Write

WRITE = Feature.WRITE
KEYS = "holdfast.keys"
LISTDIR = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.listdir"
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage"


def _listed(case: Case, path: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = case.storage.listdir(path)
    except NotImplementedError as error:
        raise NotApplicable("needs a storage that lists folders") from error
    return sorted(folders), sorted(files)


@storage_promise("listdir gives a tuple of two lists, of folders and of files.", source=LISTDIR)
def two_lists(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    folders, files = storage.listdir("")
    assert (["folder"], []) == (folders, files)
    """
    case.given("folder/a.txt")
    _listed(case, "")
    found = case.storage.listdir("")
    case.equal([list, list], [type(part) for part in found], "the types of what listdir gives")


@storage_promise("listdir gives names inside the folder, and not from the root on.", source=LISTDIR)
def bare_names(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert ["a.txt"] == storage.listdir("folder")[1]
    """
    for name in ("folder/a.txt", "folder/sub/b.txt", "folder/sub/deep/c.txt"):
        case.given(name)
    for path in ("", "folder", "folder/sub"):
        for names in _listed(case, path):
            case.equal([], [name for name in names if "/" in name], f"the names with a slash in {path!r}")
    case.equal(["a.txt"], _listed(case, "folder")[1], "the files in 'folder'")


@storage_promise("listdir gives the files of the folder itself, and not those of deeper ones.", source=LISTDIR)
def one_level(case: Case) -> None:
    """
    storage.save("folder/sub/deep.txt", ContentFile(b"-"))
    assert [] == storage.listdir("")[1] == storage.listdir("folder")[1]
    """
    case.given("folder/sub/deep.txt")
    for path in ("", "folder"):
        case.equal([], _listed(case, path)[1], f"the files in {path!r}, when there is only 'folder/sub/deep.txt'")


@storage_promise("listdir gives each folder that has files below it, once.", source=LISTDIR)
def folders_listed(case: Case) -> None:
    """
    storage.save("folder/sub/a.txt", ContentFile(b"-")), storage.save("folder/sub/b.txt", ContentFile(b"-"))
    assert ["folder"] == storage.listdir("")[0]
    assert ["sub"] == storage.listdir("folder")[0]
    """
    for name in ("folder/sub/a.txt", "folder/sub/b.txt", "folder/sub/e/f.txt"):
        case.given(name)
    case.equal(["folder"], _listed(case, "")[0], "the folders in the root")
    case.equal(["sub"], _listed(case, "folder")[0], "the folders in 'folder'")
    case.equal(["e"], _listed(case, "folder/sub")[0], "the folders in 'folder/sub'")


@storage_promise("A listing is of that folder alone, and has all that is in it.", source=LISTDIR)
def that_folder_alone(case: Case) -> None:
    """
    for name in ("a.txt", "folder/b.txt", "folder/sub/c.txt", "folder2/d.txt", "folder.txt"):
        storage.save(name, ContentFile(b"-"))
    assert (["sub"], ["b.txt"]) == storage.listdir("folder")
    """
    for name in ("a.txt", "b.txt", "folder/c.txt", "folder/sub/d.txt", "folder.txt", "folder2/e.txt", "fold/f.txt"):
        case.given(name)
    root = (["fold", "folder", "folder2"], ["a.txt", "b.txt", "folder.txt"])
    case.equal(root, _listed(case, ""), "what is in the root")
    case.equal((["sub"], ["c.txt"]), _listed(case, "folder"), "what is in 'folder'")
    case.equal(([], ["d.txt"]), _listed(case, "folder/sub"), "what is in 'folder/sub'")


@storage_promise(
    "A folder's listing is the same with a slash at its end, and with parts that mean nothing.", source=LISTDIR
)
def however_spelled(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert storage.listdir("folder") == storage.listdir("folder/") == storage.listdir("./folder")
    """
    for name in ("a.txt", "folder/sub/b.txt"):
        case.given(name)
    for path in ("", ".", "./"):
        case.equal((["folder"], ["a.txt"]), _listed(case, path), f"what is in {path!r}")
    for path in ("folder/sub", "folder/sub/", "./folder//sub", "folder/./sub"):
        case.equal(([], ["b.txt"]), _listed(case, path), f"what is in {path!r}")


@remote_promise("'/' is the root, and a backslash parts a path as a slash does.", source=KEYS)
def backslashes(case: Case) -> None:
    """
    storage.save("folder/sub/a.txt", ContentFile(b"-"))
    assert storage.listdir("folder/sub") == storage.listdir("folder\\\\sub")
    """
    for name in ("a.txt", "folder/sub/b.txt"):
        case.given(name)
    case.equal((["folder"], ["a.txt"]), _listed(case, "/"), "what is in '/'")
    case.equal(([], ["b.txt"]), _listed(case, "folder\\sub"), "what is in 'folder\\sub'")


@storage_promise("Where there is no folder nothing is listed, or it is an OSError.", source=LISTDIR)
def nothing_there(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    with suppress(OSError): assert ([], []) == storage.listdir("fold")
    with suppress(OSError): assert ([], []) == storage.listdir("folder/a.txt")
    """
    case.given("folder/a.txt")
    for path, what in (
        ("missing", "a folder that is not there"),
        ("fold", "the beginning of a folder's name"),
        ("folder/a.txt", "a file"),
    ):
        with suppress(OSError):
            case.equal(([], []), _listed(case, path), f"what is in {what}")


@storage_promise("An empty storage lists nothing.", source=LISTDIR, live=False)
def empty(case: Case) -> None:
    """
    assert ([], []) == storage.listdir("")
    """
    case.equal(([], []), _listed(case, ""), "what is in an empty storage")


@remote_promise(
    "A folder that is not there has nothing in it, nor has an empty storage.",
    source="holdfast.RemoteStorage.listdir",
)
def missing_is_empty(case: Case) -> None:
    """
    assert ([], []) == storage.listdir("missing")
    """
    case.equal(([], []), _listed(case, ""), "what is in an empty storage")
    case.equal(([], []), _listed(case, "missing"), "what is in a folder that is not there")
    case.equal([], list(case.remote.walk("missing")), "what walk gives of it")
    case.given("folder/a.txt")
    case.equal(([], []), _listed(case, "fold"), "what is in the beginning of a folder's name")
    case.equal(([], []), _listed(case, "folder/a.txt"), "what is in a file")


@storage_promise("A folder of thousands of files is listed whole.", cost="slow", source=LISTDIR)
def thousands(case: Case) -> None:
    """
    for number in range(1001):
        storage.save(f"many/{number}.txt", ContentFile(b"-"))
    assert 1001 == len(storage.listdir("many")[1])
    """
    names = [f"{number:04}.txt" for number in range(2500)]
    case.given_many(f"many/{name}" for name in names)
    case.equal(([], names), _listed(case, "many"), "what is in 'many'")


# ---------------------------------------------------------------- odd names


@storage_promise("Names with spaces are listed, and their files have a size and can be read.", source=STORAGE)
def names_with_spaces(case: Case) -> None:
    """
    storage.save("in here/two words.txt", ContentFile(b"some bytes"))
    assert (["in here"], ["two words.txt"]) == (storage.listdir("")[0], storage.listdir("in here")[1])
    assert 10 == storage.size("in here/two words.txt")
    """
    name = "in here/two words.txt"
    case.given(name, b"some bytes")
    case.true(case.storage.exists(name), f"{name!r} exists.")
    case.equal(b"some bytes", case.contents(name), f"the content of {name!r}")
    with suppress(NotImplementedError):
        case.equal(10, case.storage.size(name), f"the size of {name!r}")
    case.equal((["in here"], []), _listed(case, ""), "what is in the root")
    case.equal(([], ["two words.txt"]), _listed(case, "in here"), "what is in 'in here'")


@storage_promise("Odd names are listed as they are, and what is listed can be opened.", source=LISTDIR)
def odd_names(case: Case) -> None:
    """
    storage.save("percent%20+ ä?#.txt", ContentFile(b"some bytes"))
    assert ["percent%20+ ä?#.txt"] == storage.listdir("")[1]
    assert b"some bytes" == storage.open(storage.listdir("")[1][0]).read()
    """
    case.side_by_side(KEPT, lambda name: case.given(f"in/{name}", name.encode()))
    folders, files = _listed(case, "in")
    case.equal(sorted(name for name in KEPT if "/" not in name), files, "the files")
    case.equal(sorted({name.partition("/")[0] for name in KEPT if "/" in name}), folders, "the folders")
    for name in files:
        case.equal(name.encode(), case.contents(f"in/{name}"), f"the content of {name!r}")


@storage_promise("A file and a folder of one name, where both can be, are both shown.", needs=WRITE, source=LISTDIR)
def both(case: Case) -> None:
    """
    storage.save("both/inside.txt", ContentFile(b"-"))
    with suppress(OSError): alone = storage.save("both", ContentFile(b"-"))
    assert ["both"] == storage.listdir("")[0] and ["inside.txt"] == storage.listdir("both")[1]
    """
    case.given("both/inside.txt")
    try:
        case.given("both", how=Write())
    except OSError:
        return
    case.equal((["both"], ["both"]), _listed(case, ""), "what is in the root")
    case.equal(([], ["inside.txt"]), _listed(case, "both"), "what is in the folder")


@storage_promise(
    "The empty object that consoles make for a folder is not listed as a file.", needs=WRITE, source=LISTDIR
)
def folder_marker(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    with suppress(Exception): storage._save("folder/", ContentFile(b""))
    assert ["a.txt"] == storage.listdir("folder")[1]
    """
    case.given("folder/a.txt")
    with suppress(Exception):  # what keeps no such key cannot list it either
        case.given("folder/", b"")
    case.equal(([], ["a.txt"]), _listed(case, "folder"), "what is in 'folder', beside an object 'folder/'")
    case.equal((["folder"], []), _listed(case, ""), "what is in the root, beside an object 'folder/'")


@storage_promise(
    "No listing has a name that leads elsewhere: none is empty, '.' or '..', or has a slash.",
    needs=WRITE,
    source=LISTDIR,
)
def names_that_lead_elsewhere(case: Case) -> None:
    """
    storage.save("d/a.txt", ContentFile(b"-"))
    with suppress(Exception): storage._save("d//weird", ContentFile(b"-"))
    assert not {"", ".", ".."} & {*storage.listdir("d")[0], *storage.listdir("d")[1]}
    """
    case.given("folder/a.txt")
    for key in ("folder//weird", "folder/./dotted", "//rooted", "/absolute", "./here"):
        with suppress(Exception):  # what keeps no such key cannot list it either
            case.given(key, b"-")
    for path in ("folder", ""):
        for kind, names in zip(("folders", "files"), _listed(case, path), strict=True):
            odd = [name for name in names if name in ("", ".", "..") or "/" in name]
            case.equal([], odd, f"the {kind} in {path!r} that are no names, beside keys such as 'folder//weird'")
    case.true("a.txt" in _listed(case, "folder")[1], "What else is in 'folder' is listed.")


@remote_promise("Keys that no name reaches are left out: what is listed can be opened.", needs=WRITE, source=KEYS)
def unreachable_keys(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"-"))
    with suppress(StoreError, InvalidKey): store.put("folder//b.txt", Source.of(b"-"))
    assert ([], ["a.txt"]) == storage.listdir("folder")
    """
    case.given("folder/a.txt")
    for key in ("folder/", "folder//b.txt", "/c.txt", "folder/./d.txt", "./e.txt"):
        with suppress(InvalidKey, StoreError):  # a store that keeps no such key: so much the better
            case.store.put(key, Source.of(b"-"), Write(overwrite=True))
    case.equal(([], ["a.txt"]), _listed(case, "folder"), "what is in 'folder'")
    case.true(_listed(case, "") in (([], []), (["folder"], [])), "The root shows the folder.")
    case.equal(["folder/a.txt"], [entry.key for entry in case.remote.walk()], "what walk gives")
