"""Files whose writing breaks off: they leave nothing."""

from __future__ import annotations

import codecs
import csv
import gc
import gzip
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.core.files.storage import Storage

from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE


class Stumbled(Exception):
    """What breaks a writing off."""


@contextmanager
def _gzipped(storage: Storage, name: str) -> Iterator[Any]:
    with storage.open(name, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as file:
        yield file


@contextmanager
def _zipped(storage: Storage, name: str) -> Iterator[Any]:
    with storage.open(name, "wb") as raw, zipfile.ZipFile(raw, "w") as archive, archive.open("member", "w") as file:
        yield file


@contextmanager
def _wrapped(storage: Storage, name: str) -> Iterator[Any]:
    with storage.open(name, "wb") as raw, io.TextIOWrapper(raw, encoding="latin-1") as file:
        yield _Encoding(file)


@contextmanager
def _wrapped_alone(storage: Storage, name: str) -> Iterator[Any]:
    with io.TextIOWrapper(storage.open(name, "wb"), encoding="latin-1") as file:
        yield _Encoding(file)


@contextmanager
def _coded(storage: Storage, name: str) -> Iterator[Any]:
    with codecs.getwriter("latin-1")(storage.open(name, "wb")) as file:
        yield _Encoding(file)


@contextmanager
def _finally(storage: Storage, name: str) -> Iterator[Any]:
    file = storage.open(name, "wb")
    try:
        yield file
    finally:
        file.close()


@contextmanager
def _text(storage: Storage, name: str) -> Iterator[Any]:
    with storage.open(name, "w") as file:
        yield _Encoding(file)


class _Encoding:
    """Takes bytes, for a file of text."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.write(data.decode("latin-1"))


WAYS: dict[str, Callable[[Storage, str], Any]] = {
    "a binary file": lambda storage, name: storage.open(name, "wb"),
    "a file of text": _text,
    "a file opened with x": lambda storage, name: storage.open(name, "xb"),
    "a file opened with a": lambda storage, name: storage.open(name, "ab"),
    "a gzip file over one": _gzipped,
    "a zip archive over one": _zipped,
    "a TextIOWrapper over one, with a block of its own": _wrapped,
    "a TextIOWrapper over one": _wrapped_alone,
    "a codec's writer over one": _coded,
    "contextlib.closing": lambda storage, name: closing(storage.open(name, "wb")),
    "try and finally": _finally,
}


@storage_promise(
    "An exception inside the with block leaves nothing, through whatever layers it is written.", needs=WRITE
)
def exception_inside_with(case: Case) -> None:
    for what, way in WAYS.items():
        for size in (0, 10, 300_000):
            error = Stumbled()
            outer = case.raises(Stumbled, f"the block around {what}")
            with outer as caught, way(case.storage, "new.bin") as file:
                file.write(b"x" * size)
                raise error
            case.true(caught.error is error, "The exception comes out as it is.")
            case.true(not case.storage.exists("new.bin"), f"Nothing is left of {what}, {size:,} bytes written.")
            case.equal([], case.keys(), "what is listed")


@storage_promise("An exception inside the with block leaves the old file as it was.", needs=WRITE)
def exception_keeps_the_old_file(case: Case) -> None:
    case.given("a.bin", b"as it is")
    for what, way in WAYS.items():
        if what == "a file opened with x":
            continue
        with case.raises(Stumbled, f"the block around {what}"), way(case.storage, "a.bin") as file:
            file.write(b"x" * 100_000)
            raise Stumbled
        case.equal(b"as it is", case.contents("a.bin"), f"the content after {what} broke off")
    with case.raises(Stumbled, "the block around an edited file"), case.storage.open("a.bin", "r+b") as file:
        file.write(b"x" * 100_000)
        raise Stumbled
    case.equal(b"as it is", case.contents("a.bin"), "the content after an edit broke off")


@storage_promise("Without an exception all of these ways keep what was written.", needs=WRITE)
def no_exception(case: Case) -> None:
    for what, way in WAYS.items():
        name = case.name()
        with way(case.storage, name) as file:
            file.write(b"content" * 10_000)
        data = case.contents(name)
        if way is _gzipped:
            data = gzip.decompress(data)
        elif way is _zipped:
            data = zipfile.ZipFile(io.BytesIO(data)).read("member")
        case.equal(b"content" * 10_000, data, f"what was written through {what}")


@storage_promise("A file that is written while an exception is handled is kept as any other.", needs=WRITE)
def written_in_a_handler(case: Case) -> None:
    try:
        raise Stumbled
    except Stumbled:
        for what, way in WAYS.items():
            name = case.name()
            with way(case.storage, name) as file:
                file.write(b"a report of what went wrong")
            case.true(case.storage.exists(name), f"What was written through {what} is there.")


@storage_promise("An exception that was caught inside the block does not count.", needs=WRITE)
def caught_inside(case: Case) -> None:
    with case.storage.open("a.txt", "wb") as file:
        try:
            raise Stumbled
        except Stumbled:
            file.write(b"went on")
    case.equal(b"went on", case.contents("a.txt"), "the content")


@storage_promise(
    "A with block that ends well keeps its file, also while another exception is handled.", needs=WRITE
)
def block_in_a_handler(case: Case) -> None:
    file = case.storage.open("a.txt", "wb")
    try:
        raise Stumbled
    except Stumbled:
        with file:
            file.write(b"a report of what went wrong")
    case.equal(b"a report of what went wrong", case.contents("a.txt"), "the content")


@storage_promise("A file that an except block closes is kept: whoever closes it there means to.", needs=WRITE)
def closed_in_a_handler(case: Case) -> None:
    file = case.storage.open("a.txt", "wb")
    try:
        file.write(b"as far as it went")
        raise Stumbled
    except Stumbled:
        file.close()
    case.equal(b"as far as it went", case.contents("a.txt"), "the content")


@storage_promise("Ctrl-C inside the with block leaves nothing.", needs=WRITE)
def interrupted(case: Case) -> None:
    with case.raises(KeyboardInterrupt, "the block"), case.storage.open("a.bin", "wb") as file:
        file.write(b"x" * 100_000)
        raise KeyboardInterrupt
    case.absent("a.bin")


@storage_promise("A file that nobody closes leaves nothing.", needs=WRITE)
def never_closed(case: Case) -> None:
    case.given("old.bin", b"as it is")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Python says of such files that they were not closed
        for name in ("new.bin", "old.bin"):
            file = case.storage.open(name, "wb")
            file.write(b"x" * 1000)
            del file
            gc.collect()
    case.absent("new.bin")
    case.equal(b"as it is", case.contents("old.bin"), "the content of what was there")


@storage_promise("A generator of rows that fails leaves no half table.", needs=WRITE)
def half_a_table(case: Case) -> None:
    def rows() -> Iterator[list[object]]:
        for number in range(5000):
            yield [number, "x" * 20]
        raise Stumbled

    with case.raises(Stumbled, "the block"), case.storage.open("table.csv", "w") as file:
        csv.writer(file).writerows(rows())
    case.absent("table.csv")


@storage_promise("discard forgets what was written.", needs=WRITE)
def discarded(case: Case) -> None:
    file: Any = case.storage.open("a.bin", "wb")
    file.write(b"content")
    file.discard()
    case.true(file.closed, "The file is closed.")
    file.close()
    case.absent("a.bin")
