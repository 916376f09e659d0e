"""How names are spelled: odd characters, other scripts, needless slashes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from holdfast.testing.case import Case
from holdfast.testing.names import ALIKE, KEPT, QUOTED
from holdfast.testing.optional import optional
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
VALID_NAME = (
    "https://docs.djangoproject.com/en/stable/howto/custom-file-storage/#django.core.files.storage.get_valid_name"
)
TABLE = "holdfast.keys"
WRITE = Feature.WRITE

SCRIPTS = (
    "umlaut-äöüß.txt",
    "e-acute-\u00e9.txt",
    "Łódź.txt",
    "кириллица.txt",
    "日本語.txt",
    "한국어.txt",
    "עברית.txt",
    "ordner-ä/datei-ö.txt",
)
"""Letters alone, which Django's get_valid_name leaves in the names of uploads."""

SPACES = ("with space.txt", "two  spaces.txt", "folder with space/file.txt", "10 Nov 2026.txt")


@storage_promise("Names in any script are those of files like any others.", needs=WRITE, source=VALID_NAME)
def scripts(case: Case) -> None:
    """
    name = storage.save(storage.get_valid_name("日本語-Łódź.txt"), ContentFile(b"content"))
    assert storage.exists(name) and storage.size(name) == 7 and storage.open(name).read() == b"content"
    """
    _like_any_others(case, SCRIPTS)


@storage_promise("Names with spaces are those of files like any others.", needs=WRITE, source=f"{STORAGE}save")
def spaces(case: Case) -> None:
    """
    name = storage.save("with space.txt", ContentFile(b"content"))
    assert storage.exists(name) and storage.size(name) == 7 and storage.open(name).read() == b"content"
    """
    _like_any_others(case, SPACES)


def _like_any_others(case: Case, names: Iterable[str]) -> None:
    saved = {name: case.storage.save(name, ContentFile(name.encode())) for name in names}
    for name, found in saved.items():
        case.true(case.storage.exists(found), f"{found!r}, the name that save gave for {name!r}, exists.")
        case.equal(name.encode(), case.contents(found), f"the content of {found!r}")
        with optional("size"):
            case.equal(len(name.encode()), case.storage.size(found), f"the size of {found!r}")
    for found in saved.values():
        with optional("delete"):
            case.storage.delete(found)
        case.true(not case.storage.exists(found), f"{found!r} does not exist after it was deleted.")


