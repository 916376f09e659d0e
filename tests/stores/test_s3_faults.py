"""Whatever happens on the way: one object, whole, under its name; and an error says what is known."""

from __future__ import annotations

import hashlib
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from holdfast.digests import verified
from holdfast.errors import AlreadyExists, Changed, Corrupt, Refused, StoreError, Unavailable, Uncertain
from holdfast.source import Source
from holdfast.stores.s3 import put as s3_put
from holdfast.testing.children import at_once
from holdfast.types import Read, Write
from tests.servers.faults import Fault

OVER = Write(overwrite=True)


def put(store, key, data=b"x", how=Write()):
    return store.put(key, Source.of(data), how)


# ---------------------------------------------------------------- a create, exactly once


@pytest.mark.parametrize(
    ("fault", "methods"),
    [
        pytest.param(Fault("lose_reply", match="PUT"), ["PUT", "HEAD"], id="reply lost"),
        pytest.param(Fault("error_after", match="PUT"), ["PUT", "HEAD"], id="500 after the commit"),
        pytest.param(Fault("error_after", match="PUT", status=409), ["PUT", "HEAD"], id="409 after the commit"),
        pytest.param(Fault("error_after", match="PUT", status=503), ["PUT", "HEAD"], id="503 after the commit"),
        pytest.param(
            Fault("error_after", match="PUT", status=503, headers={"Retry-After": "0.1"}),
            ["PUT", "HEAD"],
            id="503 after the commit, with a pause that is none",
        ),
        pytest.param(
            Fault("error_after", match="PUT", status=503, headers={"Retry-After": "1"}),
            ["PUT", "PUT", "HEAD"],
            id="503 after the commit, with a pause",
        ),
        pytest.param(Fault("stall_before_reply", match="PUT"), ["PUT", "HEAD"], id="no reply"),
        pytest.param(Fault("reset_before", match="PUT"), ["PUT", "HEAD", "PUT"], id="reset"),
        pytest.param(Fault("error_before", match="PUT"), ["PUT", "HEAD", "PUT"], id="503"),
        pytest.param(Fault("error_before", match="PUT", status=500), ["PUT", "HEAD", "PUT"], id="500"),
        pytest.param(Fault("error_before", match="PUT", status=409), ["PUT", "HEAD", "PUT"], id="409"),
        pytest.param(Fault("error_before", match="PUT", status=400), ["PUT", "HEAD", "PUT"], id="400 too slow"),
        pytest.param(Fault("flip_upload", match="PUT"), ["PUT", "PUT"], id="bit flipped"),
    ],
)
@pytest.mark.parametrize("size", [5, 300_000, 3_000_000])
def test_one_fault(through, proxy, place, fault, methods, size):
    store, data = through(read_timeout=1), os.urandom(size)
    proxy.plan(fault)
    with proxy.counting() as counted:
        entry = put(store, "k", data)
    if fault.kind == "reset_before" and size > 64 * 1024 and counted.count == 2:
        methods = ["PUT", "PUT"]  # reset before all of the body was out: nothing can have come of it
    assert methods == counted.methods
    assert (["k"], data) == (place.keys(), place.store().get("k").read())
    assert (size, place.store().head("k").etag) == (entry.size, entry.etag)


@pytest.mark.parametrize("size", [5, 3_000_000])
def test_hung_up_on_at_once(through, proxy, place, size):
    proxy.plan(Fault("refuse"))
    put(through(), "k", bytes(size))
    assert (["k"], size) == (place.keys(), place.store().head("k").size)


@pytest.mark.parametrize("again", [Fault("lose_reply", match="HEAD"), Fault("error_before", match="HEAD")], ids=str)
def test_the_question_may_fail_too(through, proxy, place, again):
    proxy.plan(Fault("lose_reply", match="PUT"), again)
    with proxy.counting() as counted:
        put(through(), "k", b"hello")
    assert (["PUT", "HEAD", "HEAD"], ["k"]) == (counted.methods, place.keys())


