"""Where the content of a saved file comes from."""

from __future__ import annotations

import gzip
import io
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import SimpleUploadedFile

from holdfast.testing.case import Case
from holdfast.testing.contents import FILES, KINDS, STREAMS, Failing
from holdfast.testing.optional import optional
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
FILE = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files."
WRITING = "holdfast.RemoteStorage.writing"
WRITE = Feature.WRITE
KEEPS = WRITE | Feature.ATTRIBUTES


@storage_promise("Every kind of file is saved whole.", needs=WRITE, source=f"{STORAGE}save")
def every_kind(case: Case) -> None:
    """
    contents = ContentFile(b"bytes"), io.BytesIO(b"bytes"), SimpleUploadedFile("a.bin", b"bytes")
    names = [storage.save(f"{number}.bin", content) for number, content in enumerate(contents)]
    assert [storage.open(name).read() for name in names] == [b"bytes"] * 3
    """
    _saved_whole(case, FILES)


@storage_promise(
    "What can be read once and forward alone, such as a pipe, is saved whole.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def streams(case: Case) -> None:
    """
    read, write = os.pipe()
    os.write(write, b"bytes"), os.close(write)
    assert storage.open(storage.save("a.bin", open(read, "rb"))).read() == b"bytes"
    """
    _saved_whole(case, STREAMS)


@remote_promise(
    "Every kind of content is saved whole, a file that makes its chunks up among them.",
    needs=WRITE,
    source="holdfast.Source.of",
)
def every_kind_of_content(case: Case) -> None:
    """
    class Made(File): chunks = lambda self, size=None: iter([b"by", b"tes"])
    name = storage.save("a.bin", Made(None, "a.bin"))
    assert storage.open(name).read() == b"bytes"
    """
    case.side_by_side(KINDS, lambda kind: _saved_whole(case, {kind: KINDS[kind]}))
    case.side_by_side(KINDS, lambda kind: _saved_whole(case, {kind: KINDS[kind]}, "taken.bin"))


def _saved_whole(case: Case, kinds: Mapping[str, Callable[[bytes], Any]], name: str | None = None) -> None:
    """``name``: the one for all of them; else each has a new one."""
    for size in (0, 100, 200_000):
        data = case.data(size)
        for kind, make in kinds.items():
            with make(data) as content:
                found = case.storage.save(name or case.name(), content)
            case.equal(data, case.contents(found), f"the {size:,} bytes saved from a {kind} as {found!r}")


@storage_promise("Every kind of file survives that its name is taken.", needs=WRITE, source=f"{STORAGE}save")
def every_kind_under_a_taken_name(case: Case) -> None:
    """
    names = [storage.save("a.bin", io.BytesIO(data)) for data in (b"first", b"bytes")]
    assert [storage.open(name).read() for name in names] == [b"first", b"bytes"]
    """
    case.given("a.bin", b"first")
    _saved_whole(case, FILES, "a.bin")
    case.equal(b"first", case.contents("a.bin"), "the content of the first file")


@remote_promise(
    "Every kind of content is saved whole where a project chooses names itself.",
    needs=WRITE,
    source="holdfast.RemoteStorage.save",
)
def every_kind_with_hooks(case: Case) -> None:
    """
    _save = storage._save
    storage._save = lambda name, content: _save(name, content)
    assert storage.open(storage.save("a.bin", io.BytesIO(b"bytes"))).read() == b"bytes"
    """

    class Hooked:
        def _save(self: Any, name: str, content: Any) -> str:
            return super()._save(name, content)  # type: ignore[misc,no-any-return]

    data = case.data(100_000)
    storage = case.storage_with(Hooked)
    for kind, make in KINDS.items():
        with make(data) as content:
            name = storage.save(case.name(), content)
        case.equal(data, case.contents(name), f"the bytes saved from a {kind}")


@storage_promise(
    "Text is saved as UTF-8, its line ends as they are, and its size is that of the bytes.",
    needs=WRITE,
    source=f"{FILE}base.ContentFile",
)
def text(case: Case) -> None:
    r"""
    name = storage.save("a.txt", ContentFile("Zoë\r\n"))
    assert storage.open(name).read() == b"Zo\xc3\xab\r\n"
    """
    written = "Zoë 日本 🙂\r\nsecond line\n"
    for content in (
        ContentFile(written),
        io.StringIO(written, newline=""),
        File(io.StringIO(written, newline=""), "a"),
    ):
        name = case.storage.save(case.name(".txt"), content)
        case.equal(written.encode(), case.contents(name), f"what was saved from a {type(content).__name__}")
        with optional("size"):
            size = case.storage.size(name)
        case.equal(len(written.encode()), size, f"the size of what was saved from a {type(content).__name__}")


@storage_promise(
    "What is saved has the size of its bytes and comes back as it was, also where it could be compressed.",
    needs=WRITE,
    source=f"{STORAGE}size",
)
def compressible(case: Case) -> None:
    """
    name = storage.save("a.css", ContentFile(b"body { color: black }" * 300))
    assert storage.open(name).read() == b"body { color: black }" * 300
    assert storage.size(name) == storage.open(name).size == 6300
    """
    data = b"body { color: black }\n" * 300
    for ending, kind in (
        (".css", "text/css"),
        (".js", "text/javascript"),
        (".svg", "image/svg+xml"),
        (".html", "text/html"),
        (".json", "application/json"),
        (".txt", "text/plain"),
    ):
        _as_it_was(case, ending, kind, data)


@storage_promise(
    "What is compressed already comes back as it was, and as large.", needs=WRITE, source=f"{STORAGE}open"
)
def compressed_already(case: Case) -> None:
    """
    packed = gzip.compress(b"a,b,c" * 1000)
    name = storage.save("a.csv.gz", ContentFile(packed))
    assert storage.open(name).read() == packed and storage.size(name) == len(packed)
    """
    data = gzip.compress(b"a,b,c\n" * 1000)
    for ending in (".csv.gz", ".css.gz", ".js.gz", ".svgz", ".tar.gz", ".gz"):
        _as_it_was(case, ending, "application/gzip", data)


def _as_it_was(case: Case, ending: str, kind: str, data: bytes) -> None:
    name = case.name(ending)
    for content in (ContentFile(data), SimpleUploadedFile(name, data, kind)):
        found = case.storage.save(name, content)
        what = f"{found!r}, saved with {len(data):,} bytes"
        with case.storage.open(found) as file:
            case.equal(data, file.read(), f"the content of {what}")
        with optional("size"):
            case.equal(len(data), case.storage.size(found), f"the size of {what}")
        with case.storage.open(found) as file:
            case.equal(len(data), file.size, f"the size that a file says that was opened as {what}")


@storage_promise(
    "Content is saved from its beginning, wherever it was read to.", needs=WRITE, source=f"{FILE}File.chunks"
)
def from_the_beginning(case: Case) -> None:
    """
    content = ContentFile(b"content")
    content.read(4)
    assert storage.open(storage.save("a.txt", content)).read() == b"content"
    """
    data = case.data(100_000)
    for place in (1, 50_000, 100_000):
        for make in (io.BytesIO, ContentFile, lambda data: SimpleUploadedFile("a", data)):
            content = make(data)
            content.seek(place)
            name = case.storage.save(case.name(), content)
            case.equal(data, case.contents(name), f"what was saved from content read to {place:,}")


@storage_promise("Content is left open, and can be read and saved again.", needs=WRITE, source=f"{STORAGE}save")
def left_open(case: Case) -> None:
    """
    content = SimpleUploadedFile("a.txt", b"content")
    storage.save("a.txt", content)
    assert not content.closed and content.seek(0) == 0 and content.read() == b"content"
    """
    for make in (io.BytesIO, ContentFile, lambda data: SimpleUploadedFile("a", data)):
        content = make(b"content")
        names = [case.storage.save(case.name(), content) for _ in range(2)]
        case.true(not content.closed, f"The {type(content).__name__} that was saved is open.")
        content.seek(0)
        case.equal(b"content", content.read(), "what can be read of the content afterwards")
        for name in names:
            case.equal(b"content", case.contents(name), f"what was saved as {name!r}")


@storage_promise("What was saved does not change with its content.", needs=WRITE, source=f"{STORAGE}save")
def independent_of_the_content(case: Case) -> None:
    """
    name = storage.save("a.bin", content := io.BytesIO(b"before"))
    content.seek(0), content.write(b"after!")
    assert storage.open(name).read() == b"before"
    """
    content = io.BytesIO(b"before")
    name = case.storage.save("a.bin", content)
    content.seek(0)
    content.write(b"after!")
    case.equal(b"before", case.contents(name), "what was saved")


@storage_promise(
    "A file of the storage can itself be saved, under another name or its own.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def own_file(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(b"bytes"))
    with storage.open("a.bin") as file: names = [storage.save("b.bin", file), storage.save("a.bin", file)]
    assert [storage.open(name).read() for name in ("a.bin", *names)] == [b"bytes"] * 3
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        names = [case.storage.save("b.bin", file), case.storage.save("a.bin", file)]
    for name in ("a.bin", *names):
        case.equal(data, case.contents(name), f"the content of {name!r}")
    case.equal(3, len({"a.bin", *names}), "the number of files")


@storage_promise(
    "Where content cannot be read to its end, save raises the content's own exception.",
    needs=WRITE,
    source=f"{STORAGE}save",
)
def error_of_the_content(case: Case) -> None:
    """
    content = File(io.BytesIO(b"content"), "a.bin")
    content.chunks = content.file.read = lambda size=-1: 1 / 0
    assert isinstance(error_of(storage.save, "a.bin", content), ZeroDivisionError)
    """
    for after in (0, 1000, 1_000_000):
        for error in (RuntimeError("broken off"), OSError("the disk is gone")):
            with case.raises(type(error), f"save of content that raises after {after:,} bytes") as caught:
                case.storage.save(case.name(), Failing(error, after))
            case.true(caught.error is error, f"{caught.error!r} is the content's own {error!r}.")


@storage_promise("Content that cannot be read to its end leaves nothing.", needs=WRITE, source="holdfast.Store.put")
def unreadable_content(case: Case) -> None:
    """
    class Broken(File): chunks = lambda self, size=None: (b"half" if part == 0 else 1 / 0 for part in range(2))
    error = error_of(storage.save, "a.bin", Broken(io.BytesIO(b"half"), "a.bin"))
    assert error is None or not storage.exists("a.bin")
    """
    for after in (0, 1000, 1_000_000):
        for error in (RuntimeError("broken off"), OSError("the disk is gone")):
            with suppress(Exception):  # another promise says which
                case.storage.save("a.bin", Failing(error, after))
            case.equal([], case.keys(), f"what is there after content that raised after {after:,} bytes")


@remote_promise(
    "A save that is interrupted while its content is read leaves nothing, and the interruption comes out.",
    needs=WRITE,
    source="holdfast.Store.put",
)
def interrupted(case: Case) -> None:
    """
    content = File(io.BytesIO(b"content"), "a.bin")
    content.file.read = lambda size=-1: (_ for _ in ()).throw(KeyboardInterrupt)
    assert isinstance(error_of(storage.save, "a.bin", content), KeyboardInterrupt) and not storage.exists("a.bin")
    """
    for after in (0, 1000, 1_000_000):
        with case.raises(KeyboardInterrupt, f"save of content that is interrupted after {after:,} bytes"):
            case.storage.save("a.bin", Failing(KeyboardInterrupt(), after))
        case.equal([], case.keys(), f"what is there after an interruption after {after:,} bytes")


@remote_promise("An upload keeps the content type that came with it.", needs=KEEPS, source=WRITING)
def type_of_an_upload(case: Case) -> None:
    """
    storage.save("a.txt", SimpleUploadedFile("a.txt", b"-", content_type="text/x-mine"))
    assert storage.stat("a.txt").attributes.content_type == "text/x-mine"
    """
    case.remote.save("a.txt", SimpleUploadedFile("a.txt", b"-", content_type="text/x-mine"))
    case.equal("text/x-mine", case.remote.stat("a.txt").attributes.content_type, "the content type")


@remote_promise("Other content has the type that its name suggests.", needs=KEEPS, source=WRITING)
def type_of_a_name(case: Case) -> None:
    """
    storage.save("a.png", ContentFile(b"-"))
    assert storage.stat("a.png").attributes.content_type == "image/png"
    """
    for name, kind in (("a.png", "image/png"), ("b.JPG", "image/jpeg"), ("c.pdf", "application/pdf")):
        case.remote.save(name, ContentFile(b"-"))
        case.equal(kind, case.remote.stat(name).attributes.content_type, f"the content type of {name!r}")


@storage_promise(
    "Saving and reading much takes little memory.", needs=WRITE, cost="slow", source=f"{FILE}File.chunks"
)
def little_memory(case: Case) -> None:
    """
    with tempfile.TemporaryFile() as big, Case.of(storage).peak() as peak:
        big.truncate(48_000_000), storage.save("a.bin", File(big, "a.bin"))
    assert peak.bytes < 24_000_000
    """
    size = 48_000_000
    with tempfile.TemporaryFile() as file:
        for number in range(48):
            file.write(case.data(1_000_000, number))
        with case.peak() as saving:
            case.storage.save("a.bin", File(file, "a.bin"))
    with case.peak() as reading, case.storage.open("a.bin") as stored:
        found = sum(len(chunk) for chunk in stored.chunks())
    case.equal(size, found, "the number of bytes that were read")
    case.within(0, size // 2, saving.bytes, "the bytes of memory that saving took")
    case.within(0, size // 2, reading.bytes, "the bytes of memory that reading took")
