"""Holdfast's layers over any store: it goes on working below them, and they keep their word above it."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from dataclasses import replace

from holdfast.errors import NotFound, Unsupported
from holdfast.layers import Prefixed, Readonly
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Layer, Store
from holdfast.testing.case import Case
from holdfast.testing.counting import Counting
from holdfast.testing.promise import store_promise
from holdfast.types import Body, Create, Entry, Feature, Folder, Listing, Permit, Read, Write

LAYER = "holdfast.Layer"
READONLY = "holdfast.layers.Readonly"
WRITE = Feature.WRITE
OVER = Write(overwrite=True)


def read_of(store: Store, key: str, want: Read = Read()) -> bytes:
    with store.get(key, want) as body:
        return body.read()


def keys_of(store: Store, prefix: str = "", after: str = "") -> list[str]:
    return [entry.key for entry in store.list(prefix, Listing(after=after))]


def dir_of(store: Store, prefix: str = "") -> list[str]:
    return [item.prefix if isinstance(item, Folder) else item.key for item in store.listdir(prefix)]


@store_promise(
    "A layer that changes nothing has the features, the sureness and the label of its store.", source=LAYER
)
def forwards(case: Case) -> None:
    """
    layer = Layer(store)
    assert (layer.features, layer.label) == (store.features, store.label)
    assert layer.creates(1000) is store.creates(1000)
    """
    layers = Layer(case.store), Counting(case.store), Prefixed(case.store, prefix="box"), Layer(Layer(case.store))
    for layer in layers:
        name = type(layer).__name__
        case.equal(case.store.features, layer.features, f"the features below a {name}")
        for size in (None, 0, 1000, 10**10):
            case.equal(case.store.creates(size), layer.creates(size), f"creates({size}) below a {name}")
        if not isinstance(layer, Prefixed):
            case.equal(case.store.label, layer.label, f"the label below a {name}")
    label = Prefixed(case.store, prefix="box/inner").label
    case.true(
        label.startswith(case.store.label.rstrip("/")), f"The label of a prefix begins with the store's: {label}"
    )
    case.true(label.endswith("box/inner"), f"The label of a prefix ends with it: {label}")


@store_promise("Below Readonly a store refuses every change, and can be read as before.", source=READONLY)
def readonly(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    refused = error_of(put, Readonly(store), "a.txt", b"new", OVER), error_of(Readonly(store).delete, "a.txt")
    assert all(isinstance(error, Unsupported) for error in refused) and read(Readonly(store), "a.txt") == b"bytes"
    """
    case.given("folder/a.txt", b"bytes")
    shut = Readonly(case.store)
    case.equal(
        Feature.NONE, shut.features & (WRITE | Feature.COPY | Feature.PATH), "features that change something"
    )
    case.equal(Create.NONE, shut.creates(1000), "how surely it creates")
    changes: list[Callable[[], object]] = [
        lambda: shut.put("b.txt", Source.of(b"new")),
        lambda: shut.put("folder/a.txt", Source.of(b"new"), OVER),
        lambda: shut.copy("folder/a.txt", "b.txt"),
        lambda: shut.delete("folder/a.txt"),
        lambda: shut.delete_many(["folder/a.txt"]),
        lambda: shut.sign("folder/a.txt", Permit(method="PUT")),
        lambda: shut.path("folder/a.txt"),
    ]
    for change in changes:
        with case.raises(Unsupported, "a change below Readonly"):
            change()
    case.equal(
        (b"bytes", b"tes"), (read_of(shut, "folder/a.txt"), read_of(shut, "folder/a.txt", Read(start=2))), "bytes"
    )
    case.equal(case.store.head("folder/a.txt"), shut.head("folder/a.txt"), "what head says")
    case.equal((["folder/a.txt"], ["folder/"]), (keys_of(shut), dir_of(shut)), "what is listed")


@store_promise("Layers stand over layers, in any order.", source=LAYER)
def layers_over_layers(case: Case) -> None:
    """
    put(store, "a/b/c.txt", b"bytes")
    layered = Readonly(Prefixed(Prefixed(store, prefix="a"), prefix="b"))
    assert keys(layered) == ["c.txt"] and read(layered, "c.txt") == b"bytes"
    """
    case.given("a/b/c.txt", b"bytes")
    inner = Prefixed(Prefixed(case.store, prefix="a"), prefix="b")
    stacks = (
        inner,
        Readonly(inner),
        Prefixed(Readonly(Prefixed(case.store, prefix="a")), prefix="b"),
        Counting(inner),
    )
    for stack in stacks:
        case.equal((["c.txt"], b"bytes"), (keys_of(stack), read_of(stack, "c.txt")), f"what {stack!r} holds")
        case.true(stack.label.endswith("a/b"), f"The label says where it is: {stack.label}")
        with case.raises(NotFound, "head of what is not there") as caught:
            stack.head("missing.txt")
        case.equal(
            ("missing.txt", stack.label), (caught.error.key, caught.error.store), "the key and the store of it"
        )
        with RemoteStorage(stack).open("c.txt") as file:
            case.equal(b"bytes", file.read(), "the bytes through a storage")


