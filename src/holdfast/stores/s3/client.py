"""Requests to one bucket: where they go, how they are signed, and what becomes of those that fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from holdfast.errors import Corrupt, Denied, Refused, StoreError, Unavailable
from holdfast.stores.s3.errors import error_of, failure_in
from holdfast.types import CHUNK
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Patience, Piece, Stop
from holdfast.wire.credentials import Provider
from holdfast.wire.dial import Origin
from holdfast.wire.head import RequestHeaders
from holdfast.wire.headers import retry_after, time_of
from holdfast.wire.pool import pool_for
from holdfast.wire.response import Response
from holdfast.wire.retry import Attempts, Failed
from holdfast.wire.sigv4 import EMPTY_PAYLOAD, Signer, canonical_query, encode_path

__all__ = ["Call", "Client", "Limits", "drained"]

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of the longest document that is read whole: a page of a listing, with a thousand long keys."""

LARGE = 1024 * 1024
"""Bytes from which on a body waits for the service's go-ahead."""

PACE = 4 * 1024 * 1024
"""Bytes a second that a service writes at the least: what came has to be in several places before it answers."""

SLOW = 256 * 1024
"""Bytes a second of a slow line, over which there is still time to try again."""

LONGEST_WAIT = 120.0
"""Seconds for the answer to a body, however large."""

SKEW = 300
"""Seconds by which two clocks have to differ before a refusal is put down to them; S3 itself allows 900."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long a request may take: ``connect`` and ``idle`` seconds for each attempt, ``total`` for a small one
    with all its ``attempts``."""

    connect: float
    idle: float
    total: float
    attempts: int


@dataclass(slots=True)
class Call:
    """One request. A body that is not ``bytes`` is a function that begins it anew for each attempt.

    ``key`` is the object, or ``None`` for the bucket itself. ``answer``: seconds for the answer, if more than
    usual. ``bulk``: what comes back is as long as it is, so the total time does not bound it.
    """

    method: str
    key: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Callable[[], Iterable[Piece]] = b""
    size: int = 0
    payload_hash: str = EMPTY_PAYLOAD
    accept: tuple[int, ...] = (200, 204, 206)
    answer: float | None = None
    bulk: bool = False
    stop: Stop | None = None


