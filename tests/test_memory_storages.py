"""Files of tests in memory: ``memory_storages``, alone and in a project of its own."""

from __future__ import annotations

import asyncio
import os
import pickle
import re
import subprocess
import sys
import threading
import unittest
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import (
    FileSystemStorage,
    InMemoryStorage,
    InvalidStorageError,
    Storage,
    StorageHandler,
    default_storage,
    storages,
)
from django.test import override_settings
from django.utils.functional import LazyObject

import holdfast
from holdfast import RemoteStorage, Unsupported
from holdfast.stores.memory import MemoryStore
from holdfast.stores.s3 import S3Store
from holdfast.testing import Counter, Counting, doubles, memory_storages
from holdfast.testing.contract import StoreContract
from holdfast.testing.memory import DoubleStore
from holdfast.types import Feature

ELSEWHERE = "s3://bucket?endpoint=https://s3.invalid&region=nowhere"
REMOTE = {"BACKEND": "holdfast.RemoteStorage"}


class Reached(AssertionError):
    """The real store was reached."""


class RealStore(MemoryStore):
    """A service that no test may reach."""

    scheme = "real"

    def get(self, *_: object) -> object:
        raise Reached

    put = head = delete = list = copy = get


class SigningStore(RealStore):
    features = RealStore.features | Feature.SIGN


class Theirs(Storage):
    """Another package's storage: it may not be reached either, and has no hash."""

    def __init__(self, bucket: str = "", base_url: str = "") -> None:
        self.bucket = bucket
        self.base_url = base_url

    def __eq__(self, other: object) -> bool:
        return self is other

    def _reach(self, *_: object) -> object:
        raise Reached

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return super().get_available_name(name, max_length)

    open = save = _open = _save = delete = exists = listdir = size = url = path = _reach

    @property
    def client(self) -> object:
        raise Reached

    @cached_property
    def service(self) -> object:
        raise Reached

    def get_valid_name(self, name: str) -> str:
        return f"valid-{name}"


class Slotted(Theirs):
    __slots__ = ("more",)


class Lazy(LazyObject):
    def _setup(self) -> None:
        self._wrapped = Theirs()


class Broken(LazyObject):
    def _setup(self) -> None:
        raise ZeroDivisionError


class Static(RemoteStorage):
    store = f"{__name__}.RealStore"


HERE = __name__
REAL = f"{HERE}.RealStore"


def real(**options: object) -> dict:
    return {**REMOTE, "OPTIONS": {"store": REAL, **options}}


STORAGES = {
    "default": real(),
    "vault": real(base_url="/vault/"),
    "signed": {**REMOTE, "OPTIONS": {"store": f"{HERE}.SigningStore"}},
    "small": {
        **REMOTE,
        "OPTIONS": {
            "store": {"BACKEND": "storages:default"},
            "layers": [{"BACKEND": "holdfast.layers.Prefixed", "OPTIONS": {"prefix": "small"}}],
        },
    },
    "smaller": {**REMOTE, "OPTIONS": {"store": "storages:small"}},
    "theirs": {"BACKEND": f"{HERE}.Theirs", "OPTIONS": {"bucket": "b"}},
    "slotted": {"BACKEND": f"{HERE}.Slotted"},
    "lazy": {"BACKEND": f"{HERE}.Lazy"},
    "staticfiles": {"BACKEND": f"{HERE}.Theirs", "OPTIONS": {"base_url": "/static/"}},
}


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with override_settings(STORAGES=STORAGES):
        yield
    assert type(storages) is StorageHandler


def save(storage: Storage, name: str = "a.txt") -> str:
    return storage.save(name, ContentFile(b"content"))


def is_real(storage: Storage) -> bool:
    try:
        storage.exists("a.txt")
    except Reached:
        return True
    return False


