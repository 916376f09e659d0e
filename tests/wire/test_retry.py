"""Attempts end: by their number, by their time, and where waiting is in vain."""

from __future__ import annotations

import threading
import time

import pytest

from holdfast.errors import Unavailable
from holdfast.wire.connection import Stop
from holdfast.wire.retry import Attempts, Budget, Failed


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


# ---------------------------------------------------------------- a budget for all


def spent(budget):
    """How many attempts it pays for."""
    count = 0
    while budget.take():
        count += 1
    return count


def test_a_budget_is_used_up():
    budget = Budget()
    assert (100, 0) == (spent(budget), spent(budget))


def test_what_is_left_over_is_not_lost():
    budget = Budget(12)
    assert 2 == spent(budget)
    budget.give(3)  # with the two that did not suffice
    assert 1 == spent(budget)


def test_no_attempt_without_it(pauses):
    budget = Budget(5)
    attempts = Attempts(9, 100, budget=budget)
    attempts.pause(failed())
    with pytest.raises(Unavailable, match="it failed") as caught:
        attempts.pause(failed())
    assert (1, ["It was not tried again: too many of this store's requests failed lately."]) == (
        len(pauses),
        caught.value.__notes__,
    )


def test_a_connection_that_was_closed_meanwhile_costs_nothing(pauses):
    budget = Budget(5)
    Attempts(9, 100, budget=budget).pause(failed(stale=True))
    assert 1 == spent(budget)


def test_a_success_brings_back_what_it_cost(pauses):
    budget = Budget(10)
    attempts = Attempts(9, 100, budget=budget)
    attempts.pause(failed())
    attempts.succeeded()
    assert 2 == spent(budget)


def test_five_successes_at_once_pay_for_an_attempt():
    budget = Budget(10)
    spent(budget)
    for _ in range(5):
        Attempts(9, 100, budget=budget).succeeded()
    assert 1 == spent(budget)


def test_it_never_holds_more_than_at_first():
    budget = Budget()
    budget.give(1000)
    assert 100 == spent(budget)


def test_threads_together_spend_no_more_than_there_is():
    budget, counts = Budget(), []
    threads = [threading.Thread(target=lambda: counts.append(spent(budget))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    # Threads that stop short of one attempt may each hold back a part of it for a moment.
    assert 80 <= sum(counts) <= 100
