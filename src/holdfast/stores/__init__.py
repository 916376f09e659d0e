"""The stores, by the scheme of their URLs. Each is imported when it is first named, never before."""

from __future__ import annotations

STORES = {
    "local": "holdfast.stores.local.LocalStore",
    "memory": "holdfast.stores.memory.MemoryStore",
    "s3": "holdfast.stores.s3.S3Store",
}
"""Scheme to dotted path. A package of yours adds its own by an entry point in the group ``holdfast.stores``."""
