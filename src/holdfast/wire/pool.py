"""Connections that are kept and used again, in threads and across forks."""

from __future__ import annotations

import atexit
import os
import re
import ssl
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import monotonic

from holdfast.errors import StoreError
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Connection, Patience, Piece, SourceFailedError, Stop
from holdfast.wire.dial import Origin
from holdfast.wire.response import Response

__all__ = ["Pool", "pool_for"]

IDLE_CAP = 32
"""Connections that are kept while nobody uses them. Those in use are never limited: a limit would let readers that
hold a connection stop the writers they wait for."""

IDLE_LIMIT = 30.0
"""Seconds after which an idle connection is not used again; services and the boxes in between forget sooner or
later, and a box that forgets says nothing."""

# What a service says after the handshake of TLS 1.3 (RFC 8446, 6.2).
_WANTS_CERTIFICATE = re.compile(r".*ALERT_(?:CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)").match


class Pool:
    """Idle connections to one origin, last in first out, so that the surplus grows old and goes.

    There is no lock in it: a thread may hold one at the moment of a fork, and then it stays locked in the child for
    ever. What is shared are a dict and deques, whose single operations are atomic. Each process has a deque of its
    own; what a child inherits is closed there without a word on the connection, which the parent goes on using.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._idle: dict[int, deque[Connection]] = {}

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[Piece] = b"",
        size: int = 0,
        *,
        connect: float,
        patience: Patience,
        answer: float | None = None,
        fresh: bool = False,
        stop: Stop | None = None,
    ) -> Response:
        """One request, and the answer as far as its headers. Raises ``Broken``.

        ``connect``: seconds to open a connection in. ``answer``: seconds to wait for the answer after the body went
        out, where that is more than the patience has. ``fresh``: on a new connection. ``stop``: when it is set, the
        exchange ends.
        """
        connection = None if fresh else self._take()
        if connection is None:
            connection = Connection(self.origin, min(connect, max(patience.deadline - monotonic(), 0.001)))
        if stop is not None:
            stop.watch(connection)
        sent = False
        try:
            head = connection.send(method, target, headers, body, size, patience)
            release = self._give if head is None else Connection.close
            if head is None:
                sent = True
                if answer is not None:
                    patience = Patience(max(answer, patience.idle), patience.deadline)
                head = connection.read_head(patience)
            response = Response(connection, method, head, patience, release)
        except SourceFailedError as error:
            connection.close()
            raise error.__cause__ or error from None
        except (OSError, ValueError, EOFError) as error:
            alert = connection.alert() if isinstance(error, (ssl.SSLError, ConnectionError)) else None
            connection.close()
            if isinstance(error, StoreError):
                raise
            raise _explained(connection, alert or error, sent, patience) from error
        except BaseException:
            connection.close()
            raise
        finally:
            if stop is not None:
                stop.forget(connection)
        return response

    def close(self) -> None:
        """Close the idle connections of this process."""
        mine = self._mine()
        while mine:
            try:
                mine.pop().close()
            except IndexError:
                break

    def _take(self) -> Connection | None:
        mine = self._mine()
        oldest = monotonic() - IDLE_LIMIT
        while mine:
            try:
                connection = mine.pop()
            except IndexError:  # another thread was faster
                break
            if connection.idle_since > oldest and not connection.readable():
                return connection
            connection.close()
        return None

    def _give(self, connection: Connection) -> None:
        if connection.pid != os.getpid() or connection.buffer:
            connection.close()
            return
        connection.used = True
        connection.idle_since = monotonic()
        mine = self._mine()
        mine.append(connection)
        if len(mine) > IDLE_CAP:
            with suppress(IndexError):
                mine.popleft().close()

    def _mine(self) -> deque[Connection]:
        pid = os.getpid()
        mine = self._idle.get(pid)
        if mine is None:
            mine = self._idle.setdefault(pid, deque())
            for other in [each for each in self._idle if each != pid]:
                for connection in self._idle.pop(other, ()):
                    connection.close()
        return mine


_pools: dict[Origin, Pool] = {}


@atexit.register
def _close_all() -> None:
    for pool in list(_pools.values()):
        pool.close()


def pool_for(origin: Origin) -> Pool:
    """The pool of this origin, shared by all stores that reach it in the same way."""
    return _pools.get(origin) or _pools.setdefault(origin, Pool(origin))


def _explained(connection: Connection, error: Exception, sent: bool, patience: Patience) -> Broken:  # noqa: FBT001
    where = f"{connection.origin.host}:{connection.origin.port}"
    if isinstance(error, TimeoutError):
        what = "answer" if sent else "take what was sent"
        text = f"{where} did not {what} within {patience.idle:g} s: check its load and the network."
        return Broken(text, sent=sent)
    if isinstance(error, ValueError):
        return Broken(f"{where} gave an answer that makes no sense ({error}): is the endpoint right?", sent=sent)
    if isinstance(error, ssl.SSLError) and _WANTS_CERTIFICATE(error.reason or ""):
        own = "another client certificate" if connection.origin.client_cert else "a client certificate"
        text = f"{where} wants {own} ({error.reason}): check 'client_cert' and 'client_key'."
        return Broken(text, permanent=True)
    silent = not connection.buffer
    text = f"{where} closed the connection {'without an answer' if silent else 'within its answer'}"
    if not isinstance(error, EOFError):
        text += f" ({error})"
    return Broken(f"{text}.", sent=sent, stale=silent and connection.used)
