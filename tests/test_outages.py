"""The promises about servers that do not answer, or that nobody has vouched for, find storages that guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage

from holdfast.errors import NotFound
from holdfast.source import Source
from holdfast.store import Layer
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Broken, Case, all_promises
from holdfast.testing.promises import outages
from holdfast.testing.verdict import Outcome, judge
from holdfast.types import Entry, Read, Secret, Write

PROMISES = {promise.id: promise for promise in all_promises()}
METHODS = ("exists", "size", "listdir", "opening", "save", "writing", "delete", "url")


class Guessing(Storage):
    """Takes silence for an answer."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        if "r" in mode:
            raise FileNotFoundError(name)
        return ContentFile(b"")

    def _save(self, name: str, content: Any) -> str:
        return name

    def delete(self, name: str) -> None:
        pass

    def exists(self, name: str) -> bool:
        return False

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return [], []

    def size(self, name: str) -> int:
        return 0

    def url(self, name: str | None) -> Any:
        return None

    def get_modified_time(self, name: str) -> Any:
        raise FileNotFoundError(name)


class Saying(InMemoryStorage):
    """Raises ``error()`` whatever it is asked."""

    def __init__(self, error: Callable[[], BaseException]) -> None:
        super().__init__()
        self.error = error

    def _resolve(self, *args: Any, **options: Any) -> Any:
        if hasattr(self, "error"):
            raise self.error()
        return super()._resolve(*args, **options)


class Hanging(InMemoryStorage):
    def exists(self, name: str) -> bool:
        time.sleep(5)
        raise ConnectionError("at last")


class Wordless(Layer):
    """Its error says that nothing is there."""

    def head(self, key: str, want: Read = Read()) -> Entry:
        raise self.error(NotFound, key)


def with_a_password() -> BaseException:
    error = ConnectionError("no connection")
    error.__cause__ = ValueError({"host": "example.com", "passwd": "hunter2-hunter2"})
    return error


def ask(promise: str, **options: Any) -> None:
    with Case.of(InMemoryStorage(base_url="/media/"), **options) as case:
        PROMISES[promise].ask(case)


@pytest.mark.parametrize("promise", [*METHODS, "modified_time"])
def test_a_guess_is_found(promise: str) -> None:
    with pytest.raises(Broken, match=r"expected an error|url gives a URL"):
        ask(f"outages.{promise}", unreachable=Guessing())


@pytest.mark.parametrize("promise", METHODS)
def test_an_error_that_says_so_is_right(promise: str) -> None:
    ask(f"outages.{promise}", unreachable=Saying(lambda: ConnectionError("nobody answers")))


@pytest.mark.parametrize("error", [FileNotFoundError, FileExistsError, AttributeError, ConnectionError])
def test_an_error_that_says_something_else_or_nothing_is_found(error: type[Exception]) -> None:
    with pytest.raises(Broken, match=r"expected an error|says something"):
        ask("outages.exists", unreachable=Saying(error))


def test_who_does_not_answer_in_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "PATIENCE", 0.1)
    with pytest.raises(Broken, match=r"exists has not ended within 0\.1 seconds"):
        ask("outages.exists", unreachable=Hanging())


def test_a_process_that_goes_on_for_ever_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "PATIENCE", 0.1)
    with pytest.raises(Broken, match="A forked child has not ended within"):
        ask("outages.process_ends", unreachable=Hanging())


@pytest.mark.parametrize("promise", ["outages.no_secret", "trust.no_secret_of_a_stranger"])
def test_a_secret_anywhere_in_an_error_is_found(promise: str) -> None:
    storage = Saying(with_a_password)
    with pytest.raises(Broken, match="No secret is in the error of") as caught:
        ask(promise, unreachable=storage, stranger=storage, secrets=["hunter2-hunter2"])
    assert "hunter2-hunter2" not in caught.value.what
    ask(promise, unreachable=storage, stranger=storage, secrets=["another one"])


def test_a_secret_in_what_a_storage_says_of_itself_is_found() -> None:
    class Talking(InMemoryStorage):
        def __repr__(self) -> str:
            return "<Talking ftp://user:hunter2-hunter2@example.com>"

    shown = pytest.raises(Broken, match="No secret is in the repr of the storage")
    with Case.of(Talking(), secrets=["hunter2-hunter2"]) as case, shown:
        PROMISES["trust.no_secret"].ask(case)


def test_the_secrets_of_a_store_are_known() -> None:
    class Locked(MemoryStore):
        def __init__(self, *, password: Secret | None = None) -> None:
            super().__init__()
            self.password = password

    with Case(Layer(Locked(password=Secret("of the store"))), secrets=["given", ""]) as case:
        assert {"of the store", "given"} == case.secrets
    with Case(MemoryStore()) as case:
        assert Outcome.NOT_ASKED is judge(PROMISES["trust.no_secret"], case, {}).outcome


@pytest.mark.parametrize("name", ["save_needs_trust", "reading_needs_trust", "delete_needs_trust"])
def test_a_stranger_that_is_trusted_is_found(name: str) -> None:
    with Case.of(trusting := InMemoryStorage(), stranger=trusting) as case, pytest.raises(Broken):
        PROMISES[f"trust.{name}"].ask(case)


def test_what_is_sent_to_a_stranger_before_the_error_is_found() -> None:
    class Late(Layer):
        def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
            super().put(key, source, how)
            raise self.error(NotFound, key).with_traceback(None)

    store = MemoryStore()
    with Case(store, stranger=Late(store)) as case, pytest.raises(Broken):
        PROMISES["trust.verbs_need_trust"].ask(case)


def test_a_verb_that_takes_silence_for_an_answer_is_found() -> None:
    with Case(MemoryStore(), unreachable=Wordless(MemoryStore())) as case, pytest.raises(Broken):
        PROMISES["outages.every_verb_says_so"].ask(case)


def test_a_diagnosis_says_what_is_needed_beside_the_storage() -> None:
    text = PROMISES["trust.save_needs_trust"].diagnosis("nothing was raised")
    assert "with yours as `storage`, one that has nothing to know its server by as `stranger`, after" in text
