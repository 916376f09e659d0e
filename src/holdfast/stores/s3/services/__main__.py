"""The page of the services, from the table: ``python -m holdfast.stores.s3.services``."""

from __future__ import annotations

from urllib.parse import urlsplit

from holdfast.stores.s3.services.service import Bounds, Service
from holdfast.stores.s3.services.table import SERVICES

__all__ = ["page"]

_HEAD = """\
# Services that speak S3

`service=` names what is at the endpoint, so that a bucket needs no more than a region:
`s3://bucket?service=wasabi&region=eu-central-1`. Without it, the service is guessed from the endpoint's host, and
without an endpoint it is Amazon S3. A host that is not known is `generic`. Options that are given always win over
the table. This page is made from the table; `make docs` writes it.

A condition is **atomic** where the service's own documentation says that it holds, or tests have shown it. It is
*racy* where two requests in the same instant may both pass, *ignored*, or *refused* with an error; where nothing
was found, the cell is empty. Only what is atomic is relied on: everywhere else a new file is looked for first, and
the system checks warn of it (`holdfast.W001`).

- *create*: `If-None-Match: *` on PutObject; *in parts*: the same on CompleteMultipartUpload. It lets new files go
  up in parts in parallel, and be larger than one PUT.
- *replace*: `If-Match` on both; *delete*: `If-Match` on DeleteObject.
- *tried*: every promise of the contract is held on it. Of all others there is only what their pages say.

"""
_TABLE = """\
| service | | endpoint | create | in parts | replace | delete | tried |
|---|---|---|---|---|---|---|---|
"""
_DIFFERENCES = """
## What else differs

| service | |
|---|---|
"""
_SOURCES = """
## Where it is from

"""
_USUAL = Bounds()


def page() -> str:
    rows = "".join(map(_row, SERVICES.values()))
    differences = "".join(
        f"| `{service.name}` | {'; '.join(said)} |\n" for service in SERVICES.values() if (said := _said(service))
    )
    sources = "".join(
        f"- `{service.name}`: {', '.join(map(_link, service.pages))}\n"
        for service in SERVICES.values()
        if service.pages
    )
    return _HEAD + _TABLE + rows + _DIFFERENCES + differences + _SOURCES + sources


def _row(service: Service) -> str:
    conditions = (service.create, service.create_complete, service.replace, service.delete)
    cells = [
        f"`{service.name}`",
        service.title,
        f"`{service.endpoint}`" if service.endpoint else "",
        *("" if kept == "unknown" else f"**{kept}**" if kept == "atomic" else kept for kept in conditions),
        "yes" if service.tried else "",
    ]
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|\n"


def _said(service: Service) -> list[str]:
    """What is not as with most services, in words."""
    bounds = service.bounds
    said = []
    if service.region == "auto":
        said.append("the region is always `auto`")
    elif service.region != "us-east-1":
        said.append(f"the region is `{service.region}`" if service.region else "the region has to be known")
    if service.addressing == "virtual":
        said.append("the bucket is in the host's name")
    if not service.etag_quotes:
        said.append("`If-Match` without quotes")
    if len(service.checksums) > 1:
        said.append(f"`checksum` can be {', '.join(f'`{name}`' for name in service.checksums)}")
    if not service.acls:
        said.append("objects have no ACL")
    if not service.lists_v2:
        said.append("no ListObjectsV2")
    if service.equal_parts:
        said.append("parts have one size")
    for name, what in (("put", "a PUT takes"), ("object", "an object has"), ("largest_part", "a part has")):
        if (size := getattr(bounds, name)) != getattr(_USUAL, name):
            said.append(f"{what} {size:,} bytes at most")
    if bounds.parts != _USUAL.parts:
        said.append(f"an upload has {bounds.parts:,} parts at most")
    return said


def _link(url: str) -> str:
    return f"[{urlsplit(url).hostname}]({url})"


if __name__ == "__main__":
    print(page(), end="")
