"""What holds for every server: it starts, stands beside others of its kind, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.servers import openssh, redis, vsftpd
from tests.servers.__main__ import SERVERS
from tests.servers.process import Process, ProcessDied, wait_until
from tests.servers.server import Details, Reach, Server, find_program
from tests.servers.test_process import family, runs

LIGHT: dict[str, tuple[type[Server], ModuleType, str, str]] = {
    "openssh": (openssh.OpenSSH, openssh, "sshd", "Bad configuration option: nonsense"),
    "redis": (redis.Redis, redis, "redis", "Bad directive or wrong number of arguments"),
    "vsftpd": (vsftpd.Vsftpd, vsftpd, "vsftpd", "unrecognised variable in config file: nonsense"),
}
"""Those that start in a moment, their modules, their processes, and what they say of an option called nonsense."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where servers make theirs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(params=LIGHT)
def kind(request: pytest.FixtureRequest) -> type[Server]:
    return LIGHT[request.param][0]


def test_it_ends_with_the_sessions_of_its_clients(kind, temporary):
    before = set(family(os.getpid()))
    server = kind()
    with contextlib.ExitStack() as closing:
        with server:
            [folder] = temporary.iterdir()
            assert server.port > 0
            client = closing.enter_context(contextlib.closing(server.client()))
            if kind is redis.Redis:
                client.ping()
            pids = set(family(os.getpid())) - before
            assert len(pids) >= 2
        wait_until(lambda: not any(map(runs, pids)), 5, "the end of the sessions")
        assert not folder.exists()
    assert [] == list(temporary.iterdir())
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # despite connections in TIME_WAIT
        free.bind((server.host, server.port))


def test_stopping_twice_or_before_the_start_does_no_harm(kind, temporary):
    server = kind()
    server.stop()
    server.start()
    server.stop()
    server.stop()
    assert [] == list(temporary.iterdir())


def test_it_can_be_started_again(kind, temporary):
    server = kind()
    for _ in range(2):
        with server:
            server.client().close()
    assert [] == list(temporary.iterdir())


def test_two_stand_side_by_side(kind):
    with kind() as one, kind() as other:
        assert one.port != other.port
        one.client().close()
        one.stop()
        other.client().close()


@pytest.mark.parametrize(("kind", "module", "program", "complaint"), LIGHT.values(), ids=LIGHT)
def test_a_start_that_fails_shows_the_log_and_leaves_nothing(
    kind, module, program, complaint, temporary, monkeypatch
):
    born: list[Process] = []

    class Remembered(Process):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)
            born.append(self)

    monkeypatch.setattr("tests.servers.process.Process", Remembered)
    monkeypatch.setattr(module, "CONF", f"{module.CONF}\nnonsense=YES\n")
    with pytest.raises(ProcessDied, match=f"(?s)^{program} ended with status.*{re.escape(complaint)}"):
        kind().start()
    assert born
    assert not any(process.alive for process in born)
    assert [] == list(temporary.iterdir())


@pytest.mark.parametrize("name", SERVERS)
def test_a_missing_program_is_named(name, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("tests.servers.server.SBIN", "/nowhere")
    server = SERVERS[name]()
    with pytest.raises(FileNotFoundError) as caught:
        server.start()
    programs = ", ".join(server.commands)
    assert f"{name} needs {programs}: run scripts/install-servers {name}" == str(caught.value)


def test_a_program_is_found_where_only_root_has_a_path(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    path = find_program("sshd")
    assert path is not None
    assert path.endswith("/sbin/sshd")
    assert find_program("no-such-program") is None


def test_a_person_is_told_what_is_there_and_no_store_that_is_not():
    entry = {"BACKEND": "other.Storage", "OPTIONS": {"port": 7}}
    told = Details(facts={"host": "h", "port": 7}, command="try it", storage=entry).describe("thing")
    namespace: dict[str, object] = {"STORAGES": {}}
    exec(told.split("\n\n")[0], namespace)
    assert {"thing": entry} == namespace["STORAGES"]
    assert "make demo" not in told
    assert ["# thing: in a shell", "try it", "#   host: h", "#   port: 7"] == told.split("\n\n")[1].splitlines()
    assert "STORAGES" not in Details(facts={}, command="try it").describe("thing")


def test_a_person_is_told_of_a_store_and_the_demo():
    told = Reach(url="s3://b?endpoint=x", options={"key": "k"}, environ={"KEY": "k k"}).describe("thing")
    namespace: dict[str, object] = {"STORAGES": {}}
    exec(told.split("\n\n")[0], namespace)
    store = {"BACKEND": "s3://b?endpoint=x", "OPTIONS": {"key": "k"}}
    assert {"thing": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": store}}} == namespace["STORAGES"]
    assert "KEY='k k' \\\n    make demo \\\n    STORE='s3://b?endpoint=x'" in told
