"""Django's ``Storage`` over any store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.encoding import filepath_to_uri

from holdfast.ahead import is_strong, same_version, whole
from holdfast.aio import asynchronous, asynchronous_context, asynchronous_iterator
from holdfast.aiofile import Opening, opened_in_thread
from holdfast.config import ConfiguredStorage
from holdfast.digests import verified
from holdfast.errors import AlreadyExists, Changed, InvalidKey, NotFound
from holdfast.file import RemoteFile
from holdfast.keys import key_of, prefix_of, reachable
from holdfast.mime import guess_type
from holdfast.naming import candidates
from holdfast.source import Source
from holdfast.types import Entry, Feature, Folder, Permit, Write

__all__ = ["RemoteStorage"]

TRIES = 100
"""Names tried for one file. Alternative names are random: only a store that refuses every name gets this far."""

NAMING = ("exists", "is_name_available", "get_available_name")
"""Methods of Django's whose overriding says how a project wants its names chosen."""

_max_length: ContextVar[int | None] = ContextVar("holdfast_max_length", default=None)


class RemoteStorage(ConfiguredStorage):
    """Files in a store, by Django's storage contract.

    Options are those of ``Config``: given as arguments (``OPTIONS`` in ``STORAGES``), as attributes of a
    subclass, or, where neither names a ``store``, by the setting ``HOLDFAST``.

    Raises ``ImproperlyConfigured`` for options that are wrong. The network is first used by the first method
    that needs it. Instances may be shared by threads, pickled, and used before and after a fork.
    """

    # ---------------------------------------------------------------- saving

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Save ``content``, from its beginning, under ``name`` or, where that is taken, under another; the name
        really used comes back. ``content`` is left open.

        Where nobody has overridden how names are chosen, nothing is asked first: the store itself refuses a name
        that is taken, in the same instant for every writer. Else ``get_available_name`` is asked as Django does,
        and asked again where the store finds the name taken after all.
        """
        if isinstance(content, (bytes, bytearray, memoryview, str)):
            content = ContentFile(content if isinstance(content, str) else bytes(content))
        if self._overrides(*NAMING, "_save"):
            token = _max_length.set(max_length)
            try:
                return super().save(name, content, max_length)
            finally:
                _max_length.reset(token)
        if name is None and (name := content.name) is None:
            raise TypeError("A file is saved under a name: give one, or a content that has one.")
        with Source.of(content).spooled() as source:
            for candidate in islice(candidates(self, str(name), max_length), TRIES):
                key = key_of(candidate)  # refuses at least what Django's validate_file_name does
                try:
                    self.store.put(key, source, self.writing(key, content, overwrite=self.allow_overwrite))
                except AlreadyExists:
                    continue
                return key
        raise self.store.error(AlreadyExists, str(name), f"{TRIES} names for {name!r} were all taken.")

    def _save(self, name: str, content: Any) -> str:
        """Save under ``name``. Found taken, ``get_available_name`` is asked again: where a project has its own and
        gives back the same name, that means to replace the file; any other name is tried instead."""
        overwrite = self.allow_overwrite
        with Source.of(content).spooled() as source:
            for _ in range(TRIES):
                key = key_of(name)
                try:
                    self.store.put(key, source, self.writing(key, content, overwrite=overwrite))
                except AlreadyExists:
                    again = self.get_available_name(key, max_length=_max_length.get())
                    overwrite = again == key and self._overrides(*NAMING)
                    name = again
                else:
                    return key
        raise self.store.error(AlreadyExists, name, f"{TRIES} names for {name!r} were all taken.")

    def _overrides(self, *names: str) -> bool:
        """Whether a subclass, a mixin or this instance has one of these methods of its own."""
        kind, own = type(self), vars(self)
        return any(getattr(kind, name) is not _OURS[name] or name in own for name in names)

    def writing(self, key: str, content: object = None, *, overwrite: bool = False) -> Write:
        """How a file of this storage is put: with its attributes, and the content type that ``content`` (an
        upload) or else the name suggests."""
        kind = getattr(content, "content_type", None)
        if not (isinstance(kind, str) and kind.isascii() and kind.isprintable() and kind):
            kind = guess_type(key)
        return Write(overwrite=overwrite, attributes=self.attributes, guess=kind)

    def is_name_available(self, name: str, max_length: int | None = None) -> bool:
        if self.allow_overwrite:
            return not (max_length and len(name) > max_length)
        if (
            Feature.PATH in self.store.features
            and not self._overrides("exists")
            and os.path.lexists(self.path(name))
        ):
            return False  # a folder or a link to nothing is no file, and in the way all the same
        return super().is_name_available(name, max_length=max_length)

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        if self.allow_overwrite:
            return f"{file_root}{file_ext}"
        return super().get_alternative_name(file_root, file_ext)

    # ---------------------------------------------------------------- Django's other methods

    def _open(self, name: str, mode: str = "rb") -> RemoteFile:
        return RemoteFile(self, key_of(name), mode)

    def delete(self, name: str) -> None:
        """Delete the file; silent where there is none."""
        if not name:
            raise InvalidKey("Which file is to be deleted? The name is empty.")  # a ValueError, as Django raises
        self.store.delete(key_of(name))

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name; with a slash at its end, whether there is any file below it.

        ``False`` means not there and nothing else: where that cannot be found out an error is raised.
        """
        folder = str(name).replace("\\", "/")
        if folder.endswith("/") or folder in ("", "."):
            prefix = prefix_of(name)
            return not prefix or any(True for _ in self.store.list(prefix))
        try:
            self.store.head(key_of(name))
        except NotFound:
            return False
        return True

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The names of the folders and of the files in a folder, without the folder's own; none where there is no
        such folder. What is listed can be opened: keys that no name reaches are left out."""
        prefix = prefix_of(path)
        folders: list[str] = []
        files: list[str] = []
        for item in self.store.listdir(prefix):
            key = item.prefix[:-1] if isinstance(item, Folder) else item.key
            if reachable(key):
                (folders if isinstance(item, Folder) else files).append(key[len(prefix) :])
        return folders, files

    def size(self, name: str) -> int:
        """Bytes."""
        entry = self.stat(name)
        if entry.size is None:
            raise self.store.unsupported("say how large it is", entry.key)
        return entry.size

    def url(
        self,
        name: str | None,
        *,
        expires: float | timedelta | None = None,
        method: str = "GET",
        download: str | None = None,
        content_type: str | None = None,
    ) -> str:
        """The file's URL; touches no network.

        It begins with ``base_url`` where there is one; anything asked for beside the name, and every storage
        without ``base_url``, needs a store that signs. The arguments are those of ``Permit``.
        """
        base = self.base_url
        special = not (expires is None and method == "GET" and download is None and content_type is None)
        if base is not None and not special:
            return base + filepath_to_uri(_public(str(name or "")))
        if Feature.SIGN not in self.store.features:
            key = key_of(name or "")
            way_out = "give the storage a base_url" if base is None else "only the plain URL can be had"
            raise self.store.unsupported(f"sign URLs, so there is none for {key!r} that way: {way_out}", key)
        permit = Permit(
            method=method,
            expires=self.expires if expires is None else expires,
            download=download,
            content_type=content_type,
        )
        return self.store.sign(key_of(name or ""), permit).url

    def path(self, name: str) -> str:
        """The path of a local file. Storages elsewhere have none: ``NotImplementedError``."""
        if Feature.PATH not in self.store.features:  # whatever the name: Django asks with "" to find this out
            raise self.store.unsupported("name a local file", str(name))
        return str(self.store.path(key_of(name))) if name else self.location

    def get_modified_time(self, name: str) -> datetime:
        """Aware where ``USE_TZ`` is on, else naive in ``TIME_ZONE``."""
        return self._time(name, "modified")

    def get_created_time(self, name: str) -> datetime:
        """As ``get_modified_time``."""
        return self._time(name, "created")

    def get_accessed_time(self, name: str) -> datetime:
        """As ``get_modified_time``."""
        return self._time(name, "accessed")

    def _time(self, name: str, which: str) -> datetime:
        entry = self.stat(name)
        moment: datetime | None = getattr(entry, which)
        if moment is None:
            raise self.store.unsupported(f"say when a file was {which}", entry.key)
        return moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())

    # ---------------------------------------------------------------- beyond Django's

    def stat(self, name: str) -> Entry:
        """Size, times, ETag and attributes, in one request."""
        return self.store.head(key_of(name))

    def walk(self, path: str = "") -> Iterator[Entry]:
        """Every file below a folder, however deep, from one listing; the ``key`` of each is its name."""
        return (entry for entry in self.store.list(prefix_of(path)) if reachable(entry.key))

    def copy(self, source: str, target: str, *, overwrite: bool = False) -> str:
        """Copy a file within this storage, by the service itself where it can. Raises ``AlreadyExists``."""
        key = key_of(target)
        self.store.copy(key_of(source), key, Write(overwrite=overwrite, guess=guess_type(key)))
        return key

    def move(self, source: str, target: str, *, overwrite: bool = False) -> str:
        """Copy and then delete: a crash in between leaves two files, never none."""
        if key_of(source) != key_of(target):
            self.copy(source, target, overwrite=overwrite)
            self.delete(source)
        return key_of(target)

    def delete_many(self, names: Iterable[str]) -> None:
        """Delete these files in as few requests as the service allows; see ``Store.delete_many`` for failures."""
        self.store.delete_many([key_of(name) for name in names])

    @contextmanager
    def local_path(self, name: str, *, write_back: bool = False) -> Iterator[Path]:
        """The file as a local path, for tools that need one, as long as the ``with`` block lasts.

        With ``write_back`` what the tool leaves there replaces the file at the end of the block, if the file is
        still the one that was copied, else ``Changed``; an exception inside leaves it as it was.
        """
        key = key_of(name)
        store = self.store
        if Feature.PATH in store.features and not write_back:
            store.head(key)
            yield store.path(key)
            return
        with tempfile.TemporaryDirectory(prefix="holdfast-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
            path = Path(folder, PurePosixPath(key).name)
            with whole(store, key) as body, path.open("wb") as file:
                file.writelines(verified(body, store.label))
                entry = replace(body.entry, size=file.tell())
            yield path
            if write_back:
                with path.open("rb") as file:
                    self.write_back(entry, Source.of(file))

    def write_back(self, entry: Entry, source: Source) -> None:
        """Put ``source`` in the place of the version that ``entry`` speaks of, and of no other.

        Attributes of that version stay, but for those that this storage gives every file.
        """
        store, how = self.store, self.writing(entry.key)
        if Feature.ATTRIBUTES in store.features:
            how = replace(how, attributes=entry.attributes.merged(how.attributes))
        if Feature.REPLACE_IF in store.features and is_strong(entry.etag):
            how = replace(how, etag=entry.etag)
        else:  # as near as this store comes: a writer between these two requests is not seen
            if not same_version(store.head(entry.key), entry):
                raise store.error(Changed, entry.key)
            how = replace(how, overwrite=True)
        store.put(entry.key, source, how)

    # ---------------------------------------------------------------- the same, asynchronous

    @property
    def thread_sensitive(self) -> bool:
        """Whether the asynchronous half runs on Django's own thread: where the store says so. A subclass whose own
        methods use the ORM says it too: ``thread_sensitive = True``."""
        return self.store.thread_sensitive

    def aopen(self, name: str, mode: str = "rb") -> Opening:
        """``open`` in a thread, after ``async with`` or ``await``."""
        return Opening(opened_in_thread(self, name, mode))

    asave = asynchronous(save)
    adelete = asynchronous(delete)
    aexists = asynchronous(exists, reads=True)
    alistdir = asynchronous(listdir, reads=True)
    asize = asynchronous(size, reads=True)
    aurl = asynchronous(url, reads=True)
    apath = asynchronous(path, reads=True)
    aget_accessed_time = asynchronous(get_accessed_time, reads=True)
    aget_created_time = asynchronous(get_created_time, reads=True)
    aget_modified_time = asynchronous(get_modified_time, reads=True)
    aget_available_name = asynchronous(ConfiguredStorage.get_available_name, reads=True)  # type: ignore[type-var]
    astat = asynchronous(stat, reads=True)
    awalk = asynchronous_iterator(walk)
    acopy = asynchronous(copy)
    amove = asynchronous(move)
    adelete_many = asynchronous(delete_many)
    alocal_path = asynchronous_context(local_path)


_OURS = {name: getattr(RemoteStorage, name) for name in (*NAMING, "_save")}


def _public(name: str) -> str:
    """The path of a name below ``base_url``. As with Django's own storages a slash at its beginning is nothing, and
    one at its end stays: templates write both."""
    path = name.replace("\\", "/").lstrip("/")
    return prefix_of(path) if path.endswith("/") or not path else key_of(path)
