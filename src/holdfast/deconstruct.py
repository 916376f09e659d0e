"""Objects that say how they were made, for Django's migrations."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["Deconstructible", "Unshown"]


class Unshown(tuple[Any, ...]):
    """Arguments as they were given; there may be secrets among them."""

    def __repr__(self) -> str:
        return "(…)"


class Deconstructible:
    """Keeps the arguments of its constructor, as Django's decorator of the same purpose does, but shows them to
    nobody who only looks at the object."""

    _constructor_args: Unshown

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self._constructor_args = Unshown((args, kwargs))
        return self

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """What a migration writes: the path of the class and its arguments.

        Raises ``ValueError`` where no import finds the class.
        """
        kind = type(self)
        if "." in kind.__qualname__:
            raise ValueError(f"{kind.__qualname__} cannot be written to a migration: move it to its module's top.")
        args, kwargs = self._constructor_args
        return f"{kind.__module__}.{kind.__name__}", args, kwargs
