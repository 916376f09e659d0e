"""What is read is what was written."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator

from django.core.files.base import ContentFile

from holdfast.digests import STRENGTH
from holdfast.errors import Corrupt, StoreError, Unavailable
from holdfast.storage import RemoteStorage
from holdfast.store import Layer
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise, store_promise
from holdfast.types import Body, Feature, Read, Write

CHUNKS = "https://docs.djangoproject.com/en/stable/ref/files/file/#django.core.files.File.chunks"
ENTRY = "holdfast.Entry"
GET = "holdfast.Store.get"
SAVE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.save"
VERIFIED = "holdfast.digests.verified"
WRITE = Feature.WRITE

BYTES = {
    "all.bin": bytes(range(256)) * 300,
    "lines.txt": b"one\r\ntwo\rthree\n\r\n",
    "bom.txt": b"\xef\xbb\xbftext\x1a\x00more",
    "latin.csv": b"Zo\xeb;\xff\n",
    "zeros.bin": bytes(100_000),
    "file.gz": b"\x1f\x8b\x08\x00not really compressed",
    "page.html": b"<html></html>",
    "style.css": b"a { color: red }\n" * 5000,
}
"""What is bent by whoever takes it for text, or packs or unpacks it by its name."""


class Spoiling(Layer):
    """A store whose bytes suffer on their way."""

    @property
    def features(self) -> Feature:  # type: ignore[override]
        return self.inner.features & ~Feature.PATH

    def get(self, key: str, want: Read = Read()) -> Body:
        body = super().get(key, want)
        return Body(body.entry, self.spoiled(body), start=body.start, end=body.end, close=body.close)

    def spoiled(self, body: Body) -> Iterator[bytes]:
        raise NotImplementedError


class Flipping(Spoiling):
    def spoiled(self, body: Body) -> Iterator[bytes]:
        for chunk in body:
            yield bytes([chunk[0] ^ 1]) + chunk[1:] if chunk else chunk


class Truncating(Spoiling):
    def spoiled(self, body: Body) -> Iterator[bytes]:
        yield body.read()[:-1]


class Growing(Spoiling):
    def spoiled(self, body: Body) -> Iterator[bytes]:
        yield body.read() + b"x"


def _digest(name: str, data: bytes) -> str:
    if name == "crc32":
        return f"{zlib.crc32(data):08x}"
    return hashlib.new(name, data, usedforsecurity=False).hexdigest()


@store_promise(
    "A digest that an entry carries is that of the object's bytes, whichever verb brought it.",
    needs=WRITE,
    source=ENTRY,
)
def digests_are_right(case: Case) -> None:
    """
    import hashlib; put(store, "a.txt", b"bytes")
    digests = store.head("a.txt").digests
    assert all(hashlib.new(name, b"bytes").hexdigest() == digests[name] for name in {*digests} - {"crc32"})
    """
    for size in (0, 1000, 200_000):
        key, data = case.name(), case.data(size)
        entries = [case.put(key, data), case.store.head(key)]
        with case.store.get(key, Read(start=10)) as body:
            entries.append(body.entry)
        entries += [entry for entry in case.store.list() if entry.key == key]
        for entry in entries:
            for name in entry.digests.keys() & {*hashlib.algorithms_available, "crc32"}:
                case.equal(_digest(name, data), entry.digests[name], f"the {name} of {size:,} bytes")


@store_promise(
    "A digest is never that of the bytes before they were replaced.",
    needs=WRITE,
    source=ENTRY,
)
def digests_follow(case: Case) -> None:
    """
    import hashlib; put(store, "a.txt", b"one"); put(store, "a.txt", b"another", OVER)
    digests = store.head("a.txt").digests
    assert all(hashlib.new(name, b"another").hexdigest() == digests[name] for name in {*digests} - {"crc32"})
    """
    for data in (b"one", b"another", b"a third"):
        case.put("a.txt", data, Write(overwrite=True))
        for name, value in case.store.head("a.txt").digests.items():
            if name in hashlib.algorithms_available or name == "crc32":
                case.equal(_digest(name, data), value, f"the {name} of {data!r}")


@store_promise(
    "Bytes of every value pass unchanged, line ends and compressed ones among them.",
    needs=WRITE,
    source=GET,
)
def every_byte(case: Case) -> None:
    """
    put(store, "a.txt", b"one\\r\\ntwo\\n\\xff\\x00\\x1a")
    assert read(store, "a.txt") == b"one\\r\\ntwo\\n\\xff\\x00\\x1a"
    """
    for key, data in BYTES.items():
        case.put(key, data)
        case.holds(key, data)


@storage_promise(
    "Bytes of every value come back as they were saved or written, whatever the ending of the name.",
    needs=WRITE,
    source=SAVE,
)
def every_byte_of_a_file(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one\\r\\ntwo\\n\\xff\\x00\\x1a"))
    with storage.open("a.txt") as file: found = file.read()
    assert found == b"one\\r\\ntwo\\n\\xff\\x00\\x1a"
    """
    for name, data in BYTES.items():
        saved = case.storage.save(f"saved/{name}", ContentFile(data))
        case.equal(data, case.contents(saved), f"the bytes that were saved as {saved!r}")
        case.equal(len(data), case.storage.size(saved), f"the size of {saved!r}")


