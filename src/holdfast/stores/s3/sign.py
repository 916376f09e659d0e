"""URLs that need no other credential ("Authenticating Requests: Using Query Parameters")."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from holdfast.stores.s3.address import Address
from holdfast.types import Permit, Signed
from holdfast.wire.credentials import Credentials
from holdfast.wire.headers import disposition
from holdfast.wire.sigv4 import LONGEST

__all__ = ["signed"]


def signed(credentials: Credentials, address: Address, key: str, permit: Permit) -> Signed:
    """A GET answers with the headers that the permit asks for ("GetObject", response-content-…); a PUT has to send
    its content type."""
    if permit.seconds > LONGEST:
        raise ValueError(f"expires: S3 signs for 7 days at most, not for {timedelta(seconds=permit.seconds)}.")
    query: list[tuple[str, str]] = []
    headers: dict[str, str] = {}
    if permit.method in ("GET", "HEAD"):
        if permit.download is not None:
            query.append(("response-content-disposition", disposition(permit.download)))
        if permit.content_type is not None:
            query.append(("response-content-type", permit.content_type))
    elif permit.content_type is not None:
        headers["content-type"] = permit.content_type
    now = datetime.now(UTC)
    url = address.signer.presign(
        credentials,
        permit.method,
        address.origin.scheme,
        address.origin.netloc,
        address.path(key),
        query,
        headers,
        permit.seconds,
    )
    expires = now + timedelta(seconds=permit.seconds)
    if credentials.expires is not None:
        expires = min(expires, credentials.expires)
    return Signed(method=permit.method, url=url, expires=expires, headers=headers)
