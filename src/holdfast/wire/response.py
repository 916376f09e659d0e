"""An answer: its status, its headers, and its body up to the very last byte."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from holdfast.types import CHUNK
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Connection, Patience
from holdfast.wire.head import Head

__all__ = ["Response"]

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?").fullmatch


class Response:
    """The answer to one request. Its connection goes back to where it came from when the body is read out, and is
    dropped if it never is: whoever does not read to the end calls ``close``.

    A body that is shorter than announced is ``Broken``, never silence (RFC 9112, 6.3).
    """

    __slots__ = ("_chunked", "_connection", "_held", "_left", "_patience", "_release", "headers", "status")

    def __init__(
        self,
        connection: Connection,
        method: str,
        head: Head,
        patience: Patience,
        release: Callable[[Connection], object],
    ) -> None:
        self.status = head.status
        self.headers = head.headers
        self._connection: Connection | None = connection
        self._patience = patience
        keep = head.version == "HTTP/1.1" and "close" not in head.headers.get("connection", "").lower()
        self._release = release if keep else Connection.close
        self._chunked, self._left = _framing(method, head)
        if not self._chunked and self._left is None:
            self._release = Connection.close  # the end of the connection is the end of the body
        self._held = b""
        patience.renew()
        if self._left is not None and len(connection.buffer) >= self._left:
            # All of it came with the headers, or there is nothing: the connection is free at once.
            self._held, connection.buffer = connection.buffer[: self._left], connection.buffer[self._left :]
            self._left = 0
            self._done()

    def __iter__(self) -> Iterator[bytes]:
        """The body, in chunks of at most 64 KiB. Raises ``Broken``; the connection is dropped then."""
        if self._held:
            held, self._held = self._held, b""
            yield held
            return
        chunks = self._chunks() if self._chunked else self._plain()
        try:
            yield from chunks
        except (OSError, ValueError, EOFError) as error:
            connection = self._connection
            where = f"{connection.origin.host}:{connection.origin.port}" if connection else "the service"
            if isinstance(error, TimeoutError):
                text = f"{where} stopped sending within an answer: check its load and the network."
            else:
                text = f"The connection to {where} broke within an answer ({error})."
            raise Broken(text, sent=True) from error
        finally:
            self.close()

    def read(self, limit: int) -> bytes:
        """The whole body. One of more than ``limit`` bytes is ``Broken``: nobody asked for so much."""
        if self._connection is None and len(self._held) <= limit:
            return self._held
        parts: list[bytes] = []
        for chunk in self:
            limit -= len(chunk)
            if limit < 0:
                self.close()
                raise Broken("The answer is longer than any that this request has.", sent=True)
            parts.append(chunk)
        return b"".join(parts)

    def close(self) -> None:
        """Drop the connection, unless the body was read to its end and it went back already."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    # ---------------------------------------------------------------- how the body comes

    def _done(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._release(connection)

    def _receive(self) -> bytes:
        connection = self._connection
        if connection is None:
            raise ConnectionError("it is closed already")
        if connection.pid != os.getpid():
            raise ConnectionError("it belongs to the process from which this one was forked")
        if data := connection.buffer:
            connection.buffer = b""
            return data
        return connection.receive(self._patience)

    def _plain(self) -> Iterator[bytes]:
        while self._left != 0:
            data = self._receive()
            if self._left is None:
                if not data:
                    break
            elif not data:
                raise ConnectionError(f"{self._left:,} bytes are missing")
            else:
                data = self._cut(data, self._left)
                self._left -= len(data)
                if self._left == 0:
                    self._done()
            yield data
        self._done()

    def _cut(self, data: bytes, size: int) -> bytes:
        """The first ``size`` bytes; the rest is kept, and makes the connection useless after this answer."""
        if len(data) > size and self._connection is not None:
            self._connection.buffer = data[size:]
            return data[:size]
        return data

    def _chunks(self) -> Iterator[bytes]:
        """A body in chunks (RFC 9112, 7.1); extensions and trailers are passed over."""
        while True:
            match = _CHUNK_SIZE(self._line())
            if match is None:
                raise ValueError("a chunk has no size")
            left = int(match[1], 16)
            if left == 0:
                break
            while left:
                data = self._receive()
                if not data:
                    raise ConnectionError("the last chunk is missing")
                data = self._cut(data, left)
                left -= len(data)
                yield data
            if self._line():
                raise ValueError("a chunk has another length than it says")
        while self._line():
            pass
        self._left = 0
        self._chunked = False
        self._done()

    def _line(self) -> bytes:
        data = b""
        while (end := data.find(b"\r\n")) < 0:
            more = self._receive()
            if not more or len(data) > CHUNK:
                raise ConnectionError("the last chunk is missing")
            data += more
        if self._connection is not None:
            self._connection.buffer = data[end + 2 :]
        return data[:end]


def _framing(method: str, head: Head) -> tuple[bool, int | None]:
    """Whether the body comes in chunks, and how long it is where that is known (RFC 9112, 6.3).

    Raises ``ValueError`` for what two readers could understand in two ways.
    """
    coding = head.headers.get("transfer-encoding")
    length = head.headers.get("content-length")
    if coding is not None and (coding.lower() != "chunked" or length is not None):
        raise ValueError("its length cannot be made out")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise ValueError(f"its Content-Length is {length!r}")
    if method == "HEAD" or head.status in (204, 304):
        return False, 0
    if coding is not None:
        return True, None
    return False, None if length is None else int(length)
