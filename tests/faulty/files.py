"""Faults of files that are open, and of what a storage says of its folders."""

from __future__ import annotations

import io
from typing import Any, ClassVar

from holdfast.file import RemoteFile
from holdfast.keys import key_of, prefix_of
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.types import Write

OVER = Write(overwrite=True)


class Opens(RemoteStorage):
    """Opens files of a kind of its own."""

    Kind: ClassVar[type[RemoteFile]] = RemoteFile

    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        return self.Kind(self, key_of(name), mode)


# ---------------------------------------------------------------- reading


class OpensWhatIsMissing(RemoteStorage):
    """Finds out when a file is read."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        return super()._open(name, mode) if self.exists(name) else io.BytesIO()


class SaysItIsWritable(Opens):
    class Kind(RemoteFile):
        def writable(self) -> bool:
            return True


class GivesBytesForText(Opens):
    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        return super()._open(name, f"{mode.replace('t', '')}b" if mode in ("r", "rt") else mode)


class TranslatesNoLineEnds(Opens):
    class Kind(RemoteFile):
        def _open_as(self, mode: str, **text: Any) -> None:
            super()._open_as(mode, newline="")


class GivesNothingWhenOpenedAgain(Opens):
    class Kind(RemoteFile):
        def open(self, *args: Any, **kwargs: Any) -> Any:
            super().open(*args, **kwargs)


class ReadsOnWhenClosed(Opens):
    class Kind(RemoteFile):
        def close(self) -> None:
            if self._writes:
                super().close()

        def discard(self) -> None:
            if self._writes:
                super().discard()


# ---------------------------------------------------------------- writing


class FailsAtTheFirstWrite(Opens):
    class Kind(RemoteFile):
        @property
        def write(self) -> Any:
            if "w" not in self.mode:
                raise AttributeError("It was opened for reading.")
            return super().write


class KeepsTheLastWrite(Opens):
    class Kind(RemoteFile):
        def write(self, data: Any) -> Any:
            self.file.seek(0)
            self.file.truncate()
            return RemoteFile.write.fget(self)(data)


class HearsWriteAlone(Opens):
    class Kind(RemoteFile):
        def writelines(self, lines: Any) -> None:
            pass


class TakesText(Opens):
    class Kind(RemoteFile):
        def write(self, data: Any) -> Any:
            text = isinstance(data, str) and not self._text
            return RemoteFile.write.fget(self)(data.encode() if text else data)


class LeavesWhatIsThere(RemoteStorage):
    """Writes nothing where nothing was written, even over another file."""

    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        file = super()._open(name, mode)
        if mode.startswith("w") and self.exists(name):
            file._written = False
        return file


class AppearsWhenOpened(RemoteStorage):
    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        if mode.startswith(("w", "x")) and not self.exists(name):
            file = super()._open(name, mode)
            self.store.put(name, Source.of(b""), OVER)
            return file
        return super()._open(name, mode)


class AddsAtTheBeginning(RemoteStorage):
    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        return super()._open(name, mode.replace("a", "r") + "+" if mode in ("a", "ab") else mode)


class WritesBackOverAnother(RemoteStorage):
    def write_back(self, entry: Any, source: Source) -> None:
        self.store.put(entry.key, source, OVER)


class OpensWhatIsTaken(RemoteStorage):
    """Takes mode x for w."""

    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        return super()._open(name, mode.replace("x", "w"))


class OneCloseAlone(Opens):
    class Kind(RemoteFile):
        def close(self) -> None:
            if self.closed:
                raise ValueError("I/O operation on closed file.")
            super().close()


# ---------------------------------------------------------------- folders


class HasNoRoot(RemoteStorage):
    def exists(self, name: str) -> bool:
        if not name:
            raise ValueError("Parameter validation failed: the key is empty.")
        return super().exists(name)


class HasNoFolders(RemoteStorage):
    def exists(self, name: str) -> bool:
        return name in ("", ".") or (not name.endswith("/") and super().exists(name))


class TakesFoldersByTheirBeginning(RemoteStorage):
    def exists(self, name: str) -> bool:
        return any(entry.key.startswith(name) for entry in self.store.list())


class DeletesFolders(RemoteStorage):
    def delete(self, name: str) -> None:
        for entry in list(self.store.list(prefix_of(name))):
            self.store.delete(entry.key)
        super().delete(name)


class FullNames(RemoteStorage):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path)
        return folders, [f"{prefix_of(path)}{file}" for file in files]


class ListsDeeperFiles(RemoteStorage):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path)
        deeper = (entry.key for entry in self.store.list(prefix_of(path)) if "/" in entry.key)
        return folders, files + [key.rpartition("/")[2] for key in deeper if key.rpartition("/")[2] not in files]


class ListsFilesAlone(RemoteStorage):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return [], super().listdir(path)[1]


class ListsSiblings(RemoteStorage):
    """Lists by the beginning of keys, without the slash."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        start = prefix_of(path).rstrip("/")
        rest = [entry.key[len(start) :].lstrip("/") for entry in self.store.list() if entry.key.startswith(start)]
        return sorted({key.partition("/")[0] for key in rest if "/" in key}), [
            key for key in rest if "/" not in key
        ]


class ListsAFileInItself(RemoteStorage):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return ([], [path.rpartition("/")[2]]) if path and self.exists(path) else super().listdir(path)


class SplitsAtSpaces(RemoteStorage):
    """Reads a listing that was made for people."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(path)
        return [name.split()[-1] for name in folders], [name.split()[-1] for name in files]

    def size(self, name: str) -> int:
        return (
            int(f"{super().size(name)} {name}".split()[-1 - name.count(" ")]) if " " in name else super().size(name)
        )


class _AsTheyAre(RemoteStorage):
    """Saves and lists keys without a look at what is in them."""

    def _save(self, name: str, content: Any) -> str:
        self.store.put(name, Source.of(content), OVER)
        return name


class MarkersAreFiles(_AsTheyAre):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        prefix = prefix_of(path)
        folders, files = super().listdir(path)
        return folders, files + [""] * any(entry.key == prefix for entry in self.store.list(prefix))


class ListsDots(_AsTheyAre):
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        prefix = prefix_of(path)
        folders, files = super().listdir(path)
        return folders + ["."] * any(entry.key.startswith(f"{prefix}/") for entry in self.store.list(prefix)), files
