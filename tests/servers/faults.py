"""What can go wrong between a client and a server, and when it shall."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Literal, get_args

from tests.servers.http1 import Request

Kind = Literal[
    "refuse",  # close the connection as soon as it is accepted
    "reset_before",  # reset before anything is forwarded
    "error_before",  # answer with an error; the server never hears of the request
    "flip_upload",  # flip one bit of the request's body
    "lose_reply",  # let the server do it, then close without a byte of its answer
    "error_after",  # let the server do it, then answer with an error
    "stall_before_reply",  # let the server do it, then hold the answer back
    "reset_during_body",  # reset after `at` bytes of the answer's body
    "truncate",  # close properly after `at` bytes of the answer's body
    "flip",  # flip one bit of the answer's body
    "stall_body",  # hold the answer back after `at` bytes of its body
    "trickle",  # pass the answer's body slowly
]

Match = str | Callable[[Request], bool] | None

ERROR_CODES = {
    400: "RequestTimeout",
    403: "AccessDenied",
    404: "NoSuchKey",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    429: "TooManyRequests",
    500: "InternalError",
    503: "SlowDown",
}
"""What S3 calls them."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault, and the requests it befalls: `count` of those that match, after the first `skip`.

    `match` is a method ("PUT") or a question about the request.
    """

    kind: Kind
    count: int = 1
    match: Match = None
    skip: int = 0
    _: KW_ONLY
    status: int | None = None
    """Of `error_before` (503 unless told) and `error_after` (500)."""
    code: str | None = None
    """The S3 error code in the body; by default the usual one for the status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of the error, such as Retry-After."""
    at: int | float = 0.5
    """Where in the body: a number of bytes (negative ones count from the end) or a share of the whole."""
    bit: int = 0
    """Which bit to flip, 0 to 7."""
    seconds: float | None = None
    """How long a stall lasts; for ever if None, that is until the proxy is reset or stopped."""
    rate: int = 64 * 1024
    """Bytes per second of `trickle`."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"no such fault: {self.kind!r}; there are {', '.join(get_args(Kind))}")
        if self.kind == "refuse" and self.match is not None:
            raise ValueError("refuse befalls a connection, so it has no request to match")

    def __str__(self) -> str:
        told = [
            f"{one.name}={value!r}"
            for one in fields(self)[1:]
            if (value := getattr(self, one.name)) not in (one.default, {})
        ]
        return f"{self.kind}({', '.join(told)})"

    def matches(self, request: Request) -> bool:
        return matches(self.match, request)

    def error(self) -> tuple[int, str]:
        """Status and S3 code of an error answer."""
        status = self.status or (503 if self.kind == "error_before" else 500)
        return status, self.code or ERROR_CODES.get(status, "InternalError")

    def offset(self, length: int | None) -> int | None:
        """The byte of a body that `at` means; None if the body is too short to have it.

        Of a body whose length is not declared, a share or a count from the end means the first byte.
        """
        if length is None:
            return self.at if isinstance(self.at, int) and self.at >= 0 else 0
        offset = int(self.at * length) if isinstance(self.at, float) else self.at
        if offset < 0:
            offset += length
        return offset if 0 <= offset < length else None


def matches(match: Match, request: Request) -> bool:
    if match is None:
        return True
    if isinstance(match, str):
        return request.method == match
    return match(request)


class Planned:
    """A fault in the plan, and what has become of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.skipped = 0
        self.begun = 0
        self.fired = 0
        self.requests: list[Request] = []

    def __repr__(self) -> str:
        text = f"{self.fault}: fired {self.fired} of {self.fault.count} times"
        spared = [request for request in self.requests if request.fault is None]
        return "; ".join([text, *(f"{one.method} {one.target} gave it no occasion" for one in spared)])

    def offer(self, request: Request | None) -> bool:
        """Whether this fault is for this request (None: for a new connection)."""
        if self.begun == self.fault.count or (self.fault.kind == "refuse") != (request is None):
            return False
        if request is not None and not self.fault.matches(request):
            return False
        if self.skipped < self.fault.skip:
            self.skipped += 1
            return False
        self.begun += 1
        if request is not None:
            self.requests.append(request)
        return True


class Storm:
    """Faults at random, but the same ones each time the same requests arrive in the same order."""

    def __init__(self, rate: float, kinds: Sequence[Kind | Fault], seed: int, match: Match = None) -> None:
        faults = [kind if isinstance(kind, Fault) else Fault(kind) for kind in kinds]
        if any(fault.kind == "refuse" for fault in faults):
            raise ValueError("a storm befalls requests, and refuse befalls connections")
        self.rate = rate
        self.fired: Counter[str] = Counter()
        self._kinds = list(kinds)
        self._match = match
        self._random = random.Random(seed)

    def draw(self, request: Request) -> Fault | None:
        """The fault for this request, if any. A mere kind strikes at a random place in the body.

        Every request takes the same amount of chance, hit or not: so what the n-th one meets depends on
        the seed alone.
        """
        if not matches(self._match, request):
            return None
        hit, place = self._random.random() < self.rate, self._random.random()
        kind = self._kinds[int(self._random.random() * len(self._kinds))]
        fault = kind if isinstance(kind, Fault) else Fault(kind, at=place)
        return fault if hit and fault.matches(request) else None


class Drawn:
    """A fault that is about to befall one request, or one new connection."""

    def __init__(self, fault: Fault, origin: Planned | Storm, lock: threading.Lock) -> None:
        self.fault = fault
        self.fired = False
        self._origin = origin
        self._lock = lock

    def fire(self, request: Request | None = None) -> None:
        """Say that it happens now, before the client can notice."""
        self.fired = True
        if request is not None:
            request.fault = self.fault.kind
        with self._lock:
            if isinstance(self._origin, Planned):
                self._origin.fired += 1
            else:
                self._origin.fired[self.fault.kind] += 1


class Plan:
    """All the faults to come: those planned one by one, then the storm."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []
        self.storm: Storm | None = None
        self._lock = threading.Lock()

    def add(self, faults: Sequence[Fault]) -> None:
        with self._lock:
            self.planned += [Planned(fault) for fault in faults]

    def draw(self, request: Request | None) -> Drawn | None:
        """The first planned fault that is for this request; else what the storm says."""
        with self._lock:
            for planned in self.planned:
                if planned.offer(request):
                    return Drawn(planned.fault, planned, self._lock)
            if self.storm is not None and request is not None and (fault := self.storm.draw(request)):
                return Drawn(fault, self.storm, self._lock)
        return None

    def unfired(self) -> list[Planned]:
        with self._lock:
            return [planned for planned in self.planned if planned.fired < planned.fault.count]
