"""Which promises are asked, and which are let off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.options import nearest
from holdfast.testing.promise import About, Cost, Promise, all_promises
from holdfast.types import Create, Feature

__all__ = ["CHEAP", "CHEAP_AND_SLOW", "Selection", "exemptions_of"]

CHEAP: tuple[Cost, ...] = ("cheap",)
CHEAP_AND_SLOW: tuple[Cost, ...] = ("cheap", "slow")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The promises that a reader asks.

    ``exempt``: promises that are not kept, by id, each with the reason. ``costs``: leave out ``"slow"`` to ask the
    cheap ones alone. ``features`` and ``creates``: what the store can do; promises that then do not apply are left
    out. ``live``: only those that may be asked of a system in use. ``only``: ids, or groups. ``budgets``: requests
    that something may cost, by the names in ``holdfast.testing.promises.budgets.BUDGETS``.

    Raises ``ValueError`` for an exemption from what does not exist or is not asked, and likewise for a budget, and
    for an unknown ``only``.
    """

    about: tuple[About, ...]
    exempt: Mapping[str, str] = field(default_factory=dict)
    costs: Collection[Cost] = CHEAP_AND_SLOW
    features: Feature | None = None
    creates: Create = Create.ATOMIC
    live: bool = False
    only: Collection[str] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)

    def promises(self) -> list[Promise]:
        known = all_promises()
        ids = {promise.id for promise in known}
        if unknown := self.exempt.keys() - ids:
            raise ValueError(f"exempt: there is no promise {', '.join(sorted(unknown))}.")
        if unknown := set(self.only) - ids - {promise.group for promise in known}:
            raise ValueError(f"There is no promise and no group {', '.join(sorted(unknown))}.")
        found = [promise for promise in all_promises(*self.about) if self._asks(promise)]
        # An exemption for something slow or not live may well stand beside a reader that leaves those out.
        if needless := self.exempt.keys() & {each.id for each in known if not self._applies(each)}:
            raise ValueError(f"exempt: {', '.join(sorted(needless))} is not even asked.")
        self._check_budgets({each.id for each in known if self._applies(each)})
        return found

    def _check_budgets(self, asked: Collection[str]) -> None:
        from holdfast.testing.promises.budgets import BUDGETS, promise_of

        for what, requests in self.budgets.items():
            if what not in BUDGETS:
                raise ValueError(f"budgets: there is none for {what!r}. {nearest(what, BUDGETS)}")
            if promise_of(what) not in asked:
                raise ValueError(f"budgets: {what!r} is not even asked about.")
            if not isinstance(requests, int) or requests < 0:
                raise ValueError(f"budgets: {what!r} costs a number of requests, not {requests!r}.")

    def _asks(self, promise: Promise) -> bool:
        return (
            promise.cost in self.costs
            and (promise.live or not self.live)
            and (not self.only or promise.id in self.only or promise.group in self.only)
            and self._applies(promise)
        )

    def _applies(self, promise: Promise) -> bool:
        return promise.about in self.about and (
            self.features is None or not promise.why_not_of(self.features, self.creates)
        )


def exemptions_of(given: Iterable[str]) -> dict[str, str]:
    """Exemptions as a command line gives them, ``ID=REASON`` each. Raises ``ValueError`` where the reason lacks."""
    found = {}
    for each in given:
        promise, _, reason = each.partition("=")
        if not reason.strip():
            raise ValueError(f"exempt {each}: say why, as in 'races.one_creates=the server cannot'.")
        found[promise.strip()] = reason.strip()
    return found
