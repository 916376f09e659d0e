"""What is peculiar to the local store; what it shares with all stores stands in the contract."""

from __future__ import annotations

import errno
import gc
import multiprocessing.pool
import os
import pickle
import resource
import shutil
import signal
import stat
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import (
    AlreadyExists,
    Changed,
    Corrupt,
    Denied,
    InvalidKey,
    NotFound,
    Refused,
    StoreError,
    Unavailable,
    Uncertain,
    Unsupported,
)
from holdfast.source import BytesSource, Source
from holdfast.store import Store
from holdfast.stores.local import LocalStore, drafts, files
from holdfast.stores.local import store as local
from holdfast.types import CHUNK, Create, Entry, Folder, Listing, Read, Remove, Write

NEW = Write()
OVER = Write(overwrite=True)
LEFT_OVER = ".holdfast-0123456789abcdef.tmp"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root=root, fsync=False)


@pytest.fixture(autouse=True)
def _never_swept() -> None:
    drafts._swept.clear()


def put(store: LocalStore, key: str, data: bytes = b"data", how: Write = NEW) -> Entry:
    return store.put(key, BytesSource(data), how)


def read(store: LocalStore, key: str, want: Read = Read()) -> bytes:
    with store.get(key, want) as body:
        return body.read()


def keys(store: LocalStore, prefix: str = "", after: str = "") -> list[str]:
    return [entry.key for entry in store.list(prefix, Listing(after=after))]


def on_disk(root: Path) -> list[str]:
    """Every file there is, temporaries too."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink())


def in_children(count: int, function: Callable[[], object]) -> list[int]:
    """The statuses of forked children that ran ``function`` at once: 0, an exit code, or minus a signal."""
    children = []
    for _ in range(count):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other tests may have left threads
            pid = os.fork()
        if pid == 0:
            try:
                function()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        children.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]


def in_child(function: Callable[[], object]) -> int:
    return in_children(1, function)[0]


def open_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def chunks_then(error: BaseException, *, first: bytes = b"x" * CHUNK) -> Iterator[bytes]:
    yield first
    raise error


# ------------------------------------------------------------------------------- configuration


def test_the_root_is_media_root_and_follows_the_settings(tmp_path: Path) -> None:
    store = LocalStore()
    for name in ("one", "two"):
        with override_settings(MEDIA_ROOT=tmp_path / name):
            put(store, "a", name.encode())
            assert f"local://{tmp_path}/{name}" == store.label
    assert b"one" == (tmp_path / "one/a").read_bytes()
    assert b"two" == (tmp_path / "two/a").read_bytes()


def test_an_empty_media_root_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with override_settings(MEDIA_ROOT=""):
        put(LocalStore(), "a")
    assert ["a"] == on_disk(tmp_path)


def test_a_url_names_the_root() -> None:
    assert ({"root": "/srv/media"}, "") == LocalStore.url_options(urlsplit("local:///srv/media"))
    assert ({}, "") == LocalStore.url_options(urlsplit("local://"))
    with pytest.raises(ValueError, match="local:///srv/media"):
        LocalStore.url_options(urlsplit("local://srv/media"))


@pytest.mark.parametrize("mode", [644, 755, 0o1644, 0o300])
def test_permissions_that_forgot_their_0o_are_refused(mode: int) -> None:
    with pytest.raises(ImproperlyConfigured, match="0o644"):
        LocalStore(file_permissions=mode)


@pytest.mark.parametrize("mode", [755, 775, 700, 0o644])
def test_folder_permissions_that_forgot_their_0o_are_refused(mode: int) -> None:
    with pytest.raises(ImproperlyConfigured, match="0o755"):
        LocalStore(directory_permissions=mode)


def test_it_pickles(store: LocalStore) -> None:
    put(store, "a")
    store.creates(None)
    assert b"data" == read(pickle.loads(pickle.dumps(store)), "a")


def test_checks(tmp_path: Path) -> None:
    def found(store: LocalStore) -> list[str | None]:
        messages = store.check()
        assert all(message.hint for message in messages)
        return [message.id for message in messages]

    (tmp_path / "file").touch()
    (tmp_path / "gone").symlink_to("nowhere")
    with override_settings(MEDIA_ROOT=""):
        assert ["holdfast.W101"] == found(LocalStore())
    assert ["holdfast.E101"] == found(LocalStore(root=tmp_path / "file"))
    assert ["holdfast.E101"] == found(LocalStore(root=tmp_path / "file/below"))
    assert ["holdfast.E101"] == found(LocalStore(root=tmp_path / "gone"))
    assert [] == found(LocalStore(root=tmp_path))
    assert [] == found(LocalStore(root=tmp_path / "not/yet/made"))
    assert ([] if os.access("/", os.W_OK) else ["holdfast.W102"]) == found(LocalStore(root="/"))
    assert ["file", "gone"] == on_disk(tmp_path)


# ------------------------------------------------------------------------------- permissions


@pytest.fixture
def _umask() -> Iterator[None]:
    old = os.umask(0o027)
    yield
    os.umask(old)


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.mark.usefixtures("_umask")
@pytest.mark.parametrize("how", [NEW, OVER])
def test_files_get_the_permissions_of_the_settings(store: LocalStore, root: Path, how: Write) -> None:
    put(store, "default", how=how)
    with override_settings(FILE_UPLOAD_PERMISSIONS=0o666):
        put(store, "setting", how=how)
    with override_settings(FILE_UPLOAD_PERMISSIONS=None):
        put(store, "umask", how=how)
        store.copy("umask", "copied", how)
    put(LocalStore(root=root, file_permissions=0o444), "option", how=how)
    modes = {path.name: mode_of(path) for path in root.iterdir()}
    assert {"default": "644", "setting": "666", "umask": "640", "copied": "640", "option": "444"} == modes


@pytest.mark.usefixtures("_umask")
def test_all_new_folders_get_the_permissions_of_the_settings(store: LocalStore, root: Path) -> None:
    put(store, "a/b/c")
    with override_settings(FILE_UPLOAD_DIRECTORY_PERMISSIONS=0o775):
        put(store, "d/e/f")
    put(LocalStore(root=root, directory_permissions=0o2777), "g/h/i")
    modes = {str(path.relative_to(root)): mode_of(path) for path in root.rglob("*") if path.is_dir()}
    assert {"a": "750", "a/b": "750", "d": "775", "d/e": "775", "g": "2777", "g/h": "2777"} == modes


def test_the_group_is_that_of_the_root(store: LocalStore, root: Path) -> None:
    groups = {*os.getgroups(), 65534} if os.geteuid() == 0 else {*os.getgroups()}
    root.mkdir()
    group = max(groups - {root.stat().st_gid}, default=root.stat().st_gid)
    os.chown(root, -1, group)
    put(store, "a")
    assert group == (root / "a").stat().st_gid


def as_nobody(function: Callable[[], object]) -> int:
    def run() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        function()

    return in_child(run)


@pytest.fixture
def open_root() -> Iterator[Path]:
    """A root that every user may go through, unlike pytest's own."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    yield root
    for path in root.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(root)


