"""What ``delete`` and ``delete_many`` do."""

from __future__ import annotations

from contextlib import suppress

from django.core.files.base import ContentFile

from holdfast.errors import Changed, Refused, StoreError
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Feature, Remove

DELETE = "holdfast.Store.delete"
MANY = "holdfast.Store.delete_many"
REMOVE = "holdfast.Remove"
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.delete"
TABLE = "holdfast.keys"
WRITE = Feature.WRITE


@store_promise(
    "What was deleted is gone for every verb.",
    needs=WRITE,
    source=DELETE,
)
def gone(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    store.delete("a.txt")
    assert isinstance(error_of(store.head, "a.txt"), NotFound) and keys(store) == []
    """
    case.given("folder/a.txt")
    case.store.delete("folder/a.txt")
    case.absent("folder/a.txt")


@store_promise(
    "Deleting what is not there is no error, nor is deleting twice.",
    needs=WRITE,
    source=DELETE,
)
def silent(case: Case) -> None:
    """
    store.delete("missing.txt")
    assert put(store, "a.txt", b"-") and store.delete("a.txt") is store.delete("a.txt") is None
    """
    case.store.delete("missing.txt")
    case.store.delete("missing/folder/a.txt")
    case.given("a.txt")
    case.store.delete("a.txt")
    case.store.delete("a.txt")
    case.store.delete("a.txt/below")
    case.absent("a.txt")


@store_promise(
    "What was deleted can be created again at once.",
    needs=WRITE,
    source=DELETE,
)
def created_again(case: Case) -> None:
    """
    put(store, "a.txt", b"one"), store.delete("a.txt")
    put(store, "a.txt", b"two")
    assert read(store, "a.txt") == b"two"
    """
    for number in range(5):
        case.put("a.txt", b"version %d" % number)
        case.holds("a.txt", b"version %d" % number)
        case.store.delete("a.txt")
        case.absent("a.txt")


@store_promise(
    "Nothing but the object itself is deleted: neither what lies below it nor what is named alike.",
    needs=WRITE,
    source=DELETE,
)
def nothing_else(case: Case) -> None:
    """
    for key in ("a", "ab", "b/a", "c/a/d", "*"): put(store, key, b"-")
    with suppress(StoreError): store.delete("a"), store.delete("?"), store.delete("c")
    assert keys(store) == ["*", "ab", "b/a", "c/a/d"]
    """
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
    "delete_many deletes what it is given and nothing else; what is missing does not matter.",
    needs=WRITE,
    source=MANY,
)
def many(case: Case) -> None:
    """
    for key in ("a.txt", "b.txt", "stays.txt"): put(store, key, b"-")
    store.delete_many(["missing.txt", "a.txt", "b.txt"])
    assert keys(store) == ["stays.txt"]
    """
    keys = [f"folder/{number}.txt" for number in range(10)]
    case.given_many([*keys, "folder/stays.txt", "stays.txt"])
    case.store.delete_many(key for key in ["missing.txt", *keys, "folder/missing.txt", keys[0]])
    case.equal(["folder/stays.txt", "stays.txt"], case.keys(), "the keys that are left")


@store_promise(
    "delete_many goes on where a key cannot be deleted, and tells of that at the end.",
    needs=WRITE,
    source=MANY,
)
def many_despite_a_failure(case: Case) -> None:
    """
    for key in ("a.txt", "full/inside.txt", "z.txt"): put(store, key, b"-")
    with suppress(StoreError): store.delete_many(["a.txt", "full", "z.txt"])
    assert keys(store) == ["full/inside.txt"]
    """
    case.given_many(["a.txt", "full/inside.txt", "m.txt", "other/inside.txt", "z.txt"])
    refused = []
    for key in ("full", "other"):
        try:
            case.store.delete(key)
        except StoreError:  # a system with folders may say that they are not empty; any other has nothing to delete
            refused.append(key)
    failed = []
    try:
        case.store.delete_many(["a.txt", "full", "m.txt", "other", "z.txt"])
    except StoreError as error:
        failed = [each.key for each in (error, *error.others)]
    case.equal(["full/inside.txt", "other/inside.txt"], case.keys(), "the keys that are left")
    case.equal(refused, failed, "the keys of the error and of its others, beside those that delete refuses")


@store_promise(
    "delete_many of nothing does nothing.",
    needs=WRITE,
    source=MANY,
)
def many_of_nothing(case: Case) -> None:
    """
    put(store, "stays.txt", b"-")
    store.delete_many(iter(()))
    assert keys(store) == ["stays.txt"]
    """
    case.given("stays.txt")
    case.store.delete_many([])
    case.store.delete_many(iter(()))
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise(
    "delete_many takes odd names as they are.",
    needs=WRITE,
    source=TABLE,
)
def many_odd_names(case: Case) -> None:
    """
    odd = ["a&b<c>.txt", "%48%45.txt", 'quote"s.txt', "ä + b.txt"]
    for key in ("stays.txt", *odd): put(store, key, b"-")
    assert store.delete_many(odd) is None and keys(store) == ["stays.txt"]
    """
    case.given_many([*KEPT, "stays.txt"])
    case.store.delete_many(KEPT)
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise(
    "delete_many takes more keys than a service takes at once.",
    needs=WRITE,
    cost="slow",
    source=MANY,
)
def thousands(case: Case) -> None:
    """
    for number in range(1100): put(store, f"{number:04}.txt", b"-")
    store.delete_many(f"{number:04}.txt" for number in range(1099))
    assert keys(store) == ["1099.txt"]
    """
    keys = [f"many/{number:04}.txt" for number in range(1100)]
    case.given_many([*keys, "stays.txt"])
    case.store.delete_many(keys)
    case.equal(["stays.txt"], case.keys(), "the keys that are left")


@store_promise(
    "Asked to delete one version, delete deletes that one.",
    needs=WRITE | Feature.DELETE_IF,
    source=REMOVE,
)
def that_version(case: Case) -> None:
    """
    etag = put(store, "a.txt", b"bytes").etag
    store.delete("a.txt", Remove(etag=etag))
    assert keys(store) == []
    """
    etag = case.given("a.txt").etag
    case.store.delete("a.txt", Remove(etag=etag))
    case.absent("a.txt")


@store_promise(
    "Asked to delete a version that was replaced, delete raises Changed and keeps what is there.",
    needs=WRITE | Feature.DELETE_IF,
    source=REMOVE,
)
def no_other_version(case: Case) -> None:
    """
    stale, _ = put(store, "a.txt", b"one").etag, put(store, "a.txt", b"another", OVER)
    assert isinstance(error_of(store.delete, "a.txt", Remove(etag=stale)), Changed)
    assert read(store, "a.txt") == b"another"
    """
    stale = case.given("a.txt", b"one").etag
    case.given("a.txt", b"another")
    with case.raises(Changed, "delete of a version that was replaced") as caught:
        case.store.delete("a.txt", Remove(etag=stale))
    case.equal("a.txt", caught.error.key, "the key of the error")
    case.holds("a.txt", b"another")


@storage_promise(
    "A name that was deleted is free again, and the next file of that name has its own bytes.",
    needs=WRITE,
    source=STORAGE,
)
def name_is_free_again(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one")), storage.open("a.txt").read(), storage.delete("a.txt")
    name = storage.save("a.txt", ContentFile(b"the second"))
    assert (name, storage.size("a.txt"), storage.open("a.txt").read()) == ("a.txt", 10, b"the second")
    """
    for size in (100, 3, 70_000):
        name = case.storage.save("folder/a.txt", ContentFile(case.data(size)))
        case.equal("folder/a.txt", name, "the name that save gives once the one before was deleted")
        case.equal(size, case.storage.size(name), "the size")
        case.equal(case.data(size), case.contents(name), "the content")
        case.storage.delete(name)
