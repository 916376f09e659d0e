"""Storages of Django's with one fault each, as other packages do have: names, and what is said of files."""

from __future__ import annotations

import itertools
import os
import posixpath
import shutil
from datetime import datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from tests.faulty.plain import ServiceError

# ---------------------------------------------------------------- names for new files


class DisregardsTheLength(FileSystemStorage):
    def get_available_name(self, name, max_length=None):
        return super().get_available_name(name)


class ForgetsTheFiles(FileSystemStorage):
    def is_name_available(self, name, max_length=None):
        return not (max_length and len(name) > max_length)


class AddsAtTheEnd(FileSystemStorage):
    numbers = itertools.count(1)

    def get_alternative_name(self, file_root, file_ext):
        return f"{file_root}{file_ext}.{next(self.numbers)}"


class OneAlternative(FileSystemStorage):
    def get_alternative_name(self, file_root, file_ext):
        return f"{file_root}_again{file_ext}"


class InvalidNames(FileSystemStorage):
    """What it calls valid it does not take."""

    def get_valid_name(self, name):
        return name

    def _save(self, name, content):
        if ":" in name:
            raise ServiceError("400")
        return super()._save(name, content)


class Flattens(FileSystemStorage):
    def generate_filename(self, filename):
        return self.get_valid_name(posixpath.basename(filename))


class Bends(FileSystemStorage):
    def generate_filename(self, filename):
        folder, _, name = filename.replace("\\", "/").rpartition("/")
        return posixpath.normpath(f"/{folder}/{self.get_valid_name(name)}").lstrip("/")


class GoesItsOwnWay(FileSystemStorage):
    """Asks none of the methods that a project may override."""

    def save(self, name, content, max_length=None):
        return FileSystemStorage(self.location).save(name, content, max_length)


# ---------------------------------------------------------------- spelling


class Normalises(FileSystemStorage):
    """A name that reaches outside is bent into one inside."""

    def path(self, name):
        return os.path.join(self.location, posixpath.normpath("/" + str(name).replace("\\", "/")).lstrip("/"))


class Escapes(FileSystemStorage):
    def path(self, name):
        return os.path.normpath(os.path.join(self.location, name))


class ValidatesNothing(FileSystemStorage):
    def save(self, name, content, max_length=None):
        return self._save(posixpath.normpath(f"/{name}").lstrip("/") or "unnamed", content)


class Latin1(FileSystemStorage):
    def path(self, name):
        name.encode("latin-1")
        return super().path(name)


class SplitsAtSpaces(FileSystemStorage):
    def size(self, name):
        line = f"-rw-r--r-- 1 root root {super().size(name)} Nov 22 19:00 {posixpath.basename(name)}"
        return int(line.split()[-5])


class Unquotes(FileSystemStorage):
    def path(self, name):
        return super().path(name.replace("%20", " ").replace("+", " "))

    def is_name_available(self, name, max_length=None):
        return True

    def _save(self, name, content):
        self.delete(name)
        return super()._save(name, content)


class KeepsBackslashes(FileSystemStorage):
    def save(self, name, content, max_length=None):
        return super().save(name, content, max_length).replace("/", "\\")


class LooksByTheLetter(FileSystemStorage):
    """Two spellings are two names to it, and one to what is underneath."""

    def get_available_name(self, name, max_length=None):
        if name != posixpath.normpath(name.replace("\\", "/")):
            self.delete(name)
        return super().get_available_name(name, max_length)


class StripsNames(FileSystemStorage):
    def save(self, name, content, max_length=None):
        return super().save(name.strip("/"), content, max_length)


class IgnoresCase(FileSystemStorage):
    """As some shares do, and does not say so."""

    def path(self, name):
        return super().path(name.lower())

    def get_available_name(self, name, max_length=None):
        self.delete(name)
        return name

    def _save(self, name, content):
        super()._save(name, content)
        return name


class FilesInTheWay(FileSystemStorage):
    """A file takes the place of a folder."""

    def get_available_name(self, name, max_length=None):
        shutil.rmtree(self.path(name), ignore_errors=True)
        return super().get_available_name(name, max_length)


# ---------------------------------------------------------------- what is said of files


class SaysNo(FileSystemStorage):
    """Files may be overwritten, so exists() is False, so there is nothing to delete."""

    def exists(self, name):
        return False

    def delete(self, name):
        if self.exists(name):
            super().delete(name)


class FindsBeginnings(FileSystemStorage):
    def exists(self, name):
        path = Path(self.path(name))
        return path.parent.is_dir() and any(each.name.startswith(path.name) for each in path.parent.iterdir())


class MissesLoudly(FileSystemStorage):
    def delete(self, name):
        os.remove(self.path(name))


class NothingIsEmpty(FileSystemStorage):
    def size(self, name):
        return super().size(name) if self.exists(name) else 0


class SizeOnDisk(FileSystemStorage):
    def size(self, name):
        return (super().size(name) + 511) // 512 * 512


class PathOfAnother(FileSystemStorage):
    """Its files are elsewhere."""

    def path(self, name):
        return os.path.join(self.location, "cache", name)

    def _save(self, name, content):
        return FileSystemStorage(self.location)._save(name, content)

    def exists(self, name):
        return FileSystemStorage(self.location).exists(name)


class NotWhileOpen(FileSystemStorage):
    """Deletes no file that was opened last and is not let go of."""

    last = None

    def _open(self, name, mode="rb"):
        self.last = super()._open(name, mode)
        self.held = name
        return self.last

    def delete(self, name):
        if self.last is not None and self.held == name:
            raise PermissionError(name)
        super().delete(name)


class NaiveTimes(FileSystemStorage):
    def get_modified_time(self, name):
        return datetime.fromtimestamp(os.path.getmtime(self.path(name)))


# ---------------------------------------------------------------- URLs


class QuotesNothing(FileSystemStorage):
    def url(self, name):
        return f"{self.base_url}{name}"


class QuotesPlus(FileSystemStorage):
    def url(self, name):
        return super().url(name.replace(" ", "+").replace("%20", "+"))


class NoUrl(FileSystemStorage):
    def url(self, name):
        return None
