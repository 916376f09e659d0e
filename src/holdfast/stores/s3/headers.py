"""Attributes to S3's headers, and an answer's headers to an ``Entry``."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from holdfast.types import Attributes, Entry
from holdfast.wire.headers import decode_words, encode_words, etag_of, printable, time_of

__all__ = ["META", "TOKEN", "entry_of", "headers_of", "md5_of", "range_of"]

META = "x-amz-meta-"
TOKEN = f"{META}holdfast-token"
"""Metadata of our own: a random word that tells whose write an object is. No entry shows it."""

_NAMES = {
    "content_type": "content-type",
    "content_encoding": "content-encoding",
    "content_disposition": "content-disposition",
    "content_language": "content-language",
    "cache_control": "cache-control",
}
_MD5 = re.compile(r'"([0-9a-f]{32})"').fullmatch
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)").fullmatch
_CHECKSUMS = {"crc32": 8, "sha1": 40, "sha256": 64}


def headers_of(attributes: Attributes, guess: str | None) -> dict[str, str]:
    """The headers that a write sends ("PutObject", Request Parameters)."""
    headers = {_NAMES[name]: value for name, value in attributes.named().items()}
    if guess is not None:
        headers.setdefault("content-type", guess)
    for name, value in attributes.metadata.items():
        headers[META + name] = encode_words(value)
    return headers


def entry_of(key: str, headers: Mapping[str, str], size: int | None) -> Entry:
    """What the headers of GET and HEAD say ("GetObject", Response Elements)."""
    etag = etag_of(headers.get("etag"))
    modified = time_of(headers.get("last-modified"))
    return Entry(
        key=key,
        size=size,
        etag=etag,
        modified=modified,
        created=modified,  # an object is never changed, only replaced
        attributes=_attributes(headers),
        digests=_digests(headers),
    )


def md5_of(headers: Mapping[str, str]) -> str | None:
    """The MD5 of the whole object, where the ETag of this answer is one.

    It is for objects that were sent as one and are not encrypted with the caller's keys or KMS's ("Object", ETag).
    """
    match = _MD5(etag_of(headers.get("etag")) or "")
    if match is None or "x-amz-server-side-encryption-customer-algorithm" in headers:
        return None
    return None if headers.get("x-amz-server-side-encryption", "").startswith("aws:kms") else match[1]


def range_of(headers: Mapping[str, str]) -> tuple[int, int, int] | None:
    """Start, end and whole size from Content-Range (RFC 9110, 14.4); start and end are 0 where it has none.
    ``None`` for what does not add up."""
    match = _RANGE(headers.get("content-range", ""))
    if match is None:
        return None
    if match[1] is None:
        return 0, 0, int(match[3])
    start, end, size = int(match[1]), int(match[2]) + 1, int(match[3])
    return (start, end, size) if start < end <= size else None


def _attributes(headers: Mapping[str, str]) -> Attributes:
    # What others wrote may be anything; it is shown as far as ``Attributes`` can hold it.
    named = {name: printable(headers[header]) for name, header in _NAMES.items() if header in headers}
    metadata = {}
    for name, value in headers.items():
        if name.startswith(META) and name != TOKEN and len(name) > len(META):
            metadata[name[len(META) :]] = decode_words(value)
    return Attributes(**named, metadata=metadata)


def _digests(headers: Mapping[str, str]) -> dict[str, str]:
    digests = {}
    if md5 := md5_of(headers):
        digests["md5"] = md5
    if headers.get("x-amz-checksum-type", "FULL_OBJECT") != "FULL_OBJECT":
        return digests
    for name, length in _CHECKSUMS.items():
        if value := headers.get(f"x-amz-checksum-{name}"):
            try:
                digest = base64.b64decode(value, validate=True).hex()
            except binascii.Error:
                continue  # of parts: "…-3"
            if len(digest) == length:
                digests[name] = digest
    return digests
