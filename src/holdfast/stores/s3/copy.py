"""Copies within the bucket that move no bytes through this process ("CopyObject")."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.errors import NotFound, Unavailable
from holdfast.stores.s3.client import Call, Client
from holdfast.stores.s3.get import looked_at
from holdfast.stores.s3.headers import headers_of
from holdfast.stores.s3.multipart import MOST_PARTS, CopiedPart, Upload, part_size
from holdfast.types import Attributes, Entry, Read, Write
from holdfast.wire import xml
from holdfast.wire.headers import etag_of

__all__ = ["copy_object", "copy_parts"]

COPY_ANSWER = 120.0
"""Seconds for the answer: the service copies up to 5 GB before it."""

PART = 128 * 1024 * 1024
"""Bytes that the service copies at a time, where it copies in parts."""


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


def copy_parts(found: Entry, how: Write, upload: Callable[[Write], Upload], most: int = MOST_PARTS) -> Entry:
    """For what CopyObject cannot: more than 5 GB, and a condition that is surely honoured, on the completion."""
    size = found.size or 0
    step = part_size(size, PART, most)
    write = Write(
        overwrite=how.overwrite, etag=how.etag, attributes=found.attributes.merged(how.attributes), guess=how.guess
    )
    etag = found.etag if found.etag and not found.etag.startswith("W/") else None
    parts = (CopiedPart(found.key, etag, at, min(at + step, size)) for at in range(0, size, step))
    return upload(write).run(parts)
