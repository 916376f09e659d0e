"""Signatures: AWS's published examples, and botocore's own signers for everything that they leave open."""

import pickle
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import SIGNED_HEADERS_BLACKLIST, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.utils import percent_encode
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.types import Secret
from holdfast.wire.credentials import Credentials
from holdfast.wire.sigv4 import EMPTY_PAYLOAD, UNSIGNED, UNSIGNED_PAYLOAD, Signer, canonical_query, encode_path

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", Secret(SECRET))
HOST = "examplebucket.s3.amazonaws.com"
MAY = datetime(2013, 5, 24, tzinfo=UTC)


def example_signer():
    return Signer("us-east-1")


def signature(headers):
    return headers["authorization"].rpartition("Signature=")[2]


# ---------------------------------------------------------------- AWS's examples


@pytest.mark.parametrize(
    ("expected", "method", "path", "query", "headers", "payload"),
    [
        pytest.param(
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            "GET",
            "/test.txt",
            [],
            {"range": "bytes=0-9"},
            b"",
            id="GET Object",
        ),
        pytest.param(
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            "PUT",
            "/test$file.text",
            [],
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            id="PUT Object",
        ),
        pytest.param(
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            "GET",
            "/",
            [("lifecycle", "")],
            {},
            b"",
            id="GET Bucket Lifecycle",
        ),
        pytest.param(
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            "GET",
            "/",
            [("prefix", "J"), ("max-keys", "2")],
            {},
            b"",
            id="GET Bucket (List Objects)",
        ),
    ],
)
def test_header_examples(expected, method, path, query, headers, payload):
    """S3 API Reference, "Transferring Payload in a Single Chunk", Examples."""
    added = example_signer().sign_headers(
        EXAMPLE,
        method,
        HOST,
        encode_path(path),
        canonical_query(query),
        headers,
        sha256(payload).hexdigest(),
        now=MAY,
    )
    assert expected == signature(added)


def test_presign_example():
    """S3 API Reference, "Authenticating Requests: Using Query Parameters", the example."""
    expected = (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    assert expected == example_signer().presign(
        EXAMPLE, "GET", "https", HOST, "/test.txt", expires_seconds=86400, now=MAY
    )


def test_added_headers():
    added = example_signer().sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY)
    assert ["authorization", "x-amz-content-sha256", "x-amz-date"] == sorted(added)
    assert "20130524T000000Z" == added["x-amz-date"]
    assert UNSIGNED_PAYLOAD == added["x-amz-content-sha256"]
    assert added["authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
    )


# ---------------------------------------------------------------- botocore's signers

awkward = st.sampled_from(
    ["//", "/./", "/../", ".", "+", "%", "%2F", " ", "~", ":", "*", "'", "ä", "é", "日", "🙂"]
)
text = st.lists(awkward | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=6).map("".join)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.just("\t"), max_size=30)
token = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
header_names = st.one_of(
    st.sampled_from(["content-type", "range", "if-match", "x-amz-acl", "x-amz-copy-source", "cache-control"]),
    token.map("x-amz-meta-{}".format),
    token,
).filter(
    # A date is rewritten by botocore; "accept-encoding" is signed by it, though some proxies rewrite that.
    lambda name: name not in UNSIGNED | {"date", "host"}
)
headers = st.dictionaries(header_names, printable, max_size=6)
pairs = st.lists(
    st.tuples(
        st.sampled_from(["a", "a-b", "a0", "prefix", "uploads", "response-content-type", "versionId", "A", "ü"])
        | text.filter(bool),
        text,
    ),
    max_size=5,
)
places = st.sampled_from(
    [
        ("https", "s3.eu-west-1.amazonaws.com"),
        ("https", "my.bucket.example.com:8443"),
        ("http", "localhost:9000"),
        ("http", "10.0.0.7"),
        ("http", "[::1]:9000"),
    ]
)
keys = st.builds(
    Credentials,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40).map(Secret),
    st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60).map(Secret),
)
regions = st.sampled_from(["us-east-1", "eu-central-1", "auto", "garage"])
methods = st.sampled_from(["GET", "PUT", "HEAD", "POST", "DELETE"])
bodies = st.none() | st.binary(max_size=20)


