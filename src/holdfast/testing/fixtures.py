"""The fixtures of a project's tests, for ``holdfast.testing.plugin``.

Every run of pytest imports this module where Holdfast is installed: what it needs it imports when a test asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from holdfast.storage import RemoteStorage

__all__ = ["memory_storages"]


@pytest.fixture
def memory_storages() -> Iterator[Mapping[str, RemoteStorage]]:
    """The storages of STORAGES by their aliases, with their files in memory as long as the test lasts."""
    from holdfast.testing.memory import memory_storages

    with memory_storages() as files:
        yield files
