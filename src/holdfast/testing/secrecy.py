"""What must be shown nowhere, and where it might be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from holdfast.types import Secret

__all__ = ["secrets_in", "texts_of"]

DEEP = 8
"""How far down a secret is looked for: a storage has a store, below layers, with a client that signs."""


def secrets_in(thing: object, deep: int = DEEP) -> set[str]:
    """Every ``Secret`` that something of Holdfast's holds, and what it stands on."""
    if isinstance(thing, Secret):
        return {thing.reveal()} - {""}
    return set().union(*(secrets_in(part, deep - 1) for part in _parts(thing))) if deep else set()


def _parts(thing: Any) -> Iterable[object]:
    if isinstance(thing, Mapping):
        return thing.values()
    if isinstance(thing, (tuple, list)):
        return thing
    if not any(kind.__module__.partition(".")[0] == "holdfast" for kind in type(thing).__mro__):
        return ()
    slots = (getattr(thing, name, None) for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
    return [*slots, *getattr(thing, "__dict__", {}).values()]


def texts_of(error: BaseException) -> Iterator[str]:
    """What an error says in a log or on a page, and what those say that it came from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield str(each)
        yield repr(each)
        yield from map(str, getattr(each, "__notes__", ()))
        waiting += [each.__cause__, each.__context__]
