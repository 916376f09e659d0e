"""Attempts end: by their number, by their time, and where waiting is in vain."""

from __future__ import annotations

import threading
import time

import pytest

from holdfast.errors import Unavailable
from holdfast.wire.connection import Stop
from holdfast.wire.retry import Attempts, Failed


def failed(**more):
    return Failed(Unavailable("it failed"), **more)


@pytest.fixture
def pauses(monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_the_last_one_raises_what_went_wrong(pauses):
    attempts = Attempts(3, 100)
    attempts.pause(failed())
    attempts.pause(failed())
    with pytest.raises(Unavailable, match="it failed"):
        attempts.pause(failed())
    assert 2 == len(pauses)


def test_pauses_are_drawn_from_a_doubling_range(pauses):
    attempts = Attempts(12, 1000)
    for _ in range(11):
        attempts.pause(failed())
    assert all(pause <= min(0.2 * 2**number, 5) for number, pause in enumerate(pauses))
    assert len(set(pauses)) == len(pauses)


def test_none_begins_after_the_time_is_up(pauses):
    attempts = Attempts(10, 0)
    with pytest.raises(Unavailable):
        attempts.pause(failed())


def test_retry_after_is_honoured(pauses):
    Attempts(3, 100).pause(failed(after=7))
    assert [7] == pauses


def test_a_retry_after_beyond_the_time_is_not_waited_for(pauses):
    with pytest.raises(Unavailable):
        Attempts(3, 25).pause(failed(after=60))
    assert [] == pauses


def test_a_stale_connection_is_not_counted_but_only_once(pauses):
    attempts = Attempts(2, 100)
    attempts.pause(failed(stale=True))
    assert attempts.fresh
    assert [] == pauses
    attempts.pause(failed(stale=True))
    with pytest.raises(Unavailable):
        attempts.pause(failed(stale=True))


def test_stop_ends_a_pause():
    stop = Stop()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    Attempts(3, 100, stop).pause(failed(after=30))
    assert time.monotonic() - began < 2
    with pytest.raises(Unavailable):
        Attempts(3, 100, stop).pause(failed())