def test_a_folder_that_may_not_be_written(open_root: Path) -> None:
    store = LocalStore(root=open_root)
    put(store, "shut/a")
    (open_root / "shut").chmod(0o555)

    def check() -> None:
        assert b"data" == read(store, "shut/a")
        for attempt in (
            lambda: put(store, "shut/b"),
            lambda: put(store, "shut/a", how=OVER),
            lambda: put(store, "shut/deeper/b"),
            lambda: store.copy("shut/a", "shut/b"),
            lambda: store.delete("shut/a"),
        ):
            with pytest.raises(Denied, match="permissions") as caught:
                attempt()
            assert isinstance(caught.value.__cause__, PermissionError)
            assert errno.EACCES == caught.value.errno
        assert Create.ATOMIC == store.creates(None)
        (message,) = LocalStore(root=open_root / "shut").check()
        assert "holdfast.W102" == message.id

    assert 0 == as_nobody(check)
    assert ["shut/a"] == on_disk(open_root)


def test_a_folder_that_may_not_be_read(open_root: Path) -> None:
    store = LocalStore(root=open_root)
    put(store, "a")
    put(store, "shut/a")
    (open_root / "shut").chmod(0o000)

    def check() -> None:
        for attempt in (
            lambda: store.head("shut/a"),
            lambda: store.get("shut/a"),
            lambda: keys(store),
            lambda: keys(store, "shut/"),
            lambda: list(store.listdir("shut/")),
        ):
            with pytest.raises(Denied):
                attempt()
        assert [Folder("shut/")] == list(store.listdir("", Listing(after="a")))

    assert 0 == as_nobody(check)


def test_a_folder_that_may_be_written_and_not_read(open_root: Path) -> None:
    store = LocalStore(root=open_root)
    (open_root / "drop").mkdir()
    (open_root / "drop").chmod(0o333)

    def check() -> None:
        put(store, "drop/a")
        put(store, "drop/a", b"new", OVER)
        assert b"new" == read(store, "drop/a")
        with pytest.raises(Unsupported, match="locks"):
            put(store, "drop/a", how=Write(etag=store.head("drop/a").etag))

    assert 0 == as_nobody(check)


# ------------------------------------------------------------------------------- keys and links


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../a", "/a", "a/../b", "a//b", "./a", "a/", "a\\b", "a\0b", "\ud800"]
)
def test_no_key_leads_out(store: LocalStore, root: Path, key: str) -> None:
    for attempt in every_verb(store, key):
        with pytest.raises(InvalidKey) as caught:
            attempt()
        assert key == caught.value.key
    assert ["fine"] == on_disk(root)


def every_verb(store: LocalStore, key: str) -> list[Callable[[], object]]:
    put(store, "fine", how=OVER)
    return [
        lambda: put(store, key),
        lambda: put(store, key, how=OVER),
        lambda: store.get(key),
        lambda: store.head(key),
        lambda: store.delete(key),
        lambda: store.copy(key, "other"),
        lambda: store.copy("fine", key),
        lambda: store.path(key),
    ]


