"""What is said of an object besides its bytes."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import ContentFile

from holdfast.errors import Unsupported
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Attributes, Feature, Write

ATTRIBUTES = "holdfast.Attributes"
OPTION = "holdfast.config.Config"
PUT = "holdfast.Store.put"
TYPE = "holdfast.mime.guess_type"
WRITES = "holdfast.Write"
WRITE = Feature.WRITE
KEEPS = WRITE | Feature.ATTRIBUTES

ALL = Attributes(
    content_type="text/x-mine; charset=utf-8",
    content_encoding="identity",
    content_disposition="attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20%C3%A4.txt",
    content_language="de-CH, en",
    cache_control="public, max-age=31536000, immutable",
    metadata={"owner": "somebody", "x-number": "42"},
)


TEXTS = (
    "Zoë Ångström",
    "日本語",
    "🙂",
    "a   b",
    " edges ",
    "",
    'q"uote\\ %20 + =?utf-8?q?x?=',
    "x" * 500,
    ",;:=",
    "-",
)


class Unread(Source):
    """Bytes that nobody should ask for."""

    size = 10
    asked = False

    def chunks(self) -> Iterator[bytes]:
        self.asked = True
        yield b"0123456789"


@store_promise(
    "Every attribute that is asked for is kept, as it was given.",
    needs=KEEPS,
    source=ATTRIBUTES,
)
def all_kept(case: Case) -> None:
    """
    asked = Attributes(content_type="text/x", cache_control="no-store", metadata={"a": "1"})
    put(store, "a.txt", b"text", Write(attributes=asked))
    assert store.head("a.txt").attributes == asked
    """
    case.put("a.txt", b"text", Write(attributes=ALL))
    case.equal(ALL, case.store.head("a.txt").attributes, "the attributes that head says")
    with case.store.get("a.txt") as body:
        case.equal(ALL, body.entry.attributes, "the attributes that get says")
        case.equal(b"text", body.read(), "the bytes")


@store_promise(
    "Metadata holds any text: other scripts, spaces in a row, long and empty values.",
    needs=KEEPS,
    source=ATTRIBUTES,
)
def any_text(case: Case) -> None:
    """
    for note in ("Zoë 日本 🙂", "a   b", " edges ", "", "=?utf-8?q?x?="):
        put(store, "a.txt", b"text", Write(overwrite=True, attributes=Attributes(metadata={"note": note})))
        assert store.head("a.txt").attributes.metadata == {"note": note}
    """
    for value in TEXTS:
        attributes = Attributes(metadata={"note": value})
        case.put("a.txt", b"text", Write(overwrite=True, attributes=attributes))
        found = dict(case.store.head("a.txt").attributes.metadata)
        case.equal({"note": value}, found, f"the metadata that was given as {value!r}")


@store_promise(
    "Case does not count in the names of metadata.",
    needs=KEEPS,
    source=ATTRIBUTES,
)
def case_of_metadata(case: Case) -> None:
    """
    put(store, "a.txt", b"text", Write(attributes=Attributes(metadata={"Some-Name": "Value"})))
    assert store.head("a.txt").attributes.metadata == {"some-name": "Value"}
    """
    case.put("a.txt", b"text", Write(attributes=Attributes(metadata={"Some-Name": "Value"})))
    case.equal({"some-name": "Value"}, dict(case.store.head("a.txt").attributes.metadata), "the metadata")


@store_promise(
    "A content type that was only guessed is kept where none is asked for.",
    needs=KEEPS,
    source=WRITES,
)
def guess_kept(case: Case) -> None:
    """
    put(store, "a.txt", b"text", Write(guess="text/x-guess"))
    assert store.head("a.txt").attributes.content_type == "text/x-guess"
    """
    case.put("a.txt", b"text", Write(guess="text/x-guess"))
    case.equal("text/x-guess", case.store.head("a.txt").attributes.content_type, "the content type")


@store_promise(
    "A content type that is asked for wins over one that was guessed.",
    needs=KEEPS,
    source=WRITES,
)
def request_beats_guess(case: Case) -> None:
    """
    put(store, "a.txt", b"text", Write(guess="text/x-guess", attributes=Attributes(content_type="text/x-mine")))
    assert store.head("a.txt").attributes.content_type == "text/x-mine"
    """
    case.put("a.txt", b"text", Write(guess="text/x-guess", attributes=Attributes(content_type="text/x-mine")))
    case.equal("text/x-mine", case.store.head("a.txt").attributes.content_type, "the content type")


@store_promise(
    "What replaces an object has its own attributes and none of the old one's.",
    needs=KEEPS,
    source=PUT,
)
def none_left_over(case: Case) -> None:
    """
    put(store, "a.txt", b"-", Write(attributes=Attributes(cache_control="no-store", metadata={"a": "1"})))
    put(store, "a.txt", b"-", Write(overwrite=True, attributes=Attributes(content_type="text/x")))
    assert store.head("a.txt").attributes == Attributes(content_type="text/x")
    """
    case.put("a.txt", b"text", Write(attributes=ALL))
    new = Attributes(content_type="text/x-new")
    case.put("a.txt", b"text", Write(overwrite=True, attributes=new))
    case.equal(new, case.store.head("a.txt").attributes, "the attributes")


@store_promise(
    "A large object keeps its attributes too.",
    needs=KEEPS,
    cost="slow",
    source=ATTRIBUTES,
)
def of_a_large_object(case: Case) -> None:
    """
    asked = Attributes(content_type="text/x", metadata={"a": "1"})
    put(store, "a.bin", iter([bytes(1_000_000)] * 20), Write(attributes=asked))
    assert store.head("a.bin").attributes == asked
    """
    case.put("a.bin", iter([b"x" * 1_000_000] * 20), Write(attributes=ALL))
    case.equal(ALL, case.store.head("a.bin").attributes, "the attributes")


@store_promise(
    "A store that keeps no attributes refuses one that is asked for, by its name and before it reads a byte.",
    needs=WRITE,
    lacks=Feature.ATTRIBUTES,
    source=PUT,
)
def refused_by_name(case: Case) -> None:
    """
    error = error_of(put, store, "a.txt", b"text", Write(attributes=Attributes(cache_control="no-store")))
    assert isinstance(error, Unsupported) and "cache_control" in str(error)
    assert keys(store) == []
    """
    for name in (*ALL.named(), "metadata"):
        attributes = Attributes(**{name: getattr(ALL, name)})
        source = Unread()
        with case.raises(Unsupported, f"put with {name}") as caught:
            case.store.put("a.txt", source, Write(attributes=attributes))
        case.true(name in str(caught.error), f"The message names {name}: {caught.error}")
        case.true(not source.asked, "Not a byte was read.")
        case.absent("a.txt")


@store_promise(
    "A store that keeps no attributes drops a guess silently.",
    needs=WRITE,
    lacks=Feature.ATTRIBUTES,
    source=WRITES,
)
def guess_dropped(case: Case) -> None:
    """
    put(store, "a.txt", b"text", Write(guess="text/x-guess"))
    assert read(store, "a.txt") == b"text"
    """
    case.put("a.txt", b"text", Write(guess="text/x-guess"))
    case.holds("a.txt", b"text")


@remote_promise(
    "The attributes of a storage are kept with what is saved and with what is written.",
    needs=KEEPS,
    source=OPTION,
)
def of_a_storage(case: Case) -> None:
    """
    mine = type(storage)(storage.store, attributes=Attributes(cache_control="max-age=60"))
    mine.save("a.txt", ContentFile(b"text"))
    assert mine.stat("a.txt").attributes.cache_control == "max-age=60"
    """
    storage = case.storage_with(attributes=Attributes(cache_control="max-age=60", metadata={"site": "one"}))
    storage.save("saved.txt", ContentFile(b"text"))
    with storage.open("written.txt", "wb") as file:
        file.write(b"text")
    for name in ("saved.txt", "written.txt"):
        found = storage.stat(name).attributes
        case.equal("max-age=60", found.cache_control, f"the cache control of {name!r}")
        case.equal({"site": "one"}, dict(found.metadata), f"the metadata of {name!r}")
        case.equal("text/plain", found.content_type, f"the content type of {name!r}")


@remote_promise(
    "A compressed file has the type of what it is, and is not unpacked on its way.",
    needs=KEEPS,
    source=TYPE,
)
def compressed_files(case: Case) -> None:
    """
    storage.save("table.csv.gz", ContentFile(b"packed"))
    attributes = storage.stat("table.csv.gz").attributes
    assert attributes.content_encoding is None and attributes.content_type != "text/csv"
    """
    data = case.data(1000)
    for name in ("table.csv.gz", "page.html.br", "backup.tar.xz"):
        case.remote.save(name, ContentFile(data))
        found = case.remote.stat(name).attributes
        case.equal(None, found.content_encoding, f"the content encoding of {name!r}")
        case.true(found.content_type not in ("text/csv", "text/html"), f"{name!r} is no {found.content_type}.")
        case.equal(data, case.contents(name), f"the bytes of {name!r}")
