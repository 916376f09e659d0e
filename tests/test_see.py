"""What is said of a promise: three lines that show it broken and pass where it is kept, and who says so."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage

from holdfast.layers import Readonly
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Case, Counting, Promise, all_promises, shell
from holdfast.testing.verdict import Outcome, judge
from holdfast.types import Entry, Feature, Remove, Write
from tests.conftest import STORES, s3
from tests.servers.ceph import Ceph

PAGES = (
    "https://docs.djangoproject.com/en/stable/",
    "https://docs.python.org/3/",
    "https://www.rfc-editor.org/rfc/rfc",
    "https://docs.aws.amazon.com/",
    "https://cheatsheetseries.owasp.org/",
)
"""Whom the promises may quote."""

PROMISES = all_promises()

ON_DISK = {
    "processes.see_each_other",
    "races.one_process_creates",
    "races.processes_save_one_name",
    "saving.little_memory",
}
"""They need a store that processes share, or that is not in memory itself."""

SERVED = {
    "forms.shown_by_a_form",
    "urls.compressed_stay_so",
    "urls.gives_the_bytes",
    "urls.is_a_url",
    "urls.of_its_own",
}
"""They need a storage that gives URLs."""

# A person in a shell closes no files.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

_numbers = itertools.count(1)


def _id(promise: Promise) -> str:
    return promise.id


def run_see(promise: Promise, store: Store | None, storage: Storage | None = None, **names: Any) -> None:
    """Run the lines as a person does in a shell, who has a storage at least."""
    scope = {name: getattr(shell, name) for name in shell.__all__}
    scope |= {"storage": RemoteStorage(store) if storage is None else storage, **names}
    if store is not None:
        scope["store"] = store
    exec(compile(promise.see, promise.id, "exec"), scope)


@pytest.mark.parametrize("promise", PROMISES, ids=_id)
def test_what_shows_a_fault_shows_none_where_there_is_none(
    promise: Promise, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    counting = Counting(_store_for(promise, tmp_path, request))
    store: Store = Readonly(counting) if Feature.WRITE in promise.lacks else counting
    with Case(store, counter=counting.counting) as case:
        assert "" == promise.why_not(case)
    filler = {"given": lambda key, data=b"some bytes": shell.put(counting, key, data, shell.OVER)}
    run_see(promise, store, counting=counting.counting, **filler, **_others_for(promise, request))


def _store_for(promise: Promise, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    if Feature.SIGN in promise.needs or promise.id in SERVED:
        return s3(request.getfixturevalue("ceph").endpoint, request.getfixturevalue("bucket"))
    if Feature.PATH in promise.needs or promise.id in ON_DISK:
        return LocalStore(root=tmp_path / "root", fsync=False)
    lacking = {feature: feature for feature in (Feature.ATTRIBUTES, Feature.REPLACE_IF, Feature.DELETE_IF)}
    if any(feature in promise.lacks for feature in lacking):
        return _Without(promise.lacks)
    return MemoryStore(name=f"see-{next(_numbers)}")


def _others_for(promise: Promise, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a person has beside the storage, for promises about servers that do not answer and the like."""
    if not re.search(r"\b(unreachable|stranger|secrets)\b", promise.see):
        return {}
    subject = STORES["s3"].make(request)
    others = {"unreachable": subject.unreachable, "stranger": subject.stranger}
    if promise.about != "store":
        others = {name: RemoteStorage(store) for name, store in others.items() if store is not None}
    return {**others, "secrets": [Ceph.secret_key]}


class _Without(MemoryStore):
    """One that cannot do this."""

    def __init__(self, features: Feature) -> None:
        super().__init__()
        self.features = MemoryStore.features & ~features

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        return super().put(key, source, how)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.refuse_unsupported(key, how)
        super().delete(key, how)


def _file_system(folder: Path) -> Storage:
    folder.mkdir()
    return FileSystemStorage(location=folder, base_url="/media/")


def _in_memory(folder: Path) -> Storage:
    return InMemoryStorage(base_url="/media/")


@pytest.mark.parametrize("make", [_file_system, _in_memory])
@pytest.mark.parametrize("promise", [promise for promise in PROMISES if promise.about == "storage"], ids=_id)
def test_of_the_storages_of_django_the_lines_say_what_the_promise_says(
    promise: Promise, make: Callable[[Path], Storage], tmp_path: Path
) -> None:
    with Case.of(make(tmp_path / "asked")) as case:
        outcome = judge(promise, case, {}).outcome
    if outcome is Outcome.KEPT:
        run_see(promise, None, make(tmp_path / "seen"))
    elif outcome is Outcome.BROKEN:
        with pytest.raises(Exception):  # noqa: B017 - whatever a person would see
            run_see(promise, None, make(tmp_path / "seen"))


@pytest.mark.parametrize("promise", PROMISES, ids=_id)
def test_it_is_three_lines_at_most(promise: Promise) -> None:
    lines = promise.see.splitlines()
    assert len(lines) <= 3
    assert max(map(len, lines)) <= 110
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(promise.see))), "nothing is asserted"


def test_every_promise_says_how_to_see_it_broken_and_who_says_so() -> None:
    assert [] == [promise.id for promise in PROMISES if not (promise.see and promise.source)]


@pytest.mark.parametrize("source", sorted({promise.source for promise in PROMISES}))
def test_a_source_is_a_page_or_something_here_that_says_so(source: str) -> None:
    if source.startswith("https://"):
        assert source.startswith(PAGES)
        assert source.isprintable()
        assert " " not in source
    else:
        assert inspect.getdoc(_named(source))


def _named(path: str) -> Any:
    """The module, class or method of a dotted name."""
    module, names = path, []
    while True:
        try:
            found = importlib.import_module(module)
            break
        except ModuleNotFoundError:
            module, _, name = module.rpartition(".")
            names.insert(0, name)
    for name in names:
        found = getattr(found, name)
    return found
