"""The contract finds faults: who breaks a promise is caught by it, and so by its three lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Broken, Case, Counting, NotApplicable, all_promises, store_promise
from holdfast.testing.asserting import equal, within
from tests import faulty
from tests.test_see import run_see

PROMISES = {promise.id: promise for promise in all_promises()}


def _ids(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("store", "promise"), faulty.STORES, ids=_ids)
def test_a_faulty_store_is_caught(store: type[Store], promise: str) -> None:
    with Case(store()) as case, pytest.raises(Broken, match=re.escape(PROMISES[promise].sentence)):
        PROMISES[promise].ask(case)


@pytest.mark.parametrize(("storage", "promise"), faulty.STORAGES, ids=_ids)
def test_a_faulty_storage_is_caught(storage: type[RemoteStorage], promise: str) -> None:
    with _case(storage, promise) as case, pytest.raises(Broken, match=re.escape(PROMISES[promise].sentence)):
        PROMISES[promise].ask(case)


@pytest.mark.parametrize("promise", faulty.OVER)
def test_a_sound_storage_over_the_same_store_is_not(promise: str) -> None:
    with _case(RemoteStorage, promise) as case:
        PROMISES[promise].ask(case)


def _case(storage: type[RemoteStorage], promise: str) -> Case:
    store = Counting(faulty.OVER.get(promise, MemoryStore)())
    return Case(store, storage=storage(store), counter=store.counting)


@pytest.mark.parametrize(("kind", "promise"), [*faulty.STORES, *faulty.STORAGES], ids=_ids)
def test_the_three_lines_show_the_fault(kind: type[Store] | type[RemoteStorage], promise: str) -> None:
    if issubclass(kind, Store):
        store, storage = kind(), None
    else:
        store = faulty.OVER.get(promise, MemoryStore)()
        storage = kind(counted := Counting(store))
        store = counted
    counting = store.counting if isinstance(store, Counting) else None
    with pytest.raises(Exception):  # noqa: B017 - whatever a person would see
        run_see(PROMISES[promise], store, storage, counting=counting)


def test_the_list_is_printed_without_any_settings() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "holdfast.testing"],
        capture_output=True,
        text=True,
        check=True,
        env=environ,
    )
    lines = done.stdout.splitlines()
    assert len(PROMISES) == len(lines)
    assert "" == done.stderr
    taken = "naming.taken_name_gets_another"
    expected = f"{taken}\tA name that is taken gets another one, and the first file stays as it was.\t[write]"
    assert expected in lines


def test_no_pytest_is_imported_but_by_its_reader() -> None:
    code = "import sys, holdfast.testing as t; t.all_promises(); sys.exit('pytest' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_promise_is_one_sentence_with_an_id_of_its_own() -> None:
    assert len(PROMISES) == len(all_promises())
    assert len(PROMISES) == len({promise.sentence for promise in all_promises()})
    for promise in all_promises():
        assert promise.sentence.endswith("."), promise
        assert "\n" not in promise.sentence
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", promise.id)


def test_promises_are_about_stores_or_storages() -> None:
    assert len(PROMISES) == sum(len(all_promises(about)) for about in ("store", "storage", "remote"))


def test_an_id_is_given_once() -> None:
    def bytes_come_back(case: Case) -> None: ...

    bytes_come_back.__module__ = "somewhere.reading"
    with pytest.raises(ValueError, match=r"two promises reading\.bytes_come_back"):
        store_promise("Again.")(bytes_come_back)


def test_what_is_counted_needs_a_counter() -> None:
    with Case(MemoryStore()) as case, pytest.raises(NotApplicable, match="needs a counter of requests"):
        PROMISES["budgets.open_and_read"].ask(case)


def test_what_needs_a_feature_is_not_asked_without() -> None:
    with Case(MemoryStore()) as case:
        with pytest.raises(NotApplicable, match="needs sign"):
            PROMISES["signing.gives_the_bytes"].ask(case)
        with pytest.raises(NotApplicable, match="is about stores without write"):
            PROMISES["features.no_writing"].ask(case)


def test_messages_say_what_was_expected_and_what_came() -> None:
    with pytest.raises(Broken, match=r"the size: expected 5, but it is 6"):
        equal(5, 6, "the size")
    with pytest.raises(Broken, match=r"they part at 70,000, with 70,000 and 70,001 in all"):
        equal(b"x" * 70_000, b"x" * 70_001, "the bytes")
    with pytest.raises(Broken, match=r"the number: expected 0 to 2, but it is 3"):
        within(0, 2, 3, "the number")
    wanted = Case.raises((KeyError, IndexError), "head")
    with pytest.raises(Broken, match=r"head: expected KeyError or IndexError, but nothing was raised"), wanted:
        pass
    with pytest.raises(Broken, match=r"KeyError or IndexError, but it raised ValueError: no"), wanted:
        raise ValueError("no")
    with pytest.raises(KeyboardInterrupt), wanted:
        raise KeyboardInterrupt
    with wanted as caught:
        raise IndexError("yes")
    assert "yes" == str(caught.error)


def test_children_answer_fail_and_are_not_waited_for_for_ever() -> None:
    with Case(MemoryStore()) as case:
        assert [1, 2, 3] == case.in_children(lambda: 1, lambda: 2, lambda: 3)
        assert 42 == case.in_child(lambda: case.in_child(lambda: 42))
        with pytest.raises(Broken, match="ZeroDivisionError"):
            case.in_child(lambda: 1 / 0)
        with pytest.raises(Broken, match="died without a word"):
            case.in_child(lambda: os._exit(1))
        begun = time.monotonic()
        with pytest.raises(Broken, match=r"has not ended within 0\.2 seconds"):
            case.in_child(lambda: time.sleep(60), 0.2)
        assert time.monotonic() - begun < 5


CONTRACT = """
import pytest