def theirs(credentials):
    session_token = credentials.session_token
    return BotocoreCredentials(
        credentials.access_key, credentials.secret_key.reveal(), session_token and session_token.reveal()
    )


def botocore_request(method, place, key, query, sent, body=None):
    scheme, host = place
    request = AWSRequest(
        method, f"{scheme}://{host}/{percent_encode(key, safe='/~')}", headers=sent, params=query, data=body or b""
    )
    # Signed or not signed as we want it, whatever botocore would think of http.
    request.context["client_config"] = SimpleNamespace(s3={"payload_signing_enabled": body is not None})
    return request


def moment(stamp):
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@given(keys, regions, methods, places, text, pairs, headers, bodies)
@example(
    EXAMPLE,
    "auto",
    "GET",
    ("http", "h"),
    "/",
    [("a=", "&"), ("a", "b"), ("a", "")],
    {"x-amz-acl": " a \t b "},
    None,
)
@example(EXAMPLE, "auto", "GET", ("http", "h"), "", [("a-b", ""), ("a", "")], {}, b"")
def test_headers_equal_botocore(credentials, region, method, place, key, query, sent, body):
    request = botocore_request(method, place, key, query, sent, body)
    S3SigV4Auth(theirs(credentials), "s3", region).add_auth(request)

    added = Signer(region).sign_headers(
        credentials,
        method,
        place[1],
        f"/{encode_path(key)}",
        canonical_query(query),
        sent,
        UNSIGNED_PAYLOAD if body is None else sha256(body).hexdigest(),
        now=moment(request.headers["X-Amz-Date"]),
    )
    assert {name: request.headers[name] for name in added} == added


@given(keys, regions, methods, places, text, pairs, headers, st.integers(1, 7 * 86400))
@example(EXAMPLE, "auto", "PUT", ("https", "h"), "a", [], {"x-amz-content-sha256": EMPTY_PAYLOAD}, 1)
@example(EXAMPLE, "auto", "GET", ("https", "h:443"), "a", [], {}, 1)
@example(EXAMPLE, "auto", "GET", ("http", "h:80"), "a", [], {}, 1)
@example(EXAMPLE, "auto", "GET", ("http", "h:443"), "a", [], {}, 1)
@example(EXAMPLE, "auto", "GET", ("http", "BIG.example.com"), "a", [("A", ""), ("X-Amz-E", "="), ("z", "+")], {}, 1)
def test_presigned_equals_botocore(credentials, region, method, place, key, query, sent, expires):
    query = list(dict(query).items())  # botocore keeps one value for each name
    request = botocore_request(method, place, key, dict(query), sent)
    S3SigV4QueryAuth(theirs(credentials), "s3", region, expires=expires).add_auth(request)
    expected = urlsplit(request.url)
    expected_query = dict(parse_qsl(expected.query, keep_blank_values=True))

    url = Signer(region).presign(
        credentials,
        method,
        *place,
        f"/{encode_path(key)}",
        query,
        sent,
        expires,
        now=moment(expected_query["X-Amz-Date"]),
    )
    actual = urlsplit(url)
    assert expected_query == dict(parse_qsl(actual.query, keep_blank_values=True))
    assert (expected.scheme, expected.path) == (actual.scheme, actual.path)
    assert (expected.hostname, expected.port or 0) in [
        (actual.hostname, actual.port or 0),
        (actual.hostname, {"http": 80, "https": 443}[actual.scheme]),
    ]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_encoding_equals_botocore(key):
    assert percent_encode(key, safe="/~") == encode_path(key)
    assert f"k={percent_encode(key, safe='~')}" == canonical_query([("k", key)])


def test_encode_path():
    assert "a~b-c._/d//e/../f" == encode_path("a~b-c._/d//e/../f")
    assert "%20%2B%3A%25%2520%40%3D%26%3F%23%2A" == encode_path(" +:%%20@=&?#*")
    assert "%C3%A4%0A%F0%9F%99%82" == encode_path("ä\n🙂")


