"""START HERE: a store is bytes under keys; five verbs to write, the rest given.

A store of your own subclasses ``Store``, gives it a ``scheme``, says what it can do in ``features`` and
``creates``, and writes ``get``, ``put``, ``head``, ``delete`` and ``list``: ``holdfast.stores.memory`` is the one
to read, and ``manage.py holdfast startstore NAME`` makes one to begin with. Its constructor takes keyword-only,
annotated arguments: they *are* its options, in ``STORAGES`` and in its URL. What its library raises it names in
``foreign``, and writes its verbs plainly.

A layer is a store over another store: it subclasses ``Layer`` and writes only what it changes, as
``holdfast.layers.readonly`` does.

The asynchronous verbs (``aget``, ``aput`` …) are the synchronous ones in a thread, of every store and of every
layer alike.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import SplitResult, unquote

from django.core.checks import CheckMessage

from holdfast.ahead import whole
from holdfast.aio import asynchronous, asynchronous_iterator
from holdfast.deconstruct import Deconstructible
from holdfast.digests import verified
from holdfast.errors import AlreadyExists, Changed, Denied, NotFound, StoreError, Unsupported
from holdfast.foreign import Foreign, frame
from holdfast.source import Source
from holdfast.threads import checkpoint
from holdfast.types import Body, Create, Entry, Feature, Folder, Listing, Permit, Read, Remove, Signed, Write

__all__ = ["Layer", "Store"]

E = TypeVar("E", bound=StoreError)

_MESSAGES: dict[type[StoreError], str] = {
    NotFound: "There is no {key!r} in {store}.",
    AlreadyExists: "{key!r} exists in {store} already.",
    Changed: "{key!r} in {store} is not the version that was read; read it again.",
    Denied: "{about}: access was denied; check the credentials and what they allow.",
}


class Store(Deconstructible, ABC):
    """Bytes under keys, in some system.

    Instances are shared between threads and used before and after ``fork``; they connect at the first use and
    never in the constructor. Every error that leaves a verb is a ``StoreError`` or an ``InvalidKey``, and the store
    works on afterwards.
    """

    scheme: ClassVar[str] = ""
    """The word before ``://``, and the name of the module, its tests, its page and its extra."""

    features: Feature = Feature.WRITE

    thread_sensitive: bool = False
    """Whether the asynchronous half runs on Django's own thread, as what uses the ORM has to: so it stays in the
    caller's connection and transaction."""

    read_ahead: int = 0
    """Bytes that may be fetched before they are wanted, over connections of their own, when a large object is read
    in order; 0 where that makes nothing faster."""

    foreign: ClassVar[Foreign] = {}
    """What the exceptions of the library underneath mean. A store that says it has its verbs framed: see
    ``holdfast.foreign`` for what that takes off them."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.foreign:
            frame(cls)

    def __reduce__(self) -> tuple[object, ...]:
        """A store is pickled as its options: connections, locks and caches stay where they are."""
        args, options = self._constructor_args
        return _made, (type(self), args, options)

    def creates(self, size: int | None) -> Create:
        """How surely ``put`` without ``overwrite`` keeps an existing object, for a body of ``size`` bytes."""
        return Create.NONE

    @property
    def label(self) -> str:
        """What errors and the shell call this store; never a secret in it."""
        if not self.scheme:
            return type(self).__name__
        _, options = self._constructor_args
        place = [str(options[name]) for name in ("host", "port") if options.get(name)]
        return f"{self.scheme}://{':'.join(place)}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.label}>"

    @classmethod
    def url_options(cls, url: SplitResult) -> tuple[dict[str, str], str]:
        """The options and the prefix that a URL's host and path stand for; its query is read elsewhere.

        Its user, host and port are the options ``username``, ``host`` and ``port``. Raises ``ValueError`` where
        the URL has parts that mean nothing here.
        """
        parts = {"username": unquote(url.username or ""), "host": url.hostname, "port": url.port}
        given = {name: str(value) for name, value in parts.items() if value}
        for name in given:
            if name not in inspect.signature(cls.__init__).parameters:
                raise ValueError(f"{cls.scheme}:// takes no {name}.")
        return given, unquote(url.path).strip("/")

    # ---------------------------------------------------------------- write these five

    @abstractmethod
    def get(self, key: str, want: Read = Read()) -> Body:
        """The object's bytes, and its entry with them.

        A range that starts at or behind the end is an empty body. Raises ``NotFound``, and ``Changed`` where
        the object no longer has ``want.etag``.
        """

    @abstractmethod
    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        """Keep the bytes of ``source`` under ``key``, whole or not at all, and say what was kept.

        Raises ``AlreadyExists`` where an object is in the way that may not be replaced, ``Changed`` where it no
        longer has ``how.etag``, and ``Unsupported`` for a requested attribute that cannot be kept.
        """

    @abstractmethod
    def head(self, key: str, want: Read = Read()) -> Entry:
        """What is known of the object. Raises ``NotFound``."""

    @abstractmethod
    def delete(self, key: str, how: Remove = Remove()) -> None:
        """Remove the object; silent where there is none. Raises ``Changed`` as ``put`` does."""

    @abstractmethod
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        """All objects below ``prefix`` (``""``, or ending in a slash), in the order of their keys' UTF-8, lazily.

        Nothing below it is an empty listing, not an error.
        """

    # ---------------------------------------------------------------- given; replace where the service does better

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        """The objects directly below ``prefix``, and a ``Folder`` for each deeper prefix, once."""
        last = ""
        for entry in self.list(prefix, want):
            head, slash, _ = entry.key[len(prefix) :].partition("/")
            if not slash:
                yield entry
            elif (folder := f"{prefix}{head}/") != last:
                last = folder
                yield Folder(folder)

    def delete_many(self, keys: Iterable[str]) -> None:
        """Remove all these objects. Those that fail do not stop the others: the first failure is raised at the
        end, with the further ones in its ``others``."""
        failures: list[StoreError] = []
        for key in keys:
            checkpoint()
            try:
                self.delete(key)
            except StoreError as error:
                failures.append(error)
        raise_first(failures)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        """Keep the bytes and the attributes of ``source`` under ``target`` too; ``how`` as for ``put``, with
        requested attributes in the place of the source's own."""
        with whole(self, source) as body:
            return self.copied(body, target, how)

    def sign(self, key: str, permit: Permit) -> Signed:
        """A request that anyone may make until it expires. No network."""
        raise self.unsupported("sign URLs", key)

    def path(self, key: str) -> Path:
        """The local file that holds the object's bytes."""
        raise self.unsupported("name a local file", key)

    def check(self) -> Sequence[CheckMessage]:
        """What is wrong or doubtful in this configuration, for ``manage.py check``. No network."""
        return []

    def close(self) -> None:
        """Let go of idle connections; the store can still be used."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---------------------------------------------------------------- for those who write a store

    def error(self, kind: type[E], key: str = "", message: str = "") -> E:
        """An error of this store about ``key``, to be raised by the caller."""
        label = self.label
        about = f"{key!r} in {label}" if key else label
        text = _MESSAGES.get(kind, "{about}: the request failed.").format(key=key, store=label, about=about)
        return kind(message or text, key=key, store=label)

    def unsupported(self, what: str, key: str = "") -> Unsupported:
        return self.error(Unsupported, key, f"{self.label} cannot {what}.")

    def refuse_unsupported(self, key: str, how: Write | Remove) -> None:
        """Raise ``Unsupported`` for what ``how`` asks and ``features`` do not claim, before any byte moves."""
        if Feature.WRITE not in self.features:
            raise self.unsupported("write", key)
        if isinstance(how, Remove):
            if how.etag is not None and Feature.DELETE_IF not in self.features:
                raise self.unsupported("delete only an unchanged object", key)
            return
        if how.etag is not None and Feature.REPLACE_IF not in self.features:
            raise self.unsupported("replace only an unchanged object", key)
        if Feature.ATTRIBUTES not in self.features and (names := how.attributes.requested()):
            raise self.unsupported(f"keep {', '.join(names)}", key)

    def copied(self, body: Body, target: str, how: Write) -> Entry:
        """``copy`` of an object whose ``body`` is here already."""
        attributes = how.attributes
        if Feature.ATTRIBUTES in self.features:
            attributes = body.entry.attributes.merged(attributes)
        write = Write(overwrite=how.overwrite, etag=how.etag, attributes=attributes, guess=how.guess)
        with Source.of(verified(body, self.label)).spooled() as repeatable:
            return self.put(target, repeatable, write)

    def refuse_changed(self, entry: Entry, want: Read) -> None:
        """Raise ``Changed`` where ``entry``, which came, is not of the version that was asked for."""
        if None not in (want.etag, entry.etag) and want.etag != entry.etag:
            raise self.error(Changed, entry.key)

    def listed(self, keys: Iterable[str], prefix: str, want: Listing) -> Iterator[Entry]:
        """``list`` for systems that tell nothing but keys, in any order: chooses and sorts them, and asks for each
        with ``head``. One that is deleted meanwhile is left out."""
        for key in sorted({key for key in keys if key.startswith(prefix) and key > want.after}):
            try:
                entry = self.head(key)
            except NotFound:
                continue
            yield entry

    # ---------------------------------------------------------------- the same, asynchronous

    aget = asynchronous(get, reads=True)
    aput = asynchronous(put)
    ahead = asynchronous(head, reads=True)
    adelete = asynchronous(delete)
    alist = asynchronous_iterator(list)  # noqa: A003 - the verb
    alistdir = asynchronous_iterator(listdir)
    adelete_many = asynchronous(delete_many)
    acopy = asynchronous(copy)


class Layer(Store):
    """A store over another store, ``inner``: forwards everything; a layer writes what it changes.

    Its asynchronous verbs are those of ``Store``, over its own synchronous ones: never the inner store's, which
    would pass the layer by.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    @property
    def features(self) -> Feature:  # type: ignore[override]
        return self.inner.features

    @property
    def thread_sensitive(self) -> bool:  # type: ignore[override]
        return self.inner.thread_sensitive

    @property
    def read_ahead(self) -> int:  # type: ignore[override]
        return self.inner.read_ahead

    def creates(self, size: int | None) -> Create:
        return self.inner.creates(size)

    @property
    def label(self) -> str:
        return self.inner.label

    def get(self, key: str, want: Read = Read()) -> Body:
        return self.inner.get(key, want)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return self.inner.put(key, source, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        return self.inner.head(key, want)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.inner.delete(key, how)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        return self.inner.list(prefix, want)

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        return self.inner.listdir(prefix, want)

    def delete_many(self, keys: Iterable[str]) -> None:
        self.inner.delete_many(keys)

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        return self.inner.copy(source, target, how)

    def sign(self, key: str, permit: Permit) -> Signed:
        return self.inner.sign(key, permit)

    def path(self, key: str) -> Path:
        return self.inner.path(key)

    def check(self) -> Sequence[CheckMessage]:
        return self.inner.check()

    def close(self) -> None:
        self.inner.close()


def _made(kind: type[Store], args: tuple[Any, ...], options: dict[str, Any]) -> Store:
    """The store out of a pickle."""
    return kind(*args, **options)


def raise_first(failures: list[StoreError]) -> None:
    """Raise the first of these errors, if any, with the further ones in its ``others``."""
    if failures:
        first, *others = failures
        first.others = tuple(others)
        raise first
