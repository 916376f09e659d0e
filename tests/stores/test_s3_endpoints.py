"""Hosts, paths and regions of buckets at Amazon: as botocore's own rules have them, and what is refused by name."""

from __future__ import annotations

import itertools
import pickle
import ssl

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from django.core.exceptions import ImproperlyConfigured

from holdfast.resolve import resolve
from holdfast.stores.s3 import S3Store
from holdfast.types import Permit

POINT = "arn:aws:s3:us-west-2:123456789012:accesspoint/media-point"
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1"]
REGIONS += ["eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1", "il-central-1"]
BUCKETS = ["media", "me.dia", "a1", "media-1-s3alias", "Me_dia", POINT, POINT.replace("point/", "point:")]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    names = ["REGION", "DEFAULT_REGION", "ENDPOINT_URL", "ENDPOINT_URL_S3", "USE_FIPS_ENDPOINT"]
    for name in [*names, "USE_DUALSTACK_ENDPOINT"]:
        monkeypatch.delenv(f"AWS_{name}", raising=False)


@pytest.fixture(scope="module")
def rules():
    """Botocore's own rules for the endpoints of S3."""
    loader = botocore.session.Session().get_component("data_loader")
    return EndpointProvider(loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions"))


def theirs(rules, **given):
    usual = {"ForcePathStyle": False, "UseGlobalEndpoint": False, "DisableMultiRegionAccessPoints": False}
    try:
        found = rules.resolve_endpoint(**(usual | given))
    except EndpointProviderError:
        return None
    return found.url, found.properties["authSchemes"][0]["signingRegion"]


def ours(**options):
    try:
        store = S3Store(access_key="KEY", secret_key="word", **options)
        address = store._client.address
    except ImproperlyConfigured:
        return None
    return f"{address.origin}{address.base}", address.region


@pytest.mark.parametrize(("dualstack", "fips", "accelerate"), list(itertools.product([False, True], repeat=3)))
@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("region", REGIONS)
def test_as_botocore_has_it(rules, region, bucket, dualstack, fips, accelerate):
    if bucket.startswith("arn:"):
        region = "us-west-2"  # botocore refuses an ARN of another partition than the region's; ours takes the ARN's
    expected = theirs(
        rules, Region=region, Bucket=bucket, UseFIPS=fips, UseDualStack=dualstack, Accelerate=accelerate
    )
    found = ours(bucket=bucket, region=region, fips=fips, dualstack=dualstack, accelerate=accelerate)
    assert expected == found


@pytest.mark.parametrize("bucket", ["media", "me.dia", POINT])
def test_as_botocore_has_it_at_another_endpoint(rules, bucket):
    for virtual, endpoint in itertools.product(
        (False, True), ("https://s3.example.org/base", "http://localhost:1")
    ):
        given = {"Region": "us-west-2", "Bucket": bucket, "Endpoint": endpoint, "UseFIPS": False}
        path = not virtual and not bucket.startswith("arn:")
        if virtual and "." in bucket:
            continue  # what is asked for by name is done: that service may have a certificate for it
        expected = theirs(rules, **given, UseDualStack=False, Accelerate=False, ForcePathStyle=path)
        addressing = "virtual" if virtual else "auto"
        found = ours(bucket=bucket, region="us-west-2", endpoint=endpoint, addressing=addressing)
        assert expected == found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bucket": "arn:aws:s3::123456789012:accesspoint:abc.mrap"}, "4A.*nearest region"),
        ({"bucket": "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:n"}, "Outposts"),
        ({"bucket": "name-o0000abcdefg--op-s3"}, "Outposts"),
        ({"bucket": "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/n"}, "Object Lambda"),
        ({"bucket": "media--use1-az4--x-s3"}, "directory bucket.*general purpose"),
        ({"bucket": "arn:aws:s3:::media"}, "write the name alone"),
        ({"bucket": POINT, "addressing": "path"}, "leave addressing='path' out"),
        ({"bucket": POINT, "accelerate": True}, "name the bucket"),
        ({"bucket": "me.dia", "accelerate": True}, "a name without dots"),
        ({"bucket": "media", "accelerate": True, "addressing": "path"}, "addressing not 'path'"),
        ({"bucket": "media", "accelerate": True, "fips": True}, "leave one of both out"),
        ({"bucket": "media", "accelerate": True, "region": "cn-north-1"}, "'cn-north-1'"),
        ({"bucket": "media", "fips": True, "region": "cn-north-1"}, "'cn-north-1'"),
        ({"bucket": "media", "fips": True, "endpoint": "https://s3.example.org"}, "^s3: fips: .*or the endpoint"),
        ({"bucket": "media", "dualstack": True, "endpoint": "https://s3.example.org"}, "^s3: dualstack:"),
        ({"bucket": "media", "accelerate": True, "service": "b2", "region": "eu-1"}, "^s3: accelerate:"),
    ],
)
def test_what_is_refused_by_name(options, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        S3Store(**options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"client_key": "key.pem"}, "'client_cert'"),
        ({"ssl_context": "a.b", "client_cert": "cert.pem"}, "the place of client_cert"),
        ({"ssl_context": "a.b", "ca_bundle": "ca.pem"}, "the place of ca_bundle"),
        ({"ssl_context": "a.b", "verify": False}, "the place of verify"),
    ],
)
def test_what_contradicts_itself_about_certificates(options, said):
    with pytest.raises(ImproperlyConfigured, match=said):
        S3Store(bucket="media", **options)


