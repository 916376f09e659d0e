"""As much of HTTP/1.1 as a proxy needs: where heads end and how long bodies are."""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass, field

BUFFER = 256 * 1024
"""Bytes read at once, and the longest head there may be."""

FRAMING_FIELDS = re.compile(
    rb"\r\n(content-length|transfer-encoding|connection|expect)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE
)

Spans = list[tuple[int, int]]
"""Where in a block of wire bytes the bytes of the body itself are."""


@dataclass(slots=True)
class Request:
    """One request as it passed the proxy.

    It is listed when its head has arrived, and its numbers run ahead of the bytes they count: when the client
    has its answer, they are final.
    """

    method: str
    target: str
    connection: int
    """The number of the client's connection, from 1."""
    head: bytes = field(repr=False)
    status: int | None = None
    """What the client was told; None if no answer has begun."""
    upstream_status: int | None = None
    """What the server said, even if the client never heard it."""
    sent: int = 0
    """Bytes of body from the client."""
    received: int = 0
    """Bytes of body passed to the client (which need not have read them all)."""
    fault: str | None = None
    """The kind of the fault that befell it."""

    @classmethod
    def parse(cls, head: bytes, connection: int) -> Request:
        method, target, _ = head[: head.index(b"\r\n")].decode("latin-1").split(" ", 2)
        return cls(method=method, target=target, connection=connection, head=head)

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, names in lower case."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.split(":", 1) for line in lines if ":" in line)
        return {name.strip().lower(): value.strip() for name, value in pairs}


def framing_fields(head: bytes) -> dict[bytes, bytes]:
    """The few headers that decide about bodies and the connection, all in lower case."""
    return {name.lower(): value.strip().lower() for name, value in FRAMING_FIELDS.findall(head)}


def request_body(fields: dict[bytes, bytes]) -> Sized | Chunked:
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return Chunked()
    return Sized(int(fields.get(b"content-length", 0)))


def response_body(method: str, status: int, fields: dict[bytes, bytes]) -> Sized | Chunked | UntilEnd:
    if method == "HEAD" or status in (204, 304):
        return Sized(0)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return Chunked()
    if b"content-length" in fields:
        return Sized(int(fields[b"content-length"]))
    return UntilEnd()


class Sized:
    """A body of a declared length."""

    def __init__(self, length: int) -> None:
        self.length: int | None = length
        self._left = length

    @property
    def done(self) -> bool:
        return self._left == 0

    def scan(self, block: memoryview) -> tuple[int, Spans]:
        """How much of `block` belongs to the message, and which of it is body."""
        size = min(len(block), self._left)
        self._left -= size
        return size, [(0, size)]


class UntilEnd:
    """A body that lasts until the connection ends."""

    length = None
    done = False

    def scan(self, block: memoryview) -> tuple[int, Spans]:
        return len(block), [(0, len(block))]


class Chunked:
    """A body in chunks, each behind a line with its size; a block may end anywhere, even inside a line."""

    length = None

    def __init__(self) -> None:
        self.done = False
        self._left = 0
        self._line = b""
        self._after_data = False
        self._in_trailer = False

    def scan(self, block: memoryview) -> tuple[int, Spans]:
        spans: Spans = []
        at = 0
        while at < len(block) and not self.done:
            if self._left:
                stop = min(len(block), at + self._left)
                spans.append((at, stop))
                self._left -= stop - at
                at = stop
            else:
                at += self._read_line(bytes(block[at : at + 512]))
        return at, spans

    def _read_line(self, piece: bytes) -> int:
        end = piece.find(b"\n") + 1
        if not end:
            self._line += piece
            return len(piece)
        line = (self._line + piece[:end]).strip()
        self._line = b""
        if self._in_trailer:
            self.done = not line
        elif self._after_data:
            self._after_data = False
        elif size := int(line.split(b";")[0], 16):
            self._left = size
            self._after_data = True
        else:
            self._in_trailer = True
        return end


Body = Sized | Chunked | UntilEnd


class Stream:
    """A socket with a buffer of fixed size, read without copying."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0

    @property
    def buffered(self) -> bool:
        return self._start < self._end

    def head(self) -> bytes:
        """The next head with its empty line; empty when the connection ended instead."""
        while True:
            end = self._buffer.find(b"\r\n\r\n", self._start, self._end) + 4
            if end >= 4:
                head = bytes(self._view[self._start : end])
                self._start = end
                return head
            if not self._fill():
                return b""

    def block(self) -> memoryview:
        """The bytes at hand, at least one unless the connection has ended. They stay until consumed."""
        if not self.buffered:
            self._fill()
        return self._view[self._start : self._end]

    def consume(self, size: int) -> None:
        self._start += size

    def _fill(self) -> bool:
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end == BUFFER:
            rest = bytes(self._view[self._start : self._end])
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
            if self._end == BUFFER:
                raise ValueError(f"a head of more than {BUFFER} bytes")
        size = self.sock.recv_into(self._view[self._end :])
        self._end += size
        return size > 0

    def shut(self) -> None:
        """End the connection: our own thread that reads it wakes up, and a forked copy cannot keep it open."""
        with contextlib.suppress(OSError):  # the peer was faster, or the socket is closed already
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.shut()
        self.sock.close()
