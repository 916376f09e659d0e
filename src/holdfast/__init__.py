"""Holdfast: Django file storage for every remote system.

Reading order: ``store`` (START HERE), ``stores.memory``, ``layers.readonly``, ``storage``, ``file``, and then
``testing.promises``. Above ``store`` stands what Django sees, below it what stores are made of:

- words: ``errors``, ``types``, ``keys``, ``mime``, ``source``, ``digests``, ``deconstruct``, ``foreign``,
  ``ahead``, ``aio``, ``threads``
- centre: ``store``, ``wire``
- rooms: ``stores``, ``layers``
- wiring: ``options``, ``resolve``
- face: ``storage``, ``config``, ``file``, ``aiofile``, ``reader``, ``naming``, ``lazy``
- work: ``testing``
- doors: ``apps``, ``checks``, ``commands``
"""

from __future__ import annotations

from holdfast.errors import (
    AlreadyExists,
    Changed,
    Corrupt,
    Denied,
    InvalidKey,
    NotFound,
    Refused,
    StoreError,
    Unavailable,
    Uncertain,
    Unsupported,
)
from holdfast.file import RemoteFile
from holdfast.lazy import use
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Layer, Store
from holdfast.types import (
    Attributes,
    Body,
    Create,
    Entry,
    Feature,
    Folder,
    Listing,
    Permit,
    Read,
    Remove,
    Secret,
    Signed,
    Write,
)

__all__ = [
    "AlreadyExists",
    "Attributes",
    "Body",
    "Changed",
    "Corrupt",
    "Create",
    "Denied",
    "Entry",
    "Feature",
    "Folder",
    "InvalidKey",
    "Layer",
    "Listing",
    "NotFound",
    "Permit",
    "Read",
    "Refused",
    "RemoteFile",
    "RemoteStorage",
    "Remove",
    "Secret",
    "Signed",
    "Source",
    "Store",
    "StoreError",
    "Unavailable",
    "Uncertain",
    "Unsupported",
    "Write",
    "use",
]
