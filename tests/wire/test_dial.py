"""TLS is checked, proxies are used, and what does not come about is explained."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import traceback

import pytest
import trustme

from holdfast.types import Secret
from holdfast.wire.broken import Broken
from holdfast.wire.connection import Patience
from holdfast.wire.dial import Origin
from holdfast.wire.pool import Pool
from tests.wire.scripted import Talk, for_ever


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def authority(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.file = str(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.context = context
    return authority


def get(origin, **more):
    pool = Pool(origin)
    with contextlib.closing(pool):
        return pool.exchange("GET", "/x", {"host": origin.netloc}, connect=2, patience=Patience(2), **more).read(
            100
        )


def test_with_the_authority_that_is_named(serve, authority):
    server = serve(for_ever(), authority.context)
    assert b"ok" == get(Origin("https", "localhost", server.port, ca_bundle=authority.file))


def test_not_without_it(serve, authority):
    server = serve(for_ever(), authority.context)
    with pytest.raises(Broken, match="'ca_bundle'") as caught:
        get(Origin("https", "localhost", server.port))
    assert (True, False) == (caught.value.permanent, caught.value.sent)


def test_not_under_another_name(serve, authority):
    server = serve(for_ever(), authority.context)
    with pytest.raises(Broken, match="not trusted") as caught:
        get(Origin("https", "127.0.0.1", server.port, ca_bundle=authority.file))
    assert caught.value.permanent


def test_without_looking_where_that_is_asked_for(serve, authority):
    server = serve(for_ever(), authority.context)
    assert b"ok" == get(Origin("https", "127.0.0.1", server.port, verify=False))


def test_https_to_a_plain_server(serve):
    def handler(talk):
        talk.sock.recv(65536)
        talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = serve(handler)
    with pytest.raises(Broken, match="is it an https endpoint"):
        get(Origin("https", "localhost", server.port))


def test_plain_to_an_https_server(serve, authority):
    server = serve(for_ever(), authority.context)
    with pytest.raises(Broken):
        get(Origin("http", "localhost", server.port))


def test_a_file_of_authorities_that_is_not_there(serve, authority):
    server = serve(for_ever(), authority.context)
    with pytest.raises(Broken, match="'ca_bundle' cannot be read") as caught:
        get(Origin("https", "localhost", server.port, ca_bundle="/no/such/file"))
    assert caught.value.permanent


def test_a_server_that_never_shakes_hands(serve):
    server = serve(Talk.hold)
    pool = Pool(Origin("https", "localhost", server.port))
    with pytest.raises(Broken, match=r"within 0\.3 s"):
        pool.exchange("GET", "/", {}, connect=0.3, patience=Patience(5))


# ---------------------------------------------------------------- proxies


def relay(talk: Talk) -> None:
    """A proxy that tunnels, and that says in its own answers what it was asked."""
    head = talk.head().decode()
    talk.server.asked.append(head)  # type: ignore[attr-defined]
    method, target, _ = head.split("\r\n")[0].split(" ")
    if method != "CONNECT":
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")
        return
    host, port = target.rsplit(":", 1)
    if host == "forbidden":
        talk.say(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        return
    with socket.create_connection((host, int(port))) as upstream:
        talk.say(b"HTTP/1.1 200 Connection established\r\n\r\n")

        def back():
            with contextlib.suppress(OSError):
                while data := upstream.recv(65536):
                    talk.say(data)

        thread = threading.Thread(target=back)
        thread.start()
        while data := talk.sock.recv(65536):
            upstream.sendall(data)
        upstream.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def proxy(serve):
    def handler(talk):
        talk.server = server
        relay(talk)

    server = serve(handler)
    server.asked = []
    return server


def test_https_goes_through_a_tunnel(serve, authority, proxy, monkeypatch):
    server = serve(for_ever(), authority.context)
    monkeypatch.setenv("HTTPS_PROXY", f"http://us%40er:pass@127.0.0.1:{proxy.port}")
    assert b"ok" == get(Origin("https", "localhost", server.port, ca_bundle=authority.file))
    login = base64.b64encode(b"us@er:pass").decode()
    lines = ["CONNECT {0} HTTP/1.1", "Host: {0}", f"Proxy-Authorization: Basic {login}"]
    assert ["\r\n".join(lines).format(f"localhost:{server.port}")] == proxy.asked


def test_plain_http_names_the_whole_url(proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    assert b"proxy" == get(Origin("http", "example.org", 80))
    assert "GET http://example.org/x HTTP/1.1" == proxy.asked[0].split("\r\n")[0]


def test_some_hosts_are_reached_without(serve, proxy, monkeypatch):
    server = serve(for_ever())
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert b"ok" == get(Origin("http", "127.0.0.1", server.port))
    assert [] == proxy.asked


def test_a_proxy_that_says_no(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret-word@127.0.0.1:{proxy.port}")
    with pytest.raises(Broken, match="the proxy answered 403") as caught:
        get(Origin("https", "forbidden", 443))
    assert "secret-word" not in str(caught.value)


LOGIN = f"Proxy-Authorization: Basic {base64.b64encode(b'us@er:p:ss/word').decode()}"


def test_plain_http_says_who_asks_in_each_request(proxy):
    origin = Origin("http", "example.org", 80, proxy=Secret(f"http://us%40er:p%3Ass%2Fword@127.0.0.1:{proxy.port}"))
    assert b"proxy" == get(origin)
    assert ["GET http://example.org/x HTTP/1.1", "host: example.org"] == proxy.asked[0].split("\r\n")[:2]
    assert LOGIN.lower() in proxy.asked[0].lower()


def test_the_service_behind_a_tunnel_does_not_see_the_login(serve, authority, proxy):
    heads = []

    def handler(talk):
        heads.append(talk.head())
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server = serve(handler, authority.context)
    secret = Secret(f"http://us%40er:p%3Ass%2Fword@127.0.0.1:{proxy.port}/")
    assert b"ok" == get(Origin("https", "localhost", server.port, ca_bundle=authority.file, proxy=secret))
    assert (True, False) == (LOGIN in proxy.asked[0], b"uthorization" in heads[0])


def test_a_proxy_that_is_given_goes_before_the_environment(serve, proxy, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "example.org")
    assert b"proxy" == get(Origin("http", "example.org", 80, proxy=Secret(f"http://127.0.0.1:{proxy.port}")))


def test_no_proxy_at_all(serve, proxy, monkeypatch):
    server = serve(for_ever())
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    assert b"ok" == get(Origin("http", "127.0.0.1", server.port, proxy=Secret("none")))
    assert [] == proxy.asked


def test_a_proxy_that_wants_another_password(serve):
    server = serve(for_ever(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))
    with pytest.raises(Broken, match="wants another user and password") as caught:
        get(Origin("https", "example.org", 443, proxy=Secret(f"http://me:secret-word@127.0.0.1:{server.port}")))
    assert caught.value.permanent
    _shows_nothing(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://me:secret-word@proxy:3128",
        "socks5://me:secret-word@proxy:1080",
        "http://me:secret-word@proxy:port",
        "http://me:secret-word@",
        "http://me:secret-word@proxy/path",
        "http://me:secret-word@[proxy",
    ],
)
def test_what_is_no_proxy(url, monkeypatch):
    with pytest.raises(Broken, match="http://user:password@host:port") as caught:
        get(Origin("https", "example.org", 443, proxy=Secret(url)))
    assert caught.value.permanent
    _shows_nothing(caught.value)
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(Broken, match="HTTPS_PROXY") as caught:
        get(Origin("https", "example.org", 443))
    _shows_nothing(caught.value)


def test_a_proxy_that_is_not_there_keeps_the_password_to_itself(closed_port):
    origin = Origin("https", "example.org", 443, proxy=Secret(f"http://me:secret-word@127.0.0.1:{closed_port}"))
    with pytest.raises(Broken, match=rf"through the proxy 127\.0\.0\.1:{closed_port}") as caught:
        get(origin)
    assert "secret-word" not in repr(origin)
    _shows_nothing(caught.value)


def _shows_nothing(error):
    """Neither the texts of the errors nor the local variables of our frames, as a debug page shows them."""
    waiting, seen = [error], []
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        waiting += [each.__cause__, each.__context__]
        assert "secret-word" not in f"{each} {each!r}"
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if "holdfast" in frame.f_globals["__name__"]:
                assert "secret-word" not in repr(frame.f_locals)


# ---------------------------------------------------------------- origins


@pytest.mark.parametrize(
    ("url", "netloc"),
    [
        ("https://s3.example.org", "s3.example.org"),
        ("https://s3.example.org:443/path", "s3.example.org"),
        ("http://s3.example.org:443", "s3.example.org:443"),
        ("http://LOCALHOST:9000", "localhost:9000"),
        ("http://[::1]:9000", "[::1]:9000"),
    ],
)
def test_the_host_header(url, netloc):
    assert netloc == Origin.of(url).netloc


@pytest.mark.parametrize("url", ["", "s3.example.org", "//s3.example.org", "ftp://x", "https://", "http://a:b"])
def test_what_is_no_origin(url):
    with pytest.raises(ValueError):
        Origin.of(url)
