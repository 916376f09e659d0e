"""Tasks that are cancelled while they write: what they wrote is whole or not there, and nothing comes after."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

from django.core.files.base import ContentFile, File

from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import CHUNK, Feature, Write

ACLOSE = "holdfast.aiofile.AsyncFile.aclose"
AEXIT = "holdfast.aiofile.AsyncFile.__aexit__"
CANCEL = "https://docs.python.org/3/library/asyncio-task.html#task-cancellation"
IN_THREAD = "holdfast.threads.in_thread"
TASK_GROUP = "https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup"
TIMEOUT = "https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout"
WRITE = Feature.WRITE

PATIENCE = 30
"""Seconds after which a source goes on that nobody told to."""

TURNS = 20


class Stalling(File):  # type: ignore[type-arg]  # generic in the stubs alone
    """A content that stops in its middle until it is told to go on, and says when it was let go of."""

    def __init__(self, size: int = 4 * CHUNK) -> None:
        super().__init__(None, "stalling.bin")
        self.half = threading.Event()
        self.further = threading.Event()
        self.ended = False
        self.whole = False
        self._size = size

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        try:
            yield bytes(self._size // 2)
            self.half.set()
            self.further.wait(PATIENCE)
            yield bytes(self._size // 2)
            self.whole = True
        finally:
            self.ended = True

    async def cancel(self, writing: Coroutine[Any, Any, Any]) -> None:
        """Begin to write this content, and cancel it in its middle."""
        task = asyncio.ensure_future(writing)
        while not (self.half.is_set() or task.done()):
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.sleep(0.001)
        self.further.set()
        await task


def _whole_or_absent(case: Case, key: str, data: bytes) -> None:
    keys = case.keys()
    if key in keys:
        case.holds(key, data)
    else:
        case.absent(key)


@store_promise(
    "A put that is cancelled in the middle of its bytes leaves nothing; it has ended before its caller goes on.",
    needs=WRITE,
    source=IN_THREAD,
)
def put_leaves_nothing(case: Case) -> None:
    """
    slow = Source.of(time.sleep(0.1) or b"x" for _ in range(9))
    error_of(asyncio.run, asyncio.wait_for(store.aput("a.bin", slow), 0.3))
    assert keys(store) == []
    """
    content = Stalling()
    with case.raises(asyncio.CancelledError, "aput, cancelled"):
        asyncio.run(content.cancel(case.store.aput("a.bin", Source.of(content))))
    case.true(content.ended, "Its source is let go of.")
    case.true(not content.whole, "Its source is not read to the end.")
    case.absent("a.bin")


@store_promise("A put that is cancelled leaves the old object as it was.", needs=WRITE, source=IN_THREAD)
def put_leaves_the_old(case: Case) -> None:
    """
    put(store, "a.bin", b"old"); slow = Source.of(time.sleep(0.1) or b"x" for _ in range(9))
    error_of(asyncio.run, asyncio.wait_for(store.aput("a.bin", slow, OVER), 0.3))
    assert read(store, "a.bin") == b"old"
    """
    case.given("a.bin", b"as it is")
    content = Stalling()
    with case.raises(asyncio.CancelledError, "aput, cancelled"):
        asyncio.run(content.cancel(case.store.aput("a.bin", Source.of(content), Write(overwrite=True))))
    case.holds("a.bin", b"as it is")


@store_promise(
    "A copy that is cancelled at any moment is whole or not there, and stays so.", needs=WRITE, source=IN_THREAD
)
def copy_is_whole_or_absent(case: Case) -> None:
    """
    put(store, "a.bin", bytes(9_000_000))
    error_of(asyncio.run, asyncio.wait_for(store.acopy("a.bin", "b.bin"), 0.002))
    assert read(store, "b.bin") == bytes(9_000_000) if "b.bin" in keys(store) else True
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    pauses = random.Random(1)  # noqa: S311 - no secret

    async def work(target: str) -> None:
        task = asyncio.ensure_future(case.store.acopy("a.bin", target))
        await asyncio.sleep(pauses.random() * 0.005)
        task.cancel()
        await asyncio.wait([task])

    for turn in range(TURNS):
        asyncio.run(work(f"{turn}.bin"))
        _whole_or_absent(case, f"{turn}.bin", data)
    case.holds("a.bin", data)


@store_promise(
    "A put that another task's failure cancels leaves nothing, whatever became of it.",
    needs=WRITE,
    source=TASK_GROUP,
)
def sibling_fails(case: Case) -> None:
    """
    slow = Source.of(time.sleep(0.1) or b"x" for _ in range(9))
    async def work(): await asyncio.gather(asyncio.wait_for(store.aput("a.bin", slow), 0.3), store.ahead("b"))
    error_of(asyncio.run, work()); assert keys(store) == []
    """
    content = Stalling()

    async def fails() -> None:
        while not content.half.is_set():
            await asyncio.sleep(0.001)
        asyncio.get_running_loop().call_later(0.01, content.further.set)
        raise LookupError

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(case.store.aput("a.bin", Source.of(content)))
            group.create_task(fails())

    with case.raises(ExceptionGroup, "the group of tasks"):
        asyncio.run(work())
    case.true(content.ended and not content.whole, "The source of the other task is let go of.")
    case.absent("a.bin")


