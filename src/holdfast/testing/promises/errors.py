"""What errors say, and how they travel."""

from __future__ import annotations

import copy
import errno
import pickle
from collections.abc import Callable, Iterator
from functools import partial

from holdfast.errors import AlreadyExists, Changed, Denied, InvalidKey, NotFound, StoreError, Unavailable
from holdfast.store import Layer
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Entry, Feature, Listing, Read

WRITE = Feature.WRITE


def _caught(case: Case, kind: type[StoreError], what: str, call: Callable[[], object]) -> StoreError:
    with case.raises(kind, what) as caught:
        call()
    return caught.error


def _well_made(case: Case, error: StoreError, key: str, what: str) -> None:
    case.equal(key, error.key, f"the key that the error of {what} carries")
    case.equal(case.store.label, error.store, f"the store that the error of {what} carries")
    case.true(key in str(error), f"The message of {what} names the key: {error}")
    case.true(error.errno not in (errno.EPIPE, errno.ECONNRESET), f"The errno of {what} is no hang-up.")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - we have just made it
        same = type(error), str(error), error.key, error.store, error.errno
        case.equal(same, (type(other), str(other), other.key, other.store, other.errno), f"a copy of {what}")


@store_promise("NotFound is a FileNotFoundError; it carries the key and the store, and can be pickled.")
def not_found(case: Case) -> None:
    for what, call in (
        ("head", lambda: case.store.head("folder/missing.txt")),
        ("get", lambda: case.read("folder/missing.txt")),
        ("get of a range", lambda: case.read("folder/missing.txt", Read(start=3, end=5))),
    ):
        error = _caught(case, NotFound, what, call)
        case.true(isinstance(error, FileNotFoundError), "It is a FileNotFoundError.")
        case.equal(errno.ENOENT, error.errno, "its errno")
        _well_made(case, error, "folder/missing.txt", what)


@store_promise(
    "AlreadyExists is a FileExistsError; it carries the key and the store, and can be pickled.", needs=WRITE
)
def already_exists(case: Case) -> None:
    case.given("a.txt")
    error = _caught(case, AlreadyExists, "put", lambda: case.put("a.txt", b"more"))
    case.true(isinstance(error, FileExistsError), "It is a FileExistsError.")
    case.equal(errno.EEXIST, error.errno, "its errno")
    _well_made(case, error, "a.txt", "put")


@store_promise("Changed carries the key and the store, and can be pickled.")
def changed(case: Case) -> None:
    if case.given("a.txt").etag is not None:
        error = _caught(case, Changed, "get", lambda: case.read("a.txt", Read(etag='"other"')))
        _well_made(case, error, "a.txt", "get of another version")


@store_promise("Whatever is thrown at a store, only a StoreError or an InvalidKey comes out.")
def nothing_foreign(case: Case) -> None:
    case.given("file")
    calls: list[Callable[[str], object]] = [
        case.store.head,
        case.read,
        case.store.delete,
        lambda key: case.put(key, b"-"),
    ]
    for key in ("file/below", "file/below/that", "x" * 1024, "é" * 512, "a/" + "b" * 1000, "..", "a/../b", "a//b"):
        for call in calls:
            try:
                call(key)
            except (StoreError, InvalidKey) as error:
                case.equal(key, error.key, f"the key of {error!r}")
    case.equal(b"some bytes", case.read("file"), "the bytes of what was there")


@store_promise("No secret of a store is in its label, its repr or its errors.")
def no_secrets(case: Case) -> None:
    case.given("a.txt")
    texts = [case.store.label, repr(case.store), repr(case.storage)]
    texts.append(str(_caught(case, NotFound, "head", lambda: case.store.head("missing.txt"))))
    for secret in _secrets(case.store):
        for text in texts:
            case.true(secret not in text, f"A secret is not in {text.replace(secret, '…')!r}.")


def _secrets(thing: object, depth: int = 4) -> set[str]:
    """The secrets that a store holds, and what it stands on."""
    from holdfast.types import Secret

    found = set()
    for value in vars(thing).values() if depth and hasattr(thing, "__dict__") else ():
        if isinstance(value, Secret):
            found.add(value.reveal())
        elif type(value).__module__.startswith("holdfast"):
            found |= _secrets(value, depth - 1)
    return found - {""}


@store_promise("An error leaves the store as it was: it works on afterwards.", needs=WRITE)
def works_on_afterwards(case: Case) -> None:
    for number in range(5):
        _caught(case, NotFound, "head", lambda: case.store.head("missing.txt"))
        _caught(case, NotFound, "get", lambda: case.read("missing.txt"))
        key = f"{number}.txt"
        case.put(key, b"-")
        _caught(case, AlreadyExists, "put", partial(case.put, key, b"more"))
        case.holds(key, b"-")


class _Failing(Layer):
    """A store that says for every object what ``error`` says."""

    kind: type[StoreError] = Denied

    def head(self, key: str, want: Read = Read()) -> Entry:
        raise self.error(self.kind, key)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        raise self.error(self.kind, prefix)


class _Unavailable(_Failing):
    kind = Unavailable


@remote_promise("Where it cannot be found out whether a file exists, exists raises and does not say no.")
def exists_is_not_guessed(case: Case) -> None:
    for layer in (_Failing, _Unavailable):
        storage = case.storage_with(over=layer(case.store))
        for name in ("a.txt", "folder/"):
            with case.raises(layer.kind, f"exists of {name!r}"):
                storage.exists(name)
