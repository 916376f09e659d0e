"""Django's how-to on custom storage classes, followed step by step: files are rows of a table of SQLite's.

https://docs.djangoproject.com/en/stable/howto/custom-file-storage/
"""

import sqlite3
from contextlib import closing
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils import timezone
from django.utils.deconstruct import deconstructible
from django.utils.encoding import filepath_to_uri


@deconstructible
class TableStorage(Storage):
    """``option``: the file of SQLite's and the ``base_url``; without it, ``settings.CUSTOM_STORAGE_OPTIONS``."""

    def __init__(self, option=None):
        if not option:
            option = settings.CUSTOM_STORAGE_OPTIONS
        self.file = option["file"]
        self.base_url = option["base_url"]

    def _open(self, name, mode="rb"):
        if mode != "rb":
            raise ValueError(f"A table's files are opened to be read, with mode 'rb' and not {mode!r}.")
        return ContentFile(self._column("data", name), name=name)

    def _save(self, name, content):
        data = b"".join(chunk.encode() if isinstance(chunk, str) else chunk for chunk in content.chunks())
        while True:
            try:
                self._ask("INSERT INTO files VALUES (?, ?, ?)", name, data, timezone.now().isoformat())
            except sqlite3.IntegrityError:  # somebody was quicker: the table keeps one row of a name
                name = self.get_available_name(name)
            else:
                return name

    def delete(self, name):
        if not name:
            raise ValueError("The name of the file to be deleted is empty.")
        self._ask("DELETE FROM files WHERE name = ?", name)

    def exists(self, name):
        return bool(self._ask("SELECT 1 FROM files WHERE name = ?", name))

    def listdir(self, path):
        folder = f"{path.strip('/')}/".lstrip("/")
        names = [name[len(folder) :] for (name,) in self._ask("SELECT name FROM files") if name.startswith(folder)]
        folders = {name.partition("/")[0] for name in names if "/" in name}
        return sorted(folders), sorted(name for name in names if "/" not in name)

    def size(self, name):
        return self._column("length(data)", name)

    def url(self, name):
        return self.base_url + filepath_to_uri(name)

    def get_modified_time(self, name):
        modified = datetime.fromisoformat(self._column("modified", name))
        return modified if settings.USE_TZ else timezone.make_naive(modified)

    def _column(self, column, name):
        found = self._ask(f"SELECT {column} FROM files WHERE name = ?", name)
        if not found:
            raise FileNotFoundError(f"There is no {name!r} in {self.file}.")
        return found[0][0]

    def _ask(self, question, *values):
        with closing(sqlite3.connect(self.file, timeout=60)) as table, table:
            table.execute("CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, data BLOB, modified TEXT)")
            return table.execute(question, values).fetchall()