@storage_promise(
    "A file of an odd name is found by the name that save gives, or is refused; none becomes another's.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def odd_names(case: Case) -> None:
    """
    names = [storage.save(odd, ContentFile(odd.encode())) for odd in ("a+b", "a%20b", "a b", "a?#b")]
    assert [storage.open(name).read() for name in names] == [b"a+b", b"a%20b", b"a b", b"a?#b"]
    """
    saved = {}
    for name in (*KEPT, *QUOTED):
        try:
            saved[name] = case.storage.save(name, ContentFile(name.encode()))
        except UnicodeError:
            raise  # not a refusal, but an accident
        except (SuspiciousFileOperation, OSError, ValueError):
            continue
    case.equal(len(saved), len(set(saved.values())), "the number of different names")
    for name, found in saved.items():
        case.equal(name.encode(), case.contents(found), f"the content of {found!r}, saved as {name!r}")


@remote_promise(
    "Odd names are kept as they are, and are those that listdir and walk show.", needs=WRITE, source=TABLE
)
def names_are_those_of_listings(case: Case) -> None:
    """
    odd = ["%48%45.txt", "a+b c.txt", "query?a=b#c.txt", "umlaut-ä.txt"]
    assert [storage.save(name, ContentFile(b"-")) for name in odd] == odd
    assert storage.listdir("")[1] == odd
    """
    saved = [case.remote.save(f"in/{name}", ContentFile(b"-")) for name in (*KEPT, "a.txt")]
    case.equal([f"in/{name}" for name in (*KEPT, "a.txt")], saved, "the names that save gives")
    saved.append(case.remote.save("in/a.txt", ContentFile(b"-")))
    case.equal(sorted(saved, key=str.encode), [entry.key for entry in case.remote.walk()], "the names in walk")
    files = {f"in/{name}" for name in case.remote.listdir("in")[1]}
    case.equal({name for name in saved if name.count("/") == 1}, files, "the names in listdir")


@storage_promise(
    "A name with backslashes or needless slashes is saved under one that finds it, with slashes alone.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def spelled_otherwise(case: Case) -> None:
    r"""
    name = storage.save("folder\\a.txt", ContentFile(b"content"))
    assert "\\" not in name and storage.open(name).read() == b"content"
    """
    for number, name in enumerate(("one\\a.txt", "two//a.txt", "./three/a.txt", "four/./a.txt")):
        content = b"content %d" % number
        found = case.storage.save(name, ContentFile(content))
        case.true("\\" not in found, f"{found!r}, the name that save gave for {name!r}, has no backslash.")
        case.equal(content, case.contents(found), f"the content of {found!r}")
        case.true(case.storage.exists(found), f"{found!r} exists.")


@remote_promise("Backslashes are slashes, and needless parts of a name fall away.", needs=WRITE, source=TABLE)
def one_spelling(case: Case) -> None:
    r"""
    assert storage.save("folder\\.//a.txt", ContentFile(b"content")) == "folder/a.txt"
    assert storage.open("./folder\\a.txt").read() == storage.open("folder/a.txt").read()
    """
    for number, (name, expected) in enumerate(
        (
            ("one\\a.txt", "one/a.txt"),
            ("two//a.txt", "two/a.txt"),
            ("./three/a.txt", "three/a.txt"),
            ("four/./a.txt", "four/a.txt"),
        )
    ):
        content = b"content %d" % number
        found = case.storage.save(name, ContentFile(content))
        case.equal(expected, found, f"the name that save gives for {name!r}")
        for spelled in (name, expected):
            case.equal(content, case.contents(spelled), f"the content of {spelled!r}")
            case.true(case.storage.exists(spelled), f"{spelled!r} exists.")
            case.equal(len(content), case.storage.size(spelled), f"the size of {spelled!r}")


@storage_promise(
    "A name spelled otherwise is taken when the file is there.", needs=WRITE, source=f"{STORAGE}get_available_name"
)
def taken_when_spelled_otherwise(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"first"))
    storage.save("./folder//a.txt", ContentFile(b"second"))
    assert storage.open("folder/a.txt").read() == b"first"
    """
    case.given("folder/a.txt", b"first")
    for name in ("folder\\a.txt", "folder//a.txt", "./folder/a.txt"):
        found = case.storage.save(name, ContentFile(b"second"))
        case.equal(b"first", case.contents("folder/a.txt"), f"the content of the first file after save as {name!r}")
        case.true(found != "folder/a.txt", f"{name!r} is 'folder/a.txt', which is taken.")
        case.equal(b"second", case.contents(found), f"the content of {found!r}, saved as {name!r}")


@storage_promise("Without a name, save takes that of the content.", needs=WRITE, source=f"{STORAGE}save")
def name_of_the_content(case: Case) -> None:
    """
    name = storage.save(None, SimpleUploadedFile("a.txt", b"content"))
    assert name == "a.txt"
    """
    for name, content in (
        ("a.txt", ContentFile(b"content", name="a.txt")),
        ("b.txt", SimpleUploadedFile("b.txt", b"content")),
    ):
        case.equal(name, case.storage.save(None, content), f"the name that save gives a {type(content).__name__}")
        case.equal(b"content", case.contents(name), f"the content of {name!r}")


@storage_promise(
    "A name may be a Path.", needs=WRITE, source="https://docs.djangoproject.com/en/stable/releases/3.1/"
)
def name_as_a_path(case: Case) -> None:
    """
    from pathlib import Path
    assert storage.save(Path("folder/a.txt"), ContentFile(b"content")) == "folder/a.txt"
    """
    name = case.storage.save(Path("folder/c.txt"), ContentFile(b"content"))  # type: ignore[arg-type]
    case.equal("folder/c.txt", name, "the name that save gives a Path")
    case.equal(b"content", case.contents(name), f"the content of {name!r}")


@storage_promise(
    "Names that look alike are two files, with the bytes of each.", needs=WRITE, source=f"{STORAGE}save"
)
def alike(case: Case) -> None:
    """
    names = [storage.save(name, ContentFile(name.encode())) for name in ("Case.txt", "case.txt")]
    assert [storage.open(name).read() for name in names] == [b"Case.txt", b"case.txt"]
    """
    for one, other in ALIKE:
        names = [case.storage.save(name, ContentFile(name.encode())) for name in (one, other)]
        case.equal(one.encode(), case.contents(names[0]), f"the content of {names[0]!r}")
        case.equal(other.encode(), case.contents(names[1]), f"the content of {names[1]!r}")


@storage_promise(
    "A file saved under a folder's name is kept beside it, under another name, or refused.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def name_of_a_folder(case: Case) -> None:
    """
    storage.save("both/inside.txt", ContentFile(b"inside"))
    with suppress(OSError): assert storage.open(storage.save("both", ContentFile(b"out"))).read() == b"out"
    assert storage.open("both/inside.txt").read() == b"inside"
    """
    case.given("both/inside.txt", b"inside")
    try:
        name = case.storage.save("both", ContentFile(b"outside"))
    except OSError:
        pass
    else:
        case.equal(b"outside", case.contents(name), f"the content of {name!r}")
    case.equal(b"inside", case.contents("both/inside.txt"), "the content of the file in the folder")
