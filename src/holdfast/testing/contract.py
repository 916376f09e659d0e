"""The promises as pytest reads them: one test for each. The only module here that needs pytest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest

from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.case import Case, Counter
from holdfast.testing.promise import SMALL, About, Cost, Promise, all_promises
from holdfast.types import Create, Feature

__all__ = ["StorageContract", "StoreContract"]


class Contract:
    """What both contracts have in common.

    ``exempt``: promises that are not kept, by id, each with the reason, which the report shows. An exemption that
    is not needed fails. ``costs``: leave out ``"slow"`` to try the cheap promises alone. ``features`` and
    ``creates``: what the store can do; promises that then do not apply are left out instead of reported as skipped,
    and a store that can do something else fails.
    """

    about: ClassVar[About]
    exempt: ClassVar[Mapping[str, str]] = {}
    costs: ClassVar[tuple[Cost, ...]] = ("cheap", "slow")
    features: ClassVar[Feature | None] = None
    creates: ClassVar[Create] = Create.ATOMIC

    @pytest.fixture
    def counter(self) -> Counter | None:
        """Yours, if requests can be counted; without it there is no talk of budgets."""
        return None

    @pytest.fixture
    def filler(self) -> Store | None:
        """Yours, if the store cannot write: another one with the same objects that can."""
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "promise" not in metafunc.fixturenames:
            return
        found = [promise for promise in all_promises(self.about) if promise.cost in self.costs]
        if self.features is not None:
            asked = [promise for promise in found if not promise.why_not_of(self.features, self.creates)]
            if needless := self.exempt.keys() & (
                {promise.id for promise in found} - {promise.id for promise in asked}
            ):
                raise ValueError(f"{type(self).__name__}.exempt: {', '.join(sorted(needless))} is not even asked.")
            found = asked
        if unknown := self.exempt.keys() - {promise.id for promise in all_promises()}:
            raise ValueError(f"{type(self).__name__}.exempt: there is no promise {', '.join(sorted(unknown))}.")
        metafunc.parametrize("promise", found, ids=[promise.id for promise in found])

    def test_features(self, case: Case) -> None:
        """The store can do what this class says: no promise is left out because a feature was lost."""
        if self.features is not None:
            assert (self.features, self.creates) == (case.store.features, case.store.creates(SMALL))

    def test_promise(self, promise: Promise, case: Case) -> None:
        reason = self.exempt.get(promise.id)
        try:
            promise.ask(case)
        except NotApplicable as why_not:
            if reason is None:
                pytest.skip(f"not applicable: {why_not}")
            pytest.fail(f"{promise.id} is exempt ({reason}), but is not even asked: it {why_not}.", pytrace=False)
        except Broken:
            if reason is None:
                raise
            pytest.xfail(reason)
        if reason is not None:
            pytest.fail(f"{promise.id} is exempt ({reason}), and yet it is kept.", pytrace=False)


class StoreContract(Contract):
    """All promises about stores. A subclass writes ``make``, or a fixture ``store`` if that takes others."""

    about = "store"

    def make(self) -> Store:
        """A store that is fresh and empty."""
        raise NotImplementedError(f"{type(self).__name__} needs a method 'make', or a fixture 'store'.")

    @pytest.fixture
    def store(self) -> Store:
        return self.make()

    @pytest.fixture
    def case(self, store: Store, filler: Store | None, counter: Counter | None) -> Iterator[Case]:
        with Case(store, filler=filler, counter=counter) as case:
            yield case
        store.close()


class StorageContract(Contract):
    """All promises about storages. A subclass writes ``make``, or a fixture ``storage``."""

    about = "storage"

    def make(self) -> RemoteStorage:
        """A storage over a store that is fresh and empty."""
        raise NotImplementedError(f"{type(self).__name__} needs a method 'make', or a fixture 'storage'.")

    @pytest.fixture
    def storage(self) -> RemoteStorage:
        return self.make()

    @pytest.fixture
    def case(self, storage: RemoteStorage, filler: Store | None, counter: Counter | None) -> Iterator[Case]:
        with Case(storage.store, storage=storage, filler=filler, counter=counter) as case:
            yield case
        storage.store.close()
