"""Faults of get, head and list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from holdfast.errors import NotFound, StoreError, Unavailable
from holdfast.stores.memory import MemoryStore
from holdfast.types import (
    CHUNK,
    Body,
    Entry,
    Folder,
    Listing,
    Read,
)


class EverythingForAnEmptyRange(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        return super().get(key, Read() if want.start == want.end else want)


class OneByteTooMany(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        return super().get(key, replace(want, end=want.end + 1) if want.end else want)


class OneByteTwiceAtABorder(MemoryStore):
    """Where two blocks meet within a range, the second begins a byte too early."""

    block = CHUNK

    def get(self, key: str, want: Read = Read()) -> Body:
        with super().get(key, want) as body:
            data = body.read()
        border = self.block - want.start % self.block
        wrong = data[:border] + data[border - 1 : -1] if border < len(data) else data
        return Body(body.entry, [wrong], start=body.start, end=body.end)


class OneByteTwiceAtALargeBorder(OneByteTwiceAtABorder):
    block = 8 * 1024 * 1024


class ErrorBehindTheEnd(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        if want.start >= (self.head(key).size or 0) > 0:
            raise self.error(StoreError, key, "416")
        return super().get(key, want)


class SaysItIsTheWhole(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        body = super().get(key, want)
        return Body(body.entry, [body.read()])


class IgnoresTheVersion(MemoryStore):
    def get(self, key: str, want: Read = Read()) -> Body:
        return super().get(key, replace(want, etag=None))


class TheErrorIsTheBody(MemoryStore):
    """What the server says of a missing object is taken for its bytes."""

    def get(self, key: str, want: Read = Read()) -> Body:
        try:
            return super().get(key, want)
        except NotFound:
            text = b"<Error><Code>NoSuchKey</Code></Error>"
            return Body(Entry(key=key, size=len(text)), [text], end=len(text))


class Foreign(MemoryStore):
    def head(self, key: str, want: Read = Read()) -> Entry:
        return self.objects[key][0]


class RemembersSizes(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[str, int | None] = {}

    def head(self, key: str, want: Read = Read()) -> Entry:
        entry = super().head(key, want)
        return replace(entry, size=self.sizes.setdefault(key, entry.size))


class RemembersETags(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.etags: dict[str, str | None] = {}

    def head(self, key: str, want: Read = Read()) -> Entry:
        entry = super().head(key, want)
        return replace(entry, etag=self.etags.setdefault(key, entry.etag))


class AConnectionForEachBody(MemoryStore):
    """Has ten of them, and lets nobody wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self.free = 10

    def get(self, key: str, want: Read = Read()) -> Body:
        if not self.free:
            raise self.error(Unavailable, key, "There is no free connection.")
        body = super().get(key, want)
        self.free -= 1
        return self.holding(body, Once(self.release))

    def holding(self, body: Body, release: Callable[[], None]) -> Body:
        def chunks() -> Iterator[bytes]:
            yield from body
            release()

        return Body(body.entry, chunks(), start=body.start, end=body.end, close=release)

    def release(self) -> None:
        self.free += 1


class LetsGoAtTheEndAlone(AConnectionForEachBody):
    def holding(self, body: Body, release: Callable[[], None]) -> Body:
        held = super().holding(body, release)
        return Body(held.entry, held, start=held.start, end=held.end)


class LetsGoWhenClosedAlone(AConnectionForEachBody):
    def holding(self, body: Body, release: Callable[[], None]) -> Body:
        return Body(body.entry, body, start=body.start, end=body.end, close=release)


class Once:
    """Calls a function when it is first called itself."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = [call]

    def __call__(self) -> None:
        while self.call:
            self.call.pop()()


class ReadsBlockByBlock(MemoryStore):
    """A body looks again at the object for each of its blocks."""

    def get(self, key: str, want: Read = Read()) -> Body:
        entry = self.head(key, want)
        start, end = want.span(entry.size or 0)

        def chunks() -> Iterator[bytes]:
            for place in range(start, end, CHUNK):
                _, data = self.objects.get(key, (entry, b""))
                yield data[place : min(place + CHUNK, end)]

        return Body(entry, chunks(), start=start, end=end)


class WrongDigests(MemoryStore):
    def head(self, key: str, want: Read = Read()) -> Entry:
        return replace(super().head(key, want), digests={"md5": "0" * 32})


class NaiveTimes(MemoryStore):
    def head(self, key: str, want: Read = Read()) -> Entry:
        return replace(super().head(key, want), modified=datetime.now())


class ListsSiblings(MemoryStore):
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        return super().list(prefix.rstrip("/"), want)


class ListsOnePage(MemoryStore):
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        yield from list(super().list(prefix, want))[:1000]


class CountsItsPages(MemoryStore):
    """Asks for the next page by the number of those that were shown."""

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        shown = 0
        while page := list(super().list(prefix, want))[shown : shown + 1000]:
            yield from page
            shown += len(page)


class ListsInOrderOfCase(MemoryStore):
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        yield from sorted(super().list(prefix, want), key=lambda entry: entry.key.lower())


class BeginsAtTheKey(MemoryStore):
    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        yield from (entry for entry in super().list(prefix) if entry.key >= want.after)


class ShowsFoldersTwice(MemoryStore):
    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        for item in super().listdir(prefix, want):
            yield item
            if isinstance(item, Folder):
                yield item
