"""Faults that storages of other packages have: the promises find them, and their three lines show them."""

from __future__ import annotations

import http.server
import mimetypes
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.storage import FileSystemStorage, Storage

from holdfast.stores.local import LocalStore
from holdfast.testing import Broken, Case, all_promises
from tests.faulty import plain, plain_names
from tests.test_see import run_see

PROMISES = {promise.id: promise for promise in all_promises("storage")}

FAULTS: list[tuple[type[FileSystemStorage], str]] = [
    (plain_names.InvalidNames, "candidates.valid_name"),
    (plain_names.OneAlternative, "candidates.alternative_name"),
    (plain_names.ForgetsTheFiles, "candidates.available_name"),
    (plain_names.DisregardsTheLength, "candidates.available_name_of_a_length"),
    (plain_names.Flattens, "candidates.generated"),
    (plain_names.Bends, "candidates.generated_outside"),
    (plain.NamedAsItWasAsked, "fields.found_by_its_column"),
    (plain_names.Flattens, "fields.upload_to"),
    (plain_names.DisregardsTheLength, "fields.fits_into_the_column"),
    (plain.Replaces, "fields.old_file_stays"),
    (plain.ClosesWhatItSaves, "fields.one_upload_in_two_fields"),
    (plain.ClosesWhatItSaves, "fields.assigned"),
    (plain.SavesWhatIsLeft, "fields.assigned"),
    (plain.BytesAlone, "fields.text"),
    (plain.ForwardAlone, "fields.read_without_open"),
    (plain.StaysWhereItIs, "fields.opened_while_open"),
    (plain.CannotReopen, "fields.opened_again"),
    (plain.BytesInEveryMode, "fields.opened_in_another_mode"),
    (plain.NeverClosed, "fields.closed"),
    (plain.ForwardAlone, "fields.chunks"),
    (plain.KeepsTheLastWrite, "fields.written_anew"),
    (plain_names.NotWhileOpen, "fields.deleted"),
    (plain.NamedAsTheUpload, "forms.upload_of_a_form"),
    (plain.Replaces, "forms.several_uploads_of_a_form"),
    (plain_names.NoUrl, "forms.shown_by_a_form"),
    (plain.ClosesWhatItSaves, "forms.size_of_an_image"),
    (plain.ClosesWhatItSaves, "forms.image_of_a_form"),
    (plain_names.GoesItsOwnWay, "hooks.decides_the_name"),
    (plain_names.GoesItsOwnWay, "hooks.deletes_first"),
    (plain_names.GoesItsOwnWay, "hooks.told_the_length"),
    (plain_names.GoesItsOwnWay, "hooks.exists_reserves_names"),
    (plain_names.GoesItsOwnWay, "hooks.alternative_names"),
    (plain_names.GoesItsOwnWay, "hooks.save_underscored"),
    (plain_names.GoesItsOwnWay, "hooks.on_the_instance"),
    (plain.NeedsAFolder, "howto.needs_no_arguments"),
    (plain.DeconstructedAsItsBase, "howto.deconstructible"),
    (plain.NoNames, "howto.name_of_a_file"),
    (plain.ErrorsOfItsOwn, "howto.reading_a_missing_file"),
    (plain.StaysInTheFolder, "howto.after_an_error"),
    (plain.NamedAsItWasAsked, "howto.save_gives_the_name"),
    (plain_names.SaysNo, "howto.delete"),
    (plain_names.MissesLoudly, "howto.delete_of_a_missing_file"),
    (plain_names.SaysNo, "howto.exists"),
    (plain_names.FindsBeginnings, "howto.exists_of_a_missing_file"),
    (plain_names.SizeOnDisk, "howto.size"),
    (plain_names.NothingIsEmpty, "howto.size_of_a_missing_file"),
    (plain_names.PathOfAnother, "howto.path"),
    (plain.Replaces, "naming.taken_name_gets_another"),
    (plain_names.AddsAtTheEnd, "naming.addition_before_the_endings"),
    (plain_names.DisregardsTheLength, "naming.max_length"),
    (plain_names.DisregardsTheLength, "naming.no_room"),
    (plain_names.ValidatesNothing, "naming.refused"),
    (plain_names.Normalises, "naming.refused_everywhere"),
    (plain_names.Normalises, "naming.refused_for_writing"),
    (plain_names.Escapes, "naming.refused_for_writing"),
    (plain_names.Normalises, "naming.refused_folders"),
    (plain_names.Escapes, "naming.refused_folders"),
    (plain.WantsAType, "saving.every_kind"),
    (plain.WantsTheEnd, "saving.streams"),
    (plain.Replaces, "saving.every_kind_under_a_taken_name"),
    (plain.BytesAlone, "saving.text"),
    (plain.Compresses, "saving.compressible"),
    (plain.Unpacks, "saving.compressed_already"),
    (plain.SavesWhatIsLeft, "saving.from_the_beginning"),
    (plain.ClosesWhatItSaves, "saving.left_open"),
    (plain.KeepsTheObject, "saving.independent_of_the_content"),
    (plain.ClosesWhatItSaves, "saving.own_file"),
    (plain.WrapsErrors, "saving.error_of_the_content"),
    (FileSystemStorage, "saving.unreadable_content"),
    (plain.BytesAlone, "saving.little_memory"),
    (plain_names.Latin1, "spelling.scripts"),
    (plain_names.SplitsAtSpaces, "spelling.spaces"),
    (plain_names.Unquotes, "spelling.odd_names"),
    (plain_names.KeepsBackslashes, "spelling.spelled_otherwise"),
    (plain_names.LooksByTheLetter, "spelling.taken_when_spelled_otherwise"),
    (plain_names.StripsNames, "spelling.name_of_the_content"),
    (plain_names.StripsNames, "spelling.name_as_a_path"),
    (plain_names.IgnoresCase, "spelling.alike"),
    (plain_names.FilesInTheWay, "spelling.name_of_a_folder"),
    (plain_names.NaiveTimes, "times.by_use_tz"),
    (plain.ErrorsOfItsOwn, "times.of_a_missing_file"),
    (plain_names.QuotesNothing, "urls.is_a_url"),
    (plain_names.NoUrl, "urls.is_a_url"),
    (plain_names.QuotesPlus, "urls.of_its_own"),
]

