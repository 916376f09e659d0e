"""One connection: a request goes out, an answer comes in, and no wait is without an end.

What bounds a transfer is its progress and not its length: every ``idle`` seconds spent waiting have to bring 64 KiB
or the rest, so that neither silence nor a trickle of bytes holds anyone up. ``deadline`` bounds an exchange as a
whole where it is small.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from math import inf
from time import monotonic

from holdfast.errors import Corrupt
from holdfast.types import CHUNK
from holdfast.wire.dial import Origin, dial
from holdfast.wire.head import MAX_HEAD, Head, RequestHeaders, parse_head, request_head

__all__ = ["Connection", "Patience", "Piece", "SourceFailedError", "Stop"]

Piece = bytes | memoryview

CONTINUE_WAIT = 1.0
"""Seconds to wait for "100 Continue" before the body goes out anyway: not every server sends it (RFC 9110, 10.1.1).
"""


class SourceFailedError(Exception):
    """What was to be sent could not be read; the ``__cause__`` is the caller's own error, and not the network's."""


class Patience:
    """How long to wait: ``idle`` seconds for 64 KiB, and never beyond ``deadline`` (of ``time.monotonic``)."""

    __slots__ = ("_left", "_moved", "deadline", "idle")

    def __init__(self, idle: float, deadline: float = inf) -> None:
        self.idle = idle
        self.deadline = deadline
        self.renew()

    def renew(self) -> None:
        self._left = self.idle
        self._moved = 0

    def left(self, now: float) -> float:
        """The seconds that the next wait may last. Raises ``TimeoutError`` where there are none."""
        left = min(self._left, self.deadline - now)
        if left <= 0:
            raise TimeoutError
        return left

    def waited(self, seconds: float, count: int) -> None:
        """``seconds`` were waited for ``count`` bytes. Only waiting counts: a slow reader loses nothing."""
        self._left -= seconds
        self._moved += count
        if self._moved >= CHUNK:
            self.renew()


class Stop:
    """Ends the exchanges that other threads are in, at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._live: set[Connection] = set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        self._event.wait(seconds)

    def set(self) -> None:
        self._event.set()
        for connection in list(self._live):
            connection.interrupt()

    def watch(self, connection: Connection) -> None:
        self._live.add(connection)
        if self:  # set between the connecting and this line
            connection.interrupt()

    def forget(self, connection: Connection) -> None:
        self._live.discard(connection)


