"""Files that no single PUT takes, where the service knows no condition on the completion of an upload in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.ahead import whole
from holdfast.errors import AlreadyExists, Changed, NotFound
from holdfast.stores.s3.copy import copy_parts
from holdfast.stores.s3.multipart import Upload
from holdfast.stores.s3.put import Condition
from holdfast.types import Entry, Write

if TYPE_CHECKING:
    from holdfast.stores.s3 import S3Store

__all__ = ["copy_through", "look_first"]


def look_first(store: S3Store, key: str, size: int, condition: Condition) -> None:
    """The best that can be done for a ``condition``: look whether it holds before the write. Two writers in the
    same instant may both win, so it has to be allowed by name, else it is ``Unsupported``."""
    if not store.allow_unsafe_large:
        raise store.unsupported(
            f"make sure that {size:,} bytes replace nothing, since one PutObject takes "
            f"{store.service.bounds.put:,}. Where the service honours conditions on CompleteMultipartUpload, set "
            "'conditional_complete'. 'allow_unsafe_large' looks for the file first and then writes; or allow it to "
            "be overwritten",
            key,
        )
    try:
        found = store.head(key)
    except NotFound:
        if condition.etag is not None:
            raise store.error(Changed, key) from None
        return
    if condition.create:
        raise store.error(AlreadyExists, key)
    if found.etag != condition.etag:
        raise store.error(Changed, key)


def copy_through(store: S3Store, source: str, target: str, how: Write) -> Entry:
    """A copy on condition whose bytes go through this process; but what no PUT takes is copied by the service."""
    with whole(store, source) as body:
        size = body.entry.size or 0
        if size <= store.service.bounds.put:
            return store.copied(body, target, how)
    look_first(store, target, size, Condition.of(how, quotes=store.etag_quotes))

    def upload(write: Write) -> Upload:
        return store.upload(target, write, Condition())

    return copy_parts(body.entry, how, upload, store.service.bounds.parts)
