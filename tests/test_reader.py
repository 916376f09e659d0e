"""Reading by ranges: how much is asked for, and what is found out about it."""

import io
import random
import zipfile

import pytest

from holdfast import Corrupt, Read, Source, Unavailable, Write
from holdfast.errors import Changed
from holdfast.reader import FIRST, LARGEST, RangeReader
from holdfast.store import Layer
from holdfast.stores.memory import MemoryStore
from holdfast.types import Body, Entry

DATA = random.Random(1).randbytes(1_000_000)


class Watched(Layer):
    """Keeps what was asked for; with ``flip`` it turns a bit in the byte at that place."""

    def __init__(self, inner, flip=None):
        super().__init__(inner)
        self.asked = []
        self.flip = flip

    def get(self, key, want=Read()):
        body = super().get(key, want)
        self.asked.append((body.start, body.end))
        data = bytearray(body.read())
        if self.flip is not None and body.start <= self.flip < body.end:
            data[self.flip - body.start] ^= 1
        return Body(body.entry, [bytes(data)], start=body.start, end=body.end)


def watched(data=DATA, **kwargs) -> Watched:
    store = MemoryStore()
    store.put("a", Source.of(data))
    return Watched(store, **kwargs)


def test_a_small_object_is_one_request():
    store = watched(b"abc")
    with RangeReader(store, "a") as reader:
        assert (b"abc", b"") == (reader.read(), reader.read())
    assert [(0, 3)] == store.asked


def test_windows_grow_in_order_and_shrink_after_a_jump():
    store = watched(bytes(40_000_000))
    with io.BufferedReader(RangeReader(store, "a"), FIRST) as file:
        while file.read(FIRST):
            pass
        sizes = [end - start for start, end in store.asked]
        assert [FIRST, 4 * FIRST, 16 * FIRST, 64 * FIRST, LARGEST] == sizes[:5]
        assert LARGEST == max(sizes)
        store.asked.clear()
        file.seek(1_000_000)
        file.read(10)
    assert [(1_000_000, 1_000_000 + FIRST)] == store.asked


def test_near_the_end_the_whole_tail_comes():
    store = watched()
    with io.BufferedReader(RangeReader(store, "a"), FIRST) as file:
        file.seek(-22, io.SEEK_END)
        file.read(10)
        file.seek(-3000, io.SEEK_END)
        assert DATA[-3000:-2990] == file.read(10)
    assert [(0, FIRST), (len(DATA) - FIRST, len(DATA))] == store.asked


def test_one_member_of_an_archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(20):
            archive.writestr(str(number), random.Random(number).randbytes(500_000))
    store = watched(data.getvalue())
    with io.BufferedReader(RangeReader(store, "a"), FIRST) as file, zipfile.ZipFile(file) as archive:
        assert random.Random(7).randbytes(500_000) == archive.read("7")
    assert len(store.asked) <= 8
    assert sum(end - start for start, end in store.asked) <= 3_000_000


@pytest.mark.parametrize("flip", [0, FIRST - 1, FIRST, 999_999])
@pytest.mark.parametrize("size", [-1, 1000, FIRST, 300_000])
def test_a_flipped_bit_is_found_by_whoever_reads_all(flip, size):
    file = io.BufferedReader(RangeReader(watched(flip=flip), "a"), FIRST)
    with file, pytest.raises(Corrupt, match="does not match its md5 digest"):
        list(iter(lambda: file.read(size), b""))


def test_after_a_jump_there_is_no_whole_to_check():
    with io.BufferedReader(RangeReader(watched(flip=10), "a"), FIRST) as file:
        file.seek(500_000)
        assert DATA[500_000:] == file.read()
        file.seek(0)
        assert len(DATA) == len(file.read())


def test_a_small_object_is_checked_when_it_is_opened():
    with pytest.raises(Corrupt):
        RangeReader(watched(b"abc", flip=1), "a")


def test_an_object_that_was_replaced_is_changed_and_never_mixed():
    store = watched()
    with io.BufferedReader(RangeReader(store, "a"), FIRST) as file:
        file.read(10)
        store.inner.put("a", Source.of(DATA[::-1]), Write(overwrite=True))
        with pytest.raises(Changed):
            file.read()


class Untagged(Layer):
    """Entries without an ETag, as of a server that has none."""

    def get(self, key, want=Read()):
        body = super().get(key, want)
        entry = Entry(key=key, size=body.entry.size, modified=body.entry.modified)
        return Body(entry, body, start=body.start, end=body.end)


def test_without_an_etag_size_and_time_tell():
    store = MemoryStore()
    store.put("a", Source.of(DATA))
    with io.BufferedReader(RangeReader(Untagged(store), "a"), FIRST) as file:
        file.read(10)
        store.put("a", Source.of(DATA), Write(overwrite=True))
        with pytest.raises(Changed):
            file.read()


class Short(Layer):
    def get(self, key, want=Read()):
        body = super().get(key, want)
        return Body(body.entry, [body.read()[:-1]], start=body.start, end=body.end)


def test_a_short_answer_is_not_taken_for_the_end():
    store = MemoryStore()
    store.put("a", Source.of(DATA))
    with pytest.raises(Unavailable, match="65,535 bytes came from 0 on, not 65,536"):
        RangeReader(Short(store), "a")


def test_any_sequence_of_reads_is_that_of_a_local_file():
    rng = random.Random(5)
    local = io.BytesIO(DATA)
    with io.BufferedReader(RangeReader(watched(), "a"), FIRST) as file:
        for _ in range(300):
            if rng.random() < 0.4:
                place = rng.randrange(len(DATA) + 1000)
                assert local.seek(place) == file.seek(place)
            size = rng.choice([0, 1, 100, 8192, FIRST, 200_000])
            assert local.read(size) == file.read(size)
            assert local.tell() == file.tell()
