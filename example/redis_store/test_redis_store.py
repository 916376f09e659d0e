"""RedisStore keeps Holdfast's promises: by itself, and below a storage of Django's."""

import os
from uuid import uuid4

import pytest
from holdfast import RemoteStorage
from holdfast.layers import Prefixed
from holdfast.resolve import resolve
from holdfast.testing import Counting
from holdfast.testing.contract import RemoteStorageContract, StoreContract

from redis_store import RedisStore

URL = os.environ.get("REDIS_STORE", "redis://")


class Fresh:
    features = RedisStore.features

    @pytest.fixture
    def store(self):
        """An empty folder of its own, that counts what is asked of it and is emptied afterwards."""
        with Counting(Prefixed(resolve(URL), prefix=uuid4().hex)) as store:
            yield store
            store.delete_many([entry.key for entry in store.list()])

    @pytest.fixture
    def counter(self, store):
        return store.counting


class TestStore(Fresh, StoreContract):
    pass


class TestStorage(Fresh, RemoteStorageContract):
    exempt = {"saving.little_memory": "a file is sent in one piece"}

    @pytest.fixture
    def storage(self, store):
        return RemoteStorage(store, base_url="/files/")
