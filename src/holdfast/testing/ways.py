"""Ways to write a file of a storage: by itself, and through what Python's library puts over it."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.case import Case

__all__ = ["CREATING", "DIRECT", "THROUGH", "Stumbled", "Way", "of_all", "unpacked"]

Way = Callable[[Case, str], Any]
"""Gives a context: of a file that takes bytes, over one of the storage."""


class Stumbled(Exception):
    """What breaks a writing off."""


class _Encoding:
    """Takes bytes, for a file of text."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.write(data.decode("latin-1"))


@contextmanager
def _text(case: Case, name: str) -> Iterator[Any]:
    with case.opened(name, "w") as file:
        yield _Encoding(file)


@contextmanager
def _gzipped(case: Case, name: str) -> Iterator[Any]:
    with case.opened(name, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as file:
        yield file


@contextmanager
def _zipped(case: Case, name: str) -> Iterator[Any]:
    with case.opened(name, "wb") as raw, zipfile.ZipFile(raw, "w") as archive, archive.open("member", "w") as file:
        yield file


@contextmanager
def _wrapped(case: Case, name: str) -> Iterator[Any]:
    with case.opened(name, "wb") as raw, io.TextIOWrapper(raw, encoding="latin-1") as file:
        yield _Encoding(file)


@contextmanager
def _wrapped_alone(case: Case, name: str) -> Iterator[Any]:
    with io.TextIOWrapper(case.opened(name, "wb"), encoding="latin-1") as file:
        yield _Encoding(file)


@contextmanager
def _coded(case: Case, name: str) -> Iterator[Any]:
    with codecs.getwriter("latin-1")(case.opened(name, "wb")) as file:
        yield _Encoding(file)


@contextmanager
def _finally(case: Case, name: str) -> Iterator[Any]:
    file = case.opened(name, "wb")
    try:
        yield file
    finally:
        file.close()


def _creating(case: Case, name: str, mode: str) -> Any:
    try:
        return case.opened(name, mode)
    except FileNotFoundError as error:
        raise NotApplicable(f"needs a storage that creates files with mode {mode!r}") from error


DIRECT: dict[str, Way] = {
    "a binary file": lambda case, name: case.opened(name, "wb"),
    "a file of text": _text,
    "a gzip file over one": _gzipped,
    "a zip archive over one": _zipped,
}
"""The ``with`` block is that of the file itself, and its ``__exit__`` is told of the exception."""

CREATING: dict[str, Way] = {
    "a file opened with x": lambda case, name: _creating(case, name, "xb"),
    "a file opened with a": lambda case, name: _creating(case, name, "ab"),
}
"""The same in other modes."""

THROUGH: dict[str, Way] = {
    "a TextIOWrapper over one, with a block of its own": _wrapped,
    "a TextIOWrapper over one": _wrapped_alone,
    "a codec's writer over one": _coded,
    "contextlib.closing": lambda case, name: closing(case.opened(name, "wb")),
    "try and finally": _finally,
}
"""All that the file sees is a ``close`` while an exception passes."""


def of_all(ways: dict[str, Way], ask: Callable[[str, Way], None]) -> None:
    """Ask of each way; but for the first, those whose mode is refused are left out."""
    for number, (what, way) in enumerate(ways.items()):
        try:
            ask(what, way)
        except NotApplicable:
            if number == 0:
                raise
        except Broken:
            raise
        except Exception as error:
            raise Broken(f"{what}: {type(error).__name__}: {error}") from error


def unpacked(way: Way, data: bytes) -> bytes:
    """What was written that way, of what the file then holds."""
    if way is _gzipped:
        return gzip.decompress(data)
    if way is _zipped:
        return zipfile.ZipFile(io.BytesIO(data)).read("member")
    return data
