"""Trying again: how often, how long, and after which pause."""

from __future__ import annotations

import random
import time

from holdfast.errors import StoreError
from holdfast.threads import sleep
from holdfast.wire.connection import Stop

__all__ = ["Attempts", "Failed"]

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


class Failed(Exception):
    """One attempt failed, and another may help; ``error`` is what the caller gets if there is none.

    ``sent``: the service may have acted on the request; ``answered``: it said itself that it failed, so it is not
    at it any more. ``stale``: an idle connection had been closed meanwhile. ``after``: seconds that the service
    asks us to wait (Retry-After).
    """

    def __init__(
        self,
        error: StoreError,
        *,
        sent: bool = False,
        answered: bool = False,
        stale: bool = False,
        after: float = 0.0,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent
        self.answered = answered
        self.stale = stale
        self.after = after


class Attempts:
    """At most ``count`` of them, and none that begins more than ``seconds`` from now.

    Pauses double, and are drawn between nothing and the whole ("full jitter"), so that clients that failed
    together do not come back together.
    """

    def __init__(self, count: int, seconds: float, stop: Stop | None = None) -> None:
        self.deadline = time.monotonic() + seconds
        self.fresh = False
        self._count = count
        self._failures = 0
        self._stop = stop

    def pause(self, failed: Failed) -> None:
        """Wait before the next attempt; raises the error of the last one where there is no next, and
        ``CancelledError`` in a thread whose caller was cancelled."""
        if failed.stale and not self.fresh:
            # Nothing was wrong with the service, so it neither counts nor waits; but the others that lay idle
            # beside this connection are no better.
            self.fresh = True
            return
        self._failures += 1
        longest = min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE)
        pause = max(failed.after, random.uniform(0, longest))  # noqa: S311
        stopped = self._stop is not None and bool(self._stop)
        if stopped or self._failures >= self._count or time.monotonic() + pause > self.deadline:
            raise failed.error from failed.__cause__
        if self._stop is None:
            sleep(pause)
        else:
            self._stop.sleep(pause)
