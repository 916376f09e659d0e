"""The asynchronous half of a file, and the opening of one."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from holdfast.aio import close
from holdfast.threads import checkpoint, in_thread

if TYPE_CHECKING:
    from holdfast.file import RemoteFile
    from holdfast.storage import RemoteStorage

__all__ = ["AsyncFile", "Opening", "opened_in_thread"]

LOOK = 0.05
"""Seconds between two looks whether a call that waits for its turn is still wanted."""


class AsyncFile:
    """The methods of a file in threads: one after the other, however many tasks call them.

    A task that is cancelled while it uses a file that only reads is let go at once; where it leaves the position
    is not said. With a file that writes, its ``CancelledError`` comes out when the thread has ended.
    """

    _storage: RemoteStorage
    _writes: bool
    _turn: threading.Lock
    _given_up: bool

    @property
    def thread_sensitive(self) -> bool:
        return self._storage.thread_sensitive

    async def aread(self, size: int | None = -1) -> Any:
        """The next ``size`` bytes, or characters of a file of text; all that are left for -1."""
        return await self._in_thread("read", size)

    async def areadinto(self, buffer: Any) -> int:
        """Fill ``buffer``, and say how many bytes there were. It waits for its thread also when it is cancelled:
        the memory is the caller's."""
        return await self._in_thread("readinto", buffer, wait=True)  # type: ignore[no-any-return]

    async def areadline(self, size: int = -1) -> Any:
        return await self._in_thread("readline", size)

    async def areadlines(self, hint: int = -1) -> list[Any]:
        """All lines that are left; with a ``hint``, as many as have so many bytes together."""
        return await self._in_thread("readlines", hint)  # type: ignore[no-any-return]

    async def achunks(self, chunk_size: int | None = None) -> AsyncGenerator[Any, None]:
        """The file from its beginning, in pieces of ``chunk_size`` (64 KiB)."""
        chunks = await self._in_thread("chunks", chunk_size)
        while (chunk := await self._in_thread(next, chunks, None)) is not None:
            yield chunk

    async def awrite(self, data: Any) -> int:
        return await self._in_thread("write", data)  # type: ignore[no-any-return]

    async def awritelines(self, lines: Iterable[Any]) -> None:
        await self._in_thread("writelines", lines)

    async def atruncate(self, size: int | None = None) -> int:
        return await self._in_thread("truncate", size)  # type: ignore[no-any-return]

    async def aflush(self) -> None:
        await self._in_thread("flush")

    async def aseek(self, offset: int, whence: int = 0) -> int:
        return await self._in_thread("seek", offset, whence)  # type: ignore[no-any-return]

    async def atell(self) -> int:
        return await self._in_thread("tell")  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        """Close the file; what was written appears now. Cancelled, it appears whole or not at all, and the file is
        closed all the same."""
        await self._leave("close")

    def __aiter__(self) -> Self:
        """Lines, from the present position on; each is one turn in a thread."""
        return self

    async def __anext__(self) -> Any:
        if line := await self.areadline():
            return line
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what was written; nothing of it where an exception, a cancellation too, ends the block."""
        if kind is None:
            await self._leave("_finish")
        else:
            self._give_up()

    async def _leave(self, how: str) -> None:
        if not self._writes and self._turn.locked():  # by a read that was let go, and may still wait
            self._give_up()
            return
        try:
            await self._in_thread(how)
        except BaseException:
            self._give_up()
            raise

    async def _in_thread(self, call: str | Callable[..., Any], *args: Any, wait: bool = False) -> Any:
        late = None if self._writes or wait else _forget
        return await in_thread(partial(self._in_turn, call, *args), sensitive=self.thread_sensitive, late=late)

    def _in_turn(self, call: str | Callable[..., Any], *args: Any) -> Any:
        while not self._turn.acquire(timeout=LOOK):
            checkpoint()
        try:
            checkpoint()
            return (getattr(self, call) if isinstance(call, str) else call)(*args)
        finally:
            self._turn.release()
            if self._given_up:
                self._give_up()

    def _give_up(self) -> None:
        """Close the file without keeping it: now, or when the thread that uses it ends."""
        self._given_up = True
        if self._turn.acquire(blocking=False):
            try:
                close(self)
            finally:
                self._turn.release()


def _forget(_: object) -> None: ...


async def opened_in_thread(storage: RemoteStorage, name: str, mode: str) -> RemoteFile:
    """``storage.open(name, mode)``; cancelled, it is let go at once, and what is opened too late is closed."""

    def late(file: object) -> None:
        if hasattr(file, "discard") or not set(mode) & set("wxa+"):  # a project's own file would be kept
            close(file)

    work: Callable[[], Any] = partial(storage.open, name, mode)
    return await in_thread(work, sensitive=storage.thread_sensitive, late=late)


class Opening(Coroutine[Any, Any, "RemoteFile"]):
    """What ``aopen`` gives: awaited it is the file, and after ``async with`` a block that closes it."""

    def __init__(self, opening: Coroutine[Any, Any, RemoteFile]) -> None:
        self._opening = opening

    def __await__(self) -> Generator[Any, Any, RemoteFile]:
        return self._opening.__await__()

    def send(self, value: Any) -> Any:
        return self._opening.send(value)

    def throw(self, *error: Any) -> Any:
        return self._opening.throw(*error)

    def close(self) -> None:
        self._opening.close()

    async def __aenter__(self) -> RemoteFile:
        self._file = await self._opening
        return await self._file.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._file.__aexit__(kind, error, trace)
