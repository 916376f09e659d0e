"""Many writers at once."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from holdfast.errors import AlreadyExists, NotFound
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Entry, Feature, Write

SAVE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.save"
OPEN = "https://docs.python.org/3/library/functions.html#open"
WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "Of many threads that create one key, one does; the others are told, and its bytes stay.",
    creates=True,
    source="holdfast.Store.put",
)
def one_creates(case: Case) -> None:
    """
    found = at_once(8, lambda number: error_of(put, store, "a.txt", b"writer %d" % number))
    assert found.count(None) == 1, found
    assert read(store, "a.txt") == b"writer %d" % found.index(None)
    """
    for round_ in range(5):
        key = f"{round_}.txt"

        def create(number: int, key: str = key) -> Entry | None:
            try:
                return case.put(key, b"writer %d" % number * 1000)
            except AlreadyExists:
                return None

        found = case.at_once(8, create)
        winners = [number for number, entry in enumerate(found) if entry is not None]
        case.equal(1, len(winners), f"the number of writers that were told they had created {key!r}")
        case.equal(b"writer %d" % winners[0] * 1000, case.read(key), "the bytes, which should be the winner's")


@store_promise(
    "Of many threads that copy to one new key, one does.", creates=True, needs=WRITE, source="holdfast.Store.copy"
)
def one_copies(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    found = at_once(6, lambda _: error_of(store.copy, "a.txt", "b.txt"))
    assert found.count(None) == 1, found
    """
    for number in range(6):
        case.put(f"{number}.txt", b"source %d" % number)

    def copy(number: int) -> bool:
        try:
            case.store.copy(f"{number}.txt", "target.txt")
        except AlreadyExists:
            return False
        return True

    found = case.at_once(6, copy)
    case.equal(1, sum(found), "the number of copies that were told they had created the target")
    case.equal(b"source %d" % found.index(True), case.read("target.txt"), "the bytes, which should be the winner's")


@store_promise(
    "A reader beside writers sees one of the versions, whole, and never nothing.",
    needs=WRITE,
    source="holdfast.Store.put",
)
def readers_beside_writers(case: Case) -> None:
    """
    write = lambda number: put(store, "a.bin", bytes([number]) * 10**6, OVER)
    seen = at_once(4, lambda number: write(number) and read(store, "a.bin"))
    assert all(len(data) == 10**6 and len(set(data)) == 1 for data in seen)
    """
    versions = [case.data(150_000 + seed, seed) for seed in range(3)]
    case.put("a.bin", versions[0])
    over = threading.Event()

    def work(number: int) -> list[bytes]:
        if number < 2:
            try:
                for turn in range(12):
                    case.put("a.bin", versions[(turn + number) % 3], OVER)
            finally:
                over.set()
            return []
        seen = [case.read("a.bin")]
        while not over.is_set():
            seen.append(case.read("a.bin"))
        return seen

    for seen in case.at_once(5, work):
        for data in seen:
            case.true(data in versions, f"The {len(data):,} bytes that were read are one of the versions.")


@store_promise(
    "Writers that replace one object at once leave the bytes of one of them, whole.",
    needs=WRITE,
    source="holdfast.Store.put",
)
def last_one_wins(case: Case) -> None:
    """
    at_once(6, lambda number: put(store, "a.bin", bytes([number]) * 10**6, OVER))
    data = read(store, "a.bin")
    assert len(data) == 10**6 and len(set(data)) == 1
    """
    versions = [case.data(150_000 + seed, seed) for seed in range(6)]
    case.at_once(6, lambda number: case.put("a.bin", versions[number], OVER))
    case.true(case.read("a.bin") in versions, "The bytes are those of one of the writers.")


@store_promise(
    "Twenty threads that put, read and delete keys of their own do not disturb each other.",
    needs=WRITE,
    source="holdfast.Store",
)
def keys_of_their_own(case: Case) -> None:
    """
    work = lambda number: put(store, f"{number}.txt", b"%d" % number) and read(store, f"{number}.txt")
    assert at_once(20, work) == [b"%d" % number for number in range(20)]
    """

    def work(number: int) -> list[bytes]:
        key, seen = f"folder/{number}.bin", []
        for turn in range(3):
            case.put(key, case.data(10_000, number * 10 + turn), OVER)
            seen.append(case.read(key))
        if number % 2:
            case.store.delete(key)
        return seen

    for number, seen in enumerate(case.at_once(20, work)):
        case.equal([case.data(10_000, number * 10 + turn) for turn in range(3)], seen, f"what thread {number} read")
    case.equal(sorted(f"folder/{number}.bin" for number in range(0, 20, 2)), case.keys(), "the keys that are left")


@store_promise(
    "Deleting beside creating leaves the object whole or absent.", needs=WRITE, source="holdfast.Store.put"
)
def deleting_beside_creating(case: Case) -> None:
    """
    work = lambda number: put(store, "a.txt", b"bytes", OVER) if number % 2 else store.delete("a.txt")
    at_once(8, work)
    assert not keys(store) or read(store, "a.txt") == b"bytes"
    """
    data = case.data(50_000)

    def work(number: int) -> None:
        for _ in range(8):
            if number % 2:
                case.store.delete("a.bin")
            else:
                case.put("a.bin", data, OVER)

    case.at_once(4, work)
    try:
        case.equal(data, case.read("a.bin"), "the bytes of what is left")
    except NotFound:
        case.absent("a.bin")


