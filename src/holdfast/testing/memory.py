"""The files of a project's tests in memory."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django.core.files.storage import Storage, storages

from holdfast.config import Built, ConfiguredStorage
from holdfast.resolve import ALIAS
from holdfast.storage import RemoteStorage
from holdfast.store import Layer, Store
from holdfast.stores.memory import MemoryStore
from holdfast.testing import doubles
from holdfast.testing.blocks import Block
from holdfast.testing.locks import lock
from holdfast.types import Feature, Permit, Signed

__all__ = ["Files", "memory_storages"]

STATIC = "staticfiles"
"""The alias that stays what it is unless it is named: its files are the project's own, which tests only link to."""


def memory_storages(*aliases: str) -> Block[Files]:
    """Keep the files of these aliases in memory: of all in ``STORAGES`` but ``staticfiles``, unless some are named.

    A context manager, and a decorator of functions, ``async`` ones too. Each begins without a file, and leaves
    everything as it was. It gives the storages by their aliases: after ``with memory_storages() as files:`` there
    is ``files["vault"]``.

    The storage objects stay the same ones, with the hooks, ``base_url``, ``attributes`` and ``allow_overwrite``
    that they have; the layers are left out. Where the real store signs URLs there are such URLs too, which lead
    nowhere. An alias that stands on another (``storages:NAME``) still does.

    Without aliases, the storages that fields hold without any alias are in memory too, and every ``RemoteStorage``
    that knows its store from its class, from ``HOLDFAST`` or by an address elsewhere. One that was made over a
    store object stays what it is, and warns of it unless its files are on this machine.

    Raises ``InvalidStorageError`` at the beginning for an alias that is not in ``STORAGES``.
    """
    for alias in aliases:
        if not isinstance(alias, str):
            raise TypeError(
                f"memory_storages takes aliases, not {alias!r}; as a decorator it is @memory_storages()."
            )
    name = f"memory_storages({', '.join(map(repr, aliases))})"
    return Block(lambda: _in_memory(frozenset(aliases)), name)


class Files(Mapping[str, RemoteStorage]):
    """The storages whose files are in memory, by their aliases."""

    def __init__(self, memory: _Memory) -> None:
        self._memory = memory

    def __getitem__(self, alias: str) -> RemoteStorage:
        if alias not in storages.backends or not self._memory.chooses(alias):
            raise KeyError(alias)
        storage: Any = storages[alias]
        return storage  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return (alias for alias in storages.backends if self._memory.chooses(alias))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Files in memory: {', '.join(self)}>"


@contextmanager
def _in_memory(aliases: frozenset[str]) -> Iterator[Files]:
    for alias in sorted(aliases):
        doubles.check_alias(alias, "memory_storages")
    memory = _Memory(aliases)
    with ExitStack() as exits:
        exits.callback(memory.let_go)
        exits.enter_context(doubles.taking(memory))
        exits.enter_context(doubles.standing(memory))
        memory.take_fields()
        yield Files(memory)


class DoubleStore(MemoryStore):
    """A memory store in the place of another. With ``signs`` it makes URLs that tell what was asked for, the same
    ones each time, at a host that cannot be (RFC 2606)."""

    def __init__(self, *, alias: str, signs: bool = False) -> None:
        super().__init__()
        self.alias = alias
        if signs:
            self.features = MemoryStore.features | Feature.SIGN
        _alive[id(self)] = self

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (id(self), os.getpid(), self.alias, Feature.SIGN in self.features, dict(self.objects))

    @property
    def label(self) -> str:
        return f"memory://{self.alias}"

    def sign(self, key: str, permit: Permit) -> Signed:
        if Feature.SIGN not in self.features:
            return super().sign(key, permit)
        asked = {
            "expires": permit.seconds,
            "method": None if permit.method == "GET" else permit.method,
            "download": permit.download,
            "content_type": permit.content_type,
        }
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        url = f"https://memory.test/{quote(self.alias)}/{quote(key)}?{query}"
        return Signed(method=permit.method, url=url, expires=datetime.now(UTC) + timedelta(seconds=permit.seconds))


def _again(at: int, process: int, alias: str, signs: bool, objects: Any) -> DoubleStore:  # noqa: FBT001 - of a pickle
    """The store out of a pickle: itself in its own process, else a copy."""
    store = _alive.get(at) if process == os.getpid() else None
    if store is None:
        store = DoubleStore(alias=alias, signs=signs)
        store.objects.update(objects)
    return store


_alive: weakref.WeakValueDictionary[int, DoubleStore] = weakref.WeakValueDictionary()


