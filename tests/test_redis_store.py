"""The store of the example on a real Redis: what the contract, which the page's test runs, cannot know of."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from holdfast.errors import AlreadyExists, Denied, Refused, Unavailable
from holdfast.layers import Prefixed
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.testing import Case, Promise, all_promises
from holdfast.types import Secret, Write
from tests.servers.process import reserve_port
from tests.servers.redis import Redis

SOURCE = Source.of(b"data")
OUTAGES = [promise for promise in all_promises() if promise.group == "outages"]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "example/redis_store")
    import redis_store

    yield redis_store.RedisStore
    del sys.modules["redis_store"]


@pytest.fixture
def store(kind: Any, redis_server: Redis, request: pytest.FixtureRequest) -> Iterator[Store]:
    made = kind(host=redis_server.host, port=redis_server.port, password=Secret(redis_server.password))
    yield Prefixed(made, prefix=request.node.name)
    made.redis.close()


def test_a_save_whose_reply_was_lost_is_one_file(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends it again, and finds the name taken: by its own bytes."""
    read_response, lost = AbstractConnection.read_response, []

    def losing(connection: Any, *arguments: Any, **named: Any) -> Any:
        answer = read_response(connection, *arguments, **named)
        if not lost and answer == b"OK" and arguments == () and store.inner.redis.exists(f"{store.prefix}a.txt"):
            lost.append(answer)
            connection.disconnect()
            raise RedisConnectionError("the reply was lost")
        return answer

    monkeypatch.setattr(AbstractConnection, "read_response", losing)
    assert "a.txt" == RemoteStorage(store).save("a.txt", ContentFile(b"data"))
    assert [b"OK"] == lost
    assert ["a.txt"] == [entry.key for entry in store.list()]
    with pytest.raises(AlreadyExists):
        store.put("a.txt", SOURCE)


def test_what_others_keep_in_the_database_does_no_harm(store: Any) -> None:
    redis = store.inner.redis
    redis.set(b"\xff\xfe not UTF-8 \x00", b"-")
    redis.hset("a hash", "field", "value")
    redis.set(f"{store.prefix}short", b"no header")
    store.put("a.txt", SOURCE)
    assert ["a.txt"] == [entry.key for entry in store.list()]
    redis.lpush(f"{store.prefix}a list", "item")
    with pytest.raises(Refused, match=r"ResponseError"):
        store.head("a list")
    store.put("a list", SOURCE, Write(overwrite=True))
    assert b"data" == store.get("a list").read()


@pytest.mark.parametrize("password", [Secret("not-the-right-one"), None])
def test_the_wrong_password_is_denied_and_shown_nowhere(kind: Any, redis_server: Redis, password: Any) -> None:
    store = kind(host=redis_server.host, port=redis_server.port, password=password)
    for call in (lambda: store.head("a"), lambda: store.put("a", SOURCE), lambda: next(store.list())):
        with pytest.raises(Denied, match=f"redis://127.0.0.1:{redis_server.port}: access was denied") as caught:
            call()
        assert "not-the-right-one" not in f"{caught.value!r} {caught.value.__cause__!r} {store!r}"


@pytest.mark.parametrize("promise", OUTAGES, ids=lambda promise: promise.id)
def test_a_server_that_is_not_there(promise: Promise, kind: Any, store: Store) -> None:
    with reserve_port() as reserved:
        nobody = kind(host="127.0.0.1", port=reserved.getsockname()[1], password=Secret("a-secret-of-some-length"))
        other = nobody if promise.about == "store" else RemoteStorage(nobody, base_url="/")
        with Case(store, storage=RemoteStorage(store, base_url="/"), unreachable=other) as case:
            promise.ask(case)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(kind: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = kind(host="127.0.0.1", port=silent.getsockname()[1])
        begun = time.monotonic()
        with pytest.raises(Unavailable, match=r"'a' in redis://127.0.0.1:\d+: the request failed. It was redis\."):
            store.head("a")
        assert time.monotonic() - begun < 20


def test_a_file_larger_than_a_value_is_refused_whole(kind: Any) -> None:
    with Redis(password="") as server:
        store = kind(host=server.host, port=server.port)
        store.redis.config_set("proto-max-bulk-len", 1024 * 1024)
        with pytest.raises((Refused, Unavailable)):
            store.put("a", Source.of(bytes(2 * 1024 * 1024)))
        assert [] == list(store.list())
        store.put("a", SOURCE)
