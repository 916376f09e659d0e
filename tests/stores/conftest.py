"""A bucket of Ceph for each test of S3, and Amazon's own client to look into it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from holdfast.stores.s3 import S3Store
from tests.servers.ceph import Ceph
from tests.servers.proxy import Proxy


@dataclass(frozen=True)
class Place:
    """A bucket of one test alone."""

    ceph: Ceph
    bucket: str
    boto3: Any
    """The witness: Amazon's own client."""

    def store(self, endpoint: str | None = None, **options: Any) -> S3Store:
        defaults = {
            "bucket": self.bucket,
            "endpoint": endpoint or self.ceph.endpoint,
            "region": self.ceph.region,
            "access_key": self.ceph.access_key,
            "secret_key": self.ceph.secret_key,
            "service": "ceph-16",
        }
        return S3Store(**(defaults | options))

    def pending(self) -> list[Any]:
        """The uploads in parts that are neither completed nor aborted."""
        return self.boto3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])

    def keys(self) -> list[str]:
        return [entry.key for entry in self.store().list()]


@pytest.fixture(scope="session")
def witness(ceph: Ceph) -> Iterator[Any]:
    with contextlib.closing(ceph.client()) as client:
        yield client


@pytest.fixture
def place(ceph: Ceph, witness: Any, bucket: str) -> Place:
    return Place(ceph, bucket, witness)


@pytest.fixture
def store(place: Place) -> S3Store:
    return place.store()


@pytest.fixture
def through(place: Place, proxy: Proxy) -> Callable[..., S3Store]:
    """Make a store that reaches the bucket through the proxy, over connections of its own."""

    def make(**options: Any) -> S3Store:
        proxy.drop_idle()  # stores share what lies idle
        return place.store(proxy.endpoint, **options)

    return make
