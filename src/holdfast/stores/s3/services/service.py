"""What is known of a service: one frozen record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Bounds", "Kept", "Service"]

MIB = 1024**2
GIB = 1024**3
TIB = 1024**4

Kept = Literal["atomic", "racy", "ignored", "refused", "unknown"]
"""What a service makes of a condition.

``atomic``: its documentation says that it holds, or tests have shown it. ``racy``: it is looked at, but two
requests in the same instant may both pass. ``ignored``: the request is done as if it had none. ``refused``: the
request is answered with an error. ``unknown``: nothing was found; it is relied on as little as ``ignored``.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Bytes of the largest PUT, the largest object, the smallest part but the last and the largest one, and of the
    longest key; how many parts an upload has at most, and how many keys a DeleteObjects.

    The defaults are Amazon's ("Amazon S3 multipart upload limits"), which most services have taken over.
    """

    put: int = 5 * GIB
    object: int = 5 * TIB
    smallest_part: int = 5 * MIB
    largest_part: int = 5 * GIB
    key: int = 1024
    parts: int = 10_000
    deletes: int = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service that speaks S3.

    ``endpoint``: where it is, with ``{region}`` and ``{account}``; empty where everybody has an own one.
    ``example``: an endpoint as the documentation writes it. ``domain``: a pattern of the domains that are the
    service's own, and ``host`` of the hosts in them that are endpoints; its group ``region`` is what they tell.
    ``region``: the one that signatures have where none is known. Without it one has to be known; "auto" is right
    for every bucket, whatever the environment of the process says.
    ``checksums``: those that uploads may carry; every service takes "md5", as Content-MD5.
    ``acls``: objects may have one. ``lists_v2``: it has ListObjectsV2.
    ``create``: If-None-Match: * on PutObject; ``create_complete``: on CompleteMultipartUpload; ``replace``:
    If-Match on both; ``delete``: If-Match on DeleteObject. ``etag_quotes``: If-Match has the ETag in its quotes.
    ``equal_parts``: all parts of an upload but the last have one size.
    ``pages``: where all this is from. ``tried``: the tests run on it.
    """

    name: str
    title: str
    pages: tuple[str, ...] = ()
    endpoint: str = ""
    example: str = ""
    domain: str = ""
    host: str = ""
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"
    checksums: tuple[str, ...] = ("md5",)
    acls: bool = True
    lists_v2: bool = True
    create: Kept = "unknown"
    create_complete: Kept = "unknown"
    replace: Kept = "unknown"
    delete: Kept = "unknown"
    etag_quotes: bool = True
    equal_parts: bool = False
    bounds: Bounds = Bounds()
    tried: bool = False

    @property
    def even_parts(self) -> int:
        """How many parts of a stream have one size before they grow, since nobody knows how many there will be."""
        return self.bounds.parts if self.equal_parts else self.bounds.parts // 10

    def owns(self, host: str) -> bool:
        """Whether this host is in a domain of the service's own."""
        return bool(self.domain and re.fullmatch(rf"(?:.+\.)?(?:{self.domain})", host))

    def is_endpoint(self, host: str) -> bool:
        return bool(self.host and re.fullmatch(self.host, host))

    def region_of(self, host: str) -> str:
        """The region that this host tells; empty where it tells none."""
        match = re.fullmatch(self.host, host) if self.host else None
        return (match.groupdict().get("region") or "") if match else ""

    def lacking(self, *, region: str, account: str) -> list[str]:
        """The options without which ``url`` cannot be made."""
        given = {"region": region, "account": account}
        return [name for name, value in given.items() if not value and f"{{{name}}}" in self.endpoint]

    def url(self, *, region: str, account: str) -> str:
        """The endpoint, from its template."""
        url = self.endpoint.format(region=region, account=account)
        # Amazon's regions in China are under a domain of their own ("Endpoints and ARNs for AWS in China").
        return f"{url}.cn" if self.name == "aws" and region.startswith("cn-") else url