class TestWhoIsReached:
    def test_every_alias_but_the_static_files(self) -> None:
        with memory_storages() as files:
            for alias, storage in files.items():
                save(storage)
                assert storage is storages[alias]
                assert storage.exists(save(storage))
            assert {*STORAGES} - {"staticfiles"} == {*files}
            assert is_real(storages["staticfiles"])
        for alias in STORAGES:
            assert is_real(storages[alias]), alias

    def test_only_those_that_are_named(self) -> None:
        with memory_storages("vault", "staticfiles") as files:
            save(files["vault"])
            save(files["staticfiles"])
            assert ["vault", "staticfiles"] == list(files)
            with pytest.raises(KeyError):
                files["default"]
            assert [is_real(storages[alias]) for alias in STORAGES] == [
                alias not in ("vault", "staticfiles") for alias in STORAGES
            ]

    def test_what_was_looked_up_before(self) -> None:
        held = {alias: storages[alias] for alias in STORAGES}
        with memory_storages():
            for alias, storage in held.items():
                if alias != "staticfiles":
                    save(storage)
                    assert storages[alias].exists("a.txt")
        assert all(map(is_real, held.values()))

    def test_what_was_looked_up_before_the_settings_changed(self) -> None:
        held = {alias: storages[alias] for alias in ("default", "vault", "signed")}
        with override_settings(STORAGES={**STORAGES}), memory_storages("vault"):
            assert held["vault"] is not storages["vault"]
            save(held["vault"])
            assert storages["vault"].exists("a.txt")
            assert is_real(held["default"])
        with memory_storages():
            for alias, storage in held.items():
                save(storage)
                assert storages[alias].exists("a.txt")
        assert all(map(is_real, held.values()))

    def test_lazy_ones(self) -> None:
        with memory_storages():
            save(default_storage)
            save(holdfast.use("theirs"))
            assert b"content" == storages["theirs"].open("a.txt").read()
            assert storages["default"].exists("a.txt")
            assert storages["theirs"].exists("a.txt")
        assert is_real(default_storage)
        assert is_real(holdfast.use("theirs"))

    def test_static_files_on_holdfast_s_own(self) -> None:
        with override_settings(STORAGES={**STORAGES, "staticfiles": {"BACKEND": f"{HERE}.Static"}}):
            with memory_storages():
                assert is_real(storages["staticfiles"])
            with memory_storages("staticfiles"):
                assert not is_real(storages["staticfiles"])

    @pytest.mark.parametrize("name", ["client", "service"])
    def test_what_goes_past_django_s_methods(self, name: str) -> None:
        with memory_storages(), pytest.raises(AttributeError, match=rf"Theirs\.{name} goes past"):
            getattr(storages["theirs"], name)

    def test_an_alias_that_cannot_be_built_harms_nobody(self) -> None:
        broken = {
            "one": {"BACKEND": "no.such.Backend"},
            "two": {**REMOTE, "OPTIONS": {"store": "nosuch://"}},
            "three": {"BACKEND": f"{HERE}.Broken"},
        }
        with override_settings(STORAGES={**STORAGES, **broken}):
            for _ in range(2):
                with memory_storages():
                    save(default_storage)
                    with pytest.raises(InvalidStorageError):
                        storages["one"]
                    with pytest.raises(ZeroDivisionError):
                        is_real(storages["three"])


