"""The services: which one is guessed, what is then done differently, and that the page says the same."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from holdfast.checks import check_storages
from holdfast.errors import AlreadyExists, Changed, Unsupported
from holdfast.resolve import resolve
from holdfast.source import Source
from holdfast.stores.s3 import S3Store
from holdfast.stores.s3.multipart import part_size
from holdfast.stores.s3.services import GENERIC, SERVICES, Service, guessed, host_of
from holdfast.stores.s3.services.__main__ import page
from holdfast.types import Attributes, Create, Feature, Permit, Remove, Secret, Write
from tests.conftest import s3
from tests.servers.faults import Fault

OVER = Write(overwrite=True)
ROWS = list(SERVICES.values())
TEMPLATES = [service for service in ROWS if service.endpoint]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)


def of(**options) -> S3Store:
    return S3Store(**{"bucket": "media", "access_key": Secret("a"), "secret_key": Secret("s"), **options})


def address(store: S3Store) -> str:
    return store.sign("k", Permit()).url.partition("?")[0]


def scope(store: S3Store) -> str:
    """The region in a signature."""
    return re.search(r"Credential=a%2F\d+%2F([^%]+)%2F", store.sign("k", Permit()).url)[1]


def put(store, key, data=b"x", how=OVER):
    return store.put(key, Source.of(data), how)


def name_of(service: Service) -> str:
    return service.name


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize("service", ROWS, ids=name_of)
def test_every_row_but_the_last_says_where_it_is_from(service):
    assert (service is GENERIC) == (service.pages == ())
    assert all(url.startswith("https://") for url in service.pages)
    assert "md5" in service.checksums


def test_only_what_the_tests_run_on_was_tried():
    assert ["ceph", "ceph-16"] == sorted(service.name for service in ROWS if service.tried)


@pytest.mark.parametrize("service", TEMPLATES, ids=name_of)
def test_a_documented_endpoint_is_guessed_and_is_what_the_template_makes(service):
    assert service is guessed(service.example)
    host = host_of(service.example)
    assert service.is_endpoint(host)
    region = service.region_of(host)
    assert bool(region) == ("{region}" in service.endpoint)
    account = host.partition(".")[0]
    assert service.example.rstrip("/") == service.url(region=region, account=account)


@pytest.mark.parametrize("service", TEMPLATES, ids=name_of)
def test_no_two_services_share_a_domain(service):
    assert [service] == [other for other in ROWS if other.owns(host_of(service.example))]


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("https://s3.example.org", "generic"),
        ("http://127.0.0.1:9000", "generic"),
        ("https://S3.EU-West-1.AmazonAWS.com", "aws"),
        ("https://s3-us-gov-west-1.amazonaws.com", "aws"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", "aws"),
        ("https://s3.cn-north-1.amazonaws.com.cn", "aws"),
        ("https://amazonaws.com.example.org", "generic"),
        ("https://notamazonaws.com", "generic"),
        ("https://a1b2.la.idrivee2-12.com", "idrive"),
        ("https://media.nyc3.digitaloceanspaces.com", "spaces"),
        ("s3.wasabisys.com", "generic"),
        ("http://[", "generic"),
        ("", "generic"),
    ],
)
def test_guesses(endpoint, name):
    assert name == guessed(endpoint).name


@given(
    st.one_of(
        st.text(), st.text().map(lambda text: f"https://{text}.amazonaws.com/"), st.from_regex(r"\Ahttps?://.*")
    )
)
def test_guessing_never_fails(endpoint):
    assert guessed(endpoint) in ROWS


# ---------------------------------------------------------------- where a bucket is


@pytest.mark.parametrize(
    ("options", "url", "region"),
    [
        ({}, "https://media.s3.us-east-1.amazonaws.com/k", "us-east-1"),
        (
            {"service": "aws", "region": "cn-north-1"},
            "https://media.s3.cn-north-1.amazonaws.com.cn/k",
            "cn-north-1",
        ),
        (
            {"endpoint": "https://s3.eu-west-1.amazonaws.com"},
            "https://media.s3.eu-west-1.amazonaws.com/k",
            "eu-west-1",
        ),
        ({"service": "wasabi"}, "https://s3.us-east-1.wasabisys.com/media/k", "us-east-1"),
        ({"service": "wasabi", "region": "nl-1-x"}, "https://s3.nl-1-x.wasabisys.com/media/k", "nl-1-x"),
        ({"service": "r2", "account": "ab12"}, "https://ab12.r2.cloudflarestorage.com/media/k", "auto"),
        ({"endpoint": "https://s3.nl-ams.scw.cloud"}, "https://s3.nl-ams.scw.cloud/media/k", "nl-ams"),
        ({"endpoint": "https://s3.nl-ams.scw.cloud", "region": "x"}, "https://s3.nl-ams.scw.cloud/media/k", "x"),
        (
            {"service": "alibaba", "region": "cn-beijing"},
            "https://media.s3.oss-cn-beijing.aliyuncs.com/k",
            "cn-beijing",
        ),
        ({"service": "alibaba", "region": "b", "addressing": "path"}, "https://s3.oss-b.aliyuncs.com/media/k", "b"),
        ({"service": "aws", "endpoint": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566/media/k", "us-east-1"),
        ({"service": "garage", "endpoint": "http://127.0.0.1:3900"}, "http://127.0.0.1:3900/media/k", "garage"),
    ],
)
def test_where_a_bucket_is_and_what_signs_for_it(options, url, region):
    assert (url, region) == (address(of(**options)), scope(of(**options)))


def test_a_url_says_it_in_one_word(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    store = resolve("s3://media?service=wasabi&region=eu-central-1&conditional_put=true")
    assert "https://s3.eu-central-1.wasabisys.com/media/k" == address(store)
    assert Create.ATOMIC is store.creates(0)


def test_the_environment_names_amazon_and_what_has_no_endpoint_of_its_own(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert (
        "http://127.0.0.1:1/media/k" == address(of()) == address(of(service="aws")) == address(of(service="ceph"))
    )
    assert "https://s3.eu-north-1.wasabisys.com/media/k" == address(of(service="wasabi"))
    assert "https://t3.storage.dev/media/k" == address(of(service="tigris"))
    assert ("eu-north-1", "auto") == (scope(of(service="ceph")), scope(of(service="tigris")))
    assert "fr-par" == scope(of(endpoint="https://s3.fr-par.scw.cloud"))


@pytest.mark.parametrize(
    ("options", "lacking"),
    [({"service": "hetzner"}, "'region'"), ({"service": "r2"}, "'account'"), ({"service": "minio"}, "'endpoint'")],
)
def test_what_is_lacking_is_said_by_the_check_and_at_the_first_use(options, lacking):
    store = of(**options)
    (message,) = [message for message in store.check() if message.id == "holdfast.E207"]
    assert lacking in message.msg + (message.hint or "")
    with pytest.raises(ImproperlyConfigured, match=lacking):
        store.head("k")


def test_a_service_that_there_is_not():
    with pytest.raises(ImproperlyConfigured, match=r"no service 'wassabi'. Did you mean 'wasabi'?"):
        of(service="wassabi")


# ---------------------------------------------------------------- what is relied on


@pytest.mark.parametrize("service", ROWS, ids=name_of)
def test_only_what_is_atomic_is_relied_on(service):
    store = of(service=service.name, region="r", account="a", endpoint="" if service.endpoint else "https://x.test")
    assert (service.create == "atomic") == (store.creates(0) is Create.ATOMIC)
    assert (service.replace == "atomic") == (Feature.REPLACE_IF in store.features)
    assert (service.delete == "atomic") == (Feature.DELETE_IF in store.features)
    huge = store.creates(service.bounds.put + 1)
    assert (service.create == service.create_complete == "atomic") == (huge is Create.ATOMIC)
    assert "md5" == store.checksum


@pytest.mark.parametrize("value", [True, False])
def test_an_option_always_wins(value):
    for name in ("aws", "b2", "wasabi", "generic"):
        store = of(service=name, conditional_put=value, conditional_complete=value, etag_quotes=value, region="r")
        assert (value, value, value) == (store.conditional_put, store.conditional_complete, store.etag_quotes)
        assert value == (Create.ATOMIC is store.creates(None)) == (Feature.REPLACE_IF in store.features)
    assert "crc32" == of(service="b2", region="r", checksum="crc32").checksum


@pytest.mark.parametrize(("service", "sent"), [("wasabi", True), ("b2", False), ("seaweedfs", True)])
def test_a_condition_that_is_not_relied_on_is_sent_unless_it_is_refused(place, proxy, service, sent):
    """The file is looked for first; then, where another came between, the condition may help."""
    store = place.store(proxy.endpoint, service=service)
    with proxy.counting() as counted:
        put(store, "k", b"one", Write())
        with pytest.raises(AlreadyExists):
            put(store, "k", b"two", Write())
    assert ["HEAD", "HEAD", "PUT", "HEAD"] == counted.methods
    place.boto3.put_object(Bucket=place.bucket, Key="between", Body=b"theirs")
    store._refuse_existing = lambda key: None  # it came after the look
    if sent:
        with pytest.raises(AlreadyExists):
            put(store, "between", b"ours", Write())
    else:
        put(store, "between", b"ours", Write())
    assert (b"theirs" if sent else b"ours") == store.get("between").read()
    with pytest.raises(Unsupported):
        put(store, "k", b"two", Write(etag='"x"'))


def test_without_conditions_a_large_file_goes_up_in_parts(place, proxy):
    store = place.store(proxy.endpoint, service="wasabi", part_size=5 * 1024**2)
    with proxy.counting() as counted:
        store.put("k", Source.of(iter([bytes(1024**2)] * 6)), Write())
    assert "POST" in counted.methods
    assert 6 * 1024**2 == store.head("k").size


# ---------------------------------------------------------------- parts


def test_parts_within_the_bounds_of_a_service():
    mib = 1024**2
    for service in ROWS:
        for size in (1, 5 * 1024**3, service.bounds.object):
            step = part_size(size, 8 * mib, service.bounds.parts)
            assert -(-size // step) <= service.bounds.parts
            assert service.bounds.smallest_part <= step <= service.bounds.largest_part
    assert (1000, 100, 10_000) == (GENERIC.even_parts, SERVICES["scaleway"].even_parts, SERVICES["r2"].even_parts)


# ---------------------------------------------------------------- deleting one version


@pytest.fixture
def newer(proxy20, bucket20):
    """Ceph 20 as if it were Amazon's: it looks at the condition of DeleteObject, if not in the same instant."""
    return s3(proxy20.endpoint, bucket20, "aws", read_timeout=1)


