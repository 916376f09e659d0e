"""Uploads and images: what Django's forms make of them, and what becomes of that in the storage."""

from __future__ import annotations

import importlib.util
import io
from typing import Any

from django import forms
from django.core.files.base import ContentFile, File
from django.utils.datastructures import MultiValueDict
from django.utils.html import conditional_escape

from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.contents import HANDLERS, picture
from holdfast.testing.optional import optional
from holdfast.testing.promise import storage_promise
from holdfast.testing.unsaved import unsaved
from holdfast.types import Feature

UPLOADS = "https://docs.djangoproject.com/en/stable/topics/http/file-uploads/"
IMAGE = "https://docs.djangoproject.com/en/stable/ref/models/fields/#django.db.models.ImageField.height_field"
IMAGE_FORM = "https://docs.djangoproject.com/en/stable/ref/forms/fields/#django.forms.ImageField"
CLEARABLE = "https://docs.djangoproject.com/en/stable/ref/forms/widgets/#clearablefileinput"
WRITE = Feature.WRITE


class _Upload(forms.Form):
    file = forms.FileField(max_length=100)


@storage_promise(
    "An upload that a form has validated is saved whole.",
    needs=WRITE,
    source=UPLOADS,
)
def upload_of_a_form(case: Case) -> None:
    """
    row, upload = unsaved(storage), forms.FileField().clean(SimpleUploadedFile("My file.txt", b"content"))
    row.file.save(upload.name, upload, save=False)
    assert storage.open(row.file.name).read() == b"content"
    """
    for size in (1, 300_000):
        data = case.data(size)
        for kind, make in HANDLERS.items():
            with make("My upload.bin", data) as upload:
                form = _Upload(files=MultiValueDict({"file": [upload]}))
                case.true(form.is_valid(), f"The form takes an upload {kind}: {form.errors.as_text()}")
                row = unsaved(case.storage)
                row._meta.get_field("file").save_form_data(row, form.cleaned_data["file"])
                row._meta.get_field("file").pre_save(row, add=True)
            case.equal(data, case.contents(row.file.name), f"the {size:,} bytes that a form took {kind}")


class _SeveralInput(forms.FileInput):
    allow_multiple_selected = True


class _SeveralField(forms.FileField):
    widget = _SeveralInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(_SeveralField, self).clean(each, initial) for each in data]


class _Several(forms.Form):
    uploads = _SeveralField()


@storage_promise(
    "Several uploads of one name, sent with one form, are files of their own.",
    needs=WRITE,
    source=f"{UPLOADS}#uploading-multiple-files",
)
def several_uploads_of_a_form(case: Case) -> None:
    """
    uploads = [SimpleUploadedFile("image.jpg", b"%d" % number) for number in range(3)]
    names = [storage.save(storage.generate_filename(upload.name), upload) for upload in uploads]
    assert [storage.open(name).read() for name in names] == [b"0", b"1", b"2"]
    """
    contents = [case.data(1000, number) for number in range(4)]
    uploads = [make("image.jpg", data) for make, data in zip([*HANDLERS.values()] * 2, contents, strict=True)]
    form = _Several(files=MultiValueDict({"uploads": uploads}))
    case.true(form.is_valid(), f"The form takes several uploads: {form.errors.as_text()}")
    names = []
    for upload in form.cleaned_data["uploads"]:
        row = unsaved(case.storage, upload_to="several")
        with upload:
            row.file.save(upload.name, upload, save=False)
        names.append(row.file.name)
    case.equal(len(contents), len(set(names)), "the number of different names")
    for name, data in zip(names, contents, strict=True):
        case.equal(data, case.contents(name), f"the content of {name!r}")


class _Change(forms.Form):
    file = forms.FileField(widget=forms.ClearableFileInput, required=False)


@storage_promise("A form shows the file that a row has, with a link to its URL.", needs=WRITE, source=CLEARABLE)
def shown_by_a_form(case: Case) -> None:
    """
    row = unsaved(storage)
    row.file.save("a.txt", ContentFile(b"content"), save=False)
    assert 'href="' in forms.ClearableFileInput().render("file", row.file)
    """
    for name in ("a.txt", "Übersicht & mehr.pdf"):
        row = unsaved(case.storage)
        row.file.save(name, ContentFile(b"content"), save=False)
        with optional("url"):
            url = row.file.url
        case.true(isinstance(url, str) and url, f"The URL of {row.file.name!r} is text: {url!r}")
        shown = str(_Change(initial={"file": row.file})["file"])
        case.true(f'href="{conditional_escape(url)}"' in shown, f"The form has a link to {url!r}: {shown}")


def _need_pillow() -> None:
    if importlib.util.find_spec("PIL") is None:
        raise NotApplicable("needs Pillow")


@storage_promise(
    "The width and height of an image are known when it is saved, and read again from the storage.",
    needs=WRITE,
    source=IMAGE,
)
def size_of_an_image(case: Case) -> None:
    """
    row, again = unsaved(storage), unsaved(storage)
    row.image.save("a.png", ContentFile(picture(4, 3), "a.png"), save=False); again.image = row.image.name
    assert (row.width, row.height) == (4, 3) == (again.image.width, again.image.height)
    """
    _need_pillow()
    for number, kind in enumerate(("ContentFile", "File over BytesIO", *HANDLERS)):
        row, again = unsaved(case.storage), unsaved(case.storage)
        size = 400 + number, 300 + number
        content = _image(kind, picture(*size))
        row.image.save("a.png", content, save=False)
        case.equal(size, (row.width, row.height), f"the width and height that a row knows, with an image {kind}")
        content.close()
        again.image = row.image.name
        case.equal(size, (again.image.width, again.image.height), f"those of the file {again.image.name!r}")
        case.equal(size, (again.width, again.height), "those of a row that was given the name")
        again.image.close()


def _image(kind: str, data: bytes) -> Any:
    if kind in HANDLERS:
        return HANDLERS[kind]("a.png", data, "image/png")
    return ContentFile(data, "a.png") if kind == "ContentFile" else File(io.BytesIO(data), "a.png")


class _Image(forms.Form):
    file = forms.ImageField()


@storage_promise(
    "An image that a form has looked into is saved whole.",
    needs=WRITE,
    source=IMAGE_FORM,
)
def image_of_a_form(case: Case) -> None:
    """
    row, upload = unsaved(storage), forms.ImageField().clean(SimpleUploadedFile("a.png", picture(4, 3)))
    row.image.save("a.png", upload, save=False)
    assert row.width == 4 and storage.open(row.image.name).read() == picture(4, 3)
    """
    _need_pillow()
    data = picture(400, 300)
    for kind, make in HANDLERS.items():
        with make("a.png", data, "image/png") as upload:
            form = _Image(files=MultiValueDict({"file": [upload]}))
            case.true(form.is_valid(), f"The form takes an image {kind}: {form.errors.as_text()}")
            row = unsaved(case.storage)
            row.image.save(upload.name, form.cleaned_data["file"], save=False)
        case.equal(data, case.contents(row.image.name), f"the bytes of an image that a form took {kind}")
        case.equal((400, 300), (row.width, row.height), f"the width and height of an image that a form took {kind}")
