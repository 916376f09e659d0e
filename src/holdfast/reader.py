"""Reading an object piece by piece, as a raw stream of Python's ``io``."""

from __future__ import annotations

import io
from typing import Any

from holdfast.ahead import WINDOW, Ahead, is_strong, same_version
from holdfast.digests import Verifier
from holdfast.errors import Changed, Unavailable
from holdfast.store import Store
from holdfast.types import CHUNK, Body, Read

__all__ = ["RangeReader"]

FIRST = CHUNK
"""Bytes that opening brings, and every read at a new place: small, since random access needs little."""
LARGEST = 8 * 1024 * 1024
"""Bytes of one request at the most, however long a file is read on; it is the memory an open file needs."""
GROWTH = 4


class RangeReader(io.RawIOBase):
    """An object as a seekable raw stream that holds no connection: each request is read to its end at once.

    Opening costs one request, which brings the entry and the first window. Windows grow while reading goes on in
    order, and are small again after a jump. All of them are of one version of the object: what was replaced in
    between raises ``Changed``. An object read in order from beginning to end is checked against its digest, and
    ``Corrupt`` is raised before its last window is handed out.
    """

    def __init__(self, store: Store, key: str) -> None:
        super().__init__()
        self._store = store
        self._key = key
        self._position = 0
        self._start = 0
        self._window = memoryview(b"")
        self._next = FIRST
        self._ahead: Ahead | None = None
        with store.get(key, Read(end=FIRST)) as body:
            self.entry = body.entry
            data = body.read()
        if self.entry.size is None:
            raise store.unsupported("be read in ranges: it does not say how large an object is", key)
        self.size: int = self.entry.size
        self._verifier: Verifier | None = Verifier(self.entry, store.label)
        # Most large files are not read to their end, and hashing their beginning would cost more than fetching it.
        self._unhashed = data if len(data) < self.size else b""
        self._arrived(0, min(FIRST, self.size), data)
        self._window = memoryview(data)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if position < 0:
            raise ValueError(f"negative seek position {position}")
        self._position = position
        return position

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        if self._position >= self.size or not target:
            return 0
        if not self._held():
            size = 0 if self._goes_on() else self._size_of_next(len(target))
            if size and self._store.read_ahead and max(size, len(target)) > WINDOW:
                self._begin(self._position + len(target) if self._next < WINDOW else self.size)
            if self._goes_on():
                self._next_chunk()
            elif len(target) > size:
                return self._fetch_into(target[: self.size - self._position])
            else:
                self._fetch_window(size)
        offset = self._position - self._start
        piece = self._window[offset : offset + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        held = bytes(self._window[self._position - self._start :]) if self._held() else b""
        start = self._position + len(held)
        rest = self._rest(start) if start < self.size else b""
        self._position = max(self._position, self.size)
        return held + rest if held else rest

    def close(self) -> None:
        self._stop()
        self._window = memoryview(b"")
        super().close()

    def _held(self) -> bool:
        return self._start <= self._position < self._start + len(self._window)

    def _size_of_next(self, wanted: int) -> int:
        """The size of the next request: growing in order, small after a jump, and never less than is wanted."""
        in_order = self._position == self._start + len(self._window)
        if not in_order:
            self._stop()
        self._next = min(self._next * GROWTH, LARGEST) if in_order else FIRST
        return max(self._next, min(wanted, LARGEST))

    def _fetch_window(self, size: int) -> None:
        # Near the end the whole tail is taken: archives keep their directory there, and read it backwards.
        start = self._position
        if self._next == FIRST:
            start = max(0, min(start, self.size - size))
        self._window = memoryview(b"")  # the old one goes before the new one comes: one window of memory, not two
        self._window = memoryview(self._fetch(start, min(start + size, self.size)))
        self._start = start

    def _goes_on(self) -> bool:
        """Whether what comes next was asked for already."""
        return self._ahead is not None and self._ahead.position == self._position < self._ahead.end

    def _begin(self, end: int) -> None:
        """Fetch ahead from here: at once, as far as one read wants; or little by little, to the object's end."""
        self._stop()
        end = min(end, self.size)
        self._ahead = Ahead(self._store, self.entry, self._position, end, eager=end < self.size)

    def _next_chunk(self) -> None:
        """The next chunk of those that are fetched ahead is the window now."""
        assert self._ahead is not None  # noqa: S101
        self._window = memoryview(b"")
        chunk = next(self._ahead)
        self._arrived(self._position, len(chunk), chunk)
        self._window = memoryview(chunk)
        self._start = self._position

    def _rest(self, start: int) -> bytes:
        """All from here to the end."""
        if not self._store.read_ahead or self.size - start <= WINDOW:
            return self._fetch(start, self.size)
        ahead = self._ahead
        if ahead is None or ahead.position != start or ahead.end != self.size:
            self._stop()
            ahead = self._ahead = Ahead(self._store, self.entry, start, eager=True)
        chunks: list[bytes] = []
        for chunk in ahead:
            self._arrived(start, len(chunk), chunk)
            start += len(chunk)
            chunks.append(chunk)
        return b"".join(chunks)

    def _stop(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()

    def _fetch_into(self, target: memoryview) -> int:
        """Straight into the caller's memory, with no window in between."""
        start = self._position
        filled = 0
        with self._body(start, start + len(target)) as body:
            for chunk in body:
                target[filled : filled + len(chunk)] = chunk
                filled += len(chunk)
                self._verify(start + filled - len(chunk), chunk)
        self._complete(start, len(target), filled)
        self._position = self._start = start + filled
        self._window = memoryview(b"")
        return filled

    def _fetch(self, start: int, end: int) -> bytes:
        with self._body(start, end) as body:
            data = body.read()
        self._arrived(start, end - start, data)
        return data

    def _body(self, start: int, end: int) -> Body:
        etag = self.entry.etag if is_strong(self.entry.etag) else None
        body = self._store.get(self._key, Read(start=start, end=end, etag=etag))
        if not same_version(body.entry, self.entry):
            body.close()
            raise self._store.error(Changed, self._key)
        return body

    def _arrived(self, start: int, expected: int, data: bytes) -> None:
        self._verify(start, data)
        self._complete(start, expected, len(data))

    def _verify(self, start: int, data: bytes) -> None:
        """Follow the bytes while they come in order; after a jump there is no whole to check."""
        if self._verifier is None or data is self._unhashed:
            return
        if start == len(self._unhashed):
            self._verifier.update(self._unhashed)
        self._unhashed = b""
        if start == self._verifier.position:
            self._verifier.update(data)
        else:
            self._verifier = None

    def _complete(self, start: int, expected: int, got: int) -> None:
        if got != expected:
            message = (
                f"{self._key!r} in {self._store.label}: {got:,} bytes came from {start:,} on, not {expected:,}."
            )
            raise self._store.error(Unavailable, self._key, message)
        if self._verifier is not None and self._verifier.position == self.size:
            self._verifier.finish()
            self._verifier = None
