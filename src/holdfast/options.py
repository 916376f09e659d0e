"""A constructor is the schema: the keyword-only, annotated parameters of a class are its options.

Their names, types and defaults are read from there and stand nowhere else: what ``STORAGES`` and a URL give is
checked and converted by them, and a parameter of type ``Secret`` is hidden wherever options are shown.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Union

from django.core.exceptions import ImproperlyConfigured

from holdfast.types import Attributes, Secret

__all__ = ["Option", "convert", "nearest", "options_of"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``kinds`` are the types it may have, ``None``'s included where it may be left out."""

    name: str
    kinds: tuple[Any, ...]
    default: Any

    @property
    def required(self) -> bool:
        return self.default is inspect.Parameter.empty

    @property
    def secret(self) -> bool:
        return Secret in self.kinds


@functools.cache
def options_of(target: type) -> Mapping[str, Option]:
    """The options of a class, by name, in their order."""
    hints = typing.get_type_hints(target.__init__)  # type: ignore[misc]
    return {
        name: Option(name, _kinds(hints.get(name, Any)), parameter.default)
        for name, parameter in inspect.signature(target).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def convert(target: type, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """``given`` as keyword arguments for ``target``. ``where`` begins the messages.

    Raises ``ImproperlyConfigured``, naming the option and the way out; a secret's value is never in it.
    """
    options = options_of(target)
    for name in given:
        if name not in options:
            raise ImproperlyConfigured(f"{where}: there is no option {name!r}. {nearest(name, options)}")
    for option in options.values():
        if option.required and option.name not in given:
            raise ImproperlyConfigured(f"{where}: the option {option.name!r} is missing.")
    return {name: _convert(options[name], value, where) for name, value in given.items()}


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message about a name that is not known."""
    known = sorted(known)
    if close := difflib.get_close_matches(str(name), known, n=1):
        return f"Did you mean {close[0]!r}?"
    return f"Choose from: {', '.join(known)}." if known else "There are none to choose from."


def _kinds(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in (Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def _convert(option: Option, value: Any, where: str) -> Any:
    if isinstance(value, Secret) and not option.secret:
        value = value.reveal()  # it was hidden for its name, like the path in "key_file"
    for kind in option.kinds:
        if kind is Any or (inspect.isclass(kind) and type(value) is kind):
            return value
    problems = []
    for kind in option.kinds:
        try:
            return _as(kind, value)
        except ImproperlyConfigured:
            raise
        except (TypeError, ValueError) as error:
            problems.append(str(error))
    shown = "the given value" if option.secret else repr(value)
    raise ImproperlyConfigured(f"{where}: the option {option.name!r} cannot be {shown}: {problems[0]}")


def _as(kind: Any, value: Any) -> Any:
    """``value`` as a ``kind``; strings, as URLs and environments have them, are read. Raises ``ValueError``."""
    if typing.get_origin(kind) is Literal:
        choices = typing.get_args(kind)
        if value not in choices:
            raise ValueError(f"it is one of {', '.join(map(repr, choices))}")
        return value
    if kind is bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        if str(value).lower() not in words:
            raise ValueError("it is true or false")
        return words[str(value).lower()]
    if kind in (int, float) and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            return int(value, 0) if kind is int and isinstance(value, str) else kind(value)  # 0o644 is one too
        except ValueError:
            raise ValueError("it is a number") from None
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is str and isinstance(value, Path):
        return str(value)
    if kind is timedelta and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return timedelta(seconds=float(value))
    if kind is Attributes and isinstance(value, Mapping):
        for name in value:
            if name not in options_of(Attributes):
                raise ValueError(f"there is no attribute {name!r}. {nearest(name, options_of(Attributes))}")
        return Attributes(**value)
    if kind is Attributes:
        raise ValueError("it is a dictionary of attributes")
    if inspect.isclass(kind) and isinstance(value, kind) and not isinstance(value, bool):
        return value
    raise ValueError(f"it is a {getattr(kind, '__name__', kind)}, not a {type(value).__name__}")
