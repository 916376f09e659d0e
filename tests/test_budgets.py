"""What an author states of requests, and what counts them where nothing else does."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from holdfast.layers import Prefixed
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Layer
from holdfast.stores.memory import MemoryStore
from holdfast.testing import Case, Counting, all_promises
from holdfast.testing.promises.budgets import BUDGETS, promise_of
from holdfast.testing.selection import Selection
from holdfast.testing.verdict import Outcome, Verdict, judge
from holdfast.types import Entry, Feature, Write

PROMISES = {promise.id: promise for promise in all_promises()}


class Chatty(Layer):
    """Looks around before it writes."""

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        list(self.inner.list())
        return super().put(key, source, how)


def verdict_on(what: str, budgets: dict[str, int]) -> Verdict:
    counting = Counting(MemoryStore())
    with Case(Chatty(counting), counter=counting.counting, budgets=budgets) as case:
        return judge(PROMISES[promise_of(what)], case, {})


def test_every_budget_has_a_promise_that_is_counted() -> None:
    assert all(PROMISES[promise_of(what)].counted for what in BUDGETS)


def test_what_costs_more_than_usual_is_broken() -> None:
    verdict = verdict_on("save", {})
    assert (Outcome.BROKEN, "the number of requests for 'save': expected 0 to 1, but it is 2") == (
        verdict.outcome,
        verdict.detail,
    )


def test_a_budget_lets_it_cost_more() -> None:
    assert Outcome.KEPT == verdict_on("save", {"save": 2}).outcome


@pytest.mark.parametrize(
    ("what", "stated", "enough"), [("save", 3, 2), ("exists", 2, 1), ("save under a taken name", 9, 4)]
)
def test_more_than_is_needed_is_needless(what: str, stated: int, enough: int) -> None:
    verdict = verdict_on(what, {what: stated})
    assert Outcome.NEEDLESS == verdict.outcome
    assert f"budgets: {stated} requests are stated for {what!r}, and {enough} are enough." == verdict.detail


def test_less_than_usual_is_held_to() -> None:
    assert Outcome.KEPT == verdict_on("reading on", {"reading on": 7}).outcome
    assert Outcome.BROKEN == verdict_on("exists", {"exists": 0}).outcome


@pytest.mark.parametrize(
    ("budgets", "message"),
    [
        ({"safe": 2}, r"budgets: there is none for 'safe'\. Did you mean 'save'\?"),
        ({"put": 2}, r"budgets: 'put' is not even asked about\."),
        ({"removing": 2}, r"budgets: 'removing' is not even asked about\."),
        ({"open and read": -1}, r"budgets: 'open and read' costs a number of requests, not -1\."),
        ({"open and read": "2"}, r"budgets: 'open and read' costs a number of requests, not '2'\."),
    ],
)
def test_a_budget_for_nothing_is_a_mistake(budgets: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Selection(about=("storage",), features=Feature.RANGE, budgets=budgets).promises()


def test_counting_tells_verbs_and_bytes() -> None:
    counting = Counting(MemoryStore())
    storage = RemoteStorage(counting)
    with counting.counting() as tally:
        storage.save("a.txt", ContentFile(b"12345"))
        with counting.counting() as inner, storage.open("a.txt") as file:
            file.read()
        storage.listdir("")
    assert (["get"], 1, 0, 5) == (inner.verbs, inner.count, inner.sent, inner.received)
    assert (["put", "get", "listdir"], 3, 5, 5) == (tally.verbs, tally.count, tally.sent, tally.received)
    storage.delete("a.txt")
    assert 3 == tally.count


def test_counting_knows_what_a_source_did_not() -> None:
    counting = Counting(MemoryStore())
    with counting.counting() as tally:
        Prefixed(counting, prefix="folder").put("a.txt", Source.of(iter([b"123", b"45"])))
    assert 5 == tally.sent
