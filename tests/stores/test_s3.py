"""What is peculiar to S3: headers, listings, signatures, errors, and what Amazon's own client makes of it all."""

from __future__ import annotations

import os
import pickle
import socket
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.views.debug import ExceptionReporter

from holdfast.errors import AlreadyExists, Changed, Denied, NotFound, Refused, StoreError, Unavailable, Unsupported
from holdfast.options import options_of
from holdfast.source import Source
from holdfast.stores.s3 import copy as s3_copy
from holdfast.stores.s3.services import GENERIC
from holdfast.stores.s3.store import S3Store
from holdfast.types import Attributes, Create, Feature, Folder, Listing, Permit, Read, Secret, Write
from tests.servers.faults import Fault

OVER = Write(overwrite=True)
LARGEST_PUT = GENERIC.bounds.put

WEIRD = [
    "a//b", "../x", "./y", "a/../b", "trail/", "/lead", "50%", "a+b", "a b", "ü/ä", "q?x=1", "h#h", "&<>\"'",
    "a\x01b", "a\nb", "a\rb", "\t", "~", "a%2Fb", "😀", "*", "(x)", "\x7f", "a\\b", "=;,:@$!", "e\u0301", "é",
    "x" * 1024,
]  # fmt: skip


def put(store, key, data=b"x", how=OVER):
    return store.put(key, Source.of(data), how)


# ---------------------------------------------------------------- entries and attributes

ATTRIBUTES = Attributes(
    content_type="text/plain; charset=utf-8",
    content_encoding="gzip",
    content_disposition='attachment; filename="x.txt"',
    content_language="de",
    cache_control="max-age=60",
    metadata={"who": "Zoë", "spaces": " a  b ", "empty-looking": "=?x", "emoji": "😀" * 40, "plain": "a, b"},
)


def test_put_get_and_head_agree(store):
    kept = put(store, "k", b"hello", Write(attributes=ATTRIBUTES))
    seen = store.head("k")
    with store.get("k") as body:
        assert (seen, b"hello") == (body.entry, body.read())
    assert (5, ATTRIBUTES, kept.etag) == (seen.size, seen.attributes, seen.etag)
    assert (5, ATTRIBUTES, seen.digests) == (kept.size, kept.attributes, kept.digests)
    assert seen.modified is not None
    assert abs(datetime.now(UTC) - seen.modified) < timedelta(minutes=1)


def test_a_listing_says_the_same_as_head(store):
    put(store, "k", b"hello")
    seen, [listed] = store.head("k"), list(store.list())
    assert (seen.key, seen.size, seen.etag, seen.modified) == (
        listed.key,
        listed.size,
        listed.etag,
        listed.modified,
    )


def test_our_token_is_nobodys_business(store, place):
    put(store, "k", b"hello", Write())
    assert ["holdfast-token"] == list(place.boto3.head_object(Bucket=place.bucket, Key="k")["Metadata"])
    assert Attributes(content_type="binary/octet-stream") == store.head("k").attributes


def test_the_requested_type_is_before_the_guessed_one(store):
    put(store, "a", how=Write(overwrite=True, guess="image/png"))
    put(store, "b", how=Write(overwrite=True, guess="image/png", attributes=Attributes(content_type="text/plain")))
    assert ["image/png", "text/plain"] == [store.head(key).attributes.content_type for key in "ab"]


@pytest.mark.parametrize("checksum", ["md5", "crc32", "sha256", "none"])
@pytest.mark.parametrize("data", [b"", b"hello", bytes(200_000)], ids=len)
def test_every_checksum(place, checksum, data):
    store = place.store(checksum=checksum)
    put(store, "k", data)
    assert data == store.get("k").read()


# ---------------------------------------------------------------- ranges


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, None), (0, 3), (3, 5), (9, None), (9, 20), (10, None), (10, 12), (50, 60), (4, 4), (0, 0)],
)
def test_ranges(store, start, end):
    put(store, "k", b"0123456789")
    with store.get("k", Read(start=start, end=end)) as body:
        assert b"0123456789"[start:end] == body.read()
        assert 10 == body.entry.size
        assert body.start <= body.end <= 10


