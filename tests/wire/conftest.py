"""Servers that say what a test wants to hear."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator

import pytest

from holdfast.wire.connection import Patience
from holdfast.wire.dial import Origin
from holdfast.wire.pool import Pool
from holdfast.wire.response import Response
from tests.wire.scripted import Handler, Scripted

Serve = Callable[..., Scripted]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a scripted server that lives as long as the test."""
    with contextlib.ExitStack() as stack:

        def start(handler: Handler, context: ssl.SSLContext | None = None) -> Scripted:
            return stack.enter_context(Scripted(handler, context))

        yield start


class Asker:
    """Asks a scripted server through a pool of its own."""

    def __init__(self, port: int, **options: object) -> None:
        self.pool = Pool(Origin("http", "127.0.0.1", port))
        self.idle = 0.5

    def __call__(self, method: str = "GET", body: object = b"", size: int = 0, **more: object) -> Response:
        headers = {"host": self.pool.origin.netloc, **more.pop("headers", {})}  # type: ignore[dict-item]
        more.setdefault("patience", Patience(self.idle))
        more.setdefault("connect", 2)
        return self.pool.exchange(method, "/", headers, body, size, **more)  # type: ignore[arg-type]


@pytest.fixture
def ask(serve: Serve) -> Iterator[Callable[[Handler], Asker]]:
    """Start a scripted server, and give what asks it."""
    askers: list[Asker] = []

    def start(handler: Handler) -> Asker:
        server = serve(handler)
        asker = Asker(server.port)
        asker.server = server  # type: ignore[attr-defined]
        askers.append(asker)
        return asker

    yield start
    for asker in askers:
        asker.pool.close()
