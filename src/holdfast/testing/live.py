"""The promises asked of a storage in use: in a scratch folder, of which nothing is left."""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from holdfast.layers import Prefixed
from holdfast.lazy import AliasedStorage
from holdfast.storage import RemoteStorage
from holdfast.testing.as_store import AsStore
from holdfast.testing.below import Below
from holdfast.testing.case import Case
from holdfast.testing.promise import About
from holdfast.testing.selection import Selection
from holdfast.testing.verdict import Verdict, judge
from holdfast.types import Feature

__all__ = ["Scratch", "Unfit", "abouts_of"]


class Unfit(Exception):
    """The promises cannot be asked of this storage; the message says why."""


def abouts_of(storage: Storage) -> tuple[About, ...]:
    """Which kinds of promises bind a storage."""
    return ("store", "storage", "remote") if isinstance(storage, RemoteStorage) else ("storage",)


class Scratch:
    """A folder of a storage for the length of a ``with`` block: each case has a sub-folder of its own.

    ``within``: the folder that it is made in. ``fetch``: signed URLs are fetched, wherever they lead.
    Entering raises ``Unfit`` where a first file cannot be saved, read and deleted there. Leaving deletes whatever
    is there; what could not be deleted is in ``left``.
    """

    def __init__(self, storage: Storage, *, within: str = "", fetch: bool = True) -> None:
        if isinstance(storage, AliasedStorage):
            raise TypeError("Give the storage itself: storages[alias].")
        self.storage = storage
        self.folder = "/".join(filter(None, (within.strip("/"), f"holdfast-check-{uuid.uuid4().hex[:8]}")))
        self.left: list[str] = []
        self._fetch = fetch
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        if isinstance(self.storage, RemoteStorage) and Feature.WRITE not in self.storage.store.features:
            raise Unfit("It cannot be written to, and there has to be something to ask about.")
        try:
            self._begin()
        except Exception as error:
            self.clean()
            raise Unfit(f"{type(error).__name__}: {error}") from error
        except BaseException:
            self.clean()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clean()

    def case(self) -> Case:
        """A case that is fresh and empty."""
        folder = f"{self.folder}/{next(self._numbers)}"
        return Case.of(_below(self.storage, folder), fetch=self._fetch, whole=False)

    def ask(self, selection: Selection) -> Iterator[Verdict]:
        """The verdicts, one by one. Raises ``ValueError`` as ``selection`` does."""
        for promise in selection.promises():
            with self.case() as case:
                verdict = judge(promise, case, selection.exempt)
            yield verdict

    def clean(self) -> None:
        """Delete what is below the folder."""
        storage = self.storage
        if isinstance(storage, RemoteStorage):
            with suppress(Exception):
                storage.store.delete_many([entry.key for entry in storage.store.list(f"{self.folder}/")])
            with suppress(Exception):
                self.left = [entry.key for entry in storage.store.list(f"{self.folder}/")]
            if Feature.PATH in storage.store.features:
                _remove_empty(storage.store.path(self.folder))
        else:
            self.left = _delete_folder(storage, self.folder)

    def _begin(self) -> None:
        """Save, read and delete a first file: what fails here would fail everywhere."""
        with self.case() as case:
            name = case.storage.save("first.txt", ContentFile(b"first"))
            with case.storage.open(name) as file:
                data = file.read()
            if data != b"first":
                raise Unfit(f"A first file was saved, and what came back is {data!r}.")
            case.storage.delete(name)


def _below(storage: Storage, folder: str) -> Storage:
    """The storage from one of its folders: what it does with names is then asked of that folder."""
    if not isinstance(storage, RemoteStorage):
        below = Below(storage, folder)
        with suppress(Exception):  # some make folders when they save a file, and not when they open one
            below.delete(below.save("first.txt", ContentFile(b"first")))
        return below
    base = storage.base_url
    return storage.remade(
        store=Prefixed(storage.store, prefix=folder),
        layers=(),  # those that there are stand below the prefix
        base_url=None if base is None else f"{base}{folder}/",
        expires=storage.expires,
        allow_overwrite=storage.allow_overwrite,
        attributes=storage.attributes,
    )


def _remove_empty(folder: Path) -> None:
    """Remove a local folder, and those below it, as far as there are no files in them."""
    for path, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            os.rmdir(path)


def _delete_folder(storage: Storage, folder: str) -> list[str]:
    """What is left of a folder of a plain storage."""
    left = []
    with suppress(Exception):
        for name in [entry.key for entry in AsStore(storage).list(f"{folder}/")]:
            try:
                storage.delete(name)
            except Exception:
                left.append(name)
        _delete_empty(storage, folder)
    return left


def _delete_empty(storage: Storage, folder: str) -> None:
    """Some storages keep empty folders, and delete them as if they were files."""
    with suppress(Exception):
        for name in storage.listdir(folder)[0]:
            _delete_empty(storage, f"{folder}/{name}")
        storage.delete(folder)
