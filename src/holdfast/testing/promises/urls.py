"""Where browsers find files."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from holdfast.errors import Unsupported
from holdfast.testing.case import Case
from holdfast.testing.names import KEPT
from holdfast.testing.promise import remote_promise
from holdfast.types import Feature


@remote_promise("With base_url, a URL is that and the name, whether it ends in a slash or not.")
def base_url(case: Case) -> None:
    for base in ("/media/", "/media", "https://cdn.example.com/media/", "https://cdn.example.com/media"):
        storage = case.storage_with(base_url=base)
        slashed = base.rstrip("/") + "/"
        case.equal(f"{slashed}folder/a.txt", storage.url("folder/a.txt"), f"the URL with {base!r}")
        case.equal(f"{slashed}folder/a.txt", storage.url("folder\\a.txt"), f"the URL with {base!r}")
        case.equal(slashed, storage.base_url, "the storage's base_url")
        case.equal(slashed, storage.url(""), "the URL of no name")


@remote_promise("A URL holds a name so that it is found again: every odd character is quoted, once.")
def odd_names(case: Case) -> None:
    storage = case.storage_with(base_url="https://cdn.example.com/media/")
    for name in KEPT:
        parts = urlsplit(storage.url(name))
        case.true(parts.path.isascii() and " " not in parts.path, f"The URL of {name!r} is plain ASCII.")
        case.equal(("", ""), (parts.query, parts.fragment), f"the query and the fragment of the URL of {name!r}")
        case.equal(f"/media/{name}", unquote(parts.path), f"the path of the URL of {name!r}, unquoted")


@remote_promise("A URL is made without asking whether the file exists.")
def of_a_missing_file(case: Case) -> None:
    case.equal("/media/missing.txt", case.storage_with(base_url="/media/").url("missing.txt"), "the URL")


@remote_promise("Where there is neither a base_url nor a signature to be had, url says so.", lacks=Feature.SIGN)
def none_to_be_had(case: Case) -> None:
    case.given("a.txt")
    storage = case.storage_with()
    if storage.base_url is None:
        with case.raises(NotImplementedError, "url") as caught:
            storage.url("a.txt")
        case.true("base_url" in str(caught.error), f"The message says what to do: {caught.error}")
    with case.raises(Unsupported, "url with a time limit that cannot be kept"):
        case.storage_with(base_url="/media/").url("a.txt", expires=60)


@remote_promise("A URL costs no request.", counted=True)
def no_request(case: Case) -> None:
    storage = case.storage_with(base_url="/media/")
    with case.requests() as counted:
        for name in KEPT:
            storage.url(name)
    case.equal(0, counted.count, "the number of requests")