@pytest.mark.parametrize("prefix", ["..", "../", "/", "a/../", "a//", "a"])
def test_no_prefix_leads_out(store: LocalStore, prefix: str) -> None:
    for listing in (store.list, store.listdir):
        with pytest.raises(InvalidKey):
            list(listing(prefix))


def test_unfinished_files_have_names_that_no_key_has(store: LocalStore) -> None:
    for key in (LEFT_OVER, LEFT_OVER.upper(), f"a/{LEFT_OVER}", f"{LEFT_OVER}/a"):
        for attempt in every_verb(store, key):
            with pytest.raises(InvalidKey, match="unfinished"):
                attempt()
    put(store, ".holdfast-mine.tmp")
    assert [".holdfast-mine.tmp", "fine"] == keys(store)


@pytest.mark.parametrize("target", ["../secret", "../gone"])
def test_links_that_lead_out_are_refused(store: LocalStore, root: Path, target: str) -> None:
    root.mkdir()
    (root.parent / "secret").write_bytes(b"secret")
    (root / "link").symlink_to(target)
    for attempt in every_verb(store, "link"):
        with pytest.raises(InvalidKey, match="leads out"):
            attempt()
    assert ["fine"] == keys(store)
    assert b"secret" == (root.parent / "secret").read_bytes()
    assert not (root.parent / "gone").exists()


def test_folders_that_lead_out_are_refused(store: LocalStore, root: Path) -> None:
    root.mkdir()
    (root.parent / "outside").mkdir()
    (root.parent / "outside/secret").write_bytes(b"secret")
    (root / "link").symlink_to(root.parent / "outside")
    for key in ("link/secret", "link/new", "link/deeper/new", "link"):
        for attempt in every_verb(store, key):
            with pytest.raises(InvalidKey, match="leads out"):
                attempt()
    for listing in (store.list, store.listdir):
        with pytest.raises(InvalidKey):
            list(listing("link/"))
    assert ["fine"] == keys(store)
    assert ["outside/secret"] == on_disk(root.parent)[-1:]


def test_links_that_stay_inside_work(store: LocalStore, root: Path) -> None:
    put(store, "real/a", b"one")
    (root / "folder").symlink_to("real")
    (root / "file").symlink_to(root / "real/a")
    assert b"one" == read(store, "file") == read(store, "folder/a")
    assert store.head("real/a").etag == store.head("file").etag == store.get("file").entry.etag
    put(store, "folder/b/c", b"two")
    assert b"two" == read(store, "real/b/c")
    assert ["file", "folder/a", "folder/b/c", "real/a", "real/b/c"] == keys(store)
    assert [Folder("folder/"), Folder("real/")] == list(store.listdir())[1:]
    assert ["folder/a", "folder/b/c"] == keys(store, "folder/")


def test_put_and_delete_change_the_link_and_not_what_it_leads_to(store: LocalStore, root: Path) -> None:
    put(store, "real", b"one")
    for name in ("replaced", "deleted"):
        (root / name).symlink_to("real")
        with pytest.raises(AlreadyExists):
            put(store, name)
    put(store, "replaced", b"two", OVER)
    store.delete("deleted")
    assert b"one" == read(store, "real")
    assert b"two" == read(store, "replaced")
    assert ["real", "replaced"] == on_disk(root)


def test_a_dangling_link_is_in_the_way_and_is_no_file(store: LocalStore, root: Path) -> None:
    root.mkdir()
    (root / "link").symlink_to("gone")
    for attempt in (store.get, store.head):
        with pytest.raises(NotFound):
            attempt("link")
    with pytest.raises(AlreadyExists):
        put(store, "link")
    assert [] == keys(store)
    put(store, "link", how=OVER)
    assert b"data" == read(store, "link")
    assert ["link"] == on_disk(root)


def test_links_in_a_circle(store: LocalStore, root: Path) -> None:
    put(store, "a/b/file")
    (root / "a/up").symlink_to("..")
    (root / "a/b/here").symlink_to(".")
    (root / "loop").symlink_to("loop")
    assert ["a/b/file"] == keys(store)
    assert b"data" == read(store, "a/up/a/b/here/file")
    for attempt in (store.get, store.head):
        with pytest.raises((InvalidKey, NotFound)):
            attempt("loop")
    store.delete("loop")


def test_the_root_may_be_a_link_and_move(tmp_path: Path) -> None:
    store = LocalStore(root=tmp_path / "current")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / "next").symlink_to(name)
        os.replace(tmp_path / "next", tmp_path / "current")
        put(store, "a/b", name.encode())
        (tmp_path / "current/link").symlink_to("a")
        assert name.encode() == read(store, "link/b")
    assert b"one" == (tmp_path / "one/a/b").read_bytes()


def test_path_is_confined_and_need_not_exist(store: LocalStore, root: Path) -> None:
    assert root / "a/b" == store.path("a/b")
    assert not root.exists()


