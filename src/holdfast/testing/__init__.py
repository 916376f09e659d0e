"""The promises that stores and storages keep, and what it takes to hold your own to them.

With pytest, a store of yours is tried by ::

    from holdfast.testing.contract import StoreContract

    class TestMine(StoreContract):
        def make(self):
            return MyStore()  # fresh and empty

For the tests of a project that uses storages there are ``memory_storages``, ``faults`` and ``assert_saved``.

``python -m holdfast.testing`` prints the list. Reading order: ``promise``, ``case``, ``promises``, ``contract``.
"""

from __future__ import annotations

from holdfast.testing.asserting import Broken, NotApplicable
from holdfast.testing.assertions import assert_missing, assert_saved, assert_saved_like
from holdfast.testing.case import Case, Counted, Counter
from holdfast.testing.counting import Counting
from holdfast.testing.faulty import Faulty, faults
from holdfast.testing.memory import memory_storages
from holdfast.testing.plan import Fault, Plan
from holdfast.testing.promise import Promise, all_promises, remote_promise, storage_promise, store_promise
from holdfast.testing.verdict import Sometimes

__all__ = [
    "Broken",
    "Case",
    "Counted",
    "Counter",
    "Counting",
    "Fault",
    "Faulty",
    "NotApplicable",
    "Plan",
    "Promise",
    "Sometimes",
    "all_promises",
    "assert_missing",
    "assert_saved",
    "assert_saved_like",
    "faults",
    "memory_storages",
    "remote_promise",
    "storage_promise",
    "store_promise",
]