@pytest.mark.parametrize("want", [Read(), Read(end=65536), Read(start=5), Read(end=0)])
def test_an_empty_object(store, want):
    put(store, "k", b"")
    with store.get("k", want) as body:
        assert (b"", 0) == (body.read(), body.entry.size)


def test_only_if_it_is_still_the_same(store):
    first = put(store, "k", b"one")
    assert b"one" == store.get("k", Read(etag=first.etag)).read()
    put(store, "k", b"two")
    for verb in (store.get, store.head):
        with pytest.raises(Changed) as caught:
            verb("k", Read(etag=first.etag))
        assert ("k", store.label) == (caught.value.key, caught.value.store)


def test_replace_only_if_it_is_still_the_same(store):
    first = put(store, "k", b"one")
    second = put(store, "k", b"two", Write(etag=first.etag))
    with pytest.raises(Changed):
        put(store, "k", b"three", Write(etag=first.etag))
    assert (b"two", second.etag) == (store.get("k").read(), store.head("k").etag)
    store.delete("k")
    with pytest.raises(Changed):
        put(store, "k", b"three", Write(etag=second.etag))


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        pytest.param(lambda store: put(store, "new", b"x", Write()), ["PUT"], id="put new"),
        pytest.param(lambda store: put(store, "k", b"x"), ["PUT"], id="put over"),
        pytest.param(lambda store: store.head("k"), ["HEAD"], id="head"),
        pytest.param(lambda store: store.get("k").read(), ["GET"], id="get"),
        pytest.param(lambda store: store.get("k", Read(start=1, end=2)).read(), ["GET"], id="get a range"),
        pytest.param(lambda store: store.get("k", Read(start=99)).read(), ["GET", "HEAD"], id="get behind the end"),
        pytest.param(lambda store: store.delete("k"), ["DELETE"], id="delete"),
        pytest.param(lambda store: store.delete("no"), ["DELETE"], id="delete what is not there"),
        pytest.param(lambda store: list(store.list()), ["GET"], id="list"),
        pytest.param(lambda store: list(store.listdir()), ["GET"], id="listdir"),
        pytest.param(lambda store: store.delete_many(["k", "l"]), ["POST"], id="delete_many"),
        pytest.param(lambda store: store.copy("k", "c", OVER), ["PUT"], id="copy over"),
        pytest.param(lambda store: store.copy("k", "c"), ["GET", "PUT"], id="copy new"),
        pytest.param(lambda store: store.sign("k", Permit()), [], id="sign"),
        pytest.param(lambda store: store.check(), [], id="check"),
    ],
)
def test_requests(through, proxy, work, expected):
    store = through()
    put(store, "k", b"12")
    with proxy.counting() as counted:
        work(store)
    assert expected == counted.methods
    assert counted.connections <= 1


def test_a_missing_object_costs_one_request_once_the_bucket_was_seen(through, proxy):
    store = through()
    with proxy.counting() as first, pytest.raises(NotFound):
        store.head("no")
    with proxy.counting() as second:
        with pytest.raises(NotFound):
            store.head("no")
        with pytest.raises(NotFound):
            store.get("no")
        with pytest.raises(AlreadyExists):
            put(store, "k", b"x") and put(store, "k", b"x", Write())
    assert ["HEAD", "HEAD"] == first.methods
    assert ["HEAD", "GET", "PUT", "PUT"] == second.methods


def test_pages(through, proxy, place):
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: put(place.store(), f"d/{number:04}"), range(2500)))
    store = through()
    with proxy.counting() as counted:
        assert [f"d/{number:04}" for number in range(2500)] == [entry.key for entry in store.list()]
    assert 3 == counted.count
    with proxy.counting() as counted:
        assert 2500 == len(list(store.listdir("d/")))
    assert 3 == counted.count
    with proxy.counting() as counted:
        next(iter(store.list()))
    assert 1 == counted.count
    with proxy.counting() as counted:
        assert ["d/2499"] == [entry.key for entry in store.list("d/", Listing(after="d/2498"))]
    assert 1 == counted.count
    with proxy.counting() as counted:
        store.delete_many(f"d/{number:04}" for number in range(2500))
    assert (["POST"] * 3, []) == (counted.methods, place.keys())


# ---------------------------------------------------------------- listings


