"""When a file was changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.test import override_settings
from django.utils import timezone

from holdfast.errors import Unsupported
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Feature, Write

SKEW = 300
"""Seconds by which a service's clock may differ from ours."""

REFERENCE = "https://docs.djangoproject.com/en/5.2/ref/files/storage/"


@store_promise("The times of an entry are aware, and that of its change is now.", needs=Feature.WRITE)
def aware_and_now(case: Case) -> None:
    entry = case.put("a.txt", b"text")
    for found in (entry, case.store.head("a.txt"), *case.store.list()):
        for name in ("modified", "created", "accessed"):
            moment = getattr(found, name)
            if moment is not None:
                case.true(moment.utcoffset() is not None, f"The time {name} is aware: {moment}")
                distance = abs((datetime.now(UTC) - moment).total_seconds())
                case.within(0, SKEW, distance, f"seconds between {name} and now")


@store_promise("The time of a change does not go back when an object is replaced.", needs=Feature.WRITE)
def forward(case: Case) -> None:
    case.put("a.txt", b"one")
    before = case.store.head("a.txt").modified
    time.sleep(0.01)
    case.put("a.txt", b"two", Write(overwrite=True))
    after = case.store.head("a.txt").modified
    if before is not None and after is not None:
        case.true(before <= after, f"{before} is not after {after}.")


@remote_promise("get_modified_time is aware with USE_TZ, and naive in TIME_ZONE without.", source=REFERENCE)
def by_use_tz(case: Case) -> None:
    case.given("a.txt")
    for method in ("get_modified_time", "get_created_time", "get_accessed_time"):
        with override_settings(USE_TZ=True, TIME_ZONE="America/Chicago"):
            try:
                aware = getattr(case.remote, method)("a.txt")
            except Unsupported:
                case.true(method != "get_modified_time", "Every storage knows when a file was modified.")
                continue
            case.true(timezone.is_aware(aware), f"{method} is aware with USE_TZ: {aware}")
        for zone in ("America/Chicago", "Asia/Kolkata"):
            with override_settings(USE_TZ=False, TIME_ZONE=zone):
                naive = getattr(case.remote, method)("a.txt")
                case.true(timezone.is_naive(naive), f"{method} is naive without USE_TZ: {naive}")
                expected = timezone.make_naive(aware, timezone.get_default_timezone())
                case.equal(expected, naive, f"{method} in {zone}")


@storage_promise("The times of a file that is not there raise FileNotFoundError.")
def of_a_missing_file(case: Case) -> None:
    for method in ("get_modified_time", "get_created_time", "get_accessed_time"):
        with case.raises(FileNotFoundError, f"{method} of a file that is not there"):
            getattr(case.storage, method)("missing.txt")
