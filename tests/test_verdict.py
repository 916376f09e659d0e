"""What comes of asking a promise, and which ones are asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import InMemoryStorage

from holdfast.stores.memory import MemoryStore
from holdfast.testing import Broken, Case, NotApplicable, Promise, all_promises
from holdfast.testing.promise import About
from holdfast.testing.selection import Selection, exemptions_of
from holdfast.testing.verdict import Outcome, Sometimes, judge
from holdfast.types import Create, Feature

ALL: tuple[About, ...] = ("store", "storage", "remote")
PROMISES = {promise.id: promise for promise in all_promises()}


def promise(check: Callable[[Case], None] = lambda case: None, **said: Any) -> Promise:
    """One that is in no list."""
    usual: dict[str, Any] = {
        "id": "group.name",
        "sentence": "All is well.",
        "about": "store",
        "needs": Feature.NONE,
        "lacks": Feature.NONE,
        "creates": False,
        "counted": False,
        "cost": "cheap",
        "live": True,
        "source": "",
    }
    return Promise(check=check, **{**usual, **said})


def broken(case: Case) -> None:
    """
    store.head("a.txt")
    assert False
    """
    case.equal(5, 6, "the size")


def foreign(case: Case) -> None:
    {}["a.txt"]


def elsewhere(case: Case) -> None:
    raise NotApplicable("needs a moon")


def interrupted(case: Case) -> None:
    raise KeyboardInterrupt


# -------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("check", "outcome"),
    [(lambda case: None, Outcome.KEPT), (broken, Outcome.EXEMPT), (elsewhere, Outcome.NEEDLESS)],
)
def test_what_breaks_now_and_then_may_be_kept_this_time(check: Callable[[Case], None], outcome: Outcome) -> None:
    with Case(MemoryStore()) as case:
        verdict = judge(promise(check), case, {"group.name": Sometimes("a race that is seldom lost")})
    assert outcome is verdict.outcome


@pytest.mark.parametrize(
    ("check", "exempt", "outcome", "detail", "fails"),
    [
        (None, {}, Outcome.KEPT, "", False),
        (None, {"group.other": "no"}, Outcome.KEPT, "", False),
        (None, {"group.name": "no"}, Outcome.NEEDLESS, "group.name is exempt (no), and yet it is kept.", True),
        (broken, {}, Outcome.BROKEN, "the size: expected 5, but it is 6", True),
        (broken, {"group.name": "it is one more"}, Outcome.EXEMPT, "it is one more", False),
        (foreign, {}, Outcome.BROKEN, "KeyError: 'a.txt'", True),
        (foreign, {"group.name": "foreign"}, Outcome.EXEMPT, "foreign", False),
        (elsewhere, {}, Outcome.NOT_ASKED, "needs a moon", False),
        (
            elsewhere,
            {"group.name": "no"},
            Outcome.NEEDLESS,
            "group.name is exempt (no), but is not even asked: it needs a moon.",
            True,
        ),
    ],
)
def test_verdicts(
    check: Callable[[Case], None] | None, exempt: dict[str, str], outcome: Outcome, detail: str, *, fails: bool
) -> None:
    asked = promise(check) if check else promise()
    with Case(MemoryStore()) as case:
        verdict = judge(asked, case, exempt)
    assert (outcome, detail, fails) == (verdict.outcome, verdict.detail, verdict.fails)
    assert asked is verdict.promise
    assert verdict.seconds >= 0
    assert (outcome in (Outcome.BROKEN, Outcome.EXEMPT)) == (verdict.error is not None)


def test_who_interrupts_is_not_held_up() -> None:
    with Case(MemoryStore()) as case, pytest.raises(KeyboardInterrupt):
        judge(promise(interrupted), case, {})


@pytest.mark.parametrize(
    ("said", "why_not"),
    [
        ({"needs": Feature.SIGN | Feature.PATH | Feature.WRITE}, "needs sign path"),
        ({"lacks": Feature.WRITE | Feature.SIGN}, "is about stores without write"),
        ({"counted": True}, "needs a counter of requests"),
        ({"needs": Feature.WRITE, "lacks": Feature.SIGN, "creates": True}, ""),
    ],
)
def test_why_a_promise_is_not_asked(said: dict[str, Any], why_not: str) -> None:
    with Case(MemoryStore()) as case:
        verdict = judge(promise(**said), case, {})
    assert why_not == verdict.detail
    assert verdict.outcome is (Outcome.NOT_ASKED if why_not else Outcome.KEPT)


def test_what_needs_a_store_that_creates_is_not_asked_of_one_that_does_not() -> None:
    class Careless(MemoryStore):
        def creates(self, size: int | None) -> Create:
            return Create.NONE

    with Case(Careless()) as case:
        verdict = judge(promise(creates=True), case, {})
    assert Outcome.NOT_ASKED is verdict.outcome
    assert "needs a store that creates without the risk of replacing" == verdict.detail


def test_what_is_about_our_storages_is_not_asked_of_others() -> None:
    for about, outcome in (("remote", Outcome.NOT_ASKED), ("storage", Outcome.KEPT)):
        with Case.of(InMemoryStorage()) as case:
            assert outcome is judge(promise(about=about), case, {}).outcome


# -------------------------------------------------------------------- diagnosis


@pytest.mark.parametrize(("about", "subject"), [("store", "store"), ("storage", "storage"), ("remote", "storage")])
def test_a_diagnosis_says_what_happened_how_to_see_it_and_who_says_so(about: About, subject: str) -> None:
    asked = promise(broken, about=about, source="holdfast.Store.head")
    with Case(MemoryStore()) as case, pytest.raises(Broken) as caught:
        asked.ask(case)
    expected = f"""All is well.
