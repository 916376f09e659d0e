"""Processes that end and processes that are killed; the promises about them, and about memory, find faults."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from holdfast.testing import Broken, Case, NotApplicable, all_promises
from holdfast.testing.as_store import AsStore
from holdfast.testing.ends import Stalling, ended, forked, fresh, killed
from holdfast.testing.promises import resources

PROMISES = {promise.id: promise for promise in all_promises()}


def shout(word: str) -> None:
    print(word, flush=True)


def fail(_: object) -> None:
    raise ZeroDivisionError


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def test_a_call_ends_with_a_result_an_error_or_not_in_time() -> None:
    assert (5, None) == ended("it", lambda: 5, 5)
    result, error = ended("it", lambda: fail(None), 5)
    assert (None, ZeroDivisionError) == (result, type(error))
    with pytest.raises(Broken, match=r"it has not ended within 0\.05 seconds"):
        ended("it", lambda: sleep(1), 0.05)


def test_a_forked_child_says_what_it_says() -> None:
    assert "" == forked(lambda: None)
    assert "\nword" == forked(lambda: shout("word"))
    assert "\nlow" == forked(lambda: os.write(2, b"low"))
    with pytest.raises(Broken, match=r"ended with 1(?s:.*)ZeroDivisionError"):
        forked(lambda: fail(None))
    with pytest.raises(Broken, match="ended with 7"):
        forked(lambda: os._exit(7))
    with pytest.raises(Broken, match=r"has not ended within 0\.2 seconds"):
        forked(lambda: sleep(20), 0.2)


def test_a_forked_child_waits_for_its_threads() -> None:
    with pytest.raises(Broken, match=r"has not ended within 0\.3 seconds"):
        forked(lambda: threading.Thread(target=sleep, args=(20,)).start(), 0.3)


def test_a_new_process_says_what_it_says() -> None:
    assert "\nword" == fresh(shout, "word")
    with pytest.raises(Broken, match=r"ended with 1(?s:.*)ZeroDivisionError"):
        fresh(fail, None)
    with pytest.raises(Broken, match="has not ended within 2 seconds"):
        fresh(sleep, 20, 2)


def test_what_a_new_process_cannot_know_is_not_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotApplicable, match="pickled"):
        fresh(lambda _: None, None)
    module = type(sys)("only_here")
    module.shout = shout_elsewhere = type(shout)(shout.__code__, {}, "shout")
    shout_elsewhere.__module__ = "only_here"
    monkeypatch.setitem(sys.modules, "only_here", module)
    with pytest.raises(NotApplicable, match="import"):
        fresh(shout_elsewhere, "word")


def test_a_child_is_killed_where_it_says() -> None:
    assert killed(lambda here: here())
    assert not killed(lambda here: None)
    with pytest.raises(Broken, match="ZeroDivisionError"):
        killed(fail)
    with pytest.raises(Broken, match=r"has not ended within 0\.2 seconds"):
        killed(lambda here: sleep(20), 0.2)


@pytest.mark.parametrize(("turn", "reached"), [(1, 1), (2, 1), (3, 0)])
def test_a_stalling_file_says_when_its_middle_is_read(turn: int, reached: int) -> None:
    calls: list[int] = []
    file = Stalling(1001, lambda: calls.append(1), turn)
    for _ in range(2):
        file.seek(0)
        assert b"x" * 1001 == b"".join(iter(lambda: file.read(100), b""))
    assert reached == len(calls)
    assert 1001 == file.seek(0, os.SEEK_END)


# ---------------------------------------------------------------- faults


def ask(promise: str, storage: Any) -> None:
    with Case.of(storage) as case:
        PROMISES[promise].ask(case)


@pytest.mark.parametrize("name", ["killed_in_save", "killed_while_writing", "killed_while_replacing"])
def test_a_storage_that_writes_in_place_is_found(name: str, tmp_path: Path) -> None:
    with pytest.raises(Broken):
        ask(f"crashes.{name}", FileSystemStorage(location=tmp_path))


def test_a_store_that_writes_in_place_is_found(tmp_path: Path) -> None:
    class InPlace(AsStore):
        def put(self, key: str, source: Any, how: Any = None) -> Any:
            with self.storage.open(key, "wb") as file:
                for chunk in source.chunks():
                    file.write(chunk)
            return self.head(key)

    with Case(InPlace(FileSystemStorage(location=tmp_path))) as case, pytest.raises(Broken):
        PROMISES["crashes.killed_in_a_put"].ask(case)


def test_a_store_whose_lock_outlives_its_holder_is_found(tmp_path: Path) -> None:
    class Locking(AsStore):
        def put(self, key: str, source: Any, how: Any = None) -> Any:
            lock = tmp_path / "lock"
            try:
                lock.touch(exist_ok=False)
            except FileExistsError:
                raise ConnectionError("locked") from None
            try:
                return super().put(key, source, how)
            finally:
                lock.unlink()

    with Case(Locking(FileSystemStorage(location=tmp_path))) as case, pytest.raises(Broken, match="locked"):
        PROMISES["crashes.others_go_on"].ask(case)


class Hoarding(InMemoryStorage):
    """Has a megabyte for each thread."""

    def __init__(self) -> None:
        super().__init__()
        self.own = threading.local()

    def exists(self, name: str) -> bool:
        self.own.hoard = bytearray(10**6)
        return super().exists(name)


def test_memory_for_each_thread_is_found() -> None:
    with pytest.raises(Broken, match=r"that a thread holds.*: expected 0 to 500,000, but it is 1,0\d\d,\d\d\d"):
        ask("resources.little_memory_for_a_thread", Hoarding())


class Lingering(InMemoryStorage):
    """Starts a thread that never ends."""

    def exists(self, name: str) -> bool:
        threading.Thread(target=time.sleep, args=(20,), daemon=os.getpid() == TESTS).start()
        return super().exists(name)


TESTS = os.getpid()


def test_a_thread_that_keeps_a_process_from_ending_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PATIENCE", 1)
    with pytest.raises(Broken, match="A forked child has not ended within 1 seconds"):
        ask("resources.in_a_child_that_ends", Lingering())


class Chatting(InMemoryStorage):
    def exists(self, name: str) -> bool:
        if os.getpid() != TESTS:
            print("looking", file=sys.stderr)
        return super().exists(name)


def test_noise_at_the_end_is_found() -> None:
    with pytest.raises(Broken, match=r"what a forked child says at its end: expected '', but it is '\\nlooking"):
        ask("resources.in_a_child_that_ends", Chatting())