def test_names_that_the_file_system_cannot_hold(store: LocalStore) -> None:
    with pytest.raises(InvalidKey, match="longer") as caught:
        put(store, "a" * 256)
    assert isinstance(caught.value.__cause__, OSError)
    put(store, "ä" * 127)
    assert ["ä" * 127] == keys(store)


# ------------------------------------------------------------------------------- files and folders


def test_a_file_where_a_folder_is_needed(store: LocalStore, root: Path) -> None:
    put(store, "a")
    for key in ("a/b", "a/b/c"):
        for how in (NEW, OVER):
            with pytest.raises(Refused, match="where there is a file"):
                put(store, key, how=how)
        for attempt in (store.get, store.head):
            with pytest.raises(NotFound):
                attempt(key)
        store.delete(key)
        assert [] == keys(store, "a/")
        assert [] == list(store.listdir("a/"))
    with pytest.raises(Refused, match="media/a"):
        put(LocalStore(root=root / "a"), "b")


def test_a_folder_where_a_file_is_asked_for(store: LocalStore, root: Path) -> None:
    put(store, "a/b")
    (root / "empty").mkdir()
    os.mkfifo(root / "pipe")
    for key in ("a", "empty", "pipe"):
        for attempt in (store.get, store.head):
            with pytest.raises(NotFound):
                attempt(key)
        with pytest.raises(AlreadyExists):
            put(store, key)
        with pytest.raises(Refused, match=r"folder|no regular file"):
            put(store, key, how=OVER)
        with pytest.raises(Refused, match=r"folder|no regular file"):
            store.copy("a/b", key, OVER)
    assert ["a/b"] == keys(store)
    assert [Folder("a/"), Folder("empty/")] == list(store.listdir())
    assert ["a/b", "pipe"] == on_disk(root)


def test_delete_takes_empty_folders_and_no_others(store: LocalStore, root: Path) -> None:
    put(store, "a/b")
    with pytest.raises(Refused, match="not empty"):
        store.delete("a")
    store.delete("a/b")
    store.delete("a", Remove(etag='"some"'))
    assert (root / "a").is_dir()
    store.delete("a")
    assert not (root / "a").exists()
    store.delete("a")


def test_folders_that_are_removed_all_the_time(store: LocalStore, root: Path) -> None:
    stop = threading.Event()

    def remove() -> None:
        while not stop.is_set():
            for folder in ("a/b/c", "a/b", "a"):
                with suppress(OSError):
                    os.rmdir(root / folder)

    thread = threading.Thread(target=remove)
    thread.start()
    try:
        for number in range(200):
            put(store, f"a/b/c/{number}")
            store.delete(f"a/b/c/{number}")
    finally:
        stop.set()
        thread.join()


# ------------------------------------------------------------------------------- whole or not at all


@pytest.mark.parametrize("how", [NEW, OVER])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOENT, "the caller's"), ValueError()])
def test_a_body_that_fails_leaves_nothing(store: LocalStore, root: Path, how: Write, error: BaseException) -> None:
    put(store, "old", b"old")
    key = "old" if how.overwrite else "new"
    with pytest.raises(type(error)) as caught:
        store.put(key, Source.of(chunks_then(error)), how)
    assert error is caught.value
    assert ["old"] == on_disk(root)
    assert b"old" == read(store, "old")


def test_a_source_that_has_other_bytes_than_it_said_is_not_kept(store: LocalStore, root: Path) -> None:
    source = BytesSource(b"data")
    source.size = 5
    with pytest.raises(Corrupt):
        store.put("a", source)
    assert [] == on_disk(root)


def test_what_is_not_finished_is_seen_by_nobody(store: LocalStore, root: Path) -> None:
    put(store, "a/old", b"old")
    seen: list[object] = []

    def look() -> Iterator[bytes]:
        yield b"x" * CHUNK
        seen.extend([keys(store), list(store.listdir("a/")), read(store, "a/old"), len(on_disk(root))])
        yield b"y"

    store.put("a/old", Source.of(look()), OVER)
    assert ["a/old"] == seen[0]
    assert ["a/old"] == [entry.key for entry in seen[1]]  # type: ignore[attr-defined]
    assert [b"old", 2] == seen[2:]
    assert b"x" * CHUNK + b"y" == read(store, "a/old")


KILLS = ["body", "utime", "fsync", "link", "after link", "replace", "after replace"]