class Connection:
    """A socket, with what was read from it ahead of its time. Used by one thread at a time."""

    __slots__ = ("_headers", "_poll", "_prefix", "_sock", "buffer", "idle_since", "origin", "pid", "used")

    def __init__(self, origin: Origin, seconds: float) -> None:
        self.origin = origin
        self.pid = os.getpid()
        self.used = False
        self.idle_since = 0.0
        self.buffer = b""
        self._poll: Callable[[int], object] | None = None
        self._sock, self._prefix, self._headers = dial(origin, seconds)

    def close(self) -> None:
        """Let go. In a forked child this closes the child's copy alone; nothing is said on the connection."""
        self._poll = None
        self._sock.close()

    def interrupt(self) -> None:
        """Wake up whoever waits on this connection, in any thread, with an error."""
        if self.pid == os.getpid():
            with suppress(OSError):
                # Of the plain socket underneath: TLS has nothing to say any more.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def readable(self) -> bool:
        """Whether something came or the other side hung up; no waiting. Either way an idle connection that is
        readable is of no use any more."""
        if self.buffer or (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
            return True
        if self._poll is None:
            self._poll = _poll(self._sock)
        return bool(self._poll(0))

    def alert(self) -> ssl.SSLError | None:
        """What TLS was told before the other side hung up; where sending failed, its error does not say so."""
        if isinstance(self._sock, ssl.SSLSocket):
            try:
                self._sock.settimeout(0.05)
                self._sock.recv(1)
            except ssl.SSLEOFError:
                pass
            except ssl.SSLError as error:
                return error
            except OSError:
                pass
        return None

    # ---------------------------------------------------------------- out

    def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[Piece],
        size: int,
        patience: Patience,
    ) -> Head | None:
        """Send a request with a body of ``size`` bytes. Gives the head of an answer that came before the body was
        all sent: the rest of the body is kept back then, and the connection cannot be used any further."""
        if self._headers:
            headers = RequestHeaders({**headers, **self._headers})
        head = request_head(method, f"{self._prefix}{target}", headers, size)
        if isinstance(body, bytes):
            if len(body) <= CHUNK and "expect" not in headers:
                self._send(memoryview(bytes(head) + body), patience)
                return None
            body = _pieces(body)
        self._send(head, patience)
        if "expect" in headers and (early := self._await_continue(patience)):
            return early
        return self._send_body(body, size, patience)

    def _await_continue(self, patience: Patience) -> Head | None:
        wait = Patience(min(CONTINUE_WAIT, patience.idle), patience.deadline)
        try:
            while (early := self._read_head(wait)).status not in (100, 101):
                if early.status >= 200:
                    return early
        except TimeoutError:
            pass
        return None

    def _send_body(self, chunks: Iterable[Piece], size: int, patience: Patience) -> Head | None:
        sent = 0
        for chunk in _guarded(chunks):
            sent += len(chunk)
            if sent > size:
                break
            if sent > len(chunk) and self.readable() and (early := self._early()):
                return early
            try:
                self._send(chunk, patience)
            except (ConnectionError, ssl.SSLError):
                # The service said no and hung up: what it said may be here already.
                if early := self._early():
                    return early
                raise
        if sent != size:
            raise Corrupt(
                f"The source has {'more' if sent > size else 'fewer'} bytes than the {size:,} it announced."
            )
        return None

    def _early(self) -> Head | None:
        """The head of an answer that is here already, if there is one; hardly any waiting."""
        try:
            return self.read_head(Patience(0.05))
        except (OSError, ValueError, EOFError):
            return None

    def _send(self, data: Piece, patience: Patience) -> None:
        for start in range(0, len(data), CHUNK):
            # The time limit of sendall is one for all that it is given.
            self._sock.settimeout(patience.left(monotonic()))
            self._sock.sendall(data if len(data) <= CHUNK else data[start : start + CHUNK])

    # ---------------------------------------------------------------- in

    def read_head(self, patience: Patience) -> Head:
        """The head of the final answer; interim ones (1xx) are passed over. Raises ``EOFError`` where the
        connection was closed before a byte came."""
        while True:
            head = self._read_head(patience)
            if head.status >= 200:
                return head
            if head.status == 101:
                raise ValueError("the service changes the protocol")

    def _read_head(self, patience: Patience) -> Head:
        data = self.buffer
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > MAX_HEAD:
                raise ValueError(f"headers of more than {MAX_HEAD:,} bytes")
            if data and not b"HTTP/1.".startswith(data[:7]):
                raise ValueError(f"not an HTTP/1.1 answer: {data[:60]!r}")
            self.buffer = data
            more = self.receive(patience)
            if not more:
                raise ConnectionError("it was closed within an answer") if data else EOFError
            data += more
        self.buffer = data[end + 4 :]
        return parse_head(data[:end])

    def receive(self, patience: Patience) -> bytes:
        """What comes next, at most 64 KiB; nothing at the end of the connection."""
        began = monotonic()
        self._sock.settimeout(patience.left(began))
        try:
            data = self._sock.recv(CHUNK)
        except ssl.SSLEOFError:  # closed without TLS's own good-bye: how much was to come, the length tells
            return b""
        patience.waited(monotonic() - began, len(data))
        return data


def _guarded(chunks: Iterable[Piece]) -> Iterator[Piece]:
    try:
        yield from chunks
    except Exception as error:
        raise SourceFailedError from error


def _pieces(data: bytes) -> Iterator[Piece]:
    view = memoryview(data)
    for start in range(0, len(data), CHUNK):
        yield view[start : start + CHUNK]


def _poll(sock: socket.socket) -> Callable[[int], object]:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return poll.poll
    return lambda _: select.select([sock], [], [], 0)[0]  # Windows
