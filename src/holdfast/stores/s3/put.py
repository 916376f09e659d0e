"""One write, exactly once: whatever happens to the reply, it is found out what became of it.

A write on a condition carries a random token as metadata. When its reply is lost, or says 5xx or 409, a HEAD
decides: our token, it is done; no object, it is tried again with the same token; another's object, that one was
first.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from holdfast.errors import AlreadyExists, Changed, Corrupt, NotFound, StoreError, Uncertain
from holdfast.source import BytesSource, Source
from holdfast.stores.s3.client import Call, Client
from holdfast.stores.s3.headers import TOKEN, entry_of, headers_of, md5_of
from holdfast.threads import checkpoint, shielded
from holdfast.types import CHUNK, Attributes, Entry, Write
from holdfast.wire.headers import etag_of
from holdfast.wire.response import Response
from holdfast.wire.retry import Attempts, Failed
from holdfast.wire.sigv4 import UNSIGNED_PAYLOAD

__all__ = ["Condition", "Digest", "digest_of", "kept", "new_token", "put_single", "settle"]

T = TypeVar("T")

_LOST = "{key!r} in {store}: the reply to the write was lost, and could not be found out ({error})"

SMALL = CHUNK
"""Bytes that go out together with their headers."""


@dataclass(frozen=True, slots=True)
class Condition:
    """On what a write depends: nothing, that there is no object (``create``), or that it still has ``etag``.

    ``quotes``: whether the service wants an ETag in its quotes.
    """

    create: bool = False
    etag: str | None = None
    quotes: bool = True

    @staticmethod
    def of(how: Write, *, quotes: bool) -> Condition:
        return Condition(create=not how.overwrite and how.etag is None, etag=how.etag, quotes=quotes)

    def __bool__(self) -> bool:
        return self.create or self.etag is not None

    @property
    def headers(self) -> dict[str, str]:
        if self.etag is not None:
            return {"if-match": self.etag if self.quotes else self.etag.strip('"')}
        return {"if-none-match": "*"} if self.create else {}

    def broken(self, client: Client, key: str) -> StoreError:
        """The error of a condition that does not hold."""
        if self.etag is not None:
            text = f"{key!r} in {client.label} is not the version that was read; read it again."
            return client.error(Changed, key, text)
        return client.error(AlreadyExists, key, f"{key!r} exists in {client.label} already.")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of the bytes: the headers with which a service checks them, and the entry's form of it."""

    headers: dict[str, str]
    digests: dict[str, str]
    payload_hash: str = UNSIGNED_PAYLOAD


def digest_of(source: Source, name: str) -> Digest:
    """``name`` is an option of the store: "md5", "crc32", "sha256" or "none"."""
    if name == "none":
        return Digest({}, {})
    if name == "crc32":
        crc = 0
        for chunk in source.exact():
            crc = zlib.crc32(chunk, crc)
        raw = crc.to_bytes(4, "big")
    else:
        hashed = (hashlib.md5 if name == "md5" else hashlib.sha256)(usedforsecurity=False)
        for chunk in source.exact():
            hashed.update(chunk)
        raw = hashed.digest()
    value = base64.b64encode(raw).decode()
    if name == "md5":
        return Digest({"content-md5": value}, {"md5": raw.hex()})
    # A signed SHA-256 is checked by services of every age; the header is what newer ones keep.
    payload_hash = raw.hex() if name == "sha256" else UNSIGNED_PAYLOAD
    return Digest({f"x-amz-checksum-{name}": value}, {name: raw.hex()}, payload_hash)


def new_token() -> str:
    return secrets.token_hex(16)


def put_single(client: Client, key: str, source: Source, how: Write, condition: Condition, checksum: str) -> Entry:
    """A write by a single PUT, of a source that is repeatable and knows its size."""
    if (source.size or 0) <= SMALL:
        source = BytesSource(source.read())
    digest = digest_of(source, checksum)
    size = source.size or 0
    token = new_token() if condition else ""
    call = Call(
        "PUT",
        key,
        headers={
            **headers_of(how.attributes, how.guess),
            **digest.headers,
            **condition.headers,
            **({TOKEN: token} if token else {}),
        },
        body=source.data if isinstance(source, BytesSource) else source.chunks,
        size=size,
        payload_hash=digest.payload_hash,
    )

    def perform(attempts: Attempts) -> Response:
        response = client.once(call, attempts)
        client.whole(response, call)
        return response

    done = settle(client, key, perform, token, condition, size)
    if isinstance(done, Entry):
        return done
    _compare(client, key, done, digest)
    return Entry(
        key=key,
        size=size,
        etag=etag_of(done.headers.get("etag")),
        attributes=kept(how),
        digests=digest.digests,
    )


