"""Requests to one bucket: where they go, how they are signed, and what becomes of those that fail."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf

from holdfast.errors import Corrupt, Denied, Refused, StoreError, Unavailable
from holdfast.stores.s3.address import Address, Addresses
from holdfast.stores.s3.errors import error_of, expired, failure_in, region_in
from holdfast.types import CHUNK
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Patience, Piece, Stop
from holdfast.wire.credentials import Credentials, Provider
from holdfast.wire.head import RequestHeaders
from holdfast.wire.headers import retry_after, time_of
from holdfast.wire.pool import pool_for
from holdfast.wire.response import Response
from holdfast.wire.retry import Attempts, Budget, Failed
from holdfast.wire.sigv4 import EMPTY_PAYLOAD, canonical_query, encode_path

__all__ = ["Call", "Client", "Limits", "drained"]

log = logging.getLogger("holdfast")

ANSWERED = (404, 409, 412, 416)
"""What a service answers, apart from success, only for a bucket that it has itself."""

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
        addresses: Addresses,
        endpoint: str,
        region: str,
        provider: Provider,
        limits: Limits,
        missing_when_denied: bool,
    ) -> None:
        self.label = label
        self.address = addresses.at(endpoint, region)
        """Replaced as a whole, by any thread, when the service says that the bucket is in another region."""
        self.provider = provider
        self.limits = limits
        self.missing_when_denied = missing_when_denied
        self._addresses = addresses
        self._endpoint = endpoint
        self._budget = Budget()
        self._origins = {self.address.origin}
        self._told: dict[str, object] = {}

    def close(self) -> None:
        """Close what lies idle."""
        for origin in list(self._origins):
            pool_for(origin).close()

    def copy_source(self, key: str) -> str:
        """An object as the source of a copy ("CopyObject", x-amz-copy-source)."""
        return self._addresses.copy_source(encode_path(key))

    def attempts(self, size: int = 0, stop: Stop | None = None) -> Attempts:
        """As many as the limits say. A body of some ``size`` has longer for all of them together."""
        return Attempts(self.limits.attempts, self.limits.total + size / SLOW, stop, self._budget)

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
        """The answer to a single attempt. Raises ``Failed`` where another may help, else what the answer means.

        Where the service says that the bucket is in another region, or that temporary credentials are over, the
        request is made again at once: one time for each.
        """
        address, credentials = self.address, self._credentials(call, self.provider.get)
        moved = renewed = False
        while True:
            response = self._exchange(call, attempts, address, credentials)
            if response.status in call.accept:
                self._settle_in(address)
                attempts.succeeded()
                return response
            status, headers, body = response.status, response.headers, drained(response)
            if not moved and (there := self._elsewhere(address, status, headers, body)):
                moved, address = True, there
            elif not renewed and (others := self._renewed(call, credentials, status, body)):
                renewed, credentials = True, others
            else:
                if status in ANSWERED:
                    self._settle_in(address)
                failure = self.translated(call, status, headers, body)
                if not isinstance(failure, Failed):
                    attempts.succeeded()
                raise failure

    def _exchange(
        self, call: Call, attempts: Attempts, address: Address, credentials: Credentials | None
    ) -> Response:
        path, host = address.path(call.key), address.origin.netloc
        query = canonical_query(call.query) if call.query else ""
        headers = RequestHeaders({"host": host})
        if credentials is not None:
            headers |= address.signer.sign_headers(
                credentials, call.method, host, path, query, call.headers, call.payload_hash
            )
        headers |= call.headers
        if call.size > LARGE:
            headers["expect"] = "100-continue"
        small = call.size <= CHUNK and call.answer is None
        patience = Patience(self.limits.idle, attempts.deadline if small else inf)
        try:
            response = pool_for(address.origin).exchange(
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
        return response

    def _elsewhere(self, address: Address, status: int, headers: Mapping[str, str], body: bytes) -> Address | None:
        region, url = region_in(status, headers, body)
        there = self._addresses.moved(self._endpoint, address, region or self._addresses.region_in(url))
        if there is not None:
            self._origins.add(there.origin)
        return there

    def _settle_in(self, address: Address) -> None:
        """Stay where the service answered."""
        before = self.address
        if before is address or before.region == address.region:
            return
        self.address = address
        me = object()
        if self._told.setdefault(address.region, me) is me:  # one thread alone says it
            log.warning(
                "%s is in the region %r and not in %r, which each new process has to find out first: set region=%s",
                *(self.label, address.region, before.region, address.region),
            )

    def _renewed(self, call: Call, credentials: Credentials | None, status: int, body: bytes) -> Credentials | None:
        """Other credentials, where those that were sent are over and there are others."""
        if credentials is None or credentials.session_token is None or not expired(call.method, status, body):
            return None
        found = self._credentials(call, partial(self.provider.renew, credentials))
        return None if found is credentials else found

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

    def _credentials(self, call: Call, fetch: Callable[[], Credentials | None]) -> Credentials | None:
        try:
            return fetch()
        except StoreError as error:
            raise self.error(type(error), call.key, f"{self.label}: {error}") from error

    def _set_clock(self, headers: Mapping[str, str]) -> bool:
        """Sign by the service's clock from now on, if it differs from ours as much as to explain a refusal."""
        theirs = time_of(headers.get("date"))
        if theirs is None:
            return False
        offset = theirs.timestamp() - time.time()
        if not SKEW < abs(offset - self.address.signer.offset) < 86_400:
            return False
        self.address.signer.offset = offset
        return True


def drained(response: Response) -> bytes:
    """The body of an answer that nobody depends on; read all the same, so that the connection can be used again."""
    try:
        return response.read(CHUNK)
    except Broken:
        return b""
