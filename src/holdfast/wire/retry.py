"""Trying again: how often, how long, and after which pause."""

from __future__ import annotations

import random
import time
from collections import deque

from holdfast.errors import StoreError
from holdfast.threads import sleep
from holdfast.wire.connection import Stop

__all__ = ["Attempts", "Budget", "Failed"]

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0

FULL = 500
COST = 5
GAIN = 1
"""What a budget holds, what another attempt costs, and what a success at the first attempt brings: the figures of
AWS's own clients in their standard mode, which the *AWS SDKs and Tools Reference Guide* describes under "Retry
behavior"."""


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


class Budget:
    """What all the requests of one store may spend on further attempts, so that an outage is not made worse: after
    a hundred that were in vain none is made, until requests succeed again.

    A success gives back what its own attempts cost, or a little where it came at once. There is no lock in it: a
    thread may hold one at the moment of a fork. Single operations of a deque are atomic, and a forked child goes on
    with a copy.
    """

    def __init__(self, full: int = FULL) -> None:
        self._tokens = deque([None] * full, maxlen=full)

    def take(self) -> bool:
        """Pay for another attempt, if there is enough left."""
        for paid in range(COST):
            try:
                self._tokens.pop()
            except IndexError:
                self._tokens.extend([None] * paid)
                return False
        return True

    def give(self, count: int) -> None:
        self._tokens.extend([None] * count)  # it holds no more than it held at first


class Attempts:
    """At most ``count`` of them, and none that begins more than ``seconds`` from now.

    Pauses double, and are drawn between nothing and the whole ("full jitter"), so that clients that failed
    together do not come back together. Each is paid from the ``budget``, where there is one.
    """

    def __init__(self, count: int, seconds: float, stop: Stop | None = None, budget: Budget | None = None) -> None:
        self.deadline = time.monotonic() + seconds
        self.fresh = False
        self._count = count
        self._failures = 0
        self._stop = stop
        self._budget = budget
        self._spent = 0

    def succeeded(self) -> None:
        """The service did what it was asked, be it to say that there is nothing."""
        if self._budget is not None:
            self._budget.give(self._spent or GAIN)
            self._spent = 0

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
        if self._budget is not None:
            if not self._budget.take():
                failed.error.add_note("It was not tried again: too many of this store's requests failed lately.")
                raise failed.error from failed.__cause__
            self._spent = COST
        if self._stop is None:
            sleep(pause)
        else:
            self._stop.sleep(pause)
