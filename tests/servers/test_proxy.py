"""The proxy alters nothing unless told, counts exactly, and every fault is what its name says."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import struct
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.servers.faults import Fault
from tests.servers.http1 import Chunked, framing_fields
from tests.servers.process import wait_until
from tests.servers.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

BIG = 3_000_000


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


class Upstream(ThreadingHTTPServer):
    """GET answers with as many bytes as the path says, PUT remembers what it was given."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stored: dict[str, bytes] = {}

    def handle_error(self, *_: object) -> None:
        """Say nothing: faults break connections, and that is what they are for."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Upstream

    def do_GET(self) -> None:
        _, kind, size = self.path.split("/")
        body = pattern(int(size))
        if kind == "unframed":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
        elif kind == "chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 7001):
                piece = body[start : start + 7001]
                self.wfile.write(b"%x;note=none\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\nX-Trailer: yes\r\n\r\n")
        else:
            self.answer(200, body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.send_response(204)
        self.end_headers()

    def do_PUT(self) -> None:
        if self.path == "/early":
            self.answer(403, b"no")
            self.read_body()
        else:
            self.server.stored[self.path] = self.read_body()
            self.answer(200, b"")

    def read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_expect_100(self) -> bool:
        if self.path == "/unwanted":
            self.answer(417, b"keep it")
            return False
        return super().handle_expect_100()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: Upstream) -> Iterator[Proxy]:
    upstream.stored.clear()
    with Proxy("127.0.0.1", upstream.server_address[1]) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=10)
    yield connection
    connection.close()


def fetch(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    try:
        connection.request(method, path, body=body, encode_chunked=not isinstance(body, bytes | None))
        response = connection.getresponse()
        return response.status, response.read()
    except BaseException:
        connection.close()
        raise


@contextlib.contextmanager
def raw(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection((proxy.host, proxy.port), timeout=10) as sock:
        yield sock


def read_all(sock: socket.socket) -> bytes:
    """Everything until the connection ends in order; ConnectionResetError if it does not."""
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


# --- it alters nothing


@pytest.mark.parametrize("kind", ["sized", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 7001, 70_000, BIG])
def test_answers_arrive_whole_and_the_connection_lives(proxy, connection, kind, size):
    for _ in range(3):
        assert (200, pattern(size)) == fetch(connection, "GET", f"/{kind}/{size}")
    assert [size] * 3 == [request.received for request in proxy.requests]
    assert {1} == {request.connection for request in proxy.requests}


def test_an_answer_that_lasts_until_the_end(proxy, connection):
    assert (200, pattern(BIG)) == fetch(connection, "GET", f"/unframed/{BIG}")
    assert (200, b"\0") == fetch(connection, "GET", "/sized/1")
    assert [1, 2] == [request.connection for request in proxy.requests]


def test_answers_without_a_body(proxy, connection):
    assert (200, b"") == fetch(connection, "HEAD", f"/sized/{BIG}")
    assert (200, b"") == fetch(connection, "HEAD", "/sized/0")
    assert (204, b"") == fetch(connection, "DELETE", "/sized/1")
    assert (200, b"\0") == fetch(connection, "GET", "/sized/1")
    assert {1} == {request.connection for request in proxy.requests}


@pytest.mark.parametrize("size", [0, 1, 70_000, BIG])
def test_uploads_arrive_whole(proxy, upstream, connection, size):
    body = pattern(size)
    assert (200, b"") == fetch(connection, "PUT", "/sized", body)
    assert (200, b"") == fetch(connection, "PUT", "/chunked", iter([body[:5], body[5:]] if size else []))
    assert {"/sized": body, "/chunked": body} == upstream.stored
    assert [size, size] == [request.sent for request in proxy.requests]


def test_100_continue_passes_before_the_body(proxy, upstream):
    with raw(proxy) as sock:
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n")
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == sock.recv(1000)
        sock.sendall(b"abc")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    assert b"abc" == upstream.stored["/a"]


def test_a_body_nobody_wants_is_not_awaited(proxy):
    with raw(proxy) as sock:
        sock.sendall(b"PUT /unwanted HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 417")
        sock.sendall(b"GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: 2 == len(proxy.requests), 5, "the next request on the same connection")
    assert {1} == {request.connection for request in proxy.requests}


def test_an_answer_may_overtake_the_body(proxy):
    with raw(proxy) as sock:
        sock.sendall(b"PUT /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        assert sock.recv(1000).startswith(b"HTTP/1.1 403")
        sock.sendall(b"56789GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: 2 == len(proxy.requests), 5, "the next request on the same connection")
    assert [("PUT", 10), ("GET", 0)] == [(request.method, request.sent) for request in proxy.requests]


def test_requests_in_one_packet_are_told_apart(proxy):
    with raw(proxy) as sock:
        sock.sendall(b"GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        wait_until(lambda: [200] * 3 == [request.status for request in proxy.requests], 5, "the three answers")


def test_a_server_that_hangs_up_between_requests_is_seen_by_the_client(upstream, proxy):
    with Proxy(proxy.host, proxy.port) as outer, raw(outer) as sock:
        sock.sendall(b"HEAD /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.recv(1000)
        proxy.drop_idle()
        assert b"" == sock.recv(1000)


def test_a_dead_server_looks_like_a_closed_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with Proxy("127.0.0.1", port) as proxy, raw(proxy) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"" == sock.recv(1000)
        assert [None] == [request.status for request in proxy.requests]


def test_headers_are_kept(proxy, connection):
    connection.request("GET", "/sized/1", headers={"If-None-Match": "*", "X-Colon": "a: b"})
    connection.getresponse().read()
    headers = proxy.requests[0].headers
    assert ("*", "a: b") == (headers["if-none-match"], headers["x-colon"])


def test_chunks_may_be_torn_anywhere():
    wire = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nTrailer: x\r\n\r\nNEXT"
    for tear in range(len(wire)):
        chunked, body, used = Chunked(), b"", 0
        for piece in (wire[:tear], wire[tear:]):
            size, spans = chunked.scan(memoryview(piece))
            used += size
            body += b"".join(piece[start:stop] for start, stop in spans)
        assert (b"hello world", True, len(wire) - 4) == (body, chunked.done, used)


def test_framing_fields_are_found_in_any_case():
    head = b"PUT / HTTP/1.1\r\nCONTENT-LENGTH:  12 \r\nX-Content-Length: 99\r\nConnection: Close\r\n\r\n"
    assert {b"content-length": b"12", b"connection": b"close"} == framing_fields(head)


@pytest.mark.parametrize("linger", [0, None])
def test_a_client_that_leaves_in_the_middle_is_let_go(proxy, linger):
    idle = proxy_threads()
    with raw(proxy) as sock:
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
        wait_until(lambda: [5] == [request.sent for request in proxy.requests], 5, "half the body")
        if linger is not None:  # leave with a reset
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, linger))
    wait_until(lambda: idle == proxy_threads(), 5, "the thread of the connection to end")


def test_a_server_that_dies_in_the_middle_of_an_upload():
    with socket.create_server(("127.0.0.1", 0)) as server, Proxy(*server.getsockname()) as proxy:

        def die() -> None:
            sock, _ = server.accept()
            with sock:
                sock.recv(100)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        dying = threading.Thread(target=die)
        dying.start()
        connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=10)
        with pytest.raises(OSError):
            fetch(connection, "PUT", "/a", pattern(BIG))
        dying.join()
        assert [None] == [request.status for request in proxy.requests]


# --- it counts


def test_counting_is_complete_when_the_client_has_its_answer(proxy, connection):
    for size in range(300):
        with proxy.counting() as seen:
            fetch(connection, "GET", f"/sized/{size}")
        assert (1, size, [200]) == (seen.count, seen.received, seen.statuses)


def test_counting_many_threads(proxy):
    def work(number: int) -> None:
        connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=10)
        for _ in range(20):
            fetch(connection, "PUT", f"/{number}", b"12345")
            fetch(connection, "GET", "/sized/100")
        connection.close()

    with proxy.counting() as seen, ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert (320, 8, 800, 16_000) == (seen.count, seen.connections, seen.sent, seen.received)
    assert {"PUT": 160, "GET": 160} == {method: seen.methods.count(method) for method in ("PUT", "GET")}


def test_counting_ends_with_its_block_and_survives_a_reset(proxy, connection):
    fetch(connection, "GET", "/sized/1")
    with proxy.counting() as seen:
        fetch(connection, "HEAD", "/sized/1")
    fetch(connection, "DELETE", "/sized/1")
    assert ["GET", "HEAD", "DELETE"] == [request.method for request in proxy.requests]
    proxy.reset()
    assert [] == proxy.requests
    assert ["HEAD"] == seen.methods


def test_delay_costs_each_round_trip_and_the_handshake(proxy, connection):
    proxy.delay = 0.05
    took = []
    for _ in range(6):
        started = time.monotonic()
        fetch(connection, "GET", "/sized/1")
        took.append(time.monotonic() - started)
    assert took[0] >= 2 * proxy.delay
    assert proxy.delay <= min(took[1:]) < 2 * proxy.delay


# --- the faults


def test_lose_reply(proxy, upstream, connection):
    proxy.plan(Fault("lose_reply"))
    with pytest.raises(http.client.RemoteDisconnected):
        fetch(connection, "PUT", "/a", b"stored all the same")
    assert {"/a": b"stored all the same"} == upstream.stored
    [request] = proxy.requests
    assert ("lose_reply", None, 200) == (request.fault, request.status, request.upstream_status)


def test_error_after(proxy, upstream, connection):
    proxy.plan(Fault("error_after"), Fault("error_after", status=409, code="OperationAborted"))
    status, body = fetch(connection, "PUT", "/a", b"x")
    assert (500, True) == (status, b"<Code>InternalError</Code>" in body)
    status, body = fetch(connection, "GET", "/sized/100000")
    assert (409, True) == (status, b"<Code>OperationAborted</Code>" in body)
    assert {"/a": b"x"} == upstream.stored
    assert [200, 200] == [request.upstream_status for request in proxy.requests]
    assert {1} == {request.connection for request in proxy.requests}


@pytest.mark.parametrize(
    ("status", "code"),
    [(None, "SlowDown"), (500, "InternalError"), (409, "ConditionalRequestConflict"), (418, "InternalError")],
)
def test_error_before(proxy, upstream, connection, status, code):
    proxy.plan(Fault("error_before", status=status, headers={"Retry-After": "7"}))
    connection.request("PUT", "/a", pattern(BIG))
    response = connection.getresponse()
    assert (status or 503, "7") == (response.status, response.headers["Retry-After"])
    assert f"<Code>{code}</Code>".encode() in response.read()
    assert {} == upstream.stored
    assert (200, b"\0") == fetch(connection, "GET", "/sized/1")
    assert [BIG, 0] == [request.sent for request in proxy.requests]


def test_error_before_spares_a_client_that_asked_first(proxy):
    proxy.plan(Fault("error_before", status=429))
    with raw(proxy) as sock:
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 429 TooManyRequests\r\n")
    assert b"\r\nConnection: close\r\n" in answer


def test_error_to_head_has_no_body(proxy, connection):
    proxy.plan(Fault("error_before"))
    assert (503, b"") == fetch(connection, "HEAD", "/sized/1")
    assert (200, b"") == fetch(connection, "HEAD", "/sized/1")


def test_reset_before(proxy, upstream, connection):
    proxy.plan(Fault("reset_before"))
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        fetch(connection, "PUT", "/a", b"x")
    assert upstream.stored == {}
    assert ["reset_before"] == [request.fault for request in proxy.requests]


@pytest.mark.parametrize(
    ("kind", "at"),
    [("sized", 0), ("sized", 50_000), ("sized", BIG - 1), ("sized", -1), ("chunked", 0), ("chunked", 50_000)],
)
def test_reset_during_body(proxy, kind, at):
    proxy.plan(Fault("reset_during_body", at=at))
    received: list[bytes] = []
    with raw(proxy) as sock:
        sock.sendall(f"GET /{kind}/{BIG} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            received.extend(iter(lambda: sock.recv(65536), b""))
    assert at % BIG == proxy.requests[0].received
    if kind == "sized":
        assert pattern(BIG)[: at % BIG] == b"".join(received).split(b"\r\n\r\n", 1)[1]


@pytest.mark.parametrize("at", [0, 1, 50_000, 0.5, BIG - 1])
def test_truncate(proxy, connection, at):
    proxy.plan(Fault("truncate", at=at))
    with pytest.raises(http.client.IncompleteRead) as caught:
        fetch(connection, "GET", f"/sized/{BIG}")
    expected = int(BIG * at) if isinstance(at, float) else at
    assert pattern(expected) == caught.value.partial
    assert expected == proxy.requests[0].received


def test_truncate_of_chunks_counts_the_body_alone(proxy, connection):
    proxy.plan(Fault("truncate", at=20_000))
    with pytest.raises(http.client.IncompleteRead):
        fetch(connection, "GET", "/chunked/50000")
    assert 20_000 == proxy.requests[0].received


@pytest.mark.parametrize("kind", ["sized", "chunked"])
@pytest.mark.parametrize(("at", "bit"), [(0, 0), (7001, 3), (BIG - 1, 7)])
def test_flip(proxy, connection, kind, at, bit):
    proxy.plan(Fault("flip", at=at, bit=bit))
    _, body = fetch(connection, "GET", f"/{kind}/{BIG}")
    expected = bytearray(pattern(BIG))
    expected[at] ^= 1 << bit
    assert bytes(expected) == body
    assert (200, pattern(BIG)) == fetch(connection, "GET", f"/{kind}/{BIG}")


@pytest.mark.parametrize("at", [0, 0.5, -1])
@pytest.mark.parametrize("size", [1, BIG])
def test_flip_upload(proxy, upstream, connection, at, size):
    proxy.plan(Fault("flip_upload", at=at, bit=4))
    assert (200, b"") == fetch(connection, "PUT", "/a", pattern(size))
    expected = bytearray(pattern(size))
    expected[int(size * at) if isinstance(at, float) else at] ^= 16
    assert bytes(expected) == upstream.stored["/a"]


def test_stall_before_reply(proxy, connection):
    proxy.plan(Fault("stall_before_reply", seconds=0.2))
    started = time.monotonic()
    assert (200, b"\0") == fetch(connection, "GET", "/sized/1")
    assert 0.2 <= time.monotonic() - started < 5


def test_stall_before_reply_for_ever(proxy, upstream):
    proxy.plan(Fault("stall_before_reply"))
    connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=0.2)
    with contextlib.closing(connection), pytest.raises(TimeoutError):
        fetch(connection, "PUT", "/a", b"x")
    assert upstream.stored == {"/a": b"x"}
    assert (None, 200) == (proxy.requests[0].status, proxy.requests[0].upstream_status)


@pytest.mark.parametrize("end", ["reset", "stop"])
def test_what_stalls_is_let_go(proxy, end):
    proxy.plan(Fault("stall_before_reply"))
    with raw(proxy) as sock:
        sock.sendall(b"GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: not proxy.unfired(), 5, "the stall")
        getattr(proxy, end)()
        assert b"" == sock.recv(1000)


def test_stall_body(proxy):
    proxy.plan(Fault("stall_body", at=1000, seconds=0.3))
    with raw(proxy) as sock:
        sock.sendall(b"GET /sized/2000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        wait_until(lambda: not proxy.unfired(), 5, "the stall")
        time.sleep(0.1)
        first = sock.recv(65536)
        assert pattern(1000) == first.split(b"\r\n\r\n", 1)[1]
        assert pattern(2000)[1000:] == sock.recv(65536)


def test_trickle(proxy, connection):
    proxy.plan(Fault("trickle", rate=10_000))
    started = time.monotonic()
    assert (200, pattern(5000)) == fetch(connection, "GET", "/sized/5000")
    assert 0.4 <= time.monotonic() - started < 5


def test_refuse(proxy, connection):
    proxy.plan(Fault("refuse", count=2))
    for _ in range(2):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
            fetch(connection, "GET", "/sized/1")
    assert fetch(connection, "GET", "/sized/1") == (200, b"\0")
    assert 1 == len(proxy.requests)
    proxy.assert_all_fired()


def test_down_and_up_again(proxy, connection):
    fetch(connection, "GET", "/sized/1")
    with proxy.down():
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
            fetch(connection, "GET", "/sized/1")
        with pytest.raises(ConnectionRefusedError):
            fetch(connection, "GET", "/sized/1")
    assert fetch(connection, "GET", "/sized/1") == (200, b"\0")


def test_drop_idle_spares_the_busy(proxy):
    proxy.plan(Fault("stall_before_reply", seconds=0.3))
    with raw(proxy) as busy, raw(proxy) as idle:
        busy.sendall(b"GET /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: not proxy.unfired(), 5, "the stall")
        idle.sendall(b"HEAD /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.recv(1000)
        time.sleep(0.05)
        proxy.drop_idle()
        assert b"" == idle.recv(1000)
        assert busy.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_does_not_keep_connections_open(proxy):
    with raw(proxy) as sock:
        sock.sendall(b"HEAD /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.recv(1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of threads and fork
            child = os.fork()
        if not child:
            time.sleep(30)
            os._exit(0)
        try:
            proxy.plan(Fault("reset_before"))
            sock.sendall(b"HEAD /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                sock.recv(1000)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


# --- the plan


def test_match_skip_and_count(proxy, connection):
    proxy.plan(
        Fault("error_before", match="PUT", skip=1, count=2),
        Fault("error_after", match=lambda request: request.target.endswith("/2")),
    )
    requests = [("PUT", "/a"), ("GET", "/sized/1"), ("PUT", "/a"), ("GET", "/sized/2"), ("PUT", "/a")]
    requests += [("PUT", "/a"), ("GET", "/sized/2")]
    statuses = [fetch(connection, method, path, b"" if method == "PUT" else None)[0] for method, path in requests]
    assert [200, 200, 503, 500, 503, 200, 200] == statuses
    proxy.assert_all_fired()


def test_a_fault_that_never_came_is_reported(proxy, connection):
    proxy.plan(Fault("lose_reply", match="POST"), Fault("error_before", count=2))
    fetch(connection, "GET", "/sized/1")
    assert [
        ("lose_reply", 0),
        ("error_before", 1),
    ] == [(planned.fault.kind, planned.fired) for planned in proxy.unfired()]
    with pytest.raises(AssertionError, match=r"lose_reply\(match='POST'\): fired 0 of 1"):
        proxy.assert_all_fired()
    proxy.reset()
    proxy.assert_all_fired()


@pytest.mark.parametrize(
    ("fault", "method", "path"),
    [
        (Fault("truncate", at=10), "GET", "/sized/10"),
        (Fault("flip"), "GET", "/chunked/0"),
        (Fault("stall_body"), "HEAD", "/sized/10"),
        (Fault("trickle"), "DELETE", "/"),
        (Fault("flip_upload"), "GET", "/sized/10"),
    ],
)
def test_a_fault_without_occasion_is_reported(proxy, connection, fault, method, path):
    proxy.plan(fault)
    fetch(connection, method, path)
    with pytest.raises(AssertionError, match=f"{fault.kind}.*{method} {path} gave it no occasion"):
        proxy.assert_all_fired()
    assert [None] == [request.fault for request in proxy.requests]


def test_faults_that_make_no_sense_are_refused(proxy):
    with pytest.raises(ValueError, match="no such fault: 'lose_replay'"):
        Fault("lose_replay")
    with pytest.raises(ValueError, match="no request to match"):
        Fault("refuse", match="GET")
    with pytest.raises(ValueError, match="refuse befalls connections"):
        proxy.storm(0.5, ["refuse"], seed=1)


def storm_of(proxy: Proxy, seed: int, requests: int = 200) -> list[str | None]:
    proxy.reset()
    storm = proxy.storm(0.3, ["lose_reply", "error_before", "reset_before"], seed=seed, match="PUT")
    for number in range(requests):
        connection = http.client.HTTPConnection(proxy.host, proxy.port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException):
            fetch(connection, "PUT" if number % 4 else "GET", "/sized/1", b"x" if number % 4 else None)
        connection.close()
    faults = [request.fault for request in proxy.requests]
    assert requests == len(faults)
    assert sum(storm.fired.values()) == sum(fault is not None for fault in faults)
    return faults


def test_a_storm_is_the_same_each_time(proxy):
    first, again, other = storm_of(proxy, 7), storm_of(proxy, 7), storm_of(proxy, 8)
    assert first == again
    assert first != other
    assert {"lose_reply", "error_before", "reset_before", None} == set(first)
    assert {None} == set(first[::4])
    assert 20 < sum(fault is not None for fault in first) < 70


def test_a_storm_can_end(proxy, connection):
    proxy.storm(1, [Fault("error_before", status=500)], seed=1)
    assert 500 == fetch(connection, "GET", "/sized/1")[0]
    proxy.calm()
    assert 200 == fetch(connection, "GET", "/sized/1")[0]


def proxy_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("proxy")}


def test_nothing_is_left_after_stop(proxy):
    before = proxy_threads()
    with contextlib.ExitStack() as stack:
        proxy = stack.enter_context(Proxy(*proxy.upstream))
        socks = [stack.enter_context(raw(proxy)) for _ in range(5)]
        for sock in socks[:3]:
            sock.sendall(b"HEAD /sized/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.recv(1000)
        proxy.stop()
        proxy.stop()
        assert before == proxy_threads()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((proxy.host, proxy.port))
