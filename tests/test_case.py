"""What a promise is given: cases about stores, and about any storage of Django's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage

from holdfast.errors import AlreadyExists, NotFound
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Broken, Case, NotApplicable
from holdfast.testing.as_store import AsStore
from holdfast.types import Create, Feature, Folder, Listing, Read, Write

OVER = Write(overwrite=True)

STORAGES: dict[str, Callable[[Path], Storage]] = {
    "InMemoryStorage": lambda root: InMemoryStorage(),
    "FileSystemStorage": lambda root: FileSystemStorage(location=root),
    "RemoteStorage": lambda root: RemoteStorage(MemoryStore()),
}


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return STORAGES[request.param](tmp_path)


@pytest.fixture
def store(storage: Storage) -> AsStore:
    return AsStore(storage)


class Shouting:
    def get_available_name(self: Any, name: str, max_length: int | None = None) -> str:
        return super().get_available_name(name.upper(), max_length)  # type: ignore[misc,no-any-return]


# -------------------------------------------------------------------- a storage as a store


def test_what_is_put_is_read_listed_and_deleted(store: AsStore) -> None:
    assert "a.txt" == store.put("a.txt", Source.of(b"0123456789")).key
    store.put("folder/sub/b.txt", Source.of(b"b"))
    with store.get("a.txt") as body:
        assert b"0123456789" == body.read()
        assert 10 == body.entry.size
    assert [("a.txt", 10), ("folder/sub/b.txt", 1)] == [(entry.key, entry.size) for entry in store.list()]
    assert ["folder/sub/b.txt"] == [entry.key for entry in store.list("folder/")]
    assert ["folder/sub/b.txt"] == [entry.key for entry in store.list("", Listing(after="a.txt"))]
    assert [Folder("folder/sub/")] == list(store.listdir("folder/"))
    store.delete("a.txt")
    assert ["folder/sub/b.txt"] == [entry.key for entry in store.list()]


def test_a_range_is_a_part_of_the_file(store: AsStore) -> None:
    store.put("a.txt", Source.of(b"0123456789"))
    with store.get("a.txt", Read(start=3, end=5)) as body:
        assert (b"34", 3, 5) == (body.read(), body.start, body.end)
    with store.get("a.txt", Read(start=20)) as body:
        assert b"" == body.read()


def test_a_name_that_is_taken_is_refused_and_nothing_is_left_of_the_try(store: AsStore) -> None:
    store.put("a.txt", Source.of(b"first"))
    with pytest.raises(AlreadyExists) as caught:
        store.put("a.txt", Source.of(b"second"))
    assert "a.txt" == caught.value.key
    assert ["a.txt"] == [entry.key for entry in store.list()]
    store.put("a.txt", Source.of(b"third"), OVER)
    with store.get("a.txt") as body:
        assert b"third" == body.read()


def test_what_is_missing_is_not_found(store: AsStore) -> None:
    for verb in (store.head, store.get):
        with pytest.raises(NotFound) as caught:
            verb("missing.txt")
        assert "missing.txt" == caught.value.key
    assert [] == list(store.list("missing/"))
    store.delete("missing.txt")


def test_it_can_do_what_may_be_asked_of_every_storage(tmp_path: Path) -> None:
    local, remote = AsStore(FileSystemStorage(location=tmp_path)), AsStore(RemoteStorage(MemoryStore()))
    assert Feature.PATH in local.features
    assert Feature.PATH not in remote.features
    for store in (local, remote):
        assert Feature.WRITE in store.features
        assert Feature.SIGN not in store.features
        assert Create.ATOMIC is store.creates(10)


def test_a_witness_does_it_all(tmp_path: Path) -> None:
    store = AsStore(Storage(), LocalStore(root=tmp_path, fsync=False))  # which has no method that works
    assert 3 == store.put("a.txt", Source.of(b"one")).size
    assert 3 == store.head("a.txt").size
    with store.get("a.txt") as body:
        assert b"one" == body.read()
    assert ["a.txt"] == [entry.key for entry in store.list()]
    store.delete("a.txt")
    assert [] == list(tmp_path.iterdir())


# -------------------------------------------------------------------- a case about a storage


def test_a_case_fills_any_storage_and_looks_into_it(storage: Storage) -> None:
    with Case.of(storage) as case:
        assert storage is case.storage
        case.given("folder/a.txt", b"old, and longer")
        case.given("folder/a.txt", b"some bytes")
        case.holds("folder/a.txt", b"some bytes")
        assert b"some bytes" == case.contents("folder/a.txt")
        assert ["folder/a.txt"] == case.keys()
        assert ["folder/"] == case.dir()
        case.absent("folder/b.txt")
        case.given_many(["many/1.txt", "many/2.txt"])
        assert ["many/1.txt", "many/2.txt"] == case.keys("many/")
        with pytest.raises(Broken, match=r"head of 'folder/a\.txt', which should not be there"):
            case.absent("folder/a.txt")
        with pytest.raises(Broken, match=r"the bytes of 'folder/a\.txt': expected b'other'"):
            case.holds("folder/a.txt", b"other")


def test_a_filler_is_another_way_to_the_same_files(tmp_path: Path) -> None:
    filler = LocalStore(root=tmp_path, fsync=False)

    class Mute(FileSystemStorage):
        def _save(self, name: str, content: Any) -> str:
            raise AssertionError("Cases should not save by it.")

    with Case.of(Mute(location=tmp_path), filler=filler) as case:
        case.given("a.txt", b"some bytes")
        assert b"some bytes" == case.contents("a.txt")
        case.holds("a.txt", b"some bytes")


def test_a_case_knows_whose_storage_it_is_about() -> None:
    with Case.of(RemoteStorage(store := MemoryStore())) as case:
        assert case.is_remote
        assert case.remote is case.storage
        assert case.store is store
    with Case.of(InMemoryStorage()) as case:
        assert not case.is_remote
        assert isinstance(case.store, AsStore)
        with pytest.raises(NotApplicable, match="is about the storages of Holdfast"):
            case.remote  # noqa: B018 - looking is asking


def test_what_was_not_given_is_not_asked_about() -> None:
    with Case(MemoryStore()) as case:
        for name in ("unreachable", "stranger"):
            with pytest.raises(NotApplicable, match="needs one of the kind"):
                getattr(case, name)
        with pytest.raises(NotApplicable, match="needs a counter of requests"):
            case.requests()
    with Case(MemoryStore(), unreachable=(other := MemoryStore())) as case:
        assert other is case.unreachable


def test_contexts_that_are_entered_end_with_the_case() -> None:
    with Case(MemoryStore()) as case:
        file = case.entering(ContentFile(b"bytes").open())
        file.close = lambda: closed.append(True)
        closed: list[bool] = []
    assert [True] == closed


# -------------------------------------------------------------------- a storage with hooks


def test_a_hooked_storage_is_the_same_but_for_its_hooks(storage: Storage) -> None:
    with Case.of(storage) as case:
        hooked = case.hooked(Shouting)
        assert isinstance(hooked, type(storage))
        assert "A.TXT" == hooked.save("a.txt", ContentFile(b"loud"))
        assert b"loud" == case.contents("A.TXT")
        assert "a.txt" == storage.save("a.txt", ContentFile(b"as ever"))
        assert type(storage) is not type(hooked)
        assert "Shouting" == type(hooked).__name__


def test_another_storage_over_the_same_store() -> None:
    with Case(MemoryStore()) as case:
        case.given("a.txt", b"bytes")
        other = case.storage_with(Shouting, base_url="/files/")
        assert b"bytes" == other.open("a.txt").read()
        assert "/files/a.txt" == other.url("a.txt")
        assert "B.TXT" == other.save("b.txt", ContentFile(b"loud"))
        empty = case.storage_with(over=MemoryStore())
        assert not empty.exists("a.txt")