def test_canonical_query():
    assert "" == canonical_query([])
    assert "uploads=" == canonical_query([("uploads", "")])
    assert "%C3%BC=%2F%20%2B&A=&a=1&a=2&a-b=" == canonical_query(
        [("a-b", ""), ("a", "2"), ("ü", "/ +"), ("a", "1"), ("A", "")]
    )


def test_unsigned_headers_are_botocores_and_those_rewritten_on_the_way():
    assert {"accept-encoding", "authorization"} == UNSIGNED - set(SIGNED_HEADERS_BLACKLIST)
    assert set() == set(SIGNED_HEADERS_BLACKLIST) - UNSIGNED


@pytest.mark.parametrize("name", sorted(UNSIGNED))
def test_what_proxies_touch_is_not_signed(name):
    signer = example_signer()
    assert signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY) == signer.sign_headers(
        EXAMPLE, "GET", HOST, "/", headers={name: "x"}, now=MAY
    )
    assert signer.presign(EXAMPLE, "GET", "https", HOST, "/", now=MAY) == signer.presign(
        EXAMPLE, "GET", "https", HOST, "/", headers={name: "x"}, now=MAY
    )


def test_signing_again_replaces_what_was_added():
    signer = example_signer()
    first = signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY - timedelta(days=1))
    assert signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY) == signer.sign_headers(
        EXAMPLE, "GET", HOST, "/", headers=first, now=MAY
    )


# ---------------------------------------------------------------- what is signed cannot be changed

HONEST = {
    "credentials": Credentials("AKIAIOSFODNN7EXAMPLE", Secret("secret"), Secret("token")),
    "method": "PUT",
    "host": HOST,
    "path": "/a/b",
    "headers": {"content-type": "image/png", "x-amz-acl": "private"},
    "now": MAY,
}
TAMPERED = [
    {"credentials": Credentials("AKIAIOSFODNN7EXAMPLE", Secret("secreT"), Secret("token"))},
    {"credentials": Credentials("AKIAIOSFODNN7EXAMPLE", Secret("secret"), Secret("tokeN"))},
    {"credentials": Credentials("AKIAIOSFODNN7EXAMPLE", Secret("secret"))},
    {"method": "GET"},
    {"host": "otherbucket.s3.amazonaws.com"},
    {"path": "/a/c"},
    {"path": "/a//b"},
    {"headers": {"content-type": "image/pnG", "x-amz-acl": "private"}},
    {"headers": {"content-type": "image/png", "x-amz-acl": "public-read"}},
    {"headers": {"content-type": "image/png"}},
    {"now": MAY + timedelta(seconds=1)},
    {"now": MAY + timedelta(days=1)},
]


@pytest.mark.parametrize(
    "change", [*TAMPERED, {"query": "partNumber=2&uploadId=u"}, {"payload_hash": EMPTY_PAYLOAD}], ids=str
)
def test_tampered_request_has_another_signature(change):
    request = {**HONEST, "query": "partNumber=1&uploadId=u"}
    honest = signature(example_signer().sign_headers(**request))
    assert honest == signature(example_signer().sign_headers(**request))
    assert honest != signature(example_signer().sign_headers(**{**request, **change}))
    assert honest != signature(Signer("us-east-2").sign_headers(**request))
    assert honest != signature(Signer("us-east-1", "sts").sign_headers(**request))


@pytest.mark.parametrize(
    "change",
    [
        *TAMPERED,
        {"query_pairs": [("partNumber", "2")]},
        {"query_pairs": []},
        {"expires_seconds": 61},
        {"headers": {**HONEST["headers"], "x-amz-content-sha256": EMPTY_PAYLOAD}},
    ],
    ids=str,
)
def test_tampered_url_has_another_signature(change):
    request = {**HONEST, "scheme": "https", "query_pairs": [("partNumber", "1")], "expires_seconds": 60}
    honest = example_signer().presign(**request)
    assert honest == example_signer().presign(**request)
    assert honest.rpartition("=")[2] != example_signer().presign(**{**request, **change}).rpartition("=")[2]


