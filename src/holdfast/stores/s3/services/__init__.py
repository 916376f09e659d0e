"""The services that speak S3, each with what it does differently.

``python -m holdfast.stores.s3.services`` prints them as a table, which is docs/stores/s3-services.md.
"""

from __future__ import annotations

from difflib import get_close_matches
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from holdfast.stores.s3.services.service import Bounds, Kept, Service
from holdfast.stores.s3.services.table import SERVICES

__all__ = ["GENERIC", "SERVICES", "Bounds", "Kept", "Service", "guessed", "host_of", "named"]

GENERIC = SERVICES["generic"]


def named(name: str) -> Service:
    """The service of that name. Raises ``ImproperlyConfigured``, with the nearest one."""
    try:
        return SERVICES[name]
    except KeyError:
        close = get_close_matches(name, SERVICES, n=1)
        way_out = f"Did you mean {close[0]!r}?" if close else f"Choose from: {', '.join(sorted(SERVICES))}."
        raise ImproperlyConfigured(f"s3: there is no service {name!r}. {way_out}") from None


def guessed(endpoint: str) -> Service:
    """The service whose domain the endpoint's host is in; ``GENERIC`` for every other. Never raises."""
    host = host_of(endpoint)
    return next((service for service in SERVICES.values() if service.owns(host)), GENERIC)


def host_of(endpoint: str) -> str:
    """The host of a URL, in lower case; empty where it has none. Never raises."""
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""