def test_listdir(store):
    for key in ("d/", "d/a", "d/b/", "d/b/c", "d/b/d/e", "d/b.txt", "e"):
        put(store, key)
    assert [Folder("d/"), "e"] == [item if isinstance(item, Folder) else item.key for item in store.listdir()]
    found = [item if isinstance(item, Folder) else item.key for item in store.listdir("d/")]
    assert ["d/a", "d/b.txt", Folder("d/b/")] == found
    assert [] == list(store.listdir("nowhere/"))


def test_listdir_shows_what_the_whole_listing_has(store):
    for key in WEIRD:
        put(store, key)
    theirs = {item if isinstance(item, Folder) else item.key for item in super(S3Store, store).listdir()}
    ours = [item if isinstance(item, Folder) else item.key for item in store.listdir()]
    assert (theirs, len(theirs)) == (set(ours), len(ours))


@pytest.mark.parametrize("key", WEIRD)
def test_any_key_others_write_can_be_handled(store, place, key):
    place.boto3.put_object(Bucket=place.bucket, Key=key, Body=b"theirs")
    assert [key] == [entry.key for entry in store.list()]
    assert (b"theirs", 6) == (store.get(key).read(), store.head(key).size)
    put(store, key, b"ours")
    assert b"ours" == place.boto3.get_object(Bucket=place.bucket, Key=key)["Body"].read()
    if len(key) < 1000:
        store.copy(key, f"{key}2", OVER)
        assert b"ours" == place.boto3.get_object(Bucket=place.bucket, Key=f"{key}2")["Body"].read()
        store.delete(f"{key}2")
    store.delete_many([key, "no such key"])
    assert [] == list(store.list())


def test_all_of_them_together_in_order(store):
    for key in WEIRD:
        put(store, key)
    assert sorted(WEIRD, key=str.encode) == [entry.key for entry in store.list()]
    store.delete_many(WEIRD)
    assert [] == list(store.list())


# ---------------------------------------------------------------- Amazon's own client as a witness


def test_what_we_write_it_reads(store, place):
    put(store, "k", b"hello", Write(attributes=ATTRIBUTES))
    seen = place.boto3.get_object(Bucket=place.bucket, Key="k")
    assert b"hello" == seen["Body"].read()
    names = ("ContentType", "ContentEncoding", "ContentDisposition", "ContentLanguage", "CacheControl")
    assert list(ATTRIBUTES.named().values()) == [seen[name] for name in names]
    assert ("a, b", "=?UTF-8?B?Wm/Dqw==?=") == (seen["Metadata"]["plain"], seen["Metadata"]["who"])


def test_what_it_writes_we_read(store, place):
    place.boto3.put_object(
        Bucket=place.bucket,
        Key="k",
        Body=b"hello",
        ContentType="image/png",
        Metadata={"a": "b", "c": "=?UTF-8?Q?=C3=BC?="},
    )
    seen = store.head("k")
    assert Attributes(content_type="image/png", metadata={"a": "b", "c": "ü"}) == seen.attributes
    assert {"md5": "5d41402abc4b2a76b9719d911017c592"} == seen.digests


def test_what_it_writes_in_parts_we_read(store, place):
    data = os.urandom(6_000_000)
    target = {"Bucket": place.bucket, "Key": "k"}
    upload = place.boto3.create_multipart_upload(**target)["UploadId"]
    pieces = [data[:5_300_000], data[5_300_000:]]
    parts = [
        {
            "PartNumber": number,
            "ETag": place.boto3.upload_part(**target, UploadId=upload, PartNumber=number, Body=piece)["ETag"],
        }
        for number, piece in enumerate(pieces, start=1)
    ]
    place.boto3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
    with store.get("k") as body:
        assert (data, {}) == (body.read(), body.entry.digests)  # its ETag is no MD5


def test_raw_utf8_of_others(place, store, through, proxy):
    put(store, "k")
    headers = {"x-amz-meta-name": "Zürich", "content-type": "text/plain"}
    proxy.plan(Fault("error_before", match="HEAD", status=200, headers=headers))
    assert {"name": "Zürich"} == through().head("k").attributes.metadata


# ---------------------------------------------------------------- copies


