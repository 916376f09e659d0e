"""Answers are read strictly, to the last byte, and within their time."""

from __future__ import annotations

import time

import pytest

from holdfast.wire.broken import Broken
from holdfast.wire.connection import Patience
from tests.wire.scripted import OK, answering, for_ever


def test_status_headers_and_body(ask):
    answer = ask(for_ever(b"HTTP/1.1 201 Made\r\nX-One:  a \r\nX-ONE: b\r\nContent-Length: 2\r\n\r\nok"))()
    assert (201, "a, b", b"ok") == (answer.status, answer.headers["x-one"], answer.read(10))


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_no_body_whatever_the_length_says(ask, status):
    asked = ask(for_ever(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"))
    assert [b"", b""] == [asked().read(10), asked().read(10)]
    assert 1 == asked.server.connections


def test_no_body_after_head(ask):
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))
    assert ["5", "5"] == [asked("HEAD").headers["content-length"] for _ in range(2)]
    assert 1 == asked.server.connections


def test_in_chunks(ask):
    body = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n"
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body))
    assert [b"hello world"] * 2 == [asked().read(100) for _ in range(2)]
    assert 1 == asked.server.connections


def test_in_chunks_byte_by_byte(ask):
    def handler(talk):
        talk.head()
        for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n":
            talk.say(bytes([byte]))
            time.sleep(0.001)

    assert b"hello" == ask(handler)().read(100)


def test_up_to_the_end_of_the_connection(ask):
    assert b"hello" == ask(answering(b"HTTP/1.1 200 OK\r\n\r\nhello"))().read(100)


def test_interim_answers_are_passed_over(ask):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    assert b"ok" == ask(for_ever(early + early + OK))().read(10)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/2 200 OK\r\n\r\n", id="another version"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", id="no colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", id="space before the colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", id="folded line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: b\x00\r\n\r\n", id="control character"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n", id="bare line feeds"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", id="two lengths"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="both"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", id="another coding"),
        pytest.param(b"HTTP/1.1 101 Switching\r\n\r\n", id="101"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000, id="too long"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, answer):
    with pytest.raises(Broken, match="makes no sense") as caught:
        ask(answering(answer))()
    assert caught.value.sent


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"Content-Length: 10\r\n\r\nhello", id="shorter than announced"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", id="no last chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n9\r\nhello", id="cut chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", id="longer chunk"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n0\r\n\r\n", id="no size"),
    ],
)
def test_a_body_that_is_not_whole_is_never_silence(ask, body):
    with pytest.raises(Broken, match="broke within an answer"):
        ask(answering(b"HTTP/1.1 200 OK\r\n" + body))().read(100)


def test_more_than_the_limit_is_refused(ask):
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000)))
    for limit in (10, 99_999):
        with pytest.raises(Broken, match="longer"):
            asked().read(limit)


# ---------------------------------------------------------------- time


def seconds_of(call):
    began = time.monotonic()
    with pytest.raises(Broken) as caught:
        call()
    return time.monotonic() - began, caught.value


def test_silence_ends(ask):
    taken, error = seconds_of(ask(lambda talk: talk.head() and talk.hold()))
    assert 0.4 < taken < 1.5
    assert error.sent
    assert "did not answer within 0.5 s" in str(error)


def drip(data, pause=0.05):
    def handler(talk):
        talk.head()
        for byte in data:
            talk.say(bytes([byte]))
            time.sleep(pause)

    return handler


def test_a_trickle_of_headers_ends(ask):
    taken, _ = seconds_of(ask(drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000)))
    assert taken < 1.5


def test_a_trickle_of_a_body_ends(ask):
    asked = ask(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000), 0.01))
    taken, error = seconds_of(lambda: asked(patience=Patience(1)).read(2000))
    assert taken < 4
    assert "stopped sending" in str(error)


def test_a_slow_but_steady_body_does_not_end(ask):
    def handler(talk):
        talk.head()
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 655360\r\n\r\n")
        for _ in range(10):
            time.sleep(0.15)
            talk.say(bytes(65536))

    assert 655_360 == len(ask(handler)().read(10**6))


def test_a_slow_reader_loses_nothing(ask):
    asked = ask(for_ever(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)))
    got = 0
    for number, chunk in enumerate(asked(patience=Patience(0.3))):
        got += len(chunk)
        time.sleep(0.2 if number < 4 else 0)
    assert 1_000_000 == got


def test_the_deadline_bounds_the_whole(ask):
    asked = ask(lambda talk: talk.head() and talk.hold())
    taken, _ = seconds_of(lambda: asked(patience=Patience(20, time.monotonic() + 0.3)))
    assert taken < 1


def test_a_server_that_does_not_take_the_body_does_not_hold_us(ask):
    def handler(talk):
        talk.hold()

    taken, error = seconds_of(lambda: ask(handler)("PUT", (bytes(65536) for _ in range(1000)), 65_536_000))
    assert taken < 3
    assert not error.sent


# ---------------------------------------------------------------- 100-continue, and answers before their time

EXPECT = {"expect": "100-continue"}


def test_the_body_waits_for_the_go_ahead(ask):
    order = []

    def handler(talk):
        talk.head()
        time.sleep(0.1)
        order.append("continue")
        talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        order.append(talk.body(5))
        talk.say(OK)

    def chunks():
        order.append("sending")
        yield b"hello"

    assert b"ok" == ask(handler)("PUT", chunks(), 5, headers=EXPECT).read(10)
    assert ["continue", "sending", b"hello"] == order


def test_the_body_goes_out_where_nobody_says_go_ahead(ask):
    def handler(talk):
        talk.head()
        body = talk.body(5)
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body)

    asked = ask(handler)
    asked.idle = 5
    began = time.monotonic()
    assert b"hello" == asked("PUT", iter([b"hello"]), 5, headers=EXPECT).read(10)
    assert 0.9 < time.monotonic() - began < 3


def test_a_no_before_the_body_keeps_the_body_back(ask):
    no = b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"
    asked = ask(for_ever(no))
    sent = []

    def chunks():
        sent.append(True)
        yield b"hello"

    answer = asked("PUT", chunks(), 5, headers=EXPECT)
    assert (403, b"no", []) == (answer.status, answer.read(10), sent)
    # The server may still wait for the body: the connection is of no use any more.
    asked().read(10)
    assert 2 == asked.server.connections


def test_a_no_in_the_middle_of_the_body_is_heard(ask):
    def handler(talk):
        talk.head()
        talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        talk.hold()

    def chunks():
        for _ in range(1000):
            yield bytes(65536)
            time.sleep(0.001)

    assert 413 == ask(handler)("PUT", chunks(), 65_536_000).status


def test_a_no_before_a_reset_is_heard(ask):
    def handler(talk):
        talk.head()
        talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        time.sleep(0.2)  # and then closed, with much unread: a reset

    def chunks():
        for number in range(100):
            yield bytes(65536)
            if number == 3:
                time.sleep(0.5)

    assert 413 == ask(handler)("PUT", chunks(), 6_553_600).status
