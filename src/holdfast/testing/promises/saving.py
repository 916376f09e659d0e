"""Where the content of a saved file comes from."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile, TemporaryUploadedFile

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE
KEEPS = WRITE | Feature.ATTRIBUTES


class OnlyRead:
    """A file with nothing but ``read``."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


class Generated(File):  # type: ignore[type-arg]  # generic in the stubs alone
    """A file that makes its chunks up."""

    def __init__(self, data: bytes, size: int | None = None) -> None:
        super().__init__(None, "generated")
        self._data = data

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for start in range(0, len(self._data), 10_007):
            yield self._data[start : start + 10_007]


class Failing(File):  # type: ignore[type-arg]
    """A file that cannot be read to its end."""

    def __init__(self, error: BaseException, after: int) -> None:
        super().__init__(None, "failing")
        self._error = error
        self._after = after

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"x" * self._after
        raise self._error


@contextmanager
def _pipe(data: bytes) -> Iterator[Any]:
    """The reading end of a pipe, which can neither seek nor tell its size."""
    read, write = os.pipe()

    def fill() -> None:
        with os.fdopen(write, "wb") as end:
            end.write(data)

    thread = threading.Thread(target=fill)
    thread.start()
    with os.fdopen(read, "rb") as file:
        yield file
    thread.join()


@contextmanager
def _on_disk(data: bytes) -> Iterator[Any]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        yield file


@contextmanager
def _temporary_upload(data: bytes) -> Iterator[Any]:
    with TemporaryUploadedFile("upload.bin", "application/x-mine", len(data), None) as file:
        file.write(data)
        yield file


