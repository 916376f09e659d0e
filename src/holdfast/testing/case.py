"""What a promise is given: something fresh and empty to try, and the words to say what came of it."""

from __future__ import annotations

import copy
import gc
import itertools
import random
import tracemalloc
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from django.core.files.storage import Storage

from holdfast.errors import NotFound
from holdfast.source import Source
from holdfast.storage import RemoteStorage
from holdfast.store import Store
from holdfast.testing import asserting, children, secrecy
from holdfast.testing.as_store import AsStore
from holdfast.types import Entry, Folder, Listing, Read, Signed, Write

__all__ = ["Case", "Counted", "Counter", "Peak"]

T = TypeVar("T")

PATIENCE = 60
"""Seconds that work in a child may take: far more than it needs, since a hang is what we look for."""


class Counted(Protocol):
    """The requests of one block: how many, and the bytes of their bodies in either direction."""

    @property
    def count(self) -> int: ...
    @property
    def sent(self) -> int: ...
    @property
    def received(self) -> int: ...


Counter = Callable[[], AbstractContextManager[Counted]]
"""Begins to count; a counting proxy's ``counting``, for example."""


class Peak:
    """The bytes that a block held at its worst, above those before it."""

    bytes: int = 0


class Case:
    """A store that is fresh and empty, a storage over it, and helpers.

    ``storage``: the storage that is tried; a plain ``RemoteStorage`` over ``store`` unless given.
    ``filler``: the same objects, for writing what is to be read, where ``store`` itself cannot write.
    ``counter``: counts requests. ``fetch``: signed URLs may be fetched from anywhere, not from this machine alone.
    ``unreachable``: the same kind of store or storage, of a server that does not answer.
    ``stranger``: one that can reach its server, but has not been told by which key or certificate to know it.
    ``budgets``: requests that something may cost, where that is more than ``promises.budgets.BUDGETS`` says.
    ``secrets``: passwords and keys that it works with, to be shown nowhere; what a store of Holdfast's holds as a
    ``Secret`` is among them by itself.
    ``whole``: the case has the storage for itself; ``False`` where that is a folder of a larger one.
    """

    equal = staticmethod(asserting.equal)
    fail = staticmethod(asserting.fail)
    raises = asserting.Caught
    true = staticmethod(asserting.true)
    within = staticmethod(asserting.within)
    at_once = staticmethod(children.at_once)

    def __init__(
        self,
        store: Store,
        *,
        storage: Storage | None = None,
        filler: Store | None = None,
        counter: Counter | None = None,
        fetch: bool = False,
        unreachable: Store | Storage | None = None,
        stranger: Store | Storage | None = None,
        budgets: Mapping[str, int] | None = None,
        secrets: Iterable[str] = (),
        whole: bool = True,
    ) -> None:
        self.store = store
        self.storage: Storage = RemoteStorage(store) if storage is None else storage
        self.whole = whole
        self._filler = filler or store
        self._counter = counter
        self._fetch = fetch
        self._unreachable = unreachable
        self._stranger = stranger
        self._budgets = budgets or {}
        self._spent: dict[str, int] = {}
        self._secrets = frozenset(secrets) - {""}
        self._numbers = itertools.count(1)
        self._run = uuid.uuid4().hex[:8]
        self._exits = ExitStack()

    @classmethod
    def of(cls, storage: Storage, *, filler: Store | None = None, **kwargs: Any) -> Self:
        """A case about any storage of Django's. ``filler``: for a plain one, another way to the same files, which
        fills it and looks into it, so that one fault does not show everywhere."""
        if isinstance(storage, RemoteStorage):
            return cls(storage.store, storage=storage, filler=filler, **kwargs)
        return cls(AsStore(storage, filler), storage=storage, filler=filler, **kwargs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    # ---------------------------------------------------------------- before

    def name(self, ending: str = ".bin") -> str:
        """A name that was never used before."""
        return f"{self._run}-{next(self._numbers)}{ending}"

    def data(self, size: int, seed: int = 0) -> bytes:
        """So many bytes without any order in them, the same ones each time."""
        return random.Random(f"{size} {seed}").randbytes(size)  # noqa: S311 - no secret

    def given(self, key: str, data: bytes = b"some bytes", how: Write = Write(overwrite=True)) -> Entry:
        """Let there be an object."""
        return self._filler.put(key, Source.of(data), how)

    def given_many(self, keys: Iterable[str], data: bytes = b"-") -> None:
        self.side_by_side(keys, lambda key: self.given(key, data))

    def side_by_side(self, items: Iterable[T], work: Callable[[T], object]) -> None:
        """Do ``work`` for each of these, a few at a time: what takes many round trips is then asked sooner. Plain
        storages, which threads may not use, are asked one by one."""
        with ThreadPoolExecutor(8 if self.is_remote else 1) as pool:
            for _ in pool.map(work, items):
                pass

    @property
    def is_remote(self) -> bool:
        """Whether the storage is one of Holdfast's."""
        return isinstance(self.storage, RemoteStorage)

    @property
    def remote(self) -> RemoteStorage:
        """The storage, for what only Holdfast's have."""
        if not isinstance(self.storage, RemoteStorage):
            raise asserting.NotApplicable("is about the storages of Holdfast")
        return self.storage

    @property
    def unreachable(self) -> Any:
        """A store, or a storage, of a server that does not answer."""
        if self._unreachable is None:
            raise asserting.NotApplicable("needs one of the kind whose server does not answer")
        return self._unreachable

    @property
    def stranger(self) -> Any:
        """A store, or a storage, that has no means to know its server by."""
        if self._stranger is None:
            raise asserting.NotApplicable("needs one of the kind that cannot know its server")
        return self._stranger

    @property
    def secrets(self) -> frozenset[str]:
        """All that must be shown nowhere."""
        holders = self.store, self.storage, self._unreachable, self._stranger
        return self._secrets.union(*(secrecy.secrets_in(holder) for holder in holders))

    def storage_with(
        self, mixin: type | None = None, /, *, over: Store | None = None, **options: Any
    ) -> RemoteStorage:
        """Another storage, over the same store or ``over`` another; of the same class, with ``mixin`` before it."""
        storage: RemoteStorage = self.remote if mixin is None else self.hooked(mixin)
        return storage.remade(store=over or self.store, **options)

    def hooked(self, mixin: type) -> Any:
        """The storage as one of a subclass that has the methods of ``mixin``."""
        storage = copy.copy(self.storage)
        storage.__class__ = type(mixin.__name__, (mixin, type(self.storage)), {})
        return storage

    def entering(self, context: AbstractContextManager[T]) -> T:
        """Enter a context until the end of the case."""
        return self._exits.enter_context(context)

    # ---------------------------------------------------------------- doing

    def put(self, key: str, data: object, how: Write = Write()) -> Entry:
        return self.store.put(key, Source.of(data), how)

    def read(self, key: str, want: Read = Read()) -> bytes:
        with self.store.get(key, want) as body:
            return body.read()

    def keys(self, prefix: str = "", after: str = "") -> list[str]:
        return [entry.key for entry in self.store.list(prefix, Listing(after=after))]

    def dir(self, prefix: str = "", after: str = "") -> list[str]:
        """What ``listdir`` gives: keys, and the prefixes of folders."""
        items = self.store.listdir(prefix, Listing(after=after))
        return [item.prefix if isinstance(item, Folder) else item.key for item in items]

    def contents(self, name: str) -> Any:
        """What a file of the storage holds."""
        with self.storage.open(name) as file:
            return file.read()

    def opened(self, name: str, mode: str) -> Any:
        """A file of the storage, opened with ``mode``. What the storage refuses at ``open``, as a mode or as
        something it cannot do, is not asked of it: that is ``NotApplicable``."""
        try:
            return self.storage.open(name, mode)
        except (ValueError, NotImplementedError) as error:
            raise asserting.NotApplicable(f"needs a storage that opens files with mode {mode!r}") from error

    def in_child(self, work: Callable[[], T], seconds: float = PATIENCE) -> T:
        """What ``work`` returns in a forked child."""
        return children.in_children([work], seconds)[0]

    def in_children(self, *works: Callable[[], T], seconds: float = PATIENCE) -> list[T]:
        return children.in_children(works, seconds)

    def fetch(self, signed: Signed, data: bytes | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer to a signed request, with nothing that is ours involved."""
        host = urlsplit(signed.url).hostname
        if not self._fetch and host not in ("127.0.0.1", "::1", "localhost"):
            raise asserting.NotApplicable(f"needs leave to fetch URLs from {host}")
        request = urllib.request.Request(  # noqa: S310 - the store under test made it
            signed.url, data=data, method=signed.method, headers=dict(signed.headers)
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    # ---------------------------------------------------------------- measuring

    @property
    def counts(self) -> bool:
        return self._counter is not None

    def spend(self, what: str, usual: int, used: int) -> None:
        """Something has cost ``used`` requests. It may cost ``usual``, or what ``budgets`` states for it."""
        self._spent[what] = max(used, usual, self._spent.get(what, 0))
        self.within(0, self._budgets.get(what, usual), used, f"the number of requests for {what!r}")

    def needless_budgets(self) -> list[str]:
        """What ``budgets`` states beyond what is usual and what was spent, a sentence each."""
        return [
            f"budgets: {self._budgets[what]} requests are stated for {what!r}, and {enough} are enough."
            for what, enough in self._spent.items()
            if enough < self._budgets.get(what, 0)
        ]

    def requests(self) -> AbstractContextManager[Counted]:
        """Count the requests of a block. Only promises that are ``counted`` may ask."""
        if self._counter is None:
            raise asserting.NotApplicable("needs a counter of requests")
        return self._counter()

    @contextmanager
    def peak(self) -> Iterator[Peak]:
        """Measure the memory that a block takes, of all threads together."""
        peak = Peak()
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            yield peak
            peak.bytes = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    # ---------------------------------------------------------------- after

    def holds(self, key: str, data: bytes) -> None:
        """The object is there, whole, by every verb."""
        self.equal(data, self.read(key), f"the bytes of {key!r}")
        self.equal(len(data), self.store.head(key).size, f"the size that head says of {key!r}")
        listed = {entry.key: entry.size for entry in self.store.list(_folder(key))}
        self.equal(len(data), listed.get(key), f"the size that list says of {key!r}")

    def absent(self, key: str) -> None:
        """The object is not there, by any verb."""
        with self.raises(NotFound, f"head of {key!r}, which should not be there"):
            self.store.head(key)
        with self.raises(NotFound, f"get of {key!r}, which should not be there"):
            self.read(key)
        self.true(key not in self.keys(_folder(key)), f"{key!r} is not listed.")


def _folder(key: str) -> str:
    return key[: key.rfind("/") + 1]
