"""A model's files: what Django's FileField does over the storage. No database takes part."""

from __future__ import annotations

import posixpath
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.contents import HANDLERS
from holdfast.testing.optional import optional
from holdfast.testing.promise import storage_promise
from holdfast.testing.unsaved import unsaved
from holdfast.types import Feature

FIELDS = "https://docs.djangoproject.com/en/stable/ref/models/fields/#django.db.models."
FIELD_FILE = f"{FIELDS}fields.files.FieldFile"
FILE = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File."
UPLOADS = "https://docs.djangoproject.com/en/stable/ref/files/uploads/#django.core.files.uploadedfile.UploadedFile"
WRITE = Feature.WRITE


def _saved(case: Case, name: str = "a.txt", data: bytes = b"content", **options: Any) -> Any:
    """A row whose ``file`` is saved."""
    row = unsaved(case.storage, **options)
    row.file.save(name, ContentFile(data), save=False)
    return row


# ---------------------------------------------------------------- saving, and the name in the column


@storage_promise("What a field's column keeps is enough to find the file again.", needs=WRITE, source=FIELD_FILE)
def found_by_its_column(case: Case) -> None:
    """
    row, again = unsaved(storage, upload_to="documents"), unsaved(storage)
    row.file.save("My file.txt", ContentFile(b"content"), save=False)
    again.file = str(row.file); assert again.file.read() == b"content" and again.file.size == 7
    """
    for name in ("a.txt", "My file (1).txt", "Übersicht 日本.pdf", ".hidden", "archive.tar.gz"):
        row = _saved(case, name, name.encode(), upload_to="documents")
        column = row._meta.get_field("file").get_prep_value(row.file)
        again = unsaved(case.storage)
        again.file = column
        with again.file.open() as file:
            case.equal(name.encode(), file.read(), f"the content of the file {column!r}, uploaded as {name!r}")
        with optional("size"):
            case.equal(len(name.encode()), again.file.size, f"the size of the file {column!r}")


@storage_promise(
    "upload_to puts a file into its folder, given as text, as a date or by a function.",
    needs=WRITE,
    source=f"{FIELDS}FileField.upload_to",
)
def upload_to(case: Case) -> None:
    """
    row = unsaved(storage, upload_to=lambda row, name: f"owner/7/{name}")
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    assert row.file.name == "owner/7/a.txt" and storage.exists("owner/7/a.txt")
    """

    def by_owner(row: Any, name: str) -> str:
        return f"owner/{row.width}/{name}"

    for target, folder in (("documents", "documents"), ("by/date/%Y", None), (by_owner, "owner/None"), ("", "")):
        years = {f"by/date/{datetime.now():%Y}"}
        row = _saved(case, upload_to=target)
        years.add(f"by/date/{datetime.now():%Y}")
        folders = years if folder is None else {folder}
        name = row.file.name
        case.true(posixpath.dirname(name) in folders, f"{name!r}, with upload_to={target!r}, is in {folders}.")
        case.equal(b"content", case.contents(name), f"the content of {name!r}")


@storage_promise(
    "A name fits into the field's max_length, also the one that a second file of the name gets.",
    needs=WRITE,
    source=f"{FIELDS}FileField",
)
def fits_into_the_column(case: Case) -> None:
    """
    rows = [unsaved(storage, upload_to="documents", max_length=30) for _ in range(3)]
    for row in rows: row.file.save("a-name-longer-than-the-column.txt", ContentFile(b"content"), save=False)
    assert len({row.file.name for row in rows}) == 3 and max(len(row.file.name) for row in rows) <= 30
    """
    for number in range(3):
        data = b"content %d" % number
        row = _saved(case, "a-name-longer-than-the-column.txt", data, upload_to="documents", max_length=30)
        case.true(len(row.file.name) <= 30, f"{row.file.name!r} has at most 30 characters.")
        case.equal(data, case.contents(row.file.name), f"the content of {row.file.name!r}")


