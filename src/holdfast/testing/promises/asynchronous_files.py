"""Files from a coroutine: the same in every mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise
from holdfast.types import Feature

AEXIT = "holdfast.aiofile.AsyncFile.__aexit__"
FILE = "holdfast.aiofile.AsyncFile"
OPEN = "https://docs.python.org/3/library/functions.html#open"
OPENING = "holdfast.aiofile.Opening"
WRITE = Feature.WRITE

TEXT = "one\ntwo\nthrée\n"

STEPS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("read", (2,)),
    ("tell", ()),
    ("readline", ()),
    ("seek", (0,)),
    ("readlines", ()),
    ("write", ("four\n",)),
    ("writelines", (["five\n", "six\n"],)),
    ("flush", ()),
    ("seek", (0,)),
    ("read", ()),
    ("seek", (4,)),
    ("truncate", ()),
    ("truncate", (30,)),
    ("seek", (0, 2)),
    ("tell", ()),
    ("close", ()),
    ("read", ()),
    ("write", ("late",)),
)
"""What is done with a file, one after the other; text is bytes where the mode says so."""


def _encoded(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    return [each.encode() for each in value] if isinstance(value, list) else value


async def _done(file: Any, prefix: str, mode: str) -> list[Any]:
    """What each step gives, or raises."""
    found: list[Any] = []
    for name, args in STEPS:
        arguments = tuple(map(_encoded, args)) if "b" in mode else args
        try:
            value = getattr(file, prefix + name)(*arguments)
            found.append((name, await value if prefix else value))
        except Exception as error:
            found.append((name, type(error)))
    return found


def _modes(case: Case) -> list[str]:
    kinds = ("r", "r+", "w", "w+", "x", "x+", "a", "a+") if WRITE in case.store.features else ("r",)
    return [kind + letter for kind in kinds for letter in ("", "b")]


@remote_promise("The methods of a file with an a do what those without it do, in every mode.", source=FILE)
def methods_agree(case: Case) -> None:
    """
    async def work():
        async with storage.aopen("a.txt", "rb") as file: return await file.aread(2), await file.areadlines()
    put(store, "a.txt", b"one\\ntwo\\n"); assert asyncio.run(work()) == (b"on", [b"e\\n", b"two\\n"])
    """
    for mode in _modes(case):
        contents: list[Any] = []
        steps: list[Any] = []
        for prefix in ("", "a"):
            name = f"{prefix}{mode}.txt".replace("+", "-plus")
            if "x" not in mode:
                case.given(name, TEXT.encode())

            async def work(name: str = name, prefix: str = prefix, mode: str = mode) -> list[Any]:
                storage = case.remote
                return await _done(
                    await storage.aopen(name, mode) if prefix else storage.open(name, mode), prefix, mode
                )

            steps.append(asyncio.run(work()))
            contents.append(case.contents(name))
        case.equal(steps[0], steps[1], f"what the steps give in mode {mode!r}")
        case.equal(contents[0], contents[1], f"what is kept in mode {mode!r}")


@remote_promise("aopen raises what open raises, and at once.", source=OPEN)
def opening_errors(case: Case) -> None:
    """
    with suppress(FileNotFoundError):
        asyncio.run(storage.aopen("missing.txt"))
        assert False, "aopen raises FileNotFoundError, as open does"
    """
    case.given("a.txt")
    for name, mode in (("missing.txt", "r"), ("missing.txt", "r+"), ("a.txt", "x"), ("a.txt", "q"), ("../a", "r")):
        kinds: list[type[Exception] | None] = []
        for call in (case.remote.open, _awaited(case.remote.aopen), _entered(case.remote.aopen)):
            try:
                call(name, mode)
                kinds.append(None)
            except Exception as error:
                kinds.append(type(error))
        case.true(kinds[0] is not None, f"open({name!r}, {mode!r}) raises.")
        case.equal(
            [kinds[0]] * 3, kinds, f"what open, await aopen and async with aopen raise for {name!r}, {mode!r}"
        )


def _awaited(aopen: Callable[..., Any]) -> Callable[..., Any]:
    async def work(*args: Any) -> Any:
        return await aopen(*args)

    return lambda *args: asyncio.run(work(*args))


def _entered(aopen: Callable[..., Any]) -> Callable[..., Any]:
    async def work(*args: Any) -> None:
        async with aopen(*args):
            pass

    return lambda *args: asyncio.run(work(*args))


@remote_promise("aopen can be awaited, and be entered with or without that; each closes the file.", source=OPENING)
def ways_to_open(case: Case) -> None:
    """
    async def work():
        async with await storage.aopen("a.txt") as one, storage.aopen("a.txt") as two: return one, two
    put(store, "a.txt", b"-"); assert [file.closed for file in asyncio.run(work())] == [True, True]
    """
    case.given("a.txt", b"bytes")

    async def work() -> None:
        storage = case.remote
        async with storage.aopen("a.txt") as one:
            case.equal(b"bytes", await one.aread(), "the bytes after async with")
        async with await storage.aopen("a.txt") as two:
            case.equal(b"bytes", await two.aread(), "the bytes after async with await")
        three = await storage.aopen("a.txt")
        case.equal(b"bytes", await three.aread(), "the bytes after await")
        await three.aclose()
        four, five = await asyncio.gather(storage.aopen("a.txt"), asyncio.create_task(storage.aopen("a.txt")))
        await four.aclose()
        await five.aclose()
        for number, file in enumerate((one, two, three, four, five), start=1):
            case.true(file.closed, f"File {number} is closed.")
            await file.aclose()

    asyncio.run(work())


@remote_promise(
    "achunks gives the whole file from its beginning, and async for its lines.", source=f"{FILE}.achunks"
)
def chunks_and_lines(case: Case) -> None:
    """
    async def work():
        async with storage.aopen("a.txt") as file: return [[each async for each in file], await file.atell()]
    put(store, "a.txt", b"one\\ntwo"); assert asyncio.run(work()) == [[b"one\\n", b"two"], 7]
    """
    data = case.data(200_000)
    case.given("a.bin", data)
    case.given("a.txt", TEXT.encode())

    async def work() -> None:
        async with case.remote.aopen("a.bin") as file:
            await file.aread(10)
            chunks = [chunk async for chunk in file.achunks()]
            case.equal([len(chunk) for chunk in file.chunks()], [len(chunk) for chunk in chunks], "their sizes")
            case.equal(data, b"".join(chunks), "the chunks together")
            case.equal(data, b"".join([chunk async for chunk in file.achunks(1_000)]), "small chunks together")
            async for chunk in file.achunks(10):  # left early
                case.equal(data[:10], chunk, "the first chunk")
                break
            case.equal(data[10:20], await file.aread(10), "what comes after it")
        async with case.remote.aopen("a.txt", "r") as file:
            case.equal("one\n", await file.areadline(), "the first line")
            case.equal(["two\n", "thrée\n"], [line async for line in file], "the lines after it")

    asyncio.run(work())


@remote_promise("areadinto fills a buffer.", source=f"{FILE}.areadinto")
def into_a_buffer(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes"); buffer = bytearray(9)
    async def work(): return await (await storage.aopen("a.txt")).areadinto(buffer)
    assert (asyncio.run(work()), buffer) == (5, b"bytes" + bytes(4))
    """
    data = case.data(100_000)
    case.given("a.bin", data)

    async def work() -> bytes:
        buffer = bytearray(30_000)
        found = b""
        async with case.remote.aopen("a.bin") as file:
            while count := await file.areadinto(buffer):
                found += buffer[:count]
        return found

    case.true(asyncio.run(work()) == data, "What the buffer was filled with is the file.")


