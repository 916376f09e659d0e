"""Storages of Django's with one fault each, of a kind that those of other packages do have: opening and saving."""

from __future__ import annotations

import gzip
import io
import os
import posixpath
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage


class ServiceError(Exception):
    """What the library of some service raises."""


class NeedsAFolder(FileSystemStorage):
    def __init__(self, location, base_url=None):
        super().__init__(location, base_url)


class DeconstructedAsItsBase(FileSystemStorage):
    def deconstruct(self):
        _, *arguments = super().deconstruct()
        return "django.core.files.storage.FileSystemStorage", *arguments


# ---------------------------------------------------------------- opening


class NoNames(FileSystemStorage):
    def _open(self, name, mode="rb"):
        return ContentFile(Path(self.path(name)).read_bytes())


class ErrorsOfItsOwn(FileSystemStorage):
    def _open(self, name, mode="rb"):
        return _foreign(super()._open, name, mode)

    def get_modified_time(self, name):
        return _foreign(super().get_modified_time, name)


def _foreign(method, *args):
    try:
        return method(*args)
    except FileNotFoundError as error:
        raise ServiceError("404") from error


class StaysInTheFolder(FileSystemStorage):
    """Has one connection, which an error leaves in the folder where it was."""

    folder = ""

    def _open(self, name, mode="rb"):
        self.folder, _, last = posixpath.join(self.folder, name).rpartition("/")
        file = super()._open(posixpath.join(self.folder, last), mode)
        self.folder = ""
        return file


class CannotReopen(FileSystemStorage):
    def _open(self, name, mode="rb"):
        return File(super()._open(name, mode).file, name)


def _opening(kind):
    """A storage that gives its files as this class."""

    class Storage(FileSystemStorage):
        def _open(self, name, mode="rb"):
            return kind(super()._open(name, mode).file)

    return type(kind.__name__.removesuffix("File"), (Storage,), {})


class BytesInEveryModeFile(File):
    def open(self, mode=None):
        return super().open("rb")


class NeverClosedFile(File):
    closed = False


class ForwardAloneFile(File):
    def seek(self, offset, whence=0):
        raise io.UnsupportedOperation("seek")


class StaysWhereItIsFile(File):
    def open(self, mode=None):
        return self


class KeepsTheLastWriteFile(File):
    def write(self, data):
        self.file.seek(0)
        self.file.truncate()
        return self.file.write(data)


BytesInEveryMode = _opening(BytesInEveryModeFile)
NeverClosed = _opening(NeverClosedFile)
ForwardAlone = _opening(ForwardAloneFile)
StaysWhereItIs = _opening(StaysWhereItIsFile)
KeepsTheLastWrite = _opening(KeepsTheLastWriteFile)


# ---------------------------------------------------------------- saving


class Compresses(FileSystemStorage):
    """Text is kept compressed, and is as small as that."""

    def _save(self, name, content):
        if name.endswith((".css", ".js", ".svg")):
            content = ContentFile(gzip.compress(b"".join(content.chunks())))
        return super()._save(name, content)

    def _open(self, name, mode="rb"):
        data = Path(self.path(name)).read_bytes()
        return ContentFile(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data, name)


class Unpacks(FileSystemStorage):
    def _open(self, name, mode="rb"):
        data = Path(self.path(name)).read_bytes()
        return ContentFile(gzip.decompress(data) if name.endswith("gz") else data, name)


class ClosesWhatItSaves(FileSystemStorage):
    def _save(self, name, content):
        name = super()._save(name, content)
        content.file.close()
        return name


class SavesWhatIsLeft(FileSystemStorage):
    """From where the content was read to."""

    def _save(self, name, content):
        return super()._save(name, ContentFile(content.read()))


class WantsAType(FileSystemStorage):
    def _save(self, name, content):
        content.content_type.partition("/")
        return super()._save(name, content)


class WantsTheEnd(FileSystemStorage):
    def _save(self, name, content):
        content.seek(0, os.SEEK_END)
        return super()._save(name, content)


class BytesAlone(FileSystemStorage):
    def _save(self, name, content):
        return super()._save(name, ContentFile(b"".join(content.chunks())))


class WrapsErrors(FileSystemStorage):
    def _save(self, name, content):
        try:
            return super()._save(name, content)
        except Exception as error:
            raise ServiceError("The upload failed.") from error


class KeepsTheObject(FileSystemStorage):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = {}

    def _save(self, name, content):
        self.kept[name] = content
        return super()._save(name, content)

    def _open(self, name, mode="rb"):
        return ContentFile(b"".join(self.kept[name].chunks()), name)


class NamedAsTheUpload(FileSystemStorage):
    def _save(self, name, content):
        super()._save(posixpath.join(posixpath.dirname(name), content.name), content)
        return name


class NamedAsItWasAsked(FileSystemStorage):
    """Keeps files under names of its own, and does not say so."""

    def _save(self, name, content):
        super()._save(posixpath.join(posixpath.dirname(name), f"stored-{posixpath.basename(name)}"), content)
        return name


class Replaces(FileSystemStorage):
    def get_available_name(self, name, max_length=None):
        self.delete(name)
        return super().get_available_name(name, max_length)