@pytest.mark.parametrize("how", [Write(), OVER], ids=["new", "over"])
def test_a_copy_has_the_attributes(store, how):
    put(store, "a", b"hello", Write(attributes=ATTRIBUTES))
    store.copy("a", "b", how)
    assert (b"hello", ATTRIBUTES) == (store.get("b").read(), store.head("b").attributes)


@pytest.mark.parametrize("how", [Write(), OVER], ids=["new", "over"])
def test_requested_ones_take_their_place(store, how):
    put(store, "a", b"hello", Write(attributes=ATTRIBUTES))
    wanted = Attributes(content_type="image/png", metadata={"who": "me"})
    store.copy("a", "b", Write(overwrite=how.overwrite, attributes=wanted))
    assert ATTRIBUTES.merged(wanted) == store.head("b").attributes


def test_a_copy_onto_another_object(store):
    put(store, "a", b"a")
    put(store, "b", b"b")
    with pytest.raises(AlreadyExists):
        store.copy("a", "b")
    assert b"b" == store.get("b").read()
    store.copy("a", "b", OVER)
    assert b"a" == store.get("b").read()


def test_a_copy_onto_itself(store):
    put(store, "a", b"a", Write(attributes=ATTRIBUTES))
    store.copy("a", "a", OVER)
    store.copy("a", "a", Write(overwrite=True, attributes=Attributes(content_type="image/png")))
    assert (b"a", "image/png") == (store.get("a").read(), store.head("a").attributes.content_type)


@pytest.mark.parametrize("how", [Write(), OVER], ids=["new", "over"])
def test_a_copy_of_nothing(store, how):
    with pytest.raises(NotFound) as caught:
        store.copy("no", "b", how)
    assert "no" == caught.value.key


def test_copies_in_parts(place, monkeypatch):
    monkeypatch.setattr(s3_copy, "PART", 5 * 1024 * 1024)
    store, data = place.store(conditional_complete=True), os.urandom(11_000_000)
    put(store, "a", data, Write(overwrite=True, attributes=ATTRIBUTES))
    put(store, "empty", b"")
    store.copy("a", "b")
    store.copy("empty", "c")
    assert (data, ATTRIBUTES) == (store.get("b").read(), store.head("b").attributes)
    assert (b"", []) == (store.get("c").read(), place.pending())


def test_a_copy_that_failed_with_status_200(through, proxy):
    store = through()
    put(store, "a", b"a")
    proxy.plan(Fault("error_before", match="PUT", status=200, code="InternalError"))
    store.copy("a", "b", OVER)
    assert b"a" == store.get("b").read()
    proxy.assert_all_fired()


# ---------------------------------------------------------------- signed URLs


def fetch(signed, data=None, **headers):
    request = urllib.request.Request(
        signed.url, method=signed.method, data=data, headers={**signed.headers, **headers}
    )
    return urllib.request.urlopen(request)


@pytest.mark.parametrize("key", ["k", "a b/ü+%.txt", "a//b", "&?#"])
def test_signed_get(store, key):
    put(store, key, b"hello")
    with fetch(store.sign(key, Permit(download='ü "x".txt', content_type="text/html"))) as answer:
        assert (b"hello", "text/html") == (answer.read(), answer.headers["Content-Type"])
        disposition = "attachment; filename=\"_ _x_.txt\"; filename*=UTF-8''%C3%BC%20%22x%22.txt"
        assert disposition == answer.headers["Content-Disposition"]


def test_signed_put_and_delete(store):
    signed = store.sign("k", Permit(method="PUT", content_type="image/png"))
    assert {"content-type": "image/png"} == signed.headers
    fetch(signed, b"hello").close()
    assert (b"hello", "image/png") == (store.get("k").read(), store.head("k").attributes.content_type)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch(signed, b"hello", **{"content-type": "text/html"})
    fetch(store.sign("k", Permit(method="DELETE"))).close()
    assert [] == list(store.list())


def test_signed_for_another_host(place, proxy):
    store = place.store(public_endpoint=proxy.endpoint)
    put(store, "k", b"hello")
    signed = store.sign("k", Permit())
    assert signed.url.startswith(f"{proxy.endpoint}/{place.bucket}/k?")
    with fetch(signed) as answer:
        assert b"hello" == answer.read()
    assert 1 == len(proxy.requests)


