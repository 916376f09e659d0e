"""What a storage leaves behind in its process: little memory, and nothing that keeps the process from ending."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage

from holdfast.errors import NotFound
from holdfast.store import Store
from holdfast.testing.case import Case
from holdfast.testing.ends import forked, fresh
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Body

THREADS = 8
LITTLE = 500_000
"""Bytes for each thread that uses a storage, as long as the thread lives."""

PATIENCE = 60
"""Seconds in which a process has to end that has nothing more to do."""

ENDS = "https://docs.python.org/3/library/threading.html#thread-objects"
DEPLOYED = "https://docs.djangoproject.com/en/stable/howto/deployment/"

_open: list[Body | File[Any]] = []
"""What is still open when a process ends."""


def _close() -> None:
    while _open:
        _open.pop().close()


def use_a_store(store: Store) -> None:
    """Read, in threads and asynchronously too, and leave a body open."""

    def read() -> None:
        with suppress(NotFound), store.get("a.txt") as body:  # a new process has objects of its own, in memory
            body.read()

    async def read_asynchronously() -> None:
        with suppress(NotFound), await store.aget("a.txt") as body:
            body.read()

    read()
    asyncio.run(read_asynchronously())
    with ThreadPoolExecutor(2) as pool:
        for reading in [pool.submit(read) for _ in range(2)]:
            reading.result()
    with suppress(NotFound):
        _open.append(store.get("a.txt"))


def use_a_storage(storage: Storage) -> None:
    """Look and read, in threads and beside an event loop too, and leave a file open."""

    def read() -> None:
        if storage.exists("a.txt"):
            with storage.open("a.txt") as file:
                file.read()

    read()
    asyncio.run(asyncio.to_thread(read))
    with ThreadPoolExecutor(2) as pool:
        for reading in [pool.submit(read) for _ in range(2)]:
            reading.result()
    if storage.exists("a.txt"):
        _open.append(storage.open("a.txt"))


@store_promise("A forked child that has used a store ends by itself, without a word.", live=False, source=ENDS)
def store_in_a_child_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_store
    put(store, "a.txt", b"bytes")
    assert forked(lambda: use_a_store(store)) == ""
    """
    case.given("a.txt")
    use_a_store(case.store)
    _close()
    case.equal("", forked(partial(use_a_store, case.store), PATIENCE), "what a forked child says at its end")


@store_promise("A new process that has used a store ends by itself, without a word.", live=False, source=ENDS)
def store_in_a_process_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_store
    put(store, "a.txt", b"bytes")
    assert fresh(use_a_store, store) == ""
    """
    case.given("a.txt")
    case.equal("", fresh(use_a_store, case.store, PATIENCE), "what a new process says at its end")


@storage_promise("A forked child that has used a storage ends by itself, without a word.", live=False, source=ENDS)
def in_a_child_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_storage
    storage.save("a.txt", ContentFile(b"bytes"))
    assert forked(lambda: use_a_storage(storage)) == ""
    """
    case.given("a.txt")
    use_a_storage(case.storage)
    _close()
    case.equal("", forked(partial(use_a_storage, case.storage), PATIENCE), "what a forked child says at its end")


@storage_promise("A new process that has used a storage ends by itself, without a word.", live=False, source=ENDS)
def in_a_process_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_storage
    storage.save("a.txt", ContentFile(b"bytes"))
    assert fresh(use_a_storage, storage) == ""
    """
    case.given("a.txt")
    case.equal("", fresh(use_a_storage, case.storage, PATIENCE), "what a new process says at its end")


@storage_promise("Threads that use one storage take little memory each, as long as they live.", source=DEPLOYED)
def little_memory_for_a_thread(case: Case) -> None:
    """
    storage.exists("a.txt")
    with Case.of(storage).peak() as peak: at_once(8, lambda _: [storage.exists("a.txt"), time.sleep(1)])
    assert peak.bytes < 8 * 500_000
    """
    case.given("a.bin", case.data(10_000))

    def use() -> None:
        case.storage.exists("a.bin")
        with case.storage.open("a.bin") as file:
            file.read()

    use()  # what is there for all threads does not count
    used, measured = threading.Barrier(THREADS + 1), threading.Event()

    def work() -> None:
        try:
            use()
        finally:
            used.wait(PATIENCE)
            measured.wait(PATIENCE)

    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        with ThreadPoolExecutor(THREADS) as pool:
            working = [pool.submit(work) for _ in range(THREADS)]
            try:
                used.wait(PATIENCE)
                gc.collect()
                held = tracemalloc.get_traced_memory()[0] - before
            finally:
                measured.set()
            for each in working:
                each.result()
    finally:
        tracemalloc.stop()
    case.within(0, LITTLE, max(0, held) // THREADS, "the bytes that a thread holds after it has used the storage")
