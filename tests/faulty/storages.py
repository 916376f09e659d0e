"""Faults of storages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.core.files.base import ContentFile, File

from holdfast.file import RemoteFile
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.stores.memory import MemoryStore
from holdfast.types import Body, Entry, Read, Write


class SwallowsErrors(RemoteStorage):
    """What is denied, or cannot be found out, is not there."""

    def exists(self, name: str) -> bool:
        try:
            return super().exists(name)
        except OSError:
            return False


class FoldersExist(RemoteStorage):
    def exists(self, name: str) -> bool:
        return super().exists(name) or super().exists(f"{name}/")


class RemembersListings(RemoteStorage):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.listings: dict[str, tuple[list[str], list[str]]] = {}

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.listings.setdefault(path, super().listdir(path))


class RemembersFiles(RemoteStorage):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.files: dict[str, bytes] = {}

    def _open(self, name: str, mode: str = "rb") -> Any:
        if mode != "rb":
            return super()._open(name, mode)
        with super()._open(name, mode) as file:
            return File(io.BytesIO(self.files.setdefault(name, file.read())), name)


class OneAlternative(RemoteStorage):
    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        return f"{file_root}_again{file_ext}"


class LosesTheSecondFile(RemoteStorage):
    """Says that it has saved a file, and keeps the one that was there."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        return str(name) if self.exists(str(name)) else super().save(name, content, max_length)


class KeepsTheSpelling(RemoteStorage):
    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        super().save(name, content, max_length)
        return str(name)


class ClosesTheContent(RemoteStorage):
    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        with content:
            return super().save(name, content, max_length)


class ReadsFromWhereItIs(RemoteStorage):
    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        return super().save(name, ContentFile(content.read(), name=name), max_length)


class HoldsTheContent(RemoteStorage):
    """Reads all that it saves into memory."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        return super().save(name, ContentFile(b"".join(content.chunks()), name=name), max_length)


class SavesLines(RemoteStorage):
    """Takes what is called text for text, and writes its line ends as its system does."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        if str(name).endswith(".txt"):
            content = ContentFile(content.read().replace(b"\r\n", b"\n"))
        return super().save(name, content, max_length)


class SavesInPlace(RemoteStorage):
    """A file can be seen while it is being saved."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        name = super().save(name, ContentFile(b""), max_length)
        data = b""
        for chunk in content.chunks():
            data += chunk
            self.store.put(name, Source.of(data), Write(overwrite=True))
        return name


class LooksBeforeItOpens(RemoteStorage):
    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        if not self.exists(name):
            raise FileNotFoundError(name)
        return super()._open(name, mode)


class TakesWhatComes(RemoteStorage):
    """Does not look whether all the bytes of a file have come."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        if mode != "rb":
            return super()._open(name, mode)
        with self.store.get(name) as body:
            return File(io.BytesIO(body.read()), name)


class CommitsWhateverHappens(RemoteStorage):
    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        file: Any = super()._open(name, mode)
        if file._spool is not None:
            file.discard = lambda: (file._keep(file._spool), RemoteFile.discard(file))
        return file


class Zeros(MemoryStore):
    """Keeps the size of what is put alone, to be read as so many zeros: it takes no memory itself."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        size = sum(len(chunk) for chunk in source.exact())
        with_size = replace(self._keep(key, b"", how.attributes, how), size=size, digests={})
        self.objects[key] = with_size, b""
        return with_size

    def get(self, key: str, want: Read = Read()) -> Body:
        entry = self.head(key)
        start, end = want.span(entry.size or 0)

        def chunks() -> Iterator[bytes]:
            for place in range(start, end, 65536):
                yield bytes(min(65536, end - place))

        return Body(entry, chunks(), start=start, end=end)