def _every_way_to_read(
    case: Case, storage: RemoteStorage, kind: type[StoreError] | tuple[type[StoreError], ...]
) -> None:
    """Each of them raises ``kind``."""

    def in_chunks() -> None:
        with storage.open("a.bin") as file:
            for _ in file.chunks():
                pass

    def at_once() -> None:
        with storage.open("a.bin") as file:
            file.read()

    def as_a_path() -> None:
        with storage.local_path("a.bin"):
            case.fail("There should be no file to work with.")

    def to_be_edited() -> None:
        with storage.open("a.bin", "r+b"):
            case.fail("There should be no file to edit.")

    ways: list[Callable[[], None]] = [in_chunks, at_once, as_a_path]
    for way in ways + ([to_be_edited] if WRITE in case.store.features else []):
        with case.raises(kind, f"reading {way.__name__.replace('_', ' ')}"):
            way()


@remote_promise(
    "Bytes that are not those of the digest are Corrupt, and never handed on as the whole.", source=VERIFIED
)
def other_bytes(case: Case) -> None:
    """
    class Bad(Layer): features, get = Feature.RANGE, lambda self, key, _=0: Body(self.head(key), [b"BYTES"])
    put(storage.store, "a", b"bytes")
    assert isinstance(error_of(lambda: type(storage)(Bad(storage.store)).open("a").read()), Corrupt)
    """
    for size in (1000, 300_000):
        case.given("a.bin", case.data(size))
        with case.store.get("a.bin") as body:
            if not body.entry.digests.keys() & {*STRENGTH}:
                raise NotApplicable("needs a store that says digests")
        _every_way_to_read(case, case.storage_with(over=Flipping(case.store)), Corrupt)


@remote_promise("Bytes that are missing at the end are an error, and never taken for the whole.", source=VERIFIED)
def missing_bytes(case: Case) -> None:
    """
    class Bad(Layer): features, get = Feature.RANGE, lambda self, key, _=0: Body(self.head(key), [b"byte"])
    put(storage.store, "a", b"bytes")
    assert isinstance(error_of(lambda: type(storage)(Bad(storage.store)).open("a").read()), StoreError)
    """
    _an_error_with(case, Truncating)


@remote_promise("Bytes that come behind the end are an error, and never taken for the whole.", source=VERIFIED)
def bytes_behind_the_end(case: Case) -> None:
    """
    class Bad(Layer): features, get = Feature.RANGE, lambda self, key, _=0: Body(self.head(key), [b"bytes+"])
    put(storage.store, "a", b"bytes")
    assert isinstance(error_of(lambda: type(storage)(Bad(storage.store)).open("a").read()), StoreError)
    """
    _an_error_with(case, Growing)


def _an_error_with(case: Case, spoiling: type[Spoiling]) -> None:
    for size in (1000, 300_000):
        case.given("a.bin", case.data(size))
        with case.store.get("a.bin") as body:
            if body.entry.size is None and not body.entry.digests:
                raise NotApplicable("needs a store that says how large an object is")
        _every_way_to_read(case, case.storage_with(over=spoiling(case.store)), (Corrupt, Unavailable))


@storage_promise(
    "A file that is read on beyond one window comes whole.",
    cost="slow",
    source=CHUNKS,
)
def large_file(case: Case) -> None:
    """
    storage.save("a.bin", ContentFile(data := os.urandom(20_000_000)))
    with storage.open("a.bin") as file: found = b"".join(file.chunks())
    assert found == data
    """
    data = case.data(20_000_000)
    case.given("a.bin", data)
    found = hashlib.sha256()
    with case.storage.open("a.bin") as file:
        for chunk in file.chunks():
            found.update(chunk)
    case.equal(hashlib.sha256(data).hexdigest(), found.hexdigest(), "the SHA-256 of 20 MB read in chunks")
    case.true(case.contents("a.bin") == data, "The 20 MB read at once are the same.")