@store_promise(
    "Of many processes that create one key, one does.", creates=True, live=False, source="holdfast.Store.put"
)
def one_process_creates(case: Case) -> None:
    """
    found = in_children([lambda: error_of(put, store, "a.txt", b"bytes")] * 6, 60)
    assert found.count(None) == 1, found
    """
    case.given("warm.txt")

    def create() -> bool:
        try:
            case.put("a.txt", b"created")
        except AlreadyExists:
            return False
        return True

    case.equal(
        1, sum(case.in_children(*[create] * 6)), "the number of processes that were told they had created it"
    )
    case.equal(b"created", case.read("a.txt"), "the bytes")


# ---------------------------------------------------------------- storages


class _AllLookFirst:
    """Nobody writes before all threads have looked which name is free."""

    barrier: threading.Barrier
    looked: threading.local

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        found: str = super().get_available_name(name, max_length)  # type: ignore[misc]
        if not getattr(self.looked, "once", False):  # whoever comes again has lost the name and needs another
            self.looked.once = True
            with suppress(threading.BrokenBarrierError):
                self.barrier.wait(5)
        return found


def _each_has_a_name(case: Case, storage: Storage, count: int) -> None:
    """So many threads save one name at once."""
    names = case.at_once(count, lambda number: storage.save("race.txt", ContentFile(b"content %d" % number)))
    case.equal(count, len(set(names)), "the number of different names that save gave")
    found = [case.contents(name) for name in names]
    case.equal([b"content %d" % number for number in range(count)], found, "what is found under each thread's name")
    case.equal(sorted(names), case.keys(), "the keys that are there")


@storage_promise(
    "Threads that found one name free in the same instant save under a name each, and nobody's bytes are lost.",
    creates=True,
    source=SAVE,
)
def threads_save_one_name(case: Case) -> None:
    """
    free = storage.get_available_name
    storage.get_available_name = lambda *args, **options: [free(*args, **options), time.sleep(0.3)][0]
    assert len(set(at_once(2, lambda _: storage.save("a.txt", ContentFile(b"bytes"))))) == 2
    """
    state = {"barrier": threading.Barrier(8), "looked": threading.local()}
    _each_has_a_name(case, case.hooked(type("AllLookFirst", (_AllLookFirst,), state)), 8)


@remote_promise(
    "Thirty-two threads that save one name get thirty-two names, and nobody's bytes are lost.",
    creates=True,
    source="holdfast.RemoteStorage.save",
)
def many_threads_save_one_name(case: Case) -> None:
    """
    names = at_once(32, lambda number: storage.save("a.txt", ContentFile(b"%d" % number)))
    assert len(set(names)) == 32
    assert [storage.open(name).read() for name in names] == [b"%d" % number for number in range(32)]
    """
    _each_has_a_name(case, case.storage, 32)


@storage_promise(
    "Processes that save one name get a name each, and nobody's bytes are lost.",
    creates=True,
    live=False,
    source=SAVE,
)
def processes_save_one_name(case: Case) -> None:
    """
    names = in_children([lambda: storage.save("a.txt", ContentFile(b"bytes"))] * 3, 60)
    assert len(set(names)) == 3, names
    """
    case.given("warm.txt")
    case.contents("warm.txt")

    def saving(process: int) -> list[str]:
        return [case.storage.save("race.txt", ContentFile(b"%d %d" % (process, turn))) for turn in range(8)]

    found = case.in_children(*[partial(saving, process) for process in range(3)])
    names = [name for some in found for name in some]
    case.equal(24, len(set(names)), "the number of different names that save gave")
    expected = [b"%d %d" % (process, turn) for process in range(3) for turn in range(8)]
    case.equal(expected, [case.contents(name) for name in names], "what is found under each name")


@storage_promise("Of threads that open one new name with mode x, one writes the file.", creates=True, source=OPEN)
def one_opens_exclusively(case: Case) -> None:
    """
    def write(number):
        with storage.open("a.txt", "xb") as file: file.write(b"%d" % number)
    assert at_once(8, lambda number: error_of(write, number)).count(None) == 1
    """
    try:
        with case.opened("alone.txt", "xb") as file:
            file.write(b"nobody else")
    except Exception as error:  # that is another promise
        raise NotApplicable("needs a storage that opens new files with mode 'xb'") from error

    def write(number: int) -> bool:
        try:
            with case.storage.open("a.txt", "xb") as file:
                file.write(b"writer %d" % number)
        except FileExistsError:
            return False
        return True

    found = case.at_once(8, write)
    case.equal(1, sum(found), "the number of threads that were told they had written it")
    case.equal(b"writer %d" % found.index(True), case.contents("a.txt"), "the bytes, which should be the winner's")


@storage_promise(
    "Of two files of one name that are written at the same time, one is there, whole.",
    needs=WRITE,
    source="holdfast.RemoteFile",
)
def one_of_two_writers(case: Case) -> None:
    """
    with storage.open("a.bin", "wb") as one, storage.open("a.bin", "wb") as two:
        written = one.write(b"1" * 300_000), two.write(b"2" * 100_000)
    assert len(set(storage.open("a.bin").read())) == 1
    """
    first, second = case.data(300_000, 1), case.data(100_000, 2)
    with case.opened("a.bin", "wb") as one, case.opened("a.bin", "wb") as two:
        one.write(first)
        two.write(second)
    found = case.contents("a.bin")
    case.true(found in (first, second), f"The {len(found):,} bytes that are there are those of one writer.")
