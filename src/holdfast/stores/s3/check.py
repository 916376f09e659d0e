"""What is wrong or doubtful in a bucket's options, for ``manage.py check``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.core import checks
from django.core.checks import CheckMessage

from holdfast.stores.s3.services import GENERIC, guessed, host_of
from holdfast.wire.proxy import ProxyError, proxy_for

if TYPE_CHECKING:
    from holdfast.stores.s3 import S3Store

__all__ = ["problems"]

# "Bucket naming rules". Other services take more; what none takes is an error, the rest a warning.
_NAME = re.compile(r"(?!xn--)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]").fullmatch
_NO_NAME = re.compile(r"[/\s?#\x00-\x1f\x7f]").search
_LOCAL = re.compile(r"https?://(?:localhost|[^/]*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:/|$)").match
_SAID = {"racy": "not held among writers in the same instant", "ignored": "ignored", "refused": "refused"}
_URL = re.compile(r"https?://[^/\s]+").match


def problems(store: S3Store) -> list[CheckMessage]:
    return [*_bucket(store), *_endpoints(store), *_service(store), *_tls(store), *_uploads(store)]


def _bucket(store: S3Store) -> Iterator[CheckMessage]:
    if not store.bucket:
        yield checks.Error(
            "s3: the bucket is missing.", hint="Write s3://BUCKET, or the option 'bucket'.", id="holdfast.E201"
        )
    elif _NO_NAME(store.bucket):
        yield checks.Error(f"{store.label}: this is no name for a bucket.", id="holdfast.E201")
    elif not _NAME(store.bucket):
        yield checks.Warning(
            f"{store.label}: AWS takes no bucket of this name, though other services may.",
            hint="3 to 63 lower-case letters, digits, hyphens and single dots.",
            id="holdfast.W201",
        )


def _endpoints(store: S3Store) -> Iterator[CheckMessage]:
    for option in ("endpoint", "public_endpoint"):
        url = getattr(store, option)
        if not url:
            continue
        if not _URL(url):
            yield checks.Error(
                f"{store.label}: the {option} {url!r} does not begin with https:// or http:// and a host.",
                id="holdfast.E202",
            )
        elif url.startswith("http://") and not _LOCAL(url):
            yield checks.Warning(
                f"{store.label}: the {option} {url!r} is not encrypted: others on the way can read every file.",
                hint="Write https://.",
                id="holdfast.W202",
            )


def _service(store: S3Store) -> Iterator[CheckMessage]:
    service, place = store.service, store.place
    there = guessed(store.endpoint)
    if service.domain and there not in (GENERIC, service):  # a program has no domain: it may run anywhere
        yield checks.Error(
            f"{store.label}: service is {service.name!r}, but the endpoint {store.endpoint!r} is of {there.title}.",
            hint=f"Write service={there.name}, or leave it out.",
            id="holdfast.E206",
        )
    if place.lacking:
        yield checks.Error(f"{store.label}: {place.what_is_lacking}", id="holdfast.E207")
    elif not store.endpoint and not service.endpoint:
        yield checks.Error(
            f"{store.label}: the service {service.name!r} has no endpoint that everybody shares.",
            hint="Set 'endpoint'.",
            id="holdfast.E207",
        )
    for option, known in (("conditional_put", service.create), ("conditional_complete", service.create_complete)):
        if getattr(store, option) and known in ("racy", "ignored", "refused"):
            yield checks.Warning(
                f"{store.label}: {option} is on, but with {service.title} the condition is {_SAID[known]}.",
                hint=f"Leave {option} out.",
                id="holdfast.W205",
            )
    yield from _addressing(store)


def _addressing(store: S3Store) -> Iterator[CheckMessage]:
    own = not store.endpoint or store.service.is_endpoint(host_of(store.endpoint))
    if store.addressing == "path" and own and store.service.addressing == "virtual" and store.service.name != "aws":
        yield checks.Warning(
            f"{store.label}: {store.service.title} wants the bucket in the host's name, and addressing is 'path'.",
            hint="Leave addressing out.",
            id="holdfast.W206",
        )
    secure = not store.endpoint.startswith("http://")
    if "." in store.bucket and store.addressing == "virtual" and not store.endpoint and store.service.name == "aws":
        yield checks.Warning(
            f"{store.label}: the bucket is in the path in spite of addressing='virtual': Amazon's certificates do "
            "not hold for a name with dots in the host's.",
            hint="Leave addressing out, or take a bucket without dots in its name.",
            id="holdfast.W207",
        )
    elif "." in store.bucket and store.addressing == "virtual" and secure and store.verify:
        yield checks.Warning(
            f"{store.label}: certificates hold for names without dots, and with addressing='virtual' the bucket's "
            "name becomes part of the host's.",
            hint="Set addressing='path', or take a bucket without dots in its name.",
            id="holdfast.W207",
        )


def _tls(store: S3Store) -> Iterator[CheckMessage]:
    how = store._addresses.how
    for option in ("ca_bundle", "client_cert", "client_key"):
        if how[option] and not Path(how[option]).is_file():
            yield checks.Error(
                f"{store.label}: there is no file {how[option]!r}, as {option} says.", id="holdfast.E203"
            )
    try:
        proxy_for("https", "", 443, how["proxy"])
    except ProxyError as error:
        yield checks.Error(f"{store.label}: {error}", id="holdfast.E208")
    if not store.verify:
        yield checks.Warning(
            f"{store.label}: verify is off: anybody on the way can pass for the service.",
            hint="Name the file of your own authority in 'ca_bundle' instead.",
            id="holdfast.W203",
        )


def _uploads(store: S3Store) -> Iterator[CheckMessage]:
    bounds = store.service.bounds
    if not bounds.smallest_part <= store.part_size <= bounds.largest_part:
        yield checks.Error(
            f"{store.label}: part_size is {store.part_size:,} bytes; the service takes parts from "
            f"{bounds.smallest_part:,} to {bounds.largest_part:,}.",
            id="holdfast.E204",
        )
    if store.threads < 1 or store.limits.attempts < 1:
        yield checks.Error(f"{store.label}: threads and attempts are 1 at least.", id="holdfast.E205")
    if store.checksum == "none":
        yield checks.Warning(
            f"{store.label}: uploads carry no digest; what goes wrong on the way stays unseen.", id="holdfast.W204"
        )
    elif store.checksum not in store.service.checksums:
        yield checks.Warning(
            f"{store.label}: it is not known that {store.service.title} checks {store.checksum!r} of an upload.",
            hint=f"Leave checksum out, or set one of {', '.join(map(repr, store.service.checksums))}.",
            id="holdfast.W208",
        )
