"""A file in a store: a ``File`` of Django's and a file of Python's in one."""

from __future__ import annotations

import dis
import io
import os
import stat
import sys
import threading
from dataclasses import replace
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from django.core.files.base import File

from holdfast.ahead import whole
from holdfast.aiofile import AsyncFile
from holdfast.digests import verified
from holdfast.errors import AlreadyExists, NotFound
from holdfast.reader import RangeReader
from holdfast.source import Source, Spool, spool_file
from holdfast.store import Store
from holdfast.types import CHUNK, Entry, Feature

if TYPE_CHECKING:
    from holdfast.storage import RemoteStorage

__all__ = ["RemoteFile"]


def _gate(name: str, ability: str) -> property:
    """The method ``name`` of the file inside, to be called where the mode allows it.

    Looking at it does nothing in any mode: Python's own modules ask files with ``hasattr`` what they are.
    """

    def method(self: RemoteFile) -> Any:
        inner = getattr(self.file, name)
        allowed = getattr(self, ability)()
        if allowed and ability == "readable":
            return inner

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.closed:
                raise ValueError("I/O operation on closed file.")
            if not allowed:
                raise io.UnsupportedOperation(f"not {ability}: the file was opened with mode {self.mode!r}")
            self._written = True
            return inner(*args, **kwargs)

        return call

    return property(method)


class RemoteFile(AsyncFile, File):  # type: ignore[type-arg]  # generic in the stubs alone
    """What ``storage.open(name, mode)`` gives, in every mode of Python's ``open``.

    - ``r``: raises ``FileNotFoundError`` at once. One request brings the first window and the size; the rest
      comes as it is read, and the file holds no connection in between.
    - ``w``, ``x``: the file appears when it is closed, whole; an exception inside ``with`` leaves nothing, nor
      does a file that nobody closes. ``x`` raises ``FileExistsError``, ``w`` replaces.
    - ``a``, ``r+``: a copy is edited, and written back on closing if the file is still the one that was copied,
      else ``Changed``.

    The methods with an ``a`` before their names, ``async with`` and ``async for`` do the same in a thread.

    Without ``b`` it is a text file in UTF-8. What a mode or a store cannot do fails here, not at the first write.
    """

    def __init__(self, storage: RemoteStorage, key: str, mode: str = "rb") -> None:
        self._storage = storage
        self._store: Store = storage.store
        self._key = key
        self._turn = threading.Lock()
        self._open_as(mode)
        super().__init__(self.file, key)
        self.mode = mode  # File has taken that of the file inside

    def _open_as(
        self, mode: str, encoding: str = "utf-8", errors: str | None = None, newline: str | None = None
    ) -> None:
        kind, self._text = _parse(mode)
        self._reads = kind == "r" or "+" in mode
        self._writes = kind != "r" or "+" in mode
        self._written = kind in "wx"
        self._spool: Spool | None = None
        self._entry: Entry | None = None
        self._given_up = False
        self.mode = mode
        self._before = sys.exception()
        if self._writes:
            if Feature.WRITE not in self._store.features:
                raise self._store.unsupported(f"be written to: it cannot be opened with mode {mode!r}", self._key)
            self._spool = self._begin(kind)
            self.file: Any = self._spool
        else:
            self.file, self._entry = _reader(self._store, self._key)
        if self._text:
            self.file = io.TextIOWrapper(self.file, encoding, errors, newline, write_through=True)

    def _begin(self, kind: str) -> Spool:
        """The spool that is edited until the file is closed."""
        spool: Spool = spool_file(_Appended) if kind == "a" else spool_file()
        try:
            if kind == "x":
                self._refuse_existing()
            elif kind in "ra":
                body = whole(self._store, self._key)
                for chunk in verified(body, self._store.label):
                    spool.write(chunk)
                self._entry = replace(body.entry, size=spool.tell())
                if kind == "r":
                    spool.seek(0)
        except NotFound:
            if kind != "a":
                spool.close()
                raise
            self._written = True
        except BaseException:
            spool.close()
            raise
        return spool

    def _refuse_existing(self) -> None:
        try:
            self._store.head(self._key)
        except NotFound:
            return
        raise self._store.error(AlreadyExists, self._key)

    # ---------------------------------------------------------------- Python's file

    read = _gate("read", "readable")
    read1 = _gate("read1", "readable")
    readinto = _gate("readinto", "readable")
    readline = _gate("readline", "readable")
    readlines = _gate("readlines", "readable")
    peek = _gate("peek", "readable")
    write = _gate("write", "writable")
    writelines = _gate("writelines", "writable")
    truncate = _gate("truncate", "writable")

    def readable(self) -> bool:
        return self._reads and not self.closed

    def writable(self) -> bool:
        return self._writes and not self.closed

    def __iter__(self) -> Self:
        """Lines, from the present position on, as of any file of Python's."""
        return self

    def __next__(self) -> Any:
        if line := self.readline():
            return line
        raise StopIteration

    # ---------------------------------------------------------------- Django's File

    @property
    def size(self) -> int:
        """Bytes: of what is stored while reading, of what is there so far while writing."""
        if self._spool is None:
            assert self._entry is not None  # noqa: S101 - a file that reads has an entry
            return self._entry.size or 0
        position = self._spool.tell()
        size = self._spool.seek(0, os.SEEK_END)
        self._spool.seek(position)
        return size

    def open(self, mode: str | None = None, **text: Any) -> Self:  # type: ignore[override]  # no buffering, no fd
        """Back to the beginning; a closed file, or one of another mode, is opened anew.

        ``text``: ``encoding``, ``errors`` and ``newline`` of a file of text, as for Python's ``open``.
        """
        if not self.closed and mode in (None, self.mode) and not text:
            self.seek(0)
            return self
        mode = mode or self.mode
        _parse(mode)  # a mistake is better told before the file is closed
        self.close()
        self._open_as(mode, **text)
        return self

    def close(self) -> None:
        """Close the file; what was written appears now. An error here means that it did not, or not surely.

        Where a ``with`` block around something that wraps this file (``io.TextIOWrapper``, a ``FieldFile``) closes
        it because an exception ends the block, nothing of what was written is kept.
        """
        passing = sys.exception()
        if passing in (None, self._before) or not _in_exit():
            self._finish()
        else:
            self.discard()

    def _finish(self) -> None:
        if self.closed:
            return
        try:
            if self._spool is not None and self._written:
                if self._text:
                    self.file.flush()
                self._keep(self._spool)
        finally:
            self.discard()

    def discard(self) -> None:
        """Close the file and forget what was written."""
        if self._spool is not None:
            self._spool.close()  # first: a text layer above it has nothing left to flush then
        self.file.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        else:
            self.discard()

    def _keep(self, spool: Spool) -> None:
        source = Source.of(spool)
        if self._entry is None:
            overwrite = self.mode.startswith("w")
            self._store.put(self._key, source, self._storage.writing(self._key, overwrite=overwrite))
        else:
            self._storage.write_back(self._entry, source)


