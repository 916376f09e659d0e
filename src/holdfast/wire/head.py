"""The status line and the headers of an answer, read strictly (RFC 9112, sections 4, 5 and 6)."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MAX_HEAD", "Head", "parse_head"]

MAX_HEAD = 64 * 1024
"""Bytes that a status line and headers may have together."""

# Strict: no line folding, no space before the colon, no control characters. What one program reads as two headers
# and another as one is how answers get mixed up.
_HEAD = re.compile(
    rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [^\x00-\x08\x0a-\x1f\x7f]*)?"
    rb"(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*)*"
).fullmatch


class Head(NamedTuple):
    """``headers`` have lower-case names; one that came twice has its values joined by commas. Values are read
    as Latin-1, which keeps every byte."""

    version: str
    status: int
    headers: dict[str, str]


def parse_head(data: bytes) -> Head:
    """``data`` is everything before the empty line. Raises ``ValueError``."""
    if not _HEAD(data):
        raise ValueError(f"not an HTTP/1.1 answer: {data[:60]!r}")
    status, *lines = data.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Head(status[:8], int(status[9:12]), headers)
