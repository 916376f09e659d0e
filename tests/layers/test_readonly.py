"""What is peculiar to a read-only layer; what it shares with all stores stands in the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.errors import Unsupported
from holdfast.layers import Readonly
from holdfast.stores.memory import MemoryStore
from holdfast.types import Feature, Permit, Signed


class Signing(MemoryStore):
    features = MemoryStore.features | Feature.SIGN | Feature.PATH

    def sign(self, key: str, permit: Permit) -> Signed:
        return Signed(method=permit.method, url=f"https://files.example.com/{key}", expires=datetime.now(UTC))

    def path(self, key: str) -> Path:
        return Path("/", key)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_urls_to_read_are_signed(method: str) -> None:
    signed = Readonly(Signing()).sign("a.txt", Permit(method=method))
    assert "https://files.example.com/a.txt" == signed.url


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_urls_that_change_something_are_not(method: str) -> None:
    with pytest.raises(Unsupported, match="read-only"):
        Readonly(Signing()).sign("a.txt", Permit(method=method))


def test_a_path_would_let_anybody_write() -> None:
    store = Readonly(Signing())
    assert Feature.PATH not in store.features
    with pytest.raises(Unsupported, match="read-only"):
        store.path("a.txt")