@pytest.mark.parametrize("point", KILLS)
@pytest.mark.parametrize("how", [NEW, OVER])
def test_a_kill_leaves_the_old_file_or_the_new_one(root: Path, point: str, how: Write) -> None:
    store = LocalStore(root=root)
    put(store, "old", b"old" * 1000)
    key = "old" if how.overwrite else "new"
    data = b"new" * CHUNK

    def body() -> Iterator[bytes]:
        yield data[:CHUNK]
        if point == "body":
            os.kill(os.getpid(), signal.SIGKILL)
        yield data[CHUNK:]

    def child() -> None:
        name = point.removeprefix("after ")
        real = getattr(os, name, None)

        def kill(*args: object, **kwargs: object) -> None:
            if point.startswith("after"):
                real(*args, **kwargs)  # type: ignore[misc]
            os.kill(os.getpid(), signal.SIGKILL)

        if real:
            setattr(os, name, kill)
        store.put(key, Source.of(body()), how)

    passes_by = point.removeprefix("after ") == ("link" if how.overwrite else "replace")
    assert (0 if passes_by else -signal.SIGKILL) == in_child(child)

    expected = {"old": b"old" * 1000}
    if passes_by or point.startswith("after"):
        expected[key] = data
    assert expected == {found: read(store, found) for found in keys(store)}
    left = [name for name in on_disk(root) if name not in expected]
    assert (0 if passes_by or point == "after replace" else 1) == len(left)

    for name in left:
        os.utime(root / name, (0, 0))
    drafts._swept.clear()
    put(store, "next")
    assert sorted([*expected, "next"]) == on_disk(root)


def test_only_old_leftovers_are_swept_and_only_now_and_then(store: LocalStore, root: Path) -> None:
    put(store, "a/kept")
    old, fresh, other = (root / "a" / name for name in (LEFT_OVER, LEFT_OVER.replace("0", "f"), ".holdfast-my.tmp"))
    for path in (old, fresh, other):
        path.touch()
    long_ago = time.time() - drafts.LEFT_OVER - 60
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    put(store, "a/too early")
    assert old.exists()
    drafts._swept[str(root / "a")] -= drafts.SWEEP_EVERY
    put(store, "a/b")
    assert ["a/" + name for name in (fresh.name, other.name, "b", "kept", "too early")] == on_disk(root)


def full(_: LocalStore) -> Iterator[bytes]:
    """A body during which the disk fills up: the kernel itself answers ENOSPC."""
    yield b"x" * CHUNK
    for fd in os.listdir("/proc/self/fd"):
        try:
            unfinished = ".holdfast-" in os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if unfinished:
            device = os.open("/dev/full", os.O_WRONLY)
            os.dup2(device, int(fd), inheritable=False)
            os.close(device)
    yield b"y" * CHUNK


@pytest.mark.parametrize("how", [NEW, OVER])
def test_a_full_disk(store: LocalStore, root: Path, how: Write) -> None:
    put(store, "old", b"old")
    with pytest.raises(Refused, match="disk is full") as caught:
        store.put("old" if how.overwrite else "new", Source.of(full(store)), how)
    assert errno.ENOSPC == caught.value.errno
    assert isinstance(caught.value.__cause__, OSError)
    assert ["old"] == on_disk(root)
    assert b"old" == read(store, "old")


def test_a_file_larger_than_the_process_may_write(store: LocalStore, root: Path) -> None:
    put(store, "a", b"old")

    def check() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with pytest.raises(Refused, match="larger") as caught:
            put(store, "a", b"x" * 200_000, OVER)
        assert errno.EFBIG == caught.value.errno

    assert 0 == in_child(check)
    assert ["a"] == on_disk(root)
    assert b"old" == read(store, "a")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOENT, NotFound),
        (errno.EACCES, Denied),
        (errno.EROFS, Denied),
        (errno.EDQUOT, Refused),
        (errno.ELOOP, InvalidKey),
        (errno.EIO, Unavailable),
        (errno.EMFILE, Unavailable),
        (errno.EDOM, Refused),
        (errno.EPIPE, Refused),
    ],
)
def test_what_the_system_says_in_our_words(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code), "/path")

    put(store, "a")
    monkeypatch.setattr(files, "open_file", fail)
    with pytest.raises(kind) as caught:
        store.get("a")
    assert kind is caught.type
    assert ("a", store.label) == (caught.value.key, caught.value.store)  # type: ignore[attr-defined]
    assert isinstance(caught.value.__cause__, OSError)
    assert getattr(caught.value, "errno", None) != errno.EPIPE


def test_fsync_reaches_the_file_its_folder_and_new_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}")))
    put(LocalStore(root=root), "a/b")
    assert [root.parent, root, root / "a"] == [Path(name) for name in synced if ".tmp" not in name]
    assert 4 == len(synced)
    synced.clear()
    put(LocalStore(root=root, fsync=False), "a/c")
    assert [] == synced


def test_a_name_that_may_not_last_is_uncertain(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EIO, "Input/output error")

    root.mkdir()
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Uncertain) as caught:
        put(LocalStore(root=root), "a")
    assert "a" == caught.value.key
    assert ["a"] == on_disk(root)


def test_a_folder_that_is_removed_with_everything_in_it(store: LocalStore, root: Path) -> None:
    def body() -> Iterator[bytes]:
        yield b"x" * CHUNK
        shutil.rmtree(root / "a")

    for how in (NEW, OVER):
        with pytest.raises(Unavailable, match="Try again"):
            store.put("a/b", Source.of(body()), how)
    assert [] == on_disk(root)


# ------------------------------------------------------------------------------- create-only