def settle(
    client: Client, key: str, perform: Callable[[Attempts], T], token: str, condition: Condition, size: int = 0
) -> T | Entry:
    """Do a write of ``size`` bytes until it is known what became of it: what ``perform`` gives, or what HEAD found.

    Without a ``token`` nothing can be found out, and need not: what may be replaced can be written again.
    """
    attempts = client.attempts(size)
    doubts: list[Failed] = []
    while True:
        try:
            return perform(attempts)
        except Failed as failed:
            if failed.sent and token:
                doubts.append(failed)
            # The service may still be at it: that is found out for a caller that was cancelled, too.
            with nullcontext() if all(doubt.answered for doubt in doubts) else shielded():
                try:
                    attempts.pause(failed)
                except StoreError as error:
                    if not doubts:
                        raise
                    return _looked(client, key, token, condition) or _give_up(client, key, doubts, error)
                # After "slow down" the write itself is the better question: it is most likely needed anyway.
                ask = failed.sent and token and not failed.after
                if ask and (entry := _looked(client, key, token, condition)):
                    return entry
            checkpoint()
        except (Changed, NotFound) as error:
            # The condition does not hold; but that may be our own doing, in an attempt whose reply was lost.
            if doubts and (entry := _looked(client, key, token, condition)):
                return entry
            if doubts and condition.create:
                # In the way of the write, and not to be seen: a policy that hides what is there, or just removed.
                raise client.error(
                    Uncertain, key, _LOST.format(key=key, store=client.label, error=error)
                ) from error
            if isinstance(error, Changed) or condition.etag is not None:
                raise condition.broken(client, key) from error
            raise


def _looked(client: Client, key: str, token: str, condition: Condition) -> Entry | None:
    """The object, if it is the one that was written with this token; ``None`` if the write can be tried again.

    Raises what the condition means if somebody else was first, and ``Uncertain`` if there is no telling.
    """
    try:
        response = client.send(Call("HEAD", key))
    except NotFound as error:
        if condition.etag is not None:
            raise condition.broken(client, key) from error
        return None
    except StoreError as error:
        raise client.error(Uncertain, key, _LOST.format(key=key, store=client.label, error=error)) from error
    size = response.headers.get("content-length", "")
    entry = entry_of(key, response.headers, int(size) if size.isdigit() else None)
    if response.headers.get(TOKEN) == token:
        return entry
    if condition.create or (condition.etag is not None and entry.etag != condition.etag):
        raise condition.broken(client, key)
    return None


def _give_up(client: Client, key: str, doubts: list[Failed], error: StoreError) -> NoReturn:
    if all(failed.answered for failed in doubts):
        raise error  # the service itself said each time that it failed, and there is nothing
    text = (
        f"{key!r} in {client.label}: the reply to the write was lost. It is not there, but the service may still "
        f"be at it: look again before writing it under another name ({error})"
    )
    raise client.error(Uncertain, key, text) from error


def _compare(client: Client, key: str, response: Response, digest: Digest) -> None:
    """What was kept has to be what was sent, as far as the answer tells."""
    md5 = md5_of(response.headers)
    if md5 is None or md5 == digest.digests.get("md5", md5):
        return
    with shielded():
        client.fetch(Call("DELETE", key))
    raise client.error(
        Corrupt,
        key,
        f"{key!r} in {client.label}: the service kept other bytes than were sent; they were removed. If its ETags "
        "are no MD5 though they look like one, set checksum to 'sha256' or 'none'.",
    )


def kept(how: Write) -> Attributes:
    """The attributes that an object written so has."""
    return Attributes(content_type=how.guess).merged(how.attributes) if how.guess else how.attributes