def test_somebody_else_was_first(through, proxy, place):
    put(place.store(), "k", b"theirs")
    with proxy.counting() as counted, pytest.raises(AlreadyExists):
        put(through(), "k", b"ours")
    assert ["PUT"] == counted.methods


@pytest.mark.parametrize("kind", ["lose_reply", "error_after", "reset_before", "error_before"])
def test_somebody_else_was_first_and_the_reply_was_lost(through, proxy, place, kind):
    put(place.store(), "k", b"theirs")
    proxy.plan(Fault(kind, match="PUT"))
    with proxy.counting() as counted, pytest.raises(AlreadyExists) as caught:
        put(through(), "k", b"ours")
    assert ["PUT", "HEAD"] == counted.methods
    assert ("k", b"theirs") == (caught.value.key, place.store().get("k").read())


def test_never_sent_is_unavailable_and_nothing_more(through, proxy, place):
    with proxy.down(), pytest.raises(Unavailable) as caught:
        put(through(), "k", b"hello")
    assert Unavailable is type(caught.value)


def test_the_service_itself_says_no_each_time(through, proxy, place):
    proxy.plan(Fault("error_before", count=4, match="PUT"))
    with proxy.counting() as counted, pytest.raises(Unavailable, match="SlowDown") as caught:
        put(through(), "k", b"hello")
    assert Unavailable is type(caught.value)
    assert (4, []) == (counted.methods.count("PUT"), place.keys())


def test_silence_each_time_is_uncertain(through, proxy, place):
    # Five: one of the four attempts is over a connection that was used before, and does not count.
    proxy.plan(Fault("reset_before", count=5, match="PUT"))
    with pytest.raises(Uncertain, match="look again") as caught:
        put(through(), "k", b"hello")
    assert ("k", f"s3://{place.bucket}") == (caught.value.key, caught.value.store)
    assert [] == place.keys()


def test_nobody_answers_the_question(through, proxy, place):
    proxy.plan(Fault("lose_reply", match="PUT"), Fault("error_before", count=4, match="HEAD"))
    with pytest.raises(Uncertain, match="could not be found out"):
        put(through(), "k", b"hello")
    assert b"hello" == place.store().get("k").read()


def test_the_question_is_not_allowed(through, proxy, place):
    proxy.plan(Fault("lose_reply", match="PUT"), Fault("error_before", match="HEAD", status=403))
    with pytest.raises(Uncertain):
        put(through(), "k", b"hello")


def test_a_question_whose_answer_is_hidden_does_not_make_it_somebody_elses(through, proxy, place):
    """Where 403 is taken for "not there", our own object must not become a collision and then a second file."""
    proxy.plan(Fault("lose_reply", match="PUT"), Fault("error_before", count=2, match="HEAD", status=403))
    with pytest.raises(Uncertain):
        put(through(missing_when_denied=True), "k", b"hello")
    assert b"hello" == place.store().get("k").read()


def test_a_stalled_service_does_not_hold_us(through, proxy):
    store = through(read_timeout=0.5, timeout=2)
    proxy.plan(Fault("stall_before_reply", count=100))
    began = time.monotonic()
    with pytest.raises(Unavailable):
        store.head("k")
    with pytest.raises(Uncertain):
        put(store, "k", b"hello")
    assert time.monotonic() - began < 10
    proxy.reset()


def test_a_line_that_flips_bits_each_time(through, proxy, place):
    proxy.plan(Fault("flip_upload", count=4, match="PUT"))
    with pytest.raises(Corrupt, match="did not arrive as they were sent"):
        put(through(), "k", b"hello")
    assert [] == place.keys()


@pytest.mark.parametrize("checksum", ["crc32", "sha256"])
def test_bits_flipped_with_another_checksum(through, proxy, place, checksum):
    """Ceph 16 does not know the CRC; the SHA-256 it checks as a part of the signature."""
    store = through(checksum=checksum)
    proxy.plan(Fault("flip_upload", match="PUT"))
    put(store, "k", b"hello")
    assert (checksum == "sha256") == (place.store().get("k").read() == b"hello")


