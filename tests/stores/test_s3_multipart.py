"""Uploads in parts: whole or not there at all, little memory, and nothing left behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from holdfast.errors import (
    AlreadyExists,
    Changed,
    Corrupt,
    Denied,
    Refused,
    StoreError,
    Unavailable,
    Uncertain,
    Unsupported,
)
from holdfast.source import FileSource, Source
from holdfast.stores.s3 import copy as s3_copy
from holdfast.stores.s3 import multipart
from holdfast.stores.s3 import store as s3
from holdfast.stores.s3.multipart import GROWTH, LARGEST_PART, MOST_PARTS, _Parts, part_size
from holdfast.types import Attributes, Create, Write
from tests.servers.faults import Fault

MIB = 1024 * 1024
OVER = Write(overwrite=True)


@pytest.fixture(autouse=True)
def _low_threshold(monkeypatch):
    monkeypatch.setattr(s3, "LARGEST_SINGLE", 6 * MIB)


@pytest.fixture
def parts(through):
    """A store that sends parts of 5 MiB, the least that S3 takes."""
    return through(part_size=5 * MIB)


def chunks(data, size=70_001):
    return (data[start : start + size] for start in range(0, len(data), size))


SOURCES = {
    "bytes": lambda data: data,
    "file": io.BytesIO,
    "stream": chunks,
    "stream of one chunk": lambda data: iter([data]),
    "stream of many": lambda data: chunks(data, 1000),
}


@pytest.mark.parametrize("source", SOURCES)
def test_whole(parts, proxy, place, source):
    data = os.urandom(12 * MIB + 17)
    attributes = Attributes(content_type="image/png", metadata={"who": "Zoë"})
    with proxy.counting() as counted:
        entry = parts.put("k", Source.of(SOURCES[source](data)), Write(overwrite=True, attributes=attributes))
    assert ["POST", "PUT", "PUT", "PUT", "POST"] == counted.methods
    seen = place.store().head("k")
    assert (len(data), attributes, len(data)) == (seen.size, seen.attributes, entry.size)
    assert data == place.boto3.get_object(Bucket=place.bucket, Key="k")["Body"].read()


def test_in_parallel(parts, proxy):
    proxy.delay = 0.3
    with proxy.counting() as counted:
        parts.put("k", Source.of(bytes(15 * MIB)), OVER)
    assert 3 == counted.connections


@pytest.mark.parametrize("size", [0, 1, 5 * MIB - 1, 5 * MIB])
def test_a_stream_of_no_more_than_one_part_is_one_put(parts, proxy, place, size):
    with proxy.counting() as counted:
        parts.put("k", Source.of(chunks(bytes(size))), OVER)
    assert (["PUT"], size) == (counted.methods, place.store().head("k").size)


def test_a_new_file_goes_in_one_stream(parts, proxy, place):
    data = os.urandom(12 * MIB)
    for key, source in (("a", data), ("b", chunks(data))):
        with proxy.counting() as counted:
            parts.put(key, Source.of(source))
        assert (["PUT"], data) == (counted.methods, place.store().get(key).read())


@pytest.mark.parametrize("source", ["bytes", "stream"])
def test_or_in_parts_where_the_completion_can_be_on_condition(through, proxy, place, source):
    store, data = through(part_size=5 * MIB, conditional_complete=True), os.urandom(12 * MIB)
    with proxy.counting() as counted:
        store.put("k", Source.of(SOURCES[source](data)))
    assert (["POST", "PUT", "PUT", "PUT", "POST"], data) == (counted.methods, place.store().get("k").read())


def test_a_condition_that_does_not_hold_at_the_completion(through, proxy, place):
    """Ceph 16 does not look at it; the answer is made up, as Amazon documents it."""
    store = through(part_size=5 * MIB, conditional_complete=True)
    proxy.plan(Fault("error_before", match=completion, status=412))
    with pytest.raises(AlreadyExists):
        store.put("k", Source.of(bytes(12 * MIB)))
    assert ([], []) == (place.pending(), place.keys())


def test_nothing_is_seen_before_the_end(parts, place):
    seen = []

    def slowly():
        for number in range(12):
            yield os.urandom(MIB)
            if number == 11:
                seen.append((place.keys(), len(place.pending())))

    parts.put("k", Source.of(slowly()), OVER)
    assert ([([], 1)], ["k"], []) == (seen, place.keys(), place.pending())


# ---------------------------------------------------------------- what goes wrong


def completion(request):
    return request.method == "POST" and "uploadId=" in request.target


def second_part(request):
    return "partNumber=2" in request.target


@pytest.mark.parametrize(
    "kind", ["lose_reply", "error_after", "reset_before", "error_before", "flip_upload", "stall_before_reply"]
)
@pytest.mark.parametrize("source", ["bytes", "stream"])
def test_a_part_is_sent_again(through, proxy, place, kind, source):
    parts, data = through(part_size=5 * MIB, read_timeout=2), os.urandom(12 * MIB)
    proxy.plan(Fault(kind, match=second_part))
    parts.put("k", Source.of(SOURCES[source](data)), OVER)
    assert (data, []) == (place.store().get("k").read(), place.pending())


@pytest.mark.parametrize(
    ("fault", "methods"),
    [
        (Fault("lose_reply", match=completion), ["POST", "HEAD"]),
        (Fault("error_after", match=completion), ["POST", "HEAD"]),
        (Fault("stall_before_reply", match=completion, seconds=3), ["POST"]),
        (Fault("reset_before", match=completion), ["POST", "HEAD", "POST"]),
        (Fault("error_before", match=completion), ["POST", "HEAD", "POST"]),
        (Fault("error_before", match=completion, status=200, code="InternalError"), ["POST", "HEAD", "POST"]),
        (Fault("error_before", match=completion, status=409), ["POST", "HEAD", "POST"]),
    ],
    ids=str,
)
def test_the_completion_is_found_out(parts, proxy, place, fault, methods):
    data = os.urandom(12 * MIB)
    proxy.plan(fault)
    with proxy.counting() as counted:
        parts.put("k", Source.of(data), OVER)
    assert ["POST", "PUT", "PUT", "PUT", *methods] == counted.methods
    assert (data, []) == (place.store().get("k").read(), place.pending())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("error_before", count=4, match=second_part), Unavailable),
        (Fault("error_before", match=second_part, status=403), Denied),
        (Fault("flip_upload", count=4, match=second_part), Corrupt),
        (Fault("error_before", count=4, match=completion), Unavailable),
        (Fault("error_before", match=completion, status=200, code="AccessDenied"), Denied),
        (Fault("reset_before", count=5, match=completion), Uncertain),
    ],
    ids=str,
)
@pytest.mark.parametrize("source", ["bytes", "stream"])
def test_what_fails_leaves_nothing(parts, proxy, place, fault, kind, source):
    place.store().put("k", Source.of(b"before"))
    proxy.plan(fault)
    with pytest.raises(kind) as caught:
        parts.put("k", Source.of(SOURCES[source](os.urandom(12 * MIB))), OVER)
    assert (kind, "k") == (type(caught.value), caught.value.key)
    assert (b"before", []) == (place.store().get("k").read(), place.pending())


@pytest.mark.parametrize("error", [RuntimeError("mine"), OSError(5, "the disk"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("where", [0, 7, 11])
def test_the_callers_own_error_leaves_nothing(parts, place, error, where):
    def source():
        for number in range(12):
            if number == where:
                raise error
            yield os.urandom(MIB)

    with pytest.raises(type(error)) as caught:
        parts.put("k", Source.of(source()), OVER)
    assert (error, [], []) == (caught.value, place.pending(), place.keys())


def test_an_upload_that_does_not_begin(parts, proxy, place):
    proxy.plan(Fault("error_before", count=4, match="POST"))
    with pytest.raises(StoreError):
        parts.put("k", Source.of(bytes(12 * MIB)), OVER)
    assert [] == place.pending()


def test_no_thread_is_left(parts, proxy):
    before = {thread for thread in threading.enumerate() if thread.name == "holdfast part"}
    parts.put("k", Source.of(bytes(12 * MIB)), OVER)
    proxy.plan(Fault("error_before", match=second_part, status=403))
    with pytest.raises(Denied):
        parts.put("k", Source.of(bytes(12 * MIB)), OVER)
    after = {thread for thread in threading.enumerate() if thread.name == "holdfast part"}
    for thread in after - before:
        thread.join(2)
        assert not thread.is_alive()


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("size", [1, 64 * MIB, 80_000 * MIB, 80_000 * MIB + 1, 5 * 1024**4])
def test_there_are_never_too_many_parts(size):
    step = part_size(size, 8 * MIB)
    assert step >= 8 * MIB
    assert -(-size // step) <= MOST_PARTS


def test_parts_of_a_stream_grow():
    cut = _Parts(iter([bytes(10)] * 3000), 10)
    sizes = [part.size for part in cut]
    assert (30_000, 10, 20) == (sum(sizes), sizes[0], sizes[1500])


@pytest.mark.parametrize("least", [5 * MIB, 8 * MIB, 100 * MIB])
def test_ten_thousand_parts_of_a_stream_hold_the_largest_object(least):
    sizes = [min(int(least * GROWTH ** (number // 1000)), LARGEST_PART) for number in range(MOST_PARTS)]
    assert sum(sizes) >= 5 * 1024**4
    assert max(sizes) <= 5 * 1024**3


def test_parts_of_a_stream_are_not_held_in_memory_when_they_are_larger_than_the_first():
    parts = list(_Parts(iter([bytes(10)] * 3000), 10))
    assert isinstance(parts[-1], FileSource)
    assert bytes(parts[-1].size) == parts[-1].read()
    assert not isinstance(parts[0], FileSource)


def test_where_parts_have_one_size_a_stream_has_an_end(monkeypatch):
    monkeypatch.setattr(multipart, "MOST_PARTS", 3)
    with pytest.raises(Refused, match="'part_size'"):
        list(_Parts(iter([bytes(10)] * 5), 10, even=3))


# ---------------------------------------------------------------- more than one PUT takes, and no condition


@pytest.fixture
def small_puts(through, monkeypatch):
    """A store whose PUTs take no more than 12 MiB."""

    def make(**options):
        store = through(part_size=5 * MIB, **options)
        store.service = replace(store.service, bounds=replace(store.service.bounds, put=12 * MIB))
        return store

    return make


def test_what_cannot_be_created_atomically_is_refused(small_puts, proxy, place):
    store = small_puts()
    assert (Create.NONE, Create.ATOMIC) == (store.creates(13 * MIB), store.creates(12 * MIB))
    with proxy.counting() as counted, pytest.raises(Unsupported, match="allow_unsafe_large"):
        store.put("k", Source.of(bytes(13 * MIB)))
    assert (0, []) == (counted.count, place.keys())


def test_or_allowed_by_name(small_puts, proxy, place):
    store, data = small_puts(allow_unsafe_large=True), os.urandom(13 * MIB)
    assert Create.NONE == store.creates(13 * MIB)
    with proxy.counting() as counted:
        store.put("k", Source.of(data))
    assert ["HEAD", "HEAD", "POST", "PUT", "PUT", "PUT", "POST"] == counted.methods  # and the bucket is
    with pytest.raises(AlreadyExists):
        store.put("k", Source.of(data))
    with pytest.raises(Changed):
        store.put("k", Source.of(data), Write(etag='"0"'))
    with pytest.raises(Changed):
        store.put("missing", Source.of(data), Write(etag='"0"'))
    store.put("k", Source.of(data[::-1]), Write(etag=store.head("k").etag))
    assert (data[::-1], []) == (place.store().get("k").read(), place.pending())


def test_a_copy_of_what_no_put_takes(small_puts, proxy, place):
    data = os.urandom(13 * MIB)
    place.store().put("k", Source.of(data), Write(attributes=Attributes(metadata={"who": "me"})))
    with pytest.raises(Unsupported, match="allow_unsafe_large"):
        small_puts().copy("k", "l")
    store = small_puts(allow_unsafe_large=True)
    store.copy("k", "l")
    with pytest.raises(AlreadyExists):
        store.copy("k", "l")
    assert (data, {"who": "me"}) == (store.get("l").read(), store.head("l").attributes.metadata)
    assert [] == place.pending()


def test_a_copy_in_parts_without_a_condition(small_puts, proxy, place, monkeypatch):
    """What CopyObject refuses for its size: the answer is made up, as Amazon documents it. A part that fails is
    copied again by itself."""
    monkeypatch.setattr(s3_copy, "PART", 5 * MIB)
    data = os.urandom(13 * MIB)
    place.store().put("k", Source.of(data))
    place.store().put("l", Source.of(b"before"))
    proxy.plan(
        Fault("error_before", match="PUT", status=400, code="InvalidRequest"),
        Fault("lose_reply", match=second_part),
    )
    with proxy.counting() as counted:
        small_puts().copy("k", "l", OVER)
    assert (["PUT", "HEAD", "POST"], "POST", 4) == (
        counted.methods[:3],
        counted.methods[-1],
        len(counted.methods[3:-1]),
    )
    assert (data, []) == (place.store().get("l").read(), place.pending())


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 29])
@pytest.mark.parametrize("chunk", [1, 3, 10, 100])
def test_parts_of_a_stream(size, chunk):
    data = os.urandom(size)
    held = list(_Parts(chunks(data, chunk), 10))
    assert data == b"".join(part.read() for part in held)
    assert [10] * (size // 10) == [part.size for part in held][: size // 10]
    assert max(1, -(-size // 10)) == len(held)


# ---------------------------------------------------------------- memory

CHILD = """
import sys
from django.conf import settings
settings.configure()
from holdfast.source import Source
from holdfast.stores.s3 import S3Store
from holdfast.types import Secret, Write

