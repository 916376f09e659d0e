"""Where a key lies on a disk, and how it is read and listed. Speaks of paths, and raises ``OSError``."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from typing import Self

from holdfast.errors import InvalidKey
from holdfast.types import CHUNK

TEMPORARY = re.compile(r"\.holdfast-[0-9a-f]{16}\.tmp", re.IGNORECASE)
"""The names of unfinished files. No key may be one, nothing lists them."""

Info = os.stat_result


def locate(base: str, key: str) -> tuple[str, Info | None]:
    """The path of ``key`` below ``base`` (which ends in a slash), and what lies there, a last link not followed.

    Raises ``InvalidKey`` where a symbolic link on the way, or the last one, leads out of ``base``. One ``lstat``
    per part: only where that meets a link are paths resolved. This holds against links that lie there, not against
    somebody who lays them while we look: who may do that may write the files as well.
    """
    path = base + key
    try:
        cut = key.find("/")
        while cut != -1:
            if stat.S_ISLNK(os.lstat(base + key[:cut]).st_mode):
                folder, _, leaf = path.rpartition("/")
                path = f"{_inside(base, folder, key)}/{leaf}"
                break
            cut = key.find("/", cut + 1)
        info = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return path, None
    if stat.S_ISLNK(info.st_mode):
        _inside(base, path, key)
    return path, info


def _inside(base: str, path: str, key: str) -> str:
    real, root = os.path.realpath(path), os.path.realpath(base)
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        raise InvalidKey(f"A symbolic link in {key!r} leads out of {base!r}, to {real!r}.", key=key)
    return real


def existing(folder: str) -> str:
    """``folder``, or the nearest one above it that is there."""
    folder = folder.rstrip("/") or "/"
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return folder


def is_file(info: Info) -> bool:
    return stat.S_ISREG(info.st_mode)


def etag_of(info: Info) -> str:
    """Strong: a put makes a new inode, and sets the time of it in nanoseconds."""
    return f'"{info.st_ino:x}-{info.st_size:x}-{info.st_mtime_ns:x}"'


def open_file(path: str, info: Info) -> int:
    """A descriptor to read from. Never waits, as opening a pipe would."""
    if stat.S_ISLNK(info.st_mode):
        path = os.path.realpath(path)
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)


class Chunks:
    """Bytes ``start`` to ``end`` of an open file, which is closed at the end, by ``close``, or with this object.

    ``failed`` makes the error to raise; of ``None``, where the file has become shorter.
    """

    __slots__ = ("_end", "_failed", "_fd", "_position")

    def __init__(self, fd: int, start: int, end: int, failed: Callable[[OSError | None], Exception]) -> None:
        self._fd = fd
        self._position = start
        self._end = end
        self._failed = failed

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._position >= self._end:
            self.close()
            raise StopIteration
        if self._fd == -1:
            raise ValueError("The body is closed, and was not read to its end.")
        try:
            # At a position of our own: a forked process shares the descriptor's.
            data = os.pread(self._fd, min(CHUNK, self._end - self._position), self._position)
        except OSError as error:
            raise self._failed(error) from error
        if not data:
            raise self._failed(None)
        self._position += len(data)
        return data

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd != -1:
            os.close(fd)

    __del__ = close


def names(base: str, prefix: str, after: str) -> list[str]:
    """What lies directly in the folder ``prefix`` and has a key after ``after``, in the order of keys: folders with
    a slash at their end, which decides their place (``a-b`` ``a.txt`` ``a/``).

    Links count as what they lead to. Left out are those that lead out of ``base``, to nothing, or to a folder that
    they lie in.
    """
    found = []
    with os.scandir(base + prefix) as entries:
        for entry in entries:
            name = entry.name
            if entry.is_symlink():
                if not _followed(base, prefix, name):
                    continue
                folder, file = entry.is_dir(), entry.is_file()
            else:
                folder, file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
            if folder:
                name += "/"
            elif not file or TEMPORARY.fullmatch(name):
                continue
            if not after or (key := prefix + name) > after or (folder and after.startswith(key)):
                found.append(name)
    found.sort()
    return found


def _followed(base: str, prefix: str, name: str) -> bool:
    """Whether a listing follows this link: what can be opened shows, but never twice on one way down."""
    path = base + prefix + name
    try:
        _inside(base, path, prefix + name)
        target = os.stat(path)
        cuts = [0, *(i + 1 for i, character in enumerate(prefix) if character == "/")]
        return not any(os.path.samestat(target, os.stat(base + prefix[:cut])) for cut in cuts)
    except (InvalidKey, OSError):
        return False


def walk(base: str, prefix: str, after: str) -> Iterator[tuple[str, Info]]:
    """Keys below ``prefix`` that sort after ``after``, in order, with what lies there.

    Holds the names of one folder on each level. What vanishes meanwhile is passed over.
    """
    stack = [(prefix, iter(_names_or_none(base, prefix, after)))]
    while stack:
        prefix, rest = stack[-1]
        for name in rest:
            key = prefix + name
            if name.endswith("/"):
                stack.append((key, iter(_names_or_none(base, key, after))))
                break
            if (info := look(base + key)) is not None:
                yield key, info
        else:
            stack.pop()


def _names_or_none(base: str, prefix: str, after: str) -> list[str]:
    try:
        return names(base, prefix, after)
    except (FileNotFoundError, NotADirectoryError):
        return []


def look(path: str) -> Info | None:
    """What the file is, if it still is one."""
    try:
        info = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return info if is_file(info) else None
