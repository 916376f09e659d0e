"""S3 before and after a fork, and under Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from holdfast.source import Source
from holdfast.testing.children import in_children
from holdfast.types import Write
from tests.servers.faults import Fault
from tests.servers.process import wait_until

OVER = Write(overwrite=True)


def test_used_before_and_after_a_fork(place):
    store = place.store()
    store.put("before", Source.of(b"before"))

    def child(number):
        assert b"before" == store.get("before").read()
        store.put(f"child-{number}", Source.of(b"child"))
        grandchild = [lambda: store.put(f"grandchild-{number}", Source.of(b"grandchild")).size]
        return in_children(grandchild, 20)

    assert [[10], [10]] == in_children([lambda: child(0), lambda: child(1)], 30)
    assert b"before" == store.get("before").read()
    assert ["before", "child-0", "child-1", "grandchild-0", "grandchild-1"] == place.keys()


def test_while_threads_are_at_work(place):
    store, over = place.store(), threading.Event()
    data = os.urandom(300_000)
    store.put("k", Source.of(data))

    def work():
        while not over.is_set():
            assert data == store.get("k").read()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert [True] * 3 == in_children([lambda: store.get("k").read() == data] * 3, 30)
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_body_that_was_open_at_the_fork_goes_on_in_both(place):
    data = os.urandom(3_000_000)
    store = place.store()
    store.put("k", Source.of(data))
    with store.get("k") as body:
        chunks = iter(body)
        head = next(chunks)
        assert [data] == in_children([lambda: head + b"".join(chunks)], 20)
        assert data == head + b"".join(chunks)


CHILD = """
import sys, time
from django.conf import settings
settings.configure()
from holdfast.source import Source
from holdfast.stores.s3 import store as s3
from holdfast.types import Secret, Write

how, bucket, endpoint, access_key, secret_key = sys.argv[1:]
s3.LARGEST_SINGLE = 6 * 1024 * 1024
store = s3.S3Store(
    bucket=bucket, endpoint=endpoint, access_key=Secret(access_key), secret_key=Secret(secret_key),
    read_timeout=60, timeout=60, part_size=5 * 1024 * 1024, threads=3,
)
def endless():
    while True:
        yield bytes(65536)

work = {
    "head": lambda: store.head("k"),
    "get": lambda: store.get("k").read(),
    "put": lambda: store.put("k", Source.of(b"hello")),
    "list": lambda: list(store.list()),
    "parts": lambda: store.put("k", Source.of(bytes(40 * 1024 * 1024)), Write(overwrite=True)),
    "stream": lambda: store.put("k", Source.of(endless()), Write(overwrite=True)),
}[how]
try:
    work()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("how", ["head", "get", "put", "list", "parts", "stream"])
def test_ctrl_c(place, ceph, proxy, tmp_path, how):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    if how in ("parts", "stream"):
        proxy.plan(Fault("stall_before_reply", count=3, match=lambda request: "partNumber=" in request.target))
    else:
        proxy.plan(Fault("stall_before_reply"))
    argv = [sys.executable, script, how, place.bucket, proxy.endpoint, ceph.access_key, ceph.secret_key]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            wait_until(lambda: not proxy.unfired(), 30, "the request to stall")
            time.sleep(0.2)
            began = time.monotonic()
            child.send_signal(signal.SIGINT)
            said, _ = child.communicate(timeout=20)
            taken = time.monotonic() - began
        finally:
            child.kill()
    assert ("interrupted\n", 0) == (said, child.returncode)
    assert taken < 2
    proxy.reset()
    assert [] == place.pending()
    assert place.keys() == (["k"] if how == "put" else [])  # a put that reached the service is there, and whole


def test_ctrl_c_while_a_service_answers_nothing_at_all(place, ceph, proxy, tmp_path):
    """Then the parts cannot be taken away either; but it ends in time."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    proxy.plan(Fault("stall_before_reply", count=4, match=lambda request: "uploadId=" in request.target))
    argv = [sys.executable, script, "parts", place.bucket, proxy.endpoint, ceph.access_key, ceph.secret_key]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        try:
            wait_until(lambda: proxy.unfired()[0].fired == 3, 30, "the parts to stall")
            began = time.monotonic()
            child.send_signal(signal.SIGINT)
            said, _ = child.communicate(timeout=20)
            taken = time.monotonic() - began
        finally:
            child.kill()
    assert ("interrupted\n", []) == (said, place.keys())
    assert taken < 2.5