@remote_promise("asave that is cancelled in the middle of its bytes leaves nothing.", needs=WRITE, source=IN_THREAD)
def save_leaves_nothing(case: Case) -> None:
    """
    slow = (time.sleep(0.1) or b"x" for _ in range(9))
    error_of(asyncio.run, asyncio.wait_for(storage.asave("a.bin", slow), 0.3))
    assert not storage.exists("a.bin")
    """
    content = Stalling()
    with case.raises(asyncio.CancelledError, "asave, cancelled"):
        asyncio.run(content.cancel(case.remote.asave("a.bin", content)))
    case.true(content.ended and not content.whole, "Its content is let go of.")
    case.equal([], case.keys(), "what is there")


@remote_promise(
    "asave that outlasts asyncio.timeout has ended, and left nothing, when TimeoutError comes.",
    needs=WRITE,
    source=TIMEOUT,
)
def save_in_time(case: Case) -> None:
    """
    async def work():
        async with asyncio.timeout(0.3): await storage.asave("a", (time.sleep(0.1) or b"x" for _ in range(9)))
    assert isinstance(error_of(asyncio.run, work()), TimeoutError) and keys(store) == []
    """
    content = Stalling()

    async def work() -> None:
        asyncio.get_running_loop().call_later(0.2, content.further.set)
        async with asyncio.timeout(0.1):
            await case.remote.asave("a.bin", content)

    with case.raises(TimeoutError, "asave that is given 0.1 seconds"):
        asyncio.run(work())
    case.true(content.ended and not content.whole, "Its content is let go of.")
    case.equal([], case.keys(), "what is there")


@remote_promise("A block around an open file that is cancelled leaves nothing.", needs=WRITE, source=AEXIT)
def block_leaves_nothing(case: Case) -> None:
    """
    async def work():
        async with storage.aopen("a.txt", "w") as file: await file.awrite("half"); await asyncio.sleep(9)
    error_of(asyncio.run, asyncio.wait_for(work(), 0.2)); assert keys(store) == []
    """
    case.given("old.bin", b"as it is")

    async def work(name: str, mode: str) -> None:
        async with case.remote.aopen(name, mode) as file:
            await file.awrite(b"half")
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            await file.awrite(b"and the rest")

    for name, mode in (("new.bin", "wb"), ("new.bin", "ab"), ("old.bin", "wb"), ("old.bin", "r+b")):
        with case.raises(asyncio.CancelledError, f"the block around {name!r} in mode {mode!r}"):
            asyncio.run(work(name, mode))
        case.equal(["old.bin"], case.keys(), "what is there")
        case.holds("old.bin", b"as it is")


@remote_promise(
    "A file whose aclose is cancelled at any moment is whole or not there, and stays so.",
    needs=WRITE,
    source=ACLOSE,
)
def close_is_whole_or_nothing(case: Case) -> None:
    """
    async def work(): file = await storage.aopen("a", "wb"); file.write(bytes(9_000_000)); await file.aclose()
    error_of(asyncio.run, asyncio.wait_for(work(), 0.02))
    assert keys(store) == [] or read(store, "a") == bytes(9_000_000)
    """
    data = case.data(300_000)
    pauses = random.Random(2)  # noqa: S311 - no secret

    async def work(name: str, number: int) -> None:
        file = await case.remote.aopen(name, "wb")
        await file.awrite(data)
        task = asyncio.ensure_future(file.aclose())
        await asyncio.sleep(0 if number % 2 else pauses.random() * 0.005)
        task.cancel()
        await asyncio.wait([task])
        case.true(file.closed, "The file is closed, whatever became of it.")

    for turn in range(TURNS):
        name = f"{turn}.bin"
        asyncio.run(work(name, turn))
        _whole_or_absent(case, name, data)


@remote_promise("What was cancelled before it could begin does nothing.", needs=WRITE, source=CANCEL)
def never_begun(case: Case) -> None:
    """
    async def work(): asyncio.ensure_future(storage.asave("a.txt", ContentFile(b"-"))).cancel()
    asyncio.run(work())
    assert keys(store) == []
    """

    async def work() -> None:
        tasks = [asyncio.create_task(case.remote.asave("a.txt", ContentFile(b"-"))) for _ in range(10)]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(work())
    case.equal([], case.keys(), "what is there")


@remote_promise("After a cancelled read the storage and the file are still good for reading.", source=IN_THREAD)
def read_again(case: Case) -> None:
    """
    put(store, "a.bin", bytes(9_000_000)); file = storage.open("a.bin")
    error_of(asyncio.run, asyncio.wait_for(file.aread(), 0.001))
    asyncio.run(file.aseek(0)); assert asyncio.run(file.aread()) == bytes(9_000_000)
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    pauses = random.Random(3)  # noqa: S311 - no secret

    async def work() -> None:
        async with case.remote.aopen("a.bin") as file:
            for _ in range(TURNS):
                task = asyncio.ensure_future(file.aread())
                await asyncio.sleep(pauses.random() * 0.003)
                task.cancel()
                await asyncio.wait([task])
                await file.aseek(0)
            case.true(await file.aread() == data, "The file is read whole after cancelled reads.")
        for _ in range(TURNS):
            task = asyncio.ensure_future(_read(case, "a.bin"))
            await asyncio.sleep(pauses.random() * 0.003)
            task.cancel()
            await asyncio.wait([task])
        case.true(await _read(case, "a.bin") == data, "The file is opened and read after cancelled openings.")

    asyncio.run(work())


async def _read(case: Case, name: str) -> Any:
    async with case.remote.aopen(name) as file:
        return await file.aread()
