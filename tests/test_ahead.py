"""Reading ahead: what is fetched when, by how many threads, and what becomes of them."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import random
import threading
import time

import pytest

from holdfast import Corrupt, Read, Source, Unavailable, Write
from holdfast.ahead import FIRST, WINDOW, Ahead, whole
from holdfast.digests import verified
from holdfast.errors import Changed
from holdfast.reader import RangeReader
from holdfast.storage import RemoteStorage
from holdfast.store import Layer
from holdfast.stores.memory import MemoryStore
from holdfast.types import CHUNK, Body

SIZE = 30_000_000
DATA = random.Random(1).randbytes(SIZE)


class Distant(Layer):
    """A store that profits. It keeps what was asked for, and how much of it was on its way at most; ``gate`` holds
    back what begins there or later."""

    read_ahead = 4 * WINDOW

    def __init__(self, inner, flip=None):
        super().__init__(inner)
        self.flip = flip
        self.asked = []
        self.gate = threading.Event()
        self.gate.set()
        self.gated = SIZE
        self.live = self.most = 0
        self.lock = threading.Lock()

    def get(self, key, want=Read()):
        body = super().get(key, want)
        self.asked.append((body.start, body.end, want.etag))
        return Body(body.entry, self.chunks(body), start=body.start, end=body.end)

    def chunks(self, body):
        with self.lock:
            self.live += 1
            self.most = max(self.most, self.live)
        time.sleep(0.02)
        try:
            data = bytearray(body.read())
            if self.flip is not None and body.start <= self.flip < body.end:
                data[self.flip - body.start] ^= 1
            for start in range(0, len(data), CHUNK):
                if body.start + start >= self.gated:
                    self.gate.wait(5)
                yield bytes(data[start : start + CHUNK])
        finally:
            with self.lock:
                self.live -= 1


def distant(**kwargs):
    store = MemoryStore()
    store.put("a", Source.of(DATA))
    return Distant(store, **kwargs)


def opened(store):
    return io.BufferedReader(RangeReader(store, "a"), CHUNK)


def threads():
    return [each for each in threading.enumerate() if each.name == "holdfast ahead"]


def wait_until_none_is_left():
    deadline = time.monotonic() + 3
    while threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [] == threads()


@pytest.fixture(autouse=True)
def _none_is_left():
    yield
    wait_until_none_is_left()


@pytest.mark.parametrize("size", [-1, 1000, CHUNK, 3_000_000])
def test_all_of_it_in_order(size):
    store = distant()
    with opened(store) as file:
        pieces = list(iter(lambda: file.read(size), b""))
    assert DATA == b"".join(pieces)
    assert {store.head("a").etag, None} == {etag for _, _, etag in store.asked}
    assert sorted(start for start, _, _ in store.asked) == [start for start, _, _ in sorted(store.asked)]
    assert SIZE == sum(end - start for start, end, _ in store.asked)


def test_several_at_once_and_no_more():
    store = distant()
    store.gated = 10_000_000
    store.gate.clear()
    with opened(store) as file:
        for _ in range(90):
            file.read(100_000)
        deadline = time.monotonic() + 3
        while store.live < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert 3 == store.live  # and a fourth is read from
        store.gate.set()
        assert DATA[9_000_000:] == file.read()
    assert store.most <= 4


def test_nothing_is_fetched_ahead_before_reading_proved_to_be_in_order():
    store = distant()
    with opened(store) as file:
        file.read(1_000_000)
        rng = random.Random(2)
        for _ in range(20):
            place = rng.randrange(SIZE)
            file.seek(place)
            assert DATA[place : place + 1000] == file.read(1000)
    assert 1 == store.most
    assert max(end - start for start, end, _ in store.asked) <= 1024 * 1024


def test_a_jump_gives_up_what_is_on_its_way_and_order_begins_anew():
    store = distant()
    with opened(store) as file:
        file.read(4_000_000)
        file.seek(20_000_000)
        assert DATA[20_000_000:20_001_000] == file.read(1000)
        assert (20_000_000, 20_000_000 + CHUNK) in [each[:2] for each in store.asked]
        assert DATA[20_001_000:] == file.read()
        file.seek(5)
        assert DATA[5:] == file.read()


@pytest.mark.parametrize("read", [100, 3_000_000])
def test_half_read_and_closed_or_forgotten(read):
    for close in (True, False):
        file = opened(distant())
        file.read(read)
        if close:
            file.close()
        del file
        gc.collect()
        wait_until_none_is_left()


def test_the_digest_is_looked_at():
    with opened(distant(flip=SIZE - 10)) as file, pytest.raises(Corrupt):
        file.read()
    with opened(distant(flip=9_000_000)) as file, pytest.raises(Corrupt):
        [file.read(CHUNK) for _ in range(SIZE)]
    with pytest.raises(Corrupt):
        list(verified(whole(distant(flip=9_000_000), "a")))


def test_an_object_that_was_replaced_is_changed_and_never_mixed():
    store = distant()
    with opened(store) as file:
        file.read(100_000)
        store.inner.put("a", Source.of(DATA[::-1]), Write(overwrite=True))
        with pytest.raises(Changed):
            file.read()


class Failing(Distant):
    """Fails once in the middle."""

    failures = 1

    def chunks(self, body):
        for chunk in super().chunks(body):
            if body.start <= 15_000_000 < body.end and self.failures:
                self.failures = 0
                raise self.error(Unavailable, "a", "broken")
            yield chunk


def test_what_fails_is_raised_in_its_place_and_can_be_read_again():
    store = MemoryStore()
    store.put("a", Source.of(DATA))
    with io.BufferedReader(RangeReader(Failing(store), "a"), CHUNK) as file:
        with pytest.raises(Unavailable, match="broken"):
            [file.read1(CHUNK) for _ in range(SIZE)]
        assert 12_000_000 < file.tell() <= 15_000_000
        file.seek(0)
        assert DATA == file.read()


class Short(Distant):
    def chunks(self, body):
        data = b"".join(super().chunks(body))
        yield data[:-1] if body.start > FIRST else data


def test_a_short_answer_is_not_taken_for_the_end():
    store = MemoryStore()
    store.put("a", Source.of(DATA))
    with pytest.raises(Unavailable, match="2,097,151 bytes came from"):
        list(Ahead(Short(store), store.head("a"), FIRST))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process of POSIX")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_reads_on_and_so_does_its_parent():
    store = distant()
    with opened(store) as file:
        begin = file.read(5_000_000)
        child = os.fork()
        if child == 0:
            os._exit(0 if file.read() == DATA[5_000_000:] else 1)
        assert DATA == begin + file.read()
        deadline = time.monotonic() + 20
        while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (child, 0) == ended


def test_a_cancelled_task_is_let_go_at_once_and_the_file_reads_on():
    store = distant()
    store.gated = 10_000_000

    async def main():
        file = await RemoteStorage(store).aopen("a")
        begin = await file.aread(8_000_000)
        store.gate.clear()
        task = asyncio.create_task(file.aread(10_000_000))
        await asyncio.sleep(0.2)
        task.cancel()
        began = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1
        store.gate.set()
        await asyncio.sleep(0.3)
        file.seek(0)
        assert (begin, DATA) == (DATA[:8_000_000], await file.aread())
        await file.aclose()

    asyncio.run(main())


def test_the_whole_of_a_small_object_is_one_request():
    store = MemoryStore()
    store.put("a", Source.of(DATA[:FIRST]))
    store.put("empty", Source.of(b""))
    far = Distant(store)
    with whole(far, "a") as body:
        assert DATA[:FIRST] == body.read()
    assert [(0, FIRST, None)] == far.asked
    with whole(far, "empty") as body:
        assert (b"", 0) == (body.read(), body.entry.size)


def test_the_whole_of_a_large_one_is_many():
    store = distant()
    with whole(store, "a") as body:
        assert DATA == body.read()
    assert 1 < store.most <= 5
    with whole(store, "a") as body:
        assert DATA[:100] == body.read(100)
    assert DATA == store.inner.get("a").read()


def test_a_local_path_and_a_copy_through_the_client_read_ahead(tmp_path):
    store = distant()
    with RemoteStorage(store).local_path("a") as path:
        assert DATA == path.read_bytes()
    assert 1 < store.most
    store.asked.clear()
    super(Layer, store).copy("a", "b")
    assert DATA == store.inner.get("b").read()
    assert len(store.asked) > 1
