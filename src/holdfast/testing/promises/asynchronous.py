"""The asynchronous verbs of stores: the same, from a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from holdfast.aio import iterate
from holdfast.errors import AlreadyExists, NotFound, Unsupported
from holdfast.source import Source
from holdfast.store import Layer
from holdfast.testing.case import Case
from holdfast.testing.counting import Counting
from holdfast.testing.promise import store_promise
from holdfast.types import Entry, Feature, Listing, Read, Write

ASYNCHRONOUS = "holdfast.aio.asynchronous"
IN_THREAD = "holdfast.threads.in_thread"
RUN = "https://docs.python.org/3/library/asyncio-runner.html#asyncio.run"
STORE = "holdfast.Store"
WRITE = Feature.WRITE

T = TypeVar("T")


async def _all(items: AsyncIterator[T]) -> list[T]:
    return [item async for item in items]


@store_promise("aget and ahead give what get and head give, ranges and versions included.", source=f"{STORE}.aget")
def reading(case: Case) -> None:
    """
    put(store, "a.txt", b"0123456789")
    with asyncio.run(store.aget("a.txt", Read(start=2, end=5))) as body: assert body.read() == b"234"
    assert asyncio.run(store.ahead("a.txt")) == store.head("a.txt")
    """
    data = case.data(200_000)
    etag = case.given("a.bin", data).etag

    async def work() -> None:
        for want in (Read(), Read(start=10, end=100_000), Read(start=300_000), Read(etag=etag)):
            with await case.store.aget("a.bin", want) as body:
                start, end = want.span(len(data))
                case.equal(data[start:end], body.read(), f"the bytes that aget gives for {want}")
        case.equal(case.store.head("a.bin"), await case.store.ahead("a.bin"), "what ahead gives, beside head")

    asyncio.run(work())


@store_promise(
    "The body that aget gives can be read chunk by chunk without holding up the loop.",
    source="holdfast.aio.iterate",
)
def body_in_chunks(case: Case) -> None:
    """
    from holdfast.aio import iterate; put(store, "a.bin", bytes(200_000))
    async def work(): return [len(chunk) async for chunk in iterate(iter(await store.aget("a.bin")))]
    assert sum(asyncio.run(work())) == 200_000
    """
    data = case.data(300_000)
    case.given("a.bin", data)

    async def work() -> None:
        with await case.store.aget("a.bin") as body:
            case.equal(data, b"".join(await _all(iterate(iter(body)))), "the chunks together")
        with await case.store.aget("a.bin") as body:  # left half-read
            async for _ in iterate(iter(body)):
                break

    asyncio.run(work())
    case.equal(data, case.read("a.bin"), "the bytes, read after all that")


@store_promise(
    "aput, acopy, adelete and adelete_many do what the verbs without a do.", needs=WRITE, source=f"{STORE}.aput"
)
def writing(case: Case) -> None:
    """
    asyncio.run(store.aput("a.txt", Source.of(b"bytes")))
    asyncio.run(store.acopy("a.txt", "b.txt")); asyncio.run(store.adelete("a.txt"))
    assert (keys(store), read(store, "b.txt")) == (["b.txt"], b"bytes")
    """

    async def work() -> None:
        entry = await case.store.aput("a.txt", Source.of(b"bytes"))
        case.equal(5, entry.size, "the size that aput says")
        await case.store.acopy("a.txt", "b.txt")
        await case.store.acopy("a.txt", "c.txt")
        await case.store.aput("a.txt", Source.of(b"more bytes"), Write(overwrite=True))
        await case.store.adelete("missing.txt")

    asyncio.run(work())
    case.holds("a.txt", b"more bytes")
    case.holds("b.txt", b"bytes")
    asyncio.run(case.store.adelete("b.txt"))
    case.equal(["a.txt", "c.txt"], case.keys(), "the keys after adelete")
    asyncio.run(case.store.adelete_many(["a.txt", "c.txt", "missing.txt"]))
    case.equal([], case.keys(), "the keys after adelete_many")


@store_promise("alist and alistdir give what list and listdir give.", source=f"{STORE}.alist")
def listing(case: Case) -> None:
    """
    put(store, "a.txt", b"-"); put(store, "b/c.txt", b"-")
    async def work(): return [entry.key async for entry in store.alist("b/")]
    assert asyncio.run(work()) == ["b/c.txt"]
    """
    for key in ("a.txt", "b/c.txt", "b/d.txt", "b/e/f.txt", "g.txt"):
        case.given(key)

    async def work() -> None:
        for prefix in ("", "b/", "missing/"):
            for after in ("", "b/c.txt"):
                want = Listing(after=after)
                listed = await _all(case.store.alist(prefix, want))
                case.equal(list(case.store.list(prefix, want)), listed, f"what alist gives below {prefix!r}")
                items = await _all(case.store.alistdir(prefix, want))
                case.equal(list(case.store.listdir(prefix, want)), items, f"what alistdir gives below {prefix!r}")

    asyncio.run(work())


@store_promise(
    "An asynchronous listing that is left early leaves the store at work.", source="holdfast.aio.iterate"
)
def listing_left_early(case: Case) -> None:
    """
    for number in range(3): put(store, f"{number}.txt", b"-")
    async def work(): return (await anext(store.alist())).key
    assert (asyncio.run(work()), keys(store)) == ("0.txt", ["0.txt", "1.txt", "2.txt"])
    """
    for number in range(3):
        case.given(f"{number}.txt")

    async def work() -> list[str]:
        first = []
        for _ in range(10):
            async for entry in case.store.alist():
                first.append(entry.key)
                break
        return first

    case.equal(["0.txt"] * 10, asyncio.run(work()), "the first keys")
    case.equal(["0.txt", "1.txt", "2.txt"], case.keys(), "the keys, listed after all that")


@store_promise("An asynchronous verb raises what its synchronous one raises.", source=ASYNCHRONOUS)
def errors(case: Case) -> None:
    """
    with suppress(NotFound):
        asyncio.run(store.ahead("missing.txt"))
        assert False, "ahead raises NotFound, as head does"
    """
    case.given("a.txt", b"as it is")
    awaited: list[tuple[type[Exception], Callable[[], Awaitable[object]]]] = [
        (NotFound, lambda: case.store.aget("missing.txt")),
        (NotFound, lambda: case.store.ahead("missing.txt")),
    ]
    if WRITE in case.store.features:
        awaited.append((AlreadyExists, lambda: case.store.aput("a.txt", Source.of(b"new"))))
        awaited.append((NotFound, lambda: case.store.acopy("missing.txt", "b.txt")))
    else:
        awaited.append((Unsupported, lambda: case.store.aput("b.txt", Source.of(b"new"))))
        awaited.append((Unsupported, lambda: case.store.acopy("a.txt", "b.txt")))
        awaited.append((Unsupported, lambda: case.store.adelete("a.txt")))
        awaited.append((Unsupported, lambda: case.store.adelete_many(["a.txt"])))

    async def work() -> None:
        for number, (kind, call) in enumerate(awaited):
            with case.raises(kind, f"asynchronous call {number}"):
                await call()

    asyncio.run(work())
    case.equal(["a.txt"], case.keys(), "the keys that are there")
    case.equal(b"as it is", case.read("a.txt"), "the bytes")


@store_promise("One store serves one event loop after another.", source=RUN)
def two_loops(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    first, second = asyncio.run(store.ahead("a.txt")), asyncio.run(store.ahead("a.txt"))
    assert first == second
    """
    case.given("a.txt", b"bytes")

    async def work() -> bytes:
        with await case.store.aget("a.txt") as body:
            return body.read()

    for turn in range(3):
        case.equal(b"bytes", asyncio.run(work()), f"the bytes in loop {turn}")


