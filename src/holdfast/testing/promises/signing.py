"""URLs that need no other credential."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import remote_promise, store_promise
from holdfast.types import Feature, Permit, Signed

DISPOSITION = "https://www.rfc-editor.org/rfc/rfc6266.html#section-4.3"
SIGN = Feature.SIGN


@store_promise("A signed URL gives the object's bytes to anybody.", needs=SIGN, source="holdfast.Feature.SIGN")
def gives_the_bytes(case: Case) -> None:
    """
    put(store, "folder/a.txt", b"bytes")
    url = store.sign("folder/a.txt", Permit()).url
    assert urllib.request.urlopen(url).read() == b"bytes"
    """
    data = case.data(100_000)
    case.given("folder/a.bin", data)
    signed = case.store.sign("folder/a.bin", Permit())
    status, _, body = case.fetch(signed)
    case.equal((200, data), (status, body), "the answer")
    distance = abs((signed.expires - datetime.now(UTC)).total_seconds() - 3600)
    case.within(0, 300, distance, "seconds between what it says of its end and an hour from now")


@store_promise("Signed URLs of odd names give their bytes too.", needs=SIGN, source="holdfast.Store.sign")
def odd_names(case: Case) -> None:
    """
    put(store, "50%/a b+c#d?é.txt", b"bytes")
    url = store.sign("50%/a b+c#d?é.txt", Permit()).url
    assert urllib.request.urlopen(url).read() == b"bytes"
    """

    def fetch(key: str) -> None:
        status, _, body = case.fetch(case.store.sign(key, Permit()))
        case.equal((200, key.encode()), (status, body), f"the answer for {key!r}")

    case.side_by_side(KEPT, lambda key: case.given(key, key.encode()))
    case.side_by_side(KEPT, fetch)


@store_promise(
    "Without its signature the URL of a private object gives nothing.", needs=SIGN, source="holdfast.Store.sign"
)
def nothing_without_the_signature(case: Case) -> None:
    """
    put(store, "a.txt", b"private")
    url, _, signature = store.sign("a.txt", Permit()).url.partition("?")
    assert signature and error_of(urllib.request.urlopen, url)
    """
    case.given("a.txt", b"private")
    signed = case.store.sign("a.txt", Permit())
    status, _, body = case.fetch(replace(signed, url=signed.url.partition("?")[0]))
    case.true(status in (401, 403, 404), f"The answer is a refusal: {status}")
    case.true(b"private" not in body, "The bytes are not in the answer.")


@store_promise("A signed URL is for the method that it was signed for.", needs=SIGN, source="holdfast.types.Signed")
def for_its_method_alone(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    request = urllib.request.Request(store.sign("a.txt", Permit()).url, data=b"new", method="PUT")
    assert error_of(urllib.request.urlopen, request) and read(store, "a.txt") == b"bytes"
    """
    case.given("a.txt", b"as it is")
    signed = case.store.sign("a.txt", Permit())
    for method in ("PUT", "DELETE"):
        status, _, _ = case.fetch(replace(signed, method=method), b"" if method == "PUT" else None)
        case.within(400, 499, status, f"the status of {method} with a URL for GET")
    case.equal(b"as it is", case.read("a.txt"), "the bytes")


@store_promise("A signed URL is for the object that it was signed for.", needs=SIGN, source="holdfast.Store.sign")
def for_its_object_alone(case: Case) -> None:
    """
    put(store, "mine.txt", b"mine")
    put(store, "your.txt", b"your")
    assert error_of(urllib.request.urlopen, store.sign("mine.txt", Permit()).url.replace("mine", "your"))
    """
    case.given("mine.txt", b"mine")
    case.given("your.txt", b"your")
    signed = case.store.sign("mine.txt", Permit())
    status, _, body = case.fetch(replace(signed, url=signed.url.replace("mine.txt", "your.txt")))
    case.within(400, 499, status, "the status for another object")
    case.true(b"your" != body, "The bytes of the other object are not in the answer.")


