"""The bucket is in another region than was thought: that is found out once, and nothing goes to another's host."""

from __future__ import annotations

import logging
import pickle
import re
import ssl
import threading

import pytest
import trustme

from holdfast.errors import NotFound, Refused
from holdfast.source import Source
from holdfast.stores.s3 import S3Store
from holdfast.types import Permit, Write
from tests.wire.conftest import serve  # noqa: F401 - a fixture

HOME = "eu-west-1"
NAMES = [f"media.s3.{region}.amazonaws.com" for region in ("us-east-1", HOME, "ap-south-1", "eu-central-1")]


def answer(status, body=b"", **headers):
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error(code, **elements):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in {"Code": code, **elements}.items())
    return f"<Error>{inner}</Error>".encode()


OK = answer(200, etag='"e"')


class Service:
    """Amazon behind a proxy that leads everywhere. ``refuse``: what a region answers that is not the bucket's."""

    def __init__(self, context, home=HOME):
        self.context = context
        self.home = home
        self.seen = []
        """Method, host and region of the signature of each request, and its body."""

    def refuse(self, method, region):
        body = b"" if method == "HEAD" else error("PermanentRedirect")
        return answer(301, body, x_amz_bucket_region=self.home)

    def accept(self, method):
        return OK

    def __call__(self, talk):
        if self.context is None:
            self.serve(talk)
            return
        assert talk.head().startswith(b"CONNECT ")
        talk.say(b"HTTP/1.1 200 Connected\r\n\r\n")
        with self.context.wrap_socket(talk.sock, server_side=True) as talk.sock:
            self.serve(talk)

    def serve(self, talk):
        while head := talk.head():
            text = head.decode()
            method = text.split(" ")[0]
            host = re.search(r"\r\nhost: (\S+)", text)[1]
            scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/s3", text)
            region = scope[1] if scope else re.search(r"s3\.(\S+)\.amazonaws", host)[1]
            if "100-continue" in text:
                talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = re.search(r"\r\ncontent-length: (\d+)", text)
            body = talk.body(int(length[1])) if length else b""
            self.seen.append((method, host.partition(":")[0], region, body))
            talk.say(self.accept(method) if region == self.home else self.refuse(method, region))

    @property
    def regions(self):
        return [region for _, _, region, _ in self.seen]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*NAMES).configure_cert(context)
    return str(file), context


