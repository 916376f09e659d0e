"""Cancelled writes and reads of S3: whole or not there, no parts left, and nothing that happens later."""

from __future__ import annotations

import asyncio
import io
import os
import random
import time

import pytest

from holdfast import RemoteStorage
from holdfast.errors import Unavailable
from holdfast.source import Source
from holdfast.stores.s3 import store as s3
from holdfast.types import Write
from tests.held import AT_ONCE, cancelled, until
from tests.servers.faults import Fault

MIB = 1024 * 1024
OVER = Write(overwrite=True)


class Slow(io.BytesIO):
    """A file whose every read takes its time."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(0.002 if size else 0)
        return super().read(size)


def slow(size: int, chunk: int = 64 * 1024):
    for _ in range(0, size, chunk):
        time.sleep(0.002)
        yield bytes(chunk)


def method(proxy, name: str):
    return lambda: any(name == request.method for request in proxy.requests)


def struck(proxy):
    return lambda: not proxy.unfired()


def nothing_more(proxy) -> bool:
    """Whether no further request comes."""
    count = len(proxy.requests)
    time.sleep(0.2)
    return count == len(proxy.requests)


@pytest.mark.parametrize("content", [lambda: slow(40 * MIB), lambda: Slow(bytes(40 * MIB))], ids=["stream", "file"])
def test_an_upload_in_parts_takes_its_parts_away(through, proxy, place, content, monkeypatch):
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 6 * MIB)
    store = through(part_size=5 * MIB)
    work = cancelled(store.aput("k", Source.of(content()), OVER), method(proxy, "PUT"))
    assert asyncio.run(work) < 5
    assert [] == place.pending()
    assert [] == place.keys()
    assert "DELETE" == proxy.requests[-1].method
    assert nothing_more(proxy)


def test_parts_that_the_service_is_slow_to_take_are_broken_off(through, proxy, place, monkeypatch):
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 6 * MIB)
    store = through(part_size=5 * MIB)
    proxy.plan(Fault("stall_before_reply", count=2, match="PUT", seconds=20))
    assert asyncio.run(cancelled(store.aput("k", Source.of(bytes(12 * MIB)), OVER), struck(proxy))) < 5
    assert [] == place.pending()
    assert [] == place.keys()


def test_a_single_put_is_broken_off_within_its_body(through, proxy, place):
    store = through()
    work = cancelled(store.aput("k", Source.of(Slow(bytes(16 * MIB)))), method(proxy, "PUT"))
    assert asyncio.run(work) < AT_ONCE
    assert [] == place.keys()
    assert nothing_more(proxy)
    assert ["PUT"] == [request.method for request in proxy.requests]


def test_a_put_whose_answer_is_late_is_waited_for_and_whole(through, proxy, place):
    store = through()
    proxy.plan(Fault("stall_before_reply", match="PUT", seconds=0.5))
    seconds = asyncio.run(cancelled(store.aput("k", Source.of(b"bytes")), method(proxy, "PUT")))
    assert 0.2 < seconds < 5
    assert ["k"] == place.keys()


def test_a_pause_before_the_next_attempt_ends_at_once(through, proxy, place):
    store = through()
    proxy.plan(Fault("error_before", match="PUT", headers={"Retry-After": "10"}))

    def answered() -> bool:
        return any(request.status for request in proxy.requests)

    assert asyncio.run(cancelled(store.aput("k", Source.of(b"bytes")), answered)) < AT_ONCE
    assert [] == place.keys()
    assert nothing_more(proxy)
    assert 1 == len(proxy.requests)


def test_a_lost_reply_is_found_out_about_also_for_a_caller_that_is_gone(through, proxy, place):
    store = through()
    proxy.plan(Fault("lose_reply", match="PUT"))
    asyncio.run(cancelled(store.aput("k", Source.of(b"bytes")), method(proxy, "PUT")))
    assert ["PUT", "HEAD"] == [request.method for request in proxy.requests]
    assert ["k"] == place.keys()


def test_a_read_that_is_stuck_is_let_go_at_once(through, proxy):
    store = through(read_timeout=2)
    store.put("k", Source.of(os.urandom(MIB)))
    proxy.plan(Fault("stall_body", match="GET", skip=1))

    async def work():
        async with RemoteStorage(store).aopen("k") as file:
            seconds = await cancelled(file.aread(), struck(proxy))
        return seconds, file

    began = time.monotonic()
    seconds, file = asyncio.run(work())
    assert seconds < AT_ONCE
    assert time.monotonic() - began < 2
    proxy.release.set()
    asyncio.run(until(lambda: file.closed))


def test_the_error_of_a_write_that_was_not_cancelled_is_its_own(through, proxy):
    store = through(attempts=1)
    proxy.plan(Fault("reset_before", match="PUT"))
    with pytest.raises(Unavailable):
        asyncio.run(store.aput("k", Source.of(b"bytes")))


def test_at_any_moment(through, proxy, place):
    """Whole or not there, and no part left, whenever it is cancelled."""
    proxy.delay = 0.003
    store = through(part_size=5 * MIB, conditional_complete=True)
    storage = RemoteStorage(store)
    moments = random.Random(1)
    data = {"large": [bytes(64 * 1024)] * 100, "small": [b"small"] * 100}

    async def work(name):
        kind = name.partition("-")[0]
        task = asyncio.create_task(storage.asave(name, Content(data[kind])))
        await asyncio.sleep(moments.random() * (0.2 if kind == "large" else 0.02))
        task.cancel()
        await asyncio.wait([task])
        sizes = [entry.size for entry in place.store().list() if name == entry.key]
        assert sizes in ([], [sum(map(len, data[kind]))])

    for number in range(20):
        asyncio.run(work(f"small-{number}"))
        asyncio.run(work(f"large-{number}"))
    assert [] == place.pending()


class Content:
    """Chunks that come once."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def __iter__(self):
        return iter(self.pieces)
