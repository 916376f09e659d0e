"""A proxy before an HTTP server that counts what passes and lets go wrong what shall go wrong."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.servers.connection import Connection
from tests.servers.faults import Drawn, Fault, Kind, Match, Plan, Planned, Storm
from tests.servers.http1 import Request
from tests.servers.process import reserve_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

__all__ = ["Counted", "Fault", "Planned", "Proxy", "Request", "Storm"]

BACKLOG = 128


@dataclass(frozen=True)
class Counted:
    """The requests of one `counting` block, also while it lasts."""

    _all: list[Request]
    _start: int
    _stop: list[int]

    @property
    def requests(self) -> list[Request]:
        return self._all[self._start : self._stop[0] if self._stop else None]

    @property
    def count(self) -> int:
        return len(self.requests)

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.requests]

    @property
    def statuses(self) -> list[int | None]:
        return [request.status for request in self.requests]

    @property
    def faults(self) -> list[str]:
        """The faults that struck, in the order of their requests."""
        return [request.fault for request in self.requests if request.fault]

    @property
    def sent(self) -> int:
        """Bytes of all request bodies."""
        return sum(request.sent for request in self.requests)

    @property
    def received(self) -> int:
        """Bytes of all answers' bodies."""
        return sum(request.received for request in self.requests)

    @property
    def connections(self) -> int:
        """How many connections carried these requests."""
        return len({request.connection for request in self.requests})


class Proxy:
    """Stands before a plain-http server on a free loopback port, for the length of a `with` block.

    Every connection is a thread of this process, which does little more than receive and send. Requests are
    forwarded as they are, Host header included: a client signs them for `endpoint`, and the server believes it.
    """

    def __init__(self, upstream_host: str, upstream_port: int, *, delay: float = 0) -> None:
        self.upstream = (upstream_host, upstream_port)
        self._usual_delay = self.delay = delay
        """Seconds that each round trip takes, the one that opens a connection included."""
        self.host, self.port = "127.0.0.1", 0
        self.release = threading.Event()
        self._plan = Plan()
        self._requests: list[Request] = []
        self._connections: dict[Connection, threading.Thread] = {}
        self._number = 0
        self._lock = threading.Lock()
        self._reserved: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    # --- running

    def start(self) -> None:
        self._reserved = reserve_port()
        self.port = self._reserved.getsockname()[1]
        self._listen()
        _running.add(self)

    def stop(self) -> None:
        """Cut every connection and wait for every thread. Twice does no harm."""
        self._deafen()
        self._cut()
        if self._reserved is not None:
            self._reserved.close()
        _running.discard(self)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- counting

    @property
    def requests(self) -> list[Request]:
        """All requests since the start or the last reset, in the order of their arrival."""
        return list(self._requests)

    @contextlib.contextmanager
    def counting(self) -> Iterator[Counted]:
        """Count the requests that arrive in the block."""
        stop: list[int] = []
        counted = Counted(self._requests, len(self._requests), stop)
        try:
            yield counted
        finally:
            stop.append(len(counted._all))

    def reset(self) -> None:
        """Forget requests and faults, return to the first delay, and let go whom a fault still holds.

        Connections stay open.
        """
        with self._lock:
            self._plan = Plan()
            self._requests = []
            self.delay = self._usual_delay
            self.release.set()
            self.release = threading.Event()

    # --- faults

    def plan(self, *faults: Fault) -> None:
        """Let these faults happen. A request takes the first one that still waits for its like.

        Those that skip, and those behind the one that is taken, wait for later requests.
        """
        self._plan.add(faults)

    def storm(self, rate: float, kinds: Sequence[Kind | Fault], seed: int, match: Match = None) -> Storm:
        """From now on let each matching request meet, with a probability of `rate`, one of these faults."""
        self._plan.storm = Storm(rate, kinds, seed, match)
        return self._plan.storm

    def calm(self) -> None:
        """End the storm. What was planned stays planned."""
        self._plan.storm = None

    def unfired(self) -> list[Planned]:
        """The planned faults that have not happened as often as they should."""
        return self._plan.unfired()

    def assert_all_fired(self) -> None:
        """Fail if a test has planned a fault that never came: it has not tested what it says."""
        if unfired := self.unfired():
            raise AssertionError("planned faults that did not happen:\n" + "\n".join(map(repr, unfired)))

    def drop_idle(self) -> None:
        """Close the connections on which no request is under way, as servers do with old ones."""
        with self._lock:
            answered = [connection for connection in self._connections if connection.answered]
        for connection in answered:
            # The client may have its answer a moment before we have gone back to waiting.
            wait_until(lambda: connection.idle, 5, "an answer to be sent")  # noqa: B023 - called at once
            connection.cut()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Be gone for the block: connections are cut, new ones refused. The port stays ours."""
        self._deafen()
        self._cut()
        try:
            yield
        finally:
            self._listen()

    # --- for the connections

    def arrived(self, request: Request) -> Drawn | None:
        """List a request, and say what shall befall it."""
        with self._lock:
            self._requests.append(request)
            return self._plan.draw(request)

    def travel(self) -> None:
        """Take the time of one round trip."""
        if self.delay:
            time.sleep(self.delay)

    # --- listening

    def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(BACKLOG)
        except BaseException:
            listener.close()
            raise
        self._listener = listener
        self._accepting = threading.Thread(target=self._accept, args=(listener,), name="proxy", daemon=True)
        self._accepting.start()

    def _deafen(self) -> None:
        if self._listener is None or self._accepting is None:
            return
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._accepting.join()
        self._listener.close()
        self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if drawn := self._plan.draw(None):
                drawn.fire()
                sock.close()
                continue
            with self._lock:
                self._number += 1
                connection = Connection(self, sock, self._number)
                thread = threading.Thread(
                    target=self._serve, args=(connection,), name=f"proxy {self._number}", daemon=True
                )
                self._connections[connection] = thread
                thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            with self._lock:
                self._connections.pop(connection, None)

    def _cut(self) -> None:
        with self._lock:
            self.release.set()
            self.release = threading.Event()
            connections = dict(self._connections)
        for connection, thread in connections.items():
            connection.cut()
            thread.join()


_running: weakref.WeakSet[Proxy] = weakref.WeakSet()


def _forget_in_child() -> None:
    """A forked child must not hold copies of our sockets: the peers would not see us close them."""
    for proxy in list(_running):
        for connection in list(proxy._connections):
            connection.forget()
        if proxy._listener is not None:
            proxy._listener.close()
        if proxy._reserved is not None:
            proxy._reserved.close()


os.register_at_fork(after_in_child=_forget_in_child)
