"""The promises as pytest reads them: one test for each. Needs pytest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest
from django.core.files.storage import Storage

from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.testing.case import Case, Counter
from holdfast.testing.promise import SMALL, About, Cost, Promise
from holdfast.testing.selection import CHEAP_AND_SLOW, Selection
from holdfast.testing.verdict import Outcome, Verdict, judge
from holdfast.types import Create, Feature

__all__ = ["RemoteStorageContract", "StorageContract", "StoreContract", "settle"]


def settle(verdict: Verdict) -> None:
    """Say it as pytest does: a skip, an expected failure, a failure, or nothing."""
    __tracebackhide__ = True
    match verdict.outcome:
        case Outcome.NOT_ASKED:
            pytest.skip(f"not applicable: {verdict.detail}")
        case Outcome.EXEMPT:
            pytest.xfail(verdict.detail)
        case Outcome.NEEDLESS:
            pytest.fail(verdict.detail, pytrace=False)
        case Outcome.BROKEN:
            assert verdict.error is not None
            raise verdict.error


class Contract:
    """What the contracts have in common.

    ``exempt``: promises that are not kept, by id, each with the reason, which the report shows. An exemption that
    is not needed fails, unless its reason is a ``Sometimes``. ``costs``: leave out ``"slow"`` to try the cheap
    promises alone. ``features`` and ``creates``: what the store can do; promises that then do not apply are left
    out instead of reported as skipped, and a store that can do something else fails. ``budgets``: requests that
    something costs here, where those are more than usual, by the names in
    ``holdfast.testing.promises.budgets.BUDGETS``: ``{"save": 2}``. More than are needed fail. ``secrets``:
    passwords and keys that it works with, which no error may show.
    """

    about: ClassVar[tuple[About, ...]]
    exempt: ClassVar[Mapping[str, str]] = {}
    costs: ClassVar[tuple[Cost, ...]] = CHEAP_AND_SLOW
    features: ClassVar[Feature | None] = None
    creates: ClassVar[Create] = Create.ATOMIC
    budgets: ClassVar[Mapping[str, int]] = {}
    secrets: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def counter(self) -> Counter | None:
        """Yours, if requests can be counted; without it there is no talk of budgets."""
        return None

    @pytest.fixture
    def filler(self) -> Store | None:
        """Yours: another way to the same objects, if the store cannot write, or if a plain storage should not be
        filled and looked into by its own methods."""
        return None

    @pytest.fixture
    def unreachable(self) -> Store | Storage | None:
        """Yours, if there can be one: the same kind of store or storage, of a server that does not answer."""
        return None

    @pytest.fixture
    def stranger(self) -> Store | Storage | None:
        """Yours, if there can be one: it reaches its server, and has nothing to know it by."""
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "promise" not in metafunc.fixturenames:
            return
        selection = Selection(
            about=self.about,
            exempt=self.exempt,
            costs=self.costs,
            features=self.features,
            creates=self.creates,
            budgets=self.budgets,
        )
        try:
            found = selection.promises()
        except ValueError as error:
            raise ValueError(f"{type(self).__name__}: {error}") from None
        metafunc.parametrize("promise", found, ids=[promise.id for promise in found])

    def test_features(self, case: Case) -> None:
        """The store can do what this class says: no promise is left out because a feature was lost, and no budget
        is stated without something that counts."""
        if self.features is not None:
            assert (self.features, self.creates) == (case.store.features, case.store.creates(SMALL))
        assert case.counts or not self.budgets, "budgets need a fixture 'counter'"

    def test_promise(self, promise: Promise, case: Case) -> None:
        settle(judge(promise, case, self.exempt))


class StoreContract(Contract):
    """All promises about stores. A subclass writes ``make``, or a fixture ``store`` if that takes others."""

    about: ClassVar[tuple[About, ...]] = ("store",)

    def make(self) -> Store:
        """A store that is fresh and empty."""
        raise NotImplementedError(f"{type(self).__name__} needs a method 'make', or a fixture 'store'.")

    @pytest.fixture
    def store(self) -> Store:
        return self.make()

    @pytest.fixture
    def case(
        self,
        store: Store,
        filler: Store | None,
        counter: Counter | None,
        unreachable: Store | None,
        stranger: Store | None,
    ) -> Iterator[Case]:
        made = Case(
            store,
            filler=filler,
            counter=counter,
            unreachable=unreachable,
            stranger=stranger,
            budgets=self.budgets,
            secrets=self.secrets,
        )
        with made as case:
            yield case
        store.close()


class StorageContract(Contract):
    """All promises about storages of Django's, whoever wrote them. A subclass writes ``make``, or a fixture
    ``storage``."""

    about: ClassVar[tuple[About, ...]] = ("storage",)

    def make(self) -> Storage:
        """A storage that is fresh and empty."""
        raise NotImplementedError(f"{type(self).__name__} needs a method 'make', or a fixture 'storage'.")

    @pytest.fixture
    def storage(self) -> Storage:
        return self.make()

    @pytest.fixture
    def case(
        self,
        storage: Storage,
        filler: Store | None,
        counter: Counter | None,
        unreachable: Storage | None,
        stranger: Storage | None,
    ) -> Iterator[Case]:
        made = Case.of(
            storage,
            filler=filler,
            counter=counter,
            unreachable=unreachable,
            stranger=stranger,
            budgets=self.budgets,
            secrets=self.secrets,
        )
        with made as case:
            yield case
        if isinstance(storage, RemoteStorage):
            storage.store.close()


class RemoteStorageContract(StorageContract):
    """All promises about storages, and those that Holdfast's give beyond Django's contract."""

    about: ClassVar[tuple[About, ...]] = ("storage", "remote")
