"""Django's page "How to write a custom storage class", step by step: files are rows of a table of SQLite's.

https://docs.djangoproject.com/en/stable/howto/custom-file-storage/
"""

import os
import posixpath
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from io import BufferedReader, BytesIO, TextIOWrapper

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.encoding import filepath_to_uri

# SQLite must not be at work while a process forks.
_at_work = threading.Lock()
os.register_at_fork(before=_at_work.acquire, after_in_parent=_at_work.release, after_in_child=_at_work.release)


@deconstructible
class TableStorage(Storage):
    """``option``: the ``file`` that holds the table, and the ``base_url``."""

    def __init__(self, option=None):
        if not option:
            option = settings.CUSTOM_STORAGE_OPTIONS
        self.file = option["file"]
        self.base_url = option["base_url"]

    def _open(self, name, mode="rb"):
        if mode not in ("rb", "r", "rt"):
            raise ValueError(f"Files in a table are opened to be read, not with mode {mode!r}; save writes them.")
        return TableFile(self, name, mode)

    def _save(self, name, content):
        data = b"".join(chunk.encode() if isinstance(chunk, str) else chunk for chunk in content.chunks())
        while True:
            try:
                self._ask("INSERT INTO files VALUES (?, ?, ?)", name, data, datetime.now(UTC).isoformat())
            except sqlite3.IntegrityError:  # somebody was quicker: a name is there once
                name = self.get_available_name(name)
            else:
                return name

    def delete(self, name):
        if not name:
            raise ValueError("Which file is to be deleted? The name is empty.")
        self._ask("DELETE FROM files WHERE name = ?", name)

    def exists(self, name):
        if name.endswith("/") or name in ("", "."):
            return name in ("", ".", "/") or any(self.listdir(name))
        return bool(self._ask("SELECT 1 FROM files WHERE name = ?", name))

    def listdir(self, path):
        folder = posixpath.join(posixpath.normpath(path or "."), "").removeprefix("./")
        names = [name[len(folder) :] for (name,) in self._ask("SELECT name FROM files") if name.startswith(folder)]
        folders = {name.partition("/")[0] for name in names if "/" in name} - {"", "."}
        return sorted(folders), sorted(name for name in names if "/" not in name)

    def size(self, name):
        return self._value_of("length(data)", name)

    def url(self, name):
        return self.base_url + filepath_to_uri(name)

    def get_modified_time(self, name):
        modified = datetime.fromisoformat(self._value_of("modified", name))
        return modified if settings.USE_TZ else timezone.make_naive(modified)

    def _value_of(self, column, name):
        rows = self._ask(f"SELECT {column} FROM files WHERE name = ?", name)
        if not rows:
            raise FileNotFoundError(f"There is no {name!r} in {self.file}.")
        return rows[0][0]

    def _ask(self, question, *values):
        with _at_work, closing(sqlite3.connect(self.file, timeout=60)) as table, table:
            table.execute("CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, data, modified)")
            return table.execute(question, values).fetchall()


class TableFile(File):
    """Opened again, it brings what is there by then."""

    def __init__(self, storage, name, mode):
        self.storage = storage
        self.name = name
        self.open(mode)

    def open(self, mode=None):
        self.mode = mode or self.mode
        data = BufferedReader(BytesIO(self.storage._value_of("data", self.name)))
        self.file = data if "b" in self.mode else TextIOWrapper(data, "utf-8")
        return self
