"""What ``delete`` and ``delete_many`` do."""

from __future__ import annotations

from contextlib import suppress

from holdfast.errors import Changed, Refused
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import store_promise
from holdfast.types import Feature, Remove

WRITE = Feature.WRITE


@store_promise("What was deleted is gone for every verb.", needs=WRITE)
def gone(case: Case) -> None:
    case.given("folder/a.txt")
    case.store.delete("folder/a.txt")
    case.absent("folder/a.txt")


@store_promise("Deleting what is not there is no error, nor is deleting twice.", needs=WRITE)
def silent(case: Case) -> None:
    case.store.delete("missing.txt")
    case.store.delete("missing/folder/a.txt")
    case.given("a.txt")
    case.store.delete("a.txt")
    case.store.delete("a.txt")
    case.store.delete("a.txt/below")
    case.absent("a.txt")


@store_promise("What was deleted can be created again at once.", needs=WRITE)
def created_again(case: Case) -> None:
    for number in range(5):
        case.put("a.txt", b"version %d" % number)
        case.holds("a.txt", b"version %d" % number)
        case.store.delete("a.txt")
        case.absent("a.txt")


@store_promise(
    "Nothing but the object itself is deleted: neither what lies below it nor what is named alike.", needs=WRITE
)
def nothing_else(case: Case) -> None:
    others = ["ab", "a.b", "a b", "A", "b/a", "c/a/d", "*", "c"]
    for key in ["a", *others[:-1]]:
        case.given(key)
    case.store.delete("a")
    case.store.delete("?")
    for folder in ("c/a", "c"):
        with suppress(Refused):  # a system with folders may say that they are not empty
            case.store.delete(folder)
    case.equal(sorted(others[:-1]), case.keys(), "the keys that are left")


@store_promise(
    "delete_many deletes what it is given and nothing else; what is missing does not matter.", needs=WRITE
)
def many(case: Case) -> None:
    keys = [f"folder/{number}.txt" for number in range(10)]
    case.given_many([*keys, "folder/stays.txt", "stays.txt"])
    case.store.delete_many(key for key in ["missing.txt", *keys, "folder/missing.txt", keys[0]])
    case.equal(["folder/stays.txt", "stays.txt"], case.keys(), "the keys that are left")


@store_promise("delete_many of nothing does nothing.", needs=WRITE)
def many_of_nothing(case: Case) -> None:
    case.given("stays.txt")
    case.store.delete_many([])
    case.store.delete_many(iter(()))
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise("delete_many takes odd names as they are.", needs=WRITE)
def many_odd_names(case: Case) -> None:
    case.given_many([*KEPT, "stays.txt"])
    case.store.delete_many(KEPT)
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise("delete_many takes more keys than a service takes at once.", needs=WRITE, cost="slow")
def thousands(case: Case) -> None:
    keys = [f"many/{number:04}.txt" for number in range(1100)]
    case.given_many([*keys, "stays.txt"])
    case.store.delete_many(keys)
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise("Asked to delete one version, delete deletes that one.", needs=WRITE | Feature.DELETE_IF)
def that_version(case: Case) -> None:
    etag = case.given("a.txt").etag
    case.store.delete("a.txt", Remove(etag=etag))
    case.absent("a.txt")


@store_promise(
    "Asked to delete a version that was replaced, delete raises Changed and keeps what is there.",
    needs=WRITE | Feature.DELETE_IF,
)
def no_other_version(case: Case) -> None:
    stale = case.given("a.txt", b"one").etag
    case.given("a.txt", b"another")
    with case.raises(Changed, "delete of a version that was replaced") as caught:
        case.store.delete("a.txt", Remove(etag=stale))
    case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"another")