def test_the_environments_authorities_are_no_contradiction(monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/ca.pem")
    assert ("", "/ca.pem") == (S3Store(bucket="m", ssl_context="a.b").ca_bundle, S3Store(bucket="m").ca_bundle)


def test_a_context_as_an_object_is_used_and_cannot_be_pickled():
    context = ssl.create_default_context()
    store = S3Store(bucket="media", ssl_context=context)
    assert context is store._client.address.origin.ssl_context
    with pytest.raises(TypeError, match="SSLContext"):
        pickle.dumps(store)


@pytest.mark.parametrize(
    ("options", "ids", "said"),
    [
        ({"client_cert": "/no/cert"}, ["holdfast.E203"], "'/no/cert', as client_cert says"),
        ({"proxy": "socks5://me:secret-word@proxy:1"}, ["holdfast.E208"], "http://user:password@host:port"),
        ({"proxy": "none"}, [], ""),
        ({"bucket": "me.dia", "addressing": "virtual"}, ["holdfast.W207"], "in spite of"),
    ],
)
def test_the_check_says(options, ids, said):
    found = S3Store(**{"bucket": "media", **options}).check()
    text = "".join(f"{message}" for message in found)
    assert (ids, True, False) == ([message.id for message in found], said in text, "secret-word" in text)


def test_names_that_only_amazon_gives_a_meaning_are_names_elsewhere():
    assert "x--x-s3" == S3Store(bucket="x--x-s3", endpoint="https://s3.example.org").bucket


def test_the_environment_speaks_of_amazon_alone(monkeypatch):
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "True")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    assert ("https://media.s3-fips.dualstack.us-east-1.amazonaws.com", "us-east-1") == ours(bucket="media")
    assert ("https://media.s3.us-east-1.amazonaws.com", "us-east-1") == ours(
        bucket="media", dualstack=False, fips=False
    )
    assert ("https://s3.example.org/media", "us-east-1") == ours(bucket="media", endpoint="https://s3.example.org")


def test_a_name_with_dots_goes_into_the_path_where_no_certificate_has_it():
    assert ours(bucket="me.dia", addressing="virtual") == ours(bucket="me.dia")
    at = "http://s3.example.org"
    assert "http://me.dia.s3.example.org" == ours(bucket="me.dia", addressing="virtual", endpoint=at)[0]


def test_an_access_point_in_a_url():
    store = resolve(f"s3://{POINT}/uploads")
    assert (POINT, "us-west-2") == (store.inner.bucket, store.inner.region)
    assert "uploads/" == store.prefix
    colons = resolve("s3://arn:aws:s3:us-west-2:123456789012:accesspoint:media-point")
    assert "us-west-2" == colons.region


def test_copies_from_an_access_point_name_it():
    client = S3Store(bucket=POINT, access_key="KEY", secret_key="word")._client
    assert f"{POINT}/object/a%20b" == client.copy_source("a b")
    assert "/media/a%20b" == S3Store(bucket="media")._client.copy_source("a b")


def test_signed_urls_are_at_the_same_host():
    store = S3Store(bucket="media", region="eu-west-1", dualstack=True, access_key="KEY", secret_key="word")
    url = store.sign("k", Permit(expires=60)).url
    assert url.startswith("https://media.s3.dualstack.eu-west-1.amazonaws.com/k?")


def test_options_survive_a_pickle():
    store = S3Store(bucket="media", dualstack=True, proxy="http://me:word@proxy:1", ssl_context="a.b")
    again = pickle.loads(pickle.dumps(store))
    assert store._client.address.origin == again._client.address.origin
    assert "word" not in repr(again._client.address)
