"""Credentials that the service says have expired are looked for anew: once, by one thread."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from holdfast.errors import Unavailable
from holdfast.types import Secret
from holdfast.wire import credentials as module
from holdfast.wire.credentials import Anonymous, ChainCredentials, Credentials, StaticCredentials
from tests.wire.test_credentials import PROCESS


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "agent.py").write_text(PROCESS)
    (tmp_path / "life").write_text("7200")
    command = f"{sys.executable} {tmp_path / 'agent.py'} {tmp_path}"
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {command}\n")
    return tmp_path


def calls(home):
    return len((home / "calls").read_text())


def test_the_source_is_asked_though_they_should_hold(home):
    provider = ChainCredentials()
    first = provider.get()
    second = provider.renew(first)
    assert ("KEY1", "KEY2", 2) == (first.access_key, second.access_key, calls(home))
    assert second is provider.get()


def test_who_comes_later_gets_what_the_first_one_found(home):
    provider = ChainCredentials()
    first = provider.get()
    found = []
    threads = [threading.Thread(target=lambda: found.append(provider.renew(first))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ({"KEY2"}, 8, 2) == ({each.access_key for each in found}, len(found), calls(home))


def test_a_source_that_has_nothing_newer_is_not_asked_each_time(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "word")
    asked = []
    provider = ChainCredentials()
    first = provider.get()
    find = provider._find
    monkeypatch.setattr(provider, "_find", lambda state: asked.append(1) or find(state))
    assert first is provider.renew(first) is provider.renew(first) is provider.renew(first)
    assert [1] == asked
    monkeypatch.setattr(module, "PAUSE", -1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "NEW")
    assert "NEW" == provider.renew(first).access_key


def test_a_source_that_fails_leaves_what_there_was(home):
    provider = ChainCredentials()
    first = provider.get()
    (home / "life").write_text("failing")
    assert first is provider.renew(first)


def test_waiting_for_another_thread_has_an_end(home, monkeypatch):
    provider = ChainCredentials()
    first = provider.get()
    monkeypatch.setattr(module, "WAIT", 0.1)
    with provider._state.lock, pytest.raises(Unavailable, match="another thread"):
        provider.renew(first)


def test_a_forked_child_looks_for_itself(home):
    provider = ChainCredentials()
    first = provider.get()
    with provider._state.lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if provider.renew(first).access_key == "KEY2" else 1)
    assert 0 == os.waitpid(child, 0)[1]


def test_keys_that_never_change():
    refused = Credentials("KEY", Secret("word"))
    static = StaticCredentials("KEY", "word")
    assert (static.get(), None) == (static.renew(refused), Anonymous().renew(refused))
