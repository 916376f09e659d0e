"""What the contract is held over: ``STORES`` and ``LAYERS``, name → how to make a fresh and empty one.

A new store needs one line in ``STORES``; every promise is then asked of it, alone and below a storage.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from holdfast.layers import Prefixed, Readonly
from holdfast.source import Source
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.stores.memory import MemoryStore
from holdfast.stores.s3 import S3Store
from holdfast.testing import Counter, Counting, Faulty
from holdfast.types import Create, Feature, Secret
from tests.plain import PlainStore, WeakStore
from tests.servers.ceph import Ceph
from tests.servers.ceph20 import Ceph20
from tests.servers.openssh import OpenSSH
from tests.servers.process import reserve_port
from tests.servers.proxy import Proxy
from tests.servers.redis import Redis
from tests.servers.vsftpd import Vsftpd

ALONE = "each process has objects of its own"
IN_MEMORY = "the objects themselves are in memory"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A store to be tried: what counts its requests, what fills it where it cannot write, the same kind of store
    where nobody answers, and one that has nothing to know its server by."""

    store: Store
    counter: Counter | None = None
    filler: Store | None = None
    unreachable: Store | None = None
    stranger: Store | None = None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How to make a subject, what it can do, and which promises it is exempt from, each with the reason."""

    make: Callable[[pytest.FixtureRequest], Subject]
    features: Feature
    creates: Create = Create.ATOMIC
    exempt: Mapping[str, str] = field(default_factory=dict)


def _in_memory(kind: type[MemoryStore]) -> Callable[[pytest.FixtureRequest], Subject]:
    def make(request: pytest.FixtureRequest) -> Subject:
        store = Counting(kind(name=f"test-{next(_numbers)}"))
        return Subject(store=store, counter=store.counting)

    return make


def _local(request: pytest.FixtureRequest) -> Subject:
    # A system's power does not fail in a test: waiting for the disk would prove nothing.
    store = Counting(LocalStore(root=request.getfixturevalue("tmp_path") / "root", fsync=False))
    return Subject(store=store, counter=store.counting)


def _s3(service: str, release: str = "") -> Callable[[pytest.FixtureRequest], Subject]:
    """``release``: what the names of the fixtures of this Ceph end in."""

    def make(request: pytest.FixtureRequest) -> Subject:
        ceph: Ceph = request.getfixturevalue(f"ceph{release}")
        proxy: Proxy = request.getfixturevalue(f"proxy{release}")
        bucket: str = request.getfixturevalue(f"bucket{release}")
        nowhere = f"http://127.0.0.1:{request.getfixturevalue('closed_port')}"
        return Subject(
            store=s3(proxy.endpoint, bucket, service),
            counter=proxy.counting,
            unreachable=s3(nowhere, bucket, service, connect_timeout=1, timeout=2, attempts=2),
            stranger=s3(ceph.tls_endpoint, bucket, service),  # its certificate is of an unknown authority
        )

    return make


def _prefixed(request: pytest.FixtureRequest) -> Subject:
    inner = Counting(MemoryStore(name=f"test-{next(_numbers)}"))
    for key in ("root", "root-alike/a.txt", "root.txt", "a.txt", "other/a.txt", "roo/a.txt"):
        inner.put(key, _OUTSIDE)
    return Subject(store=Prefixed(inner, prefix="root/deeper"), counter=inner.counting)


def _readonly(request: pytest.FixtureRequest) -> Subject:
    inner = Counting(MemoryStore(name=f"test-{next(_numbers)}"))
    return Subject(store=Readonly(inner), counter=inner.counting, filler=inner)


def _faulty(request: pytest.FixtureRequest) -> Subject:
    inner = Counting(MemoryStore(name=f"test-{next(_numbers)}"))
    return Subject(store=Faulty(inner), counter=inner.counting)


def s3(endpoint: str, bucket: str, service: str = "ceph-16", **options: Any) -> S3Store:
    """The store for a bucket of one of the Cephs."""
    return S3Store(
        bucket=bucket,
        service=service,
        endpoint=endpoint,
        region=Ceph.region,
        access_key=Secret(Ceph.access_key),
        secret_key=Secret(Ceph.secret_key),
        **options,
    )


_CHANGES = Feature.WRITE | Feature.COPY | Feature.REPLACE_IF | Feature.DELETE_IF
_READS = Feature.RANGE | Feature.ATTRIBUTES

_MEMORY = {
    "processes.see_each_other": ALONE,
    "races.one_process_creates": ALONE,
    "races.processes_save_one_name": ALONE,
    "saving.little_memory": IN_MEMORY,
}

STORES: dict[str, Tried] = {
    "memory": Tried(
        make=_in_memory(MemoryStore),
        features=_CHANGES | _READS,
        exempt=_MEMORY,
    ),
    "plain": Tried(
        make=_in_memory(PlainStore),
        features=Feature.WRITE,
        creates=Create.NONE,
        exempt={"processes.see_each_other": ALONE, "saving.little_memory": IN_MEMORY},
    ),
    "weak": Tried(
        make=_in_memory(WeakStore),
        features=Feature.WRITE | Feature.RANGE | Feature.ATTRIBUTES,
        exempt=_MEMORY,
    ),
    "local": Tried(make=_local, features=(_CHANGES | Feature.RANGE | Feature.PATH)),
    "s3": Tried(make=_s3("ceph-16"), features=(_CHANGES | _READS | Feature.SIGN) & ~Feature.DELETE_IF),
    "s3-20": Tried(make=_s3("ceph", "20"), features=(_CHANGES | _READS | Feature.SIGN) & ~Feature.DELETE_IF),
}

LAYERS: dict[str, Tried] = {
    "faulty": Tried(make=_faulty, features=STORES["memory"].features, exempt=_MEMORY),
    "prefixed": Tried(make=_prefixed, features=STORES["memory"].features, exempt=_MEMORY),
    "readonly": Tried(make=_readonly, features=_READS, creates=Create.NONE),
}

_numbers = itertools.count(1)
_OUTSIDE = Source.of(b"outside")


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody listens, and nobody else can begin to."""
    with reserve_port() as bound:
        yield bound.getsockname()[1]


