"""What ``list`` and ``listdir`` give."""

from __future__ import annotations

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.types import Entry, Feature

LIST = "holdfast.Store.list"
LISTDIR = "holdfast.Store.listdir"
AFTER = "holdfast.Listing"
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.listdir"

MANY = 2500
"""More than two of the pages that services give, and not a multiple of one."""


@store_promise("An empty store lists nothing, and so does a folder that is not there.", source=LIST)
def nothing(case: Case) -> None:
    """
    put(store, "folder/a.txt", b"bytes")
    assert keys(store, "other/") == keys(store, "folder/sub/") == []
    assert [*store.listdir("other/")] == []
    """
    for prefix in ("", "folder/", "folder/sub/"):
        case.equal([], case.keys(prefix), f"what list gives below {prefix!r} of an empty store")
        case.equal([], case.dir(prefix), f"what listdir gives below {prefix!r} of an empty store")
    case.given("folder/a.txt")
    for prefix in ("other/", "folder/sub/", "folder/a.txt/"):
        case.equal([], case.keys(prefix), f"what list gives below {prefix!r}, which is not there")
        case.equal([], case.dir(prefix), f"what listdir gives below {prefix!r}, which is not there")


@store_promise("Every object is listed once, with its size, however deep it lies.", source=LIST)
def every_object_once(case: Case) -> None:
    """
    put(store, "a.txt", b"1"), put(store, "folder/sub/b.txt", b"22")
    assert [(entry.key, entry.size) for entry in store.list()] == [("a.txt", 1), ("folder/sub/b.txt", 2)]
    """
    sizes = {"a.txt": 1, "folder/b.txt": 2, "folder/c.txt": 0, "folder/sub/d.txt": 4, "other/e.txt": 70_000}
    for key, size in sizes.items():
        case.given(key, case.data(size))
    found = [(entry.key, entry.size) for entry in case.store.list()]
    case.equal(sorted(sizes.items()), found, "the keys and sizes")


