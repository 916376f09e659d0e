"""A server that answers with whatever bytes a test says, and keeps what it was sent."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Handler = Callable[["Talk"], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Talk:
    """One connection, from the server's side. ``number`` counts from 1."""

    def __init__(self, sock: socket.socket, number: int, done: threading.Event) -> None:
        self.sock = sock
        self.number = number
        self.done = done
        self._buffer = b""

    def head(self) -> bytes:
        """The next request's head; empty where the client has hung up."""
        while b"\r\n\r\n" not in self._buffer:
            data = self.sock.recv(65536)
            if not data:
                return b""
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def body(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = self.sock.recv(65536)
            if not data:
                break
            self._buffer += data
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body

    def say(self, data: bytes) -> None:
        self.sock.sendall(data)

    def hold(self) -> None:
        """Neither say anything nor hang up, until the test is over."""
        self.done.wait(30)


class Scripted:
    """Listens on a loopback port; each connection is a thread that does what ``handler`` says, then hangs up."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._context = context
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []
        self._socks: list[socket.socket] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        for sock in self._socks:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._socks.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            self._handler(Talk(sock, number, self._done))
        except OSError:
            pass  # the client went away, as it may
        finally:
            sock.close()


def answering(*answers: bytes) -> Handler:
    """Answer each request of a connection with the next of these, and hang up after the last."""

    def handler(talk: Talk) -> None:
        for answer in answers:
            if not talk.head():
                return
            talk.say(answer)

    return handler


def for_ever(answer: bytes = OK) -> Handler:
    def handler(talk: Talk) -> None:
        while talk.head():
            talk.say(answer)

    return handler