def test_how_long_it_lives(store):
    signed = store.sign("k", Permit(expires=timedelta(hours=2)))
    assert abs(signed.expires - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)
    with pytest.raises(ValueError, match="7 days"):
        store.sign("k", Permit(expires=timedelta(days=8)))


# ---------------------------------------------------------------- what goes wrong, and what is said of it


def refused(kind, match, work):
    with pytest.raises(kind, match=match) as caught:
        work()
    assert type(caught.value) is kind
    assert "main+secret" not in str(caught.value)
    assert "Signature" not in str(caught.value).replace("SignatureDoesNotMatch", "")
    return caught.value


def every_verb(store):
    return [
        lambda: store.head("k"),
        lambda: store.get("k"),
        lambda: put(store, "k", b"x"),
        lambda: put(store, "k", b"x", Write()),
        lambda: store.delete("k"),
        lambda: list(store.list()),
        lambda: store.delete_many(["k"]),
        lambda: store.copy("k", "l", OVER),
    ]


def test_a_missing_bucket(place):
    for work in every_verb(place.store(bucket="no-such-bucket")):
        refused(Refused, "no (such )?bucket", work)


@pytest.mark.parametrize(
    "options", [{"secret_key": Secret("wrong-one")}, {"access_key": Secret("NOBODY")}], ids=str
)
def test_wrong_keys(place, options):
    """Ceph says no more than AccessDenied to them; Amazon has codes of its own, below."""
    for work in every_verb(place.store(**options)):
        error = refused(Denied, "check access_key and secret_key", work)
        assert "wrong-one" not in str(error)


def test_a_stranger(place, ceph):
    put(place.store(), "k")
    store = place.store(access_key=Secret(ceph.stranger_access_key), secret_key=Secret(ceph.stranger_secret_key))
    for work in every_verb(store):
        refused(Denied, "missing_when_denied", work)


def test_a_403_can_be_taken_for_a_missing_object(place, ceph):
    store = place.store(
        access_key=Secret(ceph.stranger_access_key),
        secret_key=Secret(ceph.stranger_secret_key),
        missing_when_denied=True,
    )
    refused(NotFound, "There is no 'k'", lambda: store.head("k"))
    refused(NotFound, "There is no 'k'", lambda: store.get("k"))
    refused(Denied, "AccessDenied", lambda: put(store, "k"))


def test_a_dead_server(place):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    store = place.store(f"http://127.0.0.1:{port}", attempts=2)
    for work in every_verb(store):
        error = refused(Unavailable, f"Nothing listens at 127.0.0.1:{port}", work)
        assert not isinstance(error.errno, int) or error.errno not in (32, 104)


def test_errors_pickle(place):
    with pytest.raises(StoreError) as caught:
        place.store(bucket="no-such-bucket").get("k")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(caught.value), str(caught.value), caught.value.store) == (type(copy), str(copy), copy.store)


@pytest.mark.parametrize(
    ("status", "code", "kind", "match"),
    [
        (403, "RequestTimeTooSkewed", Denied, "clock"),
        (403, "SignatureDoesNotMatch", Denied, "the signature is wrong: check access_key and secret_key"),
        (403, "InvalidAccessKeyId", Denied, "does not know the access key: check access_key"),
        (400, "ExpiredToken", Denied, "expired"),
        (400, "EntityTooLarge", Refused, "larger"),
        (403, "QuotaExceeded", Refused, "quota"),
        (400, "SomethingNew", Refused, "SomethingNew"),
        (501, "NotImplemented", Refused, "cannot do this"),
        (301, "PermanentRedirect", Refused, "set region=eu-central-9"),
        (400, "AuthorizationHeaderMalformed", Refused, "set region=eu-central-9"),
    ],
)
def test_what_the_service_says(through, proxy, status, code, kind, match):
    headers = {"x-amz-bucket-region": "eu-central-9"}
    count = 2 if "region" in match else 1  # the other region is tried
    proxy.plan(Fault("error_before", status=status, code=code, headers=headers, count=count))
    with proxy.counting() as counted:
        refused(kind, match, lambda: through().get("k"))
    assert count == counted.count


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(through, proxy, status):
    store = through()
    put(store, "k", b"hello")
    proxy.plan(Fault("error_before", count=2, match="GET", status=status))
    assert b"hello" == store.get("k").read()
    proxy.plan(Fault("error_before", count=4, match="GET", status=status))
    with proxy.counting() as counted:
        refused(Unavailable, "'k'", lambda: store.get("k"))
    assert 4 == counted.count
    proxy.assert_all_fired()


