"""A server that does not answer: that is an error, it says so, and it comes in time.

"Not there", "no bytes" and "nothing in it" would be answers, and nobody has given them. Who believes them saves
again what is there, and deletes what seems to be unused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from holdfast.errors import Unavailable
from holdfast.source import Source
from holdfast.store import Store
from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.ends import ended, forked
from holdfast.testing.optional import optional
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.testing.secrecy import texts_of
from holdfast.types import Feature, Write

PATIENCE = 30
"""Seconds in which a call has to end: as many as web servers commonly give a worker."""

STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
LOGGING = "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude"
THREADS = "https://docs.python.org/3/library/threading.html#thread-objects"

WRONG = AttributeError, FileExistsError, FileNotFoundError, NameError, TypeError
"""These say something else than that nobody answered, or that the program has a mistake."""

Call = Callable[[], object]


def refused(case: Case, what: str, call: Call) -> Exception:
    """What a call raises that cannot be done: nobody answers, or nobody is to be trusted."""
    result, error = ended(what, call, PATIENCE)
    if isinstance(error, NotImplementedError):
        raise NotApplicable(f"needs a storage that has {what}") from error
    if error is None or isinstance(error, WRONG):
        came = f"gave {result!r}" if error is None else f"raised {error!r}"
        raise Broken(f"{what}: expected an error that says why it could not be done, but it {came}")
    case.true(str(error), f"The error of {what} says something: {error!r}")
    return error


def verbs(store: Store) -> dict[str, Call]:
    """Every verb of a store that needs its server."""

    def get() -> None:
        with store.get("a.txt") as body:
            body.read()

    found: dict[str, Call] = {
        "get": get,
        "head": partial(store.head, "a.txt"),
        "list": lambda: list(store.list()),
        "listdir": lambda: list(store.listdir()),
    }
    if Feature.WRITE in store.features:
        found |= {
            "put": partial(store.put, "a.txt", Source.of(b"bytes")),
            "put over another": partial(store.put, "a.txt", Source.of(b"bytes"), Write(overwrite=True)),
            "delete": partial(store.delete, "a.txt"),
            "delete_many": partial(store.delete_many, ["a.txt", "b.txt"]),
            "copy": partial(store.copy, "a.txt", "b.txt"),
        }
    return found


def methods(storage: Storage) -> dict[str, Call]:
    """Every method of a storage that needs its server."""
    return {
        "exists": partial(storage.exists, "a.txt"),
        "size": partial(storage.size, "a.txt"),
        "listdir": partial(storage.listdir, ""),
        "open": partial(_read, storage),
        "save": partial(storage.save, "a.txt", ContentFile(b"bytes")),
        "writing": partial(_write, storage),
        "delete": partial(storage.delete, "a.txt"),
        "get_modified_time": partial(storage.get_modified_time, "a.txt"),
    }


def _read(storage: Storage) -> Any:
    with storage.open("a.txt") as file:
        return file.read()


def _write(storage: Storage) -> None:
    with storage.open("a.txt", "wb") as file:
        file.write(b"bytes")


@store_promise(
    "Where a server does not answer, every verb raises Unavailable with the key and the store, and soon.",
    source="holdfast.Unavailable",
)
def every_verb_says_so(case: Case) -> None:
    """
    error = error_of(unreachable.head, "a.txt")
    assert isinstance(error, Unavailable) and (error.key, error.store) == ("a.txt", unreachable.label)
    assert isinstance(error_of(keys, unreachable), Unavailable)
    """
    store: Store = case.unreachable
    for what, verb in verbs(store).items():
        error = refused(case, what, verb)
        case.true(isinstance(error, Unavailable), f"The error of {what} is Unavailable: {error!r}")
        assert isinstance(error, Unavailable)
        case.equal(store.label, error.store, f"the store that the error of {what} carries")
        case.true(error.key in ("", "a.txt", "b.txt"), f"The key that the error of {what} carries: {error.key!r}")
        if what in ("get", "head", "put", "put over another", "delete"):
            case.equal("a.txt", error.key, f"the key that the error of {what} carries")
            case.true("a.txt" in str(error), f"The message of {what} names the key: {error}")
        case.true(store.label in str(error), f"The message of {what} names the store: {error}")


def _nobody_answers(case: Case, what: str) -> None:
    storage: Storage = case.unreachable
    refused(case, what, methods(storage)[what])


@storage_promise("Where a server does not answer, exists raises and does not say no.", source=f"{STORAGE}exists")
def exists(case: Case) -> None:
    """
    error = error_of(unreachable.exists, "a.txt")
    assert error and not isinstance(error, FileNotFoundError)
    """
    _nobody_answers(case, "exists")


@storage_promise("Where a server does not answer, size raises and is not 0.", source=f"{STORAGE}size")
def size(case: Case) -> None:
    """
    error = error_of(unreachable.size, "a.txt")
    assert error and not isinstance(error, FileNotFoundError)
    """
    _nobody_answers(case, "size")


@storage_promise("Where a server does not answer, listdir raises and is not empty.", source=f"{STORAGE}listdir")
def listdir(case: Case) -> None:
    """
    error = error_of(unreachable.listdir, "")
    assert error and not isinstance(error, FileNotFoundError)
    """
    _nobody_answers(case, "listdir")


@storage_promise(
    "Where a server does not answer, open or the first read raises, and not FileNotFoundError.",
    source=f"{STORAGE}open",
)
def opening(case: Case) -> None:
    """
    error = error_of(lambda: unreachable.open("a.txt").read())
    assert error and not isinstance(error, FileNotFoundError)
    """
    _nobody_answers(case, "open")


@storage_promise("Where a server does not answer, save raises and gives no name.", source=f"{STORAGE}save")
def save(case: Case) -> None:
    """
    assert error_of(unreachable.save, "a.txt", ContentFile(b"bytes"))
    """
    _nobody_answers(case, "save")


@storage_promise(
    "Where a server does not answer, a file that was written raises when it is closed, at the latest.",
    source=f"{STORAGE}open",
)
def writing(case: Case) -> None:
    """
    def write():
        with unreachable.open("a.txt", "wb") as file: file.write(b"bytes")
    assert error_of(write)
    """
    _nobody_answers(case, "writing")


@storage_promise("Where a server does not answer, delete raises.", source=f"{STORAGE}delete")
def delete(case: Case) -> None:
    """
    assert error_of(unreachable.delete, "a.txt")
    """
    _nobody_answers(case, "delete")


@storage_promise(
    "Where a server does not answer, get_modified_time raises, and not FileNotFoundError.",
    source=f"{STORAGE}get_modified_time",
)
def modified_time(case: Case) -> None:
    """
    error = error_of(unreachable.get_modified_time, "a.txt")
    assert error and not isinstance(error, FileNotFoundError)
    """
    _nobody_answers(case, "get_modified_time")


@storage_promise(
    "Where a server does not answer, url gives a URL all the same, or raises; it gives nothing else.",
    source=f"{STORAGE}url",
)
def url(case: Case) -> None:
    """
    url = unreachable.url("a.txt")
    assert isinstance(url, str) and url
    """
    storage: Storage = case.unreachable
    with optional("url"):
        case.storage.url("a.txt")
    found, error = ended("url", lambda: storage.url("a.txt"), PATIENCE)
    case.true(error or (isinstance(found, str) and found), f"url gives a URL, or raises: {found!r}")


@storage_promise("The errors about a server that does not answer show no secret.", source=LOGGING)
def no_secret(case: Case) -> None:
    """
    error = error_of(unreachable.exists, "a.txt")
    assert not any(secret in f"{error!r} {error.__cause__!r} {error.__context__!r}" for secret in secrets)
    """
    storage: Storage = case.unreachable
    shows_none(case, storage)


def shows_none(case: Case, storage: Storage) -> None:
    """No secret is in the errors of a storage none of whose methods can do their work."""
    if not case.secrets:
        raise NotApplicable("needs to know the secrets")
    for what, method in methods(storage).items():
        _, error = ended(what, method, PATIENCE)
        for text in texts_of(error) if error else ():
            for secret in case.secrets:
                case.true(secret not in text, f"No secret is in the error of {what}: {text.replace(secret, '…')}")


@storage_promise(
    "A process that has met a server which does not answer ends by itself, and soon.",
    live=False,
    source=THREADS,
)
def process_ends(case: Case) -> None:
    """
    assert in_child(lambda: error_of(unreachable.exists, "a.txt") is not None)
    """
    storage: Storage = case.unreachable

    def meet() -> None:
        for method in (methods(storage)["exists"], methods(storage)["open"]):
            with suppress(Exception):
                method()

    forked(meet, PATIENCE * 3)