@pytest.fixture(scope="session")
def ceph() -> Iterator[Ceph]:
    """Ceph, started once. If it does not start, whatever needs it fails."""
    with Ceph() as running:
        yield running


@pytest.fixture(scope="session")
def openssh() -> Iterator[OpenSSH]:
    """OpenSSH, started once. Its folder is everybody's: use names of your own."""
    with OpenSSH() as running:
        yield running


@pytest.fixture(scope="session")
def vsftpd() -> Iterator[Vsftpd]:
    """vsftpd, with and without TLS, started once. Its folder is everybody's: use names of your own."""
    with Vsftpd() as running:
        yield running


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """Redis, started once. Its databases are everybody's: use keys of your own."""
    with Redis() as running:
        yield running


@pytest.fixture(scope="session")
def ceph20() -> Iterator[Ceph20]:
    """A newer Ceph, started once. It comes from Debian's unstable release, which may move on: where the installer
    has found that there is none to be had, what needs it is not run, and the report says so."""
    if Ceph20.missing() and os.environ.get("HOLDFAST_CEPH_20_GONE"):
        pytest.skip("NOT RUN: needs a Ceph of version 20, and Debian has none that runs here any more.")
    with Ceph20() as running:
        yield running


@pytest.fixture(scope="session")
def _proxy(ceph: Ceph) -> Iterator[Proxy]:
    with Proxy(ceph.host, ceph.port) as running:
        yield running


@pytest.fixture
def proxy(_proxy: Proxy) -> Iterator[Proxy]:
    """A proxy before Ceph that counts, and lets fail what a test plans. What was planned has to happen."""
    _proxy.reset()
    yield _proxy
    _proxy.assert_all_fired()
    _proxy.reset()


@pytest.fixture
def bucket(ceph: Ceph) -> str:
    """A bucket of the test's own. It goes with the server."""
    name = f"test-{next(_numbers)}"
    ceph.create_bucket(name)
    return name


@pytest.fixture(scope="session")
def _proxy20(ceph20: Ceph20) -> Iterator[Proxy]:
    with Proxy(ceph20.host, ceph20.port) as running:
        yield running


@pytest.fixture
def proxy20(_proxy20: Proxy) -> Iterator[Proxy]:
    """As ``proxy``, before the newer Ceph."""
    _proxy20.reset()
    yield _proxy20
    _proxy20.assert_all_fired()
    _proxy20.reset()


@pytest.fixture
def bucket20(ceph20: Ceph20) -> str:
    """As ``bucket``, in the newer Ceph."""
    name = f"test-{next(_numbers)}"
    ceph20.create_bucket(name)
    return name


@pytest.fixture(autouse=True)
def _forget_memory() -> Iterator[None]:
    """Named memory stores live as long as the process: the next test begins without this one's."""
    yield
    MemoryStore.shared.clear()