def test_this_machines_clock_may_be_wrong(through, monkeypatch):
    store = through()
    put(store, "k", b"hello")
    store._client.address.signer.offset = 3600.0
    assert b"hello" == store.get("k").read()
    assert abs(store._client.address.signer.offset) < 60
    store._client.address.signer.offset = -3600.0
    assert 5 == store.head("k").size


def test_delete_many_raises_the_first_and_keeps_the_others(through, proxy, place):
    with pytest.raises(StoreError) as caught:
        place.store(bucket="no-such-bucket").delete_many(["a", "b"])
    assert () == caught.value.others


# ---------------------------------------------------------------- TLS


def test_tls_with_the_authority_that_is_named(place, ceph):
    store = place.store(ceph.tls_endpoint, ca_bundle=str(ceph.ca_file))
    data = os.urandom(3_000_000)
    put(store, "k", data, Write())
    assert (data, 3_000_000) == (store.get("k").read(), store.head("k").size)
    store.close()


def test_not_without_it(place, ceph):
    store = place.store(ceph.tls_endpoint)
    for work in every_verb(store):
        refused(Refused, "ca_bundle", work)


def test_unless_nobody_looks(place, ceph):
    store = place.store(ceph.tls_endpoint, verify=False)
    put(store, "k", b"hello")
    assert b"hello" == store.get("k").read()
    store.close()


# ---------------------------------------------------------------- options


def test_what_it_can_do():
    given = {"bucket": "b", "service": "generic", "access_key": Secret("a"), "secret_key": Secret("s")}
    store = S3Store(**given)
    assert Feature.REPLACE_IF in store.features
    assert Feature.DELETE_IF not in store.features
    sizes = (None, 0, LARGEST_PUT, LARGEST_PUT + 1)
    assert [Create.ATOMIC] * 3 + [Create.NONE] == [store.creates(size) for size in sizes]
    more = S3Store(**given, conditional_complete=True)
    assert [Create.ATOMIC] * 4 == [more.creates(size) for size in sizes]
    less = S3Store(**given, conditional_put=False)
    assert [Create.NONE] * 4 == [less.creates(size) for size in sizes]
    assert Feature.REPLACE_IF not in less.features


def test_a_file_that_is_too_large_to_be_sure_of(store):
    class Huge(Source):
        repeatable = True
        size = LARGEST_PUT + 1

        def chunks(self):
            raise AssertionError("not a byte is read")

    with pytest.raises(Unsupported, match="conditional_complete"):
        store.put("k", Huge())


def test_without_conditions(place, proxy):
    store = place.store(proxy.endpoint, conditional_put=False)
    with proxy.counting() as counted:
        put(store, "k", b"one", Write())
        with pytest.raises(AlreadyExists):
            put(store, "k", b"two", Write())
    assert (["HEAD", "HEAD", "PUT", "HEAD"], b"one") == (counted.methods, store.get("k").read())
    with pytest.raises(Unsupported):
        put(store, "k", b"two", Write(etag='"x"'))


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "https://b-1.s3.us-east-1.amazonaws.com/k"),
        ({"region": "eu-west-1"}, "https://b-1.s3.eu-west-1.amazonaws.com/k"),
        ({"region": "cn-north-1"}, "https://b-1.s3.cn-north-1.amazonaws.com.cn/k"),
        ({"bucket": "b.1"}, "https://s3.us-east-1.amazonaws.com/b.1/k"),
        ({"addressing": "path"}, "https://s3.us-east-1.amazonaws.com/b-1/k"),
        ({"endpoint": "https://s3.example.org"}, "https://s3.example.org/b-1/k"),
        ({"endpoint": "https://example.org/s3/"}, "https://example.org/s3/b-1/k"),
        ({"endpoint": "https://s3.example.org:9000", "addressing": "virtual"}, "https://b-1.s3.example.org:9000/k"),
    ],
)
def test_where_a_bucket_is(monkeypatch, options, url):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    store = S3Store(**{"bucket": "b-1", "access_key": Secret("a"), "secret_key": Secret("s"), **options})
    assert url == store.sign("k", Permit()).url.partition("?")[0]


