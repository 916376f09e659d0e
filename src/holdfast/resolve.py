"""From a spec to a store: the only place where strings become classes.

A *spec* is, at every depth, one of

- a URL: ``s3://bucket/prefix?region=eu-west-1``; its scheme is a store of ours (``holdfast.stores.STORES``) or of
  a package with an entry point in the group ``holdfast.stores``; its query holds options, but never a secret;
- the dotted path of a store's class;
- ``storages:NAME``: the store of another alias of ``STORAGES``;
- ``{"BACKEND": one of these, "OPTIONS": {…}}``;
- a store, or a store's class.

Layers are given likewise, without URLs; the first is the nearest to the caller.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.utils.module_loading import import_string

from holdfast.layers.prefixed import Prefixed
from holdfast.options import convert, nearest, options_of
from holdfast.store import Layer, Store
from holdfast.stores import STORES
from holdfast.types import Secret

__all__ = ["ALIAS", "Spec", "inline_secrets", "resolve"]

Spec = str | Mapping[str, Any] | Store | type[Store]
LayerSpec = str | Mapping[str, Any] | type[Layer]

ALIAS = "storages:"

_under_way: ContextVar[tuple[str, ...]] = ContextVar("holdfast_aliases", default=())


def resolve(spec: Spec, layers: Sequence[LayerSpec] = ()) -> Store:
    """The store that ``spec`` describes, inside its ``layers``.

    Raises ``ImproperlyConfigured``; connects to nothing.
    """
    store = _store(spec)
    if not isinstance(layers, (list, tuple)):
        raise ImproperlyConfigured(f"layers: it is a list, and not a {type(layers).__name__}.")
    for layer in reversed(layers):
        kind, options = _layer(layer)
        store = _build(kind, options, f"The layer {kind.__name__}", store)
    return store


def inline_secrets(spec: Spec | None, layers: Sequence[LayerSpec] = ()) -> list[tuple[str, str]]:
    """The options in a spec and its layers that hold a secret: their names, and the secrets."""
    given: list[tuple[type, Mapping[str, Any]]] = []
    while isinstance(spec, Store):
        args, options = spec._constructor_args
        given.append((type(spec), options))
        spec = args[0] if args else None
    if isinstance(spec, Mapping):
        backend, options = _parts(spec)
        if not (isinstance(backend, str) and backend.startswith(ALIAS)):
            given.append((_store_class(backend), options))
    given += [_layer(layer) for layer in layers]
    return [
        (name, Secret(value).reveal())
        for kind, options in given
        for name, value in options.items()
        if value and name in options_of(kind) and options_of(kind)[name].secret
    ]


def _store(spec: Spec) -> Store:
    if isinstance(spec, Store):
        return spec
    backend, options = _parts(spec)
    if isinstance(backend, str) and backend.startswith(ALIAS):
        if options:
            raise ImproperlyConfigured(f"{backend}: another alias takes no options; give them where it is defined.")
        return _aliased(backend.removeprefix(ALIAS))
    kind = _store_class(backend)
    if not isinstance(backend, str) or "://" not in backend:
        return _build(kind, options, kind.__name__)
    where, from_url, prefix = _from_url(kind, backend)
    for name in from_url:
        if name in options:
            raise ImproperlyConfigured(f"{where}: the option {name!r} is given in the URL and in OPTIONS.")
    store = _build(kind, {**from_url, **options}, where)
    return _build(Prefixed, {"prefix": prefix}, where, store) if prefix else store


def _parts(spec: object) -> tuple[object, Mapping[str, Any]]:
    """BACKEND and OPTIONS of a spec."""
    if not isinstance(spec, Mapping):
        return spec, {}
    for name in spec:
        if name not in ("BACKEND", "OPTIONS"):
            raise ImproperlyConfigured(f"A store has BACKEND and OPTIONS, not {name!r}.")
    if "BACKEND" not in spec:
        raise ImproperlyConfigured("A store given as a dictionary needs a BACKEND: a URL or a dotted path.")
    options = spec.get("OPTIONS") or {}
    if not isinstance(options, Mapping):
        raise ImproperlyConfigured(f"The OPTIONS of a store are a dictionary, not a {type(options).__name__}.")
    return spec["BACKEND"], options


def _from_url(kind: type[Store], text: str) -> tuple[str, dict[str, str], str]:
    """The store's name for messages, and the options and the prefix that its URL gives."""
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"The URL of a {kind.scheme}:// store cannot be read: {error}.") from None
    where = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}"
    if url.password:
        raise ImproperlyConfigured(
            f"{where}: a password does not belong in a URL, which Django's debug page would show; "
            f"give it as an option in OPTIONS."
        )
    if url.fragment:
        raise ImproperlyConfigured(f"{where}: '#' begins a fragment, which means nothing here; write it as %23.")
    try:
        options, prefix = kind.url_options(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{where}: {error}") from None
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        if name in options:
            raise ImproperlyConfigured(f"{where}: the option {name!r} is given twice.")
        if name in options_of(kind) and options_of(kind)[name].secret:
            raise ImproperlyConfigured(
                f"{where}: {name!r} is a secret and does not belong in a URL, which Django's debug page would "
                f"show; give it in OPTIONS or in the environment."
            )
        options[name] = value
    return where, options, prefix


def _store_class(backend: object) -> type[Store]:
    if isinstance(backend, str):
        scheme, is_url, _ = backend.partition("://")
        if "." not in backend and not is_url:
            raise ImproperlyConfigured(f"{backend!r} is no store: give a URL, a dotted path, or {ALIAS}NAME.")
        path = _schemes(scheme.lower()) if is_url else backend
        backend = _import(path, scheme if is_url else "")
    if not (inspect.isclass(backend) and issubclass(backend, Store)):
        raise ImproperlyConfigured(f"{backend!r} is not a store: it is no subclass of holdfast.Store.")
    return backend


def _schemes(scheme: str) -> str:
    if path := STORES.get(scheme):
        return path
    from importlib.metadata import entry_points  # 9 ms, which our own schemes need not pay

    others = {point.name: point.value.replace(":", ".") for point in entry_points(group="holdfast.stores")}
    if scheme not in others:
        raise ImproperlyConfigured(f"There is no store for {scheme}://. {nearest(scheme, {*STORES, *others})}")
    return others[scheme]


def _layer(layer: LayerSpec) -> tuple[type[Layer], Mapping[str, Any]]:
    backend, options = _parts(layer)
    kind = _import(backend) if isinstance(backend, str) else backend
    if not (inspect.isclass(kind) and issubclass(kind, Layer)):
        raise ImproperlyConfigured(f"{backend!r} is not a layer: it is no subclass of holdfast.Layer.")
    return kind, options


def _import(path: str, extra: str = "") -> object:
    try:
        return import_string(path)
    except ImportError as error:
        missing = getattr(error, "name", None) or ""
        if extra and missing and not missing.startswith("holdfast"):
            message = f'{extra}:// needs the package {missing!r}: pip install "holdfast[{extra}]"'
        else:
            message = f"{path!r} cannot be imported: {error}"
        raise ImproperlyConfigured(message) from error


def _build(kind: type[Store], options: Mapping[str, Any], where: str, *inner: Store) -> Store:
    arguments = convert(kind, options, where)
    try:
        return kind(*inner, **arguments)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{where}: {error}") from error


def _aliased(alias: str) -> Store:
    with _once(alias):
        storage = storages[alias]
    store = getattr(storage, "store", None)
    if not isinstance(store, Store):
        raise ImproperlyConfigured(
            f"{ALIAS}{alias} is a {type(storage).__name__}, which has no store: it is no holdfast.RemoteStorage."
        )
    return store


@contextmanager
def _once(alias: str) -> Iterator[None]:
    chain = _under_way.get()
    if alias in chain:
        circle = " → ".join((*chain, alias))
        raise ImproperlyConfigured(f"{ALIAS}{alias}: the aliases go round in a circle: {circle}.")
    token = _under_way.set((*chain, alias))
    try:
        yield
    finally:
        _under_way.reset(token)
