"""The three lines that show a promise broken: they pass where it is kept."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path
from typing import Any

import pytest

from holdfast.layers import Readonly
from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Case, Counting, Promise, all_promises, shell
from holdfast.types import Feature
from tests.conftest import s3

SHOWN = [promise for promise in all_promises() if promise.see]

ALONE = {"processes.see_each_other", "races.one_process_creates", "races.processes_save_one_name"}
"""They need a store that processes share."""

_numbers = itertools.count(1)


def run_see(promise: Promise, store: Store, storage: Any = None, **names: Any) -> None:
    """Run the lines as a person does in a shell."""
    scope = {name: getattr(shell, name) for name in shell.__all__}
    scope |= {"store": store, "storage": RemoteStorage(store) if storage is None else storage, **names}
    exec(compile(promise.see, promise.id, "exec"), scope)


@pytest.mark.parametrize("promise", SHOWN, ids=lambda promise: promise.id)
def test_what_shows_a_fault_shows_none_where_there_is_none(
    promise: Promise, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    counting = Counting(_store_for(promise, tmp_path, request))
    store: Store = Readonly(counting) if Feature.WRITE in promise.lacks else counting
    with Case(store, counter=counting.counting) as case:
        assert "" == promise.why_not(case)
    filler = {"given": lambda key, data=b"some bytes": shell.put(counting, key, data, shell.OVER)}
    run_see(promise, store, counting=counting.counting, **filler)


def _store_for(promise: Promise, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    if Feature.SIGN in promise.needs:
        return s3(request.getfixturevalue("ceph").endpoint, request.getfixturevalue("bucket"))
    if Feature.PATH in promise.needs or promise.id in ALONE:
        return LocalStore(root=tmp_path / "root", fsync=False)
    lacking = {feature: feature for feature in (Feature.ATTRIBUTES, Feature.REPLACE_IF, Feature.DELETE_IF)}
    if any(feature in promise.lacks for feature in lacking):
        return _Without(promise.lacks)
    return MemoryStore(name=f"see-{next(_numbers)}")


class _Without(MemoryStore):
    """One that cannot do this."""

    def __init__(self, features: Feature) -> None:
        super().__init__()
        self.features = MemoryStore.features & ~features

    def put(self, key: str, source: Any, how: Any = shell.Write()) -> Any:
        self.refuse_unsupported(key, how)
        return super().put(key, source, how)

    def delete(self, key: str, how: Any = shell.Remove()) -> None:
        self.refuse_unsupported(key, how)
        super().delete(key, how)


@pytest.mark.parametrize("promise", SHOWN, ids=lambda promise: promise.id)
def test_it_is_three_lines_at_most(promise: Promise) -> None:
    lines = promise.see.splitlines()
    assert len(lines) <= 3
    assert max(map(len, lines)) <= 110
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(promise.see))), "nothing is asserted"
