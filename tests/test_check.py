"""``manage.py holdfast check``, and the other readers that ask a storage in use."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, storages
from django.core.management import CommandError, call_command
from django.test import override_settings

from holdfast import RemoteStorage, Unavailable
from holdfast.layers import Readonly
from holdfast.stores.memory import MemoryStore
from holdfast.testing.below import Below
from holdfast.testing.live import Scratch, Unfit
from holdfast.testing.selection import Selection
from tests.servers.proxy import Proxy

REPOSITORY = Path(__file__).parent.parent

FEW = ("--only", "naming", "--only", "times")


class Forgets(MemoryStore):
    """Says it has kept what it has not."""

    def put(self, key: str, source: Any, how: Any = None) -> Any:
        entry = super().put(key, source, how)
        if "a_" in key:
            self.delete(key)
        return entry


class Sticky(MemoryStore):
    """Deletes nothing but the first file."""

    def delete(self, key: str, how: Any = None) -> None:
        if key.endswith("first.txt"):
            super().delete(key)


class Down(MemoryStore):
    def put(self, key: str, source: Any, how: Any = None) -> Any:
        raise self.error(Unavailable, key, "The server does not answer.")


class Closed(InMemoryStorage):
    def _save(self, name: str, content: Any) -> str:
        raise PermissionError("no entry")


@pytest.fixture(autouse=True)
def _aliases(tmp_path: Path) -> Any:
    remote = "holdfast.RemoteStorage"
    given = {
        "default": {"BACKEND": remote, "OPTIONS": {"store": "memory://check"}},
        "local": {
            "BACKEND": remote,
            "OPTIONS": {"store": {"BACKEND": "local://", "OPTIONS": {"root": str(tmp_path / "local")}}},
        },
        "files": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": "/files/"},
        },
        "forgets": {"BACKEND": remote, "OPTIONS": {"store": "tests.test_check.Forgets"}},
        "sticky": {"BACKEND": remote, "OPTIONS": {"store": "tests.test_check.Sticky"}},
        "down": {"BACKEND": remote, "OPTIONS": {"store": "tests.test_check.Down"}},
        "closed": {"BACKEND": "tests.test_check.Closed"},
        "readonly": {
            "BACKEND": remote,
            "OPTIONS": {"store": "memory://check", "layers": ["holdfast.layers.Readonly"]},
        },
    }
    with override_settings(STORAGES=given):
        yield


def check(*arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    out = io.StringIO()
    try:
        call_command("holdfast", "check", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_sound_storage_keeps_all_promises_and_nothing_is_left() -> None:
    storages["default"].save("mine.txt", ContentFile(b"mine"))
    status, text = check()
    assert 0 == status, text
    assert re.search(r"^default: holdfast.storage.RemoteStorage, memory://check$", text, re.MULTILINE)
    assert re.search(r"^naming +\d+ kept +\d+\.\d s$", text, re.MULTILINE)
    assert "BROKEN" not in text
    assert [("mine.txt")] == [entry.key for entry in storages["default"].walk()]


def test_of_a_local_folder_no_empty_folders_are_left(tmp_path: Path) -> None:
    assert 0 == check("local", *FEW)[0]
    assert [] == list((tmp_path / "local").iterdir())


def test_a_plain_storage_is_asked_too_and_left_empty(tmp_path: Path) -> None:
    status, text = check("files", *FEW)
    assert 0 == status, text
    assert "FileSystemStorage" in text
    assert [] == list((tmp_path / "files").iterdir())


def test_a_broken_promise_is_explained_and_the_status_is_1() -> None:
    status, text = check("forgets", *FEW)
    assert 1 == status
    block = text[text.index("BROKEN") :].partition("\n\n")[0]
    assert "A name that is taken gets another one" in block
    assert "(naming.taken_name_gets_another)" in block
    assert "To see it" in block
    assert 'storage.save("' in block
    assert "Source: https://docs.djangoproject.com/" in block


def test_an_exemption_is_printed_and_a_needless_one_fails() -> None:
    _, text = check("forgets", *FEW)
    broken = re.findall(r"^ +\((\w+\.\w+)\) ", text, re.MULTILINE)
    assert broken
    exempt = [part for each in broken for part in ("--exempt", f"{each}=it forgets")]
    status, text = check("forgets", *FEW, *exempt)
    assert 0 == status, text
    assert f"exempt  {broken[0]}: it forgets" in text
    status, text = check("default", *FEW, "--exempt", "naming.max_length=no reason at all")
    assert 1 == status
    assert "NEEDLESS  naming.max_length is exempt (no reason at all), and yet it is kept." in text


def test_json_is_one_document() -> None:
    status, text = check("forgets", *FEW, "--json")
    document = json.loads(text)
    assert 1 == status
    assert "forgets" == document["alias"]
    assert [] == document["left"]
    broken = [each for each in document["verdicts"] if each["outcome"] == "broken"]
    assert broken
    assert {"id", "sentence", "outcome", "detail", "see", "source", "seconds"} == broken[0].keys()


def test_what_cannot_be_deleted_is_named() -> None:
    status, text = check("sticky", "--only", "naming.max_length")
    assert 1 == status
    assert "LEFT BEHIND, and to be deleted by hand: holdfast-check-" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "Could not find config for 'missing' in settings.STORAGES. There are: closed, default"),
        (["default", "--only", "nameing"], "There is no promise and no group nameing."),
        (["default", "--exempt", "naming.max_length"], "exempt naming.max_length: say why"),
        (["default", "--exempt", "naming.x=why"], "exempt: there is no promise naming.x."),
        (["down"], "down cannot be checked. Unavailable: The server does not answer."),
        (["closed"], "closed cannot be checked. PermissionError: no entry"),
        (["readonly"], "readonly cannot be checked. It cannot be written to"),
    ],
)
def test_mistakes_are_told(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=re.escape(message)):
        check(*arguments)


def test_the_scratch_folder_is_made_where_it_is_wanted() -> None:
    assert "promises, in some/where/holdfast-check-" in check("default", *FEW, "--within", "some/where")[1]


def test_an_interrupted_check_cleans_up() -> None:
    storage = RemoteStorage(MemoryStore(name="interrupted"))

    def asking() -> None:
        with Scratch(storage) as scratch:
            scratch.case().storage.save("a.txt", ContentFile(b"-"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking()
    assert [] == list(storage.walk())


def test_the_storage_below_the_scratch_folder_has_the_options_of_the_storage() -> None:
    storage = RemoteStorage(
        "memory://options", base_url="https://cdn.example.com/m", allow_overwrite=True, expires=60
    )
    with Scratch(storage) as scratch:
        below: Any = scratch.case().storage
        assert f"https://cdn.example.com/m/{scratch.folder}/2/a.txt" == below.url("a.txt")
        assert (True, 60) == (below.allow_overwrite, below.expires)
        below.save("a.txt", ContentFile(b"-"))
        assert storage.exists(f"{scratch.folder}/2/a.txt")


def test_a_store_that_only_reads_is_unfit() -> None:
    with pytest.raises(Unfit, match="cannot be written to"):
        Scratch(RemoteStorage(Readonly(MemoryStore()))).__enter__()


@pytest.mark.parametrize("storage", [InMemoryStorage(), FileSystemStorage(location="/nonexistent")])
def test_below_puts_the_folder_before_every_name(storage: Storage, tmp_path: Path) -> None:
    if isinstance(storage, FileSystemStorage):
        storage = FileSystemStorage(location=tmp_path)
    below = Below(storage, "scratch/1")
    assert "a.txt" == below.save("a.txt", ContentFile(b"one"))
    other = below.save("a.txt", ContentFile(b"two"), max_length=14)
    assert re.fullmatch(r"a_\w{7}\.txt", other)
    assert "sub/b.txt" == below.save("sub/b.txt", ContentFile(b"three"))
    assert storage.exists("scratch/1/a.txt")
    assert (["sub"], {"a.txt", other}) == (below.listdir("")[0], set(below.listdir("")[1]))
    assert 3 == below.size("a.txt")
    assert below.exists("sub/b.txt")
    below.delete("a.txt")
    assert not storage.exists("scratch/1/a.txt")


# -------------------------------------------------------------------- the other readers


def run(folder: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command as somebody runs it in a project of their own."""
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{folder}", "COLUMNS": "300", **environ},
    )


