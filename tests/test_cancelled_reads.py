"""Cancelled reads and queues where it is seen best: in a store that can be held up. On every store it is in the
contract."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from holdfast import Body, Entry, Read, RemoteStorage, Source
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.threads import WORKERS, in_thread
from tests.held import AT_ONCE, WHOLE, Held, HeldAndSensitive, cancelled, until


@pytest.fixture(params=[Held, HeldAndSensitive], ids=["pool", "sensitive"])
def held(request) -> Iterator[Held]:
    store = request.param()
    store.put("a.bin", Source.of(bytes(200_000)))
    yield store
    store.go.set()


# ---------------------------------------------------------------- reads


def test_a_body_that_comes_too_late_is_closed(held):
    async def work():
        assert await cancelled(held.aget("a.bin"), lambda: held.begun) < AT_ONCE
        assert 0 == held.closed
        held.go.set()
        await until(lambda: held.closed)

    asyncio.run(work())


def test_a_file_that_is_opened_too_late_is_closed(held, tmp_path):
    opened = []

    class Late(RemoteStorage):
        def _open(self, name: str, mode: str = "rb") -> Any:
            held.hold()
            opened.append(super()._open(name, mode))
            return opened[-1]

    class Sensitive(LocalStore):
        thread_sensitive = held.thread_sensitive

    storage = Late(store=Sensitive(root=tmp_path))
    storage.store.put("a.bin", Source.of(b"-"))

    async def work(mode):
        held.begun, opened[:] = 0, []
        held.go.clear()
        assert await cancelled(storage.aopen("a.bin", mode), lambda: held.begun) < AT_ONCE
        held.go.set()
        await until(lambda: opened and opened[0].closed)

    for mode in ("rb", "r", "wb"):
        asyncio.run(work(mode))
    assert b"-" == (tmp_path / "a.bin").read_bytes()


def test_a_listing_that_comes_too_late_is_closed(held):
    async def work():
        assert await cancelled(anext(held.alist()), lambda: held.begun) < AT_ONCE
        held.go.set()
        await until(lambda: held.closed)

    asyncio.run(work())


def test_a_local_path_that_comes_too_late_is_removed(held, tmp_path):
    async def enter():
        async with RemoteStorage(held).alocal_path("a.bin"):
            raise AssertionError

    async def work():
        assert await cancelled(enter(), lambda: held.begun) < AT_ONCE
        held.go.set()
        await until(lambda: held.closed and not os.listdir(tmp_path))

    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
        asyncio.run(work())


def test_a_local_path_whose_leaving_never_began_is_removed(tmp_path):
    store, other = Held(), MemoryStore()
    for each in (store, other):
        each.put("a.bin", Source.of(b"-"))

    async def leave(entered):
        async with RemoteStorage(other).alocal_path("a.bin"):
            entered.set()
            await until(lambda: WORKERS == store.begun)

    async def work():
        entered = asyncio.Event()
        leaving = asyncio.create_task(leave(entered))
        await entered.wait()
        tasks = [asyncio.create_task(store.ahead("a.bin")) for _ in range(WORKERS)]
        await until(lambda: WORKERS == store.begun)
        await asyncio.sleep(0.05)  # it waits for a thread by now
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert [] == os.listdir(tmp_path)
        store.go.set()
        await asyncio.gather(*tasks)

    with override_settings(FILE_UPLOAD_TEMP_DIR=str(tmp_path)):
        asyncio.run(work())


def test_cancelled_reads_that_wait_for_their_turn_hold_no_threads(held):
    held.go.set()
    file = RemoteStorage(held).open("a.bin")
    held.go.clear()
    held.begun = 0

    async def work():
        await cancelled(file.aread(), lambda: held.begun)
        for _ in range(2 * WORKERS):
            await cancelled(file.aread(), lambda: True)
        async with asyncio.timeout(5):
            await MemoryStore().adelete("a.bin")
        await file.aclose()
        held.go.set()
        await until(lambda: file.closed)

    asyncio.run(work())


def test_a_block_around_a_file_is_left_at_once_and_the_file_closed_by_the_read_that_is_stuck(held):
    held.go.set()
    file = RemoteStorage(held).open("a.bin")
    held.go.clear()
    held.begun = 0

    async def read():
        async with file:
            await file.aread()

    async def work():
        assert await cancelled(read(), lambda: held.begun) < AT_ONCE
        assert not file.closed
        held.go.set()
        await until(lambda: file.closed)

    asyncio.run(work())


def test_closing_a_file_does_not_wait_for_a_read_that_was_let_go(held):
    held.go.set()
    file = RemoteStorage(held).open("a.bin")
    held.go.clear()
    held.begun = 0

    async def work():
        await cancelled(file.aread(), lambda: held.begun)
        began = time.monotonic()
        await file.aclose()
        assert time.monotonic() - began < AT_ONCE
        held.go.set()
        await until(lambda: file.closed)

    asyncio.run(work())


def test_a_let_go_read_of_a_large_object_stops(held):
    class Endless(MemoryStore):
        given = 0

        def get(self, key: str, want: Read = WHOLE) -> Body:
            return Body(Entry(key=key), self._chunks())

        def _chunks(self) -> Iterator[bytes]:
            for _ in range(3000):
                self.given += 1
                time.sleep(0.001)
                yield bytes(1000)

    store = Endless()

    def read() -> bytes:
        with store.get("a") as body:
            return body.read()

    async def work():
        assert await cancelled(in_thread(read, late=print), lambda: store.given > 5) < AT_ONCE
        await asyncio.sleep(0.05)
        given = store.given
        await asyncio.sleep(0.05)
        assert given == store.given

    asyncio.run(work())


# ---------------------------------------------------------------- queues


def test_a_call_that_was_only_queued_never_starts():
    store = Held()
    store.put("a.bin", Source.of(b"-"))

    async def work():
        tasks = [asyncio.create_task(store.ahead("a.bin")) for _ in range(WORKERS)]
        await until(lambda: WORKERS == store.begun)
        writes = [asyncio.create_task(store.aput(f"{number}", Source.of(b"-"))) for number in range(20)]
        await asyncio.sleep(0.01)
        began = time.monotonic()
        for task in writes:
            task.cancel()
        await asyncio.wait(writes)
        assert time.monotonic() - began < AT_ONCE
        store.go.set()
        await asyncio.gather(*tasks)
        await store.ahead("a.bin")

    asyncio.run(work())
    assert ["a.bin"] == [entry.key for entry in MemoryStore.list(store)]


def test_a_sensitive_call_that_was_only_queued_never_starts():
    store = HeldAndSensitive()
    store.put("a.bin", Source.of(b"-"))

    async def work():
        first = asyncio.create_task(store.ahead("a.bin"))
        await until(lambda: store.begun)
        second = asyncio.create_task(store.aput("b.bin", Source.of(b"-")))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        store.go.set()
        await first

    asyncio.run(work())
    assert ["a.bin"] == [entry.key for entry in MemoryStore.list(store)]
