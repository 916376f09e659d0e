"""What a store says it can do, it can; what it does not say, it refuses."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.base import ContentFile

from holdfast.errors import NotFound, Unsupported
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Create, Feature, Permit, Remove, Write

WRITE = Feature.WRITE


def _refused(case: Case, key: str, call: Callable[..., object], *arguments: object) -> None:
    what = f"{getattr(call, '__name__', 'the call')} of {key!r}"
    with case.raises(Unsupported, what) as caught:
        call(*arguments)
    case.equal(key, caught.error.key, f"the key of the error of {what}")
    case.equal(case.store.label, caught.error.store, f"the store of the error of {what}")


@store_promise(
    "A store says for every size how surely it creates, and its features do not change.",
    source="holdfast.Store.creates",
)
def says_what_it_can(case: Case) -> None:
    """
    features = store.features
    assert all(isinstance(store.creates(size), Create) for size in (None, 0, 1000, 10**10))
    assert error_of(store.head, "missing.txt") and store.features == features
    """
    features = case.store.features
    for size in (None, 0, 1, 1000, 10**7, 10**10):
        case.true(isinstance(case.store.creates(size), Create), f"creates({size}) is a Create.")
    case.given("a.txt")
    case.read("a.txt")
    case.equal(features, case.store.features, "the features after some use")
    case.true(bool(case.store.label), "The store has a label.")


@store_promise(
    "A store that cannot write refuses every change, and leaves all as it is.",
    lacks=WRITE,
    source="holdfast.Feature.WRITE",
)
def no_writing(case: Case) -> None:
    """
    given("a.txt", b"bytes")
    assert isinstance(error_of(put, store, "a.txt", b"new", OVER), Unsupported)
    assert isinstance(error_of(store.delete, "a.txt"), Unsupported) and read(store, "a.txt") == b"bytes"
    """
    case.given("a.txt", b"as it is")
    etag = case.store.head("a.txt").etag
    source = Source.of(b"new")
    for key in ("a.txt", "new.txt"):
        for how in (Write(), Write(overwrite=True), Write(etag=etag)):
            _refused(case, key, case.store.put, key, source, how)
            _refused(case, key, case.store.copy, "a.txt", key, how)
        _refused(case, key, case.store.delete, key)
    with case.raises(Unsupported, "delete_many"):
        case.store.delete_many(["a.txt"])
    with case.raises(Unsupported, "sign of an upload"):
        case.store.sign("a.txt", Permit(method="PUT"))
    with case.raises(Unsupported, "path, through which anyone may write"):
        case.store.path("a.txt")
    case.equal(Create.NONE, case.store.creates(10), "how surely it creates")
    case.equal(["a.txt"], case.keys(), "the keys that are there")
    case.equal(b"as it is", case.read("a.txt"), "the bytes")


@store_promise("A store that does not sign says so.", lacks=Feature.SIGN, source="holdfast.Feature")
def no_signing(case: Case) -> None:
    """
    assert isinstance(error_of(store.sign, "a.txt", Permit()), Unsupported)
    """
    case.given("a.txt")
    for permit in (Permit(), Permit(download="b.txt"), Permit(method="HEAD")):
        _refused(case, "a.txt", case.store.sign, "a.txt", permit)


@store_promise(
    "A store whose objects are no local files names no path.", lacks=Feature.PATH, source="holdfast.Feature"
)
def no_path(case: Case) -> None:
    """
    assert isinstance(error_of(store.path, "a.txt"), Unsupported)
    """
    case.given("a.txt")
    _refused(case, "a.txt", case.store.path, "a.txt")


@store_promise(
    "A store that cannot replace one version surely refuses to try.",
    needs=WRITE,
    lacks=Feature.REPLACE_IF,
    source="holdfast.Feature",
)
def no_replacing_of_one_version(case: Case) -> None:
    """
    etag = put(store, "a.txt", b"bytes").etag or '"x"'
    assert isinstance(error_of(put, store, "a.txt", b"new", Write(etag=etag)), Unsupported)
    assert read(store, "a.txt") == b"bytes"
    """
    etag = case.put("a.txt", b"as it is").etag or '"x"'
    how = Write(etag=etag, overwrite=True)
    _refused(case, "a.txt", case.put, "a.txt", b"new", how)
    case.put("b.txt", b"source")
    _refused(case, "a.txt", case.store.copy, "b.txt", "a.txt", how)
    case.holds("a.txt", b"as it is")


@store_promise(
    "A store that cannot delete one version surely refuses to try.",
    needs=WRITE,
    lacks=Feature.DELETE_IF,
    source="holdfast.Feature",
)
def no_deleting_of_one_version(case: Case) -> None:
    """
    etag = put(store, "a.txt", b"bytes").etag or '"x"'
    assert isinstance(error_of(store.delete, "a.txt", Remove(etag=etag)), Unsupported)
    assert read(store, "a.txt") == b"bytes"
    """
    etag = case.put("a.txt", b"as it is").etag or '"x"'
    _refused(case, "a.txt", case.store.delete, "a.txt", Remove(etag=etag))
    case.holds("a.txt", b"as it is")


@store_promise(
    "Where a store names a path, that file holds the bytes.", needs=Feature.PATH, source="holdfast.Store.path"
)
def path_holds_the_bytes(case: Case) -> None:
    """
    put(store, "folder/a.bin", b"bytes")
    assert store.path("folder/a.bin").read_bytes() == b"bytes"
    """
    data = case.data(100_000)
    case.given("folder/a.bin", data)
    path = case.store.path("folder/a.bin")
    case.true(path.is_absolute(), f"{path} is absolute.")
    case.equal(data, path.read_bytes(), "the bytes of the file")
    case.equal("a.bin", path.name, "the name of the file")


@store_promise(
    "close lets go of idle connections and no more: the store can be used on.", source="holdfast.Store.close"
)
def used_after_close(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    store.close()
    assert read(store, "a.txt") == b"bytes"
    """
    case.given("a.txt", b"bytes")
    for _ in range(2):
        case.store.close()
        case.equal(b"bytes", case.read("a.txt"), "the bytes, read after close")
    with case.raises(NotFound, "head of what is not there, after close"):
        case.store.head("missing.txt")


