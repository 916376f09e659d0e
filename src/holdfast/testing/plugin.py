"""The plugin for pytest: ``pytest --holdfast-storage=default`` asks a storage of STORAGES for its promises.

Loaded by every pytest where Holdfast is installed, so it imports little before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.testing.fixtures import memory_storages

if TYPE_CHECKING:
    from holdfast.testing.live import Scratch
    from holdfast.testing.promise import Promise
    from holdfast.testing.selection import Selection

__all__ = ["LiveStorage", "PromiseItem", "memory_storages"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("holdfast", "Holdfast's promises, asked of a storage of STORAGES")
    group.addoption(
        "--holdfast-storage",
        action="append",
        default=[],
        metavar="ALIAS",
        help="ask this storage, in a scratch folder of which nothing is left; may be repeated",
    )
    group.addoption(
        "--holdfast-slow", action="store_true", help="also ask what moves megabytes or thousands of files"
    )
    group.addoption(
        "--holdfast-exempt",
        action="append",
        default=[],
        metavar="ID=REASON",
        help="a promise that is known not to be kept; may be repeated",
    )
    group.addoption("--holdfast-within", default="", metavar="FOLDER", help="make the scratch folder in this one")


@pytest.hookimpl(tryfirst=True)  # what -k and -m leave out is decided after that
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    aliases: list[str] = session.config.getoption("holdfast_storage")
    for alias in aliases:
        name = f"holdfast:{alias}"
        items.extend(LiveStorage.from_parent(session, name=name, nodeid=name, alias=alias).collect())


class LiveStorage(pytest.Collector):
    """A storage of STORAGES. Its scratch folder is there while its promises are asked."""

    def __init__(self, *, alias: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alias = alias
        self.scratch: Scratch | None = None
        self.selection: Selection

    def collect(self) -> Iterator[PromiseItem]:
        import django
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.files.storage import InvalidStorageError, storages

        from holdfast.testing.live import Scratch, abouts_of
        from holdfast.testing.selection import CHEAP, CHEAP_AND_SLOW, Selection, exemptions_of

        option = self.config.getoption
        try:
            if not settings.configured:
                django.setup()
            storage = storages[self.alias]
            self.selection = Selection(
                about=abouts_of(storage),
                exempt=exemptions_of(option("holdfast_exempt")),
                costs=CHEAP_AND_SLOW if option("holdfast_slow") else CHEAP,
                live=True,
            )
            promises = self.selection.promises()
        except (ImproperlyConfigured, InvalidStorageError, ValueError) as error:
            raise pytest.UsageError(f"--holdfast-storage={self.alias}: {error}") from error
        self.scratch = Scratch(storage, within=option("holdfast_within"))
        for promise in promises:
            yield PromiseItem.from_parent(self, name=promise.id, promise=promise)

    def setup(self) -> None:
        assert self.scratch is not None
        self.scratch.__enter__()
        self.addfinalizer(self._clean)

    def _clean(self) -> None:
        assert self.scratch is not None
        self.scratch.clean()
        if self.scratch.left:
            raise AssertionError(f"Left behind, and to be deleted by hand: {', '.join(self.scratch.left)}")


class PromiseItem(pytest.Item):
    """One promise."""

    parent: LiveStorage

    def __init__(self, *, promise: Promise, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.promise = promise

    def runtest(self) -> None:
        from holdfast.testing.contract import settle
        from holdfast.testing.verdict import judge

        assert self.parent.scratch is not None
        with self.parent.scratch.case() as case:
            verdict = judge(self.promise, case, self.parent.selection.exempt)
        settle(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        from holdfast.testing.asserting import Broken

        if isinstance(excinfo.value, Broken):
            return str(excinfo.value)  # the diagnosis says it; our own stack does not help anybody
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, None, f"{self.parent.name}: {self.name}"
