"""Where browsers find files."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from django.core.files.base import ContentFile

from holdfast.errors import Unsupported
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT, QUOTED
from holdfast.testing.optional import optional
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature, Signed

STORAGE_URL = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage.url"
URI = "https://www.rfc-editor.org/rfc/rfc3986#section-2"
CONTENT_ENCODING = "https://www.rfc-editor.org/rfc/rfc9110#section-8.4"
CONFIG = "holdfast.config.Config"
OUR_URL = "holdfast.RemoteStorage.url"


def _url(case: Case, name: str) -> str:
    with optional("url"):
        return case.storage.url(name)


def _fetched(case: Case, name: str) -> tuple[int, Mapping[str, str], bytes]:
    """What the file's URL gives to whoever asks for it."""
    url = _url(case, name)
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotApplicable("is about URLs that begin with http: or https:")
    status, headers, data = case.fetch(Signed(method="GET", url=url, expires=datetime.max.replace(tzinfo=UTC)))
    return status, {header.lower(): value for header, value in headers.items()}, data


def _open_to_all(case: Case) -> None:
    """URLs may lead to a door that asks who is there: then there is nothing to see."""
    case.given("first.txt", b"first")
    status, _, _ = _fetched(case, "first.txt")
    if status in (401, 403):
        raise NotApplicable(f"is about URLs that are open to all, and the plainest one answers {status}")


# ---------------------------------------------------------------- of any storage


