"""``manage.py holdfast sweep``: abort uploads in parts that were begun and never ended."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any, TextIO

from django.core.files.storage import InvalidStorageError, storages
from django.core.management.base import CommandError

from holdfast.errors import StoreError
from holdfast.layers import Prefixed
from holdfast.storage import RemoteStorage
from holdfast.store import Layer, Store

help = "Abort uploads in parts that were begun and never ended: nobody sees them, and they are paid for."  # noqa: A001

_AGE = re.compile(r"(\d+)([smhdw])").fullmatch
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("alias", nargs="?", default="default", help="of STORAGES (default: default)")
    parser.add_argument(
        "--older-than",
        type=_age,
        required=True,
        metavar="AGE",
        help="those that began longer ago: 90m, 36h, 7d; longer than your largest upload takes",
    )
    parser.add_argument("--dry-run", action="store_true", help="show them, and abort none")


def run(options: dict[str, Any], out: TextIO) -> int:
    store, prefix = _sweepable(options["alias"])
    count = 0
    try:
        for upload in store.sweep(options["older_than"], prefix, dry_run=options["dry_run"]):
            count += 1
            out.write(f"{upload.begun:%Y-%m-%d %H:%M:%S} UTC  {upload.key}\n")
    except StoreError as error:
        raise CommandError(f"after {count}: {error}") from error
    said = "would be aborted" if options["dry_run"] else "aborted"
    out.write(f"{count} upload{'' if count == 1 else 's'} {said}.\n")
    return 0


def _age(text: str) -> timedelta:
    if match := _AGE(text):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise ArgumentTypeError(f"{text!r} is no age; write a number and one of s, m, h, d, w: 7d.")


def _sweepable(alias: str) -> tuple[Any, str]:
    """The store behind the alias that knows such uploads, and the prefix that the layers before it add."""
    try:
        storage = storages[alias]
    except InvalidStorageError as error:
        raise CommandError(f"{error} There are: {', '.join(sorted(storages.backends))}.") from error
    if not isinstance(storage, RemoteStorage):
        raise CommandError(f"{alias} is no storage of Holdfast's.")
    store: Store = storage.store
    prefix = ""
    while isinstance(store, Layer):
        if isinstance(store, Prefixed):
            prefix = store.prefix + prefix
        store = store.inner
    if not hasattr(store, "sweep"):
        raise CommandError(f"{alias}: {store.label} has no uploads in parts.")
    return store, prefix
