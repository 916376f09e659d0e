"""What is wrong or doubtful in a bucket's options, for ``manage.py check``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.core import checks
from django.core.checks import CheckMessage

if TYPE_CHECKING:
    from holdfast.stores.s3 import S3Store

__all__ = ["problems"]

# "Bucket naming rules". Other services take more; what none takes is an error, the rest a warning.
_NAME = re.compile(r"(?!xn--)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]").fullmatch
_NO_NAME = re.compile(r"[/\s?#\x00-\x1f\x7f]").search
_LOCAL = re.compile(r"https?://(?:localhost|[^/]*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:/|$)").match
_URL = re.compile(r"https?://[^/\s]+").match

SMALLEST_PART = 5 * 1024 * 1024
"""Bytes that every part but the last has at least ("Amazon S3 multipart upload limits")."""


def problems(store: S3Store) -> list[CheckMessage]:
    return [*_bucket(store), *_endpoints(store), *_tls(store), *_uploads(store)]


def _bucket(store: S3Store) -> Iterator[CheckMessage]:
    if not store.bucket:
        yield checks.Error(
            "s3: the bucket is missing.", hint="Write s3://BUCKET, or the option 'bucket'.", id="holdfast.E201"
        )
    elif _NO_NAME(store.bucket):
        yield checks.Error(f"{store.label}: this is no name for a bucket.", id="holdfast.E201")
    elif not _NAME(store.bucket):
        yield checks.Warning(
            f"{store.label}: AWS takes no bucket of this name, though other services may.",
            hint="3 to 63 lower-case letters, digits, hyphens and single dots.",
            id="holdfast.W201",
        )


def _endpoints(store: S3Store) -> Iterator[CheckMessage]:
    for option in ("endpoint", "public_endpoint"):
        url = getattr(store, option)
        if not url:
            continue
        if not _URL(url):
            yield checks.Error(
                f"{store.label}: the {option} {url!r} does not begin with https:// or http:// and a host.",
                id="holdfast.E202",
            )
        elif url.startswith("http://") and not _LOCAL(url):
            yield checks.Warning(
                f"{store.label}: the {option} {url!r} is not encrypted: others on the way can read every file.",
                hint="Write https://.",
                id="holdfast.W202",
            )


def _tls(store: S3Store) -> Iterator[CheckMessage]:
    if store.ca_bundle and not Path(store.ca_bundle).is_file():
        yield checks.Error(
            f"{store.label}: there is no file {store.ca_bundle!r}, as ca_bundle says.", id="holdfast.E203"
        )
    if not store.verify:
        yield checks.Warning(
            f"{store.label}: verify is off: anybody on the way can pass for the service.",
            hint="Name the file of your own authority in 'ca_bundle' instead.",
            id="holdfast.W203",
        )


def _uploads(store: S3Store) -> Iterator[CheckMessage]:
    if store.part_size < SMALLEST_PART:
        yield checks.Error(
            f"{store.label}: part_size is {store.part_size:,} bytes; S3 takes no part below {SMALLEST_PART:,}.",
            id="holdfast.E204",
        )
    if store.threads < 1 or store.limits.attempts < 1:
        yield checks.Error(f"{store.label}: threads and attempts are 1 at least.", id="holdfast.E205")
    if store.checksum == "none":
        yield checks.Warning(
            f"{store.label}: uploads carry no digest; what goes wrong on the way stays unseen.", id="holdfast.W204"
        )