_NOT_IN_MEMORY = (
    "{} was made over a store object and is behind no alias, so its files are not in memory: name it in STORAGES, "
    "or say which aliases are meant: memory_storages('default')."
)


class _Memory:
    """One ``memory_storages`` block: who is in memory, and in which."""

    floor: ClassVar[int] = 0

    def __init__(self, aliases: frozenset[str]) -> None:
        self._aliases = aliases
        self._by_alias: dict[str, DoubleStore] = {}
        self._by_hand: dict[ConfiguredStorage, DoubleStore] = {}  # equal ones share, as they would the real store
        self._on_fields: set[ConfiguredStorage] = set()
        self._warned: list[ConfiguredStorage] = []
        self._over = False
        self._taken: dict[int, tuple[Storage, DoubleStore]] = {}  # by id: they need not have a hash

    def chooses(self, alias: str) -> bool:
        return alias in self._aliases if self._aliases else alias != STATIC

    def _of_alias(self, alias: str, *, signs: bool) -> DoubleStore:
        with lock:
            return self._by_alias.setdefault(alias, DoubleStore(alias=alias, signs=signs))

    # ---------------------------------------------------------------- a RemoteStorage

    def store_for(self, storage: ConfiguredStorage, built: Built, store: Store) -> Store:
        if isinstance(storage, doubles.InMemory):
            return self._taken[id(storage)][1] if self.holds(storage) else store
        names = doubles.aliases_of(storage)
        chosen = [alias for alias in names if self.chooses(alias)]
        if not chosen and (self._aliases or names or not self._is_ours(storage, built)):
            return store
        target = _alias_below(built.given.get("store"))
        if target is not None and self.chooses(target):
            return built.store  # it was looked up anew, and is the memory of the other
        signs = Feature.SIGN in built.store.features
        if chosen:
            return self._of_alias(chosen[0], signs=signs)
        with lock:
            double = DoubleStore(alias=type(storage).__name__, signs=signs)
            return self._by_hand.setdefault(storage, double)

    def _is_ours(self, storage: ConfiguredStorage, built: Built) -> bool:
        """Whether a storage behind no alias is the project's, and not one that a test has made for itself."""
        if storage in self._on_fields:
            return True
        args, options = storage._constructor_args
        given = options.get("store", args[0] if args else None)
        if given is None:
            return True
        innermost = built.store
        while isinstance(innermost, Layer):
            innermost = innermost.inner
        if Feature.PATH in innermost.features or isinstance(innermost, MemoryStore):
            return False
        if not isinstance(given, Store):
            return True
        if not any(storage is each for each in self._warned):
            self._warned.append(storage)
            warnings.warn(_NOT_IN_MEMORY.format(storage), stacklevel=2)
        return False

    # ---------------------------------------------------------------- a storage of another package

    def take_fields(self) -> None:
        """Take in what fields hold."""
        for storage in doubles.on_fields():
            if isinstance(storage, ConfiguredStorage) and not isinstance(storage, doubles.InMemory):
                self._on_fields.add(storage)
            elif names := doubles.aliases_of(storage):
                for alias in names:
                    self.take(storage, alias)
            elif not self._aliases:
                self._take(storage, self._beside(storage))

    def take(self, storage: Storage, alias: str) -> None:
        """Take it in, if it is of another package and its alias is meant."""
        found = doubles.unwrapped(storage)
        is_ours = isinstance(found, ConfiguredStorage) and not isinstance(found, doubles.InMemory)
        if found is not None and not is_ours and self.chooses(alias):
            self._take(found, self._of_alias(alias, signs=True))

    def _take(self, storage: Storage, store: DoubleStore) -> None:
        with lock:
            if not self.holds(storage) and not self._over:
                self._taken[id(storage)] = storage, store
                doubles.turn(storage)

    def _beside(self, storage: Storage) -> DoubleStore:
        """The memory of a storage behind no alias: that of another one for the same files, or its own."""
        shared = (store for other, store in [*self._taken.values()] if doubles.alike(storage, other))
        return next(shared, None) or DoubleStore(alias=type(storage).__name__, signs=True)

    def holds(self, storage: Storage) -> bool:
        return id(storage) in self._taken

    def let_go(self) -> None:
        with lock:
            self._over = True  # a thread may be about to take one more
            for storage, _ in self._taken.values():
                doubles.turn_back(storage)


def _alias_below(spec: object) -> str | None:
    """The alias that a spec names."""
    backend = spec.get("BACKEND") if isinstance(spec, Mapping) else spec
    return backend.removeprefix(ALIAS) if isinstance(backend, str) and backend.startswith(ALIAS) else None
