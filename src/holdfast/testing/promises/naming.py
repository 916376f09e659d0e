"""Which names files get."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile

from holdfast.errors import StoreError
from holdfast.testing.case import Case
from holdfast.testing.names import ALIKE, KEPT, REFUSED
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE


class Untouched(io.BytesIO):
    """A file that says whether anybody has read of it."""

    touched = False

    def read(self, size: int | None = -1) -> bytes:
        self.touched = self.touched or size != 0
        return super().read(size)


@storage_promise("A name that is taken gets another one, and the first file stays as it was.", needs=WRITE)
def taken_name_gets_another(case: Case) -> None:
    names = [case.storage.save("folder/a.txt", ContentFile(b"content %d" % number)) for number in range(5)]
    case.equal("folder/a.txt", names[0], "the first name")
    case.equal(5, len(set(names)), "the number of different names")
    for number, name in enumerate(names):
        case.equal(b"content %d" % number, case.contents(name), f"the content of {name!r}")
        if number:
            case.true(
                re.fullmatch(r"folder/a_[A-Za-z0-9]{7}\.txt", name), f"{name!r} is the name with an addition."
            )


@storage_promise("The addition to a name comes before all of its endings.", needs=WRITE)
def addition_before_the_endings(case: Case) -> None:
    for name, pattern in (
        ("archive.tar.gz", r"archive_\w{7}\.tar\.gz"),
        ("noending", r"noending_\w{7}"),
        (".hidden", r"\.hidden_\w{7}"),
        ("v1.2/file", r"v1\.2/file_\w{7}"),
    ):
        case.given(name)
        found = case.storage.save(name, ContentFile(b"content"))
        case.true(re.fullmatch(pattern, found), f"{found!r} is {name!r} with an addition before its endings.")


@storage_promise("No name that save gives is longer than max_length, whatever is taken.", needs=WRITE)
def max_length(case: Case) -> None:
    for turn in range(4):
        for name, length in (("folder/a-rather-long-name.txt", 20), ("folder/a-rather-long-name.txt", 100)):
            content = b"content %d" % turn
            found = case.storage.save(name, ContentFile(content), max_length=length)
            case.true(len(found) <= length, f"{found!r} has at most {length} characters.")
            case.true(found.startswith("folder/"), f"{found!r} keeps its folder.")
            case.true(found.endswith(".txt"), f"{found!r} keeps its ending.")
            case.equal(content, case.contents(found), f"the content of {found!r}")
    case.equal(8, len(case.keys()), "the number of files")


@storage_promise("Where max_length leaves no room for a name, nothing is saved.", needs=WRITE)
def no_room(case: Case) -> None:
    content = Untouched(b"content")
    with case.raises(SuspiciousFileOperation, "save with no room for a name"):
        case.storage.save("a-long-folder-name/a.txt", content, max_length=15)
    case.equal([], case.keys(), "what is there")


@storage_promise("A name that no file may have is refused before anything moves.", needs=WRITE)
def refused(case: Case) -> None:
    for name in REFUSED:
        content = Untouched(b"content")
        with case.raises(SuspiciousFileOperation, f"save as {name!r}"):
            case.storage.save(name, File(content, "from-the-content.txt"))
        case.true(not content.touched, f"Nothing was read for {name!r}.")
    case.equal([], case.keys(), "what is there")


@remote_promise("No method takes a name that no file may have.")
def refused_everywhere(case: Case) -> None:
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


@remote_promise("No folder outside the storage can be listed.")
def refused_folders(case: Case) -> None:
    case.given("a.txt")
    for path in ("..", "../", "folder/../..", "/etc", "..\\", "null\0", "folder/.."):
        with case.raises(SuspiciousFileOperation, f"listdir of {path!r}"):
            case.remote.listdir(path)
        with case.raises(SuspiciousFileOperation, f"walk of {path!r}"):
            list(case.remote.walk(path))


@storage_promise("Backslashes are slashes, and needless parts of a name fall away.", needs=WRITE)
def spelled_otherwise(case: Case) -> None:
    for number, (name, expected) in enumerate(
        (
            ("one\\a.txt", "one/a.txt"),
            ("two//a.txt", "two/a.txt"),
            ("./three/a.txt", "three/a.txt"),
            ("four/./a.txt", "four/a.txt"),
        )
    ):
        content = b"content %d" % number
        case.equal(
            expected, case.storage.save(name, ContentFile(content)), f"the name that save gives for {name!r}"
        )
        for spelled in (name, expected):
            case.equal(content, case.contents(spelled), f"the content of {spelled!r}")
            case.true(case.storage.exists(spelled), f"{spelled!r} exists.")
            case.equal(len(content), case.storage.size(spelled), f"the size of {spelled!r}")


@storage_promise("A name spelled otherwise is taken when the file is there.", needs=WRITE)
def taken_when_spelled_otherwise(case: Case) -> None:
    case.given("folder/a.txt", b"first")
    for name in ("folder\\a.txt", "folder//a.txt", "./folder/a.txt"):
        found = case.storage.save(name, ContentFile(b"second"))
        case.true(found.startswith("folder/a_"), f"{found!r} is another name.")
    case.equal(b"first", case.contents("folder/a.txt"), "the content of the first file")


@storage_promise("Without a name, save takes that of the content; a name may be a Path.", needs=WRITE)
def where_names_come_from(case: Case) -> None:
    case.equal("a.txt", case.storage.save(None, ContentFile(b"content", name="a.txt")), "the content's own name")
    case.equal("b.txt", case.storage.save(None, SimpleUploadedFile("b.txt", b"content")), "the upload's own name")
    case.equal("folder/c.txt", case.storage.save(Path("folder/c.txt"), ContentFile(b"content")), "a Path's name")  # type: ignore[arg-type]
    for name in ("a.txt", "b.txt", "folder/c.txt"):
        case.equal(b"content", case.contents(name), f"the content of {name!r}")


@remote_promise("The names that save gives are those that listdir and walk show.", needs=WRITE)
def names_are_those_of_listings(case: Case) -> None:
    saved = [case.remote.save(f"in/{name}", ContentFile(b"-")) for name in (*KEPT, "a.txt", "a.txt")]
    case.equal(sorted(saved, key=str.encode), [entry.key for entry in case.remote.walk()], "the names in walk")
    files = {f"in/{name}" for name in case.remote.listdir("in")[1]}
    case.equal({name for name in saved if name.count("/") == 1}, files, "the names in listdir")


@storage_promise("Names that look alike are two files, with the bytes of each.", needs=WRITE)
def alike(case: Case) -> None:
    for one, other in ALIKE:
        names = [case.storage.save(name, ContentFile(name.encode())) for name in (one, other)]
        case.equal(one.encode(), case.contents(names[0]), f"the content of {names[0]!r}")
        case.equal(other.encode(), case.contents(names[1]), f"the content of {names[1]!r}")


@storage_promise(
    "A file saved under a folder's name is kept beside it, under another name, or refused.", needs=WRITE
)
def name_of_a_folder(case: Case) -> None:
    case.given("both/inside.txt", b"inside")
    try:
        name = case.storage.save("both", ContentFile(b"outside"))
    except StoreError:
        pass
    else:
        case.equal(b"outside", case.contents(name), f"the content of {name!r}")
    case.equal(b"inside", case.contents("both/inside.txt"), "the content of the file in the folder")


@storage_promise("generate_filename keeps a folder and makes the name valid.")
def generated(case: Case) -> None:
    case.equal("folder/My_file.txt", case.storage.generate_filename("folder\\My file?.txt"), "the name")
    with case.raises(SuspiciousFileOperation, "generate_filename with a name that reaches outside"):
        case.storage.generate_filename("../a.txt")
