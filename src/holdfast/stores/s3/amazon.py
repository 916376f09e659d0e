"""Amazon's own hosts, and what of Amazon's is not spoken ("Amazon Simple Storage Service endpoints and quotas").

``dualstack``: hosts that are reached over IPv6 too ("Using Amazon S3 dual-stack endpoints"). ``fips``: hosts whose
cryptography is validated ("FIPS endpoints"). ``accelerate``: the nearest edge of Amazon's network, for buckets that
allow it ("Using Amazon S3 Transfer Acceleration").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from holdfast.stores.s3.place import Place

__all__ = ["AccessPoint", "Amazon", "suffix_of"]

# By the beginning of the region's name ("AWS partitions").
_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}

_HOST_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]").fullmatch
_ARN = re.compile(
    r"arn:aws[a-z-]*:s3:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):"
    r"accesspoint[:/](?P<name>[a-z0-9][a-z0-9-]{1,48}[a-z0-9])"
).fullmatch
_REFUSED = {
    r"arn:aws[a-z-]*:s3::\d*:accesspoint[:/].*": """a Multi-Region Access Point wants signatures of version 4A,
        which are not made here: name the bucket of the nearest region, or an access point of it""",
    r"arn:aws[a-z-]*:s3-outposts:.*|.*--op-s3": "S3 on Outposts is not spoken here: name a bucket of a region",
    r"arn:aws[a-z-]*:s3-object-lambda:.*|.*--ol-s3": """an Object Lambda access point answers with other bytes than
        are kept, and takes none: name the bucket, or an access point of it""",
    r".*--xa?-s3": """a directory bucket (S3 Express One Zone) has sessions of its own, no MD5 in its ETags and no
        order in its listings, so it keeps too few promises: name a general purpose bucket""",
    r"arn:.*": """this ARN is none of an access point: that is arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME. Of a
        bucket, write the name alone""",
}
"""Patterns of what is no bucket for us, and why."""


def suffix_of(region: str) -> str:
    """The domain of a region's hosts."""
    found = (suffix for beginning, suffix in _SUFFIXES.items() if region.startswith(beginning))
    return next(found, "amazonaws.com")


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A name of its own for a bucket, in a region ("Access points for general purpose buckets")."""

    name: str
    account: str
    region: str

    @property
    def label(self) -> str:
        """What stands before the host's name in its URLs."""
        return f"{self.name}-{self.account}"

    @staticmethod
    def of(bucket: str) -> AccessPoint | None:
        match = _ARN(bucket)
        return AccessPoint(match["name"], match["account"], match["region"]) if match else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Amazon:
    """The hosts of one bucket at Amazon."""

    bucket: str
    point: AccessPoint | None
    dualstack: bool
    fips: bool
    accelerate: bool

    @staticmethod
    def of(
        *,
        bucket: str,
        place: Place,
        path: bool,
        dualstack: bool | None,
        fips: bool | None,
        accelerate: bool,
        environ: Mapping[str, str],
    ) -> Amazon:
        """``path``: the bucket's name is to be in the path. The environment's variables are neither for endpoints
        of the caller's own nor for other services.

        Raises ``ImproperlyConfigured`` for what contradicts itself and for what is not spoken.
        """
        custom = bool(place.endpoint) or place.service.name != "aws"
        if dualstack is None:
            dualstack = not custom and _true(environ, "AWS_USE_DUALSTACK_ENDPOINT")
        if fips is None:
            fips = not custom and _true(environ, "AWS_USE_FIPS_ENDPOINT")
        point = AccessPoint.of(bucket)
        amazon = Amazon(bucket=bucket, point=point, dualstack=dualstack, fips=fips, accelerate=accelerate)
        for problem in amazon._problems(point.region if point else place.region, custom=custom, path=path):
            raise ImproperlyConfigured(f"s3: {problem}.")
        return amazon

    def url(self, region: str) -> str:
        """The endpoint, without the bucket's name."""
        stack = ".dualstack" if self.dualstack else ""
        if self.accelerate:
            return f"https://s3-accelerate{stack}.{suffix_of(region)}"
        kind = f"{'s3-accesspoint' if self.point else 's3'}{'-fips' if self.fips else ''}"
        return f"https://{kind}{stack}.{region}.{suffix_of(region)}"

    def _problems(self, region: str, *, custom: bool, path: bool) -> Iterator[str]:
        if not custom or self.bucket.startswith("arn:"):
            refused = (
                []
                if self.point
                else [why for pattern, why in _REFUSED.items() if re.fullmatch(pattern, self.bucket)]
            )
            yield from (f"bucket: {self.bucket!r}: {' '.join(why.split())}" for why in refused[:1])
        if self.point and path:
            yield "addressing: an access point's name is in the host name: leave addressing='path' out"
        for name in ("dualstack", "fips", "accelerate"):
            if custom and getattr(self, name):
                yield f"{name}: it is for Amazon's own endpoints: leave it out, or the endpoint"
        if self.fips and region.startswith("cn-"):
            yield f"fips: there are no such hosts in China, and the region is {region!r}"
        if self.accelerate:
            yield from self._slow(region, path=path)

    def _slow(self, region: str, *, path: bool) -> Iterator[str]:
        if self.fips:
            yield "accelerate: its hosts are none of FIPS: leave one of both out"
        if region.startswith("cn-"):
            yield f"accelerate: there are no such hosts in China, and the region is {region!r}"
        if self.point:
            yield "accelerate: it is not for access points: name the bucket"
        elif path or not _HOST_NAME(self.bucket):
            yield (
                f"accelerate: there the bucket's name is in the host's, and {self.bucket!r} does not fit: it has "
                "to be a name without dots, and addressing not 'path'"
            )


def _true(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().lower() == "true"
