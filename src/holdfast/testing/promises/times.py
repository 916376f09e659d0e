"""When a file was changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.test import override_settings
from django.utils import timezone

from holdfast.errors import Unsupported
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Feature, Write

SKEW = 300
"""Seconds by which a service's clock may differ from ours."""

MODIFIED = (
    "https://docs.djangoproject.com/en/stable/ref/files/storage/"
    "#django.core.files.storage.Storage.get_modified_time"
)
METHODS = ("get_modified_time", "get_created_time", "get_accessed_time")


@store_promise(
    "The times of an entry are aware, and that of its change is now.",
    needs=Feature.WRITE,
    source="holdfast.Entry",
)
def aware_and_now(case: Case) -> None:
    """
    put(store, "a.txt", b"text")
    assert abs(store.head("a.txt").modified - datetime.now(UTC)) < timedelta(minutes=5)
    """
    entry = case.put("a.txt", b"text")
    for found in (entry, case.store.head("a.txt"), *case.store.list()):
        for name in ("modified", "created", "accessed"):
            moment = getattr(found, name)
            if moment is not None:
                case.true(moment.utcoffset() is not None, f"The time {name} is aware: {moment}")
                distance = abs((datetime.now(UTC) - moment).total_seconds())
                case.within(0, SKEW, distance, f"seconds between {name} and now")


@store_promise(
    "The time of a change does not go back when an object is replaced.",
    needs=Feature.WRITE,
    source="holdfast.Entry",
)
def forward(case: Case) -> None:
    """
    before = put(store, "a.txt", b"one") and store.head("a.txt").modified
    after = put(store, "a.txt", b"two", OVER) and store.head("a.txt").modified
    assert before <= after
    """
    case.put("a.txt", b"one")
    before = case.store.head("a.txt").modified
    time.sleep(0.01)
    case.put("a.txt", b"two", Write(overwrite=True))
    after = case.store.head("a.txt").modified
    if before is not None and after is not None:
        case.true(before <= after, f"{before}, before the object was replaced, is not after {after}.")


def _moment(case: Case, method: str, name: str) -> datetime | None:
    """The time, or ``None`` where the storage has no such."""
    try:
        moment: datetime = getattr(case.storage, method)(name)
    except NotImplementedError:
        return None
    return moment


@storage_promise(
    "Times are aware with USE_TZ and naive without, and that of a new file is now.",
    needs=Feature.WRITE,
    source=MODIFIED,
)
def by_use_tz(case: Case) -> None:
    """
    with override_settings(USE_TZ=True): aware = storage.get_modified_time(storage.save("a", ContentFile(b"-")))
    with override_settings(USE_TZ=False): naive = storage.get_modified_time(storage.save("b", ContentFile(b"-")))
    assert aware.tzinfo and not naive.tzinfo and abs(naive - datetime.now()) < timedelta(minutes=5)
    """
    asked = 0
    for use_tz in (True, False):
        for zone in ("America/Chicago", "Asia/Kolkata"):
            with override_settings(USE_TZ=use_tz, TIME_ZONE=zone):
                name = case.name()
                case.given(name)
                now = (
                    timezone.now() if use_tz else datetime.now(timezone.get_default_timezone()).replace(tzinfo=None)
                )
                for method in METHODS:
                    moment = _moment(case, method, name)
                    if moment is not None:
                        asked += 1
                        what = f"{method} with USE_TZ={use_tz} and TIME_ZONE={zone!r}"
                        case.equal(use_tz, timezone.is_aware(moment), f"whether {moment}, {what}, is aware")
                        case.within(0, SKEW, abs((now - moment).total_seconds()), f"seconds from now to {what}")
    if not asked:
        raise NotApplicable("is about storages that know the times of their files")


@storage_promise("The times of a file that is not there raise FileNotFoundError.", source=MODIFIED)
def of_a_missing_file(case: Case) -> None:
    """
    error = error_of(storage.get_modified_time, "missing.txt")
    assert isinstance(error, (FileNotFoundError, NotImplementedError)), repr(error)
    """
    case.given("a.txt")
    known = [method for method in METHODS if _moment(case, method, "a.txt") is not None]
    if not known:
        raise NotApplicable("is about storages that know the times of their files")
    for method in known:
        with case.raises(FileNotFoundError, f"{method} of a file that is not there"):
            getattr(case.storage, method)("missing.txt")


@remote_promise("Every storage knows when a file was modified, in one moment of any time zone.", source=MODIFIED)
def one_moment(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"-")), (aware := storage.get_modified_time("a.txt"))
    with override_settings(USE_TZ=False, TIME_ZONE="Asia/Kolkata"): naive = storage.get_modified_time("a.txt")
    assert naive - aware.replace(tzinfo=None) == timedelta(hours=5, minutes=30)
    """
    case.given("a.txt")
    for method in METHODS:
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


@remote_promise(
    "Any time of a file that is not there raises FileNotFoundError, also one that is not known of others.",
    source="holdfast.RemoteStorage.stat",
)
def any_of_a_missing_file(case: Case) -> None:
    """
    errors = [error_of(getattr(storage, f"get_{which}_time"), "missing.txt") for which in ("created", "accessed")]
    assert all(isinstance(error, FileNotFoundError) for error in errors), errors
    """
    for method in METHODS:
        with case.raises(FileNotFoundError, f"{method} of a file that is not there"):
            getattr(case.storage, method)("missing.txt")
