"""The bytes of a put: their number where it is known, and whether they can be read again.

A retry, a second name after a collision and parts in parallel all need bytes that can be read again; a source
that cannot is spooled first, in memory up to ``SPOOL`` bytes and then on disk.
"""

from __future__ import annotations

import io
import os
import stat
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.utils import FileProxyMixin

from holdfast.errors import Corrupt
from holdfast.threads import checkpoint
from holdfast.types import CHUNK

__all__ = ["SPOOL", "BytesSource", "FileSource", "Source", "Spool", "spool_file"]

SPOOL = 4 * 1024 * 1024
"""Bytes of a source that cannot be read again which are kept in memory; more go to a temporary file."""

# The classes whose chunks() are nothing but seek(0) and read().
_PLAIN_CHUNKS = {File.chunks, InMemoryUploadedFile.chunks}

# What tempfile's named files are: nothing but the file inside.
_WRAPPERS = {tempfile._TemporaryFileWrapper}


class Spool(tempfile.SpooledTemporaryFile[bytes]):
    """A temporary file that is in memory as long as it is small."""

    def truncate(self, size: int | None = None) -> int:
        """As of any file: what it grows by is zeros. In memory, the standard library's does not grow."""
        position = self.tell()
        size = position if size is None else size
        if SPOOL >= size > (end := self.seek(0, io.SEEK_END)):
            self.write(bytes(size - end))
        self.seek(position)
        super().truncate(size)
        return size


def spool_file(kind: type[Spool] = Spool) -> Spool:
    """An empty temporary file, in memory until it grows; on disk it lies in ``FILE_UPLOAD_TEMP_DIR``."""
    folder = settings.FILE_UPLOAD_TEMP_DIR if settings.configured else None
    return kind(max_size=SPOOL, dir=folder)


class Source(ABC):
    """What ``Store.put`` takes.

    ``size``: the number of bytes, ``None`` where only reading tells.
    ``repeatable``: ``chunks`` can be called again and ``slice`` at all.
    """

    size: int | None = None
    repeatable: bool = False

    @abstractmethod
    def chunks(self) -> Iterator[bytes]:
        """All bytes, from the first. Never more or fewer than ``size``: a source that shrank is ``Corrupt``."""

    def slice(self, start: int, end: int) -> Source:
        """Bytes ``start`` to ``end`` as a source of their own, to be read beside others in other threads."""
        raise io.UnsupportedOperation("These bytes can be read only once.")

    def exact(self) -> Iterator[bytes]:
        """``chunks``, held to ``size``: ``Corrupt`` where they bring more or fewer bytes than they should."""
        got = 0
        for chunk in self.chunks():
            checkpoint()
            got += len(chunk)
            if self.size is not None and got > self.size:
                raise Corrupt(f"There came {got:,} bytes and more; there were to be {self.size:,}.")
            yield chunk
        if self.size not in (None, got):
            raise Corrupt(f"There came {got:,} bytes; there were to be {self.size:,}.")

    def read(self) -> bytes:
        return b"".join(self.exact())

    @contextmanager
    def spooled(self) -> Iterator[Source]:
        """These bytes as a source that is repeatable and knows its size, for the length of a ``with`` block."""
        if self.repeatable:
            yield self
            return
        with spool_file() as file:
            for chunk in self.exact():
                file.write(chunk)
            yield FileSource(file, 0, file.tell())

    @staticmethod
    def of(content: object) -> Source:
        """A source over bytes, text (as UTF-8), a file of Django's or Python's, or an iterable of chunks.

        A file is read from its beginning, whatever its position, and left open. What a file says of its size is
        not believed: a binary file that can seek is measured, any other is read to know.
        """
        match content:
            case Source():
                return content
            case bytes():
                return BytesSource(content)
            case bytearray() | memoryview():
                return BytesSource(bytes(content))
            case str():
                return BytesSource(content.encode())
        file: Any = content
        if getattr(type(file), "chunks", None) in {*_PLAIN_CHUNKS, None} and hasattr(file, "read"):
            try:
                file.seek(0)
                if file.read(0) == b"":
                    file.seek(0, io.SEEK_END)
                    return FileSource(file, 0, file.tell())
            except (AttributeError, OSError):  # no seek, or one that says no; a closed file is a ValueError
                pass
        return StreamSource(file)


class BytesSource(Source):
    """Bytes in memory."""

    repeatable = True

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size: int = len(data)

    def chunks(self) -> Iterator[bytes]:
        checkpoint()
        if self.data:
            yield self.data

    def slice(self, start: int, end: int) -> Source:
        return FileSource(io.BytesIO(self.data), start, end)  # shares the bytes, and copies none of them


class FileSource(Source):
    """A part of a binary file that can seek. Its slices share the file: one on disk is read by all of them at once
    and its position stays where it is, any other is read by one at a time."""

    repeatable = True

    def __init__(self, file: IO[bytes], start: int, end: int, lock: threading.Lock | None = None) -> None:
        self.file = file
        self.start = start
        self.size: int = end - start
        self._lock = lock or threading.Lock()
        self._descriptor = _descriptor_of(file)

    def chunks(self) -> Iterator[bytes]:
        position, end = self.start, self.start + self.size
        while position < end:
            checkpoint()
            chunk = self._read(position, min(CHUNK, end - position))
            if not chunk:
                raise Corrupt(f"The file ended after {position:,} bytes; it had {end:,} when it was measured.")
            position += len(chunk)
            yield chunk

    def slice(self, start: int, end: int) -> Source:
        return FileSource(self.file, self.start + start, self.start + end, self._lock)

    def _read(self, position: int, size: int) -> bytes:
        if self._descriptor is not None and not self.file.closed:
            return os.pread(self._descriptor, size, position)
        with self._lock:
            self.file.seek(position)
            return self.file.read(size)


class StreamSource(Source):
    """Chunks that come once: a pipe, a generator, a text file, a file class with chunks() of its own."""

    def __init__(self, content: Any) -> None:
        self._content = content

    def chunks(self) -> Iterator[bytes]:
        for chunk in _pieces(self._content):
            checkpoint()
            if isinstance(chunk, str):
                yield chunk.encode()
            elif isinstance(chunk, (bytes, bytearray, memoryview)):
                yield bytes(chunk)
            else:
                raise TypeError(f"A file's chunks are bytes or text, not {type(chunk).__name__}.")


def _descriptor_of(file: Any) -> int | None:
    """The descriptor of a file on disk whose bytes are what reading ``file`` gives. ``None`` for any other, though
    it may have one too, as a ``GzipFile`` has."""
    while True:
        kind = type(file)
        if kind in _WRAPPERS or getattr(kind, "read", None) is FileProxyMixin.read:
            file = file.file
        elif isinstance(file, Spool):
            if not file._rolled:  # type: ignore[attr-defined]
                return None
            file = file._file
        else:
            break
    raw = file.raw if kind in (io.BufferedReader, io.BufferedRandom) else file
    if type(raw) is not io.FileIO or file.closed or not hasattr(os, "pread"):
        return None
    if kind is io.BufferedRandom:
        file.flush()
    return raw.fileno() if stat.S_ISREG(os.fstat(raw.fileno()).st_mode) else None


def _pieces(content: Any) -> Iterator[object]:
    if hasattr(content, "chunks"):
        yield from content.chunks()
    elif hasattr(content, "read"):
        yield from iter(lambda: content.read(CHUNK) or b"", b"")
    else:
        yield from content
