"""The contract for storages of Django's, held over Django's own two: what they do is no false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.testing import Sometimes
from holdfast.testing.contract import StorageContract
from holdfast.testing.live import Scratch
from holdfast.testing.selection import Selection


class TestFileSystemStorage(StorageContract):
    exempt = {
        "aborts.exception_in_other_modes": "writes in place: a file that breaks off stays half-written",
        "aborts.exception_inside_with": "writes in place: a file that breaks off stays half-written",
        "aborts.exception_keeps_the_old_file": "writes in place: open with w empties the old file",
        "aborts.exception_undoes_an_edit": "writes in place: what was edited before the exception is on the disk",
        "aborts.half_a_table": "writes in place: a file that breaks off stays half-written",
        "aborts.interrupted": "writes in place: a file that breaks off stays half-written",
        "aborts.never_closed": "writes in place: open with w creates the file",
        "aborts.never_closed_keeps_the_old_file": "writes in place: open with w empties the old file",
        "closing.appears_when_closed": "writes in place: open with w creates the file",
        "closing.old_until_closed": "writes in place: open with w empties the old file",
        "crashes.killed_in_save": "writes in place: what came before the end of the process is there",
        "crashes.killed_while_replacing": "writes in place: open with w empties the old file",
        "crashes.killed_while_writing": "writes in place: what came before the end of the process is there",
        "editing.old_until_closed": "writes in place: others see an edit while it is made",
        "races.one_of_two_writers": Sometimes("writes in place: what two write at the same time is mixed"),
        "saving.unreadable_content": "writes in place: content that breaks off leaves what came before",
        "sources.saved_unseen": "writes in place: a file is listed while its content is still on its way",
    }

    @pytest.fixture
    def storage(self, tmp_path: Path) -> FileSystemStorage:
        root = tmp_path / "root"
        root.mkdir()  # as a deployment does: it makes folders when it saves a file, and not when it opens one
        return FileSystemStorage(location=root, base_url="/media/")

    @pytest.fixture
    def filler(self, tmp_path: Path) -> Store:
        return LocalStore(root=tmp_path / "root", fsync=False)


class TestInMemoryStorage(StorageContract):
    exempt = {
        "aborts.exception_in_other_modes": "writes in place: a file that breaks off stays half-written",
        "aborts.exception_inside_with": "writes in place: a file that breaks off stays half-written",
        "aborts.exception_keeps_the_old_file": "writes in place: what was written by then is in the file",
        "aborts.exception_undoes_an_edit": "writes in place: what was edited before the exception is in the file",
        "aborts.half_a_table": "writes in place: a file that breaks off stays half-written",
        "aborts.interrupted": "writes in place: a file that breaks off stays half-written",
        "aborts.never_closed": "writes in place: open with w creates the file",
        "aborts.never_closed_keeps_the_old_file": "writes in place: what was written is in the file at once",
        "closing.appears_when_closed": "writes in place: open with w creates the file",
        "closing.closed": "close() of its files does nothing",
        "closing.old_until_closed": "writes in place: what was written is in the file at once",
        "editing.a_appends": "of a mode it heeds b and w alone: with a it writes from the beginning on",
        "editing.a_creates": "of a mode it heeds b and w alone: with a it creates nothing",
        "editing.old_until_closed": "writes in place: others see an edit while it is made",
        "editing.text": "of a mode it heeds b and w alone: with a it writes from the beginning on",
        "editing.w_plus_reads": "open with w does not empty the file",
        "fields.closed": "its files are ContentFiles, whose close() does nothing",
        "files.line_ends": "keeps text in a StringIO that translates no line ends",
        "files.not_writable": "every mode gives the same object, which can be written to",
        "files.says_what_it_can": "every mode gives the same object, which can be written to",
        "folders.not_deleted": "delete takes a folder's name too, and removes all files in it",
        "howto.path": "gives paths for the names, although no file is there",
        "modes.not_readable": "every mode gives the same object, which can be read",
        "modes.says_what_it_can": "every mode gives the same object, which can be read",
        "modes.w_empties": "open with w does not empty the file",
        "modes.w_replaces": "open with w does not empty the file: what is longer keeps its end",
        "modes.x_creates": "of a mode it heeds b and w alone: with x it creates nothing",
        "modes.x_refuses": "of a mode it heeds b and w alone: with x it opens what is there",
        "modes.x_replaces_nothing": "of a mode it heeds b and w alone: with x it creates nothing",
        "opening.back_to_the_beginning": "open() of its files does not work without a mode",
        "opening.closed": "close() of its files does nothing",
        "opening.never_closed": "all that open one file share one object, with one position",
        "opening.opened_again": "open() of its files does not work without a mode",
        "opening.opened_again_after_a_change": "open() of its files does not work without a mode",
        "opening.two_files": "all that open one file share one object, with one position",
        "opening.unknown_mode": "of a mode it heeds b and w alone, and takes any",
        "processes.storage_pickled": "its pickle holds the files themselves: the copy has its own from then on",
        "races.one_of_two_writers": Sometimes("writes in place: what two write at the same time is mixed"),
        "races.processes_save_one_name": "each process has files of its own",
        "races.threads_save_one_name": Sometimes(
            "looks for a free name and then writes: who comes in between is overwritten"
        ),
        "saving.little_memory": "the files themselves are in memory",
        "saving.unreadable_content": "writes in place: content that breaks off leaves what came before",
        "sources.saved_unseen": "writes in place: a file is listed while its content is still on its way",
    }

    @pytest.fixture
    def storage(self) -> InMemoryStorage:
        return InMemoryStorage(base_url="/media/")


WRITING = ("aborts", "closing", "consumers", "editing", "modes")


@pytest.mark.parametrize("kind", [TestFileSystemStorage, TestInMemoryStorage])
def test_in_a_folder_of_a_storage_in_use_nothing_else_is_broken(
    kind: type[StorageContract], tmp_path: Path
) -> None:
    storage = FileSystemStorage(location=tmp_path) if kind is TestFileSystemStorage else InMemoryStorage()
    exempt = {name: why for name, why in kind.exempt.items() if name.partition(".")[0] in WRITING}
    with Scratch(storage) as scratch:
        selection = Selection(about=kind.about, only=WRITING, exempt=exempt, live=True)
        verdicts = list(scratch.ask(selection))
    assert [] == [(verdict.promise.id, verdict.detail) for verdict in verdicts if verdict.fails]
    assert [] == scratch.left
