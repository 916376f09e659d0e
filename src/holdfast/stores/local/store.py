"""The local store: its options, and the verbs.

A file is written under another name beside its own, made durable, and then named: readers see the old file or the
new one, also when the process is killed or the machine loses power.
"""

from __future__ import annotations

import errno
import functools
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, unquote

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Error as CheckError
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from holdfast.errors import (
    AlreadyExists,
    Changed,
    Corrupt,
    InvalidKey,
    NotFound,
    Refused,
    StoreError,
    Unavailable,
    Uncertain,
)
from holdfast.keys import key_of
from holdfast.mime import guess_type
from holdfast.source import Source
from holdfast.store import Store
from holdfast.stores.local import drafts, files
from holdfast.stores.local.errors import ERRORS
from holdfast.types import CHUNK, Attributes, Body, Create, Entry, Feature, Folder, Listing, Read, Remove, Write

__all__ = ["LocalStore"]

_MAKE_WAIT = 5.0
"""Seconds to go on making a folder that somebody else removes each time before there is a file in it."""


class LocalStore(Store):
    """Files below a folder.

    Keys are paths below ``root``; symbolic links are followed as long as they stay inside it, and put and delete
    change the link and not what it leads to. Attributes are not kept: the content type is guessed from the name.
    A condition on an ETag (``REPLACE_IF``, ``DELETE_IF``) holds among the Holdfast processes of one host.

    ``root``: the folder; empty is ``MEDIA_ROOT``. It is made when first written to.
    ``file_permissions``: for new files; empty is ``FILE_UPLOAD_PERMISSIONS``.
    ``directory_permissions``: for new folders; empty is ``FILE_UPLOAD_DIRECTORY_PERMISSIONS``.
    ``fsync``: wait until the bytes and the name are on the disk. Without it a loss of power, and nothing less, may
    take files that were saved in the last seconds.
    """

    scheme = "local"
    features = (
        Feature.WRITE
        | Feature.RANGE
        | Feature.COPY
        | Feature.PATH
        | Feature.REPLACE_IF
        | Feature.DELETE_IF
    )  # fmt: skip

    def __init__(
        self,
        *,
        root: str | Path = "",
        file_permissions: int | None = None,
        directory_permissions: int | None = None,
        fsync: bool = True,
    ) -> None:
        # 644 written for 0o644 has bits that no file and no folder of an upload has: better said now.
        if file_permissions is not None and (file_permissions > 0o777 or not file_permissions & 0o400):
            raise ImproperlyConfigured(f"file_permissions: {file_permissions:#o} is not like 0o644.")
        if directory_permissions is not None and directory_permissions & 0o700 != 0o700:
            raise ImproperlyConfigured(f"directory_permissions: {directory_permissions:#o} is not like 0o755.")
        self.root = root
        self.file_permissions = file_permissions
        self.directory_permissions = directory_permissions
        self.fsync = fsync
        self._located: tuple[object, str] = None, ""
        self._creates: tuple[str, Create] = "", Create.NONE

    @classmethod
    def url_options(cls, url: SplitResult) -> tuple[dict[str, str], str]:
        if url.netloc:
            raise ValueError(
                f"local:// takes no host, and {url.netloc!r} would be one: write three slashes, "
                f"local:///{url.netloc}{url.path}"
            )
        return {"root": unquote(url.path)} if url.path else {}, ""

    @property
    def label(self) -> str:
        return f"local://{self._base.rstrip('/') or '/'}"

    @property
    def _base(self) -> str:
        """The root as an absolute path that ends in a slash; a link in it is followed anew by each call."""
        root = self.root or settings.MEDIA_ROOT
        located, base = self._located
        if located is not root:
            base = os.path.abspath(root).rstrip("/") + "/"
            self._located = root, base
        return base

    def creates(self, size: int | None) -> Create:
        """Found out once, by doing it in the root or the nearest folder above it that exists."""
        base, creates = self._creates
        if base != self._base:
            base = self._base
            found = drafts.creates_in(files.existing(base))
            if found is None:  # nothing can be written there now, so nothing can be replaced
                return Create.ATOMIC
            self._creates = base, creates = base, found
        return creates

    # ---------------------------------------------------------------- the verbs

    def get(self, key: str, want: Read = Read()) -> Body:
        fd, info = self._open(key)

        def failed(error: OSError | None) -> StoreError | InvalidKey:
            return self.error(Changed, key) if error is None else self._failed(error, key)

        start, end = want.span(info.st_size)
        chunks = files.Chunks(fd, start, end, failed)
        try:
            entry = self._entry(key, info)
            self._match(entry, want.etag)
            # What is one chunk is read now: most files are, and then nothing is left open.
            small = list(chunks) if end - start <= CHUNK else None
        except BaseException:
            chunks.close()
            raise
        if small is not None:
            return Body(entry, small, start=start, end=end)
        return Body(entry, chunks, start=start, end=end, close=chunks.close)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        path = self._target(key, how)
        with self._draft(key, path) as draft:
            size = 0
            for chunk in drafts.gathered(
                source.chunks()
            ):  # its errors are the caller's own, and stay what they are
                try:
                    draft.write(chunk)
                except OSError as error:
                    raise self._failed(error, key) from error
                size += len(chunk)
            if source.size not in (None, size):
                raise self.error(
                    Corrupt, key, f"{key!r} has {size:,} bytes; it was to have {source.size:,}. Not kept."
                )
            return self._keep(key, draft, path, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        path, info = self._find(key)
        if info is not None and stat.S_ISLNK(info.st_mode):
            with self._translated(key):
                info = files.look(path)
        if info is None or not files.is_file(info):
            raise self.error(NotFound, key)
        return self._match(self._entry(key, info), want.etag)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        """An empty folder is removed too, as Django's own storage does."""
        path, info = self._find(key)
        if info is None:
            return
        with self._translated(key):
            try:
                if stat.S_ISDIR(info.st_mode):
                    if how.etag is None:
                        os.rmdir(path)
                    return
                with drafts.locked(os.path.dirname(path)) as held:
                    if how.etag is not None:
                        self._match_now(key, path, how.etag, held=held)
                    os.unlink(path)
            except FileNotFoundError:  # NotFound is one too
                pass

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        self._check_prefix(prefix)
        with self._translated(prefix):
            for key, info in files.walk(self._base, prefix, want.after):
                yield self._entry(key, info)

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        """Empty folders are shown too."""
        self._check_prefix(prefix)
        base = self._base
        with self._translated(prefix):
            try:
                names = files.names(base, prefix, want.after)
            except (FileNotFoundError, NotADirectoryError):
                return
            for name in names:
                key = prefix + name
                if name.endswith("/"):
                    if not want.after.startswith(key) or next(files.walk(base, key, want.after), None):
                        yield Folder(key)
                elif info := files.look(base + key):
                    yield self._entry(key, info)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        self.refuse_unsupported(target, how)
        fd, info = self._open(source)
        try:
            path = self._target(target, how)
            with self._draft(target, path) as draft:
                with self._translated(target):
                    size = drafts.copy_bytes(fd, draft.fd, info.st_size)
                if size != info.st_size:
                    raise self.error(Changed, source)
                return self._keep(target, draft, path, how)
        finally:
            os.close(fd)

    def path(self, key: str) -> Path:
        self._find(key)
        return Path(self._base + key)

    def check(self) -> Sequence[CheckMessage]:
        if not (self.root or settings.MEDIA_ROOT):
            message = (
                "Neither MEDIA_ROOT nor the option 'root' of a local store is set: files go to the folder that the "
                "process was started in."
            )
            return [CheckWarning(message, "Set MEDIA_ROOT to an absolute path.", self, "holdfast.W101")]
        folder = files.existing(self._base)
        if not os.path.isdir(folder):
            message = f"{folder!r} is not a folder, and {self.label} cannot keep files there."
            return [CheckError(message, "Remove it, or name another root.", self, "holdfast.E101")]
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            message = f"The user of this process may not write to {folder!r}, where {self.label} keeps its files."
            return [CheckWarning(message, "Give it to the user that the server runs as.", self, "holdfast.W102")]
        return []

    # ---------------------------------------------------------------- keys to files

    def _find(self, key: str) -> tuple[str, os.stat_result | None]:
        """The path of ``key``, and what lies there, if anything: perhaps a link, but never one that leads out."""
        if key_of(key) != key:
            raise self._invalid(key, f"{key!r} is not spelled as a key; it would be {key_of(key)!r}.")
        if ".holdfast-" in key.lower() and any(map(files.TEMPORARY.fullmatch, key.split("/"))):
            raise self._invalid(key, f"{key!r} is spelled like an unfinished file of {self.label}.")
        try:
            return files.locate(self._base, key)
        except OSError as error:
            raise self._failed(error, key) from error
        except UnicodeEncodeError as error:
            message = f"{key!r} cannot be written in this system's file names: set the locale to UTF-8."
            raise self._invalid(key, message) from error

    def _check_prefix(self, prefix: str) -> None:
        if prefix:
            if not prefix.endswith("/"):
                raise self._invalid(prefix, f"The prefix {prefix!r} does not end in a slash.")
            self._find(prefix[:-1])

    def _open(self, key: str) -> tuple[int, os.stat_result]:
        """A descriptor of the file, and what it is."""
        path, info = self._find(key)
        if info is None or not (files.is_file(info) or stat.S_ISLNK(info.st_mode)):
            raise self.error(NotFound, key)
        with self._translated(key):
            fd = files.open_file(path, info)
            info = os.fstat(fd)
        if not files.is_file(info):
            os.close(fd)
            raise self.error(NotFound, key)
        return fd, info

    def _target(self, key: str, how: Write) -> str:
        """The path to write to. Refuses what need not be tried, before any byte is read."""
        path, info = self._find(key)
        if info is None:
            if how.etag is not None:
                raise self.error(NotFound, key)
        elif how.etag is None and not how.overwrite:
            raise self.error(AlreadyExists, key)
        elif not (files.is_file(info) or stat.S_ISLNK(info.st_mode)):
            what = "a folder" if stat.S_ISDIR(info.st_mode) else "no regular file"
            raise self.error(Refused, key, f"{key!r} in {self.label} is {what}, and cannot be replaced by a file.")
        return path

    # ---------------------------------------------------------------- writing

    def _draft(self, key: str, path: str) -> drafts.Draft:
        folder = os.path.dirname(path)
        mode = settings.FILE_UPLOAD_PERMISSIONS if self.file_permissions is None else self.file_permissions
        with self._translated(key):
            give_up = time.monotonic() + _MAKE_WAIT
            while time.monotonic() < give_up:
                try:
                    return drafts.Draft(folder, mode, os.stat(self._base).st_gid)
                except (FileNotFoundError, NotADirectoryError):
                    self._make(key, folder)
        raise self.error(Unavailable, key, f"The folder of {key!r} in {self.label} is removed again and again.")

    def _make(self, key: str, folder: str) -> None:
        mode = self.directory_permissions
        if mode is None:
            mode = settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS
        try:
            drafts.make_folders(folder, mode, sync=self.fsync)
        except FileNotFoundError:
            pass  # somebody removed what was just made
        except NotADirectoryError as error:
            message = f"{key!r} needs a folder in {self.label} where there is a file: {error.filename!r}."
            raise self.error(Refused, key, message) from error

    def _keep(self, key: str, draft: drafts.Draft, path: str, how: Write) -> Entry:
        folder = os.path.dirname(path)
        with self._translated(key):
            draft.finish(sync=self.fsync)
            try:
                if how.overwrite or how.etag is not None:
                    with drafts.locked(folder) as held:
                        if how.etag is not None:
                            self._match_now(key, path, how.etag, held=held)
                        draft.replace(path)
                else:
                    draft.create(path)
            except StoreError:
                raise
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINVAL) and os.path.lexists(draft.path):
                    message = f"The file system of {self.label} does not take the name {key!r}."
                    raise self._invalid(key, message) from error
                if error.errno != errno.ENOENT:
                    raise
                message = f"{key!r} was not kept: its folder in {self.label} was removed meanwhile. Try again."
                raise self.error(Unavailable, key, message) from error
            if self.fsync:
                try:
                    drafts.sync_folder(folder)
                except OSError as error:
                    message = f"{key!r} was written to {self.label}, but it is not sure that it will last: {error}"
                    raise self.error(Uncertain, key, message) from error
            drafts.sweep(folder)
            return self._entry(key, os.fstat(draft.fd))

    def _match_now(self, key: str, path: str, etag: str, *, held: bool) -> None:
        if not held:
            raise self.unsupported("change a file on a condition: its file system has no locks", key)
        try:
            info = os.stat(path)
        except FileNotFoundError:
            raise self.error(NotFound, key) from None
        self._match(self._entry(key, info), etag)

    def _match(self, entry: Entry, etag: str | None) -> Entry:
        if etag not in (None, entry.etag):
            raise self.error(Changed, entry.key)
        return entry

    # ---------------------------------------------------------------- words for what was found

    def _entry(self, key: str, info: os.stat_result) -> Entry:
        return Entry(
            key=key,
            size=info.st_size,
            etag=files.etag_of(info),
            modified=_time(info.st_mtime),
            created=_time(info.st_ctime),
            accessed=_time(info.st_atime),
            attributes=_attributes(guess_type(key)),
        )

    def _failed(self, error: OSError, key: str) -> StoreError | InvalidKey:
        kind, text = ERRORS.get(error.errno or 0, (Refused, "the system said no"))
        if not text and issubclass(kind, StoreError):
            return self.error(kind, key)
        message = f"{key!r} in {self.label}: {text} ({error.strerror or error})."
        if issubclass(kind, InvalidKey):
            return self._invalid(key, message)
        failed = self.error(kind, key, message)
        if error.errno not in (errno.EPIPE, errno.ECONNRESET):
            failed.errno = error.errno
        return failed

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except OSError as error:
            raise self._failed(error, key) from error

    def _invalid(self, key: str, message: str) -> InvalidKey:
        return InvalidKey(message, key=key, store=self.label)


@functools.lru_cache(maxsize=256)
def _attributes(kind: str | None) -> Attributes:
    return Attributes(content_type=kind)  # it checks itself, which costs as much as the rest of an entry


def _time(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # a disk may hold the year 30,000
        return None
