"""Faults of names, of signing, and of what becomes of a store in a child, a pickle or a coroutine."""

from __future__ import annotations

import os
import threading
import unicodedata
from typing import Any
from urllib.parse import unquote

from holdfast.errors import StoreError, Unsupported
from holdfast.source import Source
from holdfast.stores.memory import MemoryStore
from holdfast.types import (
    Body,
    Entry,
    Feature,
    Permit,
    Read,
    Remove,
    Signed,
    Write,
)


class Respelling(MemoryStore):
    """Keeps objects under keys that are spelled otherwise."""

    def spelled(self, key: str) -> str:
        raise NotImplementedError

    def get(self, key: str, want: Read = Read()) -> Body:
        return super().get(self.spelled(key), want)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return super().put(self.spelled(key), source, how)

    def head(self, key: str, want: Read = Read()) -> Entry:
        return super().head(self.spelled(key), want)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        super().delete(self.spelled(key), how)


class IgnoresCase(Respelling):
    def spelled(self, key: str) -> str:
        return key.lower()


class ComposesNames(Respelling):
    def spelled(self, key: str) -> str:
        return unicodedata.normalize("NFC", key)


class DecomposesNames(Respelling):
    def spelled(self, key: str) -> str:
        return unicodedata.normalize("NFD", key)


class Unquotes(Respelling):
    def spelled(self, key: str) -> str:
        return unquote(key)


class ClaimsToSign(MemoryStore):
    features = MemoryStore.features | Feature.SIGN

    def sign(self, key: str, permit: Permit) -> Signed:
        raise Unsupported("Not yet.")


class FailsInAChild(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.pid = os.getpid()

    def get(self, key: str, want: Read = Read()) -> Body:
        if os.getpid() != self.pid:
            raise self.error(StoreError, key, "The pool belongs to the parent.")
        return super().get(key, want)


class NoPickle(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return NoPickle, (self.lock,)


class AnotherWayForCoroutines(MemoryStore):
    async def aget(self, key: str, want: Read = Read()) -> Body:
        return self.get(key)
