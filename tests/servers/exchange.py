"""One request and its answer on their way through the proxy, and the fault that may befall them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.servers.http1 import Request, UntilEnd, framing_fields, request_body, response_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.connection import Connection
    from tests.servers.faults import Fault, Kind
    from tests.servers.http1 import Body, Spans, Stream

SMALL = 64 * 1024
"""Up to this size a block is joined to the head before it, and both leave together."""

TICK = 0.05
"""Seconds between two looks at a client that is being held, and between two slices of a trickle."""

NOTHING = memoryview(b"")


class HangUp(Exception):
    """The connection to the client is over."""


class Exchange:
    """Passes one request on and its answer back; `run` says whether the connection lives on.

    Bytes are counted before they are sent: a client that has its answer finds its request fully counted.
    """

    def __init__(self, connection: Connection, head: bytes) -> None:
        self.connection = connection
        self.proxy = connection.proxy
        self.client = connection.client
        self.request = Request.parse(head, connection.number)
        self.fields = framing_fields(head)
        self.body = request_body(self.fields)
        self.expecting = b"100-continue" in self.fields.get(b"expect", b"")
        self.lives = _keeps_alive(head, self.fields)
        self.deaf = False
        self.release = self.proxy.release
        self.drawn = self.proxy.arrived(self.request)

    def run(self) -> bool:
        if self._befalls("reset_before"):
            self._fire()
            self.connection.reset()
        if fault := self._befalls("error_before"):
            return self._refuse(fault)
        answer = self._forward() or self._final_answer()
        status = self.request.upstream_status = _status(answer)
        fields = framing_fields(answer)
        body = response_body(self.request.method, status, fields)
        if isinstance(body, UntilEnd) or not _keeps_alive(answer, fields):
            self.lives = False
        self.proxy.travel()
        if self._befalls("lose_reply"):
            self._fire()
            self.connection.end()
        if fault := self._befalls("error_after"):
            for _ in _blocks(self.connection.upstream, body):
                pass
            self._answer_error(fault)
        else:
            if fault := self._befalls("stall_before_reply"):
                self._fire()
                self._hold(fault.seconds)
            self.request.status = status
            self._pass_answer(answer, body)
        self._finish_upload()
        return self.lives

    # --- the request

    def _forward(self) -> bytes:
        """Send the request to the server; if that answers while the body is still coming, its answer."""
        fault = self._befalls("flip_upload")
        place = fault.offset(self.body.length) if fault else None
        out = self.request.head
        if self.client.buffered and not self.expecting:
            out = self._forward_block(out, place)
        if out:
            self._to_server(out)
        while not self.body.done and not self.deaf:
            if self.connection.client_speaks():
                self._forward_block(b"", place)
            elif answer := self._answer():
                return answer
        return b""

    def _forward_block(self, head: bytes, place: int | None) -> bytes:
        """Send what the client has sent of its body, behind `head`. Returns a head that is left over."""
        for block, spans in _blocks(self.client, self.body):
            hit = _locate(place, self.request.sent, spans)
            if self.drawn is not None and hit is not None:
                self._fire()
                _flip(block, hit, self.drawn.fault.bit)
            self.request.sent += _total(spans)
            self._to_server(head, block)
            return b""
        return head

    def _finish_upload(self) -> None:
        """After an early answer: read on what the client still sends, for the server if it still listens.

        A server that answers instead of "100 Continue" has said that it wants no body, and gets none.
        """
        if self.expecting and not self.request.sent:
            return
        for block, spans in _blocks(self.client, self.body):
            self.request.sent += _total(spans)
            if not self.deaf:
                self._to_server(b"", block)
        if self.deaf:
            self.lives = False

    def _to_server(self, head: bytes, block: memoryview = NOTHING) -> None:
        try:
            _send(self.connection.upstream, head, block)
        except (BrokenPipeError, ConnectionResetError):
            self.deaf = True  # it hung up; perhaps it has said why

    # --- the answer

    def _answer(self) -> bytes:
        """The next head from the server, or nothing if it was one of those that only announce the answer."""
        head = self.connection.upstream.head()
        if not head:
            raise HangUp
        if _status(head) >= 200:
            return head
        self.expecting = False
        self.proxy.travel()
        self.client.sock.sendall(head)
        return b""

    def _final_answer(self) -> bytes:
        while not (head := self._answer()):
            pass
        return head

    def _pass_answer(self, head: bytes, body: Body) -> None:
        fault = self._befalls("reset_during_body", "truncate", "flip", "stall_body")
        place = fault.offset(body.length) if fault else None
        trickle = self._befalls("trickle")
        upstream = self.connection.upstream
        if body.done or not upstream.buffered:
            self.connection.answered = body.done and self.body.done
            self.client.sock.sendall(head)
            head = b""
        for block, spans in _blocks(upstream, body):
            after = self.request.received + _total(spans)
            hit = _locate(place, self.request.received, spans)
            if fault and place is not None and hit is not None:
                head, block = self._strike(fault, head, block, hit, place)
            self.request.received = after
            if trickle:
                self._trickle(head, block, trickle.rate)
            else:
                self.connection.answered = body.done and self.body.done
                _send(self.client, head, block)
            head = b""

    def _refuse(self, fault: Fault) -> bool:
        """Answer with an error in the place of the server."""
        if self.expecting:
            self.lives = False  # the body may still come or not: nobody could tell it from a new request
        else:
            for _, spans in _blocks(self.client, self.body):
                self.request.sent += _total(spans)
        self._answer_error(fault)
        if not self.lives:
            self.connection.end()
        return True

    def _answer_error(self, fault: Fault) -> None:
        status, code = fault.error()
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(code)}</Code><Message>Made up by the proxy of the tests.</Message>"
            f"<Resource>{escape(self.request.target)}</Resource><RequestId>proxy</RequestId></Error>"
        ).encode()
        headers = {"Content-Type": "application/xml", "Content-Length": str(len(text)), **fault.headers}
        if not self.lives:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {status} {code}", *(f"{name}: {value}" for name, value in headers.items())]
        body = b"" if self.request.method == "HEAD" else text
        self._fire()
        self.request.status = status
        self.request.received = len(body)
        self.connection.answered = True
        self.client.sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    # --- the fault

    def _befalls(self, *kinds: Kind) -> Fault | None:
        """The fault of this request, if it is one of these kinds."""
        return self.drawn.fault if self.drawn is not None and self.drawn.fault.kind in kinds else None

    def _fire(self) -> None:
        if self.drawn is not None and not self.drawn.fired:
            self.drawn.fire(self.request)

    def _strike(
        self, fault: Fault, head: bytes, block: memoryview, hit: int, place: int
    ) -> tuple[bytes, memoryview]:
        """Do what the fault does at byte `hit` of the block; return what is still to be sent of both."""
        self._fire()
        if fault.kind == "flip":
            _flip(block, hit, fault.bit)
            return head, block
        self.request.received = place
        _send(self.client, head, block[:hit])
        if fault.kind == "truncate":
            self.connection.end()
        if fault.kind == "reset_during_body":
            self.connection.reset()
        self._hold(fault.seconds)
        return b"", block[hit:]

    def _trickle(self, head: bytes, block: memoryview, rate: int) -> None:
        self._fire()
        self.client.sock.sendall(head)
        step = max(1, int(rate * TICK))
        for start in range(0, len(block), step):
            if start:
                self._hold(TICK)
            self.client.sock.sendall(block[start : start + step])

    def _hold(self, seconds: float | None) -> None:
        """Do nothing for a while (None: for good). A reset of the proxy or a client that leaves ends it."""
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            left = TICK if until is None else until - time.monotonic()
            if left <= 0:
                return
            if self.release.wait(min(left, TICK)) or self.connection.client_is_gone():
                raise HangUp


def _status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


def _keeps_alive(head: bytes, fields: dict[bytes, bytes]) -> bool:
    first_line = head[: head.index(b"\r\n")]
    return b"HTTP/1.1" in first_line and b"close" not in fields.get(b"connection", b"")


def _blocks(stream: Stream, body: Body) -> Iterator[tuple[memoryview, Spans]]:
    """What is left of a message, block by block; each is good until the next one."""
    while not body.done:
        block = stream.block()
        if not block:
            if isinstance(body, UntilEnd):
                return
            raise HangUp  # broken off, so the other side shall see it break off too
        size, spans = body.scan(block)
        stream.consume(size)
        yield block[:size], spans


def _total(spans: Spans) -> int:
    return sum(stop - start for start, stop in spans)


def _locate(place: int | None, before: int, spans: Spans) -> int | None:
    """Where in a block the byte `place` of the body is, of which `before` bytes have passed."""
    if place is None or place < before:
        return None
    rest = place - before
    for start, stop in spans:
        if rest < stop - start:
            return start + rest
        rest -= stop - start
    return None


def _flip(block: memoryview, place: int, bit: int) -> None:
    block[place] ^= 1 << bit


def _send(stream: Stream, head: bytes, block: memoryview) -> None:
    if head and len(block) > SMALL:
        stream.sock.sendall(head)
        head = b""
    stream.sock.sendall(head + block if head else block)
