"""Names to keys, in one table.

Rows in databases hold names, so this table never changes:

====================================  ==================================================================
in a name                             what becomes of it
====================================  ==================================================================
``\\``                                 ``/``: names that came from Windows
``a//b``, ``./a``, ``a/./b``          ``a/b``, ``a``, ``a/b``
``/a``                                refused: it is absolute
``..`` as a part of the path          refused, even where it would stay inside
``a/``                                refused for a file; for a folder it is ``a/``
empty, ``.``                          refused for a file; for a folder it is the root, as is ``/``
control characters (U+0000-1F, 7F)    refused
half of a surrogate pair              refused: it has no UTF-8
more than 1,024 bytes of UTF-8        refused: S3's limit, the least of the object services
anything else                         kept as it is: no case folding, no Unicode normalisation, no unquoting
====================================  ==================================================================

Keys that somebody else wrote and that no name reaches (``a//b``, ``/a``, ``a/../b``) are shown by
``Store.list`` as they are, and left out by a storage's ``listdir`` and ``walk``: what these show can be opened.
"""

from __future__ import annotations

import os
import re

from holdfast.errors import InvalidKey

__all__ = ["MAX_KEY", "key_of", "prefix_of", "reachable"]

MAX_KEY = 1024
"""The longest key, in bytes of UTF-8."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
# What needs no more looking at: most names, and one regular expression costs less than the steps below.
_CLEAN = re.compile(
    r"(?!\.{1,2}(?:/|$))[^/\\\x00-\x1f\x7f\ud800-\udfff]+(?:/(?!\.{1,2}(?:/|$))[^/\\\x00-\x1f\x7f\ud800-\udfff]+)*"
)


def key_of(name: str | os.PathLike[str]) -> str:
    """The key of the file that ``name`` names.

    Raises ``InvalidKey`` (a ``SuspiciousFileOperation``, as Django's own storages raise for names that reach
    outside) for a name that is refused by the table above.
    """
    name = os.fspath(name)
    if len(name) <= MAX_KEY // 4 and _CLEAN.fullmatch(name):
        return name
    path = name.replace("\\", "/")
    if path.endswith("/") and path.strip("/"):
        raise InvalidKey(f"{_shown(name)} names a folder: a file's name does not end in a slash.", key=name)
    key = _joined(name, path)
    if not key:
        raise InvalidKey(f"{_shown(name)} is no name for a file.", key=name)
    return key


def prefix_of(name: str | os.PathLike[str]) -> str:
    """The prefix of the folder that ``name`` names: ``""`` for the root, else ending in a slash.

    Raises ``InvalidKey`` as ``key_of`` does.
    """
    name = os.fspath(name)
    path = name.replace("\\", "/")
    key = "" if path == "/" else _joined(name, path)
    return f"{key}/" if key else ""


def reachable(key: str) -> bool:
    """Whether a name reaches ``key``."""
    try:
        return key_of(key) == key
    except InvalidKey:
        return False


def _joined(name: str, path: str) -> str:
    parts = path.split("/")
    if found := _FORBIDDEN.search(path):
        raise InvalidKey(f"{_shown(name)} holds the character U+{ord(found[0]):04X}, which no key may.", key=name)
    if ".." in parts:
        raise InvalidKey(f"{_shown(name)} reaches outside its folder: '..' is not allowed in a name.", key=name)
    if path.startswith("/"):
        raise InvalidKey(f"{_shown(name)} is absolute: names are relative to their storage.", key=name)
    key = "/".join(part for part in parts if part not in ("", "."))
    if (length := len(key.encode())) > MAX_KEY:
        raise InvalidKey(f"{_shown(name)} has {length:,} bytes in UTF-8; the limit is {MAX_KEY:,}.", key=name)
    return key


def _shown(name: str) -> str:
    return repr(name if len(name) <= 80 else f"{name[:60]}…{name[-19:]}")
