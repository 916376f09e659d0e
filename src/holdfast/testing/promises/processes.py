"""Forks, pickles and threads."""

from __future__ import annotations

import asyncio
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from holdfast.store import Store
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Feature, Write

FORK = "https://docs.python.org/3/library/os.html#os.fork"
PICKLES = "https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods"
STORAGES = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.storages"
WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "A store that was used works in a forked child, and in the parent afterwards.",
    live=False,
    source="holdfast.Store",
)
def fork_after_use(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    assert in_child(lambda: read(store, "a.txt")) == b"bytes"
    assert read(store, "a.txt") == b"bytes"
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    for turn in range(3):
        case.equal(data, case.read("a.bin"), f"the bytes in the parent, turn {turn}")
        case.true(case.in_child(lambda: case.read("a.bin")) == data, "The bytes in the child are the same.")
    case.equal(["a.bin"], case.keys(), "the keys in the parent")


@store_promise("A child of a forked child works too.", live=False, source="holdfast.Store")
def fork_twice(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    assert in_child(lambda: in_child(lambda: read(store, "a.txt"))) == b"bytes"
    """
    case.given("a.txt", b"bytes")
    case.read("a.txt")

    def child() -> tuple[bytes, bytes, bytes]:
        return case.read("a.txt"), case.in_child(lambda: case.read("a.txt")), case.read("a.txt")

    case.equal((b"bytes",) * 3, case.in_child(child), "the bytes in the child, the grandchild and the child")
    case.equal(b"bytes", case.read("a.txt"), "the bytes in the parent afterwards")


@store_promise(
    "Parent and children that read at the same time do not mix up their answers.",
    live=False,
    source="holdfast.Store",
)
def side_by_side(case: Case) -> None:
    """
    for name in "abc": put(store, name, name.encode() * 20_000); read(store, name)
    works = [lambda name=name: read(store, name) for name in "abc"]
    assert in_children(works, 60) == [name.encode() * 20_000 for name in "abc"]
    """
    expected = [case.data(20_000, number) for number in range(5)]
    for number, data in enumerate(expected):
        case.given(f"{number}.bin", data)
    case.read("0.bin")

    def reading() -> bool:
        return all(case.read(f"{number}.bin") == expected[number] for _ in range(5) for number in range(5))

    case.equal([True] * 3, case.in_children(reading, reading, reading), "whether each child read what was written")
    case.true(reading(), "The parent reads what was written.")


@store_promise("A fork while other threads are at work hangs nobody.", live=False, source="holdfast.Store")
def fork_with_threads_at_work(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    threading.Thread(target=lambda: [read(store, "a.txt") for _ in range(1000)], daemon=True).start()
    assert [in_child(lambda: read(store, "a.txt")) for _ in range(5)] == [b"bytes"] * 5
    """
    data = case.data(100_000)
    case.given("a.bin", data)
    over = threading.Event()

    def reading() -> bool:
        right = True
        while not over.is_set():
            right = right and case.read("a.bin") == data
        return right

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(reading) for _ in range(4)]
        try:
            for _ in range(5):
                case.true(case.in_child(lambda: case.read("a.bin"), 20) == data, "The child reads the bytes.")
        finally:
            over.set()
        case.equal(
            [True] * 4, [reader.result() for reader in readers], "whether the threads of the parent read right"
        )


@store_promise("A fork while other threads write hangs nobody.", needs=WRITE, live=False, source="holdfast.Store")
def fork_with_threads_that_write(case: Case) -> None:
    """
    write = lambda: [put(store, f"{number}.txt", b"bytes", OVER) for number in range(500)]
    threading.Thread(target=write, daemon=True).start()
    assert [in_child(lambda: put(store, "a.txt", b"bytes", OVER).key) for _ in range(5)] == ["a.txt"] * 5
    """
    over = threading.Event()

    def writing(number: int) -> None:
        while not over.is_set():
            case.put(f"{number}.txt", b"bytes", OVER)
            case.keys()

    def child() -> None:
        case.put("child.txt", b"bytes", OVER)
        case.keys()
        case.store.delete("child.txt")

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(writing, number) for number in range(4)]
        try:
            for _ in range(5):
                case.in_child(child, 20)
        finally:
            over.set()
        for writer in writers:
            writer.result()
    for number in range(4):
        case.holds(f"{number}.txt", b"bytes")


@store_promise(
    "What a child writes the parent sees, and the other way round.",
    needs=WRITE,
    live=False,
    source="holdfast.Store",
)
def see_each_other(case: Case) -> None:
    """
    put(store, "parent.txt", b"bytes")
    in_child(lambda: put(store, "child.txt", read(store, "parent.txt")).key)
    assert read(store, "child.txt") == b"bytes"
    """
    case.put("parent.txt", b"from the parent")

    def child() -> bytes:
        case.put("child.txt", b"from the child")
        case.store.delete("gone.txt")
        return case.read("parent.txt")

    case.given("gone.txt")
    case.equal(b"from the parent", case.in_child(child), "what the child reads")
    case.holds("child.txt", b"from the child")
    case.absent("gone.txt")


