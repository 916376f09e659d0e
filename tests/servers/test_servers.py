"""The servers start, do what the tests count on, and leave nothing behind however they end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError

from tests.servers.__main__ import SERVERS
from tests.servers.ceph import Ceph
from tests.servers.faults import Fault
from tests.servers.process import Process, wait_until
from tests.servers.proxy import Proxy
from tests.servers.test_process import family, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


# --- Ceph


@pytest.fixture(scope="module")
def ceph() -> Iterator[Ceph]:
    """A cluster of our own, since we kill parts of it."""
    with Ceph() as ceph:
        ceph.create_bucket("servers")
        yield ceph


@pytest.fixture(scope="module")
def s3(ceph: Ceph) -> Iterator[object]:
    with contextlib.closing(ceph.client()) as client:
        yield client


def read(s3, key: str) -> bytes:
    with contextlib.closing(s3.get_object(Bucket="servers", Key=key)["Body"]) as body:
        return body.read()


def test_ceph_keeps_what_it_is_given(s3):
    s3.put_object(Bucket="servers", Key="kept", Body=b"whole")
    assert b"whole" == read(s3, "kept")


def test_ceph_over_tls(ceph):
    assert ceph.ca_file.is_file()
    with contextlib.closing(ceph.client(tls=True)) as client:
        client.put_object(Bucket="servers", Key="tls", Body=b"sealed")
        assert b"sealed" == read(client, "tls")


def test_ceph_takes_the_bucket_in_the_host_name_too(ceph, s3):
    s3.put_object(Bucket="servers", Key="hosted", Body=b"x", ACL="public-read")
    with socket.create_connection((ceph.host, ceph.port), timeout=10) as sock:
        sock.sendall(b"GET /hosted HTTP/1.1\r\nHost: servers.localhost\r\nConnection: close\r\n\r\n")
        with sock.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 200")


def test_a_stranger_has_no_rights(ceph, s3):
    s3.put_object(Bucket="servers", Key="private", Body=b"mine")
    with contextlib.closing(ceph.client(stranger=True)) as stranger:
        for attempt in (
            lambda: stranger.get_object(Bucket="servers", Key="private"),
            lambda: stranger.put_object(Bucket="servers", Key="private", Body=b"theirs"),
            lambda: stranger.list_objects_v2(Bucket="servers"),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                attempt()
        stranger.create_bucket(Bucket="strangers")
    assert b"mine" == read(s3, "private")


def test_a_race_to_create_has_one_winner(s3):
    for number in range(3):
        start = threading.Barrier(16)

        def create(body: bytes, key: str = f"race{number}", start: threading.Barrier = start) -> int:
            start.wait()
            try:
                answer = s3.put_object(Bucket="servers", Key=key, Body=body, IfNoneMatch="*")
            except ClientError as error:
                answer = error.response
            return answer["ResponseMetadata"]["HTTPStatusCode"]

        bodies = [b"%d" % racer for racer in range(16)]
        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(create, bodies))
        assert [200] + [412] * 15 == sorted(statuses)
        assert bodies[statuses.index(200)] == read(s3, f"race{number}")


def test_each_osd_may_die_and_return(ceph, s3):
    for osd in range(ceph.osds):
        ceph.osd_kill(osd)
        s3.put_object(Bucket="servers", Key=f"without{osd}", Body=b"x")
        ceph.osd_start(osd)
    assert [b"x"] * ceph.osds == [read(s3, f"without{osd}") for osd in range(ceph.osds)]


def test_below_the_minimum_writes_hang_and_happen_later(ceph, s3):
    ceph.osd_kill(0)
    ceph.osd_kill(1)
    try:
        with (
            contextlib.closing(ceph.client(read_timeout=1)) as hasty,
            pytest.raises((ReadTimeoutError, ConnectionClosedError)),
        ):
            hasty.put_object(Bucket="servers", Key="late", Body=b"late")
    finally:
        ceph.osd_start(0)
        ceph.osd_start(1)
    assert b"late" == read(s3, "late")


def test_two_clusters_do_not_meet(ceph, s3):
    with Ceph() as other:
        assert 4 == len({ceph.port, ceph.tls_port, other.port, other.tls_port})
        other.create_bucket("servers")
        with contextlib.closing(other.client()) as client:
            assert 0 == client.list_objects_v2(Bucket="servers")["KeyCount"]
            client.put_object(Bucket="servers", Key="other", Body=b"x")
        pids = [process.pid for process in other.processes]
        folder = other.ca_file.parent
    assert [False] * 5 == [runs(pid) for pid in pids]
    assert not folder.exists()
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(s3, "other")


def test_a_start_that_fails_leaves_nothing(monkeypatch):
    ceph = Ceph()
    seen: list[Process] = []

    def fail() -> None:
        seen.extend(ceph.processes)
        raise KeyboardInterrupt

    monkeypatch.setattr(ceph, "_warm_up", fail)
    with pytest.raises(KeyboardInterrupt):
        ceph.start()
    assert 5 == len(seen)
    assert [False] * 5 == [process.alive for process in seen]
    assert not ceph.ca_file.parent.exists()


# --- Ceph behind the proxy


@pytest.fixture
def proxy(ceph: Ceph) -> Iterator[Proxy]:
    with Proxy(ceph.host, ceph.port) as proxy:
        yield proxy
        proxy.assert_all_fired()


@pytest.fixture
def through(ceph: Ceph, proxy: Proxy) -> Iterator[object]:
    with contextlib.closing(ceph.client(endpoint=proxy.endpoint)) as client:
        yield client


def test_signed_requests_pass_the_proxy_and_are_counted(proxy, through):
    body = os.urandom(1_000_000)
    with proxy.counting() as seen:
        through.put_object(Bucket="servers", Key="passed", Body=body)
        assert body == read(through, "passed")
        through.head_object(Bucket="servers", Key="passed")
        through.delete_object(Bucket="servers", Key="passed")
    assert ["PUT", "GET", "HEAD", "DELETE"] == seen.methods
    assert [200, 200, 200, 204] == seen.statuses
    assert (1_000_000, 1_000_000, 1) == (seen.sent, seen.received, seen.connections)


def test_a_lost_reply_is_a_stored_object(proxy, through, s3):
    proxy.plan(Fault("lose_reply", match="PUT"))
    with pytest.raises(ConnectionClosedError):
        through.put_object(Bucket="servers", Key="unsure", Body=b"stored", IfNoneMatch="*")
    assert b"stored" == read(s3, "unsure")
    assert [200] == [request.upstream_status for request in proxy.requests]


def test_ceph_notices_a_bit_flipped_on_the_way(proxy, through, s3):
    proxy.plan(Fault("flip_upload"))
    with pytest.raises(ClientError, match="XAmzContentSHA256Mismatch"):
        through.put_object(Bucket="servers", Key="flipped", Body=b"x" * 1000)
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(s3, "flipped")


def test_an_error_reads_like_one_of_s3(proxy, through):
    proxy.plan(Fault("error_before", status=503), Fault("truncate", at=10, match="GET"))
    with pytest.raises(ClientError) as caught:
        through.put_object(Bucket="servers", Key="slow", Body=b"0123456789 and more")
    assert "SlowDown" == caught.value.response["Error"]["Code"]
    through.put_object(Bucket="servers", Key="slow", Body=b"0123456789 and more")
    with pytest.raises(HTTPClientError, match="IncompleteRead"):
        read(through, "slow")


# --- python -m tests.servers


@contextlib.contextmanager
def servers_running() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process group of its own, and what it printed."""
    command = [sys.executable, "-m", "tests.servers"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=pipe, stderr=pipe, start_new_session=True) as child:
        try:
            said = "".join(iter(child.stderr.readline, "Running. Ctrl-C stops everything.\n"))
            assert said.startswith("Starting ")
            yield child, os.read(child.stdout.fileno(), 65536).decode()
        finally:
            child.kill()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_command_leaves_nothing_however_it_ends(signum):
    with servers_running() as (child, printed):
        namespace = {"STORAGES": {}}
        exec(printed.split("\n\n")[0], namespace)
        entry = namespace["STORAGES"]["ceph"]
        assert "holdfast.RemoteStorage" == entry["BACKEND"]
        assert {"BACKEND", "OPTIONS"} == set(entry["OPTIONS"]["store"])
        assert "make demo" in printed
        pids = list(family(child.pid))
        assert len(pids) >= 8  # Ceph has five processes, the others one each
        os.killpg(child.pid, signum)  # as a terminal does
        assert (-9 if signum == signal.SIGKILL else 0) == child.wait(30)
        wait_until(lambda: not any(runs(pid) for pid in pids), 10, "the guard")


def test_an_unknown_server_is_refused():
    command = [sys.executable, "-m", "tests.servers", "cephalopod"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 2 == ended.returncode
    assert "no such server: cephalopod; there are ceph" in ended.stderr


def test_every_server_can_be_installed():
    script = (ROOT / "scripts/install-servers").read_text()
    assert set(SERVERS) <= set(re.findall(r"^ {4}\[(\w+)\]=", script, re.MULTILINE))