def test_a_service_that_kept_other_bytes(place, monkeypatch):
    monkeypatch.setattr(s3_put, "digest_of", lambda *_: s3_put.Digest({}, {"md5": "0" * 32}))
    with pytest.raises(Corrupt, match="kept other bytes"):
        put(place.store(), "k", b"hello")
    assert [] == place.keys()


def test_an_idle_connection_that_was_closed_costs_nothing(through, proxy, place):
    store = through()
    put(store, "a")
    proxy.drop_idle()
    with proxy.counting() as counted:
        put(store, "b")
    assert (["PUT"], ["a", "b"]) == (counted.methods, place.keys())


# ---------------------------------------------------------------- replacing, exactly once


@pytest.mark.parametrize("kind", ["lose_reply", "error_after", "reset_before", "error_before", "flip_upload"])
def test_replacing_one_version(through, proxy, place, kind):
    store = through()
    first = put(store, "k", b"one")
    proxy.plan(Fault(kind, match="PUT"))
    second = put(store, "k", b"two", Write(etag=first.etag))
    assert (b"two", second.etag) == (place.store().get("k").read(), place.store().head("k").etag)


def test_replacing_a_version_that_somebody_replaced_and_the_reply_was_lost(through, proxy, place):
    store = through()
    first = put(store, "k", b"one")
    put(place.store(), "k", b"theirs", OVER)
    proxy.plan(Fault("lose_reply", match="PUT"))
    with pytest.raises(Changed):
        put(store, "k", b"two", Write(etag=first.etag))
    assert b"theirs" == place.store().get("k").read()


@pytest.mark.parametrize("kind", ["lose_reply", "error_after", "reset_before", "error_before", "flip_upload"])
def test_writing_over_is_just_done_again(through, proxy, place, kind):
    store = through()
    put(store, "k", b"one")
    proxy.plan(Fault(kind, match="PUT"))
    with proxy.counting() as counted:
        put(store, "k", b"two", OVER)
    assert (["PUT", "PUT"], b"two") == (counted.methods, place.store().get("k").read())


# ---------------------------------------------------------------- reading on


@pytest.mark.parametrize("kind", ["reset_during_body", "truncate", "stall_body"])
@pytest.mark.parametrize("at", [0, 1, 0.5, -1])
def test_a_broken_body_is_resumed(through, proxy, place, kind, at):
    store, data = through(read_timeout=0.5), os.urandom(2_000_000)
    put(place.store(), "k", data)
    proxy.plan(Fault(kind, match="GET", at=at))
    with proxy.counting() as counted:
        assert data == store.get("k").read()
    assert ["GET", "GET"] == counted.methods
    proxy.plan(Fault(kind, match="GET", at=at))
    assert data[1000:-1000] == store.get("k", Read(start=1000, end=1_999_000)).read()


def test_again_and_again_while_it_makes_progress(through, proxy, place):
    data = os.urandom(12_000_000)
    put(place.store(), "k", data)
    proxy.plan(Fault("reset_during_body", count=8, match="GET", at=1_200_000))
    assert data == through().get("k").read()


def test_but_not_for_ever(through, proxy, place):
    put(place.store(), "k", bytes(2_000_000))
    proxy.plan(Fault("reset_during_body", count=4, match="GET", at=1000))
    with pytest.raises(Unavailable, match="broke off") as caught:
        through().get("k").read()
    assert "k" == caught.value.key


def test_a_trickle_is_left_for_another_connection(through, proxy, place):
    data = os.urandom(300_000)
    put(place.store(), "k", data)
    proxy.plan(Fault("trickle", match="GET", rate=20_000))
    began = time.monotonic()
    assert data == through(read_timeout=1).get("k").read()
    assert time.monotonic() - began < 8


def test_what_was_replaced_meanwhile_is_not_mixed(through, proxy, place):
    put(place.store(), "k", bytes(2_000_000))
    proxy.plan(Fault("reset_during_body", match="GET", at=1_000_000))
    with through().get("k") as body:
        chunks = iter(body)
        next(chunks)
        put(place.store(), "k", os.urandom(2_000_000), OVER)
        with pytest.raises(Changed):
            list(chunks)


