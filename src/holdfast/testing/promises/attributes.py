"""What is said of an object besides its bytes."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.base import ContentFile

from holdfast.errors import Unsupported
from holdfast.source import Source
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Attributes, Feature, Write

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


class Unread(Source):
    """Bytes that nobody should ask for."""

    size = 10
    asked = False

    def chunks(self) -> Iterator[bytes]:
        self.asked = True
        yield b"0123456789"


@store_promise("Every attribute that is asked for is kept, as it was given.", needs=KEEPS)
def all_kept(case: Case) -> None:
    case.put("a.txt", b"text", Write(attributes=ALL))
    case.equal(ALL, case.store.head("a.txt").attributes, "the attributes that head says")
    with case.store.get("a.txt") as body:
        case.equal(ALL, body.entry.attributes, "the attributes that get says")
        case.equal(b"text", body.read(), "the bytes")


@store_promise("Metadata holds any text: other scripts, spaces in a row, long and empty values.", needs=KEEPS)
def any_text(case: Case) -> None:
    for value in ("Zoë Ångström", "日本語", "🙂", "a   b", 'q"uote\\ %20 + =?utf-8?q?x?=', "x" * 500, ",;:=", "-"):
        attributes = Attributes(metadata={"note": value})
        case.put("a.txt", b"text", Write(overwrite=True, attributes=attributes))
        case.equal({"note": value}, dict(case.store.head("a.txt").attributes.metadata), "the metadata")


@store_promise("Case does not count in the names of metadata.", needs=KEEPS)
def case_of_metadata(case: Case) -> None:
    case.put("a.txt", b"text", Write(attributes=Attributes(metadata={"Some-Name": "Value"})))
    case.equal({"some-name": "Value"}, dict(case.store.head("a.txt").attributes.metadata), "the metadata")


@store_promise("A content type that was only guessed is kept where none is asked for.", needs=KEEPS)
def guess_kept(case: Case) -> None:
    case.put("a.txt", b"text", Write(guess="text/x-guess"))
    case.equal("text/x-guess", case.store.head("a.txt").attributes.content_type, "the content type")


@store_promise("A content type that is asked for wins over one that was guessed.", needs=KEEPS)
def request_beats_guess(case: Case) -> None:
    case.put("a.txt", b"text", Write(guess="text/x-guess", attributes=Attributes(content_type="text/x-mine")))
    case.equal("text/x-mine", case.store.head("a.txt").attributes.content_type, "the content type")


@store_promise("What replaces an object has its own attributes and none of the old one's.", needs=KEEPS)
def none_left_over(case: Case) -> None:
    case.put("a.txt", b"text", Write(attributes=ALL))
    new = Attributes(content_type="text/x-new")
    case.put("a.txt", b"text", Write(overwrite=True, attributes=new))
    case.equal(new, case.store.head("a.txt").attributes, "the attributes")


@store_promise("A large object keeps its attributes too.", needs=KEEPS, cost="slow")
def of_a_large_object(case: Case) -> None:
    case.put("a.bin", iter([b"x" * 1_000_000] * 20), Write(attributes=ALL))
    case.equal(ALL, case.store.head("a.bin").attributes, "the attributes")


@store_promise(
    "A store that keeps no attributes refuses one that is asked for, by its name and before it reads a byte.",
    needs=WRITE,
    lacks=Feature.ATTRIBUTES,
)
def refused_by_name(case: Case) -> None:
    for name in (*ALL.named(), "metadata"):
        attributes = Attributes(**{name: getattr(ALL, name)})
        source = Unread()
        with case.raises(Unsupported, f"put with {name}") as caught:
            case.store.put("a.txt", source, Write(attributes=attributes))
        case.true(name in str(caught.error), f"The message names {name}: {caught.error}")
        case.true(not source.asked, "Not a byte was read.")
        case.absent("a.txt")


@store_promise("A store that keeps no attributes drops a guess silently.", needs=WRITE, lacks=Feature.ATTRIBUTES)
def guess_dropped(case: Case) -> None:
    case.put("a.txt", b"text", Write(guess="text/x-guess"))
    case.holds("a.txt", b"text")


@remote_promise("The attributes of a storage are kept with what is saved and with what is written.", needs=KEEPS)
def of_a_storage(case: Case) -> None:
    storage = case.storage_with(attributes=Attributes(cache_control="max-age=60", metadata={"site": "one"}))
    storage.save("saved.txt", ContentFile(b"text"))
    with storage.open("written.txt", "wb") as file:
        file.write(b"text")
    for name in ("saved.txt", "written.txt"):
        found = storage.stat(name).attributes
        case.equal("max-age=60", found.cache_control, f"the cache control of {name!r}")
        case.equal({"site": "one"}, dict(found.metadata), f"the metadata of {name!r}")
        case.equal("text/plain", found.content_type, f"the content type of {name!r}")


@remote_promise("A compressed file has the type of what it is, and is not unpacked on its way.", needs=KEEPS)
def compressed_files(case: Case) -> None:
    data = case.data(1000)
    for name in ("table.csv.gz", "page.html.br", "backup.tar.xz"):
        case.remote.save(name, ContentFile(data))
        found = case.remote.stat(name).attributes
        case.equal(None, found.content_encoding, f"the content encoding of {name!r}")
        case.true(found.content_type not in ("text/csv", "text/html"), f"{name!r} is no {found.content_type}.")
        case.equal(data, case.contents(name), f"the bytes of {name!r}")
