"""The asynchronous methods of storages: the same, from a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from unittest import mock

from django.core.files.base import ContentFile

from holdfast.storage import RemoteStorage
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise
from holdfast.types import Feature

ASYNCHRONOUS = "holdfast.aio.asynchronous"
ATOMIC = "holdfast.RemoteStorage.save"
CONTEXT = "holdfast.aio.asynchronous_context"
IN_THREAD = "holdfast.threads.in_thread"
WRITE = Feature.WRITE


def outcome(call: Callable[..., Any], *args: Any) -> tuple[str, Any]:
    """What a call gives, or the class of what it raises."""
    try:
        return "gives", call(*args)
    except Exception as error:
        return "raises", type(error)


def awaited(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    async def work() -> Any:
        return await call(*args, **kwargs)

    return asyncio.run(work())


@remote_promise("Every asynchronous method gives what its synchronous one gives.", source=ASYNCHRONOUS)
def methods_agree(case: Case) -> None:
    """
    put(store, "a/b.txt", b"bytes")
    for name in ("exists", "size", "get_modified_time", "stat"):
        assert asyncio.run(getattr(storage, "a" + name)("a/b.txt")) == getattr(storage, name)("a/b.txt")
    """
    case.given("a/b.txt", b"bytes")
    storage = case.storage_with(base_url="/files/")
    for name in (*_OF_A_NAME, "listdir"):
        for argument in ("a/b.txt", "missing.txt", "a/", "../a.txt", "a"):
            if name == "get_available_name" and argument in ("a/b.txt", "a"):
                continue  # where it is taken, what it gives is drawn by lot
            expected = outcome(getattr(storage, name), argument)
            found = outcome(awaited, getattr(storage, f"a{name}"), argument)
            if name != "get_accessed_time":
                case.equal(expected, found, f"what a{name}({argument!r}) does, beside {name}")
            else:
                case.equal(expected[0], found[0], f"whether a{name}({argument!r}) raises, beside {name}")


_OF_A_NAME = (
    "exists",
    "size",
    "url",
    "path",
    "stat",
    "get_accessed_time",
    "get_created_time",
    "get_modified_time",
    "get_available_name",
)


@remote_promise("awalk gives what walk gives, for async for.", source="holdfast.aio.asynchronous_iterator")
def walking(case: Case) -> None:
    """
    put(store, "a/b.txt", b"bytes"); put(store, "a/c/d.txt", b"bytes")
    async def work(): return [entry.key async for entry in storage.awalk("a")]
    assert asyncio.run(work()) == ["a/b.txt", "a/c/d.txt"]
    """
    for key in ("a/b.txt", "a/c/d.txt", "e.txt"):
        case.given(key)

    async def walk(path: str) -> list[Any]:
        return [entry async for entry in case.remote.awalk(path)]

    for path in ("", "a", "a/c/", "missing"):
        case.equal(list(case.remote.walk(path)), asyncio.run(walk(path)), f"what awalk gives below {path!r}")
    with case.raises(ValueError, "awalk of a name that is not one"):
        asyncio.run(walk("../a"))


@remote_promise(
    "asave saves as save does: the name that is used comes back, and a name that is taken gets another.",
    needs=WRITE,
    source="https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.save",
)
def saving(case: Case) -> None:
    """
    first = asyncio.run(storage.asave("a.txt", ContentFile(b"one")))
    second = asyncio.run(storage.asave("a.txt", ContentFile(b"two")))
    assert first == "a.txt" != second and storage.open("a.txt").read() == b"one"
    """

    async def work() -> list[str]:
        storage = case.remote
        names = [await storage.asave("a.txt", ContentFile(b"%d" % number)) for number in range(3)]
        names.append(await storage.asave(None, ContentFile(b"3", name="own.txt")))
        return names

    names = asyncio.run(work())
    case.equal("a.txt", names[0], "the first name")
    case.equal("own.txt", names[-1], "the content's own name")
    case.equal(4, len(set(names)), "the number of different names")
    for number, name in enumerate(names):
        case.equal(b"%d" % number, case.contents(name), f"the content of {name!r}")


@remote_promise(
    "acopy, amove, adelete and adelete_many do what those without the a do.", needs=WRITE, source=ASYNCHRONOUS
)
def changing(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    asyncio.run(storage.acopy("a.txt", "b.txt")); asyncio.run(storage.amove("a.txt", "c.txt"))
    asyncio.run(storage.adelete("b.txt")); assert keys(store) == ["c.txt"]
    """
    case.given("a.txt", b"bytes")

    async def work() -> None:
        storage = case.remote
        case.equal("b.txt", await storage.acopy("a.txt", "b.txt"), "what acopy gives")
        case.equal("c.txt", await storage.amove("a.txt", "c.txt"), "what amove gives")
        with case.raises(FileExistsError, "acopy to a name that is taken"):
            await storage.acopy("c.txt", "b.txt")
        with case.raises(FileNotFoundError, "amove of what is not there"):
            await storage.amove("missing.txt", "d.txt")
        await storage.acopy("c.txt", "d.txt")
        await storage.adelete("b.txt")
        await storage.adelete("b.txt")
        await storage.adelete_many(["d.txt", "missing.txt"])

    asyncio.run(work())
    case.equal(["c.txt"], case.keys(), "what is there")
    case.equal(b"bytes", case.contents("c.txt"), "its content")