@storage_promise(
    "A new file of a row does not replace the old one, even of the same name.", needs=WRITE, source=f"{FILE}save"
)
def old_file_stays(case: Case) -> None:
    """
    row = unsaved(storage)
    for content in (b"old", b"new"): row.file.save("a.txt", ContentFile(content), save=False)
    assert row.file.read() == b"new" and storage.open("a.txt").read() == b"old"
    """
    row = _saved(case, data=b"old")
    old = row.file.name
    row.file.save("a.txt", ContentFile(b"new"), save=False)
    case.true(row.file.name != old, f"{row.file.name!r}, the name of the new file, is not that of the old.")
    case.equal(b"old", case.contents(old), "the content of the old file")
    case.equal(b"new", case.contents(row.file.name), "the content of the new file")


@storage_promise(
    "One upload can be saved in two fields: each has a file of its own, whole.", needs=WRITE, source=f"{FILE}save"
)
def one_upload_in_two_fields(case: Case) -> None:
    """
    row, upload = unsaved(storage), SimpleUploadedFile("a.txt", b"content")
    row.file.save("a.txt", upload, save=False), row.other.save("a.txt", upload, save=False)
    assert row.file.name != row.other.name and row.file.read() == row.other.read() == b"content"
    """
    data = case.data(100_000)
    row = unsaved(case.storage, upload_to="shared")
    with HANDLERS["in memory"]("a.bin", data) as upload:
        row.file.save("a.bin", upload, save=False)
        case.true(not upload.closed, "An upload is open after it was saved.")
        row.other.save("a.bin", upload, save=False)
    case.true(row.file.name != row.other.name, f"The fields have files of their own: {row.file.name!r}")
    for field in (row.file, row.other):
        case.equal(data, case.contents(field.name), f"the content of {field.name!r}")


@storage_promise(
    "An upload that is assigned to a field is saved with its row, whole, even if it was read before.",
    needs=WRITE,
    source=UPLOADS,
)
def assigned(case: Case) -> None:
    """
    row, upload = unsaved(storage), SimpleUploadedFile("a.txt", b"content")
    upload.read(3); row.file = upload; row._meta.get_field("file").pre_save(row, add=True)
    assert storage.open(row.file.name).read() == b"content" and not upload.closed
    """
    data = case.data(100_000)
    for kind, make in HANDLERS.items():
        row = unsaved(case.storage, upload_to="assigned")
        with make("a.bin", data) as upload:
            upload.read(10)  # as a validator does that looks at the first bytes
            row.file = upload
            case.equal(len(data), row.file.size, f"the size of an upload {kind} that is not saved yet")
            row._meta.get_field("file").pre_save(row, add=True)
            case.true(not upload.closed, f"An upload {kind} is open after it was saved.")
        case.true(row.file.name.startswith("assigned/a"), f"{row.file.name!r} is the name of an upload as a.bin.")
        case.equal(data, case.contents(row.file.name), f"the content of what was uploaded {kind}")


@storage_promise(
    "Text that is saved in a field is a file of UTF-8, and as large as that.",
    needs=WRITE,
    source="https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.base.ContentFile",
)
def text(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile("Zoë 日本"), save=False)
    assert row.file.read() == "Zoë 日本".encode() and row.file.size == 11
    """
    written = "Zoë 日本\n"
    row = unsaved(case.storage)
    row.file.save("a.txt", ContentFile(written), save=False)
    with row.file.open() as file:
        case.equal(written.encode(), file.read(), "the bytes of a file saved from text")
    with optional("size"):
        case.equal(len(written.encode()), row.file.size, "the size of a file saved from text")


# ---------------------------------------------------------------- reading


@storage_promise(
    "A field's file can be read without being opened, and read again from its beginning.",
    source=f"{FIELD_FILE}.open",
)
def read_without_open(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    assert row.file.read(3) == b"con" and row.file.seek(0) == 0 and row.file.read() == b"content"
    """
    case.given("a.txt", b"content")
    row = unsaved(case.storage)
    row.file = "a.txt"
    case.equal(b"con", row.file.read(3), "the first bytes of a file that nobody opened")
    row.file.seek(0)
    case.equal(b"content", row.file.read(), "the bytes after seek(0)")
    row.file.close()


