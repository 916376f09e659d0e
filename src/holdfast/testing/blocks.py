"""What holds for a ``with`` block, or for a test function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Generic, TypeVar, cast

__all__ = ["Block"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class Block(Generic[T]):
    """A context manager that is a decorator of functions too, asynchronous ones among them.

    Each ``with`` and each call of a decorated function begins anew, so one may be used again, and inside itself.
    ``TestCase`` takes it in ``enterContext`` and ``enterClassContext``. Decorating anything but a function is a
    ``TypeError``.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[T]], name: str) -> None:
        self._begin = begin
        self._name = name
        self._entered: list[AbstractContextManager[T]] = []

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def __enter__(self) -> T:
        context = self._begin()
        value = context.__enter__()
        self._entered.append(context)
        return value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._entered.pop().__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        if isinstance(function, type):
            raise TypeError(
                f"{self._name} decorates functions, and {function.__name__} is a class: in a TestCase write "
                f"self.enterContext({self._name}) in setUp."
            )
        if not callable(function):
            raise TypeError(f"{self._name} decorates functions, and {function!r} is none.")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{self._name} would be over before {function.__name__} begins, since that is a generator: "
                f"write 'with {self._name}:' inside it."
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def later(*args: Any, **kwargs: Any) -> Any:
                with self._begin():
                    return await function(*args, **kwargs)

            return cast(F, later)

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self._begin():
                return function(*args, **kwargs)

        return cast(F, inside)
