"""The asynchronous half where it meets Django and Python; how it behaves on every store is in the contract."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import io
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import AsyncClient, override_settings
from django.urls import path

import holdfast
from holdfast import (
    Body,
    Create,
    Entry,
    Listing,
    NotFound,
    Read,
    RemoteStorage,
    Remove,
    Source,
    Store,
    Write,
)
from holdfast.aio import iterate
from holdfast.layers import Prefixed
from holdfast.stores.memory import MemoryStore
from holdfast.testing.children import in_children

PAGE = Path(__file__).parent.parent / "docs" / "async.md"

EVERYTHING = Listing()

METHODS = [
    (kind, name)
    for kind in (Store, RemoteStorage)
    for name, value in inspect.getmembers(kind, inspect.isfunction)
    if name.startswith("a") and hasattr(kind, name[1:]) and name != "aopen"
]


class RowStore(Store):
    """A store on Django's ORM: in the table of the sessions, so that it needs no model of its own."""

    thread_sensitive = True

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def creates(self, size: int | None) -> Create:
        return Create.ATOMIC

    def get(self, key: str, want: Read = Read()) -> Body:
        data = bytes.fromhex(self._row(key).session_data)
        start, end = want.span(len(data))
        return Body(Entry(key=key, size=len(data)), [data[start:end]], start=start, end=end)

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        data = source.read()
        self.threads.add(threading.get_ident())
        values = {"session_data": data.hex(), "expire_date": datetime.now(UTC) + timedelta(days=1)}
        Session.objects.update_or_create(session_key=key, defaults=values)
        return Entry(key=key, size=len(data))

    def head(self, key: str, want: Read = Read()) -> Entry:
        return Entry(key=key, size=len(self._row(key).session_data) // 2)

    def delete(self, key: str, how: Remove = Remove()) -> None:
        Session.objects.filter(session_key=key).delete()

    def list(self, prefix: str = "", want: Listing = EVERYTHING) -> Iterator[Entry]:
        rows = Session.objects.filter(session_key__startswith=prefix, session_key__gt=want.after)
        for row in rows.order_by("session_key").iterator(chunk_size=1):
            self.threads.add(threading.get_ident())
            yield Entry(key=row.session_key, size=len(row.session_data) // 2)

    def _row(self, key: str) -> Session:
        self.threads.add(threading.get_ident())
        try:
            return Session.objects.get(session_key=key)
        except Session.DoesNotExist:
            raise self.error(NotFound, key) from None


# ---------------------------------------------------------------- how the methods look


@pytest.mark.parametrize(("kind", "name"), METHODS, ids=lambda value: value if isinstance(value, str) else "")
def test_an_asynchronous_method_looks_like_its_synchronous_one(kind, name):
    method, original = getattr(kind, name), getattr(kind, name[1:])
    assert name == method.__name__
    assert inspect.signature(original) == inspect.signature(method)
    assert (inspect.getdoc(original) or "").partition("\n")[0] in inspect.getdoc(method)
    assert "In a thread" in method.__doc__


def test_every_method_of_storages_and_stores_is_there():
    said = set(re.findall(r"`(a[a-z_]+)`", PAGE.read_text().partition("```")[0]))
    assert said >= {"aopen", *(name for _, name in METHODS)}
    for name in said:
        assert any(hasattr(kind, name) for kind in (Store, RemoteStorage, holdfast.RemoteFile)), name


def test_what_is_awaited_is_a_coroutine_function_and_needs_not_be_written():
    assert inspect.iscoroutinefunction(RemoteStorage.asave)
    assert inspect.iscoroutinefunction(Store.aget)
    assert inspect.isasyncgenfunction(Store.alist)
    assert {"get", "put", "head", "delete", "list"} == Store.__abstractmethods__


def test_an_alias_has_the_asynchronous_methods_too():
    async def work(storage: Any) -> tuple[str, list[str]]:
        name = await storage.asave("a.txt", ContentFile(b"bytes"))
        async with storage.aopen(name) as file, storage.alocal_path(name) as path:
            assert await file.aread() == path.read_bytes()
        return name, [entry.key async for entry in storage.awalk()]

    with override_settings(
        STORAGES={"mine": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": "memory://"}}}
    ):
        assert ("a.txt", ["a.txt"]) == asyncio.run(work(holdfast.use("mine")))


def test_a_foreign_file_of_an_own_open_is_let_go_of_too():
    class Own(RemoteStorage):
        def _open(self, name: str, mode: str = "rb") -> Any:
            return io.BytesIO(b"own")

    assert b"own" == asyncio.run(awaited(Own(store="memory://").aopen("a.txt"))).read()


async def awaited(awaitable):
    return await awaitable


# ---------------------------------------------------------------- threads


def test_context_variables_that_a_call_sets_stay_in_its_thread():
    var = contextvars.ContextVar("var", default="before")

    class Setting(MemoryStore):
        def head(self, key: str, want: Read = Read()) -> Entry:
            var.set("set")
            return Entry(key=key)

    class Sensitive(Setting):
        thread_sensitive = True

    async def work(store):
        await store.ahead("a")
        return var.get()

    assert "before" == asyncio.run(work(Setting()))
    assert "set" == asyncio.run(work(Sensitive()))  # as with sync_to_async


def test_calls_that_wait_for_calls_have_threads_left():
    """A synchronous method that is called from a thread, and itself waits for asynchronous ones."""

    class Nested(RemoteStorage):
        def exists(self, name: str) -> bool:
            return super().exists(name) or (name.endswith("+") and async_to_sync(self.aexists)(name[:-1]))

    storage = Nested(store="memory://")
    storage.save("a", ContentFile(b"-"))

    async def work():
        return await asyncio.gather(*[storage.aexists("a++") for _ in range(100)])

    assert [[True] * 100] == in_children([lambda: asyncio.run(work())], 20)


def test_an_iterator_gives_what_came_before_its_error():
    def items():
        yield from range(5)
        raise LookupError

    async def work(batch):
        found = []
        try:
            async for item in iterate(items(), batch):
                found.append(item)
        except LookupError:
            found.append("its error")
        return found

    for batch in (1, 3, 5, 100):
        assert [0, 1, 2, 3, 4, "its error"] == asyncio.run(work(batch))


# ---------------------------------------------------------------- Django's own thread


def test_a_layer_a_storage_and_a_file_are_as_their_store():
    for store, expected in ((MemoryStore(), False), (RowStore(), True)):
        layer = Prefixed(store, prefix="a")
        storage = RemoteStorage(layer)
        with storage.open("a.txt", "wb") as file:
            assert [expected] * 3 == [layer.thread_sensitive, storage.thread_sensitive, file.thread_sensitive]
            file.discard()


@pytest.mark.django_db
def test_what_is_written_in_a_transaction_is_seen_in_it_and_gone_with_it():
    store = RowStore()
    storage = RemoteStorage(Prefixed(store, prefix="p"))

    async def work():
        await storage.asave("a.txt", ContentFile(b"bytes"))
        async with storage.aopen("b.txt", "wb") as file:
            await file.awrite(b"more bytes")
        await storage.acopy("a.txt", "c.txt")
        async with storage.aopen("c.txt") as file:
            assert b"bytes" == await file.aread()
        async for entry in storage.awalk():  # left early, with a cursor open
            assert "a.txt" == entry.key
            break
        async with storage.alocal_path("b.txt") as local:
            assert b"more bytes" == local.read_bytes()
        return [entry.key async for entry in storage.awalk()]

    with transaction.atomic():
        assert ["a.txt", "b.txt", "c.txt"] == async_to_sync(work)()
        assert 3 == Session.objects.count()
        transaction.set_rollback(True)
    assert 0 == Session.objects.count()
    assert {threading.get_ident()} == store.threads


@pytest.mark.django_db
def test_an_asynchronous_view_stays_in_the_transaction_of_its_caller():
    storage = RemoteStorage(store := RowStore())

    async def view(request):
        name = await storage.asave("a.txt", ContentFile(b"bytes"))
        return HttpResponse(f"{name} {await Session.objects.acount()}")

    async def ask():
        return await AsyncClient().get("/")

    with override_settings(ROOT_URLCONF=(path("", view),)), transaction.atomic():
        assert b"a.txt 1" == async_to_sync(ask)().content
        assert 1 == Session.objects.count()
        transaction.set_rollback(True)
    assert 0 == Session.objects.count()
    assert {threading.get_ident()} == store.threads


@pytest.mark.django_db
def test_a_storage_whose_own_method_uses_the_orm_says_so():
    class Numbered(RemoteStorage):
        thread_sensitive = True

        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return f"{Session.objects.count()}-{name}"

    storage = Numbered(store="memory://")
    RowStore().put("a", Source.of(b"-"))
    assert "1-a.txt" == async_to_sync(storage.asave)("a.txt", ContentFile(b"-"))


def test_all_sensitive_calls_of_an_asynchronous_program_are_in_one_thread_and_in_a_child_s_own():
    class Threads(MemoryStore):
        thread_sensitive = True

        def head(self, key: str, want: Read = Read()) -> Entry:
            return Entry(key=key, size=threading.get_ident())

    store = Threads()

    async def work() -> int:
        return len({entry.size for entry in await asyncio.gather(*[store.ahead("a") for _ in range(20)])})

    assert 1 == asyncio.run(work())
    assert [1] == in_children([lambda: asyncio.run(work())], 20)


# ---------------------------------------------------------------- the page


def test_the_page_s_views_save_and_stream(tmp_path):
    views: dict[str, Any] = {"__name__": __name__}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(blocks[0], views)
    exec(blocks[1], views)
    exec(blocks[2], {"holdfast": holdfast})
    data = bytes(range(256)) * 1000

    async def work():
        client = AsyncClient()
        saved = await client.post("/", {"file": SimpleUploadedFile("film.bin", data)})
        answer = await client.get(f"/{saved.content.decode()}")
        missing = await client.get("/missing.bin")
        return answer.headers["Content-Length"], b"".join([chunk async for chunk in answer]), missing.status_code

    async def lines():
        storage = storages["default"]
        await storage.asave("old.txt", ContentFile(b"one\ntwo\n"))
        keys = await views["copy_lines"](storage)
        async with storage.aopen("new.txt") as file:
            return keys, await file.aread()

    urls = (path("", views["upload"]), path("<name>", views["download"]))
    options = {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": f"local://{tmp_path}"}}
    with override_settings(ROOT_URLCONF=urls, STORAGES={"default": options}):
        assert (str(len(data)), data, 404) == asyncio.run(work())
        assert (["film.bin", "new.txt", "old.txt"], b"ONE\nTWO\n") == asyncio.run(lines())