@store_promise("A signed URL ends when it says so.", needs=SIGN, cost="slow", source="holdfast.types.Permit")
def ends(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    url = store.sign("a.txt", Permit(expires=1)).url
    assert time.sleep(2.5) or error_of(urllib.request.urlopen, url)
    """
    case.given("a.txt", b"bytes")
    signed = case.store.sign("a.txt", Permit(expires=timedelta(seconds=1)))
    time.sleep(2.5)
    status, _, _ = case.fetch(signed)
    case.within(400, 499, status, "the status after its end")


@store_promise(
    "A signed URL can name the file that a browser saves, in any script.", needs=SIGN, source=DISPOSITION
)
def download_name(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    url = store.sign("a.txt", Permit(download="Übersicht 日本.txt")).url
    assert urllib.request.urlopen(url).headers["Content-Disposition"].startswith("attachment")
    """
    case.given("a.txt", b"bytes")
    for name in ("b.txt", 'with "quotes" and, commas;.txt', "Übersicht 日本.txt"):
        status, headers, _ = case.fetch(case.store.sign("a.txt", Permit(download=name)))
        case.equal(200, status, f"the status with the download name {name!r}")
        value = headers.get("Content-Disposition", "")
        case.true(value.startswith("attachment"), f"The browser is told to save {name!r}: {value!r}")
        case.true(value.isascii(), f"The header is ASCII: {value!r}")


@store_promise("A signed URL can name the content type of the answer.", needs=SIGN, source="holdfast.types.Permit")
def content_type(case: Case) -> None:
    """
    put(store, "a.bin", b"bytes")
    url = store.sign("a.bin", Permit(content_type="text/x-mine")).url
    assert urllib.request.urlopen(url).headers["Content-Type"] == "text/x-mine"
    """
    case.given("a.bin", b"bytes")
    _, headers, _ = case.fetch(case.store.sign("a.bin", Permit(content_type="text/x-mine")))
    case.equal("text/x-mine", headers.get("Content-Type"), "the content type of the answer")


@store_promise(
    "A URL signed for PUT keeps what is sent to it.", needs=SIGN | Feature.WRITE, source="holdfast.types.Permit"
)
def upload(case: Case) -> None:
    """
    url = store.sign("folder/a b+c.bin", Permit(method="PUT")).url
    urllib.request.urlopen(urllib.request.Request(url, data=b"uploaded", method="PUT")).close()
    assert read(store, "folder/a b+c.bin") == b"uploaded"
    """
    signed = case.store.sign("folder/a b+c.bin", Permit(method="PUT", content_type="text/x-mine"))
    status, _, answer = case.fetch(signed, b"uploaded")
    case.true(status in (200, 201, 204), f"The upload is taken: {status} {answer!r}")
    case.holds("folder/a b+c.bin", b"uploaded")


@store_promise("Signing needs no network.", needs=SIGN, counted=True, source="holdfast.Store.sign")
def no_network(case: Case) -> None:
    """
    put(store, "a.txt", b"bytes")
    with counting() as tally: store.sign("a.txt", Permit())
    assert tally.count == 0
    """
    with case.requests() as counted:
        for number in range(10):
            case.store.sign(f"{number}.txt", Permit())
            case.store.sign(f"{number}.txt", Permit(method="PUT", expires=60))
    case.equal(0, counted.count, "the number of requests")


@remote_promise(
    "url of a storage that signs takes a time limit and a name to save by.",
    needs=SIGN,
    source="holdfast.RemoteStorage.url",
)
def storage_url(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    answer = urllib.request.urlopen(storage.url("a.txt", expires=60, download="b.txt"))
    assert "b.txt" in answer.headers["Content-Disposition"]
    """
    case.given("folder/a b.txt", b"bytes")
    storage = case.storage_with(expires=600)
    now = datetime.now(UTC)
    for url in (storage.url("folder/a b.txt"), storage.url("folder\\a b.txt", expires=60, download="b.txt")):
        status, headers, body = case.fetch(Signed(method="GET", url=url, expires=now))
        case.equal((200, b"bytes"), (status, body), "the answer")
    case.true("b.txt" in headers.get("Content-Disposition", ""), f"The answer says the name to save by: {headers}")