SETTINGS = """
SECRET_KEY = "only for tests"
INSTALLED_APPS = ["holdfast"]
STORAGES = {
    "default": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": "memory://live"}},
    "forgets": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": "tests.test_check.Forgets"}},
    "sticky": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": "tests.test_check.Sticky"}},
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "live_settings.py").write_text(SETTINGS)
    return folder


def pytest_in(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    plain = ["-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(project)]
    return run(project, *plain, *arguments, DJANGO_SETTINGS_MODULE="live_settings")


@pytest.mark.parametrize("django_plugin", [(), ("-p", "no:django")], ids=["pytest-django", "without"])
def test_the_plugin_asks_the_storage_of_an_alias(project: Path, django_plugin: tuple[str, ...]) -> None:
    done = pytest_in(project, *django_plugin, "--holdfast-storage=default", "-k", "naming or times", "-v")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert re.search(r"^holdfast:default::naming\.max_length PASSED", done.stdout, re.MULTILINE)
    assert "holdfast:default::modes" not in done.stdout


def test_the_plugin_shows_the_diagnosis_and_takes_exemptions(project: Path) -> None:
    done = pytest_in(project, "--holdfast-storage=forgets", "-k", "taken_name_gets_another", "-rA")
    assert 1 == done.returncode
    assert "To see it" in done.stdout
    assert "judge(" not in done.stdout  # our own stack helps nobody
    exempt = "--holdfast-exempt=naming.taken_name_gets_another=it forgets"
    done = pytest_in(project, "--holdfast-storage=forgets", "-k", "taken_name_gets_another", "-rA", exempt)
    assert 0 == done.returncode
    assert "XFAIL holdfast:forgets::naming.taken_name_gets_another - it forgets" in done.stdout


def test_the_plugin_says_what_is_wrong(project: Path) -> None:
    done = pytest_in(project, "--holdfast-storage=missing")
    assert 4 == done.returncode
    assert "--holdfast-storage=missing: Could not find config" in done.stderr
    done = pytest_in(project, "--holdfast-storage=sticky", "-k", "naming.max_length")
    assert 1 == done.returncode
    assert "Left behind, and to be deleted by hand: holdfast-check-" in done.stdout


def test_the_plugin_does_nothing_unless_asked(project: Path) -> None:
    (project / "test_nothing.py").write_text("def test_nothing(): pass\n")
    done = run(
        project, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "-p", "no:django", "-W", "error"
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "1 passed" in done.stdout


UNITTESTS = """
from django.core.files.storage import InMemoryStorage
from django.test import SimpleTestCase

