"""AWS Signature Version 4, as S3 and the services that speak its language want it.

The rules are AWS's own, in the *Amazon S3 API Reference*: "Signature Calculations for the Authorization Header:
Transferring Payload in a Single Chunk" and "Authenticating Requests: Using Query Parameters".

Everything is signed as it goes over the wire: ``encode_path`` and ``canonical_query`` make the path and the query
that are sent, and the signer takes them as they are.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote

from holdfast.wire.credentials import Credentials

__all__ = ["EMPTY_PAYLOAD", "LONGEST", "UNSIGNED_PAYLOAD", "Signer", "canonical_query", "encode_path"]

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
"""Stands for the body's SHA-256 where the body is not signed; TLS and the service's own digests protect it."""

EMPTY_PAYLOAD = sha256(b"").hexdigest()
"""The SHA-256 of no body at all."""

LONGEST = 7 * 24 * 3600
"""Seconds that a presigned URL may live ("Using Query Parameters", X-Amz-Expires)."""

# Proxies add, drop or rewrite these on the way, and a signature over them would no longer hold.
# fmt: off
UNSIGNED = frozenset({
    "accept-encoding", "authorization", "baggage", "connection", "expect", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade",
    "user-agent", "x-amzn-trace-id",
})
# fmt: on

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/-]*").fullmatch
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def encode_path(key: str) -> str:
    """The key as part of a path: RFC 3986's unreserved characters and ``/`` as they are, all other bytes ``%XX``.

    Nothing is normalised: ``a//b`` and ``a/../b`` are keys of their own.
    """
    return key if _PLAIN_PATH(key) else quote(key, safe="/")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """The query string of these decoded pairs, to be signed and to be sent: encoded, then sorted.

    A parameter without a value is a pair with an empty one, and keeps its ``=``.
    """
    return "&".join([f"{name}={value}" for name, value in _encoded(pairs)])


def _encoded(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    # Sorted as pairs and not as strings: "a" is before "a-b", though "a-b=" is before "a=".
    return sorted([(_encode(name), _encode(value)) for name, value in pairs])


def _encode(text: str) -> str:
    return text if _PLAIN(text) else quote(text, safe="")


class Signer:
    """Signs requests to one service in one region; shared between threads.

    ``offset``: seconds that this machine's clock is behind the service's; added to the time of every signature
    that is not given one. Whoever finds out that the clocks differ may set it.

    The signing key of a day is derived once for each ``Credentials`` object, so providers hand out the same
    object for as long as it holds.
    """

    __slots__ = ("_key", "_stamped", "offset", "region", "service")

    def __init__(self, region: str, service: str = "s3", *, offset: float = 0.0) -> None:
        self.region = region
        self.service = service
        self.offset = offset
        # Each is replaced whole, so that threads need no lock: at worst two of them do the same work once.
        self._key: _Key | None = None
        self._stamped: tuple[int, str] = (-1, "")

    def __reduce__(self) -> tuple[object, ...]:
        # Without the signing key: it signs like the secret itself until the day is over.
        return _signer, (self.region, self.service, self.offset)

    def sign_headers(
        self,
        credentials: Credentials,
        method: str,
        host: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        payload_hash: str = UNSIGNED_PAYLOAD,
        now: datetime | None = None,
    ) -> dict[str, str]:
        """The headers to add to the request, ``authorization`` among them.

        ``host`` is the Host header as it is sent, ``path`` and ``query`` the request line's, encoded already.
        ``headers`` are the others that are sent, by their lower-case names; all are signed but for those that
        proxies touch. Raises ``ValueError`` for a value that is not ASCII.
        """
        stamp = self._stamp(now)
        key = self._signing_key(credentials, stamp[:8])
        added = {"x-amz-content-sha256": payload_hash, "x-amz-date": stamp}
        if credentials.session_token:
            added["x-amz-security-token"] = credentials.session_token.reveal()
        names, lines = _canonical_headers(
            {**headers, "host": host, **added} if headers else {"host": host, **added}
        )
        signature = key.sign(stamp, f"{method}\n{path}\n{query}\n{lines}\n\n{names}\n{payload_hash}")
        added["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key.credential}, SignedHeaders={names}, Signature={signature}"
        )
        return added

    def presign(
        self,
        credentials: Credentials,
        method: str,
        scheme: str,
        host: str,
        path: str,
        query_pairs: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        expires_seconds: int = 3600,
        now: datetime | None = None,
    ) -> str:
        """A URL that needs no other credential for ``expires_seconds``, or until the credentials expire.

        Whoever uses it sends ``headers`` as they stand here. The body is not signed, unless they have an
        ``x-amz-content-sha256``. Raises ``ValueError`` for more than seven days.
        """
        if not 1 <= expires_seconds <= LONGEST:
            raise ValueError(
                f"expires: a signed URL lives from 1 to {LONGEST} seconds (7 days), not {expires_seconds}."
            )
        stamp = self._stamp(now)
        key = self._signing_key(credentials, stamp[:8])
        # What a browser makes of the URL's host is what it sends, and so what is signed.
        host = host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, "\n"))
        payload_hash = UNSIGNED_PAYLOAD
        if headers:
            payload_hash = headers.get("x-amz-content-sha256", payload_hash)
            names, lines = _canonical_headers({**headers, "host": host})
        else:
            names, lines = "host", f"host:{host}"
        token = credentials.session_token
        query = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key.encoded_credential}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={expires_seconds}"
            f"{f'&X-Amz-Security-Token={_encode(token.reveal())}' if token else ''}"
            f"&X-Amz-SignedHeaders={_encode(names)}"
        )
        if pairs := _encoded(query_pairs):
            query = _merge(query, pairs)
        signature = key.sign(stamp, f"{method}\n{path}\n{query}\n{lines}\n\n{names}\n{payload_hash}")
        return f"{scheme}://{host}{path}?{query}&X-Amz-Signature={signature}"

    def _stamp(self, now: datetime | None) -> str:
        second = int(time.time() + self.offset) if now is None else int(now.timestamp())
        stamped = self._stamped
        if stamped[0] != second:
            stamped = self._stamped = second, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        return stamped[1]

    def _signing_key(self, credentials: Credentials, day: str) -> _Key:
        key = self._key
        if key is None or key.credentials is not credentials or key.day != day:
            key = self._key = _Key(credentials, day, self.region, self.service)
        return key


def _signer(region: str, service: str, offset: float) -> Signer:
    return Signer(region, service, offset=offset)


class _Key:
    """What one day's signatures have in common. An object of its own, since its repr shows nothing: a local
    variable with the key's bytes would stand on Django's debug page."""

    __slots__ = ("_bytes", "_scope", "credential", "credentials", "day", "encoded_credential")

    def __init__(self, credentials: Credentials, day: str, region: str, service: str) -> None:
        self.credentials = credentials
        self.day = day
        self._scope = f"{day}/{region}/{service}/aws4_request"
        self.credential = f"{credentials.access_key}/{self._scope}"
        self.encoded_credential = _encode(self.credential)
        self._bytes = f"AWS4{credentials.secret_key.reveal()}".encode()
        for part in (day, region, service, "aws4_request"):
            self._bytes = hmac.digest(self._bytes, part.encode(), "sha256")

    def sign(self, stamp: str, request: str) -> str:
        """The signature of this canonical request; ``_canonical_headers`` saw to it that it is ASCII."""
        digest = sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope}\n{digest}"
        return hmac.digest(self._bytes, text.encode(), "sha256").hex()


def _canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """The names to sign, and their lines: sorted, trimmed, runs of white space a single space."""
    names = sorted([name for name in headers if name not in UNSIGNED])
    lines = "\n".join([f"{name}:{' '.join(headers[name].split())}" for name in names])
    if not lines.isascii():
        # It would be sent in another encoding than it was signed in, and the service would only say 403.
        wrong = next(name for name in names if not f"{name}{headers[name]}".isascii())
        raise ValueError(f"The header {wrong!r} is not ASCII; encode it first.")
    return ";".join(names), lines


def _merge(amz: str, pairs: list[tuple[str, str]]) -> str:
    """The signer's own parameters, sorted already, and the caller's, in the order of both."""
    if pairs[0][0] > "X-Amz-SignedHeaders":  # as all of S3's own are: response-…, versionId, partNumber, uploadId
        return f"{amz}&{'&'.join([f'{name}={value}' for name, value in pairs])}"
    both = [*pairs, *(tuple(pair.split("=", 1)) for pair in amz.split("&"))]
    return "&".join(["=".join(pair) for pair in sorted(both)])
