"""The promises that stores and storages keep, and what it takes to hold your own to them.

With pytest, a store of yours is tried by ::

    from holdfast.testing.contract import StoreContract

    class TestMine(StoreContract):
        def make(self):
            return MyStore()  # fresh and empty

``python -m holdfast.testing`` prints the list. Reading order: ``promise``, ``case``, ``promises``, ``contract``.
"""

from __future__ import annotations

from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.case import Case, Counted, Counter
from holdfast.testing.counting import Counting
from holdfast.testing.promise import Promise, all_promises, storage_promise, store_promise

__all__ = [
    "Broken",
    "Case",
    "Counted",
    "Counter",
    "Counting",
    "NotApplicable",
    "Promise",
    "all_promises",
    "storage_promise",
    "store_promise",
]