@store_promise("A listing says of an object what head says of it.", source="holdfast.Entry")
def as_head_says(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    entry, head = next(iter(store.list())), store.head("a.txt")
    assert entry.size == head.size and entry.etag in (head.etag, None)
    """
    for key in ("a.txt", "folder/b.txt"):
        case.given(key)
    listed = [*case.store.list(), *(item for item in case.store.listdir("folder/") if isinstance(item, Entry))]
    for entry in listed:
        head = case.store.head(entry.key)
        case.equal(head.size, entry.size, f"the size of {entry.key!r} in a listing, beside head's")
        case.true(
            entry.etag in (head.etag, None),
            f"The listing says the ETag of {entry.key!r} as head does, {head.etag}, or none: {entry.etag}",
        )
        if entry.modified and head.modified:
            difference = abs((entry.modified - head.modified).total_seconds())
            case.within(0, 1, difference, f"seconds between the two times of {entry.key!r}")


@store_promise("Keys come in the order of their UTF-8, also where a character sorts before the slash.", source=LIST)
def in_order(case: Case) -> None:
    """
    expected = ["B", "a-b", "a/b", "a0", "\\uff01", "🙂"]
    for key in reversed(expected): put(store, key, b"-")
    assert keys(store) == expected
    """
    keys = ["a-b", "a.b", "a/b", "a/b-c", "a/b.c", "a/c/d", "a0", "aa/b", "b", "B", "z", "é", "日", "🙂", "\uff01"]
    for key in keys:
        case.given(f"in/{key}")
    expected = sorted((f"in/{key}" for key in keys), key=str.encode)
    case.equal(expected, case.keys(), "all keys")
    case.equal(expected, case.keys("in/"), "the keys below 'in/'")


@store_promise(
    "A prefix is a folder, not the beginning of a name: what only looks alike is not in it.", source=LIST
)
def prefix_is_a_folder(case: Case) -> None:
    """
    for key in ("foo/a", "foobar/b", "foo-c"): put(store, key, b"-")
    assert keys(store, "foo/") == ["foo/a"]
    """
    inside = ["foo/a", "foo/b/c"]
    for key in [*inside, "foobar/d", "foo.d/e", "foo-f", "fo/g", "Foo2/h", "x/foo/i"]:
        case.given(key)
    case.equal(inside, case.keys("foo/"), "what list gives below 'foo/'")
    case.equal(["foo/a", "foo/b/"], case.dir("foo/"), "what listdir gives below 'foo/'")


@store_promise("Characters that are patterns elsewhere mean themselves in a prefix.", source=LIST)
def no_patterns(case: Case) -> None:
    """
    for key in ("a*/x", "ab/y", "a[b]/z", "a_/u"): put(store, key, b"-")
    found = keys(store, "a*/"), keys(store, "a[b]/"), keys(store, "a_/")
    assert found == (["a*/x"], ["a[b]/z"], ["a_/u"])
    """
    for key in ("a*/x", "ab/y", "a[b]/z", "a?/v", "a%/w", "a_/u"):
        case.given(key)
    for prefix, expected in (
        ("a*/", "a*/x"),
        ("a[b]/", "a[b]/z"),
        ("a?/", "a?/v"),
        ("a%/", "a%/w"),
        ("a_/", "a_/u"),
    ):
        case.equal([expected], case.keys(prefix), f"what list gives below {prefix!r}")
        case.equal([expected], case.dir(prefix), f"what listdir gives below {prefix!r}")


@store_promise("A listing can begin after a key, whether that one exists or not.", source=AFTER)
def after_a_key(case: Case) -> None:
    """
    for key in ("a.txt", "b/c.txt", "b/d.txt"): put(store, key, b"-")
    assert keys(store, "", "a.txt") == keys(store, "b/", "aa") == ["b/c.txt", "b/d.txt"]
    assert keys(store, "b/", "b/c.txt") == ["b/d.txt"]
    """
    keys = ["a.txt", "b/c.txt", "b/d.txt", "b/e/f.txt", "g.txt"]
    for key in keys:
        case.given(key)
    for after in ["", "a", *keys, "b", "b/", "b/cc", "b/e", "b/e/", "f", "zzz"]:
        expected = [key for key in keys if key > after]
        case.equal(expected, case.keys("", after), f"the keys after {after!r}")
    case.equal(["b/d.txt", "b/e/f.txt"], case.keys("b/", "b/c.txt"), "the keys below 'b/' after 'b/c.txt'")
    case.equal(["b/c.txt", "b/d.txt", "b/e/f.txt"], case.keys("b/", "a"), "the keys below 'b/' after 'a'")
    case.equal([], case.keys("b/", "c"), "the keys below 'b/' after 'c'")


@store_promise("listdir gives what lies directly in a folder, and each deeper folder once.", source=LISTDIR)
def one_level(case: Case) -> None:
    """
    for key in ("a.txt", "d/b.txt", "d/e/c.txt"): put(store, key, b"-")
    found = [getattr(item, "prefix", None) or item.key for item in store.listdir()]
    assert sorted(found) == ["a.txt", "d/"]
    """
    for key in ("a.txt", "a/b.txt", "a/c.txt", "a-b", "a.b/c", "a0", "d/e/f/g.txt", "d/e/h.txt", "z.txt"):
        case.given(key)
    expected = ["a-b", "a.b/", "a.txt", "a/", "a0", "d/", "z.txt"]
    case.equal(expected, sorted(case.dir(), key=str.encode), "what listdir gives at the root")
    case.equal(["a/b.txt", "a/c.txt"], sorted(case.dir("a/")), "what listdir gives below 'a/'")
    case.equal(["d/e/"], case.dir("d/"), "what listdir gives below 'd/'")
    case.equal(["d/e/f/", "d/e/h.txt"], sorted(case.dir("d/e/")), "what listdir gives below 'd/e/'")


@store_promise("listdir can begin after a key too.", source=AFTER)
def one_level_after_a_key(case: Case) -> None:
    """
    for key in ("a.txt", "b/c.txt", "d.txt"): put(store, key, b"-")
    found = [getattr(item, "prefix", None) or item.key for item in store.listdir("", Listing(after="a.txt"))]
    assert sorted(found) == ["b/", "d.txt"]
    """
    for key in ("in/a.txt", "in/b/c.txt", "in/d.txt", "in/e.txt"):
        case.given(key)
    case.equal(
        ["in/b/", "in/d.txt", "in/e.txt"], sorted(case.dir("in/", "in/a.txt")), "what comes after 'in/a.txt'"
    )
    case.equal(["in/e.txt"], case.dir("in/", "in/d.txt"), "what comes after 'in/d.txt'")
    case.equal([], case.dir("in/", "in/z"), "what comes after 'in/z'")


@store_promise("What was put is listed at once, and what was deleted is not.", needs=Feature.WRITE, source=LIST)
def at_once(case: Case) -> None:
    """
    put(store, "folder/a.txt", b"-")
    assert keys(store) == ["folder/a.txt"] and len([*store.listdir("folder/")]) == 1
    assert store.delete("folder/a.txt") is None and keys(store) == [*store.listdir("folder/")] == []
    """
    for number in range(5):
        key = f"folder/{number}.txt"
        case.put(key, b"-")
        case.equal([key], case.keys(), "the keys after a put")
        case.equal(["folder/"], case.dir(), "what listdir gives after a put")
        case.store.delete(key)
        case.equal([], case.keys(), "the keys after a delete")
        case.equal([], case.dir("folder/"), "what listdir gives after a delete")


@storage_promise(
    "What was saved is there at once for exists, size and listdir, and what was deleted is not.",
    needs=Feature.WRITE,
    source=STORAGE,
)
def in_a_storage_at_once(case: Case) -> None:
    """
    storage.save("folder/b.txt", ContentFile(b"-")), storage.listdir("folder"), storage.exists("folder/a.txt")
    storage.save("folder/a.txt", ContentFile(b"-"))
    assert sorted(storage.listdir("folder")[1]) == ["a.txt", "b.txt"] and storage.exists("folder/a.txt")
    """
    storage = case.storage
    case.given("folder/stays.txt")
    for size in (5, 2, 70_000):
        case.true(storage.exists("folder/a.txt") is False, "Before it is saved, the file does not exist.")
        name = storage.save("folder/a.txt", ContentFile(case.data(size)))
        case.equal("folder/a.txt", name, "the name that save gives, which was free")
        case.true(storage.exists(name) is True, "Once it is saved, the file exists.")
        case.equal(size, storage.size(name), "its size")
        case.equal(["a.txt", "stays.txt"], sorted(storage.listdir("folder")[1]), "the files after save")
        storage.delete(name)
        case.true(storage.exists(name) is False, "Once it is deleted, the file does not exist.")
        case.equal(["stays.txt"], storage.listdir("folder")[1], "the files after delete")


@store_promise("A listing can be left before its end.", source=LIST)
def left_early(case: Case) -> None:
    """
    for number in range(5): put(store, f"{number}.txt", b"-")
    assert [next(iter(store.list())).key for _ in range(3)] == ["0.txt"] * 3
    assert len(keys(store)) == 5
    """
    for number in range(5):
        case.given(f"{number}.txt")
    for _ in range(3):
        entries = iter(case.store.list())
        case.equal("0.txt", next(entries).key, "the first key")
        del entries
    case.equal(5, len(case.keys()), "the number of keys in a listing after that")


@store_promise(
    "What a listing shows may be deleted while it goes on: nothing is left out.", needs=Feature.WRITE, source=LIST
)
def deleting_as_it_goes(case: Case) -> None:
    """
    for number in range(100): put(store, f"{number:02}.txt", b"-")
    shown = [store.delete(entry.key) for entry in store.list()]
    assert (len(shown), keys(store)) == (100, [])
    """
    keys = [f"{folder}/{number:02}.txt" for folder in "abc" for number in range(20)]
    case.given_many(keys)
    shown = []
    for entry in case.store.list():
        shown.append(entry.key)
        case.store.delete(entry.key)
    case.equal(keys, shown, "the keys that the listing showed")
    case.equal([], case.keys(), "the keys that are left")


@store_promise(
    "What is created or deleted while a long listing goes on makes it neither leave out nor repeat the rest.",
    needs=Feature.WRITE,
    cost="slow",
    source=LIST,
)
def changing_as_it_goes(case: Case) -> None:
    """
    for number in range(2500): put(store, f"{number:04}", b"-")
    shown = [(entry.key, store.delete(entry.key)) for entry in store.list()]
    assert [key for key, _ in shown] == [f"{number:04}" for number in range(2500)]
    """
    keys = [f"b/{number:04}" for number in range(MANY)]
    case.given_many(keys)
    shown = []
    for number, entry in enumerate(case.store.list()):
        shown.append(entry.key)
        if number % 10 == 0:
            case.store.delete(entry.key)
        if number % 100 == 1:
            case.put(f"a/{number}", b"-")
    case.equal(keys, shown, "the keys that the listing showed")


@store_promise(
    "Thousands of keys are listed in order, each once, from the beginning or after any of them.",
    cost="slow",
    source=LIST,
)
def thousands(case: Case) -> None:
    """
    for number in range(2500): put(store, f"{number:04}.txt", b"-")
    assert keys(store) == [f"{number:04}.txt" for number in range(2500)]
    assert keys(store, "", "0999.txt") == [f"{number:04}.txt" for number in range(1000, 2500)]
    """
    keys = [f"many/{number:04}.txt" for number in range(MANY)]
    case.given_many([*keys, "many-more.txt", "more/a.txt"])
    case.equal(keys, case.keys("many/"), "the keys below 'many/'")
    case.equal(keys, case.dir("many/"), "what listdir gives below 'many/'")
    case.equal(["many-more.txt", *keys, "more/a.txt"], case.keys(), "all keys")
    case.equal(["many-more.txt", "many/", "more/"], sorted(case.dir()), "what listdir gives at the root")
    for place in (0, 999, 1000, 1001, 2000, MANY - 1):
        case.equal(keys[place + 1 :], case.keys("many/", keys[place]), f"the keys after {keys[place]!r}")


@store_promise("Thousands of folders are listed, each once.", cost="slow", source=LISTDIR)
def thousands_of_folders(case: Case) -> None:
    """
    for number in range(1100): put(store, f"{number:04}/a", b"-")
    assert [item.prefix for item in store.listdir()] == [f"{number:04}/" for number in range(1100)]
    """
    case.given_many([f"{number:04}/{leaf}" for number in range(1100) for leaf in ("a", "b")])
    case.equal([f"{number:04}/" for number in range(1100)], sorted(case.dir()), "what listdir gives")
