"""How keys are spelled: a store keeps them as they are, or refuses them."""

from __future__ import annotations

from holdfast.errors import AlreadyExists, InvalidKey
from holdfast.testing.case import Case
from holdfast.testing.names import ALIKE, KEPT, PICKY
from holdfast.testing.promise import store_promise
from holdfast.types import Feature

TABLE = "holdfast.keys"


@store_promise("Odd names are kept exactly as they are spelled, through every verb.", source=TABLE)
def odd_names(case: Case) -> None:
    """
    odd = ["%48%45.txt", "a+b c.txt", "query?a=b#c.txt", "umlaut-ä.txt"]
    for key in odd: put(store, key, key.encode())
    assert keys(store) == odd == [read(store, key).decode() for key in odd]
    """

    def look(key: str) -> None:
        case.equal(key, case.store.head(key).key, f"the key that head says of {key!r}")
        case.equal(key.encode(), case.read(key), f"the bytes of {key!r}")

    case.side_by_side(KEPT, lambda key: case.given(key, key.encode()))
    case.side_by_side(KEPT, look)
    case.equal(sorted(KEPT, key=str.encode), case.keys(), "all keys")
    top = {key.partition("/")[0] + ("/" if "/" in key else "") for key in KEPT}
    case.equal(sorted(top, key=str.encode), sorted(case.dir(), key=str.encode), "what listdir gives")
    for key in KEPT:
        folder, slash, _ = key.rpartition("/")
        if slash:
            case.equal([key], case.keys(f"{folder}/"), f"what list gives below {folder + '/'!r}")


@store_promise("Odd names can be copied and deleted as any others.", needs=Feature.WRITE, source=TABLE)
def odd_names_copied_and_deleted(case: Case) -> None:
    """
    put(store, "a+b c%20d?.txt", b"bytes")
    store.copy("a+b c%20d?.txt", "copy/ä#1.txt"), store.delete("a+b c%20d?.txt")
    assert keys(store) == ["copy/ä#1.txt"]
    """

    def copy(key: str) -> None:
        case.store.copy(key, f"copy/{key}")
        case.equal(key.encode(), case.read(f"copy/{key}"), f"the bytes of the copy of {key!r}")

    def delete(key: str) -> None:
        case.store.delete(key)
        case.absent(key)

    case.side_by_side(KEPT, lambda key: case.given(key, key.encode()))
    case.side_by_side(KEPT, copy)
    case.equal(
        sorted((f"copy/{key}" for key in KEPT), key=str.encode), case.keys("copy/"), "the keys of the copies"
    )
    case.store.delete_many([f"copy/{key}" for key in KEPT])
    case.equal([], case.keys("copy/"), "the copies after delete_many")
    case.side_by_side(KEPT, delete)
    case.equal([], case.keys(), "what is left in the end")


@store_promise(
    "A name is kept as it is spelled, or refused as InvalidKey: never bent.", needs=Feature.WRITE, source=TABLE
)
def kept_or_refused(case: Case) -> None:
    """
    with suppress(InvalidKey): put(store, "trailing dot.", b"bytes")
    with suppress(InvalidKey): put(store, " leading space", b"bytes")
    assert {*keys(store)} <= {" leading space", "trailing dot."}
    """
    kept = []
    for key in PICKY:
        try:
            case.put(key, key.encode())
        except InvalidKey as error:
            case.equal(key, error.key, "the key of the error")
        else:
            kept.append(key)
            case.holds(key, key.encode())
    case.equal(sorted(kept, key=str.encode), case.keys(), "all keys")


@store_promise(
    "Names that differ in case or in code points alone are two objects, or the second is refused: never one.",
    needs=Feature.WRITE,
    source=TABLE,
)
def alike(case: Case) -> None:
    """
    for key in ("Case.txt", "case.txt", "e\\u0301.txt", "\\u00e9.txt"):
        with suppress(AlreadyExists, InvalidKey): put(store, key, key.encode())
    assert all(read(store, key) == key.encode() for key in keys(store))
    """
    for folder, pairs in (("in/", ALIKE), ("turned/", [(other, one) for one, other in ALIKE])):
        for one, other in pairs:
            case.put(folder + one, b"one")
            try:
                case.put(folder + other, b"other")
            except (AlreadyExists, InvalidKey):
                pass
            else:
                case.holds(folder + other, b"other")
            case.holds(folder + one, b"one")


@store_promise(
    "A slash at the end of a key is kept apart from the key without it, or refused.",
    needs=Feature.WRITE,
    source=TABLE,
)
def slash_at_the_end(case: Case) -> None:
    """
    put(store, "name", b"file")
    with suppress(InvalidKey, StoreError): put(store, "name/", b"")
    assert read(store, "name") == b"file"
    """
    case.put("name", b"file")
    try:
        case.put("name/", b"")
    except InvalidKey:
        pass
    except OSError as error:  # a system with folders may see one here
        case.true(hasattr(error, "key"), f"The error is one of Holdfast's: {error!r}")
    case.holds("name", b"file")
