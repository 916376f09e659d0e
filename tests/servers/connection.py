"""One client's connection through the proxy, and the connection to the server that belongs to it."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
import time
from typing import TYPE_CHECKING, NoReturn

from tests.servers.exchange import Exchange, HangUp
from tests.servers.http1 import Stream

if TYPE_CHECKING:
    from tests.servers.proxy import Proxy

LINGER = 1.0
"""Seconds a closing connection waits for the client to take its bytes and close too."""

CLOSING = getattr(select, "POLLRDHUP", select.POLLHUP)
GONE = select.POLLHUP | select.POLLERR | CLOSING


class Connection:
    """The thread of one client: request after request, until one side hangs up.

    The connection to the server is opened for the first request that needs it, kept as long as the client's
    and closed with it: the client sees the server's keep-alive as if the proxy were not there.
    """

    def __init__(self, proxy: Proxy, sock: socket.socket, number: int) -> None:
        self.proxy = proxy
        self.number = number
        self.client = Stream(sock)
        self.idle = True
        """Waiting for a request."""
        self.answered = True
        """The last bytes of the answer are on their way, or the client has them already."""
        self._cut = False
        self._upstream: Stream | None = None
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    @property
    def upstream(self) -> Stream:
        if self._upstream is None:
            sock = socket.create_connection(self.proxy.upstream)
            self._upstream = Stream(sock)
            self._poll.register(sock, select.POLLIN)
            if self._cut:  # while we connected
                raise HangUp
        return self._upstream

    def run(self) -> None:
        try:
            self.proxy.travel()  # the handshake of TCP is a round trip too
            while self._await_request() and (head := self.client.head()):
                self.idle = self.answered = False
                if not Exchange(self, head).run():
                    break
                self.idle = True
        except (OSError, HangUp):
            pass  # one side is gone: so is the other
        finally:
            self.client.close()
            if self._upstream is not None:
                self._upstream.close()

    def client_speaks(self) -> bool:
        """Wait until one side speaks or hangs up; whether it is the client. At a draw it is the server."""
        if self.client.buffered:
            return not self._ready(0) - {self.client.sock.fileno()}
        return self._ready(None) == {self.client.sock.fileno()}

    def client_is_gone(self) -> bool:
        looking = select.poll()
        looking.register(self.client.sock, CLOSING)
        return any(event & GONE for _, event in looking.poll(0))

    def end(self) -> NoReturn:
        """Close towards the client in all propriety, after all that was sent."""
        self.client.sock.shutdown(socket.SHUT_WR)
        self.client.sock.settimeout(LINGER)
        while self.client.sock.recv(4096):
            pass  # unread bytes would turn the close into a reset
        raise HangUp

    def reset(self) -> NoReturn:
        """Reset the connection to the client, once it has received what was sent before."""
        deadline = time.monotonic() + LINGER
        while self._unacknowledged() and time.monotonic() < deadline:
            time.sleep(0.001)
        self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.sock.close()
        raise HangUp

    def cut(self) -> None:
        """End everything from another thread: the one that serves us wakes up and closes."""
        self._cut = True
        for stream in (self.client, self._upstream):
            if stream is not None:
                stream.shut()

    def forget(self) -> None:
        """In a forked child: give back the copies of the sockets without a word to the peers."""
        for stream in (self.client, self._upstream):
            if stream is not None:
                stream.sock.close()

    def _await_request(self) -> bool:
        """Wait for the next request; False when the server hangs up first, as it does after a while."""
        return self.client.buffered or self.client.sock.fileno() in self._ready(None)

    def _ready(self, timeout: float | None) -> set[int]:
        return {descriptor for descriptor, _ in self._poll.poll(timeout)}

    def _unacknowledged(self) -> int:
        """Bytes the client's side of the network has not taken yet."""
        answer = fcntl.ioctl(self.client.sock, termios.TIOCOUTQ, bytes(4))
        size: int = struct.unpack("i", answer)[0]
        return size
