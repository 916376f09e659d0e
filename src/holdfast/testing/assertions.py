"""Assertions about files in a storage: any of Django's, an alias, or the one of a model's field.

They raise ``AssertionError`` with what is there instead, and belong to no framework.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from django.core.files.storage import Storage, storages

from holdfast.storage import RemoteStorage

if TYPE_CHECKING:
    from django.db.models.fields.files import FieldFile

__all__ = ["assert_missing", "assert_saved", "assert_saved_like"]

LISTED = 10_000
"""Names that are looked at to say which are near."""
SHOWN = 5
AROUND = 20
"""Bytes that are shown on each side of the place where two contents part."""

Content = bytes | str | Callable[[bytes], object]


def assert_saved(
    name: str | FieldFile, content: Content | None = None, *, storage: str | Storage | None = None
) -> str:
    """There is a file of this name, with this content if one is given. Its name comes back.

    ``name``: or a model's file, ``assert_saved(document.file)``. ``content``: bytes, text (as UTF-8), or a function
    that is given the bytes and says whether they are right: by what it returns, where ``None`` is fine, or by an
    ``AssertionError`` of its own. ``storage``: an alias, or any storage; unless told ``default``, and the file's
    own.
    """
    __tracebackhide__ = True  # pytest leaves this out of its report
    place = _Place(name, storage)
    if not place.name:
        place.fail(f"{place.what} has no file: nothing was saved")
    if place.pending:
        place.fail(f"{place.what} was given a file that is not saved yet: save the model first")
    if not place.storage.exists(place.name):
        place.fail(f"{place.name!r} was not saved in {place.where}. {place.instead()}")
    place.compare(content)
    return place.name


def assert_missing(name: str | FieldFile, *, storage: str | Storage | None = None) -> None:
    """There is no file of this name. ``name`` and ``storage``: as for ``assert_saved``.

    Raises ``ValueError`` for a model's file that has no name any more: keep the name before you delete it.
    """
    __tracebackhide__ = True
    place = _Place(name, storage)
    if not place.name:
        raise ValueError(f"{place.what} has no name to look for: keep its name before the file is deleted.")
    if place.storage.exists(place.name):
        place.fail(f"{place.name!r} was to be missing, and it is in {place.where}: {_shown(place.read())}")


def assert_saved_like(pattern: str, content: Content | None = None, *, storage: str | Storage | None = None) -> str:
    """There is one file, and no other, whose name is like ``pattern``, for names that get random additions:
    ``assert_saved_like("avatars/*.png")``. Its name comes back.

    ``pattern``: as of shells; its ``*`` takes slashes too. ``content`` and ``storage``: as for ``assert_saved``.
    Raises ``NotImplementedError`` for a storage that cannot list its files.
    """
    __tracebackhide__ = True
    place = _Place("", storage)
    found = [name for name in _names(place.storage) if fnmatchcase(name, pattern)]
    if len(found) > 1:
        place.fail(f"There are {len(found)} files like {pattern!r} in {place.where}, not one: {_some(found)}")
    if not found:
        place.fail(f"No file like {pattern!r} was saved in {place.where}. {place.instead(pattern)}")
    place.name = found[0]
    place.compare(content)
    return place.name


class _Place:
    """Where a file is to be, and words for it."""

    def __init__(self, name: str | FieldFile, storage: str | Storage | None) -> None:
        from django.db.models.fields.files import FieldFile  # here, since few need all of the ORM

        self.what, self.pending = "It", False
        if isinstance(name, FieldFile):
            if storage is not None:
                raise TypeError("A model's file has a storage of its own: leave 'storage' out.")
            self.what = str(name.field)
            self.pending = bool(name) and not vars(name)["_committed"]
            storage, name = name.storage, name.name or ""
        elif not isinstance(name, str):
            raise TypeError(f"A file is named by a string, or given as a model's file; this is {name!r}.")
        storage = "default" if storage is None else storage
        self.name = name
        self.where = repr(storage)
        self.storage = storages[storage] if isinstance(storage, str) else storage

    def fail(self, message: str) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError(message if message.endswith(".") else f"{message}.")

    def read(self) -> bytes:
        __tracebackhide__ = True
        try:
            with self.storage.open(self.name, "rb") as file:
                return bytes(file.read())
        except IsADirectoryError:
            self.fail(f"{self.name!r} in {self.where} is a folder and no file")

    def compare(self, content: Content | None) -> None:
        __tracebackhide__ = True
        data = self.read()
        about = f"The content of {self.name!r} in {self.where}"
        if isinstance(content, str):
            content = content.encode()
        if isinstance(content, bytes):
            if data != content:
                self.fail(f"{about} is another: {_parting(content, data)}")
        elif callable(content):
            answer = content(data)
            if answer is not None and not answer:
                asked = getattr(content, "__qualname__", repr(content))
                self.fail(f"{about} is not as {asked} wants it: {_shown(data)}")
        elif content is not None:
            raise TypeError(f"The content is bytes, text or a function of the bytes, not {content!r}.")

    def instead(self, wanted: str = "") -> str:
        """What is there."""
        try:
            names = list(islice(_names(self.storage), LISTED))
        except NotImplementedError:
            return "What is there instead cannot be listed."
        if not names:
            return "There is no file at all."
        near = difflib.get_close_matches(wanted or self.name, names, n=SHOWN, cutoff=0.5)
        return f"The nearest there: {_some(near)}" if near else f"There is: {_some(sorted(names))}"


def _names(storage: Storage) -> Iterator[str]:
    """The names of all files, folder by folder."""
    if isinstance(storage, RemoteStorage):
        yield from (entry.key for entry in storage.walk())
        return
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            below, files = storage.listdir(folder)
        except FileNotFoundError:  # of a local folder that the first file makes
            continue
        yield from (f"{folder}{name}" for name in files if name)
        folders += [f"{folder}{name}/" for name in below if name]


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{', '.join(map(repr, names[:SHOWN]))}{more}."


def _shown(data: bytes) -> str:
    return f"{len(data):,} bytes, {data[: 2 * AROUND]!r}{'…' if len(data) > 2 * AROUND else ''}"


def _parting(expected: bytes, found: bytes) -> str:
    """Where two contents part, and what they have there."""
    pairs = zip(expected, found, strict=False)
    place = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(expected), len(found)))
    lines = expected.count(b"\n", 0, place) + 1
    line = f" (line {lines:,})" if b"\n" in expected else ""
    around = slice(max(0, place - AROUND), place + AROUND)
    return (
        f"they part at byte {place:,}{line}, where {expected[around]!r} was expected and {found[around]!r} was "
        f"found; {len(expected):,} bytes were expected and {len(found):,} found"
    )
