"""``manage.py holdfast check``: ask a storage in use for its promises."""

from __future__ import annotations

import io
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, TextIO

from django.core.files.storage import InvalidStorageError, Storage, storages
from django.core.management.base import CommandError

from holdfast.storage import RemoteStorage
from holdfast.testing.live import Scratch, Unfit, abouts_of
from holdfast.testing.report import as_json, details, summary, table
from holdfast.testing.selection import CHEAP, CHEAP_AND_SLOW, Selection, exemptions_of
from holdfast.testing.verdict import Verdict

help = "Ask a storage in use for its promises, in a scratch folder of which nothing is left."  # noqa: A001


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("alias", nargs="?", default="default", help="of STORAGES (default: default)")
    parser.add_argument("--slow", action="store_true", help="also what moves megabytes or thousands of files")
    parser.add_argument(
        "--only", action="append", default=[], metavar="ID", help="a promise or a group of them; may be repeated"
    )
    parser.add_argument(
        "--exempt",
        action="append",
        default=[],
        metavar="ID=REASON",
        help="a promise that is known not to be kept; may be repeated",
    )
    parser.add_argument("--within", default="", metavar="FOLDER", help="make the scratch folder in this one")
    parser.add_argument("--no-fetch", action="store_true", help="fetch no URLs from other hosts")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: dict[str, Any], out: TextIO) -> int:
    """The exit status: 1 if a promise is broken, an exemption is needless, or something was left behind."""
    alias = options["alias"]
    storage = _storage(alias)
    talk = _Talk(io.StringIO() if options["json"] else out, progress=not options["json"] and sys.stderr.isatty())
    try:
        selection = Selection(
            about=abouts_of(storage),
            exempt=exemptions_of(options["exempt"]),
            costs=CHEAP_AND_SLOW if options["slow"] else CHEAP,
            live=True,
            only=options["only"],
        )
        count = len(selection.promises())
        with Scratch(storage, within=options["within"], fetch=not options["no_fetch"]) as scratch:
            talk.say(f"{alias}: {_described(storage)}\n{count} promises, in {scratch.folder}/\n")
            verdicts = talk.through(scratch.ask(selection), count)
    except Unfit as error:
        raise CommandError(f"{alias} cannot be checked. {error}") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    if options["json"]:
        document = {
            "alias": alias,
            "storage": _described(storage),
            "verdicts": [as_json(verdict) for verdict in verdicts],
            "left": scratch.left,
        }
        out.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    for line in ("", *details(verdicts), summary(verdicts)):
        talk.say(line)
    if scratch.left:
        talk.say(f"LEFT BEHIND, and to be deleted by hand: {', '.join(scratch.left)}")
    return int(bool(scratch.left) or any(verdict.fails for verdict in verdicts))


class _Talk:
    """What a person sees while it goes on: a line for each group, and on a terminal what is being asked."""

    def __init__(self, out: TextIO, *, progress: bool) -> None:
        self._out = out
        self._progress = progress

    def say(self, line: str) -> None:
        self._show("")
        self._out.write(f"{line}\n")
        self._out.flush()

    def through(self, verdicts: Iterator[Verdict], count: int) -> list[Verdict]:
        """All verdicts, shown as they come."""
        found: list[Verdict] = []

        def watched() -> Iterator[Verdict]:
            for verdict in verdicts:
                found.append(verdict)
                self._show(f"{len(found)}/{count} {verdict.promise.id}")
                yield verdict

        for line in table(watched()):
            self.say(line)
        return found

    def _show(self, text: str) -> None:
        if self._progress:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()


def _storage(alias: str) -> Storage:
    try:
        return storages[alias]
    except InvalidStorageError as error:
        raise CommandError(f"{error} There are: {', '.join(sorted(storages.backends))}.") from error


def _described(storage: Storage) -> str:
    kind = type(storage)
    name = f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}, {storage.store.label}" if isinstance(storage, RemoteStorage) else name
