"""A store seen from one of its folders, by Holdfast's layer for that."""

from __future__ import annotations

from django.core.files.base import ContentFile

from holdfast.errors import AlreadyExists, InvalidKey, NotFound, StoreError
from holdfast.layers import Prefixed, Readonly
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.testing.case import Case
from holdfast.testing.promise import store_promise
from holdfast.testing.promises.layers import dir_of, keys_of, read_of
from holdfast.types import Feature, Permit, Read

PREFIXED = "holdfast.layers.Prefixed"
WRITE = Feature.WRITE

NEIGHBOURS = (
    "a.txt",
    "bo/a.txt",
    "box-alike/a.txt",
    "box.txt",
    "box/a.txt",
    "box/inner-alike/b.txt",
    "other/b.txt",
)
"""Keys outside ``box/inner/``, as near to it as keys can be."""


def _outside(case: Case) -> list[str]:
    """Let there be neighbours of a prefix."""
    for key in NEIGHBOURS:
        case.given(key, b"outside")
    return sorted(NEIGHBOURS)


@store_promise("Below a prefix a store shows the keys of that folder and no others, by any verb.", source=PREFIXED)
def shows_its_own(case: Case) -> None:
    """
    shelf = Prefixed(store, prefix="box")
    put(store, "box/a.txt", b"inside"); put(store, "box-alike/b.txt", b"outside"); put(store, "c.txt", b"outside")
    assert keys(shelf) == ["a.txt"] and isinstance(error_of(shelf.head, "c.txt"), NotFound)
    """
    _outside(case)
    inside = Prefixed(case.store, prefix="box/inner")
    case.equal(([], []), (keys_of(inside), dir_of(inside)), "what is listed below a prefix without objects")
    for key in ("a.txt", "deeper/c.txt", "z.txt"):
        case.given(f"box/inner/{key}", key.encode())
    case.equal(["a.txt", "deeper/c.txt", "z.txt"], keys_of(inside), "the keys below the prefix")
    case.equal(["a.txt", "deeper/", "z.txt"], dir_of(inside), "what listdir shows below the prefix")
    case.equal(["deeper/c.txt"], keys_of(inside, "deeper/"), "the keys of a folder below the prefix")
    case.equal(["z.txt"], keys_of(inside, after="deeper/c.txt"), "the keys after one of them")
    with inside.get("a.txt", Read(start=2)) as body:
        case.equal(("a.txt", b"txt"), (body.entry.key, body.read()), "the key and the bytes that get brings")
    case.equal(("a.txt", 5), (inside.head("a.txt").key, inside.head("a.txt").size), "what head says")
    for key in ("b.txt", "box.txt", "box/inner/a.txt", "inner/a.txt"):
        for verb in (inside.head, inside.get):
            with case.raises(NotFound, f"{verb.__name__} of {key!r} below the prefix") as caught:
                verb(key)
            case.equal((key, inside.label), (caught.error.key, caught.error.store), "the key and the store of it")


@store_promise("Out of a prefix leads no way, however a key is written.", source=PREFIXED)
def no_way_out(case: Case) -> None:
    """
    put(store, "a.txt", b"outside")
    keys_out = ("../a.txt", "./../a.txt", "folder/../../a.txt", "/a.txt")
    assert all(error_of(Prefixed(store, prefix="box").head, key) for key in keys_out)
    """
    names = _outside(case)
    inside = Prefixed(case.store, prefix="box/inner")
    case.given("box/inner/b.txt")
    for key in (
        "../a.txt",
        "../../a.txt",
        "deeper/../../a.txt",
        "./../a.txt",
        "/a.txt",
        "..\\a.txt",
        "%2e%2e/a.txt",
    ):
        for verb in (inside.head, lambda key: read_of(inside, key)):
            with case.raises((StoreError, InvalidKey), f"looking at {key!r} from below the prefix"):
                verb(key)
        if WRITE in case.store.features:
            try:
                inside.delete(key)
            except (StoreError, InvalidKey):
                continue
    case.equal(sorted([*names, "box/inner/b.txt"]), case.keys(), "the keys that are there")


