"""Which names files get, and which are refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import suppress

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File

from holdfast.testing.asserting import Broken
from holdfast.testing.case import Case
from holdfast.testing.names import REFUSED
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
TRAVERSAL = "https://docs.djangoproject.com/en/stable/releases/4.0.1/"
"""CVE-2021-45452: Storage.save() allowed directory traversal."""
TABLE = "holdfast.keys"
WRITE = Feature.WRITE

# Django's own validation refuses these on every storage; the rest of REFUSED is the rule of holdfast.keys.
REFUSED_BY_DJANGO = tuple(name for name in REFUSED if not re.search(r"[\0\n\r\ud800]|x{1500}", name))


class Untouched(io.BytesIO):
    """A file that says whether anybody has read of it."""

    touched = False

    def read(self, size: int | None = -1) -> bytes:
        self.touched = self.touched or size != 0
        return super().read(size)


# ---------------------------------------------------------------- names that are taken


@storage_promise(
    "A name that is taken gets another one, and the first file stays as it was.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def taken_name_gets_another(case: Case) -> None:
    """
    names = [storage.save("a.txt", ContentFile(b"%d" % number)) for number in range(3)]
    assert [storage.open(name).read() for name in names] == [b"0", b"1", b"2"], names
    """
    names = [case.storage.save("folder/a.txt", ContentFile(b"content %d" % number)) for number in range(5)]
    case.equal("folder/a.txt", names[0], "the first name")
    case.equal(5, len(set(names)), "the number of different names")
    for number, name in enumerate(names):
        case.equal(b"content %d" % number, case.contents(name), f"the content of {name!r}")
        case.true(name.startswith("folder/a") and name.endswith(".txt"), f"{name!r} is made of the name asked for.")


@storage_promise(
    "The addition to a name comes before all of its endings.",
    needs=WRITE,
    source=f"{STORAGE}get_alternative_name",
)
def addition_before_the_endings(case: Case) -> None:
    """
    first, other = (storage.save("archive.tar.gz", ContentFile(b"content")) for _ in range(2))
    assert other != first and other.endswith(".tar.gz") and other.startswith("archive"), other
    """
    for root, ending in (("archive", ".tar.gz"), ("noending", ""), (".hidden", ""), ("v1.2/file", "")):
        name = root + ending
        case.given(name)
        found = case.storage.save(name, ContentFile(b"content"))
        case.true(found != name, f"{name!r} is taken, and another name is given.")
        case.true(found.startswith(root) and found.endswith(ending), f"{found!r} is {name!r} with an addition.")
        case.equal(
            root.count("."), found.removesuffix(ending).count("."), f"the dots before the ending in {found!r}"
        )


@remote_promise(
    "The addition to a name that is taken is an underscore and seven letters or digits.",
    needs=WRITE,
    source=f"{STORAGE}get_alternative_name",
)
def addition(case: Case) -> None:
    """
    first, other = (storage.save("a.txt", ContentFile(b"content")) for _ in range(2))
    assert other.startswith("a_") and len(other) == len("a_1234567.txt")
    """
    for name, pattern in (
        ("folder/a.txt", r"folder/a_[A-Za-z0-9]{7}\.txt"),
        ("archive.tar.gz", r"archive_[A-Za-z0-9]{7}\.tar\.gz"),
        ("noending", r"noending_[A-Za-z0-9]{7}"),
        (".hidden", r"\.hidden_[A-Za-z0-9]{7}"),
        ("v1.2/file", r"v1\.2/file_[A-Za-z0-9]{7}"),
    ):
        case.given(name)
        for found in (case.storage.save(name, ContentFile(b"content")), case.storage.get_available_name(name)):
            case.true(re.fullmatch(pattern, found), f"{found!r} is {name!r} with an addition of Django's kind.")


@storage_promise(
    "No name that save gives is longer than max_length, whatever is taken.", needs=WRITE, source=f"{STORAGE}save"
)
def max_length(case: Case) -> None:
    """
    names = [storage.save("folder/a-rather-long-name.txt", ContentFile(b"-"), max_length=20) for _ in range(3)]
    assert len({*names}) == 3 and max(map(len, names)) <= 20, names
    """
    for turn in range(4):
        for name, length in (("folder/a-rather-long-name.txt", 20), ("folder/a-rather-long-name.txt", 100)):
            content = b"content %d" % turn
            found = case.storage.save(name, ContentFile(content), max_length=length)
            case.true(len(found) <= length, f"{found!r} has at most {length} characters.")
            case.true(found.startswith("folder/"), f"{found!r} keeps its folder.")
            case.true(found.endswith(".txt"), f"{found!r} keeps its ending.")
            case.equal(content, case.contents(found), f"the content of {found!r}")
    case.equal(8, len(case.keys()), "the number of files")


@storage_promise(
    "Where max_length leaves no room for a name, nothing is saved.",
    needs=WRITE,
    source=f"{STORAGE}get_available_name",
)
def no_room(case: Case) -> None:
    """
    error = error_of(storage.save, "a-long-folder-name/a.txt", ContentFile(b"content"), max_length=15)
    assert isinstance(error, SuspiciousFileOperation), error
    """
    content = Untouched(b"content")
    with case.raises(SuspiciousFileOperation, "save with no room for a name"):
        case.storage.save("a-long-folder-name/a.txt", content, max_length=15)
    case.equal([], case.keys(), "what is there")


# ---------------------------------------------------------------- names that reach outside


@storage_promise(
    "A name that is none, or that reaches outside, is refused before anything moves.",
    needs=WRITE,
    source=TRAVERSAL,
)
def refused(case: Case) -> None:
    """
    error = error_of(storage.save, "folder/../../outside.txt", ContentFile(b"content"))
    assert isinstance(error, SuspiciousFileOperation), error
    """
    names = REFUSED_BY_DJANGO
    if not (case.whole or case.is_remote):  # before a folder's name an absolute one is so no longer
        names = tuple(name for name in names if not name.startswith(("/", "\\")))
    _refused(case, names)


@remote_promise("A name that no file may have is refused before anything moves.", needs=WRITE, source=TABLE)
def refused_by_the_table(case: Case) -> None:
    r"""
    errors = [error_of(storage.save, name, ContentFile(b"-")) for name in ("null\0.txt", "line\n", "x" * 1500)]
    assert all(isinstance(error, SuspiciousFileOperation) for error in errors)
    """
    _refused(case, REFUSED)


def _refused(case: Case, names: tuple[str, ...]) -> None:
    for name in names:
        content = Untouched(b"content")
        with case.raises(SuspiciousFileOperation, f"save as {name!r}"):
            case.storage.save(name, File(content, "from-the-content.txt"))
        case.true(not content.touched, f"Nothing was read for {name!r}.")
    case.equal([], case.keys(), "what is there")


@storage_promise(
    "A name that reaches outside is that of no file: no method gives or deletes a file by it.", source=TRAVERSAL
)
def refused_everywhere(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"inside"))
    with suppress(Exception): storage.delete("../../a.txt")
    assert storage.open("a.txt").read() == b"inside" and error_of(lambda: storage.open("../../a.txt").read())
    """
    inside = case.name(".txt")  # a name that nothing outside has either
    data = b"what is inside"
    case.given(inside, data)
    names = [
        f"../{inside}",
        f"../../{inside}",
        f"folder/../../{inside}",
        f"..\\{inside}",
        f"folder\\..\\..\\{inside}",
    ]
    names += [f"/{inside}", "..", "../.."] if case.whole else []
    for name in names:
        case.true(
            _answer(case.storage.exists, name) is not True, f"{name!r}, which reaches outside, does not exist."
        )
        with case.raises(Exception, f"reading {name!r}, which reaches outside"):
            case.contents(name)
        with case.raises(Exception, f"get_modified_time of {name!r}, which reaches outside"):
            case.storage.get_modified_time(name)
        size = _answer(case.storage.size, name)
        case.true(size != len(data), f"size({name!r}) is not that of {inside!r}: the name reaches outside.")
        if WRITE in case.store.features and inside in name:
            _answer(case.storage.delete, name)
            case.equal([inside], case.keys(), f"what is there after delete({name!r})")
    case.equal(data, case.read(inside), f"the content of {inside!r}")


