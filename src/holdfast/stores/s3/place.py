"""Where a bucket is: which service, which endpoint, which region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from holdfast.stores.s3.services import SERVICES, Service, guessed, host_of, named

__all__ = ["Place"]

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]").fullmatch

FALLBACK = "us-east-1"
"""The region in signatures where none is known: the one that most services without regions take."""


@dataclass(frozen=True, slots=True)
class Place:
    """``endpoint`` is the one that was given, or empty for the service's own; ``lacking`` are the options without
    which there is none."""

    service: Service
    endpoint: str
    region: str
    account: str
    lacking: tuple[str, ...]

    @staticmethod
    def of(*, service: str, endpoint: str, region: str, account: str, environ: Mapping[str, str]) -> Place:
        """Options come first, then what the endpoint's host tells, then the environment, then the service's own.

        Amazon's variables name an endpoint for Amazon and for services that have none of their own. Raises
        ``ImproperlyConfigured`` for a service that there is not.
        """
        known = named(service) if service else None
        if not endpoint and (known is None or known.name == "aws" or not known.endpoint):
            endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or ""
        if known is None:
            known = guessed(endpoint) if endpoint else SERVICES["aws"]
        region = region or known.region_of(host_of(endpoint))
        if not region and known.region != "auto":
            region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
        region = region or known.region
        lacking = () if endpoint else tuple(known.lacking(region=region, account=account))
        return Place(known, endpoint, region or FALLBACK, account, lacking)

    def url(self, endpoint: str) -> str:
        """This endpoint, or where it is empty the service's own. Raises ``ImproperlyConfigured``."""
        if endpoint:
            return endpoint
        if self.lacking:
            raise ImproperlyConfigured(f"s3: {self.what_is_lacking}")
        if not self.service.endpoint:
            raise ImproperlyConfigured(
                f"s3: the service {self.service.name!r} has no endpoint that everybody shares: set 'endpoint'."
            )
        return self.service.url(region=self.region, account=self.account)

    @property
    def what_is_lacking(self) -> str:
        options = " and ".join(repr(name) for name in self.lacking)
        return f"the endpoint of the service {self.service.name!r} needs the option {options}, or set 'endpoint'."

    def virtual(self, endpoint: str, bucket: str) -> bool:
        """Whether a bucket's name is best put into this host's: only where the service itself answers there, and
        has a certificate for it."""
        own = not endpoint or self.service.is_endpoint(host_of(endpoint))
        return own and self.service.addressing == "virtual" and bool(_LABEL(bucket))
