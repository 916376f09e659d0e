"""The promises as ``unittest`` and Django's test runner read them: one test method for each.

::

    class MyStorageTests(StorageTests, SimpleTestCase):
        def make(self):
            return MyStorage()  # fresh and empty
"""

from __future__ import annotations

import unittest
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from django.core.files.storage import Storage

from holdfast.store import Store
from holdfast.testing.case import Case
from holdfast.testing.promise import About, Cost, Promise
from holdfast.testing.selection import CHEAP_AND_SLOW, Selection
from holdfast.testing.verdict import Outcome, judge
from holdfast.types import Create, Feature

__all__ = ["RemoteStorageTests", "StorageTests", "StoreTests"]


class Tests:
    """What they have in common; mixed into a ``TestCase``. The attributes are those of the contracts for pytest.

    ``make`` gives what is tried, fresh and empty. ``case_options``: further arguments of ``Case``, such as
    ``filler`` and ``counter``. A promise that does not apply, or is exempt, is a skipped test with the reason.
    """

    about: ClassVar[tuple[About, ...]]
    exempt: ClassVar[Mapping[str, str]] = {}
    costs: ClassVar[tuple[Cost, ...]] = CHEAP_AND_SLOW
    features: ClassVar[Feature | None] = None
    creates: ClassVar[Create] = Create.ATOMIC
    budgets: ClassVar[Mapping[str, int]] = {}
    secrets: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not issubclass(cls, unittest.TestCase):
            return
        selection = Selection(
            about=cls.about,
            exempt=cls.exempt,
            costs=cls.costs,
            features=cls.features,
            creates=cls.creates,
            budgets=cls.budgets,
        )
        for promise in selection.promises():
            test = _test_of(promise)
            test.__qualname__ = f"{cls.__qualname__}.{test.__name__}"
            setattr(cls, test.__name__, test)

    def make(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} needs a method 'make'.")

    def case_options(self) -> dict[str, Any]:
        return {}

    def make_case(self) -> Case:
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        return {"budgets": self.budgets, "secrets": self.secrets, **self.case_options()}


class StoreTests(Tests):
    """All promises about stores."""

    about: ClassVar[tuple[About, ...]] = ("store",)

    def make_case(self) -> Case:
        store: Store = self.make()
        cast(unittest.TestCase, self).addCleanup(store.close)
        return Case(store, **self._options())


class StorageTests(Tests):
    """All promises about storages of Django's, whoever wrote them."""

    about: ClassVar[tuple[About, ...]] = ("storage",)

    def make_case(self) -> Case:
        storage: Storage = self.make()
        return Case.of(storage, **self._options())


class RemoteStorageTests(StorageTests):
    """All promises about storages, and those that Holdfast's give beyond Django's contract."""

    about: ClassVar[tuple[About, ...]] = ("storage", "remote")


def _test_of(promise: Promise) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        with self.make_case() as case:
            verdict = judge(promise, case, self.exempt)
        match verdict.outcome:
            case Outcome.NOT_ASKED:
                self.skipTest(f"not applicable: {verdict.detail}")
            case Outcome.EXEMPT:
                self.skipTest(f"exempt: {verdict.detail}")
            case Outcome.NEEDLESS:
                self.fail(verdict.detail)
            case Outcome.BROKEN:
                assert verdict.error is not None
                raise verdict.error

    test.__name__ = f"test_{promise.id.replace('.', '__')}"
    test.__doc__ = promise.sentence
    return test
