"""What ``copy`` does in a store, and ``copy`` and ``move`` in a storage."""

from __future__ import annotations

from holdfast.errors import AlreadyExists, Changed, InvalidKey, NotFound
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Attributes, Feature, Write

COPY = "holdfast.Store.copy"
STORAGE_COPY = "holdfast.RemoteStorage.copy"
STORAGE_MOVE = "holdfast.RemoteStorage.move"
WRITES = "holdfast.Write"
WRITE = Feature.WRITE
OVER = Write(overwrite=True)


@store_promise(
    "A copy has the same bytes, and its source is as it was.",
    needs=WRITE,
    source=COPY,
)
def same_bytes(case: Case) -> None:
    """
    put(store, "a.txt", b"source")
    store.copy("a.txt", "deep/folder/b.txt")
    assert read(store, "deep/folder/b.txt") == read(store, "a.txt") == b"source"
    """
    for size in (0, 10, 200_000):
        source, target = case.name(), f"deep/folder/{case.name()}"
        case.put(source, case.data(size))
        entry = case.store.copy(source, target)
        case.equal(target, entry.key, "the key that copy says")
        case.holds(source, case.data(size))
        case.holds(target, case.data(size))


@store_promise(
    "What happens to the source later does not touch the copy, and the other way round.",
    needs=WRITE,
    source=COPY,
)
def independent(case: Case) -> None:
    """
    put(store, "a.txt", b"old"), store.copy("a.txt", "b.txt")
    put(store, "a.txt", b"new", OVER)
    assert read(store, "b.txt") == b"old"
    """
    case.put("a.txt", b"old")
    case.store.copy("a.txt", "b.txt")
    case.store.copy("a.txt", "c.txt")
    case.put("a.txt", b"new", OVER)
    case.put("c.txt", b"changed", OVER)
    case.holds("b.txt", b"old")
    case.store.delete("b.txt")
    case.holds("a.txt", b"new")


@store_promise(
    "Copying what is not there is NotFound with the source's key, and touches no target.",
    needs=WRITE,
    source=COPY,
)
def missing_source(case: Case) -> None:
    """
    put(store, "b.txt", b"target")
    error = error_of(store.copy, "missing.txt", "b.txt", OVER)
    assert isinstance(error, NotFound) and error.key == "missing.txt" and read(store, "b.txt") == b"target"
    """
    case.put("b.txt", b"target")
    case.put("folder/inside.txt", b"inside")
    for source in ("missing.txt", "folder"):
        for target in ("b.txt", "new.txt"):
            with case.raises(NotFound, f"copy of {source!r}, which is no object") as caught:
                case.store.copy(source, target, OVER)
            case.equal(source, caught.error.key, "the key of the error")
    case.holds("b.txt", b"target")
    case.absent("new.txt")


@store_promise(
    "Without overwrite, a copy replaces nothing.",
    needs=WRITE,
    source=COPY,
)
def target_stays(case: Case) -> None:
    """
    put(store, "a.txt", b"source"), put(store, "b.txt", b"target")
    assert isinstance(error_of(store.copy, "a.txt", "b.txt"), AlreadyExists)
    assert read(store, "b.txt") == b"target"
    """
    case.put("a.txt", b"source")
    case.put("b.txt", b"target")
    with case.raises(AlreadyExists, "copy to what exists") as caught:
        case.store.copy("a.txt", "b.txt")
    case.equal("b.txt", caught.error.key, "the key of the error")
    case.holds("b.txt", b"target")


@store_promise(
    "With overwrite, a copy replaces its target as a whole.",
    needs=WRITE,
    source=COPY,
)
def target_replaced(case: Case) -> None:
    """
    put(store, "a.txt", b"source"), put(store, "b.txt", b"a target with more bytes")
    store.copy("a.txt", "b.txt", OVER)
    assert read(store, "b.txt") == b"source"
    """
    case.put("a.txt", b"source")
    case.put("b.txt", b"a target with more bytes")
    case.store.copy("a.txt", "b.txt", OVER)
    case.holds("b.txt", b"source")


@store_promise(
    "A copy onto itself loses nothing.",
    needs=WRITE,
    source=COPY,
)
def onto_itself(case: Case) -> None:
    """
    put(store, "a.txt", b"source")
    with suppress(InvalidKey, StoreError): store.copy("a.txt", "a.txt", OVER)
    assert read(store, "a.txt") == b"source"
    """
    case.put("a.txt", b"source")
    with case.raises(AlreadyExists, "copy onto itself without overwrite"):
        case.store.copy("a.txt", "a.txt")
    try:
        case.store.copy("a.txt", "a.txt", OVER)
    except (InvalidKey, OSError) as error:
        case.true(hasattr(error, "key"), f"The error is one of Holdfast's: {error!r}")
    case.holds("a.txt", b"source")


