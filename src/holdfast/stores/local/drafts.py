"""How a file comes into being on a disk: whole, durable, and never over another. Raises ``OSError``."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Self

from holdfast.stores.local.files import TEMPORARY
from holdfast.threads import checkpoint
from holdfast.types import CHUNK, Create

LEFT_OVER = 24 * 60 * 60
"""Seconds after which an unfinished file has no writer any more; a living one writes now and then."""
SWEEP_EVERY = 60 * 60
"""Seconds between two looks for left-overs in one folder, by one process."""
SWEEP_AT_MOST = 10_000
"""Names looked at in one sweep: a few milliseconds, also in a folder of a million files."""

LOCK_WAIT = 10.0
"""Seconds to wait for the lock of a folder. It is held for microseconds, unless its holder was stopped."""

COPY_AT_ONCE = 64 * 1024 * 1024
"""Bytes the kernel copies in one call: Ctrl-C and a cancellation wait for the end of the call."""

_UNABLE = {errno.EPERM, errno.EINVAL, errno.EXDEV, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_LINKS = _UNABLE | {errno.EACCES, errno.EMLINK}
_NO_KERNEL_COPY = _UNABLE | {errno.EBADF}
_NO_FOLDER_SYNC = _UNABLE | {errno.EACCES, errno.EBADF}


class Draft:
    """A file beside its target that has another name until it is whole. Left without a commit, it is removed."""

    __slots__ = ("fd", "path")

    def __init__(self, folder: str, mode: int | None, group: int) -> None:
        self.path = f"{folder}/.holdfast-{secrets.token_hex(8)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self.fd = os.open(self.path, flags, 0o666 if mode is None else mode)
        try:
            info = os.fstat(self.fd)
            if info.st_gid != group:
                with suppress(PermissionError):
                    os.fchown(self.fd, -1, group)
            if mode is not None and stat.S_IMODE(info.st_mode) != mode:  # the umask took some
                os.fchmod(self.fd, mode)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)
        self._unlink()

    def _unlink(self) -> None:
        if self.path:
            with suppress(OSError):
                os.unlink(self.path)
            self.path = ""

    def write(self, data: bytes | bytearray) -> None:
        done = os.write(self.fd, data)
        while done < len(data):
            done += os.write(self.fd, memoryview(data)[done:])

    def finish(self, *, sync: bool) -> None:
        # The kernel's own clock moves in steps of milliseconds: an inode used again within one would bring an
        # old ETag back.
        with suppress(PermissionError):
            now = time.time_ns()
            os.utime(self.fd, ns=(now, now))
        if sync:
            os.fsync(self.fd)

    def replace(self, target: str) -> None:
        try:
            os.replace(self.path, target)
        except FileNotFoundError:
            if not self._is(target):
                raise
        self.path = ""

    def create(self, target: str) -> None:
        """Give the file its name, if that is free; else ``FileExistsError``."""
        try:
            create(self.path, target)
        except FileExistsError:
            if not self._is(target):
                raise
        self._unlink()

    def _is(self, target: str) -> bool:
        """Whether the target is this very file: NFS repeats a request whose answer was lost, and then says that
        the name is taken (or the old one gone) although it was us."""
        with suppress(OSError):
            return os.path.samestat(os.lstat(target), os.fstat(self.fd))
        return False


def create(draft: str, target: str) -> Create:
    """Name a whole file ``target`` without replacing anything, and say how surely. It may keep its old name too.

    1. ``link`` fails where the name is taken, on every POSIX system and over NFS.
    2. FAT, exFAT, SMB and some FUSE systems have no hard links, but Linux has a ``rename`` that does not replace.
    3. Else the folder's lock, a look, and ``rename``: sure among the processes that take the lock. Claiming the
       name with ``O_EXCL`` and filling it would be sure against everybody, but show readers an empty file.
    """
    try:
        os.link(draft, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return Create.ATOMIC
    try:
        _rename_noreplace(draft, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return Create.ATOMIC
    with locked(os.path.dirname(target)) as held:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        os.rename(draft, target)
    return Create.CLAIM if held else Create.NONE


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    with suppress(AttributeError, OSError):
        function = ctypes.CDLL(None, use_errno=True).renameat2
        function.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
        return function
    return None


def _rename_noreplace(source: str, target: str) -> None:
    at_cwd, noreplace = -100, 1
    function = _renameat2()
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), target)
    if function(at_cwd, os.fsencode(source), at_cwd, os.fsencode(target), noreplace):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), target)


def creates_in(folder: str) -> Create | None:
    """How surely ``create`` works in ``folder``, found out by doing it; ``None`` where nothing can be written."""
    target = f"{folder}/.holdfast-{secrets.token_hex(8)}.tmp"
    try:
        with Draft(folder, 0o600, os.stat(folder).st_gid) as draft:
            return create(draft.path, target)
    except OSError:
        return None
    finally:
        with suppress(OSError):
            os.unlink(target)


@contextmanager
def locked(folder: str) -> Iterator[bool]:
    """The lock that every replacement and every removal in ``folder`` takes, so that a condition holds until then.

    False where there are no locks. Between hosts that share a network file system it may not hold.
    """
    fd = -1
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        held = fd != -1 and _lock(fd, folder)
        try:
            yield held
        finally:
            if held:  # closing is not enough: a child forked meanwhile has the descriptor too
                fcntl.flock(fd, fcntl.LOCK_UN)
    finally:
        if fd != -1:
            os.close(fd)


def _lock(fd: int, folder: str) -> bool:
    give_up = time.monotonic() + LOCK_WAIT
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                raise TimeoutError(errno.ETIMEDOUT, "The lock is held by another process", folder) from None
            time.sleep(0.0005)
        except OSError:
            return False
        else:
            return True


def make_folders(folder: str, mode: int | None, *, sync: bool) -> None:
    """Make ``folder`` and what is missing above it, each with ``mode`` (``None``: what the umask leaves).

    Raises ``NotADirectoryError`` for a file in the way, and ``FileNotFoundError`` where somebody removed one of
    them in the same instant: try again.
    """
    parent = os.path.dirname(folder)
    for last in (False, True):
        try:
            os.mkdir(folder, 0o777 if mode is None else mode)
        except FileNotFoundError:
            if last:
                raise
            make_folders(parent, mode, sync=sync)
        except FileExistsError:
            if os.path.isdir(folder):
                return
            os.lstat(folder)
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder) from None
        else:
            break
    if mode is not None:
        os.chmod(folder, mode)
    if sync:
        sync_folder(parent)


def sync_folder(folder: str) -> None:
    """Make the names in ``folder`` last, where the file system can and lets us."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def gathered(chunks: Iterable[bytes]) -> Iterator[bytes | bytearray]:
    """The same bytes, in pieces that are worth a system call."""
    held = bytearray()
    for chunk in chunks:
        if not held and len(chunk) >= CHUNK:
            yield chunk
            continue
        held += chunk
        if len(held) >= CHUNK:
            yield held
            held = bytearray()
    if held:
        yield held


def copy_bytes(source: int, target: int, size: int) -> int:
    """Copy ``size`` bytes between two new descriptors, inside the kernel where it can; how many there were."""
    done = 0
    try:
        while done < size and (count := os.copy_file_range(source, target, min(size - done, COPY_AT_ONCE))):
            done += count
            checkpoint()
    except AttributeError:  # only Linux has it
        pass
    except OSError as error:
        if error.errno not in _NO_KERNEL_COPY:
            raise
    while done < size and (data := os.pread(source, min(CHUNK, size - done), done)):
        done += os.pwrite(target, data, done)
        checkpoint()
    return done


_swept: dict[str, float] = {}


def sweep(folder: str) -> None:
    """Remove what killed writers left in ``folder``, now and then."""
    now = time.monotonic()
    if now - _swept.get(folder, -SWEEP_EVERY) < SWEEP_EVERY:
        return
    if len(_swept) >= SWEEP_AT_MOST:
        _swept.clear()
    _swept[folder] = now
    before = time.time() - LEFT_OVER
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in islice(entries, SWEEP_AT_MOST):
            if TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < before:
                        os.unlink(entry.path)