def test_what_a_conditional_delete_costs(newer, proxy20):
    etag = put(newer, "k").etag
    with proxy20.counting() as counted:
        newer.delete("k", Remove(etag=etag))
        newer.delete("k", Remove(etag=etag))
    assert counted.methods in (["DELETE"] * 2, ["DELETE"] * 2 + ["HEAD"])
    assert [] == list(newer.list())


@pytest.mark.parametrize(
    "kind", ["lose_reply", "error_after", "stall_before_reply", "error_before", "reset_before"]
)
def test_a_conditional_delete_whose_reply_was_lost(newer, proxy20, kind):
    etag = put(newer, "k").etag
    proxy20.plan(Fault(kind, match="DELETE"))
    newer.delete("k", Remove(etag=etag))
    assert [] == list(newer.list())


@pytest.mark.parametrize("kind", ["lose_reply", "error_after"])
def test_another_version_outlives_it(newer, proxy20, kind):
    stale = put(newer, "k", b"one").etag
    put(newer, "k", b"theirs")
    proxy20.plan(Fault(kind, match="DELETE"))
    with pytest.raises(Changed) as caught:
        newer.delete("k", Remove(etag=stale))
    assert ("k", newer.label, b"theirs") == (caught.value.key, caught.value.store, newer.get("k").read())