@storage_promise("url gives a URL: text, of the characters that a URL may have.", source=URI)
def is_a_url(case: Case) -> None:
    """
    url = storage.url(storage.save("with space#ü.txt", ContentFile(b"content")))
    assert isinstance(url, str) and url.isascii() and " " not in url and "#" not in url, url
    """
    for name in KEPT:
        case.given(name)
        url = _url(case, name)
        case.true(isinstance(url, str) and url, f"The URL of {name!r} is text: {url!r}")
        # A number sign would begin a fragment, which no browser sends.
        case.true(
            re.fullmatch(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", url),
            f"The URL of {name!r} has no characters that a URL quotes: {url!r}",
        )


@storage_promise("Every file has a URL of its own.", source=STORAGE_URL)
def of_its_own(case: Case) -> None:
    """
    names = [storage.save(name, ContentFile(b"content")) for name in ("a b.txt", "a%20b.txt", "a+b.txt")]
    assert len({storage.url(name) for name in names}) == 3
    """
    names = [*KEPT, *QUOTED]
    for name in names:
        case.given(name)
    urls = {_url(case, name): name for name in names}
    shared = [name for name in names if name not in urls.values()]
    case.equal([], shared, "the names whose URLs are those of other files")


@storage_promise("A file's URL gives the file's bytes, whatever its name.", source=STORAGE_URL)
def gives_the_bytes(case: Case) -> None:
    """
    import urllib.request
    url = storage.url(storage.save("50% #1?+ü.txt", ContentFile(b"content")))
    if url.startswith("http"): assert urllib.request.urlopen(url, timeout=60).read() == b"content"
    """
    _open_to_all(case)

    def fetch(name: str) -> None:
        case.given(name, name.encode())
        status, _, data = _fetched(case, name)
        case.equal((200, name.encode()), (status, data), f"the answer of the URL of {name!r}")

    case.side_by_side(KEPT, fetch)


@storage_promise(
    "Whoever fetches the URL of a compressed file gets it as it is, not unpacked.", source=CONTENT_ENCODING
)
def compressed_stay_so(case: Case) -> None:
    """
    import urllib.request
    url = storage.url(storage.save("a.csv.gz", ContentFile(gzip.compress(b"a,b,c"))))
    if url.startswith("http"): assert not urllib.request.urlopen(url).headers["Content-Encoding"]
    """
    _open_to_all(case)
    data = gzip.compress(b"a,b,c\n" * 1000)
    for name in ("a.csv.gz", "b.tar.gz", "c.svgz", "d.css.gz", "e.tgz"):
        found = name
        if Feature.WRITE in case.store.features:
            found = case.storage.save(name, ContentFile(data))  # the storage itself says what it is
        else:
            case.given(name, data)
        status, headers, fetched = _fetched(case, found)
        case.equal(200, status, f"the status of the answer of the URL of {found!r}")
        encoding = headers.get("content-encoding", "identity").lower() or "identity"
        case.equal("identity", encoding, f"the Content-Encoding of {found!r}, by which clients unpack it")
        case.equal(data, fetched, f"the bytes from the URL of {found!r}")


# ---------------------------------------------------------------- of Holdfast's


@remote_promise("With base_url, a URL is that and the name, whether it ends in a slash or not.", source=CONFIG)
def base_url(case: Case) -> None:
    """
    urls = {RemoteStorage(store, base_url=base).url("folder/a.txt") for base in ("/media", "/media/")}
    assert urls == {"/media/folder/a.txt"}
    """
    for base in ("/media/", "/media", "https://cdn.example.com/media/", "https://cdn.example.com/media"):
        storage = case.storage_with(base_url=base)
        slashed = base.rstrip("/") + "/"
        case.equal(f"{slashed}folder/a.txt", storage.url("folder/a.txt"), f"the URL with {base!r}")
        case.equal(f"{slashed}folder/a.txt", storage.url("folder\\a.txt"), f"the URL with {base!r}")
        case.equal(slashed, storage.base_url, "the storage's base_url")
        case.equal(slashed, storage.url(""), "the URL of no name")


@remote_promise("A URL holds a name so that it is found again: every odd character is quoted, once.", source=URI)
def odd_names(case: Case) -> None:
    """
    url = RemoteStorage(store, base_url="/media/").url("50% #1?.txt")
    assert url == "/media/50%25%20%231%3F.txt"
    """
    storage = case.storage_with(base_url="https://cdn.example.com/media/")
    for name in KEPT:
        parts = urlsplit(storage.url(name))
        case.true(parts.path.isascii() and " " not in parts.path, f"The URL of {name!r} is plain ASCII.")
        case.equal(("", ""), (parts.query, parts.fragment), f"the query and the fragment of the URL of {name!r}")
        case.equal(f"/media/{name}", unquote(parts.path), f"the path of the URL of {name!r}, unquoted")


@remote_promise("A URL is made without asking whether the file exists.", source=OUR_URL)
def of_a_missing_file(case: Case) -> None:
    """
    assert RemoteStorage(store, base_url="/media/").url("missing.txt") == "/media/missing.txt"
    """
    case.equal("/media/missing.txt", case.storage_with(base_url="/media/").url("missing.txt"), "the URL")


@remote_promise(
    "Where there is neither a base_url nor a signature to be had, url says so.",
    lacks=Feature.SIGN,
    source=OUR_URL,
)
def none_to_be_had(case: Case) -> None:
    """
    error = error_of(storage.url, "a.txt")
    assert isinstance(error, NotImplementedError) and "base_url" in str(error), error
    """
    case.given("a.txt")
    storage = case.storage_with()
    if storage.base_url is None:
        with case.raises(NotImplementedError, "url") as caught:
            storage.url("a.txt")
        case.true("base_url" in str(caught.error), f"The message says what to do: {caught.error}")
    with case.raises(Unsupported, "url with a time limit that cannot be kept"):
        case.storage_with(base_url="/media/").url("a.txt", expires=60)


@remote_promise("A URL costs no request.", counted=True, source=OUR_URL)
def no_request(case: Case) -> None:
    """
    with counting() as tally: url = RemoteStorage(store, base_url="/media/").url("a.txt")
    assert tally.count == 0
    """
    storage = case.storage_with(base_url="/media/")
    with case.requests() as counted:
        for name in KEPT:
            storage.url(name)
    case.equal(0, counted.count, f"the requests that {len(KEPT)} URLs cost")
