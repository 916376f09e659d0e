"""What ``copy`` does in a store, and ``copy`` and ``move`` in a storage."""

from __future__ import annotations

from holdfast.errors import AlreadyExists, Changed, InvalidKey, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Attributes, Feature, Write

WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise("A copy has the same bytes, and its source is as it was.", needs=WRITE)
def same_bytes(case: Case) -> None:
    for size in (0, 10, 200_000):
        source, target = case.name(), f"deep/folder/{case.name()}"
        case.put(source, case.data(size))
        entry = case.store.copy(source, target)
        case.equal(target, entry.key, "the key that copy says")
        case.holds(source, case.data(size))
        case.holds(target, case.data(size))


@store_promise("What happens to the source later does not touch the copy, and the other way round.", needs=WRITE)
def independent(case: Case) -> None:
    case.put("a.txt", b"old")
    case.store.copy("a.txt", "b.txt")
    case.store.copy("a.txt", "c.txt")
    case.put("a.txt", b"new", OVER)
    case.put("c.txt", b"changed", OVER)
    case.holds("b.txt", b"old")
    case.store.delete("b.txt")
    case.holds("a.txt", b"new")


@store_promise("Copying what is not there is NotFound with the source's key, and touches no target.", needs=WRITE)
def missing_source(case: Case) -> None:
    case.put("b.txt", b"target")
    for target in ("b.txt", "new.txt"):
        with case.raises(NotFound, "copy of what is not there") as caught:
            case.store.copy("missing.txt", target, OVER)
        case.equal("missing.txt", caught.error.key, "the key of the error")
    case.holds("b.txt", b"target")
    case.absent("new.txt")


@store_promise("Without overwrite, a copy replaces nothing.", needs=WRITE)
def target_stays(case: Case) -> None:
    case.put("a.txt", b"source")
    case.put("b.txt", b"target")
    with case.raises(AlreadyExists, "copy to what exists") as caught:
        case.store.copy("a.txt", "b.txt")
    case.equal("b.txt", caught.error.key, "the key of the error")
    case.holds("b.txt", b"target")


@store_promise("With overwrite, a copy replaces its target as a whole.", needs=WRITE)
def target_replaced(case: Case) -> None:
    case.put("a.txt", b"source")
    case.put("b.txt", b"a target with more bytes")
    case.store.copy("a.txt", "b.txt", OVER)
    case.holds("b.txt", b"source")


@store_promise("A copy onto itself loses nothing.", needs=WRITE)
def onto_itself(case: Case) -> None:
    case.put("a.txt", b"source")
    with case.raises(AlreadyExists, "copy onto itself without overwrite"):
        case.store.copy("a.txt", "a.txt")
    try:
        case.store.copy("a.txt", "a.txt", OVER)
    except (InvalidKey, OSError) as error:
        case.true(hasattr(error, "key"), f"The error is one of Holdfast's: {error!r}")
    case.holds("a.txt", b"source")


@store_promise("A copy keeps the attributes of its source.", needs=WRITE | Feature.ATTRIBUTES)
def keeps_attributes(case: Case) -> None:
    attributes = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"owner": "Zoë"})
    case.put("a.txt", b"source", Write(attributes=attributes))
    case.store.copy("a.txt", "b.bin")
    case.equal(attributes, case.store.head("b.bin").attributes, "the attributes of the copy")


@store_promise("Attributes asked for take the place of the source's, one by one.", needs=WRITE | Feature.ATTRIBUTES)
def changes_attributes(case: Case) -> None:
    given = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"a": "1", "b": "2"})
    case.put("a.txt", b"source", Write(attributes=given))
    asked = Attributes(content_type="text/x-other", metadata={"b": "3"})
    case.store.copy("a.txt", "b.txt", Write(attributes=asked))
    case.equal(given.merged(asked), case.store.head("b.txt").attributes, "the attributes of the copy")
    case.equal(given, case.store.head("a.txt").attributes, "the attributes of the source")