class TestMadeByHand:
    """A ``RemoteStorage`` behind no alias and in no field."""

    def test_by_class_or_setting_or_address(self) -> None:
        class Media(RemoteStorage):
            store = REAL

        with override_settings(HOLDFAST={"store": REAL}):
            for make in (Media, RemoteStorage, lambda: RemoteStorage(ELSEWHERE)):
                with memory_storages():
                    save(make())
                    assert make().exists("a.txt")
                with memory_storages():
                    assert not make().exists("a.txt")
        with override_settings(HOLDFAST={"store": REAL}), memory_storages("vault"):
            assert is_real(RemoteStorage())
            assert is_real(Media())

    def test_what_a_test_makes_for_itself_stays(self, tmp_path: Path) -> None:
        store = MemoryStore()
        with memory_storages():
            save(RemoteStorage(store), "a.txt")
            save(RemoteStorage(f"local://{tmp_path}"), "b.txt")
            save(RemoteStorage("memory://shared"), "c.txt")
        assert ["a.txt"] == [entry.key for entry in store.list()]
        assert ["b.txt"] == [path.name for path in tmp_path.iterdir()]
        assert RemoteStorage("memory://shared").exists("c.txt")

    def test_what_is_made_over_an_object_of_a_store_elsewhere_warns(self) -> None:
        store = S3Store(bucket="bucket", endpoint="https://s3.invalid", region="nowhere")
        storage = RemoteStorage(store)
        with memory_storages(), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            assert store is storage.store is storage.store
            assert 1 == len(warned)
            assert "s3://bucket> was made over a store object" in str(warned[0].message)
            assert not is_real(RemoteStorage(ELSEWHERE))
        with memory_storages("default"):
            assert store is storage.store


class TestOnAnotherAlias:
    """``storages:NAME`` is as it is in life: what one saves the other sees, below its prefix."""

    def test_both_in_memory(self) -> None:
        with memory_storages():
            save(storages["smaller"])
            assert storages["small"].exists("a.txt")
            assert storages["default"].exists("small/a.txt")

    def test_the_other_alone(self) -> None:
        before = storages["small"]
        assert is_real(before)
        with memory_storages("default"):
            save(before)
            assert storages["default"].exists("small/a.txt")
        assert is_real(before)

    def test_without_the_other(self) -> None:
        with memory_storages("small"):
            save(storages["small"])
            assert storages["smaller"].exists("a.txt")
            assert is_real(storages["default"])


class TestWhatStays:
    def test_urls(self) -> None:
        with memory_storages() as files:
            assert "/vault/a.txt" == files["vault"].url("a.txt")
            assert "https://memory.test/signed/a%20b.txt?expires=3600" == files["signed"].url("a b.txt")
            url = files["signed"].url("a.txt", expires=60, method="PUT", content_type="text/plain")
            assert "https://memory.test/signed/a.txt?expires=60&method=PUT&content_type=text%2Fplain" == url
            with pytest.raises(Unsupported, match="sign"):
                files["default"].url("a.txt")

    def test_allow_overwrite_of_django_s_own(self) -> None:
        theirs = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}
        with override_settings(STORAGES={"default": theirs}), memory_storages():
            assert isinstance(storages["default"], FileSystemStorage)
            assert ["a.txt", "a.txt"] == [save(default_storage), save(default_storage)]

    def test_base_url_of_theirs(self) -> None:
        with memory_storages("staticfiles") as files:
            assert "/static/a.txt" == files["staticfiles"].url("a.txt", parameters={"more": "arguments"})  # type: ignore[call-arg]

    def test_what_it_is_to_dictionaries(self) -> None:
        with override_settings(STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}):
            known = {storages["default"]: "mine"}
            other = FileSystemStorage()
            with memory_storages():
                assert "mine" == known[storages["default"]]
                assert other not in known

    def test_hooks_of_theirs(self) -> None:
        with memory_storages():
            assert "valid-a" == storages["theirs"].get_valid_name("a")

    def test_what_stood_in_django_s_memory(self) -> None:
        there = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        with override_settings(STORAGES={"default": there, "other": there}):
            save(default_storage, "before.txt")
            with memory_storages() as files:
                assert ([], []) == default_storage.listdir("")
                save(default_storage)
                assert ([], []) == files["other"].listdir("")
            assert ([], ["before.txt"]) == default_storage.listdir("")
            assert type(storages["default"]) is InMemoryStorage

    def test_pickles(self) -> None:
        with memory_storages() as files:
            for alias in ("default", "small"):
                again = pickle.loads(pickle.dumps(files[alias]))
                save(again, f"{alias}.txt")
                assert files[alias].exists(f"{alias}.txt")