how, bucket, endpoint, access_key, secret_key = sys.argv[1:]
store = S3Store(bucket=bucket, endpoint=endpoint, access_key=Secret(access_key), secret_key=Secret(secret_key))
SIZE = 256 * 1024 * 1024

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024

def stream():
    for number in range(SIZE // 65536):
        yield number.to_bytes(8, "big") * 8192

store.put("warm", Source.of(b"warm"), Write(overwrite=True))
before = peak()
if how == "get":
    assert SIZE == sum(map(len, store.get("big")))
elif how == "file":
    with open(sys.argv[0] + ".data", "rb") as file:
        store.put("big", Source.of(file), Write(overwrite=True))
else:
    store.put("big", Source.of(stream()), Write(overwrite=how == "stream"))
print(peak() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads the peak of memory from /proc")
def test_256_megabytes_need_little_memory(place, ceph, tmp_path):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    with open(f"{script}.data", "wb") as file:
        file.truncate(256 * MIB)

    def added(how):
        argv = [sys.executable, script, how, place.bucket, ceph.endpoint, ceph.access_key, ceph.secret_key]
        return int(subprocess.run(argv, capture_output=True, check=True, timeout=120, text=True).stdout)

    assert added("stream") <= 32
    assert added("get") <= 4
    assert added("file") <= 8
    place.store().delete("big")
    assert added("create") <= 12  # it is spooled, in memory up to 4 MiB
    place.store().delete("big")