def test_a_flipped_bit_can_be_found(through, proxy, place):
    put(place.store(), "k", bytes(200_000))
    proxy.plan(Fault("flip", match="GET"))
    with pytest.raises(Corrupt, match="md5"):
        list(verified(through().get("k")))


@pytest.mark.parametrize("said", ["bytes 0-9/10", "bytes 5-3/10", "bytes 2-5/4", "bytes */10", "nonsense", None])
def test_a_service_that_lies_about_the_range(through, proxy, said):
    headers = {"Content-Range": said} if said else {}
    proxy.plan(Fault("error_before", match="GET", status=206, headers=headers))
    with pytest.raises(Unavailable, match="another range"):
        through().get("k", Read(start=2, end=6))


def test_a_service_that_knows_no_ranges(through, proxy, place):
    put(place.store(), "k", b"0123456789" * 30_000)
    store = through()

    def whole(request):
        return request.method == "GET"

    # Forwarded without the Range header: the answer is 200 with everything in it.
    call = store._client.once
    store._client.once = lambda asked, attempts: call(  # type: ignore[method-assign]
        type(asked)(asked.method, asked.key, bulk=True), attempts
    )
    with store.get("k", Read(start=100_000, end=250_000)) as body:
        assert ((b"0123456789" * 30_000)[100_000:250_000], 100_000, 250_000) == (body.read(), body.start, body.end)


# ---------------------------------------------------------------- races and storms


def test_thirty_two_creators_and_one_winner(place):
    def create(number):
        try:
            put(place.store(), "k", b"%d" % number)
        except AlreadyExists:
            return None
        return number

    for _ in range(3):
        [winner] = [number for number in at_once(32, create) if number is not None]
        assert b"%d" % winner == place.store().get("k").read()
        place.store().delete("k")


def test_a_thousand_saves_in_a_storm(through, proxy, place):
    """Every fourth request fails in some way. Whoever was told that it is saved finds it, once and whole."""
    store = through(read_timeout=0.6, timeout=6)
    contents = {
        f"{number:04}": random.Random(number).randbytes(random.Random(number).randrange(3000))
        for number in range(1000)
    }
    storm = proxy.storm(
        0.25,
        [
            Fault("lose_reply"),
            Fault("reset_before"),
            Fault("error_before", status=500),
            Fault("error_before", status=503),
            Fault("error_before", status=409, match="PUT"),
            Fault("error_after", status=500),
            Fault("error_after", status=503),
            Fault("flip_upload", match="PUT"),
            Fault("stall_before_reply", seconds=1),
        ],
        seed=4,
    )
    outcomes = {}

    def save(key):
        try:
            outcomes[key] = put(store, key, contents[key])
        except StoreError as error:
            outcomes[key] = error

    began = time.monotonic()
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(save, contents))
    proxy.calm()
    proxy.reset()
    assert time.monotonic() - began < 90

    direct = place.store()
    kept = {entry.key: direct.get(entry.key).read() for entry in direct.list()}
    saved = [key for key, outcome in outcomes.items() if not isinstance(outcome, StoreError)]
    kinds = {type(outcome) for outcome in outcomes.values() if isinstance(outcome, StoreError)}
    assert sum(storm.fired.values()) > 200
    assert kinds <= {Unavailable, Uncertain, Corrupt}
    assert len(saved) > 900
    assert {} == {key: len(data) for key, data in kept.items() if data != contents.get(key)}
    assert set() == set(saved) - set(kept)
    absent = {key for key, outcome in outcomes.items() if type(outcome) in (Unavailable, Corrupt)}
    assert set() == absent & set(kept)
    for key in saved:
        assert hashlib.md5(contents[key]).hexdigest() == outcomes[key].digests["md5"]


def test_refused_for_good_is_not_tried_again(through, proxy):
    proxy.plan(Fault("error_before", match="PUT", status=400, code="EntityTooLarge"))
    with proxy.counting() as counted, pytest.raises(Refused):
        put(through(), "k", b"hello")
    assert 1 == counted.count