@store_promise("check finds nothing wrong with a store that works.", source="holdfast.Store.check")
def check_finds_nothing(case: Case) -> None:
    """
    assert [message for message in store.check() if message.is_serious()] == []
    """
    errors = [message for message in case.store.check() if message.is_serious()]
    case.equal([], errors, "the errors that check finds")


@store_promise("check touches no network.", counted=True, source="holdfast.Store.check")
def check_asks_nobody(case: Case) -> None:
    """
    with counting() as tally: store.check()
    assert tally.count == 0
    """
    with case.requests() as counted:
        case.store.check()
    case.equal(0, counted.count, "the number of requests")


@remote_promise(
    "A storage that cannot write says so at open, before anything is written.",
    lacks=WRITE,
    source="holdfast.RemoteFile",
)
def no_writing_at_open(case: Case) -> None:
    """
    given("a.txt", b"bytes")
    assert isinstance(error_of(storage.open, "a.txt", "wb"), Unsupported)
    """
    case.given("a.txt", b"as it is")
    for mode in ("wb", "w", "xb", "ab", "r+b", "w+b"):
        for name in ("a.txt", "new.txt"):
            with case.raises(Unsupported, f"open with mode {mode}"):
                case.remote.open(name, mode)
    case.equal(b"as it is", case.contents("a.txt"), "the bytes")


@remote_promise(
    "A storage that cannot write refuses save, delete, copy and move.", lacks=WRITE, source="holdfast.Feature.WRITE"
)
def no_writing_through_a_storage(case: Case) -> None:
    """
    given("a.txt", b"bytes")
    assert isinstance(error_of(storage.save, "a.txt", ContentFile(b"new")), Unsupported)
    assert isinstance(error_of(storage.delete, "a.txt"), Unsupported)
    """
    case.given("a.txt", b"as it is")
    for name in ("a.txt", "new.txt"):
        with case.raises(Unsupported, "save"):
            case.remote.save(name, ContentFile(b"new"))
        with case.raises(Unsupported, "delete"):
            case.remote.delete(name)
    with case.raises(Unsupported, "copy"):
        case.remote.copy("a.txt", "b.txt")
    with case.raises(Unsupported, "move"):
        case.remote.move("a.txt", "b.txt")
    case.equal(([], ["a.txt"]), case.remote.listdir(""), "what is there")
    case.equal(b"as it is", case.contents("a.txt"), "the bytes")
