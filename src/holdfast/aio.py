"""Asynchronous methods out of synchronous ones: ``aget = asynchronous(get)``.

Each looks its synchronous method up by name when it is called, on the object it is called of: what a subclass, a
layer, a mixin or a test has put there counts. It runs in a thread, see ``holdfast.threads``; on Django's own where
the object says that it is ``thread_sensitive``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from functools import partial, wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from holdfast.threads import in_thread

__all__ = ["asynchronous", "asynchronous_context", "asynchronous_iterator", "close", "iterate"]

PAGE = 1000
"""Items of a listing that are fetched at a time: a page of most services."""


class Threaded(Protocol):
    @property
    def thread_sensitive(self) -> bool: ...


S = TypeVar("S", bound=Threaded)
P = ParamSpec("P")
T = TypeVar("T")


def asynchronous(
    method: Callable[Concatenate[S, P], T], *, reads: bool = False
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same method, to be awaited.

    A caller that is cancelled gets its ``CancelledError`` when the thread has ended. With ``reads``, for what
    changes nothing, it comes at once, and what the thread brings is closed.
    """
    name = method.__name__

    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(getattr(self, name), *args, **kwargs)
        return await in_thread(work, sensitive=self.thread_sensitive, late=close if reads else None)

    return _named(call, method, "In a thread.")


def asynchronous_iterator(
    method: Callable[Concatenate[S, P], Iterator[T]],
) -> Callable[Concatenate[S, P], AsyncGenerator[T, None]]:
    """The same iterator, for ``async for``; fetched a thousand items at a time."""
    name = method.__name__

    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
        items = _lazily(partial(getattr(self, name), *args, **kwargs))
        async for item in iterate(items, PAGE, sensitive=self.thread_sensitive):
            yield item

    return _named(call, method, "In a thread, for ``async for``.")


def asynchronous_context(
    method: Callable[Concatenate[S, P], AbstractContextManager[T]],
) -> Callable[Concatenate[S, P], AbstractAsyncContextManager[T]]:
    """The same context manager, for ``async with``."""
    name = method.__name__

    @asynccontextmanager
    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
        sensitive = self.thread_sensitive
        manager = getattr(self, name)(*args, **kwargs)
        left = False

        def leave(*error: Any) -> Any:
            nonlocal left
            left = True
            return manager.__exit__(*error)

        def give_up(_: object = None) -> None:
            leave(GeneratorExit, GeneratorExit(), None)

        value = await in_thread(manager.__enter__, sensitive=sensitive, late=give_up)
        try:
            try:
                yield value
            except BaseException:
                if not await in_thread(partial(leave, *sys.exc_info()), sensitive=sensitive):
                    raise
            else:
                await in_thread(partial(leave, None, None, None), sensitive=sensitive)
        finally:
            if not left:  # cancelled before a thread was free for it
                give_up()

    return _named(call, method, "In a thread, for ``async with``.")


async def iterate(items: Iterator[T], batch: int = 1, *, sensitive: bool = False) -> AsyncGenerator[T, None]:
    """What a synchronous iterator yields, fetched ``batch`` at a time in a thread, and then what it raises."""

    def take() -> tuple[list[T], Exception | None]:
        taken: list[T] = []
        try:
            for item in islice(items, batch):
                taken.append(item)
        except Exception as error:
            return taken, error
        return taken, None

    idle, ended = True, False
    try:
        while not ended:
            idle = False
            taken, error = await in_thread(take, sensitive=sensitive, late=lambda _: close(items))
            idle, ended = True, error is not None or len(taken) < batch
            for item in taken:
                yield item
            if error is not None:
                raise error
    finally:
        if idle and not ended:
            await in_thread(partial(close, items), sensitive=sensitive)


def close(result: object) -> None:
    """Let go of what nobody takes any more: an open file without keeping it, a body, a generator."""
    give_up = getattr(result, "discard", None) or getattr(result, "close", None)
    if give_up is not None:
        give_up()


def _lazily(call: Callable[[], Iterator[T]]) -> Iterator[T]:
    yield from call()


def _named(call: Callable[P, T], method: Callable[..., object], note: str) -> Callable[P, T]:
    """``call`` under the name, the signature and the docstring of ``method``, with an a before the name.

    Not under its other attributes: an abstract method would make an abstract one.
    """
    wraps(method, updated=())(call)
    call.__name__ = f"a{method.__name__}"
    call.__qualname__ = f"{method.__qualname__.rpartition('.')[0]}.{call.__name__}".lstrip(".")
    call.__doc__ = f"{inspect.cleandoc(method.__doc__ or '')}\n\n{note}".lstrip()
    return call
