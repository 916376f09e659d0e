"""Copies within the bucket that move no bytes through this process ("CopyObject")."""

from __future__ import annotations

from holdfast.errors import NotFound, Unavailable
from holdfast.stores._s3_client import Call, Client
from holdfast.stores._s3_get import looked_at
from holdfast.stores._s3_headers import headers_of
from holdfast.types import Attributes, Entry, Read
from holdfast.wire import xml
from holdfast.wire.headers import etag_of

__all__ = ["copy_object"]

COPY_ANSWER = 120.0
"""Seconds for the answer: the service copies up to 5 GB before it."""


def copy_object(client: Client, source: str, target: str, attributes: Attributes) -> Entry:
    """Replaces what may be there. Requested ``attributes`` take the place of the source's own."""
    headers = {"x-amz-copy-source": client.copy_source(source)}
    kept = attributes
    if attributes.requested():
        # S3 replaces all of them or none, so those that stay are read first.
        kept = looked_at(client, source, Read()).attributes.merged(attributes)
        headers |= {"x-amz-metadata-directive": "REPLACE", **headers_of(kept, None)}
    try:
        _, body = client.fetch(Call("PUT", target, headers=headers, answer=COPY_ANSWER))
    except NotFound as error:
        raise client.error(NotFound, source, f"There is no {source!r} in {client.label}.") from error
    try:
        etag = etag_of(xml.text(xml.parse(body), "ETag"))
    except ValueError as error:
        text = f"{target!r} in {client.label}: what became of the copy was not understood ({error})."
        raise client.error(Unavailable, target, text) from error
    return Entry(key=target, etag=etag, attributes=kept)