# ---------------------------------------------------------------- limits and the clock


@pytest.mark.parametrize("expires", [0, -1, 7 * 86400 + 1])
def test_presign_names_the_limit(expires):
    with pytest.raises(ValueError, match=r"604800 seconds \(7 days\)"):
        example_signer().presign(EXAMPLE, "GET", "https", HOST, "/", expires_seconds=expires)


def test_header_beyond_ascii_is_refused_by_name():
    for sign in (
        lambda sent: example_signer().sign_headers(EXAMPLE, "PUT", HOST, "/", headers=sent),
        lambda sent: example_signer().presign(EXAMPLE, "PUT", "https", HOST, "/", headers=sent),
    ):
        with pytest.raises(ValueError, match="x-amz-meta-name"):
            sign({"content-type": "text/plain", "x-amz-meta-name": "Müller"})


@pytest.mark.parametrize("offset", [0, 3600, -86400.5])
def test_clock_offset(offset, monkeypatch):
    monkeypatch.setattr("holdfast.wire.sigv4.time", SimpleNamespace(
        time=lambda: MAY.timestamp() + 12.75, gmtime=time.gmtime, strftime=time.strftime
    ))  # fmt: skip
    signer = example_signer()
    signer.offset = offset
    expected = MAY + timedelta(seconds=12.75 + offset)
    added = signer.sign_headers(EXAMPLE, "GET", HOST, "/")
    assert expected.strftime("%Y%m%dT%H%M%SZ") == added["x-amz-date"]
    assert f"X-Amz-Date={added['x-amz-date']}&" in signer.presign(EXAMPLE, "GET", "https", HOST, "/")
    # A time that is given is the time.
    assert "20130524T000000Z" == signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY)["x-amz-date"]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))
def test_time_is_utc_in_seconds(now):
    expected = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    assert expected == example_signer().sign_headers(EXAMPLE, "GET", HOST, "/", now=now)["x-amz-date"]


# ---------------------------------------------------------------- one signer, many users


def test_threads_with_other_keys_and_days_share_a_signer():
    users = [Credentials(f"KEY{n}", Secret(f"secret{n}")) for n in range(3)]
    work = [(user, MAY + timedelta(days=day)) for user in users for day in range(3)] * 200

    def sign(job):
        return shared.sign_headers(job[0], "GET", HOST, "/", now=job[1])

    expected = {job: example_signer().sign_headers(job[0], "GET", HOST, "/", now=job[1]) for job in set(work)}
    shared = example_signer()
    with ThreadPoolExecutor(8) as pool:
        for job, actual in zip(work, pool.map(sign, work, chunksize=7), strict=True):
            assert expected[job] == actual


def test_pickled_signer_leaves_its_key_behind():
    signer = Signer("eu-west-1", "s3", offset=5)
    signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY)
    pickled = pickle.dumps(signer)
    assert SECRET.encode() not in pickled
    assert b"AKIA" not in pickled
    copy = pickle.loads(pickled)
    assert ("eu-west-1", "s3", 5) == (copy.region, copy.service, copy.offset)
    assert signer.sign_headers(EXAMPLE, "GET", HOST, "/", now=MAY) == copy.sign_headers(
        EXAMPLE, "GET", HOST, "/", now=MAY
    )


def test_traceback_with_locals_shows_no_secret():
    signer = example_signer()
    with pytest.raises(ValueError) as caught:
        signer.presign(EXAMPLE, "GET", "https", HOST, "/", headers={"x-amz-meta-a": "ä"}, now=MAY)
    frames = caught.value.__traceback__.tb_next  # without the test's own
    lines = "".join(traceback.TracebackException(ValueError, caught.value, frames, capture_locals=True).format())
    assert "presign" in lines
    assert SECRET not in lines
    assert repr(signer._key._bytes) not in lines
