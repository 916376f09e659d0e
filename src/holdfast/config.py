"""What a storage is made of: its options, wherever they are given, and what comes of them."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from django.core.signals import setting_changed

from holdfast.deconstruct import Deconstructible, Unshown
from holdfast.options import convert, nearest, options_of
from holdfast.resolve import ALIAS, inline_secrets, resolve
from holdfast.store import Store
from holdfast.types import Attributes, Feature, Permit, Secret

__all__ = ["Config", "ConfiguredStorage"]

MEDIA = "local://"
"""The store of a storage that names none: the folder ``MEDIA_ROOT``, at ``MEDIA_URL``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The options of a storage; what belongs to a service is an option of its store.

    ``store``, ``layers``: see ``holdfast.resolve``. ``base_url``: what URLs begin with, instead of signed ones.
    ``expires``: how long a signed URL is good for, in seconds or as a ``timedelta``.
    ``allow_overwrite``: saving a name that is taken replaces the file. ``attributes``: kept with every file.
    """

    store: Any = field(default=None, repr=False)
    layers: Any = field(default=(), repr=False)
    base_url: str | None = None
    expires: float | timedelta = 3600
    allow_overwrite: bool = False
    attributes: Attributes = Attributes()

    def __post_init__(self) -> None:
        try:
            Permit(expires=self.expires)
        except (ValueError, OverflowError):
            raise ImproperlyConfigured(
                f"expires: {self.expires!r} is no length of time of a second or more."
            ) from None


@dataclass(frozen=True, slots=True)
class Built:
    """What came of the options, and of which edition of the settings."""

    given: Mapping[str, Any] = field(repr=False)
    config: Config
    store: Store
    edition: int


_edition = 0


def _settings_changed(*, setting: str, **_: Any) -> None:
    global _edition
    if setting in ("HOLDFAST", "STORAGES"):
        _edition += 1


setting_changed.connect(_settings_changed, dispatch_uid="holdfast.config")

StandIn = Callable[["ConfiguredStorage", Built], Built]
_stand_in: StandIn | None = None


def let_stand_in(change: StandIn | None) -> None:
    """For ``holdfast.testing``: from now on ``change`` has the last word on what each storage is built of."""
    global _edition, _stand_in
    _stand_in = change
    _edition += 1  # a storage on another alias looks that one up anew


class ConfiguredStorage(Deconstructible, Storage):
    """The options of a ``RemoteStorage``; what it does with files is written there."""

    _own_options: ClassVar[Mapping[str, Any]] = {}
    _class_options: ClassVar[Mapping[str, Any]] = {}
    _arguments: Mapping[str, Any]
    _built: Built | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take the options among the class attributes out of the way of the properties they would hide."""
        super().__init_subclass__(**kwargs)
        options: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            options |= vars(base).get("_own_options", {})
        own = {}
        for name in options_of(Config):
            value = inspect.getattr_static(cls, name)
            shown = inspect.getattr_static(ConfiguredStorage, name)
            if value is not shown and not hasattr(type(value), "__get__"):
                own[name] = value
                setattr(cls, name, shown)
        cls._own_options = own
        cls._class_options = _sealed_options({**options, **own})

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        # A subclass may leave our constructor out, as the one in Django's how-to does.
        self._arguments = cls._class_options
        self._built = None
        return self

    def __init__(self, store: Any = None, **options: Any) -> None:
        options = _sealed_options(options if store is None else {**options, "store": store})
        store = None  # what a debug page shows of this frame
        self._arguments = {**self._class_options, **options}
        self._built = self._build(self._given())

    def remade(self, **options: Any) -> Self:
        """A copy of this storage with these options alone in the place of its own. What else it holds stays, as
        does what its class says."""
        other = copy.copy(self)
        other._constructor_args = Unshown(((), options))
        ConfiguredStorage.__init__(other, **options)
        return other

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._constructor_args == other._constructor_args

    def __hash__(self) -> int:
        return hash(type(self))  # the arguments may be dictionaries

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._built.store.label if self._built else '(not built)'}>"

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """What a migration writes. Raises ``ValueError`` where that would show a secret."""
        secrets = inline_secrets(self._arguments.get("store"), self._arguments.get("layers", ()))
        written = set(_strings(self._constructor_args))
        if names := [name for name, value in secrets if value in written]:
            raise ValueError(
                f"This storage holds {', '.join(names)}, which a migration would show. Name it in STORAGES and "
                f"give the field its alias instead: FileField(storage=holdfast.use('alias'))."
            )
        path, args, kwargs = super().deconstruct()
        public = "holdfast.RemoteStorage"
        return public if path == "holdfast.storage.RemoteStorage" else path, args, kwargs

    # ---------------------------------------------------------------- what came of them

    @property
    def store(self) -> Store:
        """The store with its layers."""
        return self._current().store

    @property
    def layers(self) -> Sequence[Any]:
        return self._current().config.layers  # type: ignore[no-any-return]

    @property
    def base_url(self) -> str | None:
        """What the URLs of files begin with; ``None`` where the store makes them."""
        config = self._current().config
        url = config.base_url
        if url is None and config.store in (None, MEDIA):
            url = settings.MEDIA_URL
        return url if url is None or url.endswith("/") else f"{url}/"

    @property
    def expires(self) -> float | timedelta:
        return self._current().config.expires

    @property
    def allow_overwrite(self) -> bool:
        return self._current().config.allow_overwrite

    @property
    def attributes(self) -> Attributes:
        return self._current().config.attributes

    @property
    def location(self) -> str:
        """The folder of a local storage. Other storages have none: ``AttributeError``."""
        if Feature.PATH not in self.store.features:
            raise AttributeError(f"{self!r} is not a folder of this machine: it has no location.")
        return str(self.store.path("-").parent)

    def _current(self) -> Built:
        built = self._built
        if built is None or built.edition != _edition:
            given = self._given()
            if built is not None and given == built.given and not _is_alias(given.get("store")):
                built = replace(built, edition=_edition)
            else:
                built = self._build(given)
            self._built = built
        change = _stand_in
        return built if change is None else change(self, built)

    def _given(self) -> Mapping[str, Any]:
        if self._arguments.get("store") is not None:
            return self._arguments
        default = getattr(settings, "HOLDFAST", None) or {}
        if not isinstance(default, Mapping):
            raise ImproperlyConfigured(f"HOLDFAST is a dictionary of options, not a {type(default).__name__}.")
        return {**_sealed_options(default), **self._arguments}

    def _build(self, given: Mapping[str, Any]) -> Built:
        kind = type(self).__name__
        for name in given:
            if name not in options_of(Config):
                raise ImproperlyConfigured(
                    f"{kind}: there is no option {name!r}. {nearest(name, options_of(Config))} "
                    f"(An option of the store itself goes into the OPTIONS beside its BACKEND.)"
                )
        config = Config(**convert(Config, given, kind))
        store = resolve(MEDIA if config.store is None else config.store, config.layers)
        return Built(given, config, store, _edition)


_HIDDEN = re.compile("api|auth|token|key|secret|pass|signature", re.IGNORECASE)
"""The names whose values Django's debug page hides where it can see them in the settings."""


def _sealed_options(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _sealed(value) if name in ("store", "layers") else value for name, value in given.items()}


def _sealed(given: Any) -> Any:
    """Options of stores and layers with the strings under such names as ``Secret``, so that no frame shows them."""
    if isinstance(given, Mapping):
        return {
            name: Secret(value) if isinstance(value, str) and _HIDDEN.search(str(name)) else _sealed(value)
            for name, value in given.items()
        }
    return [_sealed(each) for each in given] if isinstance(given, (list, tuple)) else given


def _strings(value: Any) -> Iterator[str]:
    """All strings in a structure of arguments, revealed."""
    match value:
        case str():
            yield value
        case Secret():
            yield value.reveal()
        case Store():
            yield from _strings(value._constructor_args)
        case Mapping():
            yield from (text for each in value.values() for text in _strings(each))
        case list() | tuple():
            yield from (text for each in value for text in _strings(each))


def _is_alias(spec: object) -> bool:
    backend = spec.get("BACKEND") if isinstance(spec, Mapping) else spec
    return isinstance(backend, str) and backend.startswith(ALIAS)
