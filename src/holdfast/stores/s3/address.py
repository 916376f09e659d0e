"""Where the requests of a bucket go, and for which region they are signed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from holdfast.stores.s3.amazon import Amazon, suffix_of
from holdfast.stores.s3.place import Place
from holdfast.stores.s3.services import host_of
from holdfast.wire.dial import Origin
from holdfast.wire.sigv4 import Signer, encode_path

__all__ = ["Address", "Addresses"]

_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}").fullmatch
"""What a region may be that a service names: it may become part of a host's name."""


@dataclass(frozen=True, slots=True)
class Address:
    """``base`` stands before the key in the paths; the Host header is ``origin.netloc``."""

    origin: Origin
    base: str
    signer: Signer

    @property
    def region(self) -> str:
        return self.signer.region

    def path(self, key: str | None) -> str:
        """The path of an object, or of the bucket, as it is sent."""
        return self.base or "/" if key is None else f"{self.base}/{encode_path(key)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """The addresses of one bucket. ``how``: the fields of ``Origin`` that say how to get there."""

    place: Place
    amazon: Amazon
    addressing: str
    how: Mapping[str, Any]

    def __post_init__(self) -> None:
        how = self.how
        if how["client_key"] and not how["client_cert"]:
            raise ImproperlyConfigured(
                "s3: client_key: it belongs to a certificate: name its file in 'client_cert'."
            )
        given = [name for name in ("ca_bundle", "client_cert", "client_key") if how[name]]
        if how["ssl_context"] and (given or not how["verify"]):
            names = ", ".join(given or ["verify"])
            raise ImproperlyConfigured(f"s3: ssl_context: it takes the place of {names}: leave one of both out.")

    @property
    def region(self) -> str:
        """The one that is configured; an access point's ARN names its own."""
        return self.amazon.point.region if self.amazon.point else self.place.region

    def at(self, endpoint: str, region: str, offset: float = 0.0) -> Address:
        """Below this endpoint, or below the service's own where it is empty. Raises ``ImproperlyConfigured``."""
        own = not endpoint and self.place.service.name == "aws"
        url = self.amazon.url(region) if own else replace(self.place, region=region).url(endpoint)
        try:
            origin = Origin.of(url, **self.how)
        except ValueError as error:
            raise ImproperlyConfigured(f"s3: endpoint: {error}") from None
        base = urlsplit(url).path.rstrip("/")
        signer = Signer(region, offset=offset)
        if not self._virtual(endpoint, own=own):
            return Address(origin, f"{base}/{self.amazon.bucket}", signer)
        name = self.amazon.point.label if self.amazon.point else self.amazon.bucket
        return Address(replace(origin, host=f"{name}.{origin.host}"), base, signer)

    def moved(self, endpoint: str, address: Address, region: str) -> Address | None:
        """The address of the same bucket in the region that the service names; ``None`` where there is none to go
        to. Credentials and bytes never leave the endpoint's host, or the domain of the service's own hosts."""
        if not _REGION(region) or region == address.region:
            return None
        there = self.at(endpoint, region, address.signer.offset)
        same = there.origin == address.origin or suffix_of(region) == suffix_of(address.region)
        return there if same else None

    def region_in(self, url: str) -> str:
        """The region that a URL or a host of the service's own tells; empty for every other."""
        host = host_of(url if "://" in url else f"https://{url}").removeprefix(f"{self.amazon.bucket}.")
        return self.place.service.region_of(host)

    def copy_source(self, path: str) -> str:
        """The object with this encoded key as the source of a copy ("CopyObject", x-amz-copy-source)."""
        bucket = self.amazon.bucket
        if self.amazon.point is None:
            return f"/{bucket}/{path}"
        return f"{bucket.replace(':accesspoint:', ':accesspoint/')}/object/{path}"

    def _virtual(self, endpoint: str, *, own: bool) -> bool:
        bucket = self.amazon.bucket
        if self.amazon.point:
            return True
        if self.addressing == "virtual":
            # Amazon's certificates hold for names without dots alone ("Virtual hosting of buckets").
            return not (own and "." in bucket)
        return self.addressing == "auto" and self.place.virtual(endpoint, bucket)