@store_promise(
    "The asynchronous verbs work in a forked child, whose parent has used them.",
    live=False,
    source="holdfast.Store",
)
def asynchronous_after_fork(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    size = lambda: asyncio.run(store.ahead("a.txt")).size
    assert (size(), in_child(size)) == (5, 5)
    """
    case.given("a.txt", b"bytes")

    async def read() -> bytes:
        with await case.store.aget("a.txt") as body:
            return body.read()

    case.equal(b"bytes", asyncio.run(read()), "the bytes in the parent")
    case.equal(b"bytes", case.in_child(lambda: asyncio.run(read())), "the bytes in the child")


@store_promise(
    "A store can be pickled, before and after it was used, and the copy sees the same.",
    source="holdfast.Store.__reduce__",
)
def pickled(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    other = pickle.loads(pickle.dumps(store))
    assert read(other, "a.txt") == b"bytes" and other.label == store.label
    """
    early = pickle.dumps(case.store)
    case.given("a.txt", b"bytes")
    case.read("a.txt")
    for data in (early, pickle.dumps(case.store)):
        other: Store = pickle.loads(data)  # noqa: S301 - we have just made it
        with other:
            case.equal(case.store.label, other.label, "the label of the copy")
            case.equal(case.store.features, other.features, "the features of the copy")
            with other.get("a.txt") as body:
                case.equal(b"bytes", body.read(), "the bytes that the copy reads")


# ---------------------------------------------------------------- storages


@storage_promise(
    "A storage can be pickled, before and after it was used, and the copy sees the same files.", source=PICKLES
)
def storage_pickled(case: Case) -> None:
    """
    early, name = pickle.dumps(storage), storage.save("a.txt", ContentFile(b"bytes"))
    assert pickle.loads(early).open(name).read() == b"bytes"
    assert pickle.loads(pickle.dumps(storage)).open(name).read() == b"bytes"
    """
    early = pickle.dumps(case.storage)
    case.given("a.txt", b"bytes")
    case.contents("a.txt")
    for when, data in (("before", early), ("after", pickle.dumps(case.storage))):
        other: Storage = pickle.loads(data)  # noqa: S301 - we have just made it
        case.true(type(other) is type(case.storage), "The copy is of the same class.")
        with other.open("a.txt") as file:
            case.equal(b"bytes", file.read(), f"the bytes that a copy reads, pickled {when} the storage was used")


@storage_promise(
    "A storage works in a forked child and in the parent afterwards, open files included.", live=False, source=FORK
)
def storage_after_fork(case: Case) -> None:
    """
    file = storage.open(storage.save("a.txt", ContentFile(b"0123456789")))
    child = file.read(5) and in_child(lambda: storage.open("a.txt").read())
    assert child == b"0123456789" and file.read() == b"56789"
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as file:
        case.equal(data[:10], file.read(10), "the first bytes in the parent")

        def child() -> bytes:
            with case.storage.open("a.bin") as mine:
                return bytes(mine.read())

        case.true(case.in_child(child) == data, "The child reads the bytes.")
        case.equal(data[10:], file.read(), "the rest in the parent")


@storage_promise(
    "A storage whose threads are at work when the process forks hangs nobody.", live=False, source=FORK
)
def storage_fork_with_threads(case: Case) -> None:
    """
    name = storage.save("a.txt", ContentFile(b"bytes"))
    threading.Thread(target=lambda: [storage.exists(name) for _ in range(1000)], daemon=True).start()
    assert [in_child(lambda: storage.open(name).read()) for _ in range(5)] == [b"bytes"] * 5
    """
    case.given("a.txt", b"bytes")
    over = threading.Event()

    def looking() -> bool:
        found = True
        while not over.is_set():
            found = found and case.storage.exists("a.txt")
        return found

    with ThreadPoolExecutor(3) as pool:
        lookers = [pool.submit(looking) for _ in range(3)]
        try:
            for _ in range(5):
                case.equal(b"bytes", case.in_child(lambda: bytes(case.contents("a.txt")), 20), "what a child reads")
        finally:
            over.set()
        case.equal([True] * 3, [looker.result() for looker in lookers], "whether the threads always found the file")


@storage_promise("Sixteen threads share one storage.", needs=WRITE, source=STORAGES)
def threads_share_a_storage(case: Case) -> None:
    """
    work = lambda number: storage.open(storage.save(f"{number}.txt", ContentFile(b"%d" % number))).read()
    assert at_once(16, work) == [b"%d" % number for number in range(16)]
    """

    def work(number: int) -> bytes:
        data = case.data(30_000, number)
        name = case.storage.save(f"folder/{number}.bin", ContentFile(data))
        case.true(case.storage.exists(name), f"{name!r} exists.")
        case.equal(30_000, case.storage.size(name), f"the size of {name!r}")
        passing = case.storage.save(f"folder/passing-{number}.bin", ContentFile(data))
        case.storage.delete(passing)
        return bytes(case.contents(name))

    for number, found in enumerate(case.at_once(16, work)):
        case.equal(case.data(30_000, number), found, f"what thread {number} read")
    case.equal(16, len(case.storage.listdir("folder")[1]), "the number of files")


@remote_promise(
    "Sixteen threads edit files of their own in one storage.", needs=WRITE, source="holdfast.RemoteStorage"
)
def threads_edit_in_a_storage(case: Case) -> None:
    """
    def edit(number):
        with storage.open(storage.save(f"{number}.txt", ContentFile(b"a")), "ab") as file: return file.write(b"b")
    assert at_once(16, edit) == [1] * 16
    """

    def work(number: int) -> bytes:
        name = case.storage.save(f"folder/{number}.bin", ContentFile(case.data(30_000, number)))
        with case.storage.open(name, "ab") as file:
            file.write(b"end")
        return bytes(case.contents(name))

    for number, found in enumerate(case.at_once(16, work)):
        case.equal(case.data(30_000, number) + b"end", found, f"what thread {number} read")
    case.equal(16, len(case.storage.listdir("folder")[1]), "the number of files")
