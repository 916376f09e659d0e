"""Every store and every layer is held to all promises, alone and below a storage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.storage import Storage

from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.testing import Counter, all_promises
from holdfast.testing.contract import RemoteStorageContract, StoreContract
from tests.conftest import LAYERS, STORES, Subject, Tried


class OfASubject:
    """The fixtures of both contracts, from the table in ``conftest``."""

    tried: Tried

    @pytest.fixture
    def subject(self, request: pytest.FixtureRequest) -> Iterator[Subject]:
        subject = self.tried.make(request)
        yield subject
        subject.store.close()

    @pytest.fixture
    def counter(self, subject: Subject) -> Counter | None:
        return subject.counter

    @pytest.fixture
    def filler(self, subject: Subject) -> Store | None:
        return subject.filler

    @pytest.fixture
    def unreachable(self, subject: Subject) -> Store | Storage | None:
        return subject.unreachable

    @pytest.fixture
    def stranger(self, subject: Subject) -> Store | Storage | None:
        return subject.stranger


class _Store(OfASubject, StoreContract):
    @pytest.fixture
    def store(self, subject: Subject) -> Store:
        return subject.store


class _Storage(OfASubject, RemoteStorageContract):
    @pytest.fixture
    def storage(self, subject: Subject) -> RemoteStorage:
        return RemoteStorage(subject.store)

    @pytest.fixture
    def unreachable(self, subject: Subject) -> Storage | None:
        return None if subject.unreachable is None else RemoteStorage(subject.unreachable)

    @pytest.fixture
    def stranger(self, subject: Subject) -> Storage | None:
        return None if subject.stranger is None else RemoteStorage(subject.stranger)


for _name, _tried in {**STORES, **LAYERS}.items():
    for _kind in (_Store, _Storage):
        _class = f"Test{_name.capitalize()}{_kind.__name__.strip('_')}"
        _own = {each.id for each in all_promises(*_kind.about)}
        _exempt = {key: reason for key, reason in _tried.exempt.items() if key in _own}
        _said = {"features": _tried.features, "creates": _tried.creates, "exempt": _exempt}
        globals()[_class] = type(_class, (_kind,), {"tried": _tried, **_said})