@storage_promise("open of a field's file that is open goes back to its beginning.", source=f"{FIELD_FILE}.open")
def opened_while_open(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    assert row.file.open().read(3) == b"con" and row.file.open().read() == b"content"
    """
    case.given("a.txt", b"content")
    row = unsaved(case.storage)
    row.file = "a.txt"
    with row.file.open() as file:
        case.equal(b"con", file.read(3), "the first bytes")
        case.equal(b"content", row.file.open().read(), "the bytes after a second open")


@storage_promise(
    "A field's file that was closed can be opened again, as often as one likes.", source=f"{FIELD_FILE}.open"
)
def opened_again(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    for _ in range(3): assert row.file.open().read() == b"content"; row.file.close()
    """
    case.given("a.txt", b"content")
    row = unsaved(case.storage)
    row.file = "a.txt"
    for turn in range(3):
        with row.file.open() as file:
            case.equal(b"content", file.read(), f"the bytes after {turn} times of closing")


@storage_promise("A field's file that was closed can be opened in another mode.", source=f"{FIELD_FILE}.open")
def opened_in_another_mode(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    row.file.read(), row.file.close(); assert row.file.open("r").read() == "content"
    """
    case.given("a.txt", b"content")
    row = unsaved(case.storage)
    row.file = "a.txt"
    for mode, expected in (("rb", b"content"), ("r", "content"), ("rb", b"content")):
        with row.file.open(mode) as file:
            case.equal(expected, file.read(), f"what is read with mode {mode!r}")


@storage_promise("A field's file is closed when it says so, and not before.", source=f"{FIELD_FILE}.close")
def closed(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    row.file.open(); assert not row.file.closed; row.file.close(); assert row.file.closed
    """
    case.given("a.txt", b"content")
    row = unsaved(case.storage)
    row.file = "a.txt"
    for turn in ("for the first time", "again"):
        with row.file.open() as file:
            case.true(not file.closed, f"A file that was opened {turn} is not closed.")
            file.read()
            case.true(not file.closed, f"A file that was opened {turn} is not closed by reading to its end.")
        case.true(row.file.closed, f"A file that was opened {turn} is closed after its 'with' block.")


@storage_promise("chunks gives all of a large file, each time from its beginning.", source=f"{FILE}chunks")
def chunks(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.bin", ContentFile(bytes(200_000)), save=False)
    assert [sum(map(len, row.file.chunks(1000))) for _ in range(2)] == [200_000, 200_000]
    """
    data = case.data(300_000)
    case.given("a.bin", data)
    row = unsaved(case.storage)
    row.file = "a.bin"
    with row.file.open() as file:
        for size in (None, 1000, 1_000_000):
            case.equal(
                data, b"".join(file.chunks(size)), f"the bytes in chunks of {size or file.DEFAULT_CHUNK_SIZE}"
            )
        case.true(all(len(chunk) <= 1000 for chunk in file.chunks(1000)), "No chunk is larger than it may be.")
    with optional("size"):
        case.true(row.file.multiple_chunks(1000), "A file of 300,000 bytes has several chunks of 1,000.")


# ---------------------------------------------------------------- changing


@storage_promise(
    "A field's file can be written anew, and is then read so.", needs=WRITE, source=f"{FIELD_FILE}.open"
)
def written_anew(case: Case) -> None:
    """
    (row := unsaved(storage)).file.save("a.txt", ContentFile(b"one"), save=False)
    file = row.file.open("wb"); file.write(b"oth"), file.write(b"er"), file.close()
    assert row.file.open("rb").read() == b"other"
    """
    row = _saved(case)
    name = row.file.name
    with row.file.open("wb") as file:
        file.write(b"quite ")
        file.write(b"other content")
    case.equal(b"quite other content", case.contents(name), "the content of the file")
    case.equal(name, row.file.name, "the name of the file")
    row.file = name
    with row.file.open() as file:
        case.equal(b"quite other content", file.read(), "what the field reads")


@storage_promise(
    "delete of a field's file deletes it and no other, also while it is open.",
    needs=WRITE,
    source=f"{FIELD_FILE}.delete",
)
def deleted(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    row.file.read(), row.file.delete(save=False); assert not row.file and not storage.exists("a.txt")
    """
    row = _saved(case, upload_to="folder")
    other = _saved(case, upload_to="folder").file.name
    name = row.file.name
    row.file.read(3)
    with optional("delete"):
        row.file.delete(save=False)
    case.true(not row.file, "The field has no file any more.")
    case.true(not case.storage.exists(name), f"{name!r}, which was deleted, does not exist.")
    case.equal(b"content", case.contents(other), "the content of the other file")