@store_promise("A hundred calls at once are all answered.", source=IN_THREAD)
def many_at_once(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    async def work(): return await asyncio.gather(*[store.ahead("a.txt") for _ in range(100)])
    assert asyncio.run(work()) == [store.head("a.txt")] * 100
    """
    for number in range(10):
        case.given(f"{number}.txt", b"content %d" % number)

    async def read(number: int) -> bytes:
        with await case.store.aget(f"{number % 10}.txt") as body:
            return body.read()

    async def work() -> list[bytes]:
        return await asyncio.gather(*map(read, range(100)))

    case.equal([b"content %d" % (number % 10) for number in range(100)], asyncio.run(work()), "the answers")


@store_promise("An asynchronous verb runs with the context variables of its caller.", source=IN_THREAD)
def context_variables(case: Case) -> None:
    """
    from contextvars import ContextVar; (var := ContextVar("var")).set("mine"); seen = []
    class Looking(Layer): head = lambda self, key, want=Read(): seen.append(var.get())
    asyncio.run(Looking(store).ahead("a.txt")); assert seen == ["mine"]
    """
    case.given("a.txt", b"bytes")
    caller: ContextVar[str] = ContextVar("caller", default="nobody")
    seen: list[str] = []

    class Looking(Layer):
        def head(self, key: str, want: Read = Read()) -> Entry:
            seen.append(caller.get())
            return super().head(key, want)

    async def ask(name: str) -> None:
        caller.set(name)
        await Looking(case.store).ahead("a.txt")

    async def work() -> None:
        await asyncio.gather(ask("one"), ask("two"))

    asyncio.run(work())
    case.equal(["one", "two"], sorted(seen), "the context variable, in the threads")


@store_promise("The synchronous verbs work inside a running loop too.", source=STORE)
def synchronous_inside_a_loop(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    async def work(): return read(store, "a.txt")
    assert asyncio.run(work()) == b"bytes"
    """
    case.given("a.txt", b"bytes")

    async def work() -> None:
        case.holds("a.txt", b"bytes")

    asyncio.run(work())


@store_promise(
    "The asynchronous verbs of a layer go through its own synchronous ones, and never past it.",
    source="holdfast.Layer",
)
def layers_are_not_passed_by(case: Case) -> None:
    """
    class Loud(Layer): get = lambda self, key, want=Read(): Body(store.head(key), [b"LOUD"])
    put(store, "a.txt", b"quiet")
    assert asyncio.run(Loud(store).aget("a.txt")).read() == b"LOUD"
    """
    case.given("a.txt")
    layer = Counting(case.store)

    async def work() -> None:
        (await layer.aget("a.txt")).close()
        await layer.ahead("a.txt")
        await _all(layer.alist())
        await _all(layer.alistdir())
        if WRITE in case.store.features:
            await layer.aput("b.txt", Source.of(b"-"))
            await layer.acopy("a.txt", "c.txt")
            await layer.adelete("b.txt")
            await layer.adelete_many(["c.txt"])

    with layer.counting() as tally:
        asyncio.run(work())
    expected = ["get", "head", "list", "listdir"]
    if WRITE in case.store.features:
        expected += ["put", "copy", "delete", "delete_many"]
    case.equal(expected, tally.verbs, "the layer's own verbs that were called")