class TestBlocks:
    def test_each_begins_without_a_file(self) -> None:
        block = memory_storages()
        for _ in range(2):
            with block as files:
                assert [] == list(files["default"].walk())
                save(files["default"])

    def test_one_inside_another(self) -> None:
        block = memory_storages()
        with block as outer:
            save(outer["default"], "outer.txt")
            save(outer["theirs"], "outer.txt")
            with block as files:
                for alias in ("default", "theirs"):
                    assert not files[alias].exists("outer.txt")
                    save(files[alias], "inner.txt")
            with memory_storages("vault") as files:
                save(files["vault"], "inner.txt")
                assert outer["default"].exists("outer.txt")
            for alias in ("default", "theirs", "vault"):
                assert not outer[alias].exists("inner.txt")
                assert (alias != "vault") == outer[alias].exists("outer.txt")
        assert is_real(storages["theirs"])

    def test_two_that_overlap(self) -> None:
        first, second = memory_storages(), memory_storages("default", "theirs")
        storages["theirs"]
        first.__enter__()
        save(default_storage, "first.txt")
        second.__enter__()
        save(default_storage, "second.txt")
        save(storages["theirs"], "second.txt")
        first.__exit__(None, None, None)
        assert default_storage.exists("second.txt")
        assert storages["theirs"].exists("second.txt")
        assert is_real(storages["vault"])
        second.__exit__(None, None, None)
        assert is_real(default_storage)
        assert is_real(storages["theirs"])

    def test_settings_that_change_back_inside(self) -> None:
        other = {alias: {**REMOTE, "OPTIONS": {"store": REAL}} for alias in ("default", "other")}
        settings = override_settings(STORAGES={**other, "theirs": STORAGES["theirs"]})
        settings.enable()
        held = storages["theirs"]
        block = memory_storages()
        files = block.__enter__()
        try:
            save(files["other"])
            save(held)
            settings.disable()
            save(storages["vault"])
            assert storages["theirs"].exists("a.txt")
            assert "other" not in files
        finally:
            block.__exit__(None, None, None)
        assert is_real(held)
        assert is_real(storages["vault"])

    def test_an_exception_passes_and_all_is_undone(self) -> None:
        with pytest.raises(ZeroDivisionError), memory_storages():
            1 / len(storages["theirs"].listdir("")[1])
        assert is_real(storages["theirs"])
        assert is_real(storages["default"])

    def test_one_that_cannot_begin_leaves_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> object:
            raise ZeroDivisionError

        theirs = storages["theirs"]
        monkeypatch.setattr(doubles, "on_fields", fail)
        with pytest.raises(ZeroDivisionError):
            memory_storages().__enter__()
        assert type(theirs) is Theirs
        assert is_real(storages["default"])

    def test_mistakes(self) -> None:
        with pytest.raises(InvalidStorageError, match=r"'valt'.*Did you mean 'vault'"):
            memory_storages("valt").__enter__()
        with pytest.raises(TypeError, match=r"as a decorator it is @memory_storages\(\)"):
            memory_storages(lambda: None)
        with pytest.raises(TypeError, match="enterContext"):
            memory_storages()(TestBlocks)
        with pytest.raises(TypeError, match="with memory_storages"):
            memory_storages("vault")(_generator)


def _generator() -> Iterator[None]:
    yield


class TestDecorators:
    def test_functions(self) -> None:
        @memory_storages()
        def work(name: str, *, again: bool = False) -> str:
            """What it does."""
            found = save(default_storage, name)
            return work(name) if again else found

        assert "a.txt" == work("a.txt", again=True)
        assert ("work", "What it does.") == (work.__name__, work.__doc__)
        assert is_real(default_storage)

    def test_asynchronous_functions(self) -> None:
        @memory_storages("theirs")
        async def work() -> bool:
            await asyncio.sleep(0)
            save(storages["theirs"])
            return storages["theirs"].exists("a.txt")

        assert asyncio.run(work())
        assert is_real(storages["theirs"])

    def test_methods(self) -> None:
        class Case(unittest.TestCase):
            @memory_storages()
            def test_it(self) -> None:
                save(default_storage)
                assert ["a.txt"] == default_storage.listdir("")[1]

        result = unittest.TestResult()
        Case("test_it").run(result)
        assert (1, [], []) == (result.testsRun, result.errors, result.failures)