class Client:
    """Sends requests to one bucket and translates what goes wrong. Shared between threads; pickles."""

    def __init__(
        self,
        *,
        label: str,
        origin: Origin,
        bucket: str,
        base: str,
        signer: Signer,
        provider: Provider,
        limits: Limits,
        missing_when_denied: bool,
    ) -> None:
        self.label = label
        self.origin = origin
        self.base = base
        self._bucket = bucket
        self.signer = signer
        self.provider = provider
        self.limits = limits
        self.missing_when_denied = missing_when_denied
        self._host = origin.netloc

    def path_of(self, key: str | None) -> str:
        """The path of an object, or of the bucket, as it is sent."""
        return self.base or "/" if key is None else f"{self.base}/{encode_path(key)}"

    def copy_source(self, key: str) -> str:
        """An object as the source of a copy ("CopyObject", x-amz-copy-source)."""
        return f"/{self._bucket}/{encode_path(key)}"

    def attempts(self, size: int = 0, stop: Stop | None = None) -> Attempts:
        """As many as the limits say. A body of some ``size`` has longer for all of them together."""
        return Attempts(self.limits.attempts, self.limits.total + size / SLOW, stop)

    def send(self, call: Call) -> Response:
        """The answer to a call that may be repeated."""
        attempts = self.attempts(call.size, call.stop)
        while True:
            try:
                return self.once(call, attempts)
            except Failed as failed:
                attempts.pause(failed)

    def fetch(self, call: Call) -> tuple[Response, bytes]:
        """The answer to a call that may be repeated, with its whole body."""
        attempts = self.attempts(call.size, call.stop)
        while True:
            try:
                response = self.once(call, attempts)
                return response, self.whole(response, call)
            except Failed as failed:
                attempts.pause(failed)

    def once(self, call: Call, attempts: Attempts) -> Response:
        """The answer to a single attempt. Raises ``Failed`` where another may help, else what the answer means."""
        path = self.path_of(call.key)
        query = canonical_query(call.query) if call.query else ""
        headers = RequestHeaders({"host": self._host, **self._signed(call, path, query), **call.headers})
        if call.size > LARGE:
            headers["expect"] = "100-continue"
        small = call.size <= CHUNK and call.answer is None
        patience = Patience(self.limits.idle, attempts.deadline if small else inf)
        try:
            response = pool_for(self.origin).exchange(
                call.method,
                f"{path}?{query}" if query else path,
                headers,
                call.body if isinstance(call.body, bytes) else call.body(),
                call.size,
                connect=self.limits.connect,
                patience=patience,
                answer=call.answer or min(self.limits.idle + call.size / PACE, LONGEST_WAIT),
                fresh=attempts.fresh,
                stop=call.stop,
            )
        except Broken as broken:
            raise self.failed(call, broken) from broken.__cause__
        if call.bulk:
            patience.deadline = inf
        if response.status in call.accept:
            return response
        raise self._refused(call, response)

    def whole(self, response: Response, call: Call) -> bytes:
        """The body of an answer. Raises ``Failed``, and what a failure means that came with a good status."""
        try:
            body = response.read(LONGEST_ANSWER)
        except Broken as broken:
            raise self.failed(call, broken) from broken.__cause__
        if status := failure_in(body):
            raise self.translated(call, status, response.headers, body)
        return body

    def failed(self, call: Call, broken: Broken) -> Failed | StoreError:
        where = f"{call.key!r} in {self.label}: " if call.key else f"{self.label}: "
        kind = Refused if broken.permanent else Unavailable
        error = kind(f"{where}{broken}", key=call.key or "", store=self.label)
        return error if broken.permanent else Failed(error, sent=broken.sent, stale=broken.stale)

    def error(self, kind: type[StoreError], key: str | None, message: str) -> StoreError:
        return kind(message, key=key or "", store=self.label)

    def translated(self, call: Call, status: int, headers: Mapping[str, str], body: bytes) -> Failed | StoreError:
        """What an answer stands for that is not the one that was hoped for."""
        hidden = self.missing_when_denied and call.key is not None and call.method in ("GET", "HEAD")
        error = error_of(self.label, call.key or "", status, headers, body, hidden=hidden)
        after = retry_after(headers.get("retry-after"))
        if isinstance(error, Unavailable):
            # An answer of the service itself, in its own form, is not the echo of something still going on.
            return Failed(error, sent=True, answered=body.lstrip().startswith(b"<"), after=after)
        if isinstance(error, Corrupt):
            return Failed(error)  # nothing was kept, and the next time the bytes may arrive
        if isinstance(error, Denied) and self._set_clock(headers):
            return Failed(error)
        return error

    def _refused(self, call: Call, response: Response) -> Failed | StoreError:
        return self.translated(call, response.status, response.headers, drained(response))

    def _signed(self, call: Call, path: str, query: str) -> dict[str, str]:
        try:
            credentials = self.provider.get()
        except StoreError as error:
            raise self.error(type(error), call.key, f"{self.label}: {error}") from error
        if credentials is None:
            return {}
        return self.signer.sign_headers(
            credentials, call.method, self._host, path, query, call.headers, call.payload_hash
        )

    def _set_clock(self, headers: Mapping[str, str]) -> bool:
        """Sign by the service's clock from now on, if it differs from ours as much as to explain a refusal."""
        theirs = time_of(headers.get("date"))
        if theirs is None:
            return False
        offset = theirs.timestamp() - time.time()
        if not SKEW < abs(offset - self.signer.offset) < 86_400:
            return False
        self.signer.offset = offset
        return True


def drained(response: Response) -> bytes:
    """The body of an answer that nobody depends on; read all the same, so that the connection can be used again."""
    try:
        return response.read(CHUNK)
    except Broken:
        return b""
