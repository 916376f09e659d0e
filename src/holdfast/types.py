"""The records that stores and their callers hand each other.

A verb of a store takes its key and one frozen, keyword-only record; only the records ever grow.
Sizes are bytes, ranges are half-open (``start`` included, ``end`` not), times are aware datetimes.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, final

from holdfast.threads import checkpoint

__all__ = [
    "CHUNK",
    "Attributes",
    "Body",
    "Create",
    "Entry",
    "Feature",
    "Folder",
    "Listing",
    "Permit",
    "Read",
    "Remove",
    "Secret",
    "Signed",
    "Write",
]

CHUNK = 64 * 1024
"""Bytes moved at a time: Django's own chunk size, and small enough to stay in a processor's cache."""


class Feature(enum.Flag):
    """Something that a store may be able to do. What it does not claim it refuses with ``Unsupported``."""

    NONE = 0
    WRITE = enum.auto()
    """``put``, ``delete`` and ``copy`` are allowed at all."""
    RANGE = enum.auto()
    """``get`` of a range moves that range and not the whole object."""
    COPY = enum.auto()
    """``copy`` moves no bytes through this process."""
    SIGN = enum.auto()
    """``sign`` makes URLs that need no other credential."""
    ATTRIBUTES = enum.auto()
    """Content type, encoding, disposition, language, cache control and metadata are kept with the object."""
    REPLACE_IF = enum.auto()
    """``Write.etag`` holds even against a writer in the same instant."""
    DELETE_IF = enum.auto()
    """``Remove.etag`` holds even against a writer in the same instant."""
    PATH = enum.auto()
    """``path`` names a local file that holds the bytes as they are."""


class Create(enum.Enum):
    """How surely ``put`` without ``overwrite`` leaves an existing object alone."""

    ATOMIC = "atomic"
    """Of any number of writers, one wins."""
    CLAIM = "claim"
    """As ``ATOMIC``, among clients that follow Holdfast's protocol."""
    NONE = "none"
    """The store looks first and then writes: two writers in the same instant may both win."""


@final
class Secret:
    """A string that no message, repr, log line, traceback or migration shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value._value if isinstance(value, Secret) else value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """What is said of an object besides its bytes; ``None`` says nothing.

    The five named ones are the HTTP headers of the same names (RFC 9110, RFC 6266, RFC 9111).
    ``metadata`` holds the caller's own pairs: names are HTTP tokens and case does not count, values are any
    text without control characters.

    Raises ``ValueError`` for what could not be sent as it stands.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    content_disposition: str | None = None
    content_language: str | None = None
    cache_control: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.named().items():
            if not isinstance(value, str):
                raise ValueError(f"{name}: {value!r} is not text.")
            if _CONTROL.search(value) or not value.isascii():
                hint = " (RFC 6266 spells other names filename*=UTF-8''…)" if "disposition" in name else ""
                raise ValueError(f"{name}: {value!r} is not printable ASCII{hint}.")
        if not isinstance(self.metadata, Mapping):
            raise ValueError(f"metadata: it is a dictionary, not a {type(self.metadata).__name__}.")
        if not self.metadata:
            return
        lowered: dict[str, str] = {}
        for name, value in self.metadata.items():
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"metadata: the name {name!r} is not an HTTP token.")
            if name.lower() in lowered:
                raise ValueError(f"metadata: the name {name!r} is given twice; case does not count.")
            if not isinstance(value, str) or _CONTROL.search(value):
                raise ValueError(f"metadata: the value of {name!r} is not text without control characters.")
            lowered[name.lower()] = value
        object.__setattr__(self, "metadata", lowered)

    def named(self) -> dict[str, str]:
        """The attributes that are set, without ``metadata``, by their names here."""
        return {
            name: value
            for name in _NAMED
            if (value := getattr(self, name)) is not None
        }  # fmt: skip

    def requested(self) -> list[str]:
        """The names of all attributes that are set."""
        return [*self.named(), *(["metadata"] if self.metadata else [])]

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, object]]:
        """For migrations."""
        return "holdfast.Attributes", (), {**self.named(), **({"metadata": self.metadata} if self.metadata else {})}

    def merged(self, over: Attributes) -> Attributes:
        """These attributes, with those that ``over`` sets in their place."""
        return Attributes(**{**self.named(), **over.named()}, metadata={**self.metadata, **over.metadata})