@store_promise("A copy can replace one version of its target and no other.", needs=WRITE | Feature.REPLACE_IF)
def that_version_of_the_target(case: Case) -> None:
    case.put("a.txt", b"source")
    stale = case.put("b.txt", b"target").etag
    fresh = case.put("b.txt", b"another", OVER).etag
    with case.raises(Changed, "copy in the place of a version that is gone"):
        case.store.copy("a.txt", "b.txt", Write(etag=stale))
    case.holds("b.txt", b"another")
    case.store.copy("a.txt", "b.txt", Write(etag=fresh))
    case.holds("b.txt", b"source")


@store_promise(
    "A copy by the service moves no bytes through this process.", needs=WRITE | Feature.COPY, counted=True
)
def by_the_service(case: Case) -> None:
    case.put("a.bin", case.data(1_000_000))
    with case.requests() as counted:
        case.store.copy("a.bin", "b.bin", OVER)
    case.within(0, 10_000, counted.sent + counted.received, "the bytes that moved")


@store_promise("A large object is copied whole.", needs=WRITE, cost="slow")
def large(case: Case) -> None:
    data = case.data(20_000_000)
    case.put("a.bin", data)
    case.store.copy("a.bin", "b.bin")
    case.true(case.read("b.bin") == data, "The 20 MB of the copy are those of the source.")


@remote_promise("storage.copy gives the name of the copy, and never replaces a file unless told to.", needs=WRITE)
def copy_in_a_storage(case: Case) -> None:
    case.given("a.txt", b"source")
    case.equal("folder/b.txt", case.remote.copy("a.txt", "folder\\b.txt"), "the name that copy gives")
    case.equal(b"source", case.contents("folder/b.txt"), "the bytes of the copy")
    case.given("c.txt", b"there")
    with case.raises(FileExistsError, "copy to a name that is taken"):
        case.remote.copy("a.txt", "c.txt")
    case.equal(b"there", case.contents("c.txt"), "the bytes of what was there")
    case.remote.copy("a.txt", "c.txt", overwrite=True)
    case.equal(b"source", case.contents("c.txt"), "the bytes after copy with overwrite")


@remote_promise("storage.move leaves one file, under its new name.", needs=WRITE)
def move_in_a_storage(case: Case) -> None:
    case.given("a.txt", b"source")
    case.equal("folder/b.txt", case.remote.move("a.txt", "folder/b.txt"), "the name that move gives")
    case.equal(["folder/b.txt"], case.keys(), "what is there afterwards")
    case.equal(b"source", case.contents("folder/b.txt"), "the bytes")


@remote_promise("storage.move onto itself loses nothing, however the name is spelled.", needs=WRITE)
def move_onto_itself(case: Case) -> None:
    case.given("folder/a.txt", b"source")
    for target in ("folder/a.txt", "folder\\a.txt", "./folder//a.txt"):
        for overwrite in (False, True):
            case.equal("folder/a.txt", case.remote.move("folder/a.txt", target, overwrite=overwrite), "the name")
    case.equal(b"source", case.contents("folder/a.txt"), "the bytes")


@remote_promise("storage.move to a name that is taken keeps both files.", needs=WRITE)
def move_to_a_taken_name(case: Case) -> None:
    case.given("a.txt", b"source")
    case.given("b.txt", b"there")
    with case.raises(FileExistsError, "move to a name that is taken"):
        case.remote.move("a.txt", "b.txt")
    case.equal(b"source", case.contents("a.txt"), "the bytes of the source")
    case.equal(b"there", case.contents("b.txt"), "the bytes of what was there")
    with case.raises(FileNotFoundError, "move of what is not there"):
        case.remote.move("missing.txt", "b.txt", overwrite=True)
    case.equal(b"there", case.contents("b.txt"), "the bytes of what was there")