@remote_promise("alocal_path gives the file as a path for the length of the block.", source=CONTEXT)
def local_path(case: Case) -> None:
    """
    async def work():
        async with storage.alocal_path("a.txt") as path: return path.read_bytes()
    put(store, "a.txt", b"bytes"); assert asyncio.run(work()) == b"bytes"
    """
    case.given("a.txt", b"bytes")

    async def work() -> None:
        async with case.remote.alocal_path("a.txt") as path:
            case.equal(b"bytes", path.read_bytes(), "what the path holds")
        if Feature.PATH not in case.store.features:
            case.true(not path.exists(), "The copy is gone after the block.")
        with case.raises(FileNotFoundError, "alocal_path of what is not there"):
            async with case.remote.alocal_path("missing.txt"):
                pass

    asyncio.run(work())


@remote_promise(
    "alocal_path writes back what is left there; an exception inside the block leaves the file as it was.",
    needs=WRITE,
    source=CONTEXT,
)
def local_path_written_back(case: Case) -> None:
    """
    async def work():
        async with storage.alocal_path("a.txt", write_back=True) as path: path.write_bytes(b"new")
    put(store, "a.txt", b"old"); asyncio.run(work()); assert read(store, "a.txt") == b"new"
    """
    case.given("a.txt", b"old")

    async def write(data: bytes, error: Exception | None = None) -> None:
        async with case.remote.alocal_path("a.txt", write_back=True) as path:
            path.write_bytes(data)
            if error is not None:
                raise error

    with case.raises(LookupError, "a block that fails"):
        asyncio.run(write(b"half", LookupError()))
    case.equal(b"old", case.contents("a.txt"), "the content after a block that failed")
    asyncio.run(write(b"new"))
    case.equal(b"new", case.contents("a.txt"), "the content after a block that ended well")


@remote_promise(
    "asave asks the methods that a project has overridden: get_available_name, _save and exists.",
    needs=WRITE,
    source=ASYNCHRONOUS,
)
def hooks_are_asked(case: Case) -> None:
    """
    class Upper(type(storage)): get_available_name = lambda self, name, max_length=None: name.upper()
    assert asyncio.run(Upper(store=store).asave("a.txt", ContentFile(b"-"))) == "A.TXT"
    """

    class Renaming:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return f"renamed-{name}"

    class Shouting:
        def _save(self: Any, name: str, content: Any) -> str:
            return super()._save(name, ContentFile(content.read().upper()))  # type: ignore[misc,no-any-return]

    class Reserving:
        def exists(self: Any, name: str) -> bool:
            return name == "reserved.txt" or super().exists(name)  # type: ignore[misc]

    def save(mixin: type, name: str) -> str:
        return asyncio.run(case.storage_with(mixin).asave(name, ContentFile(b"content")))

    case.equal("renamed-a.txt", save(Renaming, "a.txt"), "the name beneath an own get_available_name")
    case.equal(b"CONTENT", case.contents(save(Shouting, "loud.txt")), "the content beneath an own _save")
    case.true(save(Reserving, "reserved.txt") != "reserved.txt", "A name that an own exists reserves is not used.")