from holdfast.stores.memory import MemoryStore
from holdfast.testing.contract import StoreContract


class TestSound(StoreContract):
    costs = ("cheap",)

    def make(self):
        return MemoryStore()


class Tail(MemoryStore):
    def put(self, key, source, how):
        if how.overwrite and key in self.objects:
            raise ZeroDivisionError
        return super().put(key, source, how)


class TestFaulty(StoreContract):
    exempt = {
        "writing.shorter_leaves_no_tail": "not done yet",
        "ranges.half_open": "a needless one",
        "signing.odd_names": "never asked",
    }

    @pytest.fixture
    def store(self):
        return Tail()


class TestForgotten(StoreContract):
    pass
"""


REPOSITORY = str(Path(__file__).parent.parent)


def pytest_of(folder: Path, text: str, *arguments: str) -> str:
    """What pytest says of a module of tests, run as somebody runs their own."""
    (folder / "test_mine.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--ds=tests.settings"]
    return subprocess.run(
        [*command, *arguments, "test_mine.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": REPOSITORY, "COLUMNS": "400"},
    ).stdout


def test_the_reader_for_pytest(tmp_path: Path) -> None:
    chosen = "half_open or shorter_leaves_no_tail or signing.odd_names or overwrite_replaces or listing.thousands"
    report = pytest_of(tmp_path, CONTRACT, "-rA", "-k", chosen)
    outcomes = dict(re.findall(r"^((?:PASSED|FAILED|XFAIL|ERROR) .+?)(?: - (.*))?$", report, re.MULTILINE))
    sound, faulty = (f"test_mine.py::Test{name}::test_promise" for name in ("Sound", "Faulty"))
    assert f"PASSED {sound}[ranges.half_open]" in outcomes
    assert f"PASSED {faulty}[listing.thousands]" in outcomes
    assert f"PASSED {sound}[listing.thousands]" not in outcomes
    assert "not done yet" == outcomes[f"XFAIL {faulty}[writing.shorter_leaves_no_tail]"]
    assert "and yet it is kept" in outcomes[f"FAILED {faulty}[ranges.half_open]"]
    assert "is not even asked: it needs sign" in outcomes[f"FAILED {faulty}[signing.odd_names]"]
    assert f"FAILED {faulty}[writing.overwrite_replaces]" in outcomes
    assert "(writing.overwrite_replaces) ZeroDivisionError" in report
    assert "TestForgotten needs a method 'make', or a fixture 'store'." in report
    assert "not applicable: needs sign" in report


def test_an_exemption_from_nothing_is_a_mistake(tmp_path: Path) -> None:
    report = pytest_of(tmp_path, CONTRACT.replace("ranges.half_open", "ranges.half_opened"), "--collect-only")
    assert "TestFaulty: exempt: there is no promise ranges.half_opened." in report


def test_an_exemption_from_what_is_not_asked_is_a_mistake(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        "class TestFaulty(StoreContract):", "class TestFaulty(StoreContract):\n    features = Tail.features"
    )
    assert "TestFaulty: exempt: signing.odd_names is not even asked." in pytest_of(tmp_path, text, "--collect-only")
