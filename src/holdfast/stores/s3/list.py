"""Listing a bucket, page by page ("ListObjectsV2")."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element

from holdfast.errors import Unavailable
from holdfast.stores.s3.client import Call, Client
from holdfast.types import Entry, Folder
from holdfast.wire import xml
from holdfast.wire.headers import etag_of

__all__ = ["listed"]


def listed(client: Client, prefix: str, after: str, *, delimiter: str = "") -> Iterator[Entry | Folder]:
    """Entries and folders in the order of their keys' UTF-8, fetched a page at a time."""
    query = {"list-type": "2", "encoding-type": "url"}
    if prefix:
        query["prefix"] = prefix
    if delimiter:
        query["delimiter"] = delimiter
    if after:
        query["start-after"] = after
    while True:
        root = _page(client, query)
        # Keys may hold characters that XML cannot; encoded they arrive, but not every service knows how.
        encoded = xml.text(root, "EncodingType") == "url"
        yield from _items(root, encoded)
        token = xml.text(root, "NextContinuationToken")
        if xml.text(root, "IsTruncated") != "true" or not token:
            return
        query.pop("start-after", None)
        query["continuation-token"] = token


def _page(client: Client, query: dict[str, str]) -> Element:
    _, body = client.fetch(Call("GET", query=tuple(query.items())))
    try:
        root = xml.parse(body)
    except ValueError as error:
        raise client.error(Unavailable, None, f"{client.label}: the listing makes no sense ({error}).") from error
    if root.tag != "ListBucketResult":
        raise client.error(Unavailable, None, f"{client.label}: a listing was asked for, and {root.tag} came.")
    return root


def _items(root: Element, encoded: bool) -> Iterator[Entry | Folder]:  # noqa: FBT001
    entries = [_entry(element, encoded) for element in xml.children(root, "Contents")]
    folders = [
        Folder(_key(xml.text(element, "Prefix"), encoded)) for element in xml.children(root, "CommonPrefixes")
    ]
    if not folders:
        yield from entries
        return
    items: list[Entry | Folder] = [*entries, *folders]
    yield from sorted(items, key=_order)


def _order(item: Entry | Folder) -> bytes:
    return (item.key if isinstance(item, Entry) else item.prefix).encode("utf-8", "surrogatepass")


def _key(text: str, encoded: bool) -> str:  # noqa: FBT001
    return unquote_plus(text) if encoded else text


def _entry(element: Element, encoded: bool) -> Entry:  # noqa: FBT001
    found = {child.tag: child.text or "" for child in element}
    etag = etag_of(found.get("ETag"))
    modified = _time(found.get("LastModified", ""))
    size = found.get("Size", "")
    return Entry(
        key=_key(found["Key"], encoded),
        size=int(size) if size.isdigit() else None,
        etag=etag,
        modified=modified,
        created=modified,
    )


def _time(text: str) -> datetime | None:
    """To the second, as the other requests say it."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return None
