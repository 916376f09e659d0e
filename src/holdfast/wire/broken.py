"""What the wire says when no answer came: the stores make errors of their own of it."""

from __future__ import annotations

__all__ = ["Broken"]


class Broken(Exception):
    """An exchange ended without a whole answer. The message names the host and what to look at.

    ``sent``: the whole request had been handed to the network, so the service may have acted on it.
    ``stale``: a connection that had been idle turned out to be closed, before a byte of an answer.
    ``permanent``: trying again cannot help.
    """

    def __init__(self, message: str, *, sent: bool = False, stale: bool = False, permanent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.stale = stale
        self.permanent = permanent
