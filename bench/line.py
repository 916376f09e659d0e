"""A line with a length and a width: each connection waits for its round trips and carries so many bytes a second.

It stands before a server in a process of its own, so that what it costs is not the client's. It knows nothing of
HTTP: every byte arrives half a round trip later, the first one after the round trip of TCP's handshake besides.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from queue import Queue

__all__ = ["line"]

PIECE = 128 * 1024
"""Bytes that are passed on at a time."""

HELD = 16
"""Pieces on their way at most: 2 MiB, more than a connection carries in half a round trip."""


@contextmanager
def line(host: str, port: int, *, round_trip: float, rate: float) -> Iterator[str]:
    """The endpoint of a line to a server. ``round_trip``: seconds. ``rate``: bytes a second, each way."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, (host, port), round_trip, rate), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _serve(told: Connection, upstream: tuple[str, int], round_trip: float, rate: float) -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        told.send(listener.getsockname()[1])
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(upstream)
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened = time.monotonic() + round_trip
            _way(client, server, opened, round_trip / 2, rate)
            _way(server, client, opened, round_trip / 2, rate)


def _way(start: socket.socket, end: socket.socket, opened: float, delay: float, rate: float) -> None:
    """One direction: a thread that takes, and one that hands on when it is time."""
    pieces: Queue[tuple[float, bytes]] = Queue(HELD)

    def take() -> None:
        data = b"."
        while data:
            try:
                data = start.recv(PIECE)
            except OSError:
                data = b""
            pieces.put((max(time.monotonic(), opened) + delay, data))

    def hand_on() -> None:
        free = 0.0
        while True:
            due, data = pieces.get()
            free = max(free, due) + len(data) / rate
            if (wait := free - time.monotonic()) > 0:
                time.sleep(wait)
            try:
                if not data:
                    end.shutdown(socket.SHUT_WR)
                    return
                end.sendall(data)
            except OSError:
                with suppress(OSError):
                    start.shutdown(socket.SHUT_RDWR)
                while pieces.get()[1]:
                    pass
                return

    for work in (take, hand_on):
        threading.Thread(target=work, daemon=True).start()
