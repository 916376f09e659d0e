"""What Django's contract leaves to a storage: it may say that it has no such thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.testing.asserting import NotApplicable

__all__ = ["optional"]


@contextmanager
def optional(method: str) -> Iterator[None]:
    """A block that ends without a verdict where the storage says, by ``NotImplementedError``, that it has no such
    method. Django's documentation allows that of ``delete``, ``listdir``, ``size``, ``url`` and the times."""
    try:
        yield
    except NotImplementedError as error:
        raise NotApplicable(f"needs a storage that has {method}") from error