@pytest.fixture
def amazon(serve, authority, monkeypatch):  # noqa: F811
    """Start Amazon, and give it with a store whose region is wrong."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    stores = []

    def start(kind=Service, **options):
        file, context = authority
        service = kind(context)
        options = {"region": "us-east-1", "access_key": "KEY", "secret_key": "word", **options}
        proxy = f"http://127.0.0.1:{serve(service).port}"
        store = S3Store(bucket="media", ca_bundle=file, proxy=proxy, attempts=2, timeout=5, **options)
        stores.append(store)
        return service, store

    yield start
    for store in stores:
        store.close()


class Malformed(Service):
    def refuse(self, method, region):
        body = b"" if method == "HEAD" else error("AuthorizationHeaderMalformed", Region=self.home)
        return answer(400, body, **({"x_amz_bucket_region": self.home} if method == "HEAD" else {}))


class Illegal(Service):
    def refuse(self, method, region):
        return answer(400, error("IllegalLocationConstraintException"), x_amz_bucket_region=self.home)


class Located(Service):
    def refuse(self, method, region):
        body = b"" if method == "HEAD" else error("TemporaryRedirect")
        return answer(307, body, location=f"https://media.s3-{self.home}.amazonaws.com/k?x=1")


class Ended(Service):
    def refuse(self, method, region):
        return answer(301, error("PermanentRedirect", Endpoint=f"media.s3.{self.home}.amazonaws.com"))


@pytest.mark.parametrize("kind", [Service, Malformed, Located])
def test_head_goes_to_the_right_place(amazon, kind):
    service, store = amazon(kind)
    assert '"e"' == store.head("k").etag
    assert [("HEAD", NAMES[0], "us-east-1", b""), ("HEAD", NAMES[1], HOME, b"")] == service.seen


@pytest.mark.parametrize("kind", [Service, Malformed, Illegal, Located, Ended])
@pytest.mark.parametrize("size", [5, 3_000_000])
def test_bodies_are_sent_again(amazon, kind, size):
    service, store = amazon(kind)
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    store.put("k", Source.of(data), Write(overwrite=True))
    assert ("PUT", NAMES[1], HOME, data) == service.seen[-1]
    assert 2 == len(service.seen)


def test_it_is_found_out_once(amazon, caplog):
    service, store = amazon()
    with caplog.at_level(logging.WARNING, "holdfast"):
        for _ in range(3):
            store.head("k")
        threads = [threading.Thread(target=store.head, args=["k"]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert ["us-east-1", *[HOME] * 7] == service.regions
    assert [f"set region={HOME}"] == [record.getMessage().rpartition(": ")[2] for record in caplog.records]


def test_signed_urls_are_of_the_region_that_was_found_out(amazon):
    _, store = amazon()
    assert "s3.us-east-1." in store.sign("k", Permit(expires=60)).url
    store.head("k")
    url = store.sign("k", Permit(expires=60)).url
    assert url.startswith(f"https://{NAMES[1]}/k?")
    assert f"%2F{HOME}%2Fs3%2F" in url


def test_a_pickle_knows_nothing_of_it(amazon):
    _, store = amazon()
    store.head("k")
    again = pickle.loads(pickle.dumps(store))
    assert ("us-east-1", HOME) == (again._client.address.region, store._client.address.region)


def test_without_credentials_too(amazon):
    service, store = amazon(anonymous=True, access_key=None, secret_key=None)
    store.head("k")
    assert ["us-east-1", HOME] == service.regions


class Wrong(Service):
    """Sends everybody on and on."""

    def refuse(self, method, region):
        body = b"" if method == "HEAD" else error("PermanentRedirect")
        return answer(301, body, x_amz_bucket_region="eu-central-1" if region == "ap-south-1" else "ap-south-1")


def test_a_wrong_hint_does_not_loop(amazon, caplog):
    service, store = amazon(Wrong)
    for _ in range(2):
        with pytest.raises(Refused, match="set region=eu-central-1"):
            store.get("k")
    assert ["us-east-1", "ap-south-1"] * 2 == service.regions
    assert [] == caplog.records


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"location": "https://media.s3.eu-west-1.amazonaws.com.evil.example/k"}, "evil.example.*set endpoint"),
        ({"location": "https://evil.example/media.s3.eu-west-1.amazonaws.com"}, "evil.example"),
        ({"location": "http://s3.eu-west-1@evil.example/k"}, "evil.example"),
        ({"x_amz_bucket_region": "eu-west-1.evil.example/"}, "evil.example"),
        ({"x_amz_bucket_region": "cn-north-1"}, "set region=cn-north-1"),
        ({}, "elsewhere"),
    ],
)
def test_nothing_is_sent_to_another_domain(amazon, headers, said):
    class Lying(Service):
        def refuse(self, method, region):
            return answer(307, error("TemporaryRedirect"), **headers)

    service, store = amazon(Lying)
    with pytest.raises(Refused, match=said):
        store.put("k", Source.of(b"hello"), Write(overwrite=True))
    assert [NAMES[0]] == [host for _, host, _, _ in service.seen]


@pytest.mark.parametrize("kind", [Service, Malformed])
def test_an_endpoint_of_ones_own_keeps_its_host(serve, kind):  # noqa: F811
    service = kind(None)
    endpoint = f"http://127.0.0.1:{serve(service).port}"
    store = S3Store(bucket="media", region="us-east-1", endpoint=endpoint, access_key="KEY", secret_key="word")
    with store:
        store.head("k")
        store.put("k", Source.of(b"hello"), Write(overwrite=True))
    assert ["us-east-1", HOME, HOME] == service.regions
    assert {"127.0.0.1"} == {host for _, host, _, _ in service.seen}


class Absent(Service):
    def accept(self, method):
        return answer(404, b"" if method == "HEAD" else error("NoSuchKey"))


def test_a_file_that_is_not_there_is_looked_for_in_the_right_region(amazon):
    service, store = amazon(Absent)
    for _ in range(2):
        with pytest.raises(NotFound):
            store.get("k")
    assert ["us-east-1", HOME, HOME] == service.regions
