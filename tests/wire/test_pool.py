"""Connections are used again where that is safe, and nowhere else; also across threads and forks."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from holdfast.errors import Corrupt
from holdfast.testing.children import at_once, in_children
from holdfast.wire import pool as pool_module
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Patience, Stop
from holdfast.wire.dial import Origin
from holdfast.wire.pool import pool_for
from tests.wire.scripted import OK, answering, for_ever


def test_a_connection_is_used_again(ask):
    asked = ask(for_ever())
    assert [b"ok"] * 3 == [asked().read(10) for _ in range(3)]
    assert 1 == asked.server.connections


def test_one_that_the_server_closed_meanwhile_is_not(ask):
    asked = ask(answering(OK))
    assert b"ok" == asked().read(10)
    time.sleep(0.1)
    assert b"ok" == asked().read(10)
    assert 2 == asked.server.connections


def test_one_that_is_closed_at_the_next_request_says_that_it_was_stale(ask):
    def handler(talk):
        talk.head()
        talk.say(OK)
        if talk.number == 1:
            talk.head()  # heard, and no answer
        else:
            talk.hold()

    asked = ask(handler)
    asked().read(10)
    with pytest.raises(Broken) as caught:
        asked()
    assert (True, True) == (caught.value.stale, caught.value.sent)
    assert b"ok" == asked(fresh=True).read(10)


def test_a_new_one_that_is_closed_without_an_answer_is_not_stale(ask):
    asked = ask(lambda talk: talk.head() and None)
    with pytest.raises(Broken, match="closed the connection without an answer") as caught:
        asked()
    assert (False, True) == (caught.value.stale, caught.value.sent)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK + b"more", id="more bytes than announced"),
        pytest.param(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), id="the server wants to close"),
        pytest.param(OK.replace(b"1.1", b"1.0"), id="HTTP/1.0"),
    ],
)
def test_one_is_dropped_after(ask, answer):
    asked = ask(for_ever(answer))
    assert [b"ok", b"ok"] == [asked().read(10), asked().read(10)]
    assert 2 == asked.server.connections


def test_one_whose_body_was_not_read_out_is_dropped(ask):
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)
    asked = ask(for_ever(big))
    response = asked()
    next(iter(response))
    response.close()
    assert 1_000_000 == len(asked().read(2_000_000))
    assert 2 == asked.server.connections


def test_an_old_one_is_not_used(ask, monkeypatch):
    monkeypatch.setattr(pool_module, "IDLE_LIMIT", 0.05)
    asked = ask(for_ever())
    asked().read(10)
    time.sleep(0.1)
    asked().read(10)
    assert 2 == asked.server.connections


def test_the_cap_is_on_idle_connections_and_never_on_used_ones(ask, monkeypatch):
    monkeypatch.setattr(pool_module, "IDLE_CAP", 2)
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000)))
    responses = [asked() for _ in range(8)]
    assert 8 == asked.server.connections
    for response in responses:
        response.read(200_000)
    for _ in range(4):
        asked().read(200_000)
    assert 8 == asked.server.connections
    held = [asked() for _ in range(3)]
    assert 9 == asked.server.connections
    for response in held:
        response.close()


def test_many_threads_share_it(ask):
    asked = ask(for_ever())
    counts = at_once(16, lambda _: [asked().read(10) for _ in range(50)].count(b"ok"))
    assert [50] * 16 == counts
    assert asked.server.connections <= 16


def test_pools_are_shared_by_those_who_reach_an_origin_in_the_same_way():
    assert pool_for(Origin("http", "a", 80)) is pool_for(Origin("http", "a", 80))
    assert pool_for(Origin("https", "a", 443)) is not pool_for(Origin("https", "a", 443, verify=False))


# ---------------------------------------------------------------- forks


def test_a_child_has_connections_of_its_own_and_the_parent_keeps_its(ask):
    def handler(talk):
        while talk.head():
            talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % talk.number)

    asked = ask(handler)
    assert b"1" == asked().read(1)
    seen = in_children([lambda: asked().read(1), lambda: asked().read(1)], 10)
    assert b"1" not in seen
    assert 2 == len(set(seen))
    assert b"1" == asked().read(1)


def test_a_child_of_a_child_too_while_threads_are_at_work(ask):
    asked = ask(for_ever())
    over = threading.Event()

    def work():
        while not over.is_set():
            asked().read(10)

    def child():
        return [asked().read(10), *in_children([lambda: asked().read(10)], 10)]

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            assert [[b"ok", b"ok"]] * 2 == in_children([child, child], 20)
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_an_answer_that_was_open_at_the_fork_belongs_to_the_parent(ask):
    data = os.urandom(1_000_000)
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + data))
    chunks = iter(asked())
    head = next(chunks)

    def child():
        try:
            return b"".join(chunks)
        except Broken as error:
            return str(error)

    assert "from which this one was forked" in in_children([child], 10)[0]
    assert data == head + b"".join(chunks)


# ---------------------------------------------------------------- what the caller does


def test_the_callers_own_error_passes_and_the_connection_goes(ask):
    def chunks():
        yield bytes(1000)
        raise OSError("the disk is gone")

    asked = ask(for_ever())
    with pytest.raises(OSError, match="the disk is gone"):
        asked("PUT", chunks(), 2000)
    assert b"ok" == asked().read(10)
    assert 2 == asked.server.connections


@pytest.mark.parametrize("announced", [1500, 2500])
def test_a_body_of_another_length_than_announced_is_not_sent_as_one(ask, announced):
    asked = ask(lambda talk: talk.head() and talk.hold())
    with pytest.raises(Corrupt):
        asked("PUT", iter([bytes(1000), bytes(1000)]), announced)


def test_a_line_break_in_a_header_is_not_sent(ask):
    asked = ask(for_ever())
    with pytest.raises(RuntimeError):
        asked(headers={"a": "b\r\nc: d"})


def test_stop_ends_what_other_threads_wait_for(ask):
    asked = ask(lambda talk: talk.head() and talk.hold())
    stop, caught = Stop(), []

    def work():
        try:
            asked(stop=stop, patience=Patience(20))
        except Broken as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    began = time.monotonic()
    stop.set()
    thread.join(5)
    assert 1 == len(caught)
    assert time.monotonic() - began < 1


# ---------------------------------------------------------------- no connection at all


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Broken, match=f"Nothing listens at 127.0.0.1:{port}") as caught:
        pool_for(Origin("http", "127.0.0.1", port)).exchange("GET", "/", {}, connect=1, patience=Patience(1))
    assert not caught.value.sent


def test_a_name_that_does_not_exist():
    pool = pool_for(Origin("http", "no-such-host.invalid", 80))
    with pytest.raises(Broken, match="cannot be resolved"):
        pool.exchange("GET", "/", {}, connect=1, patience=Patience(1))


def test_a_server_that_accepts_nobody():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(Broken, match=r"did not accept a connection within 0\.3 s"):
            pool_for(Origin("http", "127.0.0.1", port)).exchange("GET", "/", {}, connect=0.3, patience=Patience(9))
        assert time.monotonic() - began < 2
        for each in waiting:
            each.close()