def test_the_environment_counts(monkeypatch, place, ceph):
    monkeypatch.setenv("AWS_ENDPOINT_URL", ceph.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", ceph.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ceph.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ceph.secret_key)
    store = S3Store(bucket=place.bucket)
    put(store, "k", b"hello")
    assert b"hello" == store.get("k").read()


def test_strings_are_taken_for_secrets_and_shown_nowhere(place, ceph):
    store = place.store(access_key=ceph.access_key, secret_key=ceph.secret_key)
    put(store, "k")
    assert ceph.secret_key not in repr(store) + repr(store.__dict__) + str(vars(store))
    assert {"access_key", "secret_key", "session_token", "proxy"} == {
        option.name for option in options_of(S3Store).values() if option.secret
    }


def test_it_pickles(store):
    put(store, "k", b"hello")
    copy = pickle.loads(pickle.dumps(store))
    assert (b"hello", store.features) == (copy.get("k").read(), copy.features)


def test_anonymous(place):
    store = place.store(anonymous=True, access_key=None, secret_key=None)
    refused(Denied, "missing_when_denied", lambda: store.get("k"))
    with pytest.raises(Unsupported):
        store.sign("k", Permit())
    place.boto3.put_object(Bucket=place.bucket, Key="open", Body=b"hello", ACL="public-read")
    assert b"hello" == store.get("open").read()


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, []),
        ({"bucket": ""}, ["holdfast.E201"]),
        ({"bucket": "a/b"}, ["holdfast.E201"]),
        ({"bucket": "Under_Score"}, ["holdfast.W201"]),
        ({"endpoint": "s3.example.org"}, ["holdfast.E202"]),
        ({"public_endpoint": "s3.example.org"}, ["holdfast.E202"]),
        ({"endpoint": "http://s3.example.org"}, ["holdfast.W202"]),
        ({"endpoint": "http://127.0.0.1:9000"}, []),
        ({"ca_bundle": "/no/such/file"}, ["holdfast.E203"]),
        ({"verify": False}, ["holdfast.W203"]),
        ({"part_size": 1000}, ["holdfast.E204"]),
        ({"threads": 0}, ["holdfast.E205"]),
        ({"checksum": "none"}, ["holdfast.W204"]),
    ],
)
def test_checks(options, ids):
    store = S3Store(**{"bucket": "media", "access_key": Secret("a"), "secret_key": Secret("s"), **options})
    assert ids == [message.id for message in store.check()]


@pytest.mark.parametrize("options", [{"bucket": ""}, {"endpoint": "s3.example.org"}, {"endpoint": "http://a:b"}])
def test_what_a_check_would_have_said_is_said_at_the_first_use(options):
    store = S3Store(**{"bucket": "media", "access_key": Secret("a"), "secret_key": Secret("s"), **options})
    with pytest.raises(ImproperlyConfigured):
        store.head("k")


def test_a_debug_page_shows_no_secret(place, proxy, ceph):
    """It shows the local variables of every frame: none of them may tell the token or a signature."""
    token = Secret(os.urandom(8).hex())
    store = place.store(proxy.endpoint, session_token=token, attempts=1)
    pages = []
    for fault in (Fault("error_before"), Fault("lose_reply"), Fault("flip_upload")):
        for size in (5, 100_000):
            proxy.drop_idle()
            proxy.plan(Fault(fault.kind, match="PUT"))
            try:
                put(store, "k", bytes(size))
            except StoreError as error:
                pages.append(ExceptionReporter(None, type(error), error, error.__traceback__).get_traceback_html())
    proxy.reset()
    assert 6 == len(pages)
    for page in pages:
        assert "put_single" in page
        for secret in (token.reveal(), ceph.secret_key, "Signature" + "="):
            assert secret not in page


def test_a_secret_in_an_endpoint_is_refused_and_not_repeated():
    for endpoint in ("http://user:hunter2@127.0.0.1", "http://127.0.0.1?key=hunter2"):
        for name in ("endpoint", "public_endpoint"):
            with pytest.raises(ImproperlyConfigured) as caught:
                S3Store(bucket="b", **{name: endpoint})
            assert "hunter2" not in str(caught.value)
