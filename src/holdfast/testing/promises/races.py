"""Many writers at once."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial

from django.core.files.base import ContentFile

from holdfast.errors import AlreadyExists, Changed, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Entry, Feature, Remove, Write

WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "Of many threads that create one key, one does; the others are told, and its bytes stay.", creates=True
)
def one_creates(case: Case) -> None:
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


@store_promise("Of many threads that copy to one new key, one does.", creates=True, needs=WRITE)
def one_copies(case: Case) -> None:
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


@store_promise("A reader beside writers sees one of the versions, whole, and never nothing.", needs=WRITE)
def readers_beside_writers(case: Case) -> None:
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


@store_promise("Writers that replace one object at once leave the bytes of one of them, whole.", needs=WRITE)
def last_one_wins(case: Case) -> None:
    versions = [case.data(150_000 + seed, seed) for seed in range(6)]
    case.at_once(6, lambda number: case.put("a.bin", versions[number], OVER))
    case.true(case.read("a.bin") in versions, "The bytes are those of one of the writers.")


@store_promise("Twenty threads that put, read and delete keys of their own do not disturb each other.", needs=WRITE)
def keys_of_their_own(case: Case) -> None:
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


@store_promise("Deleting beside creating leaves the object whole or absent.", needs=WRITE)
def deleting_beside_creating(case: Case) -> None:
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
    "A counter that threads raise by replacing the version they read loses none.", needs=WRITE | Feature.REPLACE_IF
)
def no_update_is_lost(case: Case) -> None:
    case.put("counter", b"0")

    def work(_: int) -> None:
        done = 0
        while done < 5:
            with case.store.get("counter") as body:
                value, etag = int(body.read()), body.entry.etag
            try:
                case.put("counter", b"%d" % (value + 1), Write(etag=etag))
                done += 1
            except Changed:
                pass

    case.at_once(4, work)
    case.equal(b"20", case.read("counter"), "the counter after 20 steps")


@store_promise(
    "Of threads that replace or delete one version, one does.",
    needs=WRITE | Feature.REPLACE_IF | Feature.DELETE_IF,
)
def one_replaces_or_deletes(case: Case) -> None:
    for _ in range(10):
        etag = case.put("a.txt", b"old", OVER).etag

        def work(number: int, etag: str | None = etag) -> int | None:
            with suppress(Changed, NotFound):
                if number % 2:  # deleting is silent where there is nothing left, so only writers can say who won
                    case.store.delete("a.txt", Remove(etag=etag))
                else:
                    case.put("a.txt", b"writer %d" % number, Write(etag=etag))
                    return number
            return None

        winners = [number for number in case.at_once(6, work) if number is not None]
        case.true(len(winners) <= 1, f"At most one has replaced the version: {winners}")
        if winners:
            case.equal(b"writer %d" % winners[0], case.read("a.txt"), "the bytes, which should be that writer's")
        else:
            case.absent("a.txt")


@store_promise("Of many processes that create one key, one does.", creates=True, live=False)
def one_process_creates(case: Case) -> None:
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


@storage_promise(
    "Thirty-two threads that save one name get thirty-two names, and nobody's bytes are lost.", creates=True
)
def threads_save_one_name(case: Case) -> None:
    names = case.at_once(32, lambda number: case.storage.save("race.txt", ContentFile(b"content %d" % number)))
    case.equal(32, len(set(names)), "the number of different names that save gave")
    found = [case.contents(name) for name in names]
    case.equal([b"content %d" % number for number in range(32)], found, "what is found under each thread's name")
    case.equal(sorted(names), case.keys(), "the keys that are there")


@remote_promise(
    "Where a project chooses names itself, threads that save one name lose nothing either.", creates=True
)
def threads_save_one_name_with_hooks(case: Case) -> None:
    class Hooked:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return super().get_available_name(name, max_length)  # type: ignore[misc,no-any-return]

    storage = case.storage_with(Hooked)
    names = case.at_once(16, lambda number: storage.save("race.txt", ContentFile(b"content %d" % number)))
    case.equal(16, len(set(names)), "the number of different names that save gave")
    found = [case.contents(name) for name in names]
    case.equal([b"content %d" % number for number in range(16)], found, "what is found under each thread's name")


@storage_promise(
    "Processes that save one name get a name each, and nobody's bytes are lost.", creates=True, live=False
)
def processes_save_one_name(case: Case) -> None:
    case.given("warm.txt")
    case.contents("warm.txt")

    def saving(process: int) -> list[str]:
        return [case.storage.save("race.txt", ContentFile(b"%d %d" % (process, turn))) for turn in range(8)]

    found = case.in_children(*[partial(saving, process) for process in range(3)])
    names = [name for some in found for name in some]
    case.equal(24, len(set(names)), "the number of different names that save gave")
    expected = [b"%d %d" % (process, turn) for process in range(3) for turn in range(8)]
    case.equal(expected, [case.contents(name) for name in names], "what is found under each name")


@storage_promise("Of threads that open one new name with mode x, one writes the file.", creates=True)
def one_opens_exclusively(case: Case) -> None:
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
