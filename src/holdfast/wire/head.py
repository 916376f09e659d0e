"""The first lines of requests and answers, written and read strictly (RFC 9112, sections 3 to 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["MAX_HEAD", "Head", "RequestHeaders", "parse_head", "request_head"]

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


class RequestHeaders(dict[str, str]):
    """Headers that a debug page does not show: it shows local variables, and these sign or hold a token."""

    def __repr__(self) -> str:
        return "RequestHeaders(…)"


def request_head(method: str, target: str, headers: Mapping[str, str], size: int) -> memoryview:
    """Everything before the body. A memoryview, since it shows nothing of itself either."""
    lines = [f"{method} {target} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()]]
    if size or method not in ("GET", "HEAD", "DELETE"):
        lines.append(f"content-length: {size}")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
        raise RuntimeError("A header or the target holds a line break.")  # not ValueError: no answer is to blame
    return memoryview(f"{text}\r\n\r\n".encode("ascii"))