ALWAYS = {"howto.is_a_storage"}
"""Storages of Django's are."""


def _ids(value: object) -> str:
    return getattr(value, "__name__", str(value))


def _make(kind: type[FileSystemStorage], root: Path, base_url: str = "/media/") -> FileSystemStorage:
    root.mkdir()
    return kind(root, base_url)


def _is_broken(promise: str, storage: Storage, root: Path) -> None:
    with Case.of(storage, filler=LocalStore(root=root, fsync=False)) as case, pytest.raises(Broken):
        PROMISES[promise].ask(case)


def _is_shown(promise: str, storage: Storage) -> None:
    with pytest.raises(Exception):  # noqa: B017 - whatever a person would see
        run_see(PROMISES[promise], None, storage)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # faulty storages and people in shells close no files
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestAFault:
    @pytest.mark.parametrize(("kind", "promise"), FAULTS, ids=_ids)
    def test_is_found(self, kind: type[FileSystemStorage], promise: str, tmp_path: Path) -> None:
        _is_broken(promise, _make(kind, tmp_path / "root"), tmp_path / "root")

    @pytest.mark.parametrize(("kind", "promise"), FAULTS, ids=_ids)
    def test_is_shown(self, kind: type[FileSystemStorage], promise: str, tmp_path: Path) -> None:
        _is_shown(promise, _make(kind, tmp_path / "root"))


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


class SaysItIsPacked(Handler):
    """As services do that believe the endings of names."""

    def end_headers(self) -> None:
        if mimetypes.guess_type(self.path)[1] == "gzip":
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()


class QuotesTwice(FileSystemStorage):
    def url(self, name: str | None) -> str:
        return f"{self.base_url}{quote(quote(name or ''))}"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[object]:
    """Begin to serve ``root``, and say where."""
    (tmp_path / "root").mkdir()
    servers = []

    def begin(handler: type[Handler]) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=tmp_path / "root"))
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield begin
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


FETCHED = ["urls.gives_the_bytes", "urls.compressed_stay_so"]


class TestUrls:
    @pytest.mark.parametrize("promise", FETCHED)
    def test_of_a_sound_storage(self, promise: str, serve, tmp_path: Path) -> None:
        storage = FileSystemStorage(tmp_path / "root", serve(Handler))
        with Case.of(storage, filler=LocalStore(root=tmp_path / "root", fsync=False)) as case:
            PROMISES[promise].ask(case)
        run_see(PROMISES[promise], None, storage)

    @pytest.mark.parametrize(
        ("kind", "handler", "promise"),
        [
            (QuotesTwice, Handler, "urls.gives_the_bytes"),
            (FileSystemStorage, SaysItIsPacked, "urls.compressed_stay_so"),
        ],
    )
    def test_of_a_faulty_one(self, kind, handler, promise: str, serve, tmp_path: Path) -> None:
        storage = kind(tmp_path / "root", serve(handler))
        _is_broken(promise, storage, tmp_path / "root")
        _is_shown(promise, storage)


GROUPS = ("candidates", "fields", "forms", "hooks", "howto", "naming", "saving", "spelling", "times", "urls")


def test_each_promise_of_these_groups_can_fail() -> None:
    mine = {promise.id for promise in PROMISES.values() if promise.group in GROUPS}
    assert mine - ALWAYS == {promise for _, promise in FAULTS} | {*FETCHED}
