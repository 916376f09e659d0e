"""Client certificates and contexts of one's own: what is shown, and what is wrong with them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import ssl
import time

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from holdfast.wire.broken import Broken
from holdfast.wire.connection import Connection, Patience
from holdfast.wire.dial import Origin
from holdfast.wire.pool import Pool
from tests.wire.scripted import for_ever


class Files:
    """An authority, a server's context that asks for a certificate of it, and the files of such a one."""

    def __init__(self, folder):
        authority = trustme.CA()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(self.context)
        authority.issue_cert("localhost").configure_cert(self.context)
        client = authority.issue_cert("web@example.org")
        self.folder = folder
        self.authority = self.write("ca.pem", authority.cert_pem.bytes())
        self.cert = self.write("cert.pem", client.cert_chain_pems[0].bytes())
        self.key = self.write("key.pem", client.private_key_pem.bytes())
        self.both = self.write("both.pem", client.private_key_and_cert_chain_pem.bytes())
        private = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
        locked = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
        self.locked = self.write("locked.pem", locked)

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return str(path)


@pytest.fixture
def files(tmp_path, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Files(tmp_path)


@pytest.fixture
def server(serve, files):
    return serve(for_ever(), files.context)


def get(origin):
    with contextlib.closing(Pool(origin)) as pool:
        patience = Patience(2)
        return pool.exchange("GET", "/x", {"host": origin.netloc}, connect=2, patience=patience).read(100)


def asked(server, files, **how):
    return get(Origin("https", "localhost", server.port, **({"ca_bundle": files.authority} | how)))


def test_a_certificate_and_its_key(server, files):
    assert b"ok" == asked(server, files, client_cert=files.cert, client_key=files.key)


def test_both_in_one_file(server, files):
    assert b"ok" == asked(server, files, client_cert=files.both)


def test_without_one(server, files):
    with pytest.raises(Broken, match=r"wants a client certificate .*'client_cert'") as caught:
        asked(server, files)
    assert caught.value.permanent


def test_the_refusal_is_heard_though_nothing_could_be_sent_any_more(server, files, monkeypatch):
    send = Connection.send

    def late(self, *given):
        time.sleep(0.3)
        return send(self, *given)

    monkeypatch.setattr(Connection, "send", late)
    with pytest.raises(Broken, match=r"wants a client certificate .*'client_cert'"):
        asked(server, files)


def test_one_of_another_authority(server, files, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(Broken, match="wants another client certificate") as caught:
        asked(server, files, client_cert=Files(other).both)
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("/no/such/cert", "", "'/no/such/cert' in 'client_cert' cannot be read"),
        ("cert", "/no/such/key", "'/no/such/key' in 'client_key' cannot be read"),
        ("both", "locked", "in 'client_key' has a password|has a password"),
        ("cert", "", "no certificate and its key are in"),
        ("cert", "authority", "no certificate and its key are in"),
        ("authority", "key", "no certificate and its key are in"),
    ],
)
def test_files_that_are_none(server, files, cert, key, said):
    cert, key = getattr(files, cert, cert), getattr(files, key, key)
    with pytest.raises(Broken, match=said) as caught:
        asked(server, files, client_cert=cert, client_key=key)
    assert caught.value.permanent


made = []
"""The processes in which ``context`` was called, one for each call."""


def context():
    made.append(os.getpid())
    context = ssl.create_default_context(cafile=os.environ["TEST_AUTHORITY"])
    context.load_cert_chain(os.environ["TEST_CERTIFICATE"])
    return context


def nothing():
    return None


@pytest.fixture
def environ(files, monkeypatch):
    made.clear()
    monkeypatch.setenv("TEST_AUTHORITY", files.authority)
    monkeypatch.setenv("TEST_CERTIFICATE", files.both)


def test_a_context_of_ones_own(server, files, environ):
    assert b"ok" == asked(server, files, ca_bundle="", ssl_context=context())


def test_the_path_of_a_function_that_makes_one(server, files, environ, monkeypatch):
    for _ in range(2):
        assert b"ok" == asked(server, files, ca_bundle="", ssl_context=f"{__name__}.context")
    child = multiprocessing.get_context("fork").Process(
        target=lambda: os._exit(asked(server, files, ca_bundle="", ssl_context=f"{__name__}.context") != b"ok")
    )
    child.start()
    child.join(20)
    assert (0, [os.getpid()]) == (child.exitcode, made)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{__name__}.nothing", "gave a NoneType and no ssl.SSLContext"),
        (f"{__name__}.absent", "gave no context"),
        ("absent", "gave no context"),
    ],
)
def test_a_path_that_leads_nowhere(server, files, path, said):
    with pytest.raises(Broken, match=f"'ssl_context'.*{said}") as caught:
        asked(server, files, ssl_context=path)
    assert caught.value.permanent
