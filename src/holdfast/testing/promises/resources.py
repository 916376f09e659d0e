"""What a storage leaves behind in its process: little memory, and nothing that keeps the process from ending."""

from __future__ import annotations

import asyncio
import gc
import pickle
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from django.core.files.base import File
from django.core.files.storage import Storage

from holdfast.errors import NotFound
from holdfast.store import Store
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.ends import forked, fresh
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Body

T = TypeVar("T")

THREADS = 8
LITTLE = 500_000
"""Bytes for each thread that uses a storage, as long as the thread lives."""

PATIENCE = 30
"""Seconds in which a process has to end that has nothing more to do."""

ENDS = "https://docs.python.org/3/library/threading.html#thread-objects"
DEPLOYED = "https://docs.djangoproject.com/en/stable/howto/deployment/"

_open: list[Body | File[Any]] = []
"""What is still open when a process ends."""


def _close() -> None:
    while _open:
        _open.pop().close()


def use_a_store(store: Store) -> None:
    """Read, in another thread and asynchronously too, and leave a body open."""

    def read() -> None:
        with suppress(NotFound), store.get("a.txt") as body:  # a new process has objects of its own, in memory
            body.read()

    async def read_asynchronously() -> None:
        with suppress(NotFound), await store.aget("a.txt") as body:
            body.read()

    read()
    asyncio.run(read_asynchronously())
    with ThreadPoolExecutor(1) as pool:
        pool.submit(read).result()
    with suppress(NotFound):
        _open.append(store.get("a.txt"))


def use_a_storage(storage: Storage) -> None:
    """Look and read, in another thread and beside an event loop too, and leave a file open."""

    def read() -> None:
        if storage.exists("a.txt"):
            with storage.open("a.txt") as file:
                file.read()

    read()
    asyncio.run(asyncio.to_thread(read))
    with ThreadPoolExecutor(1) as pool:
        pool.submit(read).result()
    if storage.exists("a.txt"):
        _open.append(storage.open("a.txt"))


def _works_out_of_a_pickle(use: Callable[[T], object], thing: T) -> None:
    """That it does is another promise."""
    try:
        use(pickle.loads(pickle.dumps(thing)))  # noqa: S301 - we have just made it
    except Exception as error:
        raise NotApplicable("needs one that works out of a pickle, to hand it to a new process") from error
    finally:
        _close()


@store_promise("A forked child that has used a store ends by itself, without a word.", live=False, source=ENDS)
def store_in_a_child_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_store
    put(store, "a.txt", b"bytes")
    assert forked(lambda: use_a_store(store)) == ""
    """
    case.given("a.txt")
    case.equal("", forked(partial(use_a_store, case.store), PATIENCE), "what a forked child says at its end")


@store_promise("A new process that has used a store ends by itself, without a word.", live=False, source=ENDS)
def store_in_a_process_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_store
    put(store, "a.txt", b"bytes")
    assert fresh(use_a_store, store) == ""
    """
    case.given("a.txt")
    _works_out_of_a_pickle(use_a_store, case.store)
    case.equal("", fresh(use_a_store, case.store, PATIENCE), "what a new process says at its end")


@storage_promise("A forked child that has used a storage ends by itself, without a word.", live=False, source=ENDS)
def in_a_child_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_storage
    storage.save("a.txt", ContentFile(b"bytes"))
    assert forked(lambda: use_a_storage(storage)) == ""
    """
    case.given("a.txt")
    case.equal("", forked(partial(use_a_storage, case.storage), PATIENCE), "what a forked child says at its end")


@storage_promise("A new process that has used a storage ends by itself, without a word.", live=False, source=ENDS)
def in_a_process_that_ends(case: Case) -> None:
    """
    from holdfast.testing.promises.resources import use_a_storage
    storage.save("a.txt", ContentFile(b"bytes"))
    assert fresh(use_a_storage, storage) == ""
    """
    case.given("a.txt")
    _works_out_of_a_pickle(use_a_storage, case.storage)
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
    turn, barrier = threading.Lock(), threading.Barrier(THREADS + 1, timeout=PATIENCE)
    errors: list[Exception] = []

    def work() -> None:
        try:
            with turn:  # whether they may use it in the same instant is another promise
                use()
        except Exception as error:
            errors.append(error)
        with suppress(threading.BrokenBarrierError):
            barrier.wait()  # until all have used it
            barrier.wait()  # and until what they hold is measured

    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(THREADS):
            threading.Thread(target=work, daemon=True).start()
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            case.fail(f"{THREADS} threads have not used the storage one after the other within {PATIENCE} seconds.")
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
        barrier.wait()
    finally:
        tracemalloc.stop()
    for error in errors:
        raise error
    case.within(0, LITTLE, max(0, held) // THREADS, "the bytes that a thread holds after it has used the storage")
