"""What the library underneath a store raises, in the words of ``holdfast.errors``; and what else is held for it.

A store that says in ``foreign`` what its library's exceptions mean writes its verbs plainly. Around each of them

- what the library raises comes out as the error that ``foreign`` says, with the library's own as ``__cause__``:
  from a listing too, and from a body that is read later. Its text is not taken over, since it may hold a secret,
  a URL with a password for one. What a caller's own ``Source`` raises is not the library's: it comes out as it is;
- ``put``, ``copy`` and ``delete`` refuse what ``features`` do not claim, before any byte moves;
- ``get`` and ``head`` that are asked for one version raise ``Changed`` where another came.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol, TypeVar

from holdfast.errors import AlreadyExists, Changed, InvalidKey, NotFound, StoreError
from holdfast.source import Source
from holdfast.types import Body, Entry, Listing, Read, Remove, Write

__all__ = ["Foreign", "frame", "translating"]

Foreign = Mapping[type[Exception], type[StoreError]]
Verb = Callable[..., Any]
T = TypeVar("T")


class _Store(Protocol):
    foreign: ClassVar[Foreign]

    def error(self, kind: type[StoreError], key: str = "", message: str = "") -> StoreError: ...
    def refuse_unsupported(self, key: str, how: Write | Remove) -> None: ...
    def refuse_changed(self, entry: Entry, want: Read) -> None: ...


def _watched(items: Iterable[T], raised: list[Exception]) -> Iterator[T]:
    try:
        yield from items
    except Exception as error:
        raised.append(error)
        raise


class _Watched(Source):
    """A source that remembers what it raised."""

    def __init__(self, inner: Source, raised: list[Exception] | None = None) -> None:
        self.inner = inner
        self.size = inner.size
        self.repeatable = inner.repeatable
        self.raised: list[Exception] = [] if raised is None else raised

    def chunks(self) -> Iterator[bytes]:
        return _watched(self.inner.chunks(), self.raised)

    def slice(self, start: int, end: int) -> Source:
        return _Watched(self.inner.slice(start, end), self.raised)


@contextmanager
def translating(store: _Store, key: str, not_these: Iterable[Exception] = ()) -> Iterator[None]:
    """Raise what ``store.foreign`` says in the place of what the block raises: the nearest base class counts."""
    try:
        yield
    except (StoreError, InvalidKey):
        raise
    except Exception as error:
        kind = next((store.foreign[base] for base in type(error).__mro__ if base in store.foreign), None)
        if kind is None or any(error is other for other in not_these):
            raise
        raise _translated(store, kind, key, error) from error


def _translated(store: _Store, kind: type[StoreError], key: str, error: Exception) -> StoreError:
    translated = store.error(kind, key)
    if issubclass(kind, (NotFound, AlreadyExists, Changed)):
        return translated
    number = error.errno if isinstance(error, OSError) else None
    reason = f", {os.strerror(number)}" if isinstance(number, int) else ""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return store.error(kind, key, f"{translated} It was {name}{reason}.")


def frame(store: type[_Store]) -> None:
    """Put the frame around the verbs that this class defines.

    Raises ``TypeError`` where ``foreign`` is not a mapping of exceptions to store errors.
    """
    for kind, error in store.foreign.items():
        if not (_is_a(Exception, kind) and _is_a(StoreError, error)):
            raise TypeError(
                f"{store.__name__}.foreign: {kind!r} has to be an exception, and {error!r} a StoreError."
            )
    for name, around in _FRAMES.items():
        if name in vars(store):
            setattr(store, name, around(vars(store)[name]))


def _is_a(base: type, kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _get(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def get(self: _Store, key: str, want: Read = Read()) -> Body:
        def chunks() -> Iterator[bytes]:
            with translating(self, key):
                yield from body

        def close() -> None:
            with translating(self, key):
                body.close()

        with translating(self, key):
            body: Body = verb(self, key, want)
        try:
            self.refuse_changed(body.entry, want)
        except Changed:
            close()
            raise
        return Body(body.entry, chunks(), start=body.start, end=body.end, close=close)

    return get


def _head(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def head(self: _Store, key: str, want: Read = Read()) -> Entry:
        with translating(self, key):
            entry: Entry = verb(self, key, want)
        self.refuse_changed(entry, want)
        return entry

    return head


def _put(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def put(self: _Store, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        watched = _Watched(source)
        with translating(self, key, watched.raised):
            entry: Entry = verb(self, key, watched, how)
        return entry

    return put


def _copy(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def copy(self: _Store, source: str, target: str, how: Write = Write()) -> Entry:
        self.refuse_unsupported(target, how)
        with translating(self, target):
            entry: Entry = verb(self, source, target, how)
        return entry

    return copy


def _delete(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def delete(self: _Store, key: str, how: Remove = Remove()) -> None:
        self.refuse_unsupported(key, how)
        with translating(self, key):
            verb(self, key, how)

    return delete


def _list(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def listing(self: _Store, prefix: str = "", want: Listing = Listing()) -> Iterator[Any]:
        with translating(self, prefix):
            yield from verb(self, prefix, want)

    return listing


def _of_a_key(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def call(self: _Store, key: str, *rest: Any, **named: Any) -> Any:
        with translating(self, key):
            return verb(self, key, *rest, **named)

    return call


def _of_many(verb: Verb) -> Verb:
    @functools.wraps(verb)
    def call(self: _Store, keys: Iterable[str]) -> Any:
        raised: list[Exception] = []
        with translating(self, "", raised):
            return verb(self, _watched(keys, raised))

    return call


_FRAMES: dict[str, Callable[[Verb], Verb]] = {
    "get": _get,
    "head": _head,
    "put": _put,
    "copy": _copy,
    "delete": _delete,
    "list": _list,
    "listdir": _list,
    "delete_many": _of_many,
    "sign": _of_a_key,
    "path": _of_a_key,
}
