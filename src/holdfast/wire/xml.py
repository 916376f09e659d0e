"""XML as the services speak it: small documents, with a namespace or without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

__all__ = ["children", "escape", "expressible", "parse", "text"]

# What XML 1.0 cannot say, not even as a character reference (section 2.2).
_OUTSIDE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
# Line breaks and tabs as they are would be read as something else (sections 2.11 and 3.3.3).
_SPECIAL = re.compile(r"[&<>\"'\t\n\r]")


def parse(data: bytes) -> Element:
    """The document's root, names without their namespaces. Raises ``ValueError``.

    A document type is refused: no service sends one, and entities could grow without bounds.
    """
    if b"<!DOCTYPE" in data:
        raise ValueError("a document with a document type")
    try:
        root = ET.fromstring(data)  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    if root.tag.startswith("{"):
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
    return root


def text(element: Element, name: str, default: str = "") -> str:
    """What stands in the child of that name."""
    return element.findtext(name) or default


def children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if child.tag == name)


def expressible(string: str) -> bool:
    """Whether an XML document can hold this string at all."""
    return _OUTSIDE(string) is None


def escape(string: str) -> str:
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", string)
