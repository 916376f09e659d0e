"""``local_path``: a file for tools that need a path."""

from __future__ import annotations

from holdfast.errors import Changed
from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise
from holdfast.types import Attributes, Feature, Write

WRITE = Feature.WRITE
HOLDFAST = "holdfast.RemoteStorage.local_path"


@remote_promise("local_path gives a local file with the bytes and the ending of the file.", source=HOLDFAST)
def reads(case: Case) -> None:
    """
    storage.save("folder/a.tar.gz", ContentFile(b"some bytes"))
    with storage.local_path("folder/a.tar.gz") as path:
        assert ("a.tar.gz", b"some bytes") == (path.name, path.read_bytes())
    """
    data = case.data(300_000)
    case.given("folder/a.tar.gz", data)
    with case.remote.local_path("folder/a.tar.gz") as path:
        case.equal(data, path.read_bytes(), "the bytes")
        case.equal("a.tar.gz", path.name, "the name")
    case.equal(data, case.contents("folder/a.tar.gz"), "the content afterwards")


@remote_promise("local_path of what is not there raises FileNotFoundError.", source="holdfast.Store.get")
def missing(case: Case) -> None:
    """
    assert isinstance(error_of(storage.local_path("missing.txt").__enter__), FileNotFoundError)
    """
    for write_back in (False, True):
        wanted = case.raises(FileNotFoundError, "local_path of a missing file")
        with wanted, case.remote.local_path("missing.txt", write_back=write_back):
            case.fail("The block should not begin.")


@remote_promise(
    "Without write_back, nothing is left of a copy, nor of what was done to it.",
    lacks=Feature.PATH,
    source=HOLDFAST,
)
def nothing_left(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with storage.local_path("a.txt") as path: path.write_bytes(b"scribbled over")
    assert not path.parent.exists() and b"as it is" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"as it is")
    with case.remote.local_path("a.txt") as path:
        path.write_bytes(b"scribbled over")
    case.true(not path.exists() and not path.parent.exists(), "The copy and its folder are gone.")
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@remote_promise(
    "With write_back, what the tool leaves there is kept at the end of the block.", needs=WRITE, source=HOLDFAST
)
def writes_back(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"old"))
    with storage.local_path("a.txt", write_back=True) as path: path.write_bytes(b"new")
    assert b"new" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"old")
    with case.remote.local_path("a.txt", write_back=True) as path:
        case.equal(b"old", path.read_bytes(), "the bytes at first")
        path.write_bytes(b"new, and longer")
        case.equal(b"old", case.contents("a.txt"), "the content inside the block")
    case.equal(b"new, and longer", case.contents("a.txt"), "the content after the block")
    with case.remote.local_path("a.txt", write_back=True) as path:
        other = path.with_name("replaced")
        other.write_bytes(b"by rename")
        other.rename(path)
    case.equal(b"by rename", case.contents("a.txt"), "the content after the tool has replaced the file")


@remote_promise("An exception inside the block leaves the file as it was.", needs=WRITE, source=HOLDFAST)
def exception_inside(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"as it is"))
    with suppress(OSError), storage.local_path("a.txt", write_back=True) as path: path.write_bytes(b"-"), open("")
    assert b"as it is" == storage.open("a.txt").read()
    """
    case.given("a.txt", b"as it is")
    with case.raises(ZeroDivisionError, "the block"), case.remote.local_path("a.txt", write_back=True) as path:
        path.write_bytes(b"half")
        raise ZeroDivisionError
    case.equal(b"as it is", case.contents("a.txt"), "the content")


@remote_promise(
    "What somebody else has replaced meanwhile is not written back: it is Changed.", needs=WRITE, source=HOLDFAST
)
def changed_meanwhile(case: Case) -> None:
    """
    name = storage.save("a.txt", ContentFile(b"old"))
    with suppress(Changed), storage.local_path(name, write_back=True): store.put(name, Source.of(b"newer"), OVER)
    assert b"newer" == storage.open(name).read()
    """
    case.given("a.txt", b"old")
    wanted = case.raises(Changed, "the end of the block")
    with wanted, case.remote.local_path("a.txt", write_back=True) as path:
        path.write_bytes(b"mine")
        case.given("a.txt", b"another's, and longer")
    case.equal(b"another's, and longer", case.contents("a.txt"), "the content")


@remote_promise(
    "What is written back keeps its attributes.",
    needs=WRITE | Feature.ATTRIBUTES,
    source="holdfast.RemoteStorage.write_back",
)
def keeps_attributes(case: Case) -> None:
    """
    store.put("a.txt", Source.of(b"old"), Write(attributes=Attributes(cache_control="max-age=60")))
    with storage.local_path("a.txt", write_back=True) as path: path.write_bytes(b"new")
    assert "max-age=60" == storage.stat("a.txt").attributes.cache_control
    """
    attributes = Attributes(content_type="text/x-mine", metadata={"owner": "me"})
    case.given("a.txt", b"old", Write(overwrite=True, attributes=attributes))
    with case.remote.local_path("a.txt", write_back=True) as path:
        path.write_bytes(b"new")
    case.equal(attributes, case.remote.stat("a.txt").attributes, "the attributes")
