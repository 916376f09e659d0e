"""What errors say, and how they travel."""

from __future__ import annotations

import copy
import errno
import pickle
from collections.abc import Callable, Iterator
from functools import partial

from django.core.files.base import ContentFile

from holdfast.errors import AlreadyExists, Changed, Denied, InvalidKey, NotFound, StoreError, Unavailable
from holdfast.store import Layer
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Entry, Feature, Listing, Read

HOWTO = "https://docs.djangoproject.com/en/stable/howto/custom-file-storage/"
NOT_FOUND = "https://docs.python.org/3/library/exceptions.html#FileNotFoundError"
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


@store_promise(
    "NotFound is a FileNotFoundError; it carries the key and the store, and can be pickled.",
    source="holdfast.StoreError",
)
def not_found(case: Case) -> None:
    """
    error = pickle.loads(pickle.dumps(error_of(store.head, "missing.txt")))
    assert isinstance(error, NotFound) and (error.key, error.store) == ("missing.txt", store.label)
    assert "missing.txt" in str(error)
    """
    for what, call in (
        ("head", lambda: case.store.head("folder/missing.txt")),
        ("get", lambda: case.read("folder/missing.txt")),
        ("get of a range", lambda: case.read("folder/missing.txt", Read(start=3, end=5))),
    ):
        error = _caught(case, NotFound, what, call)
        case.true(isinstance(error, FileNotFoundError), f"The error of {what} is a FileNotFoundError.")
        case.equal(errno.ENOENT, error.errno, f"the errno of {what}")
        _well_made(case, error, "folder/missing.txt", what)


@store_promise(
    "AlreadyExists is a FileExistsError; it carries the key and the store, and can be pickled.",
    needs=WRITE,
    source="holdfast.StoreError",
)
def already_exists(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    error = pickle.loads(pickle.dumps(error_of(put, store, "a.txt", b"more")))
    assert isinstance(error, AlreadyExists) and (error.key, error.store) == ("a.txt", store.label)
    """
    case.given("a.txt")
    error = _caught(case, AlreadyExists, "put", lambda: case.put("a.txt", b"more"))
    case.true(isinstance(error, FileExistsError), "The error of put is a FileExistsError.")
    case.equal(errno.EEXIST, error.errno, "the errno of put")
    _well_made(case, error, "a.txt", "put")


@store_promise("Changed carries the key and the store, and can be pickled.", source="holdfast.StoreError")
def changed(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    error = pickle.loads(pickle.dumps(error_of(read, store, "a.txt", Read(etag='"other"'))))
    assert isinstance(error, Changed) and (error.key, error.store) == ("a.txt", store.label)
    """
    if case.given("a.txt").etag is None:
        raise NotApplicable("needs a store that knows ETags")
    error = _caught(case, Changed, "get", lambda: case.read("a.txt", Read(etag='"other"')))
    _well_made(case, error, "a.txt", "get of another version")


@store_promise(
    "Whatever is thrown at a store, only a StoreError or an InvalidKey comes out.", source="holdfast.Store"
)
def nothing_foreign(case: Case) -> None:
    """
    put(store, "file", b"bytes")
    for key in ("file/below", "x" * 1024, "..", "a//b"):
        assert isinstance(error_of(store.head, key), (StoreError, InvalidKey)), key
    """
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


@store_promise("No secret of a store is in its label, its repr or its errors.", source="holdfast.types.Secret")
def no_secrets(case: Case) -> None:
    """
    text = f"{store.label} {store!r} {error_of(store.head, 'missing.txt')!r}"
    assert not any(secret in text for secret in secrets_in(store))
    """
    case.given("a.txt")
    texts = [case.store.label, repr(case.store), repr(case.storage)]
    texts.append(str(_caught(case, NotFound, "head", lambda: case.store.head("missing.txt"))))
    for secret in case.secrets:
        for text in texts:
            case.true(secret not in text, f"A secret is not in {text.replace(secret, '…')!r}.")


@store_promise(
    "An error leaves the store as it was: it works on afterwards.", needs=WRITE, source="holdfast.StoreError"
)
def works_on_afterwards(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    assert all([error_of(store.head, "missing.txt"), error_of(put, store, "a.txt", b"more")])
    assert read(store, "a.txt") == b"bytes"
    """
    for number in range(5):
        _caught(case, NotFound, "head", lambda: case.store.head("missing.txt"))
        _caught(case, NotFound, "get", lambda: case.read("missing.txt"))
        key = f"{number}.txt"
        case.put(key, b"-")
        _caught(case, AlreadyExists, "put", partial(case.put, key, b"more"))
        case.holds(key, b"-")


@storage_promise(
    "The error about a missing file is a FileNotFoundError that names it, and can be pickled.", source=NOT_FOUND
)
def names_the_missing_file(case: Case) -> None:
    """
    error = pickle.loads(pickle.dumps(error_of(storage.open, "folder/missing.txt")))
    assert isinstance(error, FileNotFoundError)
    assert "missing.txt" in str(error)
    """
    with case.raises(FileNotFoundError, "open of a missing file") as caught:
        case.contents("folder/missing.txt")
    error = caught.error
    for what, each in (("the error", error), ("the error out of a pickle", pickle.loads(pickle.dumps(error)))):  # noqa: S301
        case.equal(type(error), type(each), f"the type of {what}")
        case.true("missing.txt" in str(each), f"The message of {what} names the file: {each}")


@storage_promise(
    "After errors about missing files a storage works on, and holds what it held.", needs=WRITE, source=HOWTO
)
def storage_works_on_afterwards(case: Case) -> None:
    """
    name = storage.save("a.txt", ContentFile(b"bytes"))
    assert all(error_of(lambda: storage.open("missing.txt").read()) for _ in range(20))
    assert storage.open(name).read() == b"bytes"
    """
    for number in range(5):
        for _ in range(4):  # enough to use up the connections of a small pool
            with case.raises(Exception, "open of a missing file"):
                case.contents("missing.txt")
        name = case.storage.save(f"{number}.txt", ContentFile(b"bytes"))
        case.equal(b"bytes", case.contents(name), "the content of a file that was saved after errors")
    case.equal([f"{number}.txt" for number in range(5)], case.keys(), "the keys that are there")


class _Failing(Layer):
    """A store that says for every object what ``error`` says."""

    kind: type[StoreError] = Denied

    def head(self, key: str, want: Read = Read()) -> Entry:
        raise self.error(self.kind, key)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        raise self.error(self.kind, prefix)


class _Unavailable(_Failing):
    kind = Unavailable


@remote_promise(
    "Where it cannot be found out whether a file exists, exists raises and does not say no.",
    source="holdfast.RemoteStorage.exists",
)
def exists_is_not_guessed(case: Case) -> None:
    """
    down = Layer(storage.store)
    down.head = lambda *_: exec("raise Unavailable")
    assert isinstance(error_of(type(storage)(down).exists, "a.txt"), Unavailable)
    """
    for layer in (_Failing, _Unavailable):
        storage = case.storage_with(over=layer(case.store))
        for name in ("a.txt", "folder/"):
            with case.raises(layer.kind, f"exists of {name!r}"):
                storage.exists(name)
