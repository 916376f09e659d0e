"""What can be given to ``save``: all kinds of content, and such that cannot be read to its end."""

from __future__ import annotations

import io
import os
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile, TemporaryUploadedFile

__all__ = ["FILES", "HANDLERS", "KINDS", "STREAMS", "Failing", "picture"]


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
    """A file that cannot be read to its end: ``error`` comes after so many bytes."""

    def __init__(self, error: BaseException, after: int) -> None:
        super().__init__(_Failing(error, after), "failing")  # type: ignore[arg-type]  # IO is no base class of files


class _Failing(io.RawIOBase):
    def __init__(self, error: BaseException, after: int) -> None:
        super().__init__()
        self._error = error
        self._after = after
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + (0, self._place, self._after + 1000)[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._after - self._place)
        if count <= 0 < len(buffer):
            raise self._error
        buffer[:count] = b"x" * count
        self._place += count
        return count


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
def _file_over_a_pipe(data: bytes) -> Iterator[Any]:
    with _pipe(data) as pipe:
        yield File(pipe, "a.bin")


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


FILES: dict[str, Callable[[bytes], Any]] = {
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
}
"""By what they are called: each gives a context manager of content with these bytes."""

STREAMS: dict[str, Callable[[bytes], Any]] = {"pipe": _pipe, "File over a pipe": _file_over_a_pipe}
"""What can be read once and forward alone."""

KINDS: dict[str, Callable[[bytes], Any]] = {
    **FILES,
    **STREAMS,
    "object with read() only": _plain(OnlyRead),
    "File over an object with read() only": _plain(lambda data: File(OnlyRead(data), "a.bin")),  # type: ignore[arg-type]
    "File with chunks of its own": _plain(Generated),
}
"""All there are."""


def in_memory(name: str, data: bytes, kind: str = "application/octet-stream") -> InMemoryUploadedFile:
    return InMemoryUploadedFile(io.BytesIO(data), "file", name, kind, len(data), None)


def on_disk(name: str, data: bytes, kind: str = "application/octet-stream") -> TemporaryUploadedFile:
    file = TemporaryUploadedFile(name, kind, len(data), None)
    file.write(data)
    file.seek(0)
    return file


HANDLERS: dict[str, Callable[..., Any]] = {"in memory": in_memory, "on disk": on_disk}
"""What Django's two upload handlers make of an upload."""


def picture(width: int, height: int) -> bytes:
    """A PNG of this size, black."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # eight bits of grey, nothing special
    rows = zlib.compress(bytes(width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