_NAMED = tuple(f.name for f in fields(Attributes) if f.name != "metadata")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What ``head``, ``get``, ``put`` and ``list`` say of an object.

    ``digests`` are of the whole object as stored, lower-case hexadecimal by the names of ``hashlib``, and
    ``crc32`` besides; a store gives those that came with its answer and never asks again for one.
    """

    key: str
    size: int | None = None
    etag: str | None = None
    modified: datetime | None = None
    created: datetime | None = None
    accessed: datetime | None = None
    attributes: Attributes = Attributes()
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Folder:
    """What ``listdir`` says of keys that have a prefix in common; ``prefix`` ends in a slash."""

    prefix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """How to ``get`` or ``head``: bytes ``start`` to ``end`` (``None``: the end of the object).

    ``etag``: only if the object is still this one, else ``Changed``.
    """

    start: int = 0
    end: int | None = None
    etag: str | None = None

    def __post_init__(self) -> None:
        if self.start < 0 or (self.end is not None and self.end < self.start):
            raise ValueError(f"There is no range from {self.start} to {self.end}.")

    @property
    def whole(self) -> bool:
        return self.start == 0 and self.end is None

    def span(self, size: int) -> tuple[int, int]:
        """The part of this range that an object of ``size`` bytes has."""
        start = min(self.start, size)
        return start, size if self.end is None else max(start, min(self.end, size))


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """How to ``put`` or ``copy``.

    ``overwrite``: an existing object may be replaced; without it, it is ``AlreadyExists``.
    ``etag``: replace this version and no other, else ``Changed`` (needs ``Feature.REPLACE_IF``).
    ``attributes``: requested; a store that cannot keep one refuses it by name before a byte moves.
    ``guess``: the content type to keep where none is requested; a store may drop it.
    """

    overwrite: bool = False
    etag: str | None = None
    attributes: Attributes = Attributes()
    guess: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Remove:
    """How to ``delete``.

    ``etag``: this version and no other, else ``Changed`` (needs ``Feature.DELETE_IF``).
    """

    etag: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """How to ``list``. ``after``: only keys that sort after this one."""

    after: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permit:
    """What a signed URL allows, for ``expires`` (seconds or a ``timedelta``) from now.

    ``download``: the name under which a browser saves the answer instead of showing it.
    ``content_type``: what a GET answers with, or what a PUT has to send.
    """

    method: str = "GET"
    expires: float | timedelta = 3600
    download: str | None = None
    content_type: str | None = None

    def __post_init__(self) -> None:
        if self.seconds < 1:
            raise ValueError(f"expires: {self.expires!r} is less than a second.")

    @property
    def seconds(self) -> int:
        return int(self.expires.total_seconds() if isinstance(self.expires, timedelta) else self.expires)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """A request that anyone may make until ``expires``: with this method, and with these headers."""

    method: str
    url: str
    expires: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


class Body:
    """The bytes that ``get`` brings: chunks, the range they really are, and the entry.

    It is read once, from its beginning. Whoever does not read it to the end closes it: it may hold a
    connection until then.
    """

    __slots__ = ("_chunks", "_close", "_rest", "end", "entry", "start")

    def __init__(
        self,
        entry: Entry,
        chunks: Iterable[bytes],
        *,
        start: int = 0,
        end: int | None = None,
        close: Callable[[], object] | None = None,
    ) -> None:
        self.entry = entry
        self.start = start
        self.end = end
        self._chunks = iter(chunks)
        self._rest: memoryview = memoryview(b"")
        self._close = close

    def __iter__(self) -> Iterator[bytes]:
        if self._rest:
            yield bytes(self._rest)
            self._rest = memoryview(b"")
        for chunk in self._chunks:
            checkpoint()
            yield chunk

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, fewer only at the end; all that are left for -1."""
        if size < 0:
            return b"".join(self)
        parts: list[bytes | memoryview] = []
        while size > 0:
            if not self._rest:
                checkpoint()
                chunk = next(self._chunks, b"")
                if not chunk:
                    break
                self._rest = memoryview(chunk)
            parts.append(self._rest[:size])
            self._rest = self._rest[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def close(self) -> None:
        close, self._close = self._close, None
        if close:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
