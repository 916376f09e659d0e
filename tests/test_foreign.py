"""What the kit holds for a store that says what its library's exceptions mean."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from holdfast.errors import Changed, Denied, InvalidKey, NotFound, Refused, Unavailable, Unsupported
from holdfast.resolve import resolve
from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.stores import STORES
from holdfast.stores.memory import MemoryStore
from holdfast.types import Attributes, Body, Entry, Feature, Listing, Permit, Read, Remove, Secret, Signed, Write

PASSWORD = "correct horse battery staple"


class LibraryError(Exception):
    """As a library raises it: with all that it knows in its text."""

    def __init__(self) -> None:
        super().__init__(f"cannot reach frail://user:{PASSWORD}@host/")


class AuthError(LibraryError): ...


class Full(LibraryError, OSError):
    def __init__(self) -> None:
        OSError.__init__(self, 28, PASSWORD)


class FrailStore(Store):
    """Raises ``failing`` where its library would; in a listing and in a body, after the first that it gave."""

    scheme = "frail"
    features = Feature.WRITE | Feature.RANGE
    foreign = {LibraryError: Unavailable, AuthError: Denied, Full: Refused, KeyError: NotFound}

    def __init__(
        self, *, host: str = "", port: int = 0, username: str = "", password: Secret | None = None
    ) -> None:
        self.objects: dict[str, bytes] = {}
        self.failing: Exception | None = None
        self.closed = 0

    def fail(self) -> None:
        if self.failing is not None:
            raise self.failing

    def entry(self, key: str) -> Entry:
        return Entry(key=key, size=len(self.objects[key]), etag=f'"{self.objects[key].decode()}"')

    def get(self, key: str, want: Read = Read()) -> Body:
        if want.end != 1:  # for those who read on later
            self.fail()

        def chunks() -> Iterator[bytes]:
            yield self.objects[key][:1]
            self.fail()
            yield self.objects[key][1:]

        def close() -> None:
            self.closed += 1
            self.fail()

        return Body(self.entry(key), chunks(), close=close)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.objects[key] = source.read()
        self.fail()
        return self.entry(key)

    def head(self, key: str, want: Read = Read()) -> Entry:
        self.fail()
        return self.entry(key)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.fail()
        self.objects.pop(key, None)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        yield from map(self.entry, self.objects)
        self.fail()

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Any]:
        yield from map(self.entry, self.objects)
        self.fail()

    def delete_many(self, keys: Iterable[str]) -> None:
        for _ in keys:
            self.fail()

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        self.fail()
        return super().copy(source, target, how)

    def sign(self, key: str, permit: Permit) -> Signed:
        self.fail()
        return super().sign(key, permit)

    def path(self, key: str) -> Path:
        self.fail()
        return super().path(key)


def frail(error: Exception | None = None) -> FrailStore:
    store = FrailStore(host="host", port=99, password=Secret(PASSWORD))
    store.objects["a"] = b"data"
    store.failing = error
    return store


def half_read(store: Store) -> None:
    with store.get("a", Read(end=1)) as body:
        assert b"d" == body.read(1)
        body.read()


def half_listed(store: Store) -> None:
    entries = store.list()
    assert "a" == next(entries).key
    next(entries)


VERBS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get("a"),
    "a body read later": half_read,
    "a body closed later": lambda store: store.get("a", Read(end=1)).close(),
    "put": lambda store: store.put("a", Source.of(b"-"), Write(overwrite=True)),
    "head": lambda store: store.head("a"),
    "delete": lambda store: store.delete("a"),
    "list": half_listed,
    "listdir": lambda store: list(store.listdir()),
    "delete_many": lambda store: store.delete_many(["a"]),
    "copy": lambda store: store.copy("a", "a"),
    "sign": lambda store: store.sign("a", Permit()),
    "path": lambda store: store.path("a"),
    "aget": lambda store: asyncio.run(store.aget("a")),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_what_the_library_raises_comes_out_as_what_it_means(verb: Callable[[Store], object]) -> None:
    error = LibraryError()
    with pytest.raises(Unavailable) as caught:
        verb(frail(error))
    assert error is caught.value.__cause__
    assert "frail://host:99" == caught.value.store
    assert caught.value.key in ("a", "")
    assert PASSWORD not in f"{caught.value!r} {pickle.dumps(caught.value)!r}"


def test_the_message_says_what_it_was_without_the_library_s_words() -> None:
    with pytest.raises(Unavailable) as caught:
        frail(LibraryError()).head("a")
    expected = "'a' in frail://host:99: the request failed. It was tests.test_foreign.LibraryError."
    assert expected == str(caught.value)
    with pytest.raises(Refused) as caught:
        list(frail(Full()).listdir())
    expected = "frail://host:99: the request failed. It was tests.test_foreign.Full, No space left on device."
    assert expected == str(caught.value)


def test_the_nearest_class_counts_in_whatever_order_they_stand() -> None:
    with pytest.raises(Denied, match="check the credentials"):
        frail(AuthError()).head("a")


def test_a_missing_key_reads_as_any_other() -> None:
    with pytest.raises(NotFound) as caught:
        frail().head("b")
    assert "There is no 'b' in frail://host:99." == str(caught.value)


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), Unsupported("no"), InvalidKey("no"), KeyboardInterrupt()], ids=repr
)
def test_what_the_mapping_does_not_name_comes_out_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        frail(error).head("a")  # type: ignore[arg-type]
    assert error is caught.value
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("sliced", [False, True])
def test_what_a_source_raises_is_not_the_library_s(sliced: bool) -> None:
    error = KeyError("a mistake in the caller's generator")

    class Stumbling(Source):
        repeatable = True

        def chunks(self) -> Iterator[bytes]:
            yield b"-"
            raise error

        def slice(self, start: int, end: int) -> Source:
            return self

    class InSlices(FrailStore):
        def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
            return super().put(key, source.slice(0, 1) if sliced else source, how)

    with pytest.raises(KeyError) as caught:
        InSlices().put("b", Stumbling())
    assert error is caught.value


def test_what_the_caller_s_keys_raise_is_not_the_library_s() -> None:
    with pytest.raises(KeyError):
        frail().delete_many({}[key] for key in "a")


def test_the_source_stays_what_it_is() -> None:
    seen: list[tuple[int | None, bool, bytes]] = []

    class Looking(FrailStore):
        def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
            seen.append((source.size, source.repeatable, source.slice(1, 3).read()))
            return super().put(key, source, how)

    Looking().put("a", Source.of(b"abcd"))
    assert [(4, True, b"bc")] == seen


def test_what_is_not_claimed_is_refused_before_a_byte_moves() -> None:
    store = frail(ZeroDivisionError())
    conditional = Write(etag='"x"')
    for call in (
        lambda: store.put("a", Source.of(b"-"), conditional),
        lambda: store.put("a", Source.of(b"-"), Write(attributes=Attributes(content_type="a/b"))),
        lambda: store.copy("b", "a", conditional),
        lambda: store.delete("a", Remove(etag='"x"')),
    ):
        with pytest.raises(Unsupported) as caught:
            call()
        assert "a" == caught.value.key


def test_a_store_that_does_not_claim_to_write_does_not() -> None:
    class Shown(FrailStore):
        features = Feature.RANGE

    store = Shown()
    store.objects["a"] = b"data"
    with pytest.raises(Unsupported, match=r"frail:// cannot write\."):
        store.put("b", Source.of(b"-"))
    with pytest.raises(Unsupported):
        store.delete("a")
    with pytest.raises(Unsupported):
        store.copy("a", "b")
    assert ["a"] == list(store.objects)


def test_another_version_than_was_asked_for_is_changed() -> None:
    store = frail()
    etag = store.head("a").etag
    assert "a" == store.head("a", Read(etag=etag)).key
    with pytest.raises(Changed):
        store.head("a", Read(etag='"other"'))
    with pytest.raises(Changed):
        store.get("a", Read(etag='"other"'))
    assert 1 == store.closed  # the body that came


def test_a_layer_over_a_framed_store_is_as_any_other() -> None:
    with pytest.raises(Unavailable):
        Layer(frail(LibraryError())).head("a")


def test_a_store_that_says_nothing_is_left_alone() -> None:
    class Plain(MemoryStore):
        def head(self, key: str, want: Read = Read()) -> Entry:
            raise LibraryError

    with pytest.raises(LibraryError):
        Plain().head("a")


@pytest.mark.parametrize("wrong", [{LibraryError: OSError}, {KeyboardInterrupt: Unavailable}, {LibraryError: 5}])
def test_a_mistake_in_the_mapping_is_found_with_the_class(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.foreign: .* has to be an exception"):

        class Wrong(MemoryStore):
            foreign = wrong


# ---------------------------------------------------------------- what else a store is given


def test_a_listing_of_names_alone() -> None:
    class Names(FrailStore):
        gone: ClassVar[set[str]] = {"b/2"}

        def head(self, key: str, want: Read = Read()) -> Entry:
            if key in self.gone:
                raise self.error(NotFound, key)
            return Entry(key=key, size=1)

        def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
            return self.listed(iter(["b/3", "a", "b/1", "é", "b/1", "b/2", "B", "b"]), prefix, want)

    store = Names()
    assert ["B", "a", "b", "b/1", "b/3", "é"] == [entry.key for entry in store.list()]
    assert ["b/1", "b/3"] == [entry.key for entry in store.list("b/")]
    assert ["b/3", "é"] == [entry.key for entry in store.list("", Listing(after="b/1"))]


def test_the_parts_of_a_url_are_the_options_of_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STORES, "frail", f"{__name__}.FrailStore")
    store = resolve("frail://me%40home@[::1]:99/a/b")
    assert {"username": "me@home", "host": "::1", "port": 99} == store.inner._constructor_args[1]
    assert "frail://::1:99/a/b" == store.label


@pytest.mark.parametrize(("url", "part"), [("//host", "host"), ("//:99", "port"), ("//me@", "username")])
def test_what_a_url_has_and_the_store_does_not_is_refused(url: str, part: str) -> None:
    class Bare(FrailStore):
        def __init__(self, *, name: str = "") -> None: ...

    with pytest.raises(ValueError, match=f"^frail:// takes no {part}"):
        Bare.url_options(urlsplit(f"frail:{url}"))


def test_a_pickle_holds_the_options_and_nothing_that_was_made_of_them() -> None:
    store = frail()
    store.connection = lambda: None  # type: ignore[attr-defined]
    copy = pickle.loads(pickle.dumps(store))
    assert ("frail://host:99", {}) == (copy.label, copy.objects)
    assert store._constructor_args == copy._constructor_args
    assert not hasattr(copy, "connection")
