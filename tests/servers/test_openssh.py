"""OpenSSH, seen by paramiko and by OpenSSH's own clients."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import paramiko
import pytest
from django.core.files.base import ContentFile
from storages.backends.sftpstorage import SFTPStorage

from holdfast.source import Source
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.types import Write
from tests.servers.openssh import OpenSSH

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 30
"""Seconds that a client of OpenSSH's own may take."""


@pytest.fixture
def sftp(openssh: OpenSSH) -> Iterator[paramiko.SFTPClient]:
    with contextlib.closing(openssh.client()) as client, contextlib.closing(client.open_sftp()) as sftp:
        yield sftp


@pytest.fixture
def local(openssh: OpenSSH) -> Store:
    return LocalStore(root=openssh.root, fsync=False)


def login(openssh: OpenSSH, **options: object) -> None:
    """Log in and out, with the options of paramiko's `connect`."""
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(openssh.known_hosts))
        known = {"username": openssh.user, "allow_agent": False, "look_for_keys": False, "timeout": LIMIT}
        client.connect(openssh.host, openssh.port, **(known | options))


def test_a_session_begins_in_the_folder(openssh, sftp):
    assert str(openssh.root) == sftp.normalize(".")


def test_what_a_client_writes_is_in_the_folder(openssh, sftp):
    sftp.mkdir("kept")
    with sftp.open("kept/grüße 1.bin", "wb") as file:
        file.write(b"whole")
    assert b"whole" == (openssh.root / "kept" / "grüße 1.bin").read_bytes()


def test_what_is_put_into_the_folder_is_the_clients_to_read_replace_and_delete(openssh, sftp, local):
    local.put("put/a.txt", Source.of(b"first"))
    with sftp.open("put/a.txt", "rb") as file:
        assert b"first" == file.read()
    with sftp.open("put/draft", "wb") as file:
        file.write(b"second")
    sftp.posix_rename("put/draft", "put/a.txt")
    with local.get("put/a.txt") as body:
        assert b"second" == b"".join(body)
    with sftp.open("put/a.txt", "wb") as file:
        file.write(b"third")
    with local.get("put/a.txt") as body:
        assert b"third" == b"".join(body)
    sftp.remove("put/a.txt")
    sftp.rmdir("put")
    assert not (openssh.root / "put").exists()


def test_what_a_client_writes_is_ours_to_replace_and_delete(openssh, sftp, local):
    with sftp.open("theirs.txt", "wb") as file:
        file.write(b"first")
    local.put("theirs.txt", Source.of(b"second"), Write(overwrite=True))
    with sftp.open("theirs.txt", "rb") as file:
        assert b"second" == file.read()
    local.delete("theirs.txt")
    assert "theirs.txt" not in sftp.listdir()


def test_every_password_is_asked_for_and_refused(openssh):
    with pytest.raises(paramiko.AuthenticationException) as caught:
        login(openssh, password="wrong-horse")
    assert not isinstance(caught.value, paramiko.BadAuthenticationType)


def test_another_key_or_user_is_refused(openssh):
    for options in (
        {"key_filename": str(openssh.stranger_key_file)},
        {"key_filename": str(openssh.key_file), "username": "daemon"},
    ):
        with pytest.raises(paramiko.AuthenticationException):
            login(openssh, **options)


def test_failed_logins_are_not_punished(openssh):
    for _ in range(12):
        with pytest.raises(paramiko.AuthenticationException):
            login(openssh, key_filename=str(openssh.stranger_key_file))
    login(openssh, key_filename=str(openssh.key_file))


def test_many_log_in_at_once(openssh):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: login(openssh, key_filename=str(openssh.key_file)), range(32)))


def test_the_host_key_is_the_one_that_it_shows(openssh):
    scan = ["ssh-keyscan", "-p", str(openssh.port), openssh.host]
    shown = subprocess.run(scan, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    assert openssh.known_hosts.read_text() in shown
    lister = ["ssh-keygen", "-l", "-f", str(openssh.known_hosts)]
    listed = subprocess.run(lister, capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    assert openssh.fingerprint == listed.split()[1]


def test_there_is_no_shell(openssh):
    with contextlib.closing(openssh.client()) as client:
        streams = client.exec_command("echo in the shell", timeout=LIMIT)
        streams[0].channel.shutdown_write()
        assert b"in the shell" not in streams[1].read()


def test_the_command_for_a_person_works(openssh):
    command = shlex.split(openssh.reach().command)
    command[1:1] = ["-b", "-"]
    ended = subprocess.run(command, input="pwd\n", capture_output=True, text=True, timeout=LIMIT, check=True)
    assert f"Remote working directory: {openssh.root}" in ended.stdout


def test_the_settings_for_a_person_work(openssh):
    storage = SFTPStorage(**openssh.reach().storage["OPTIONS"])
    with contextlib.closing(storage):
        assert "peer.txt" == storage.save("peer.txt", ContentFile(b"theirs"))
        assert b"theirs" == (openssh.root / "peer.txt").read_bytes()


def test_a_user_without_a_name_is_told(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(RuntimeError, match=r"no(ne)? .*id 54321"):
        OpenSSH().start()