@remote_promise("A file that is written appears when its block ends, whole.", needs=WRITE, source=AEXIT)
def appears_at_the_end(case: Case) -> None:
    """
    async def work():
        async with storage.aopen("a.txt", "w") as file: await file.awrite("text"); return keys(store)
    assert (asyncio.run(work()), read(store, "a.txt")) == ([], b"text")
    """
    data = case.data(300_000)

    async def work() -> None:
        async with case.remote.aopen("a.bin", "wb") as file:
            for start in range(0, len(data), 70_000):
                await file.awrite(data[start : start + 70_000])
            case.absent("a.bin")

    asyncio.run(work())
    case.holds("a.bin", data)


@remote_promise(
    "An exception inside an asynchronous block leaves nothing, and the old file as it was.",
    needs=WRITE,
    source=AEXIT,
)
def exception_inside(case: Case) -> None:
    """
    async def work():
        async with storage.aopen("a.txt", "w") as file: await file.awrite("half"); raise LookupError
    error_of(asyncio.run, work()); assert keys(store) == []
    """
    case.given("old.bin", b"as it is")

    async def work(name: str, mode: str) -> None:
        async with case.remote.aopen(name, mode) as file:
            await file.awrite(b"half" if "b" in mode else "half")
            raise LookupError

    for name, mode in (
        ("new.bin", "wb"),
        ("new.bin", "x"),
        ("new.bin", "ab"),
        ("old.bin", "w"),
        ("old.bin", "r+b"),
    ):
        with case.raises(LookupError, f"the block around {name!r} in mode {mode!r}"):
            asyncio.run(work(name, mode))
        case.absent("new.bin")
        case.equal(b"as it is", case.contents("old.bin"), "the content of what was there")


@remote_promise(
    "A block that ends well keeps its file, also while an exception is handled.", needs=WRITE, source=AEXIT
)
def block_in_a_handler(case: Case) -> None:
    """
    async def work(): await (await storage.aopen("a.txt", "w")).__aexit__(None, None, None)
    try: 1 / 0
    except ZeroDivisionError: asyncio.run(work()); assert keys(store) == ["a.txt"]
    """

    async def work() -> None:
        try:
            raise LookupError
        except LookupError:
            async with case.remote.aopen("a.txt", "wb") as file:
                await file.awrite(b"a report of what went wrong")
            other = await case.remote.aopen("b.txt", "wb")
            await other.awrite(b"another")
            await other.aclose()

    asyncio.run(work())
    case.equal(b"a report of what went wrong", case.contents("a.txt"), "the content")
    case.equal(b"another", case.contents("b.txt"), "the content of a file that aclose has closed")


@remote_promise("Many tasks may use one file: each call has it for itself.", source=FILE)
def one_file_many_tasks(case: Case) -> None:
    """
    put(store, "a.bin", data := b"".join(b"%04d" % number for number in range(10_000)))
    async def work(file): return await asyncio.gather(*[file.aread(4000) for _ in range(10)])
    assert b"".join(sorted(asyncio.run(work(storage.open("a.bin"))))) == data
    """
    data = b"".join(b"%07d\n" % number for number in range(20_000))
    case.given("a.bin", data)

    async def work() -> list[Any]:
        async with case.remote.aopen("a.bin") as file:
            return await asyncio.gather(*[file.aread(8_000) for _ in range(20)])

    case.equal(data, b"".join(sorted(asyncio.run(work()))), "the pieces that twenty tasks read")
