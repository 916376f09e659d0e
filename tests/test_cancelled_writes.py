"""Cancelled writes, and what may cancel them: clients, signals, the end of the process. On every store it is in the
contract."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from holdfast import Entry, RemoteStorage, Source
from holdfast.layers import Prefixed
from holdfast.stores.memory import MemoryStore
from holdfast.threads import checkpoint, in_thread, shielded, sleep
from tests.held import AT_ONCE, HeldAndSensitive, cancelled, until

# ---------------------------------------------------------------- writes


class Content(ContentFile):
    """Two chunks, with a wait between them that nobody can cut short."""

    def __init__(self) -> None:
        super().__init__(b"", "content.bin")
        self.half = threading.Event()
        self.go = threading.Event()

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"one"
        self.half.set()
        assert self.go.wait(10)
        yield b"two"


@pytest.mark.parametrize("kind", [MemoryStore, HeldAndSensitive])
def test_however_often_it_is_cancelled_a_write_is_waited_for(kind):
    storage, content = RemoteStorage(kind()), Content()

    async def work():
        task = asyncio.create_task(storage.asave("a.bin", content))
        await until(content.half.is_set)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.01)
            assert not task.done()
        content.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert 3 == task.cancelling()

    asyncio.run(work())
    assert {} == storage.store.objects


def test_nested_calls_are_given_up_with_the_outermost():
    """A synchronous hook that waits for a coroutine, which waits for a thread of its own."""
    content = Content()

    class Nested(RemoteStorage):
        def _save(self, name: str, content: Any) -> str:
            return asyncio.run(self.store.aput(name, Source.of(content))).key

    storage = Nested(store="memory://")

    async def work():
        task = asyncio.create_task(storage.asave("a.bin", content))
        await until(content.half.is_set)
        task.cancel()
        await asyncio.sleep(0.01)
        content.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert {} == storage.store.objects


def test_a_shielded_block_is_not_broken_off_and_a_pause_is():
    steps: list[str] = []
    begun = threading.Event()

    def work() -> None:
        try:
            begun.set()
            sleep(10)
        finally:
            with shielded():
                checkpoint()
                sleep(0.01)
                steps.append("cleaned up")
            with contextlib.suppress(asyncio.CancelledError):
                checkpoint()
                steps.append("went on")

    assert asyncio.run(cancelled(in_thread(work), begun.is_set)) < AT_ONCE
    assert ["cleaned up"] == steps


def test_a_coroutine_that_is_closed_gives_its_call_up():
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            begun.set()
            sleep(10)
        finally:
            ended.set()

    async def close() -> None:
        coroutine = in_thread(work)
        coroutine.send(None)
        await until(begun.is_set)
        coroutine.close()
        await until(ended.is_set)

    asyncio.run(close())


def test_what_was_no_call_of_ours_has_no_checkpoints():
    checkpoint()
    sleep(0)
    with shielded():
        checkpoint()


def test_deleting_many_stops_in_between():
    class Slow(MemoryStore):
        def delete(self, key: str, how: Any = None) -> None:
            time.sleep(0.01)
            super().delete(key)

    store = Prefixed(Slow(), prefix="p")
    for number in range(100):
        store.put(f"{number:02}", Source.of(b"-"))

    async def work():
        await cancelled(store.adelete_many([f"{number:02}" for number in range(100)]), lambda: len(left()) < 98)
        assert len(left()) > 50

    def left() -> list[Entry]:
        return list(store.list())

    asyncio.run(work())


# ---------------------------------------------------------------- servers, signals and the end of the process


def test_a_client_that_hangs_up_leaves_no_half_file():
    """Django cancels the view then."""
    storage, content = RemoteStorage("memory://"), Content()

    async def view(request):
        await storage.asave("a.bin", content)
        return HttpResponse("saved")

    async def work():
        sent: list[Any] = []
        messages = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive():
            if messages:
                return messages.pop()
            await until(content.half.is_set)
            asyncio.get_running_loop().call_later(0.05, content.go.set)
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": [],
            "query_string": b"",
            "http_version": "1.1",
        }
        await ASGIHandler()({**scope, "asgi": {"version": "3.0"}}, receive, send)
        assert [] == sent

    with override_settings(ROOT_URLCONF=(path("", view),)):
        asyncio.run(work())
    assert {} == storage.store.objects


SCRIPT = """
import asyncio, os, sys, threading, time
from django.conf import settings
settings.configure(USE_TZ=True)
from holdfast import RemoteStorage, Source
from holdfast.stores.local import LocalStore
store = LocalStore(root=sys.argv[1], fsync=False)
storage = RemoteStorage(store)

def slow(count=500):
    for number in range(count):
        if number == 3:
            print("begun", flush=True)
        time.sleep(0.01)
        yield bytes(1000)

class Stuck(LocalStore):
    def head(self, key, *args):
        print("begun", flush=True)
        time.sleep(0.5)
        return super().head(key, *args)
"""

INTERRUPTED = """
async def work():
    await storage.asave("a.bin", slow())
try:
    asyncio.run(work())
except KeyboardInterrupt:
    print("interrupted", os.listdir(sys.argv[1]))
"""

INTERRUPTED_READ = """
async def work():
    await Stuck(root=sys.argv[1]).ahead("a.bin")
try:
    asyncio.run(work())
except KeyboardInterrupt:
    print("interrupted", os.listdir(sys.argv[1]))
"""

LOOP_GONE = """
loop = asyncio.new_event_loop()
task = loop.create_task(storage.asave("a.bin", slow(30)))
other = loop.create_task(Stuck(root=sys.argv[1]).ahead("a.bin"))
loop.run_until_complete(asyncio.sleep(0.1))
task._log_destroy_pending = other._log_destroy_pending = False
loop.close()
del task, other
print("interrupted", flush=True)
"""

RETURNED = """
async def work():
    try:
        async with asyncio.timeout(0.1):
            await Stuck(root=sys.argv[1]).ahead("a.bin")
    except TimeoutError:
        print("interrupted", os.listdir(sys.argv[1]))
asyncio.run(work())
"""


@pytest.mark.parametrize(
    ("script", "ctrl_c", "left"),
    [
        pytest.param(INTERRUPTED, 1, [], id="Ctrl-C while it writes"),
        pytest.param(INTERRUPTED, 2, [], id="Ctrl-C twice"),
        pytest.param(INTERRUPTED_READ, 1, [], id="Ctrl-C while it reads"),
        pytest.param(RETURNED, 0, [], id="the end of the process while a read goes on"),
        pytest.param(LOOP_GONE, 0, ["a.bin"], id="a loop closed with tasks in it"),
    ],
)
def test_a_process_ends_in_time_without_noise_and_leaves_nothing_half(script, ctrl_c, left, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    command = [sys.executable, "-W", "error", "-c", SCRIPT + script, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            assert "begun\n" == child.stdout.readline()
            for _ in range(ctrl_c):
                child.send_signal(signal.SIGINT)
                time.sleep(0.001)
            out, err = child.communicate(timeout=4)  # a whole upload takes five seconds
        finally:
            child.kill()
    assert "" == err
    assert "interrupted" in out
    assert 0 == child.returncode
    assert left == os.listdir(root)