@store_promise(
    "Below a prefix a store changes the keys of that folder and no others.", needs=WRITE, source=PREFIXED
)
def changes_its_own(case: Case) -> None:
    """
    put(store, "a.txt", b"outside")
    Prefixed(store, prefix="box").put("a.txt", Source.of(b"inside"))
    assert keys(store) == ["a.txt", "box/a.txt"] and read(store, "a.txt") == b"outside"
    """
    names = _outside(case)
    inside = Prefixed(case.store, prefix="box/inner")
    case.equal("a.txt", inside.put("a.txt", Source.of(b"one")).key, "the key that put gives")
    with case.raises(AlreadyExists, "put of a key that is taken") as caught:
        inside.put("a.txt", Source.of(b"two"))
    case.equal(
        ("a.txt", inside.label), (caught.error.key, caught.error.store), "the key and the store of its error"
    )
    case.equal("b.txt", inside.copy("a.txt", "b.txt").key, "the key that copy gives")
    inside.copy("a.txt", "deeper/c.txt")
    ours = ["box/inner/a.txt", "box/inner/b.txt", "box/inner/deeper/c.txt"]
    case.equal(sorted([*names, *ours]), case.keys(), "the keys that are there")
    inside.delete("b.txt")
    inside.delete_many(["a.txt", "deeper/c.txt", "missing.txt"])
    case.equal(names, case.keys(), "the keys that are left")
    for key in names:
        case.equal(b"outside", case.read(key), f"the bytes of {key!r}, outside the prefix")


@store_promise("Two prefixes of one store do not see each other.", needs=WRITE, source=PREFIXED)
def two_prefixes(case: Case) -> None:
    """
    one, two = Prefixed(store, prefix="one"), Prefixed(store, prefix="two")
    put(one, "a.txt", b"1"); put(two, "a.txt", b"2"); one.delete("a.txt")
    assert (keys(one), read(two, "a.txt")) == ([], b"2")
    """
    boxes = [Prefixed(case.store, prefix=prefix) for prefix in ("box", "box-2", "bo", "folder/box")]
    for number, box in enumerate(boxes):
        box.put("a.txt", Source.of(b"%d" % number))
    for number, box in enumerate(boxes):
        case.equal((["a.txt"], b"%d" % number), (keys_of(box), read_of(box, "a.txt")), f"what is in {box.label}")
    boxes[0].delete("a.txt")
    case.equal(
        [0, 1, 1, 1], [len(keys_of(box)) for box in boxes], "the number of keys in each, the first one deleted"
    )


@store_promise("A storage over a prefix saves into that folder.", needs=WRITE, source=PREFIXED)
def storage_over_a_prefix(case: Case) -> None:
    """
    name = RemoteStorage(Prefixed(store, prefix="box")).save("a.txt", ContentFile(b"bytes"))
    assert (name, keys(store)) == ("a.txt", ["box/a.txt"])
    """
    names = _outside(case)
    storage = RemoteStorage(Prefixed(case.store, prefix="box/inner"))
    case.equal("a.txt", storage.save("a.txt", ContentFile(b"bytes")), "the name that save gives")
    with storage.open("b.txt", "wb") as file:
        file.write(b"written")
    case.equal(([], ["a.txt", "b.txt"]), storage.listdir(""), "what is in the storage")
    case.equal(sorted([*names, "box/inner/a.txt", "box/inner/b.txt"]), case.keys(), "the keys that are there")


@store_promise("Signed URLs lead below a prefix.", needs=Feature.SIGN, source=PREFIXED)
def signed_urls(case: Case) -> None:
    """
    put(store, "box/a.txt", b"bytes")
    url = Readonly(Prefixed(store, prefix="box")).sign("a.txt", Permit()).url
    assert urllib.request.urlopen(url).read() == b"bytes"
    """
    case.given("a.txt", b"outside")
    case.given("box/a.txt", b"inside")
    for layered in (Prefixed(case.store, prefix="box"), Readonly(Prefixed(case.store, prefix="box"))):
        status, _, body = case.fetch(layered.sign("a.txt", Permit()))
        case.equal((200, b"inside"), (status, body), f"the answer to a URL of {layered!r}")


@store_promise("Paths lead below a prefix.", needs=Feature.PATH, source=PREFIXED)
def paths(case: Case) -> None:
    """
    put(store, "box/a.txt", b"bytes")
    assert Prefixed(store, prefix="box").path("a.txt").read_bytes() == b"bytes"
    """
    case.given("a.txt", b"outside")
    case.given("box/a.txt", b"inside")
    case.equal(b"inside", Prefixed(case.store, prefix="box").path("a.txt").read_bytes(), "the bytes at the path")
