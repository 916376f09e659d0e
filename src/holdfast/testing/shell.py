"""The names that the shortest ways to see a fault use: ``from holdfast.testing.shell import *``."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import itertools
import json
import os
import pickle
import shutil
import tarfile
import tempfile
import threading
import time
import urllib.request
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.utils.module_loading import import_string

from holdfast import (
    AlreadyExists,
    Changed,
    Corrupt,
    Denied,
    NotFound,
    RemoteStorage,
    StoreError,
    Unavailable,
    Unsupported,
)
from holdfast.errors import InvalidKey
from holdfast.layers import Prefixed, Readonly
from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.testing.case import Case
from holdfast.testing.children import at_once, in_children
from holdfast.testing.contents import picture
from holdfast.testing.counting import Counting
from holdfast.testing.ends import Stalling, forked, fresh, killed
from holdfast.testing.secrecy import secrets_in
from holdfast.testing.unsaved import unsaved
from holdfast.types import Attributes, Body, Create, Entry, Feature, Folder, Listing, Permit, Read, Remove, Write

__all__ = [
    "OVER",
    "UTC",
    "AlreadyExists",
    "Attributes",
    "Body",
    "Case",
    "Changed",
    "ContentFile",
    "Corrupt",
    "Counting",
    "Create",
    "Denied",
    "Entry",
    "Feature",
    "File",
    "Folder",
    "InvalidKey",
    "Layer",
    "Listing",
    "NotFound",
    "Permit",
    "Prefixed",
    "Read",
    "Readonly",
    "RemoteStorage",
    "Remove",
    "SimpleUploadedFile",
    "Source",
    "Stalling",
    "Storage",
    "Store",
    "StoreError",
    "SuspiciousFileOperation",
    "ThreadPoolExecutor",
    "Unavailable",
    "Unsupported",
    "Write",
    "asyncio",
    "at_once",
    "closing",
    "csv",
    "datetime",
    "error_of",
    "forked",
    "forms",
    "fresh",
    "gzip",
    "import_string",
    "in_child",
    "in_children",
    "io",
    "itertools",
    "json",
    "keys",
    "killed",
    "os",
    "override_settings",
    "pickle",
    "picture",
    "put",
    "read",
    "secrets_in",
    "shutil",
    "storages",
    "suppress",
    "tarfile",
    "tempfile",
    "threading",
    "time",
    "timedelta",
    "unsaved",
    "urllib",
    "warnings",
    "zipfile",
]

OVER = Write(overwrite=True)


def put(store: Store, key: str, data: bytes, how: Write = Write()) -> Entry:
    """Keep these bytes."""
    return store.put(key, Source.of(data), how)


def read(store: Store, key: str, want: Read = Read()) -> bytes:
    """The bytes of an object, or of a part of it."""
    with store.get(key, want) as body:
        return body.read()


def keys(store: Store, prefix: str = "", after: str = "") -> list[str]:
    """What a listing shows."""
    return [entry.key for entry in store.list(prefix, Listing(after=after))]


def error_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> BaseException | None:
    """What a call raises, if it does."""
    try:
        call(*args, **kwargs)
    except BaseException as error:
        return error
    return None


def in_child(work: Callable[[], Any]) -> Any:
    """What a function returns in a forked child."""
    return in_children([work], 60)[0]