def test_when_nobody_can_be_asked_it_has_changed(newer, proxy20):
    stale = put(newer, "k", b"one").etag
    put(newer, "k", b"theirs")
    proxy20.plan(Fault("error_before", match="HEAD", count=4, status=500))
    with pytest.raises(Changed):
        newer.delete("k", Remove(etag=stale))


def test_the_older_one_is_not_asked(store):
    etag = put(store, "k").etag
    with pytest.raises(Unsupported):
        store.delete("k", Remove(etag=etag))


def in_parts(byte: bytes) -> Source:
    """Bytes that come once, more than one part of them."""
    return Source.of(iter([byte * 1024**2] * 6))


def test_of_writers_in_parts_one_creates_and_one_replaces(proxy20, bucket20):
    store = s3(proxy20.endpoint, bucket20, "ceph", part_size=5 * 1024**2)
    write = Write()
    for letters in (b"abcdef", b"ghijkl"):  # the same bytes again would have the same ETag

        def work(letter: int, write: Write = write) -> bytes:
            try:
                store.put("k", in_parts(bytes([letter])), write)
            except (AlreadyExists, Changed):
                return b""
            return bytes([letter])

        with ThreadPoolExecutor(6) as threads:
            (winner,) = filter(None, threads.map(work, letters))
        assert winner * 6 * 1024**2 == store.get("k").read()
        write = Write(etag=store.head("k").etag)


