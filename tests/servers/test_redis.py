"""Redis, seen by its Python client and by redis-cli."""

from __future__ import annotations

import contextlib
import shlex
import subprocess

import pytest
import redis

from tests.servers.redis import Redis


def test_it_keeps_what_it_is_given(redis_server):
    with contextlib.closing(redis.Redis.from_url(redis_server.url)) as client:
        client.set("kept", b"whole")
        assert b"whole" == client.get("kept")


def test_another_password_or_none_is_refused(redis_server):
    for url, complaint in (
        (redis_server.url_of("wrong-horse"), "invalid username-password pair"),
        (redis_server.url_of(""), "without password|already authenticated|Authentication required"),
    ):
        with (
            contextlib.closing(redis.Redis.from_url(url)) as client,
            pytest.raises(redis.AuthenticationError, match=complaint),
        ):
            client.ping()


@pytest.mark.parametrize("password", ["", "a/b@c:d?e#f%20 g\"h\\i'j"])
def test_there_may_be_no_password_or_a_difficult_one(password):
    with Redis(password=password) as server, contextlib.closing(redis.Redis.from_url(server.url)) as client:
        assert client.ping()


def test_the_command_for_a_person_works(redis_server):
    command = [*shlex.split(redis_server.reach().command), "ping"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert ("PONG\n", "") == (ended.stdout, ended.stderr)


def test_nothing_is_written_to_disk(redis_server):
    with contextlib.closing(redis_server.client()) as client:
        assert {"save": "", "appendonly": "no"} == client.config_get("save", "appendonly")
