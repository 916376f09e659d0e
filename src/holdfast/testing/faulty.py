"""Faults by plan: a layer in which things go wrong, and a ``with`` block that puts it into a storage."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from django.core.files.storage import DefaultStorage, Storage, storages

from holdfast.config import Built, ConfiguredStorage
from holdfast.lazy import AliasedStorage
from holdfast.source import Source
from holdfast.store import Layer, Store
from holdfast.testing import doubles
from holdfast.testing.blocks import Block
from holdfast.testing.plan import Fault, Plan, Planned
from holdfast.types import Body, Entry, Feature, Folder, Listing, Permit, Read, Remove, Signed, Write

__all__ = ["Faulty", "faults"]


def faults(storage: str | Storage, /, *planned: Fault) -> Block[Plan]:
    """Let these faults befall the store of a storage: of an alias, or of a ``RemoteStorage``.

    ::

        with faults("default", Fault("put", error=Denied)):
            response = client.post("/upload/", {"file": upload})

    A context manager, and a decorator of functions, ``async`` ones too. However the storage is come by, they befall
    it, and with ``memory_storages`` they befall the memory. It gives the plan, whose ``calls`` are what was asked
    of the store. At the end, what was planned and did not happen is an ``AssertionError``, unless the block ends
    with another exception, which then has a note of it.

    Reading a local file goes past the store, so as long as a ``get`` is to fail it has no ``path``.

    Raises ``TypeError`` at the beginning for a storage of another package whose files are not in memory.
    """
    Plan(planned)  # a mistake is better told here
    shown = repr(storage)
    return Block(lambda: _befalling(storage, planned), f"faults({', '.join([shown, *map(repr, planned)])})")


@contextmanager
def _befalling(storage: str | Storage, planned: Sequence[Fault]) -> Iterator[Plan]:
    befalling = _Befalling(storage, Plan(planned, about=repr(storage)))
    with doubles.standing(befalling):
        try:
            yield befalling.plan
        except Exception as error:
            if missing := befalling.plan.missing():
                error.add_note(missing)
            raise
    befalling.plan.assert_all_fired()


class _Befalling:
    """One ``faults`` block: whose store has the layer."""

    floor: ClassVar[int] = 1

    def __init__(self, storage: str | Storage, plan: Plan) -> None:
        self.plan = plan
        if isinstance(storage, DefaultStorage):
            storage = "default"
        if isinstance(storage, AliasedStorage):
            storage = storage.alias
        self._target = storage
        self._layers: dict[int, Store] = {}
        if isinstance(storage, str):
            doubles.check_alias(storage, "faults")
            storage = storages[storage]
        if not isinstance(storage, ConfiguredStorage):
            raise TypeError(
                f"faults: {storage!r} is no RemoteStorage, so its files can fail only where they are in memory: "
                f"put memory_storages() around it."
            )

    def store_for(self, storage: ConfiguredStorage, built: Built, store: Store) -> Store:
        if isinstance(self._target, str):
            if self._target not in doubles.aliases_of(storage):
                return store
        elif not (storage is self._target or storage == self._target):
            return store
        return self._layers.setdefault(id(store), Faulty.with_plan(store, self.plan))


class Faulty(Layer):
    """Lets ``faults``, a list of ``Fault``, befall the store underneath. Without any it only notes the calls.

    ``plan`` tells what became of them: ``plan.assert_all_fired()``. A copy out of a pickle begins at the beginning.
    """

    def __init__(self, inner: Store, *, faults: Any = ()) -> None:
        super().__init__(inner)
        self.plan = Plan(faults)

    @classmethod
    def with_plan(cls, inner: Store, plan: Plan) -> Self:
        """A layer that goes on with a plan which others share."""
        layer = cls(inner, faults=plan.faults)
        layer.plan = plan
        return layer

    @property
    def features(self) -> Feature:  # type: ignore[override]
        """Without ``PATH`` where a ``get`` is to fail: whoever has the path reads without asking."""
        reads = any(fault.verb in ("get", "*") for fault in self.plan.faults)
        return self.inner.features & ~Feature.PATH if reads else self.inner.features

    def get(self, key: str, want: Read = Read()) -> Body:
        with self._meeting("get", key, end=want.end) as planned:
            body = super().get(key, want)
        if planned is None or planned.fault.after is None:
            return body
        chunks = self._broken(body, planned, key, body.start)
        return Body(body.entry, chunks, start=body.start, end=body.end, close=body.close)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        with self._meeting("put", key) as planned:
            if planned is not None and planned.fault.after is not None:
                source = _Breaking(source, self, planned, key)
            return super().put(key, source, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        with self._meeting("head", key):
            return super().head(key, want)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        with self._meeting("delete", key):
            super().delete(key, how)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        with self._meeting("list", prefix):
            yield from super().list(prefix, want)

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        with self._meeting("listdir", prefix):
            yield from super().listdir(prefix, want)

    def delete_many(self, keys: Iterable[str]) -> None:
        """A fault of ``delete`` befalls its key here too, and not the others."""
        keys = [*keys]
        with self._meeting("delete_many", *keys):
            if self.plan.expects("delete", keys):
                Store.delete_many(self, keys)
            else:
                super().delete_many(keys)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        with self._meeting("copy", source, target):
            return super().copy(source, target, how)

    def sign(self, key: str, permit: Permit) -> Signed:
        with self._meeting("sign", key):
            return super().sign(key, permit)

    def path(self, key: str) -> Path:
        with self._meeting("path", key):
            return super().path(key)

    @contextmanager
    def _meeting(self, verb: str, *keys: str, end: int | None = None) -> Iterator[Planned | None]:
        """The fault that befalls this call, if any: raised before the block or behind it, unless the block has to
        break off within."""
        planned = self.plan.draw(verb, *keys, end=end)
        if planned is None:
            yield None
            return
        fault, key = planned.fault, keys[-1] if keys else ""
        time.sleep(fault.delay)
        if fault.after is not None:
            yield planned
            return
        if fault.done:
            try:
                yield planned
            except Exception as error:
                self.plan.spared(planned, f"{verb} {key!r} failed of itself: {error!r}.")
                raise
        self.plan.fired(planned)
        if fault.error is not None:
            raise fault.raised(self, key)
        yield planned

    def _broken(self, chunks: Iterable[bytes], planned: Planned, key: str, start: int) -> Iterator[bytes]:
        """The chunks, which begin at byte ``start`` of the file, up to where they are to break off."""
        assert planned.fault.after is not None
        position, end = start, planned.fault.after
        for chunk in chunks:
            if position + len(chunk) > end:
                if kept := chunk[: max(0, end - position)]:
                    yield kept
                self.plan.fired(planned)
                if planned.fault.error is None:
                    return
                raise planned.fault.raised(self, key)
            position += len(chunk)
            yield chunk
        self.plan.spared(planned, f"{key!r} ended at byte {position:,}.")


class _Breaking(Source):
    """A source that breaks off."""

    def __init__(self, inner: Source, layer: Faulty, planned: Planned, key: str, start: int = 0) -> None:
        self.size = inner.size
        self.repeatable = inner.repeatable
        self._inner = inner
        self._rest = layer, planned, key
        self._start = start

    def chunks(self) -> Iterator[bytes]:
        layer, planned, key = self._rest
        return layer._broken(self._inner.chunks(), planned, key, self._start)

    def slice(self, start: int, end: int) -> Source:
        return _Breaking(self._inner.slice(start, end), *self._rest, start=self._start + start)