def _answer(method: Callable[[str], object], name: str) -> object:
    """What the method says, if it does not raise."""
    with suppress(Exception):
        return method(name)
    return None


@storage_promise(
    "A name that reaches outside cannot be opened for writing.", needs=WRITE, live=False, source=TRAVERSAL
)
def refused_for_writing(case: Case) -> None:
    """
    error = error_of(lambda: storage.open("../holdfast-outside.txt", "wb").close())
    assert error is not None
    """
    inside = case.name(".txt")
    case.given(inside, b"inside")
    for name in (f"../{inside}", f"folder/../../{inside}", f"/{inside}"):
        try:
            with case.storage.open(name, "wb") as file:
                file.write(b"from outside")
        except Exception:
            case.equal(b"inside", case.contents(inside), f"the content of {inside!r} after open({name!r}, 'wb')")
        else:
            with suppress(Exception):
                case.storage.delete(name)
            raise Broken(f"open({name!r}, 'wb'): expected an error, but something was written somewhere")
    case.equal([inside], case.keys(), "what is there")


@storage_promise("No folder outside the storage can be listed.", live=False, source=TRAVERSAL)
def refused_folders(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"inside"))
    assert error_of(storage.listdir, "..") or storage.listdir("..") == ([], [])
    """
    case.given("a.txt")
    for path in ("..", "../", "../..", "folder/../..", "/", "/etc", "..\\"):
        found = _answer(case.storage.listdir, path)
        shown = found if isinstance(found, tuple) else ((), ())
        if path == "/":  # many take this for the storage's own root
            case.true("etc" not in shown[0], "listdir('/') does not list the root of the machine.")
        else:
            case.true(not any(map(list, shown)), f"listdir({path!r}) shows nothing: it shows {shown!r}.")


@remote_promise("No method takes a name that no file may have.", source=TABLE)
def refused_by_every_method(case: Case) -> None:
    """
    methods = storage.open, storage.size, storage.exists, storage.stat, storage.get_modified_time
    assert all(isinstance(error_of(each, "../a.txt"), SuspiciousFileOperation) for each in methods)
    """
    case.given("a.txt", b"as it is")
    storage = case.storage_with(base_url="/files/")
    methods: list[Callable[[str], object]] = [storage.open, storage.size, storage.get_modified_time, storage.stat]
    if WRITE in case.store.features:
        methods += [
            storage.delete,
            lambda name: storage.open(name, "wb"),
            lambda name: storage.copy("a.txt", name),
            lambda name: storage.copy(name, "b.txt"),
            lambda name: storage.move("a.txt", name),
            lambda name: storage.delete_many([name]),
        ]
    for name in REFUSED:
        kinds = (SuspiciousFileOperation,) if name else (SuspiciousFileOperation, ValueError)  # as Django's own do
        for number, method in enumerate(methods):
            with case.raises(kinds, f"method {number} with {name!r}"):
                method(name)
        if name.strip("/.") and not name.endswith("/"):  # these mean folders, which may be asked after
            with case.raises(SuspiciousFileOperation, f"exists with {name!r}"):
                storage.exists(name)
            if not name.startswith(("/", "\\")):  # a URL's path may begin with one, as Django has it
                with case.raises(SuspiciousFileOperation, f"url with {name!r}"):
                    storage.url(name)
    case.equal(["a.txt"], case.keys(), "what is there")


@remote_promise("listdir and walk of what reaches outside raise SuspiciousFileOperation.", source=TABLE)
def refused_by_listings(case: Case) -> None:
    """
    assert isinstance(error_of(storage.listdir, "folder/../.."), SuspiciousFileOperation)
    assert isinstance(error_of(lambda: list(storage.walk(".."))), SuspiciousFileOperation)
    """
    case.given("a.txt")
    for path in ("..", "../", "folder/../..", "/etc", "..\\", "null\0", "folder/.."):
        with case.raises(SuspiciousFileOperation, f"listdir of {path!r}"):
            case.remote.listdir(path)
        with case.raises(SuspiciousFileOperation, f"walk of {path!r}"):
            list(case.remote.walk(path))
