"""Processes that are killed while they write: nothing of it is seen, and others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile, File

from holdfast.errors import NotFound
from holdfast.testing.case import Case
from holdfast.testing.ends import Stalling, killed
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Feature, Write

SIZE = 12_000_000
"""Bytes of what is being written: more than goes in one piece."""

KILL = "https://docs.python.org/3/library/signal.html#signal.SIGKILL"
WRITE = Feature.WRITE
OVER = Write(overwrite=True)

Here = Callable[[], None]


@store_promise(
    "A writer that is killed in the middle leaves nothing of a new object, and the old one as it was.",
    needs=WRITE,
    live=False,
    cost="slow",
    source="holdfast.Store.put",
)
def killed_in_a_put(case: Case) -> None:
    """
    put(store, "old.bin", b"as it is")
    for name in ("new.bin", "old.bin"): assert killed(lambda here: put(store, name, Stalling(10**7, here), OVER))
    assert keys(store) == ["old.bin"] and read(store, "old.bin") == b"as it is"
    """
    case.given("old.bin", b"as it is")
    for turn in (1, 2):  # some read the bytes twice: for their digest, and to send them
        for key in ("new.bin", "old.bin"):

            def write(here: Here, key: str = key, turn: int = turn) -> None:
                case.put(key, Stalling(SIZE, here, turn), OVER)

            if killed(write):
                case.absent("new.bin")
                case.holds("old.bin", b"as it is")
                case.equal(["old.bin"], case.keys(), "the keys that are there")
            else:  # it does not read them so often: the object is there, or in that process alone
                sizes = {entry.key: entry.size for entry in case.store.list()}
                case.true(sizes.get(key) in (None, SIZE, len(b"as it is")), f"{key!r} is whole: {sizes}")
            case.store.delete("new.bin")
            case.given("old.bin", b"as it is")


@store_promise(
    "After a writer that was killed others go on: nothing is locked, and the name can be had.",
    needs=WRITE,
    live=False,
    source="holdfast.Store.put",
)
def others_go_on(case: Case) -> None:
    """
    assert killed(lambda here: put(store, "a.bin", Stalling(10**7, here)))
    assert put(store, "a.bin", b"bytes") and put(store, "a.bin", b"new", OVER)
    assert read(store, "a.bin") == b"new"
    """
    case.true(
        killed(lambda here: case.put("folder/a.bin", Stalling(1_000_000, here))), "The writer reads its source."
    )
    case.put("folder/a.bin", b"bytes")
    case.holds("folder/a.bin", b"bytes")
    case.put("folder/a.bin", b"more", OVER)
    case.holds("folder/a.bin", b"more")
    case.store.delete("folder/a.bin")
    with case.raises(NotFound, "head of what was deleted"):
        case.store.head("folder/a.bin")


@storage_promise(
    "A process that is killed while it saves leaves nothing under the name.",
    needs=WRITE,
    live=False,
    cost="slow",
    source=KILL,
)
def killed_in_save(case: Case) -> None:
    """
    assert killed(lambda here: storage.save("a.bin", File(Stalling(10**7, here))))
    assert not storage.exists("a.bin")
    """
    for turn in (1, 2):

        def save(here: Here, turn: int = turn) -> None:
            content: Any = Stalling(SIZE, here, turn)
            case.storage.save("a.bin", File(content, name="a.bin"))

        if killed(save):
            case.true(not case.storage.exists("a.bin"), "There is no file of the name that was being saved.")
            case.equal([], case.keys(), "the keys that are there")
        else:
            case.storage.delete("a.bin")
    case.equal("a.bin", case.storage.save("a.bin", ContentFile(b"bytes")), "the name that the next one gets")


@storage_promise(
    "A process that is killed while it writes a file leaves nothing of a new one.",
    needs=WRITE,
    live=False,
    source=KILL,
)
def killed_while_writing(case: Case) -> None:
    """
    def write(here):
        with storage.open("a.bin", "wb") as file: file.write(bytes(10**7)); here()
    assert killed(write) and not storage.exists("a.bin")
    """
    _needs_writing(case)
    killed(lambda here: _write(case, "new.bin", here))
    case.true(not case.storage.exists("new.bin"), "There is no file of the name that was being written.")
    case.equal([], case.keys(), "the keys that are there")


@storage_promise(
    "A process that is killed while it writes a file leaves the old one as it was.",
    needs=WRITE,
    live=False,
    source=KILL,
)
def killed_while_replacing(case: Case) -> None:
    """
    def write(here):
        with storage.open("a.bin", "wb") as file: file.write(bytes(10**7)); here()
    assert storage.save("a.bin", ContentFile(b"old")) and killed(write) and storage.open("a.bin").read() == b"old"
    """
    _needs_writing(case)
    case.given("old.bin", b"as it is")
    killed(lambda here: _write(case, "old.bin", here))
    case.equal(b"as it is", case.contents("old.bin"), "the content of the file that was being replaced")


def _needs_writing(case: Case) -> None:
    """``NotApplicable`` where files are not opened to be written: a child could not say so."""
    case.opened("probe.bin", "wb").close()
    case.storage.delete("probe.bin")


def _write(case: Case, name: str, here: Here) -> None:
    with case.opened(name, "wb") as file:
        file.write(b"x" * SIZE)
        here()
