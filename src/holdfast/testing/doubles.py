"""How the storages of a project come to use another store as long as a test lasts: in place.

The objects stay the same ones, so whoever holds one is reached: ``storages``, a field, a module's variable. A
``RemoteStorage`` looks at each use at what it is built of, and finds something else (``holdfast.config``). An
object of another package becomes one of ``InMemory``, and itself again at the end. All of it is for the whole
process, its threads included.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from django.apps import apps
from django.core.files.storage import DefaultStorage, InvalidStorageError, Storage, StorageHandler, storages
from django.utils.functional import LazyObject, empty

from holdfast.config import Built, Config, ConfiguredStorage, let_stand_in
from holdfast.lazy import AliasedStorage
from holdfast.options import nearest
from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.stores.memory import MemoryStore
from holdfast.testing.locks import lock

__all__ = [
    "InMemory",
    "StandIn",
    "Taker",
    "aliases_of",
    "alike",
    "check_alias",
    "on_fields",
    "standing",
    "taking",
    "turn",
    "turn_back",
    "unwrapped",
]


class StandIn(Protocol):
    """Says what store a storage has: ``floor`` 0 puts another in its place, 1 a layer over whichever it is."""

    floor: ClassVar[int]

    def store_for(self, storage: ConfiguredStorage, built: Built, store: Store) -> Store:
        """``built`` as without any stand-in, ``store`` as those before this one left it."""


_active: tuple[StandIn, ...] = ()


@contextmanager
def standing(stand_in: StandIn) -> Iterator[None]:
    """Let ``stand_in`` have its say as long as the block lasts: the later ones after the earlier of their floor."""
    global _active
    with lock:
        _active = tuple(sorted((*_active, stand_in), key=lambda each: each.floor))
        let_stand_in(_changed)
    try:
        yield
    finally:
        with lock:
            _active = tuple(each for each in _active if each is not stand_in)
            let_stand_in(_changed if _active else None)


def _changed(storage: ConfiguredStorage, built: Built) -> Built:
    store = built.store
    for stand_in in _active:
        store = stand_in.store_for(storage, built, store)
    return built if store is built.store else replace(built, store=store)


# -------------------------------------------------------------------- storages of other packages


class InMemory(RemoteStorage):
    """An object of another package's storage class, as long as its files are in memory.

    It chooses names as its own class does and keeps its ``base_url``. Reading, writing and all else is done here;
    a property that goes past Django's methods, such as a client of the service, is an ``AttributeError``.
    """

    kind: ClassVar[type[Storage]]

    save = Storage.save
    open = Storage.open

    def _current(self) -> Built:
        config = Config(allow_overwrite=bool(getattr(self, "_allow_overwrite", False)))
        built = _changed(self, Built({}, config, _NOWHERE, 0))
        if built.store is _NOWHERE:
            raise RuntimeError(f"{self!r} is used while the test that had its files in memory ends.")
        return built

    @property
    def base_url(self) -> str | None:
        theirs = vars(self).get("base_url") or getattr(super(ConfiguredStorage, self), "base_url", None)
        return str(theirs) if theirs else None

    def url(self, name: str | None, *_: Any, **__: Any) -> str:
        return super().url(name)

    @property
    def deconstruct(self) -> Any:
        """That of its own class, if it has one: a migration has nothing to do with this."""
        original: Any = object.__new__(self.kind)
        vars(original).update(vars(self))
        return original.deconstruct

    def __repr__(self) -> str:
        return f"<{self.kind.__name__} in memory>"


_NOWHERE = MemoryStore()


@functools.cache
def _in_memory(kind: Any) -> type[InMemory]:
    """The class that objects of ``kind`` are made one of."""
    beyond = {
        name: property(functools.partial(_refuse, name))
        for name in dir(kind)
        if not name.startswith("_")
        and not hasattr(InMemory, name)
        and isinstance(inspect.getattr_static(kind, name), (property, functools.cached_property, _cached))
    }
    own = {"kind": kind, "__eq__": kind.__eq__, "__hash__": kind.__hash__, "__module__": kind.__module__}
    return type(kind.__name__, (InMemory, kind), {**beyond, **own})


_cached: type = type(inspect.getattr_static(StorageHandler, "backends"))
"""Django's own ``cached_property``."""


def _refuse(name: str, storage: InMemory) -> None:
    raise AttributeError(
        f"{storage.kind.__name__}.{name} goes past Django's storage methods to the real thing, and the files of "
        f"this storage are in memory: use the methods, or leave its alias out of memory_storages()."
    )


