"""The promises about layers find a verb that a layer has forgotten, and a store that does not fit below one."""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Iterator

import pytest

from holdfast.layers import Prefixed, Readonly
from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Broken, Case, Counting, all_promises
from holdfast.testing.verdict import Outcome, judge
from holdfast.types import Body, Entry, Feature, Listing, Permit, Read, Signed, Write

PROMISES = [promise for promise in all_promises("store") if promise.group in ("layers", "prefixes")]


def broken_by(store: Store) -> set[str]:
    found = set()
    for promise in PROMISES:
        with Case(store) as case:
            if judge(promise, case, {}).outcome is Outcome.BROKEN:
                found.add(promise.id)
        assert isinstance(store, MemoryStore)
        store.objects.clear()
    return found


def test_nothing_is_broken_where_nothing_is_wrong() -> None:
    assert set() == broken_by(MemoryStore())


@pytest.mark.parametrize(
    "verb", ["get", "put", "head", "delete", "list", "listdir", "delete_many", "copy", "label"]
)
def test_a_verb_that_passes_a_prefix_by_is_found(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prefixed, verb, getattr(Layer, verb))
    assert broken_by(MemoryStore()) & {"prefixes.shows_its_own", "prefixes.changes_its_own", "layers.forwards"}


@pytest.mark.parametrize("verb", ["put", "delete", "delete_many", "copy", "sign", "path", "features", "creates"])
def test_a_verb_that_passes_readonly_by_is_found(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Able(MemoryStore):
        sign = path = lambda self, key, permit=None: None

    monkeypatch.setattr(Readonly, verb, getattr(Layer, verb))
    assert "layers.readonly" in broken_by(Able())


@pytest.mark.parametrize("verb", ["get", "put", "head", "delete", "list", "listdir"])
def test_a_verb_that_is_not_counted_is_found(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counting, verb, getattr(Layer, verb))
    assert {"layers.counting"} == broken_by(MemoryStore())


@pytest.mark.parametrize("verb", ["aget", "aput", "ahead", "adelete", "acopy", "alist", "alistdir"])
def test_an_asynchronous_verb_that_goes_past_a_layer_is_found(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def past(self: Layer, *args: object, **options: object) -> object:
        return getattr(self.inner, verb)(*args, **options)

    monkeypatch.setattr(Layer, verb, past)
    assert "layers.asynchronous_verbs" in broken_by(MemoryStore())


class ListsSiblings(MemoryStore):
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        return super().list(prefix.rstrip("/"), want)


class Normalizes(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        return super().get(posixpath.normpath(key), want)


class Flattens(MemoryStore):
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(key.replace("box-2/", "box/"), source, how)


class NoPickle(MemoryStore):
    def __reduce__(self) -> tuple[object, ...]:
        return NoPickle, (threading.Lock(),)


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (ListsSiblings, "prefixes.shows_its_own"),
        (Normalizes, "prefixes.no_way_out"),
        (Flattens, "prefixes.two_prefixes"),
        (NoPickle, "layers.pickled"),
    ],
)
def test_a_store_that_does_not_fit_below_a_layer_is_found(kind: type[MemoryStore], promise: str) -> None:
    assert promise in broken_by(kind())


def test_a_signature_for_the_wrong_object_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Signs(MemoryStore):
        features = MemoryStore.features | Feature.SIGN

        def sign(self, key: str, permit: Permit) -> Signed:
            return key  # type: ignore[return-value]

    [promise] = [promise for promise in PROMISES if promise.id == "prefixes.signed_urls"]
    with Case(store := Signs()) as case:
        monkeypatch.setattr(case, "fetch", lambda signed: (200, {}, store.objects[signed][1]))
        promise.ask(case)
        monkeypatch.setattr(Prefixed, "sign", Layer.sign)
        with pytest.raises(Broken, match="outside"):
            promise.ask(case)