@pytest.mark.parametrize("size", [0, 5, 1024**2 + 1, 2_000_000])
def test_a_new_copy_where_the_completion_keeps_conditions(newer, proxy20, size):
    data = bytes(range(256)) * (size // 256 + 1)
    attributes = Attributes(content_type="a/b", metadata={"who": "me"})
    put(newer, "k", data[:size], Write(overwrite=True, attributes=attributes))
    with proxy20.counting() as counted:
        newer.copy("k", "c", Write(attributes=Attributes(cache_control="no-store")))
    assert (["GET", "PUT"] if size <= 1024**2 else ["GET", "POST", "PUT", "POST"]) == counted.methods
    seen = newer.head("c")
    assert (attributes.merged(Attributes(cache_control="no-store")), size) == (seen.attributes, seen.size)
    with pytest.raises(AlreadyExists):
        newer.copy("k", "c")
    assert data[:size] == newer.get("c").read()


def test_a_large_new_file_goes_up_in_parts(newer, proxy20):
    with proxy20.counting() as counted:
        put(newer, "k", bytes(65 * 1024**2), Write())
    assert 2 == counted.methods.count("POST")
    with pytest.raises(AlreadyExists):
        put(newer, "k", bytes(65 * 1024**2), Write())
    stale = newer.head("k").etag
    put(newer, "k", b"ours", Write(etag=stale))
    put(newer, "k", b"theirs")
    with pytest.raises(Changed):
        put(newer, "k", bytes(65 * 1024**2), Write(etag=stale))
    assert b"theirs" == newer.get("k").read()


# ---------------------------------------------------------------- checks


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"service": "wasabi", "endpoint": "https://s3.fr-par.scw.cloud"}, ["holdfast.E206"]),
        ({"service": "wasabi", "endpoint": "https://files.example.org"}, []),
        ({"service": "ceph", "endpoint": "https://fsn1.your-objectstorage.com"}, []),
        ({"service": "wasabi", "endpoint": "https://s3.nl-1.wasabisys.com"}, []),
        ({"service": "b2"}, ["holdfast.E207"]),
        ({"service": "oracle", "region": "r"}, ["holdfast.E207"]),
        ({"service": "ceph"}, ["holdfast.E207"]),
        ({"service": "b2", "region": "r", "conditional_put": True}, ["holdfast.W205"]),
        ({"service": "b2", "region": "r", "conditional_put": False}, []),
        ({"service": "wasabi", "conditional_put": True}, []),
        ({"service": "ceph-16", "endpoint": "https://x.test", "conditional_complete": True}, ["holdfast.W205"]),
        ({"service": "b2", "region": "r", "checksum": "crc32"}, ["holdfast.W208"]),
        ({"service": "b2", "region": "r", "checksum": "md5"}, []),
        ({"service": "r2", "account": "a", "part_size": 5 * 1024**3}, ["holdfast.E204"]),
        ({"service": "aws", "part_size": 5 * 1024**3}, []),
        ({"service": "alibaba", "region": "r", "addressing": "path"}, ["holdfast.W206"]),
        ({"service": "aws", "addressing": "path"}, []),
        ({"bucket": "a.b", "addressing": "virtual"}, ["holdfast.W207"]),
        ({"bucket": "a.b"}, []),
        ({"bucket": "a.b", "addressing": "virtual", "endpoint": "http://127.0.0.1:1"}, []),
    ],
)
def test_checks(options, ids):
    assert ids == [message.id for message in of(**options).check()]


@pytest.mark.parametrize(("service", "ids"), [("wasabi", ["holdfast.W001"]), ("scaleway", [])])
def test_a_storage_where_two_may_win_is_warned_of(monkeypatch, service, ids):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    options = {"store": f"s3://media?service={service}&region=r"}
    with override_settings(STORAGES={"default": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": options}}):
        assert ids == [message.id for message in check_storages() if message.id == "holdfast.W001"]


# ---------------------------------------------------------------- the page


def test_the_page_is_made_of_the_table():
    written = Path(__file__).parents[2] / "docs/stores/s3-services.md"
    assert page() == written.read_text(), "make docs"
