"""A promise: one sentence that stores or storages keep, and the function that finds out whether they do.

::

    @storage_promise("A name that is taken gets another one.", needs=WRITE, source=HOWTO)
    def taken_name_gets_another(case: Case) -> None:
        '''
        storage.save("a.txt", ContentFile(b"one"))
        storage.save("a.txt", ContentFile(b"two"))
        assert storage.open("a.txt").read() == b"one"
        '''

Its id is made of its module and its function, ``naming.taken_name_gets_another``. The docstring is the shortest
way to see it broken: three lines of Python at most, with the names of ``holdfast.testing.shell``. Nothing here
knows who asks: pytest reads the list, and so do ``unittest``, the command and the documentation.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.types import Create, Feature

if TYPE_CHECKING:
    from holdfast.testing.case import Case

__all__ = [
    "About",
    "Check",
    "Cost",
    "Promise",
    "all_promises",
    "remote_promise",
    "storage_promise",
    "store_promise",
]

About = Literal["store", "storage", "remote"]
"""Whom a promise binds: every store, every storage of Django's, or those of Holdfast alone."""

Cost = Literal["cheap", "slow"]
Check = Callable[["Case"], None]

SMALL = 1000
"""Bytes of the bodies that race for a name."""

BESIDE = {
    "counting": "what counts its requests as `counting`",
    "given": "what fills it as `given`",
    "unreachable": "one whose server does not answer as `unreachable`",
    "stranger": "one that has nothing to know its server by as `stranger`",
    "secrets": "its passwords and keys as `secrets`",
}
"""What some of those who see it need beside the store or the storage, by its name in their lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """One sentence, and what it takes to find out.

    ``needs`` and ``lacks``: it is asked of a store that claims all of the one and none of the other.
    ``creates``: only of one that creates without the risk of replacing. ``counted``: only where requests are
    counted. ``cost``: ``slow`` ones move megabytes or thousands of objects. ``live``: it may be asked of a system
    in use, below a prefix of its own. ``source``: who says so: a page of Django's or Python's documentation, an
    RFC, or the dotted name of what says it here. ``see``: the shortest way to see it broken.
    """

    id: str
    sentence: str
    about: About
    check: Check
    needs: Feature
    lacks: Feature
    creates: bool
    counted: bool
    cost: Cost
    live: bool
    source: str

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]

    @property
    def see(self) -> str:
        return inspect.getdoc(self.check) or ""

    def ask(self, case: Case) -> None:
        """Raise ``Broken`` where it is not kept, and ``NotApplicable`` where there is no asking."""
        __tracebackhide__ = True  # pytest leaves this out of its report
        if why_not := self.why_not(case):
            raise NotApplicable(why_not)
        try:
            self.check(case)
        except NotApplicable:
            raise
        except Exception as error:
            what = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
            raise Broken(what, self.diagnosis(what)) from error

    def diagnosis(self, what: str) -> str:
        """The promise, what happened instead, how to see it, and who says so."""
        subject = "store" if self.about == "store" else "storage"
        lines = [self.sentence, f"({self.id}) {what}"]
        if self.see:
            beside = "".join(f", {what}" for name, what in BESIDE.items() if re.search(rf"\b{name}\b", self.see))
            lines.append(
                f"To see it, with yours as `{subject}`{beside}, after `from holdfast.testing.shell import *`:"
            )
            lines += [f"    {line}" for line in self.see.splitlines()]
        if self.source:
            lines.append(f"Source: {self.source}")
        return "\n".join(lines)

    def why_not(self, case: Case) -> str:
        """Why it is not asked of this case; empty where it is."""
        if self.about == "remote" and not case.is_remote:
            return "is about the storages of Holdfast"
        if why_not := self.why_not_of(case.store.features, case.store.creates(SMALL)):
            return why_not
        return "needs a counter of requests" if self.counted and not case.counts else ""

    def why_not_of(self, features: Feature, creates: Create) -> str:
        """Why it is not asked of any store with these powers; empty where it may be."""
        if missing := self.needs & ~features:
            return f"needs {words(missing)}"
        if unwanted := self.lacks & features:
            return f"is about stores without {words(unwanted)}"
        if self.creates and creates is Create.NONE:
            return "needs a store that creates without the risk of replacing"
        return ""


def words(features: Feature) -> str:
    """Features as the shell shows them."""
    return " ".join(str(feature.name).lower() for feature in features)


_registry: dict[str, Promise] = {}


@dataclass(frozen=True, slots=True)
class _Register:
    about: About

    def __call__(
        self,
        sentence: str,
        *,
        needs: Feature = Feature.NONE,
        lacks: Feature = Feature.NONE,
        creates: bool = False,
        counted: bool = False,
        cost: Cost = "cheap",
        live: bool = True,
        source: str = "",
    ) -> Callable[[Check], Check]:
        def register(check: Check) -> Check:
            promise = Promise(
                id=f"{check.__module__.rpartition('.')[2]}.{check.__name__}",
                sentence=sentence,
                about=self.about,
                check=check,
                needs=needs,
                lacks=lacks,
                creates=creates,
                counted=counted,
                cost=cost,
                live=live,
                source=source,
            )
            if promise.id in _registry:
                raise ValueError(f"There are two promises {promise.id}.")
            _registry[promise.id] = promise
            return check

        return register


store_promise = _Register("store")
"""For a function about ``case.store``."""

storage_promise = _Register("storage")
"""For a function about ``case.storage``, whichever package it comes from: it uses Django's methods alone."""

remote_promise = _Register("remote")
"""For a function about ``case.remote``: about what Holdfast's storages have beyond Django's contract."""


def all_promises(*about: About) -> list[Promise]:
    """All promises that were registered, ours among them, by group and in their order there; only those ``about``
    some of these, if any are given."""
    import holdfast.testing.promises as ours

    for module in pkgutil.iter_modules(ours.__path__):
        importlib.import_module(f"{ours.__name__}.{module.name}")
    found = [promise for promise in _registry.values() if not about or promise.about in about]
    return sorted(found, key=lambda promise: promise.group)
