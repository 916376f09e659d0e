"""Comparing the bytes that came with the digest that was kept of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Protocol

from holdfast.errors import Corrupt
from holdfast.types import Body, Entry

__all__ = ["Verifier", "verified"]

STRENGTH = ("sha512", "sha256", "sha1", "md5", "crc32")
"""The digests that can be checked, the strongest first."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...
    def hexdigest(self) -> str: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


class Verifier:
    """Checks a whole object, read from its beginning, against the strongest digest its entry has.

    With no digest, only the number of bytes is checked, where it is known.
    """

    def __init__(self, entry: Entry, store: str = "") -> None:
        self._entry = entry
        self._store = store
        self._name = next((name for name in STRENGTH if name in entry.digests), "")
        self._hash: _Hash | None = None
        if self._name:
            self._hash = _Crc32() if self._name == "crc32" else hashlib.new(self._name, usedforsecurity=False)
        self.position = 0

    def update(self, data: bytes) -> None:
        self.position += len(data)
        if self._hash is not None:
            self._hash.update(data)

    def finish(self) -> None:
        """Call it after the last byte. Raises ``Corrupt``."""
        entry = self._entry
        if entry.size is not None and self.position != entry.size:
            self._fail(f"has {self.position:,} bytes instead of {entry.size:,}")
        if self._hash is not None and self._hash.hexdigest() != entry.digests[self._name].lower():
            self._fail(f"does not match its {self._name} digest")

    def _fail(self, what: str) -> None:
        key = self._entry.key
        message = f"What came for {key!r} from {self._store} {what}; nothing of it was handed on as the whole."
        raise Corrupt(message, key=key, store=self._store)


def verified(body: Body, store: str = "") -> Iterator[bytes]:
    """The chunks of a whole object; the last comes only after all of them were found right."""
    verifier = Verifier(body.entry, store)
    held = b""
    with body:
        for chunk in body:
            verifier.update(chunk)
            if held:
                yield held
            held = chunk
        verifier.finish()
    if held:
        yield held
