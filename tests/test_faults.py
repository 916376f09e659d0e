"""Faults by plan, in every verb and through every entry of a storage."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InvalidStorageError, Storage, default_storage, storages
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test import override_settings

import holdfast
from holdfast import AlreadyExists, Changed, Corrupt, Denied, NotFound, RemoteStorage, Unavailable, Uncertain
from holdfast.errors import InvalidKey, Refused, StoreError
from holdfast.resolve import resolve
from holdfast.source import Source
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Fault, Faulty, Plan, faults, memory_storages
from holdfast.types import Feature, Permit, Read, Write

OVER = Write(overwrite=True)


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    remote = {"BACKEND": "holdfast.RemoteStorage"}
    small = {
        "store": "storages:default",
        "layers": [{"BACKEND": "holdfast.layers.Prefixed", "OPTIONS": {"prefix": "small"}}],
    }
    aliases = {
        "default": {**remote, "OPTIONS": {"store": "memory://default"}},
        "vault": {**remote, "OPTIONS": {"store": "memory://vault"}},
        "small": {**remote, "OPTIONS": small},
        "theirs": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    with override_settings(STORAGES=aliases):
        yield


def save(storage: Storage, name: str = "a.txt", content: bytes = b"content") -> str:
    return storage.save(name, ContentFile(content))


def content(storage: Storage, name: str = "a.txt") -> bytes:
    with storage.open(name) as file:
        return file.read()


def filled(*planned: Fault, data: bytes = b"0123456789") -> Faulty:
    """A layer over a store with ``a.txt`` and ``folder/b.txt``."""
    inner = MemoryStore()
    for key in ("a.txt", "folder/b.txt"):
        inner.put(key, Source.of(data))
    return Faulty(inner, faults=planned)


VERBS: dict[str, Callable[[Store], object]] = {
    "get": lambda store: store.get("a.txt").read(),
    "put": lambda store: store.put("a.txt", Source.of(b"new"), OVER),
    "head": lambda store: store.head("a.txt"),
    "delete": lambda store: store.delete("a.txt"),
    "list": lambda store: list(store.list("")),
    "listdir": lambda store: list(store.listdir("")),
    "delete_many": lambda store: store.delete_many(["a.txt", "folder/b.txt"]),
    "copy": lambda store: store.copy("a.txt", "c.txt"),
    "sign": lambda store: store.sign("a.txt", Permit()),
    "path": lambda store: store.path("a.txt"),
}


class TestTheLayer:
    @pytest.mark.parametrize("verb", VERBS)
    def test_every_verb_can_fail_before_anything_happens(self, verb: str) -> None:
        for wanted in (verb, "*"):
            store = filled(Fault(wanted))
            with pytest.raises(Unavailable) as raised:
                VERBS[verb](store)
            assert store.label == raised.value.store
            store.plan.assert_all_fired()
            assert {"a.txt": b"0123456789", "folder/b.txt": b"0123456789"} == held(store)

    @pytest.mark.parametrize(("verb", "left"), [("put", 2), ("delete", 1), ("delete_many", 0), ("copy", 3)])
    def test_it_is_done_and_the_answer_is_lost(self, verb: str, left: int) -> None:
        store = filled(Fault(verb, done=True))
        with pytest.raises(Uncertain):
            VERBS[verb](store)
        store.plan.assert_all_fired()
        assert left == len(held(store))
        if verb == "put":
            assert b"new" == held(store)["a.txt"]

    @pytest.mark.parametrize("error", [Denied, Changed, AlreadyExists, NotFound, Refused, InvalidKey])
    def test_errors_speak_of_the_key_and_the_store(self, error: type[StoreError]) -> None:
        with pytest.raises(error, match="planned") as raised:
            filled(Fault("head", error=error)).head("a.txt")
        assert ("a.txt", "memory://") == (raised.value.key, raised.value.store)

    def test_any_exception(self) -> None:
        with pytest.raises(TimeoutError):
            filled(Fault("head", error=TimeoutError)).head("a.txt")
        error = OSError(28, "No space left on device")
        for _ in range(2):
            with pytest.raises(OSError, match="No space") as raised:
                filled(Fault("head", error=error)).head("a.txt")
            assert raised.value is not error
            assert 28 == raised.value.errno
        with pytest.raises(KeyboardInterrupt):
            filled(Fault("head", error=KeyboardInterrupt)).head("a.txt")

    def test_a_read_breaks_off(self) -> None:
        store = filled(Fault("get", after=4))
        with store.get("a.txt") as body:
            assert b"0123" == body.read(4)
            with pytest.raises(Unavailable):
                body.read(1)
        store.plan.assert_all_fired()
        assert b"0123456789" == store.get("a.txt").read()

    def test_of_a_file_in_pieces_the_one_with_that_byte_breaks_off(self) -> None:
        store = filled(Fault("get", after=6, at=2))
        for want in (Read(end=4), Read(start=2, end=6), Read(), Read(end=6)):
            assert b"0123456789"[want.start : want.end] == store.get("a.txt", want).read()
        body = store.get("a.txt", Read(start=4))
        assert b"45" == body.read(2)
        with pytest.raises(Unavailable):
            body.read(1)
        assert b"6789" == store.get("a.txt", Read(start=6)).read()

    def test_a_read_is_truncated(self) -> None:
        store = filled(Fault("get", after=4, error=None))
        assert b"23" == store.get("a.txt", Read(start=2)).read()
        store.plan.assert_all_fired()

    @pytest.mark.parametrize("size", [10, 100_000, 5_000_000])
    @pytest.mark.parametrize("range_", [True, False])
    def test_who_reads_notices_what_is_truncated(self, size: int, range_: bool) -> None:
        store = filled(Fault("get", after=size // 2, error=None), data=bytes(size))
        if not range_:
            store.inner.features &= ~Feature.RANGE
        storage = RemoteStorage(store)
        with pytest.raises((Corrupt, Unavailable)):
            content(storage)
        store.plan.assert_all_fired()
        with storage.local_path("a.txt") as path:
            assert size == path.stat().st_size

    def test_a_local_file_can_fail_to_be_read(self, tmp_path: Path) -> None:
        store = Faulty(LocalStore(root=tmp_path, fsync=False), faults=[Fault("get", after=2)])
        storage = RemoteStorage(store)
        save(storage)
        with pytest.raises(Unavailable):
            content(storage)
        assert Feature.PATH in Faulty(LocalStore(root=tmp_path), faults=[Fault("put")]).features

    @pytest.mark.parametrize("data", [b"0123456789", bytes(300_000)])
    def test_a_write_breaks_off_and_nothing_is_kept(self, data: bytes, tmp_path: Path) -> None:
        for inner in (MemoryStore(), LocalStore(root=tmp_path, fsync=False)):
            store = Faulty(inner, faults=[Fault("put", after=5)])
            for source in (Source.of(data), Source.of(iter([data]))):
                with pytest.raises(Unavailable):
                    Faulty(inner, faults=[Fault("put", after=5)]).put("a.txt", source)
            with pytest.raises(Unavailable):
                store.put("a.txt", Source.of(data).slice(1, 9))
            store.plan.assert_all_fired()
            assert {} == held(store)
            assert data == content_after(store, data)

    def test_slices_of_a_source_break_off_at_the_same_byte(self) -> None:
        seen = []

        class Parts(MemoryStore):
            def put(self, key: str, source: Source, how: Write = Write()) -> None:
                for start in (0, 4, 8):
                    try:
                        seen.append(source.slice(start, min(start + 4, 10)).read())
                    except Unavailable:
                        seen.append(b"broken")

        Faulty(Parts(), faults=[Fault("put", after=6)]).put("a.txt", Source.of(b"0123456789"))
        assert [b"0123", b"broken", b"broken"] == seen

    def test_delay(self) -> None:
        store = filled(Fault("get", delay=0.2, error=None), Fault("head", delay=0.2))
        begun = time.monotonic()
        assert b"0123456789" == store.get("a.txt").read()
        with pytest.raises(Unavailable):
            store.head("a.txt")
        assert 0.4 <= time.monotonic() - begun < 20
        store.plan.assert_all_fired()

    def test_one_of_many_is_not_deleted(self) -> None:
        store = filled(Fault("delete", "a.*", error=Denied))
        with pytest.raises(Denied) as raised:
            store.delete_many(["a.txt", "folder/b.txt"])
        assert ("a.txt", ()) == (raised.value.key, raised.value.others)
        assert ["a.txt"] == [*held(store)]

    def test_asynchronous_verbs(self) -> None:
        async def work() -> None:
            store = filled(Fault("get"), Fault("list"))
            with pytest.raises(Unavailable):
                await store.aget("a.txt")
            with pytest.raises(Unavailable):
                [entry async for entry in store.alist()]
            assert 10 == (await store.ahead("a.txt")).size
            assert ["get 'a.txt'", "list ''", "head 'a.txt'"] == [str(call) for call in store.plan.calls]

        asyncio.run(work())

    def test_it_is_named_in_settings_and_in_migrations(self) -> None:
        planned = Fault("put", "a*", at=2, error=Denied)
        layer = {"BACKEND": "holdfast.testing.Faulty", "OPTIONS": {"faults": [planned]}}
        store = resolve("memory://", [layer])
        store.put("a.txt", Source.of(b"1"))
        with pytest.raises(Denied):
            store.put("a.txt", Source.of(b"2"))
        field = models.FileField(storage=RemoteStorage("memory://", layers=[layer]))
        text, imports = MigrationWriter.serialize(field)
        scope: dict[str, object] = {}
        exec("\n".join(sorted(imports)), scope)
        assert [planned] == eval(text, scope).storage.layers[0]["OPTIONS"]["faults"]

    def test_a_pickle_begins_at_the_beginning(self) -> None:
        store = filled(Fault("head"))
        with pytest.raises(Unavailable):
            store.head("a.txt")
        again: Faulty = pickle.loads(pickle.dumps(store))
        assert [] == again.plan.calls
        with pytest.raises(Unavailable):
            again.head("a.txt")
        assert 10 == store.head("a.txt").size


def held(store: Faulty) -> dict[str, bytes]:
    return {entry.key: store.inner.get(entry.key).read() for entry in store.inner.list()}


def content_after(store: Faulty, data: bytes) -> bytes:
    store.put("a.txt", Source.of(data))
    try:
        return store.inner.get("a.txt").read()
    finally:
        store.delete("a.txt")


class TestWhich:
    def outcomes(self, *planned: Fault, keys: str = "aaaa", verb: str = "head") -> list[str]:
        store = Faulty(MemoryStore(), faults=planned)
        for key in set(keys):
            store.inner.put(key, Source.of(b""))
        found = []
        for key in keys:
            try:
                VERBS_OF_KEY[verb](store, key)
                found.append("-")
            except StoreError as error:
                found.append(type(error).__name__[0])
        return found

    def test_the_first(self) -> None:
        assert [*"U---"] == self.outcomes(Fault("head"))

    def test_the_second(self) -> None:
        assert [*"-U--"] == self.outcomes(Fault("head", at=2))

    def test_several(self) -> None:
        assert [*"-UU-"] == self.outcomes(Fault("head", at=2, times=2))

    def test_all(self) -> None:
        assert [*"-UUU"] == self.outcomes(Fault("head", at=2, times=None))

    def test_by_key(self) -> None:
        assert [*"--U--"] == self.outcomes(Fault("head", "a"), keys="bbaab")
        assert [*"-U-U-"] == self.outcomes(Fault("head", "[ac]", times=2), keys="babcd")
        store = filled(Fault("head", "folder/*"), Fault("head", "*.txt", error=Denied))
        with pytest.raises(Denied):
            store.head("a.txt")
        with pytest.raises(Unavailable):
            store.head("folder/b.txt")

    def test_by_verb(self) -> None:
        assert [*"----"] == self.outcomes(Fault("get", times=None))

    def test_of_two_that_are_due_the_second_comes_with_the_next_call(self) -> None:
        assert [*"UD--"] == self.outcomes(Fault("head"), Fault("head", error=Denied))
        assert [*"UD--"] == self.outcomes(Fault("head"), Fault("head", at=2, error=Denied))

    def test_threads_share_the_plan(self) -> None:
        store = filled(Fault("head", times=7))
        failed = []

        def work() -> None:
            for _ in range(25):
                try:
                    store.head("a.txt")
                except Unavailable:
                    failed.append(1)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert (7, 200) == (len(failed), len(store.plan.calls))
        store.plan.assert_all_fired()


VERBS_OF_KEY: dict[str, Callable[[Store, str], object]] = {"head": lambda store, key: store.head(key)}


class TestMistakes:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Fault("gett"), "no verb 'gett'. Did you mean 'get'"),
            (lambda: Fault("get", at=0), "number 1"),
            (lambda: Fault("get", times=0), "times=None is always"),
            (lambda: Fault("get", delay=-1), "less than no time"),
            (lambda: Fault("get", done=True), "put, delete"),
            (lambda: Fault("put", done=True, after=3), "was not done"),
            (lambda: Fault("put", done=True, error=None), "raises nothing"),
            (lambda: Fault("head", after=3), "get and put"),
            (lambda: Fault("*", after=3), "get and put"),
            (lambda: Fault("get", after=-1), "0 bytes"),
            (lambda: Fault("put", after=3, error=None), "with an error"),
            (lambda: Fault("get", error=None), "nothing would go wrong"),
            (lambda: Fault("get", error="Denied"), "a class of exceptions"),  # type: ignore[arg-type]
        ],
    )
    def test_faults(self, make: Callable[[], Fault], message: str) -> None:
        with pytest.raises(ValueError, match=message.replace("(", r"\(")):
            make()

    def test_targets(self) -> None:
        with pytest.raises(TypeError, match="'put'"):
            faults("default", "put")  # type: ignore[arg-type]
        with pytest.raises(InvalidStorageError, match=r"'valt'.*Did you mean 'vault'"):
            faults("valt").__enter__()
        with pytest.raises(TypeError, match=r"InMemoryStorage.*put memory_storages\(\) around it"):
            faults("theirs").__enter__()


class TestWhatDidNotHappen:
    def test_it_is_named_and_what_was_called_instead(self) -> None:
        with pytest.raises(AssertionError) as raised, faults("default", Fault("put", "b*", at=2), Fault("head")):
            content(default_storage, save(default_storage))
        text = str(raised.value)
        assert text.startswith("What was planned for 'default' did not happen.")
        assert "Fault('put', key='b*', at=2): it happened 0 of 1 times, of 0 calls that match." in text
        assert "Fault('head'): it happened 0 of 1 times" in text
        assert "The calls: put 'a.txt', get 'a.txt'." in text

    def test_no_call_at_all(self) -> None:
        with pytest.raises(AssertionError, match="The calls: none"), faults("default", Fault("put")):
            pass

    def test_not_often_enough(self) -> None:
        with (
            pytest.raises(AssertionError, match="1 of 2 times"),
            faults("default", Fault("put", times=2)),
            pytest.raises(Unavailable),
        ):
            save(default_storage)

    def test_fewer_bytes_than_it_was_to_break_off_after(self) -> None:
        save(default_storage)
        with (
            pytest.raises(AssertionError, match=r"'a\.txt' ended at byte 7"),
            faults("default", Fault("get", after=7)),
        ):
            content(default_storage)

    def test_what_was_to_be_done_failed_of_itself(self) -> None:
        with (
            pytest.raises(AssertionError, match=r"copy 'b\.txt' failed of itself: NotFound"),
            faults("default", Fault("copy", done=True)),
            pytest.raises(NotFound),
        ):
            default_storage.copy("a.txt", "b.txt")

    def test_another_exception_is_not_masked(self) -> None:
        with pytest.raises(ZeroDivisionError) as raised, faults("default", Fault("put")):
            1 / 0  # noqa: B018
        assert "Fault('put')" in raised.value.__notes__[0]

    def test_many_calls(self) -> None:
        with (
            pytest.raises(AssertionError, match="The calls: 10 earlier ones, head"),
            faults("default", Fault("put")),
        ):
            [default_storage.exists("a.txt") for _ in range(30)]

    def test_always_means_once_at_least(self) -> None:
        with pytest.raises(AssertionError, match="0 of 1"), faults("default", Fault("put", times=None)):
            pass
        with faults("default", Fault("put", times=None)):
            for _ in range(3):
                with pytest.raises(Unavailable):
                    save(default_storage)


class TestEveryEntry:
    @pytest.mark.parametrize(
        "storage",
        [
            lambda: storages["default"],
            lambda: default_storage,
            lambda: holdfast.use("default"),
            lambda: RemoteStorage(store="memory://default"),
            lambda: pickle.loads(pickle.dumps(storages["default"])),
        ],
    )
    @pytest.mark.parametrize("target", ["default", default_storage, holdfast.use("default")])
    def test_storages(self, storage: Callable[[], Storage], target: object) -> None:
        before = storage()
        with faults(target, Fault("put", times=2)):  # type: ignore[arg-type]
            for each in (before, storage()):
                with pytest.raises(Unavailable):
                    save(each)
            save(storages["vault"])
        save(before)

    def test_a_storage_itself(self) -> None:
        storage = RemoteStorage("memory://by-hand")
        with faults(storage, Fault("put")), pytest.raises(Unavailable):
            save(RemoteStorage("memory://by-hand"))

    def test_fields(self) -> None:
        field = models.FileField(storage=storages["default"])
        with faults("default", Fault("put")), pytest.raises(Unavailable):
            save(field.storage)

    def test_asynchronous_methods(self) -> None:
        async def work() -> None:
            with memory_storages() as files:
                with faults("vault", Fault("put"), Fault("get", after=3)):
                    with pytest.raises(Unavailable):
                        await files["vault"].asave("a.txt", ContentFile(b"content"))
                    await files["vault"].asave("a.txt", ContentFile(b"content"))
                    with pytest.raises(Unavailable):
                        await files["vault"].aopen("a.txt")
                async with files["vault"].aopen("a.txt") as file:
                    assert b"content" == await file.aread()
                await files["theirs"].asave("a.txt", ContentFile(b"content"))
                assert storages["theirs"].exists("a.txt")

        asyncio.run(work())
        assert not storages["vault"].exists("a.txt")

    def test_an_alias_on_another(self) -> None:
        before = storages["small"]
        with faults("default", Fault("put", "small/*", times=2)):
            for each in (before, storages["small"]):
                with pytest.raises(Unavailable):
                    save(each)
        with faults("small", Fault("put", "a.txt")), pytest.raises(Unavailable):
            save(before)
        save(before)

    def test_the_memory(self) -> None:
        for blocks in ((memory_storages(), faults("default", Fault("put"))),):
            with blocks[0] as files, blocks[1], pytest.raises(Unavailable):
                save(files["default"])
        with faults("default", Fault("put")), memory_storages() as files:
            with pytest.raises(Unavailable):
                save(files["default"])
            save(files["default"])
        assert not default_storage.exists("a.txt")

    def test_the_memory_of_a_storage_of_another_package(self) -> None:
        with memory_storages(), faults("theirs", Fault("put", at=2, error=Denied)) as plan:
            save(storages["theirs"])
            with pytest.raises(Denied):
                save(storages["theirs"], "b.txt")
            assert ["put 'a.txt'", "put 'b.txt'"] == [str(call) for call in plan.calls if call.verb == "put"]
        assert not storages["theirs"].exists("a.txt")

    def test_one_inside_another(self) -> None:
        with faults("default", Fault("put", at=2)) as outer, faults("default", Fault("put", error=Denied)) as inner:
            with pytest.raises(Denied):
                save(default_storage)
            save(default_storage)
            with pytest.raises(Unavailable):
                save(default_storage)
            assert (2, 3) == (len(outer.calls), len(inner.calls))

    def test_settings_that_change_inside(self) -> None:
        with faults("default", Fault("put", times=2)):
            with override_settings(STORAGES={**storages.backends}), pytest.raises(Unavailable):
                save(default_storage)
            with pytest.raises(Unavailable):
                save(default_storage)
        save(default_storage)

    def test_decorators(self) -> None:
        @faults("default", Fault("put"))
        def work() -> str:
            with pytest.raises(Unavailable):
                save(default_storage)
            return "done"

        @faults("default", Fault("put"))
        async def later() -> str:
            return work()

        assert ["done", "done"] == [work(), work()]
        with pytest.raises(AssertionError, match="0 of 1"):
            asyncio.run(later())

    def test_without_a_fault_it_tells_what_is_called(self) -> None:
        with faults("default") as plan:
            save(default_storage)
            default_storage.exists("a.txt")
            default_storage.copy("a.txt", "b.txt")
            default_storage.delete_many(["a.txt", "b.txt"])
        assert [
            "put 'a.txt'",
            "head 'a.txt'",
            "copy 'a.txt', 'b.txt'",
            "delete_many 'a.txt', 'b.txt'",
        ] == [str(call) for call in plan.calls]
        assert isinstance(plan, Plan)


class TestWhatStorageDoes:
    """The faults are as on a real service: what stands above behaves as it does there."""

    def test_a_name_is_taken_in_the_same_instant(self) -> None:
        with faults("default", Fault("put", error=AlreadyExists)):
            assert "a.txt" != save(default_storage)

    def test_a_save_whose_answer_was_lost(self) -> None:
        save(default_storage)
        with faults("default", Fault("put", done=True)), pytest.raises(Uncertain) as raised:
            save(default_storage, content=b"second")
        assert b"second" == content(default_storage, raised.value.key)
        assert b"content" == content(default_storage)

    def test_a_file_that_changes_while_it_is_read(self) -> None:
        save(default_storage, content=bytes(1_000_000))
        with faults("default", Fault("get", at=2, error=Changed)), pytest.raises(Changed):
            content(default_storage)

    def test_existence_that_cannot_be_found_out(self) -> None:
        with faults("default", Fault("head", error=Denied)), pytest.raises(Denied):
            default_storage.exists("a.txt")
        with faults("default", Fault("head", error=NotFound)):
            assert not default_storage.exists("a.txt")