from holdfast import RemoteStorage
from holdfast.stores.memory import MemoryStore
from holdfast.testing.unittests import RemoteStorageTests, StorageTests, StoreTests
from tests.test_check import Forgets


class SoundStore(StoreTests, SimpleTestCase):
    costs = ("cheap",)
    exempt = {"processes.see_each_other": "in memory", "races.one_process_creates": "in memory"}

    def make(self):
        return MemoryStore(name=self.id())


class Faulty(RemoteStorageTests, SimpleTestCase):
    exempt = {
        "naming.taken_name_gets_another": "it forgets",
        "naming.no_room": "a needless one",
    }

    def make(self):
        return RemoteStorage(Forgets())


class Plain(StorageTests, SimpleTestCase):
    def make(self):
        return InMemoryStorage()
"""


@pytest.mark.parametrize(
    "runner", [("-m", "unittest", "-v"), ("-m", "django", "test", "-v2")], ids=["unittest", "django"]
)
def test_the_reader_for_unittest(project: Path, runner: tuple[str, ...]) -> None:
    (project / "test_mine.py").write_text(UNITTESTS)
    environ = {"DJANGO_SETTINGS_MODULE": "live_settings"}
    done = run(project, *runner, "test_mine.SoundStore", **environ)
    assert 0 == done.returncode, done.stderr
    assert "test_ranges__half_open" in done.stderr
    assert "skipped 'exempt: in memory'" in done.stderr
    assert "skipped 'not applicable: needs sign'" in done.stderr
    names = ["taken_name_gets_another", "no_room", "max_length"]
    done = run(project, *runner, *(f"test_mine.Faulty.test_naming__{each}" for each in names), **environ)
    assert 1 == done.returncode
    assert "skipped 'exempt: it forgets'" in done.stderr
    assert "naming.no_room is exempt (a needless one), and yet it is kept." in done.stderr
    done = run(project, *runner, "test_mine.Plain.test_naming__max_length", **environ)
    assert 0 == done.returncode, done.stderr


def test_the_safe_part_on_a_live_bucket(proxy: Proxy, bucket: str) -> None:
    """Every promise that may be asked of a system in use is kept by S3, and the bucket is empty afterwards."""
    from tests.conftest import s3

    storage = RemoteStorage(s3(proxy.endpoint, bucket))
    with Scratch(storage) as scratch:
        live = Selection(about=("store", "storage", "remote"), live=True, costs=("cheap",))
        fails = [verdict for verdict in scratch.ask(live) if verdict.fails]
    assert [] == fails
    assert [] == scratch.left
    assert [] == list(storage.store.list())
