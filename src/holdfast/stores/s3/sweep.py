"""Uploads in parts that were begun and never ended ("ListMultipartUploads"): a process that is killed leaves them,
nobody sees them, and they are paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

from holdfast.errors import Unavailable
from holdfast.stores.s3.client import Call, Client, drained
from holdfast.threads import checkpoint
from holdfast.wire import xml
from holdfast.wire.headers import time_of

__all__ = ["Pending", "pending", "swept"]


@dataclass(frozen=True, slots=True)
class Pending:
    """An upload in parts that was neither completed nor aborted; its ``age`` is by the service's own clock."""

    key: str
    id: str
    begun: datetime
    age: timedelta


def swept(client: Client, older_than: timedelta, prefix: str, *, dry_run: bool) -> Iterator[Pending]:
    """The uploads that began longer ago than ``older_than``, each when it is aborted; with ``dry_run`` none is."""
    if older_than < timedelta(0):
        raise ValueError(f"older_than: {older_than} is less than nothing.")
    for upload in pending(client, prefix):
        checkpoint()
        if upload.age > older_than:
            if not dry_run:
                _abort(client, upload)
            yield upload


def pending(client: Client, prefix: str) -> Iterator[Pending]:
    """The uploads below ``prefix`` that are under way or abandoned, fetched a page at a time.

    Their keys come as they are: Ceph encodes them where that is asked for, but does not say so.
    """
    query = {"uploads": "", "prefix": prefix}
    while True:
        root, now = _page(client, query)
        yield from [_pending(each, now) for each in xml.children(root, "Upload")]
        after, marker = xml.text(root, "NextKeyMarker"), xml.text(root, "NextUploadIdMarker")
        if xml.text(root, "IsTruncated") != "true" or not after:
            return
        query |= {"key-marker": after, "upload-id-marker": marker}


def _abort(client: Client, upload: Pending) -> None:
    # 404: somebody else was faster.
    drained(client.send(Call("DELETE", upload.key, (("uploadId", upload.id),), accept=(200, 204, 404))))


def _page(client: Client, query: dict[str, str]) -> tuple[Element, datetime]:
    """A page, and the service's time."""
    response, body = client.fetch(Call("GET", query=tuple(query.items())))
    try:
        return xml.parse(body), time_of(response.headers.get("date")) or datetime.now(UTC)
    except ValueError as error:
        text = f"{client.label}: the list of uploads makes no sense ({error})."
        raise client.error(Unavailable, None, text) from error


def _pending(element: Element, now: datetime) -> Pending:
    try:
        begun = datetime.fromisoformat(xml.text(element, "Initiated")).astimezone(UTC)
    except ValueError:
        begun = now  # nobody touches what is of no known age
    return Pending(xml.text(element, "Key"), xml.text(element, "UploadId"), begun, now - begun)
