"""The promises as a page of the documentation, ``docs/promises.md``."""

from __future__ import annotations

from itertools import groupby
from sys import modules

from holdfast.testing.promise import Promise, all_promises, words

__all__ = ["ABOUT", "conditions", "page"]

ABOUT = {"store": "any store", "storage": "any Django storage", "remote": "Holdfast's storages"}


def conditions(promise: Promise) -> list[str]:
    """What it takes for the promise to be asked."""
    found = [words(promise.needs)] if promise.needs else []
    found += [f"no {words(promise.lacks)}"] if promise.lacks else []
    found += [
        word
        for word, applies in (("creates", promise.creates), ("counter", promise.counted))
        if applies
    ]  # fmt: skip
    return found


INTRODUCTION = """\
# The promises

{count} sentences, each with one function that finds out whether it is so: {store} about every store, {storage}
about every storage of Django's, {remote} about what Holdfast's storages give beyond. `make docs` writes this page
from them.

`python -m holdfast.testing ID` prints the shortest way to see one broken. [A store of your own](your-own-store.md)
says how they are asked of a store or a storage of yours; `manage.py holdfast check ALIAS` asks them of one in use.
"""


def page() -> str:
    """The page, in Markdown."""
    promises = all_promises()
    counts = {about: sum(each.about == about for each in promises) for about in ABOUT}
    lines = [INTRODUCTION.format(count=len(promises), **counts)]
    for group, grouped in groupby(promises, key=lambda promise: promise.group):
        some = list(grouped)
        title = (modules[some[0].check.__module__].__doc__ or "").partition("\n")[0]
        lines += [f"## {group}", "", title, "", *map(_item, some), ""]
    return "\n".join(lines)


def _item(promise: Promise) -> str:
    said = [ABOUT[promise.about], *conditions(promise)]
    said += ["slow"] if promise.cost == "slow" else []
    said += [] if promise.live else ["not on a system in use"]
    source = promise.source
    linked = f" [source]({source})" if source.startswith("http") else f" `{source}`" if source else ""
    return f"- **{promise.id.partition('.')[2]}**: {promise.sentence} *({', '.join(said)})*{linked}"