@store_promise(
    "A copy keeps the attributes of its source.",
    needs=WRITE | Feature.ATTRIBUTES,
    source=COPY,
)
def keeps_attributes(case: Case) -> None:
    """
    put(store, "a.txt", b"source", Write(attributes=Attributes(cache_control="max-age=60")))
    store.copy("a.txt", "b.txt")
    assert store.head("b.txt").attributes.cache_control == "max-age=60"
    """
    attributes = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"owner": "Zoë"})
    case.put("a.txt", b"source", Write(attributes=attributes))
    case.store.copy("a.txt", "b.bin")
    case.equal(attributes, case.store.head("b.bin").attributes, "the attributes of the copy")


@store_promise(
    "A copy over another object has the attributes of its source, and none of its target.",
    needs=WRITE | Feature.ATTRIBUTES,
    source=COPY,
)
def none_of_the_target(case: Case) -> None:
    """
    put(store, "b.txt", b"-", Write(attributes=Attributes(cache_control="no-store", metadata={"of": "b"})))
    put(store, "a.txt", b"-"), store.copy("a.txt", "b.txt", OVER)
    assert store.head("b.txt").attributes == store.head("a.txt").attributes
    """
    targets = Attributes(content_type="text/x-target", cache_control="no-store", metadata={"of": "the target"})
    sources = Attributes(content_type="text/x-source", metadata={"is": "the source's"})
    case.put("a.txt", b"source", Write(attributes=sources))
    case.put("b.txt", b"target", Write(attributes=targets))
    case.store.copy("a.txt", "b.txt", OVER)
    case.equal(sources, case.store.head("b.txt").attributes, "the attributes of the copy")
    case.equal(b"source", case.read("b.txt"), "the bytes of the copy")


@store_promise(
    "Attributes asked for take the place of the source's, one by one.",
    needs=WRITE | Feature.ATTRIBUTES,
    source=COPY,
)
def changes_attributes(case: Case) -> None:
    """
    put(store, "a.txt", b"source", Write(attributes=Attributes(content_type="text/x", cache_control="no-store")))
    store.copy("a.txt", "b.txt", Write(attributes=Attributes(content_type="text/y")))
    assert store.head("b.txt").attributes == Attributes(content_type="text/y", cache_control="no-store")
    """
    given = Attributes(content_type="text/x-mine", cache_control="max-age=60", metadata={"a": "1", "b": "2"})
    case.put("a.txt", b"source", Write(attributes=given))
    asked = Attributes(content_type="text/x-other", metadata={"b": "3"})
    case.store.copy("a.txt", "b.txt", Write(attributes=asked))
    case.equal(given.merged(asked), case.store.head("b.txt").attributes, "the attributes of the copy")
    case.equal(given, case.store.head("a.txt").attributes, "the attributes of the source")


@store_promise(
    "A copy can replace one version of its target and no other.",
    needs=WRITE | Feature.REPLACE_IF,
    source=WRITES,
)
def that_version_of_the_target(case: Case) -> None:
    """
    stale, _ = put(store, "b.txt", b"target").etag, put(store, "b.txt", b"another", OVER)
    put(store, "a.txt", b"source")
    assert isinstance(error_of(store.copy, "a.txt", "b.txt", Write(etag=stale)), Changed)
    """
    case.put("a.txt", b"source")
    stale = case.put("b.txt", b"target").etag
    fresh = case.put("b.txt", b"another", OVER).etag
    with case.raises(Changed, "copy in the place of a version that is gone"):
        case.store.copy("a.txt", "b.txt", Write(etag=stale))
    case.holds("b.txt", b"another")
    case.store.copy("a.txt", "b.txt", Write(etag=fresh))
    case.holds("b.txt", b"source")


@store_promise(
    "A copy by the service moves no bytes through this process.",
    needs=WRITE | Feature.COPY,
    counted=True,
    source="holdfast.Feature.COPY",
)
def by_the_service(case: Case) -> None:
    """
    put(store, "a.bin", bytes(1_000_000))
    with counting() as tally: store.copy("a.bin", "b.bin")
    assert tally.sent + tally.received <= 10_000
    """
    case.put("a.bin", case.data(1_000_000))
    with case.requests() as counted:
        case.store.copy("a.bin", "b.bin", OVER)
    case.within(0, 10_000, counted.sent + counted.received, "the bytes that moved")