def _plain(make: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    @contextmanager
    def context(data: bytes) -> Iterator[Any]:
        yield make(data)

    return context


KINDS: dict[str, Callable[[bytes], Any]] = {
    "ContentFile": _plain(ContentFile),
    "SimpleUploadedFile": _plain(lambda data: SimpleUploadedFile("upload.bin", data)),
    "InMemoryUploadedFile": _plain(
        lambda data: InMemoryUploadedFile(io.BytesIO(data), None, "upload.bin", "x/y", len(data), None)
    ),
    "TemporaryUploadedFile": _temporary_upload,
    "File over BytesIO": _plain(lambda data: File(io.BytesIO(data), "a.bin")),
    "BytesIO": _plain(io.BytesIO),
    "BufferedReader": _plain(lambda data: io.BufferedReader(io.BytesIO(data))),
    "file on disk": _on_disk,
    "object with read() only": _plain(OnlyRead),
    "File over an object with read() only": _plain(lambda data: File(OnlyRead(data), "a.bin")),  # type: ignore[arg-type]
    "pipe": _pipe,
    "File with chunks of its own": _plain(Generated),
}


@storage_promise("Every kind of content is saved whole.", needs=WRITE)
def every_kind(case: Case) -> None:
    for size in (0, 100, 200_000):
        data = case.data(size)
        for kind, make in KINDS.items():
            with make(data) as content:
                name = case.storage.save(case.name(), content)
            case.equal(data, case.contents(name), f"the {size:,} bytes saved from a {kind}")


@storage_promise("Every kind of content survives that its name is taken.", needs=WRITE)
def every_kind_under_a_taken_name(case: Case) -> None:
    case.given("a.bin", b"first")
    data = case.data(100_000)
    for kind, make in KINDS.items():
        with make(data) as content:
            name = case.storage.save("a.bin", content)
        case.equal(data, case.contents(name), f"the bytes saved from a {kind}")
    case.equal(b"first", case.contents("a.bin"), "the content of the first file")


@remote_promise("Every kind of content is saved whole where a project chooses names itself.", needs=WRITE)
def every_kind_with_hooks(case: Case) -> None:
    class Hooked:
        def _save(self: Any, name: str, content: Any) -> str:
            return super()._save(name, content)  # type: ignore[misc,no-any-return]

    data = case.data(100_000)
    storage = case.storage_with(Hooked)
    for kind, make in KINDS.items():
        with make(data) as content:
            name = storage.save(case.name(), content)
        case.equal(data, case.contents(name), f"the bytes saved from a {kind}")


@storage_promise("Text is saved as UTF-8, its line ends as they are.", needs=WRITE)
def text(case: Case) -> None:
    written = "Zoë 日本 🙂\r\nsecond line\n"
    for content in (
        ContentFile(written),
        io.StringIO(written, newline=""),
        File(io.StringIO(written, newline=""), "a"),
    ):
        name = case.storage.save(case.name(".txt"), content)
        case.equal(written.encode(), case.contents(name), f"what was saved from a {type(content).__name__}")


@storage_promise("Content is saved from its beginning, wherever it was read to.", needs=WRITE)
def from_the_beginning(case: Case) -> None:
    data = case.data(100_000)
    for place in (1, 50_000, 100_000):
        for make in (io.BytesIO, ContentFile, lambda data: SimpleUploadedFile("a", data)):
            content = make(data)
            content.seek(place)
            name = case.storage.save(case.name(), content)
            case.equal(data, case.contents(name), f"what was saved from content read to {place:,}")


@storage_promise("Content is left open, and can be read and saved again.", needs=WRITE)
def left_open(case: Case) -> None:
    for make in (io.BytesIO, ContentFile, lambda data: SimpleUploadedFile("a", data)):
        content = make(b"content")
        names = [case.storage.save(case.name(), content) for _ in range(2)]
        case.true(not content.closed, "The content is open.")
        content.seek(0)
        case.equal(b"content", content.read(), "what can be read of the content afterwards")
        for name in names:
            case.equal(b"content", case.contents(name), f"what was saved as {name!r}")


@storage_promise("What was saved does not change with its content.", needs=WRITE)
def independent_of_the_content(case: Case) -> None:
    content = io.BytesIO(b"before")
    name = case.storage.save("a.bin", content)
    content.seek(0)
    content.write(b"after!")
    case.equal(b"before", case.contents(name), "what was saved")


@storage_promise("A file of the storage can itself be saved, under another name or its own.", needs=WRITE)
def own_file(case: Case) -> None:
    data = case.data(200_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        names = [case.storage.save("b.bin", file), case.storage.save("a.bin", file)]
    for name in ("a.bin", *names):
        case.equal(data, case.contents(name), f"the content of {name!r}")
    case.equal(3, len({"a.bin", *names}), "the number of files")


@storage_promise("Content that cannot be read to its end leaves nothing, and its exception comes out.", needs=WRITE)
def unreadable_content(case: Case) -> None:
    for after in (0, 1000, 1_000_000):
        for error in (RuntimeError("broken off"), KeyboardInterrupt()):
            with case.raises(type(error), f"save of content that raises after {after:,} bytes") as caught:
                case.storage.save("a.bin", Failing(error, after))
            case.true(caught.error is error, "The exception is the content's own.")
    case.equal([], case.keys(), "what is there")


@remote_promise("An upload keeps the content type that came with it.", needs=KEEPS)
def type_of_an_upload(case: Case) -> None:
    case.remote.save("a.txt", SimpleUploadedFile("a.txt", b"-", content_type="text/x-mine"))
    case.equal("text/x-mine", case.remote.stat("a.txt").attributes.content_type, "the content type")


@remote_promise("Other content has the type that its name suggests.", needs=KEEPS)
def type_of_a_name(case: Case) -> None:
    for name, kind in (("a.png", "image/png"), ("b.JPG", "image/jpeg"), ("c.pdf", "application/pdf")):
        case.remote.save(name, ContentFile(b"-"))
        case.equal(kind, case.remote.stat(name).attributes.content_type, f"the content type of {name!r}")


@storage_promise("Saving and reading much takes little memory.", needs=WRITE, cost="slow")
def little_memory(case: Case) -> None:
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