def no_hard_links(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", fail)


def no_renameat2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_renameat2", lambda: None)


@pytest.fixture(params=["link", "renameat2", "lock"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The three ways to name a file without replacing another."""
    way: str = request.param
    if way != "link":
        no_hard_links(monkeypatch, errno.EPERM)
    if way == "lock":
        no_renameat2(monkeypatch)
    return way


@pytest.mark.usefixtures("way")
def test_of_32_threads_one_wins(store: LocalStore, root: Path) -> None:
    start = threading.Barrier(32)

    def race(number: int) -> list[str]:
        won = []
        for name in names:
            start.wait()
            try:
                put(store, name, f"{number}".encode() * 5000)
            except AlreadyExists:
                continue
            won.append(f"{name} {number}")
        return won

    names = [f"folder {turn % 3}/{turn}" for turn in range(20)]
    with multiprocessing.pool.ThreadPool(32) as pool:
        won = [each for some in pool.map(race, range(32), chunksize=1) for each in some]
    assert sorted(names) == sorted(each.rpartition(" ")[0] for each in won)
    for each in won:
        name, _, number = each.rpartition(" ")
        assert number.encode() * 5000 == read(store, name)
    assert sorted(names) == on_disk(root)


@pytest.mark.usefixtures("way")
def test_of_8_processes_one_wins(store: LocalStore, root: Path, tmp_path: Path) -> None:
    def race() -> None:
        won = []
        while time.time() < begin:
            pass
        for turn in range(100):
            try:
                put(store, f"{turn}", f"{os.getpid()}".encode())
            except AlreadyExists:
                continue
            won.append(f"{turn} {os.getpid()}")
        (tmp_path / f"won-{os.getpid()}").write_text("\n".join(won))

    begin = time.time() + 0.1
    assert [0] * 8 == in_children(8, race)
    won = [line.split() for path in tmp_path.glob("won-*") for line in path.read_text().splitlines()]
    assert sorted(map(str, range(100))) == sorted(name for name, _ in won)
    assert {name: pid.encode() for name, pid in won} == {name: read(store, name) for name, _ in won}
    assert 100 == len(on_disk(root))


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS])
def test_without_hard_links(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    no_hard_links(monkeypatch, code)
    put(store, "a", b"one")
    with pytest.raises(AlreadyExists):
        put(store, "a", b"two")
    store.copy("a", "b")
    put(store, "a", b"three", OVER)
    assert ["a", "b"] == on_disk(root)


def test_creates_says_what_is_true(store: LocalStore, root: Path, way: str) -> None:
    expected = Create.CLAIM if way == "lock" else Create.ATOMIC
    assert expected == store.creates(None) == store.creates(5)
    assert not root.exists()
    assert [] == os.listdir(root.parent)


def test_creates_without_any_lock(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    no_hard_links(monkeypatch, errno.EPERM)
    no_renameat2(monkeypatch)
    monkeypatch.setattr(drafts, "_lock", lambda *_: False)
    assert Create.NONE == store.creates(None)


@pytest.mark.parametrize(("name", "how"), [("link", NEW), ("replace", OVER)])
def test_an_answer_that_was_lost_and_asked_for_again(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: Write
) -> None:
    real = getattr(os, name)

    def twice(source: str, target: str) -> None:
        real(source, target)
        real(source, target)

    monkeypatch.setattr(os, name, twice)
    put(store, "a", how=how)
    assert ["a"] == on_disk(root)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOENT])
def test_a_name_that_only_the_last_step_refuses(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(*_: object) -> None:  # FAT and its relatives, of 'a:b'
        raise OSError(code, os.strerror(code))

    for name in ("link", "rename", "replace"):
        monkeypatch.setattr(os, name, fail)
    no_renameat2(monkeypatch)
    for how in (NEW, OVER):
        with pytest.raises(InvalidKey, match="does not take the name"):
            put(store, "a:b", how=how)
    assert [] == on_disk(root)


def test_a_taken_name_costs_no_byte(store: LocalStore) -> None:
    put(store, "a")
    with pytest.raises(AlreadyExists):
        store.put("a", Source.of(chunks_then(AssertionError("read"), first=b"")))


# ------------------------------------------------------------------------------- conditions


def count_up(store: LocalStore, times: int) -> None:
    while times:
        with store.get("counter") as body:
            number = int(body.read())
        try:
            put(store, "counter", f"{number + 1}".encode(), Write(etag=body.entry.etag))
        except Changed:
            continue
        times -= 1


def test_no_conditional_replacement_is_lost_between_threads(store: LocalStore) -> None:
    put(store, "counter", b"1000")
    with multiprocessing.pool.ThreadPool(8) as pool:
        pool.map(lambda _: count_up(store, 25), range(8), chunksize=1)
    assert b"1200" == read(store, "counter")


def test_no_conditional_replacement_is_lost_between_processes(store: LocalStore) -> None:
    put(store, "counter", b"1000")
    assert [0] * 4 == in_children(4, lambda: count_up(store, 50))
    assert b"1200" == read(store, "counter")


def test_of_32_conditional_deletions_and_replacements_one_wins(store: LocalStore) -> None:
    start = threading.Barrier(32)

    def race(number: int) -> bool:
        start.wait()
        try:
            if number % 2:
                store.delete("a", Remove(etag=etag))
                return False  # silent also where it is gone
            put(store, "a", how=Write(etag=etag))
        except (Changed, NotFound):
            return False
        return True

    for _ in range(10):
        etag = put(store, "a", how=OVER).etag
        with multiprocessing.pool.ThreadPool(32) as pool:
            assert sum(pool.map(race, range(32), chunksize=1)) <= 1


def test_a_lock_that_is_never_given_back(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, "a", b"old")
    monkeypatch.setattr(drafts, "LOCK_WAIT", 0.05)
    with drafts.locked(str(root)):
        for attempt in (lambda: put(store, "a", how=OVER), lambda: store.delete("a")):
            with pytest.raises(Unavailable):
                attempt()
    assert b"old" == read(store, "a")
    assert ["a"] == on_disk(root)


def test_versions_of_one_size_in_one_moment_differ(store: LocalStore) -> None:
    etags = [put(store, "a", b"data", OVER).etag for _ in range(200)]
    assert 200 == len(set(etags))


# ------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_no_descriptor_is_left_open(store: LocalStore, size: int) -> None:
    put(store, "a", b"x" * size)
    before = open_files()
    bodies = [store.get("a", Read(start=start)) for start in (0, 0, 1, size, size + 1)]
    assert size == len(bodies[0].read())
    bodies[1].read(1)
    bodies[1].close()
    del bodies
    for attempt in (
        lambda: store.get("a", Read(etag='"other"')),
        lambda: store.get("b"),
        lambda: put(store, "a"),
        lambda: put(store, "a/b"),
        lambda: store.put("c", Source.of(chunks_then(ValueError()))),
        lambda: store.copy("a", "a"),
    ):
        with pytest.raises((StoreError, ValueError)):
            attempt()
    store.copy("a", "d")
    store.delete("d")
    next(store.list())
    assert before == open_files()


def test_a_small_body_holds_no_descriptor(store: LocalStore) -> None:
    put(store, "a", b"x" * CHUNK)
    before = open_files()
    bodies = [store.get("a") for _ in range(10)]
    assert before == open_files()
    assert [CHUNK] * 10 == [len(body.read()) for body in bodies]


def test_a_closed_body_does_not_look_read_out(store: LocalStore) -> None:
    put(store, "a", b"x" * 2 * CHUNK)
    body = store.get("a")
    body.read(10)
    body.close()
    with pytest.raises(ValueError, match="closed"):
        body.read(CHUNK)


def test_a_body_is_of_one_version(store: LocalStore, root: Path) -> None:
    put(store, "a", b"1" * 3 * CHUNK)
    body = store.get("a")
    put(store, "a", b"2" * 5 * CHUNK, OVER)
    store.delete("a")
    assert b"1" * 3 * CHUNK == body.read()


def test_a_file_that_is_cut_while_it_is_read(store: LocalStore, root: Path) -> None:
    put(store, "a", b"x" * 3 * CHUNK)
    body = store.get("a")
    body.read(10)
    os.truncate(root / "a", CHUNK)
    with pytest.raises(Changed):
        body.read()
    body.close()


@pytest.mark.parametrize(("swap", "kind"), [("link", InvalidKey), ("pipe", NotFound), ("folder", NotFound)])
def test_a_file_that_is_something_else_when_it_is_opened(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, swap: str, kind: type[Exception]
) -> None:
    def late(path: str, info: os.stat_result) -> int:
        os.unlink(path)
        {"link": lambda: os.symlink("/etc/hostname", path), "pipe": lambda: os.mkfifo(path)}.get(
            swap, lambda: os.mkdir(path)
        )()
        return real(path, info)

    real = files.open_file
    put(store, "a")
    before = open_files()
    monkeypatch.setattr(files, "open_file", late)
    with pytest.raises(kind) as caught:
        store.get("a")
    assert kind is caught.type
    assert before == open_files()


def test_a_file_that_is_cut_while_it_is_copied(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = drafts.copy_bytes

    def late(source: int, target: int, size: int) -> int:
        os.truncate(root / "a", 1)
        return real(source, target, size)

    put(store, "a")
    monkeypatch.setattr(drafts, "copy_bytes", late)
    with pytest.raises(Changed) as caught:
        store.copy("a", "b")
    assert "a" == caught.value.key
    assert ["a"] == on_disk(root)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a.csv", "text/csv"),
        ("a.csv.gz", "application/gzip"),
        ("a.tgz", "application/gzip"),
        ("a.tar.bz2", "application/x-bzip2"),
        ("a.PNG", "image/png"),
        ("a.b/README", None),
        ("data:text/html,a.jpg", "image/jpeg"),
        ("data:tést/x,", None),
    ],
)
def test_the_content_type_is_guessed_from_the_name(store: LocalStore, key: str, expected: str | None) -> None:
    attributes = put(store, key).attributes
    assert (expected, None) == (attributes.content_type, attributes.content_encoding)
    assert attributes == store.head(key).attributes


def test_put_head_get_list_and_copy_say_the_same(store: LocalStore) -> None:
    said = put(store, "a/b.txt")
    assert said == store.head("a/b.txt") == store.get("a/b.txt").entry
    said = store.head("a/b.txt")  # reading it may have changed when it was accessed
    assert [said] == list(store.list()) == list(store.listdir("a/"))
    assert store.copy("a/b.txt", "c") == store.head("c")


def test_a_time_that_no_datetime_holds() -> None:
    assert local._time(10**13) is None


# ------------------------------------------------------------------------------- listing

NAMES = st.text("ab-./0é\U0001f600\ue000", min_size=1, max_size=6)


def fill(root: str, wanted: set[str]) -> tuple[LocalStore, list[str]]:
    """A store with as many of these keys as can stand beside each other."""
    store = LocalStore(root=root, fsync=False)
    made = []
    for key in sorted(wanted):
        try:
            put(store, key)
        except (InvalidKey, StoreError):
            continue
        made.append(key)
    return store, sorted(made, key=str.encode)


@settings(max_examples=150, deadline=None)
@given(st.sets(NAMES, max_size=25), st.text("ab-./0é", max_size=6))
def test_listings_are_in_order(wanted: set[str], after: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        store, made = fill(root, wanted)
        assert made == keys(store)
        assert [key for key in made if key.encode() > after.encode()] == keys(store, after=after)
        assert list(Store.listdir(store)) == list(store.listdir())
        for key in made:
            assert made[made.index(key) + 1 :] == keys(store, after=key)
            prefix = key[: key.rfind("/") + 1]
            below = [other for other in made if other.startswith(prefix)]
            assert below == keys(store, prefix)
            assert [other for other in below if other.encode() > after.encode()] == keys(store, prefix, after)
            want = Listing(after=after)
            assert list(Store.listdir(store, prefix, want)) == list(store.listdir(prefix, want))


def test_after_does_not_walk_what_lies_before(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in "abcd":
        for name in ("1", "2/3"):
            put(store, f"{folder}/{name}")
    walked: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: walked.append(str(path)) or real(path))  # type: ignore[func-returns-value]
    assert ["c/2/3", "d/1", "d/2/3"] == keys(store, after="c/1")
    base = f"{store.path('a').parent}/"
    assert [base, f"{base}c/", f"{base}c/2/", f"{base}d/", f"{base}d/2/"] == walked


def test_listing_is_lazy(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in "abcd":
        put(store, f"{folder}/1")
    listing = store.list()
    assert "a/1" == next(listing).key
    shutil.rmtree(store.path("b"))
    os.unlink(store.path("c/1"))
    assert ["d/1"] == [entry.key for entry in listing]


def test_what_vanishes_during_a_listing_is_passed_over(store: LocalStore) -> None:
    for name in ("1", "2", "3", "4/5", "6"):
        put(store, name)
    for listing in (store.list(), store.listdir()):
        put(store, "2", how=OVER)
        next(listing)
        store.delete("2")
        assert "3" == next(listing).key  # type: ignore[union-attr]


def test_leftovers_are_not_listed(store: LocalStore, root: Path) -> None:
    put(store, "a/b")
    (root / "a" / LEFT_OVER).touch()
    assert ["a/b"] == keys(store)
    assert ["a/b"] == [entry.key for entry in store.listdir("a/")]  # type: ignore[union-attr]


def test_nothing_there_is_an_empty_listing(store: LocalStore) -> None:
    for prefix in ("", "a/", "a/b/"):
        assert [] == keys(store, prefix)
        assert [] == list(store.listdir(prefix))


def test_names_that_are_not_utf8_are_listed_and_not_opened(store: LocalStore, root: Path) -> None:
    put(store, "a")
    (root / os.fsdecode(b"b\xff")).touch()
    (root / "c\nd").touch()
    assert ["a", "b\udcff", "c\nd"] == keys(store)
    with pytest.raises(InvalidKey):
        store.head("b\udcff")


# ------------------------------------------------------------------------------- copy


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("size", [0, 5, CHUNK * 3 + 1])
def test_copy(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, size: int, kernel: bool) -> None:
    if not kernel:

        def fail(*_: object) -> int:
            raise OSError(errno.EXDEV, "Invalid cross-device link")

        monkeypatch.setattr(os, "copy_file_range", fail)
    data = os.urandom(size)
    put(store, "a", data)
    copied = store.copy("a", "b/c")
    assert (size, data) == (copied.size, read(store, "b/c"))
    with pytest.raises(AlreadyExists):
        store.copy("a", "b/c")
    with pytest.raises(NotFound):
        store.copy("missing", "b/c")
    with pytest.raises(Changed):
        store.copy("a", "b/c", Write(etag='"other"'))
    store.copy("a", "a", OVER)
    assert data == read(store, "a")
    put(store, "a", b"changed", OVER)
    assert data == read(store, "b/c")
    assert ["a", "b/c"] == on_disk(root)