class TestThreadsAndProcesses:
    def test_a_thread_that_comes_late_takes_nothing_in(self) -> None:
        with memory_storages() as files:
            memory = files._memory
        theirs = storages["theirs"]
        memory.take(theirs, "theirs")
        assert type(theirs) is Theirs

    def test_threads_share_it(self) -> None:
        start = threading.Barrier(8)

        def work() -> None:
            start.wait(30)
            for alias in ("default", "theirs"):
                names.append(save(storages[alias]))

        names: list[str] = []
        with memory_storages() as files:
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
            assert 16 == len(names)
            assert 8 == len(files["default"].listdir("")[1])
            assert 8 == len(files["theirs"].listdir("")[1])

    def test_blocks_of_two_threads_at_once(self) -> None:
        def work() -> None:
            for _ in range(50):
                with memory_storages():
                    save(storages["theirs"])
                    save(storages["default"])

        raised: list[BaseException] = []
        threading.excepthook, hook = lambda args: raised.append(args.exc_value), threading.excepthook
        try:
            threads = [threading.Thread(target=work) for _ in range(2)]
            with memory_storages():
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join(30)
        finally:
            threading.excepthook = hook
        assert [] == raised
        assert type(storages["theirs"]) is Theirs
        assert is_real(storages["default"])

    def test_a_forked_child_is_in_a_copy(self) -> None:
        with memory_storages() as files:
            save(files["default"], "parent.txt")
            pid = os.fork()
            if not pid:
                try:
                    save(files["default"], "child.txt")
                    os._exit(0 if files["default"].exists("parent.txt") else 1)
                finally:
                    os._exit(2)
            assert 0 == os.waitpid(pid, 0)[1]
            assert ["parent.txt"] == [entry.key for entry in files["default"].walk()]


class TestDouble(StoreContract):
    """The memory in the place of a store keeps what every store promises."""

    features = MemoryStore.features
    exempt = {
        "processes.see_each_other": "each process has objects of its own",
        "races.one_process_creates": "each process has objects of its own",
    }

    def make(self) -> Counting:
        return Counting(DoubleStore(alias="default"))

    @pytest.fixture
    def counter(self, store: Counting) -> Counter:
        return store.counting


def run(*command: str, settings: str = "tests.project.settings", **environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


class TestAProject:
    """A project on services that are not there: ``tests/project``."""

    def test_with_django_s_own_runner(self) -> None:
        pattern = "--pattern=checks_of_project.py"
        assert "OK" in run("-W", "error", "-m", "django", "test", pattern, "tests.project")

    @pytest.mark.parametrize("plugins", [(), ("-p", "no:django")], ids=["with pytest-django", "without"])
    def test_with_pytest(self, plugins: tuple[str, ...]) -> None:
        ini = ("-c", "tests/project/pytest.ini", "-p", "no:cacheprovider")
        assert "4 passed" in run("-m", "pytest", *ini, *plugins, "tests/project/checks_of_pytest.py")

    def test_what_the_page_shows(self, tmp_path: Path) -> None:
        page = Path(__file__).parent.parent / "docs/testing-your-project.md"
        blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
        (tmp_path / "test_page.py").write_text("\n".join(blocks).replace("myproject", "tests.project"))
        command = ("-m", "pytest", "-c", os.devnull, "-W", "error", "-p", "no:cacheprovider", str(tmp_path))
        assert "4 passed" in run(*command, PYTHONPATH=str(page.parent.parent))

    def test_importing_the_fixtures_needs_no_settings(self) -> None:
        script = "import holdfast.testing.fixtures, sys; sys.exit('django.db.models' in sys.modules)"
        run("-c", script, settings="")