@remote_promise(
    "A method replaced on the instance, by a test's mock, is what its asynchronous one calls.",
    source="https://docs.python.org/3/library/unittest.mock.html#patch-object",
)
def mocks_are_asked(case: Case) -> None:
    """
    storage.exists = lambda name: "mocked"
    assert asyncio.run(storage.aexists("a.txt")) == "mocked"
    del storage.exists
    """
    storage = case.storage_with()
    for name in ("save", "delete", "exists", "listdir", "size", "url", "stat", "copy"):
        with mock.patch.object(storage, name, return_value="mocked") as mocked:
            case.equal("mocked", awaited(getattr(storage, f"a{name}"), "a.txt"), f"what a{name} gives")
        mocked.assert_called_once_with("a.txt")


@remote_promise("A hook that asave calls sees the context variables of the caller.", needs=WRITE, source=IN_THREAD)
def context_variables(case: Case) -> None:
    """
    from contextvars import ContextVar; (user := ContextVar("user")).set("me")
    class Own(type(storage)): get_available_name = lambda self, name, max_length=None: f"{user.get()}/{name}"
    assert asyncio.run(Own(store=store).asave("a.txt", ContentFile(b"-"))) == "me/a.txt"
    """
    user: ContextVar[str] = ContextVar("user", default="nobody")

    class Owned:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return f"{user.get()}/{name}"

    storage = case.storage_with(Owned)

    async def save(name: str) -> str:
        user.set(name)
        return await storage.asave("a.txt", ContentFile(b"-"))

    async def work() -> list[str]:
        return list(await asyncio.gather(save("one"), save("two")))

    case.equal(["one/a.txt", "two/a.txt"], asyncio.run(work()), "the names")


@remote_promise("Fifty saves of one name at once become fifty files.", needs=WRITE, creates=True, source=ATOMIC)
def one_name_at_once(case: Case) -> None:
    """
    async def work():
        return await asyncio.gather(*[storage.asave("a.txt", ContentFile(b"-")) for _ in range(50)])
    assert len(set(asyncio.run(work()))) == len(keys(store)) == 50
    """
    storage: RemoteStorage = case.remote

    async def work() -> list[str]:
        saves = [storage.asave("a.txt", ContentFile(b"%d" % number)) for number in range(50)]
        return await asyncio.gather(*saves)

    names = asyncio.run(work())
    case.equal(sorted(names), case.keys(), "the files that are there")
    case.equal([b"%d" % number for number in range(50)], [case.contents(name) for name in names], "the contents")


@remote_promise(
    "One storage serves one event loop after another, and a forked child's.", live=False, source=IN_THREAD
)
def loops_and_children(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes"); asyncio.run(storage.aexists("a.txt"))
    assert asyncio.run(storage.aexists("a.txt"))
    assert in_child(lambda: asyncio.run(storage.aexists("a.txt")))
    """
    case.given("a.txt", b"bytes")

    async def read() -> Any:
        async with case.remote.aopen("a.txt") as file:
            return await file.aread()

    for turn in range(2):
        case.equal(b"bytes", asyncio.run(read()), f"the bytes in loop {turn}")
    case.equal(b"bytes", case.in_child(lambda: asyncio.run(read())), "the bytes in a child")
    case.equal(b"bytes", asyncio.run(read()), "the bytes in the parent, after that")