class _Appended(Spool):
    """Writes at the end, whatever the position, as Python's mode ``a`` does."""

    def write(self, data: Any) -> int:
        self.seek(0, os.SEEK_END)
        return super().write(data)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)


_WITH_EXCEPT_START = dis.opmap.get("WITH_EXCEPT_START")


def _in_exit() -> bool:
    """Whether some caller is at the end of a ``with`` block that an exception ends.

    That an exception is passing does not tell: it is the same in an ``except`` block that ends well, where a file
    is closed to be kept. What the caller is about to do is written in its code.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_code[frame.f_lasti] == _WITH_EXCEPT_START:
            return True
        frame = frame.f_back
    return False


def _parse(mode: str) -> tuple[str, bool]:
    """The letter of ``mode`` that says what for, and whether the file is one of text."""
    letters = set(mode)
    kinds = letters & set("rwxa")
    if len(letters) != len(mode) or letters - set("rwxabt+") or len(kinds) != 1 or {"b", "t"} <= letters:
        raise ValueError(f"invalid mode: {mode!r}")
    return kinds.pop(), "b" not in letters


def _reader(store: Store, key: str) -> tuple[Any, Entry]:
    """A buffered binary file to read from, and what is known of the object."""
    if Feature.PATH in store.features:
        return _local(store, key)
    if Feature.RANGE in store.features:
        raw = RangeReader(store, key)
        return io.BufferedReader(raw, CHUNK), raw.entry
    body = store.get(key)
    spool = spool_file()
    try:
        for chunk in verified(body, store.label):
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    entry = replace(body.entry, size=spool.tell())
    spool.seek(0)
    return spool, entry


def _local(store: Store, key: str) -> tuple[Any, Entry]:
    """The local file itself: nothing reads it faster, and replaced while it is read it stays what it was."""
    try:
        file = open(store.path(key), "rb", opener=_without_waiting)  # noqa: SIM115 - it is what the caller gets
    except OSError:
        store.head(key)  # raises what this store calls it
        raise
    info = os.fstat(file.fileno())
    if not stat.S_ISREG(info.st_mode):
        file.close()
        raise store.error(NotFound, key)
    return file, Entry(key=key, size=info.st_size)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would wait for a writer; on a file it means nothing
