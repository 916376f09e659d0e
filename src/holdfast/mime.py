"""Content types from names."""

from __future__ import annotations

import mimetypes

__all__ = ["guess_type"]

# A compressed file is what it is: called text/csv with a Content-Encoding, browsers and proxies unpack it.
_COMPRESSED = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip2",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


def guess_type(name: str) -> str | None:
    """The content type that the ending of ``name`` stands for, ``None`` where it stands for none."""
    # The endings alone: the module would read a whole name such as "data:text/html,a.jpg" as a URL.
    _, *endings = name.rpartition("/")[2].lstrip(".").split(".")
    kind, encoding = mimetypes.guess_type(".".join(["a", *endings[-2:]]), strict=False)
    return _COMPRESSED.get(encoding, "application/octet-stream") if encoding else kind