(group.name) the size: expected 5, but it is 6
To see it, with yours as `{subject}`, after `from holdfast.testing.shell import *`:
    store.head("a.txt")
    assert False
Source: holdfast.Store.head"""
    assert expected == str(caught.value)
    assert "the size: expected 5, but it is 6" == caught.value.what


def test_a_diagnosis_leaves_out_what_it_does_not_know() -> None:
    with Case(MemoryStore()) as case, pytest.raises(Broken) as caught:
        promise(foreign).ask(case)
    assert "All is well.\n(group.name) KeyError: 'a.txt'" == str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)


# -------------------------------------------------------------------- selection


def ids(**said: Any) -> set[str]:
    return {each.id for each in Selection(**{"about": ALL, **said}).promises()}


def test_without_more_said_all_are_asked() -> None:
    assert PROMISES.keys() == ids()
    for about in ALL:
        assert {each.id for each in PROMISES.values() if each.about == about} == ids(about=(about,))


def test_the_slow_ones_may_be_left_out() -> None:
    assert {each.id for each in PROMISES.values() if each.cost == "cheap"} == ids(costs=("cheap",))
    assert "listing.thousands" in ids()


def test_a_system_in_use_is_asked_what_does_not_disturb_it() -> None:
    assert {each.id for each in PROMISES.values() if each.live} == ids(live=True)
    assert ids(live=True) < ids()


def test_only_some_by_their_ids_and_groups() -> None:
    group = {each for each in PROMISES if each.startswith("ranges.")}
    assert {*group, "listing.in_order"} == ids(only=("ranges", "listing.in_order"))
    assert {"listing.in_order"} == ids(only=("listing.in_order",), about=("store",))
    assert set() == ids(only=("listing.in_order",), about=("remote",))


def test_what_a_store_cannot_do_is_left_out() -> None:
    found = ids(features=Feature.WRITE)
    assert found == {each.id for each in PROMISES.values() if not each.needs & ~Feature.WRITE} - {
        each.id for each in PROMISES.values() if each.lacks & Feature.WRITE
    }
    assert "features.no_writing" in ids(features=Feature.RANGE) - found
    careless = ids(features=Feature.WRITE, creates=Create.NONE)
    assert {each for each in found if PROMISES[each].creates} == found - careless


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"exempt": {"ranges.half_opened": "-"}}, "exempt: there is no promise ranges.half_opened."),
        ({"exempt": {"b.b": "-", "a.a": "-"}}, "exempt: there is no promise a.a, b.b."),
        ({"only": ("rangers", "ranges")}, "There is no promise and no group rangers."),
        (
            {"exempt": {"signing.odd_names": "-"}, "features": Feature.WRITE},
            "exempt: signing.odd_names is not even asked.",
        ),
        (
            {"exempt": {"ranges.half_open": "-"}, "about": ("storage",)},
            "exempt: ranges.half_open is not even asked.",
        ),
        (
            {"exempt": {"races.one_creates": "-"}, "features": Feature.WRITE, "creates": Create.NONE},
            "exempt: races.one_creates is not even asked.",
        ),
    ],
)
def test_mistakes_are_told(said: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ids(**said)


def test_an_exemption_may_stand_beside_a_reader_that_leaves_its_promise_out() -> None:
    for said in ({"costs": ("cheap",)}, {"only": ("ranges",)}):
        assert "listing.thousands" not in ids(exempt={"listing.thousands": "one page alone"}, **said)
    assert "processes.fork_after_use" not in ids(exempt={"processes.fork_after_use": "-"}, live=True)


def test_an_exemption_does_not_keep_a_promise_from_being_asked() -> None:
    assert "ranges.half_open" in ids(exempt={"ranges.half_open": "not done yet"})


def test_exemptions_of_a_command_line() -> None:
    given = ["ranges.half_open=not done yet", " listing.in_order = the server sorts = otherwise "]
    expected = {"ranges.half_open": "not done yet", "listing.in_order": "the server sorts = otherwise"}
    assert expected == exemptions_of(given)
    assert {} == exemptions_of([])
    for each in ("ranges.half_open", "ranges.half_open=", "ranges.half_open= "):
        with pytest.raises(ValueError, match=f"exempt {re.escape(each)}: say why"):
            exemptions_of([each])
