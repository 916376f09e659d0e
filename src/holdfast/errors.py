"""What can go wrong, in words that mean the same on every store.

::

    StoreError (OSError)
    ├── NotFound (FileNotFoundError)
    ├── AlreadyExists (FileExistsError)
    ├── Denied (PermissionError)
    ├── Changed
    ├── Corrupt
    ├── Refused
    ├── Unavailable (ConnectionError)
    │   └── Uncertain
    └── Unsupported (NotImplementedError)
    InvalidKey (SuspiciousFileOperation, ValueError)

Each stands on the builtin that Python's own files raise, so code written for local files keeps working.
Nothing foreign escapes a store: the error of the library underneath is kept as ``__cause__``.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from django.core.exceptions import SuspiciousFileOperation

__all__ = [
    "AlreadyExists",
    "Changed",
    "Corrupt",
    "Denied",
    "InvalidKey",
    "NotFound",
    "Refused",
    "StoreError",
    "Unavailable",
    "Uncertain",
    "Unsupported",
]


class StoreError(OSError):
    """A store could not do what was asked.

    ``key`` is the object it was asked about, ``store`` the label of the store (never a secret in it), and
    ``others`` what else failed in the same call, where a call is about many keys (``delete_many``).

    ``errno`` is ``code`` of the class. It is never EPIPE or ECONNRESET: a web server that meets one of these
    takes it for its own client hanging up. An error can be copied and pickled.
    """

    code: ClassVar[int | None] = None

    def __init__(self, message: str = "", *, key: str = "", store: str = "") -> None:
        super().__init__(message)
        self.errno = self.code
        self.key = key
        self.store = store
        self.others: tuple[StoreError, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, {**self.__dict__, "errno": self.errno}  # the system's own, ENOSPC for one


class NotFound(StoreError, FileNotFoundError):
    """There is no object of that key."""

    code = errno.ENOENT


class AlreadyExists(StoreError, FileExistsError):
    """The object exists, and the call did not allow it to be replaced."""

    code = errno.EEXIST


class Denied(StoreError, PermissionError):
    """The credentials do not allow it; or, on some services, hide whether the object exists."""

    code = errno.EACCES


class Changed(StoreError):
    """The object is not the one that was read: its ETag is another."""

    code = errno.ESTALE


class Corrupt(StoreError):
    """The bytes do not match their digest or their length."""

    code = errno.EBADMSG


class Refused(StoreError):
    """The service said no for good: no such bucket, quota, too large, a bad request. Trying again will not help."""


class Unavailable(StoreError, ConnectionError):
    """The service did not answer, or not sensibly; trying again may help. The only error that is retried."""


class Uncertain(Unavailable):
    """The reply to a write was lost and could not be found out.

    The object is whole or absent, under the key that the error carries and no other.
    """


class Unsupported(StoreError, NotImplementedError):
    """The store does not have the feature; see its ``features``."""


class InvalidKey(SuspiciousFileOperation, ValueError):
    """The name cannot be kept, or reaches outside its storage."""

    def __init__(self, message: str = "", *, key: str = "", store: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.store = store