class _Upper(Layer):
    """Brings capitals, under keys that begin with ``upper-``: what passes it by shows."""

    def get(self, key: str, want: Read = Read()) -> Body:
        body = super().get(self._down(key), want)
        return Body(self._up(body.entry), (chunk.upper() for chunk in body), start=body.start, close=body.close)

    def head(self, key: str, want: Read = Read()) -> Entry:
        return self._up(super().head(self._down(key), want))

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        return self._up(super().put(self._down(key), source, how))

    def _up(self, entry: Entry) -> Entry:
        return replace(entry, key=f"upper-{entry.key}")

    def _down(self, key: str) -> str:
        return key.removeprefix("upper-")


@store_promise(
    "The asynchronous verbs of a layer go through its synchronous ones, and never past them.", source=LAYER
)
def asynchronous_verbs(case: Case) -> None:
    """
    layer = Prefixed(store, prefix="box")
    asyncio.run(layer.aput("a.txt", Source.of(b"bytes")))
    assert keys(store) == ["box/a.txt"] and asyncio.run(layer.ahead("a.txt")).key == "a.txt"
    """
    case.given("a.txt", b"bytes")
    case.given("box/b.txt", b"bytes")
    upper, box = _Upper(case.store), Prefixed(case.store, prefix="box")

    async def look() -> None:
        with await upper.aget("upper-a.txt") as body:
            case.equal(("upper-a.txt", b"BYTES"), (body.entry.key, body.read()), "what aget brings through a layer")
        case.equal("upper-a.txt", (await upper.ahead("upper-a.txt")).key, "the key that ahead says through a layer")
        case.equal("b.txt", (await box.ahead("b.txt")).key, "the key that ahead says below a prefix")
        case.equal(["b.txt"], [entry.key async for entry in box.alist()], "what alist shows below a prefix")
        case.equal(1, len([item async for item in box.alistdir()]), "the items of alistdir below a prefix")

    async def change() -> None:
        entry = await upper.aput("upper-c.txt", Source.of(b"bytes"))
        case.equal("upper-c.txt", entry.key, "the key that aput says through a layer")
        await box.acopy("b.txt", "d.txt")
        await box.adelete("b.txt")
        await box.adelete_many(["missing.txt"])

    asyncio.run(look())
    if WRITE in case.store.features:
        asyncio.run(change())
        case.equal(["a.txt", "box/d.txt", "c.txt"], case.keys(), "the keys that are there")


@store_promise("A store can be pickled with its layers.", source="holdfast.Store.__reduce__")
def pickled(case: Case) -> None:
    """
    put(store, "box/a.txt", b"bytes")
    layered = pickle.loads(pickle.dumps(Readonly(Prefixed(store, prefix="box"))))
    assert read(layered, "a.txt") == b"bytes" and isinstance(error_of(layered.delete, "a.txt"), Unsupported)
    """
    case.given("box/a.txt", b"bytes")
    layered = Readonly(Counting(Prefixed(case.store, prefix="box")))
    read_of(layered, "a.txt")
    other: Store = pickle.loads(pickle.dumps(layered))  # noqa: S301 - we have just made it
    with other:
        case.equal((layered.label, layered.features), (other.label, other.features), "the label and the features")
        case.equal((["a.txt"], b"bytes"), (keys_of(other), read_of(other, "a.txt")), "what the copy sees")
        with case.raises(Unsupported, "delete"):
            other.delete("a.txt")


@store_promise("A store works with its layers after a fork.", live=False, source="holdfast.Store")
def after_a_fork(case: Case) -> None:
    """
    put(store, "box/a.txt", b"bytes")
    layered = Readonly(Prefixed(store, prefix="box"))
    assert in_child(lambda: read(layered, "a.txt")) == read(layered, "a.txt") == b"bytes"
    """
    case.given("box/a.txt", b"bytes")
    layered = Readonly(Counting(Prefixed(case.store, prefix="box")))
    for who in (lambda work: work(), case.in_child, lambda work: work()):
        case.equal(
            (["a.txt"], b"bytes"), who(lambda: (keys_of(layered), read_of(layered, "a.txt"))), "what it sees"
        )


@store_promise("Counting counts each verb and the bytes, and changes nothing.", source="holdfast.testing.Counting")
def counting(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes"); layer = Counting(store)
    with layer.counting() as tally: assert read(layer, "a.txt") == b"bytes"
    assert (tally.verbs, tally.received) == (["get"], 5)
    """
    case.given("a.txt", b"12345")
    counted = Counting(case.store)
    with counted.counting() as tally:
        case.equal(case.store.head("a.txt"), counted.head("a.txt"), "what head says")
        case.equal(b"234", read_of(counted, "a.txt", Read(start=1, end=4)), "the bytes of a range")
        case.equal((["a.txt"], ["a.txt"]), (keys_of(counted), dir_of(counted)), "what is listed")
        with case.raises(NotFound, "head of what is not there"):
            counted.head("missing.txt")
    case.equal(["head", "get", "list", "listdir", "head"], tally.verbs, "the verbs that were counted")
    case.equal((5, 0, 3), (tally.count, tally.sent, tally.received), "verbs, bytes sent and bytes received")
    if WRITE in case.store.features:
        with counted.counting() as tally:
            counted.put("b.txt", Source.of(iter([b"12", b"3"])))
            counted.delete("b.txt")
        case.equal((["put", "delete"], 3), (tally.verbs, tally.sent), "the verbs and the bytes sent")
