"""Files whose writing breaks off: they leave nothing."""

from __future__ import annotations

import csv
import gc
import warnings
from collections.abc import Iterator
from typing import Any

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.testing.ways import CREATING, DIRECT, THROUGH, Stumbled, Way, of_all
from holdfast.types import Feature

WRITE = Feature.WRITE
CLOSE = "holdfast.RemoteFile.close"
HOLDFAST = "holdfast.RemoteFile"


def _leaves_nothing(case: Case, what: str, way: Way) -> None:
    for size in (10, 300_000, 0):
        name = case.name()
        error = Stumbled()
        with case.raises(Stumbled, f"the block around {what}") as caught, way(case, name) as file:
            file.write(b"x" * size)
            raise error
        case.true(caught.error is error, "The exception comes out as it is.")
        left = f"{what}, of which {size:,} bytes were written when an exception ended its block"
        case.true(not case.storage.exists(name), f"Nothing is left of {left}.")
        case.equal([], case.keys(), f"what is listed after {left}")


@storage_promise("An exception inside the with block leaves nothing of the file.", needs=WRITE, source=HOLDFAST)
def exception_inside_with(case: Case) -> None:
    """
    with suppress(ZeroDivisionError), storage.open("a.txt", "wb") as file:
        file.write(b"half"), 1 / 0
    assert not storage.exists("a.txt")
    """
    _leaves_nothing(case, "a binary file", DIRECT["a binary file"])


@storage_promise(
    "An exception inside the with block leaves nothing of a file of text, of modes x and a, of an archive.",
    needs=WRITE,
    source=HOLDFAST,
)
def exception_in_other_modes(case: Case) -> None:
    """
    with suppress(ZeroDivisionError), storage.open("a.txt", "w") as file:
        file.write("half"), 1 / 0
    assert not storage.exists("a.txt")
    """
    others = {what: way for what, way in (DIRECT | CREATING).items() if what != "a binary file"}
    of_all(others, lambda what, way: _leaves_nothing(case, what, way))


@remote_promise("An exception leaves nothing of a file that something over it closes.", needs=WRITE, source=CLOSE)
def exception_through_wrappers(case: Case) -> None:
    """
    with suppress(ZeroDivisionError), io.TextIOWrapper(storage.open("a.txt", "wb"), "utf-8") as file:
        file.write("half"), 1 / 0
    assert not storage.exists("a.txt")
    """
    for what, way in THROUGH.items():
        _leaves_nothing(case, what, way)


@storage_promise("An exception inside the with block leaves the old file as it was.", needs=WRITE, source=HOLDFAST)
def exception_keeps_the_old_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with suppress(ZeroDivisionError), storage.open("a.txt", "wb") as file: file.write(b"half"), 1 / 0
    assert b"as it is" == storage.open("a.txt").read()
    """
    ways = DIRECT | {"a file opened with a": CREATING["a file opened with a"]}
    of_all(ways, lambda what, way: _keeps_the_old(case, what, way))


@storage_promise(
    "An exception inside the with block leaves an edited file as it was.", needs=WRITE, source=HOLDFAST
)
def exception_undoes_an_edit(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with suppress(ZeroDivisionError), storage.open("a.txt", "r+b") as file: file.write(b"half"), 1 / 0
    assert b"as it is" == storage.open("a.txt").read()
    """
    _keeps_the_old(case, "an edited file", lambda case, name: case.opened(name, "r+b"))


@remote_promise(
    "An exception leaves the old file as it was, also where something over the new one closes it.",
    needs=WRITE,
    source=CLOSE,
)
def exception_through_wrappers_keeps_the_old_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with suppress(ZeroDivisionError), closing(storage.open("a.txt", "wb")) as file: file.write(b"half"), 1 / 0
    assert b"as it is" == storage.open("a.txt").read()
    """
    for what, way in THROUGH.items():
        _keeps_the_old(case, what, way)


def _keeps_the_old(case: Case, what: str, way: Way) -> None:
    case.given("a.bin", b"as it is")
    with case.raises(Stumbled, f"the block around {what}"), way(case, "a.bin") as file:
        file.write(b"x" * 100_000)
        raise Stumbled
    case.equal(b"as it is", case.contents("a.bin"), f"the content after {what} broke off")


@storage_promise("Ctrl-C inside the with block leaves nothing.", needs=WRITE, source=HOLDFAST)
def interrupted(case: Case) -> None:
    """
    with suppress(KeyboardInterrupt), storage.open("a.txt", "wb") as file:
        file.write(b"half"); raise KeyboardInterrupt
    assert not storage.exists("a.txt")
    """
    with case.raises(KeyboardInterrupt, "the block"), case.opened("a.bin", "wb") as file:
        file.write(b"x" * 100_000)
        raise KeyboardInterrupt
    case.absent("a.bin")


@storage_promise("A file that nobody closes leaves nothing.", needs=WRITE, source=HOLDFAST)
def never_closed(case: Case) -> None:
    """
    with warnings.catch_warnings(action="ignore"): storage.open("a.txt", "wb").write(b"half")
    assert not storage.exists("a.txt")
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Python says of such files that they were not closed
        file = case.opened("a.bin", "wb")
        file.write(b"x" * 1000)
        del file
        gc.collect()
    case.absent("a.bin")


@storage_promise("A file that nobody closes leaves the old one as it was.", needs=WRITE, source=HOLDFAST)
def never_closed_keeps_the_old_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with warnings.catch_warnings(action="ignore"): storage.open("a.txt", "wb").write(b"half")
    assert b"as it is" == storage.open("a.txt").read()
    """
    case.given("a.bin", b"as it is")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        file = case.opened("a.bin", "wb")
        file.write(b"x" * 1000)
        del file
        gc.collect()
    case.equal(b"as it is", case.contents("a.bin"), "the content")


@storage_promise("A generator of rows that fails leaves no half table.", needs=WRITE, source=HOLDFAST)
def half_a_table(case: Case) -> None:
    """
    with suppress(ZeroDivisionError), storage.open("table.csv", "w") as file:
        csv.writer(file).writerows([1 / number] for number in (2, 1, 0))
    assert not storage.exists("table.csv")
    """

    def rows() -> Iterator[list[object]]:
        for number in range(5000):
            yield [number, "x" * 20]
        raise Stumbled

    with case.raises(Stumbled, "the block"), case.opened("table.csv", "w") as file:
        csv.writer(file).writerows(rows())
    case.absent("table.csv")


@remote_promise("discard forgets what was written.", needs=WRITE, source="holdfast.RemoteFile.discard")
def discarded(case: Case) -> None:
    """
    file = storage.open("a.txt", "wb")
    file.write(b"content"), file.discard(), file.close()
    assert not storage.exists("a.txt")
    """
    file: Any = case.remote.open("a.bin", "wb")
    file.write(b"content")
    file.discard()
    case.true(file.closed, "The file is closed.")
    file.close()
    case.absent("a.bin")