class Taker(StandIn, Protocol):
    """A stand-in for storages of other packages too."""

    def take(self, storage: Storage, alias: str) -> None: ...
    def holds(self, storage: Storage) -> bool: ...


class _Handler(StorageHandler):
    """``storages`` as long as there are takers: they see each storage that is looked up, new ones among them."""

    def __getitem__(self, alias: str) -> Storage:
        storage = super().__getitem__(alias)
        for taker in _takers:
            taker.take(storage, alias)
        return storage


_takers: tuple[Taker, ...] = ()


@contextmanager
def taking(taker: Taker) -> Iterator[None]:
    """Show ``taker`` each storage that has been looked up, or is as long as the block lasts."""
    global _takers
    with lock:
        _takers = (*_takers, taker)
        storages.__class__ = _Handler
    try:
        for alias, storage in _made().items():
            taker.take(storage, alias)
        yield
    finally:
        with lock:
            _takers = tuple(each for each in _takers if each is not taker)
            if not _takers:
                storages.__class__ = StorageHandler


def turn(storage: Storage) -> None:
    """Make it one of ``InMemory``, unless it is."""
    with lock:
        if not isinstance(storage, InMemory):
            kind: Any = type(storage)
            storage.__class__ = _in_memory(kind)


def turn_back(storage: Storage) -> None:
    """Make it what it was, unless another taker holds it."""
    with lock:
        if isinstance(storage, InMemory) and not any(taker.holds(storage) for taker in _takers):
            storage.__class__ = storage.kind  # type: ignore[assignment]


# -------------------------------------------------------------------- which storage is whose


def aliases_of(storage: Storage) -> list[str]:
    """The aliases that this storage is behind; else those whose settings make one like it: it may have been looked
    up before the settings were changed and changed back."""
    if behind := [alias for alias, each in _made().items() if each is storage]:
        return behind
    settings: dict[str, Any] = storages.backends
    return [
        alias
        for alias, params in settings.items()
        if _arguments(storage) == ((), params.get("OPTIONS", {})) and _is_at(_kind(storage), params.get("BACKEND"))
    ]


def _made() -> dict[str, Storage]:
    """The storages that ``storages`` has made so far."""
    return dict(vars(storages)["_storages"])


def alike(one: Storage, other: Storage) -> bool:
    """Whether two storages were made by the same class with the same arguments."""
    made = _arguments(one)
    return one is other or (made is not None and _kind(one) is _kind(other) and made == _arguments(other))


def _kind(storage: Storage) -> type[Storage]:
    return storage.kind if isinstance(storage, InMemory) else type(storage)


def _arguments(storage: Storage) -> Any:
    """What its constructor was given: Django's ``deconstructible`` keeps that, and so do we."""
    return getattr(storage, "_constructor_args", None)


def _is_at(kind: type, path: Any) -> bool:
    """Whether this dotted path leads to the class. Nothing is imported: what made an object of it has been."""
    module, _, name = str(path).rpartition(".")
    return getattr(sys.modules.get(module), name, None) is kind


def check_alias(alias: str, where: str) -> None:
    """Raises ``InvalidStorageError`` for an alias that is not in ``STORAGES``."""
    if alias not in storages.backends:
        hint = nearest(alias, storages.backends)
        raise InvalidStorageError(f"{where}: there is no alias {alias!r} in STORAGES. {hint}")


def on_fields() -> Iterator[Storage]:
    """The storages that the models' fields hold themselves: given as such, or by a callable."""
    from django.db.models import FileField  # every run of pytest imports this module; few need all of the ORM

    for model in apps.get_models(include_auto_created=True, include_swapped=True) if apps.models_ready else ():
        for field in model._meta.local_fields:
            if isinstance(field, FileField) and (storage := unwrapped(field.storage)) is not None:
                yield storage


def unwrapped(storage: Any) -> Storage | None:
    """The storage inside of lazy objects; ``None`` for what looks its alias up anew."""
    while issubclass(type(storage), LazyObject):  # isinstance would ask for what is inside, and so make it
        if issubclass(type(storage), DefaultStorage):
            return None
        if storage._wrapped is empty:
            try:
                storage._setup()
            except Exception:
                return None  # nor will anybody else get at it
        storage = storage._wrapped
    return None if isinstance(storage, AliasedStorage) else storage
