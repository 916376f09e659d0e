"""vsftpd, seen by ftplib, with and without TLS."""

from __future__ import annotations

import contextlib
import datetime as dt
import ftplib
import io
import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from storages.backends.ftp import FTPStorage

from holdfast.source import Source
from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.types import Write
from tests.servers.vsftpd import Vsftpd

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 30
"""Seconds that a request may take."""


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def ftp(request: pytest.FixtureRequest, vsftpd: Vsftpd) -> Iterator[ftplib.FTP]:
    """A connection in an empty folder of the test's own."""
    with contextlib.closing(vsftpd.client(tls=request.param)) as client:
        client.mkd(folder_of(request))
        client.cwd(folder_of(request))
        yield client


@pytest.fixture
def local(request: pytest.FixtureRequest, vsftpd: Vsftpd) -> Store:
    """The same folder."""
    return LocalStore(root=vsftpd.root / folder_of(request), fsync=False)


def folder_of(request: pytest.FixtureRequest) -> str:
    return request.node.name.replace("[", "-").rstrip("]")


def read(ftp: ftplib.FTP, name: str) -> bytes:
    parts: list[bytes] = []
    ftp.retrbinary(f"RETR {name}", parts.append)
    return b"".join(parts)


def write(ftp: ftplib.FTP, name: str, data: bytes) -> None:
    ftp.storbinary(f"STOR {name}", io.BytesIO(data))


def test_a_session_begins_in_the_folder(vsftpd):
    with contextlib.closing(vsftpd.client()) as client:
        assert str(vsftpd.root) == client.pwd()


def test_what_a_client_writes_is_in_the_folder(ftp, local):
    body = os.urandom(300_000)
    ftp.mkd("kept")
    write(ftp, "kept/grüße 1.bin", body)
    assert body == (local.root / "kept" / "grüße 1.bin").read_bytes()
    assert ["kept/grüße 1.bin"] == ftp.nlst("kept")
    write(ftp, "kept/.hidden", b"")
    assert ["kept/.hidden", "kept/grüße 1.bin"] == sorted(ftp.nlst("kept"))


def test_what_is_put_into_the_folder_is_the_clients_to_read_replace_and_delete(ftp, local):
    local.put("put/a.txt", Source.of(b"first"))
    assert b"first" == read(ftp, "put/a.txt")
    write(ftp, "put/draft", b"second")
    ftp.rename("put/draft", "put/a.txt")
    with local.get("put/a.txt") as body:
        assert b"second" == b"".join(body)
    write(ftp, "put/a.txt", b"third")
    with local.get("put/a.txt") as body:
        assert b"third" == b"".join(body)
    ftp.delete("put/a.txt")
    ftp.rmd("put")
    assert not (local.root / "put").exists()


def test_what_a_client_writes_is_ours_to_replace_and_delete(ftp, local):
    write(ftp, "theirs.txt", b"first")
    local.put("theirs.txt", Source.of(b"second"), Write(overwrite=True))
    assert b"second" == read(ftp, "theirs.txt")
    local.delete("theirs.txt")
    assert [] == ftp.nlst()


def test_times_are_in_utc_and_can_be_set(ftp, local):
    write(ftp, "a.txt", b"x")
    assert ftp.sendcmd("MDTM 20200102030405 a.txt").startswith("213")
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert moment.timestamp() == (local.root / "a.txt").stat().st_mtime
    assert "213 20200102030405" == ftp.sendcmd("MDTM a.txt")


def test_a_wrong_password_or_user_is_refused(vsftpd):
    for user, password in (
        (vsftpd.user, "wrong-horse"),
        (vsftpd.user, f"{vsftpd.password} "),
        (vsftpd.user, ""),
        ("anonymous", "somebody@example.com"),
        ("root", vsftpd.password),
    ):
        with contextlib.closing(ftplib.FTP(timeout=LIMIT)) as client:
            client.connect(vsftpd.host, vsftpd.port)
            with pytest.raises(ftplib.error_perm, match="530"):
                client.login(user, password)


def test_many_transfers_at_once(vsftpd):
    def transfer(number: int) -> bytes:
        with contextlib.closing(vsftpd.client(tls=number % 2 == 0)) as client:
            write(client, f"many-{number}", b"%d" % number)
            return read(client, f"many-{number}")

    with ThreadPoolExecutor(16) as pool:
        assert [b"%d" % number for number in range(32)] == list(pool.map(transfer, range(32)))


def test_the_certificate_is_of_our_authority_alone(vsftpd):
    context = ssl.create_default_context()
    with contextlib.closing(ftplib.FTP_TLS(context=context, timeout=LIMIT)) as client:
        client.connect(vsftpd.host, vsftpd.port)
        with pytest.raises(ssl.SSLCertVerificationError):
            client.auth()


def test_without_tls_nobody_is_let_in_where_it_is_required():
    with Vsftpd(tls_required=True) as server:
        with pytest.raises(ftplib.error_perm, match=r"530.*must use encryption"):
            server.client()
        with contextlib.closing(server.client(tls=True)) as client:
            write(client, "a.txt", b"sealed")
            assert b"sealed" == read(client, "a.txt")
            client.prot_c()
            with pytest.raises(ftplib.error_perm, match="522"):
                client.nlst()


def test_a_transfer_has_to_resume_the_session_where_that_is_required():
    class Resuming(ftplib.FTP_TLS):
        def ntransfercmd(self, cmd: str, rest: str | None = None) -> tuple[ssl.SSLSocket, int | None]:
            plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
            session = self.sock.session
            return self.context.wrap_socket(plain, server_hostname=self.host, session=session), size

    with Vsftpd(tls_reuse=True) as server:
        with contextlib.closing(server.client(tls=True)) as client, pytest.raises(ftplib.error_perm, match="522"):
            client.nlst()
        context = ssl.create_default_context(cafile=str(server.ca_file))
        with contextlib.closing(Resuming(context=context, timeout=LIMIT)) as client:
            client.connect(server.host, server.port)
            client.login(server.user, server.password)
            client.prot_p()
            assert [] == client.nlst()


def test_the_protocol_is_in_the_log_without_the_password(vsftpd):
    with contextlib.closing(vsftpd.client()) as client:
        client.mkd("logged")
    text = vsftpd.log.read_text()
    assert '"MKD logged"' in text
    assert "PASS <password>" in text


def test_the_settings_for_a_person_work(vsftpd):
    storage = FTPStorage(**vsftpd.reach().storage["OPTIONS"])
    try:
        assert "peer.txt" == storage.save("peer.txt", ContentFile(b"theirs"))
    finally:
        storage.disconnect()
    assert b"theirs" == (vsftpd.root / "peer.txt").read_bytes()