@store_promise(
    "A large object is copied whole.",
    needs=WRITE,
    cost="slow",
    source=COPY,
)
def large(case: Case) -> None:
    """
    put(store, "a.bin", os.urandom(20_000_000))
    store.copy("a.bin", "b.bin")
    assert read(store, "b.bin") == read(store, "a.bin")
    """
    data = case.data(20_000_000)
    case.put("a.bin", data)
    case.store.copy("a.bin", "b.bin")
    case.true(case.read("b.bin") == data, "The 20 MB of the copy are those of the source.")


@remote_promise(
    "storage.copy gives the name of the copy, and never replaces a file unless told to.",
    needs=WRITE,
    source=STORAGE_COPY,
)
def copy_in_a_storage(case: Case) -> None:
    """
    for name in ("a.txt", "b.txt"): storage.save(name, ContentFile(name.encode()))
    assert isinstance(error_of(storage.copy, "a.txt", "b.txt"), FileExistsError)
    assert storage.copy("a.txt", "c.txt") == "c.txt" and storage.open("c.txt").read() == b"a.txt"
    """
    case.given("a.txt", b"source")
    case.equal("folder/b.txt", case.remote.copy("a.txt", "folder\\b.txt"), "the name that copy gives")
    case.equal(b"source", case.contents("folder/b.txt"), "the bytes of the copy")
    case.given("c.txt", b"there")
    with case.raises(FileExistsError, "copy to a name that is taken"):
        case.remote.copy("a.txt", "c.txt")
    case.equal(b"there", case.contents("c.txt"), "the bytes of what was there")
    case.remote.copy("a.txt", "c.txt", overwrite=True)
    case.equal(b"source", case.contents("c.txt"), "the bytes after copy with overwrite")


@remote_promise(
    "storage.move leaves one file, under its new name.",
    needs=WRITE,
    source=STORAGE_MOVE,
)
def move_in_a_storage(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"source"))
    assert storage.move("a.txt", "folder/b.txt") == "folder/b.txt"
    assert not storage.exists("a.txt") and storage.open("folder/b.txt").read() == b"source"
    """
    case.given("a.txt", b"source")
    case.equal("folder/b.txt", case.remote.move("a.txt", "folder/b.txt"), "the name that move gives")
    case.equal(["folder/b.txt"], case.keys(), "what is there afterwards")
    case.equal(b"source", case.contents("folder/b.txt"), "the bytes")


@remote_promise(
    "storage.move onto itself loses nothing, however the name is spelled.",
    needs=WRITE,
    source=STORAGE_MOVE,
)
def move_onto_itself(case: Case) -> None:
    """
    storage.save("folder/a.txt", ContentFile(b"source"))
    storage.move("folder/a.txt", "./folder//a.txt", overwrite=True)
    assert storage.open("folder/a.txt").read() == b"source"
    """
    case.given("folder/a.txt", b"source")
    for target in ("folder/a.txt", "folder\\a.txt", "./folder//a.txt"):
        for overwrite in (False, True):
            case.equal("folder/a.txt", case.remote.move("folder/a.txt", target, overwrite=overwrite), "the name")
    case.equal(b"source", case.contents("folder/a.txt"), "the bytes")


@remote_promise(
    "storage.move to a name that is taken keeps both files.",
    needs=WRITE,
    source=STORAGE_MOVE,
)
def move_to_a_taken_name(case: Case) -> None:
    """
    for name in ("a.txt", "b.txt"): storage.save(name, ContentFile(name.encode()))
    assert isinstance(error_of(storage.move, "a.txt", "b.txt"), FileExistsError)
    assert [storage.open(name).read() for name in ("a.txt", "b.txt")] == [b"a.txt", b"b.txt"]
    """
    case.given("a.txt", b"source")
    case.given("b.txt", b"there")
    with case.raises(FileExistsError, "move to a name that is taken"):
        case.remote.move("a.txt", "b.txt")
    case.equal(b"source", case.contents("a.txt"), "the bytes of the source")
    case.equal(b"there", case.contents("b.txt"), "the bytes of what was there")
    with case.raises(FileNotFoundError, "move of what is not there"):
        case.remote.move("missing.txt", "b.txt", overwrite=True)
    case.equal(b"there", case.contents("b.txt"), "the bytes of what was there")
