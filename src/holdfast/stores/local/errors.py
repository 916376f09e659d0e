"""What the operating system says of files, in Holdfast's words."""

from __future__ import annotations

import errno

from holdfast.errors import AlreadyExists, Denied, InvalidKey, NotFound, Refused, StoreError, Unavailable

_DENIED = "the process may not do this; look at the owner and the permissions of the file and its folders"
_BUSY = "the system is out of what this needs, for now"
_DISK = "the disk, or the server behind it, did not answer properly; the system's log may say more"

# What the operating system says, and what it means here. Whatever else it says is Refused.
ERRORS: dict[int, tuple[type[StoreError | InvalidKey], str]] = {
    errno.ENOENT: (NotFound, ""),
    errno.ENOTDIR: (NotFound, ""),
    errno.EEXIST: (AlreadyExists, ""),
    errno.EACCES: (Denied, _DENIED),
    errno.EPERM: (Denied, _DENIED),
    errno.EROFS: (Denied, "the file system is mounted read-only"),
    errno.ENOSPC: (Refused, "the disk is full"),
    errno.EDQUOT: (Refused, "the disk quota is used up"),
    errno.EFBIG: (Refused, "the file is larger than the file system or the process's limit allows"),
    errno.EISDIR: (Refused, "it is a folder"),
    errno.ENOTEMPTY: (Refused, "it is a folder, and not empty"),
    errno.ENAMETOOLONG: (InvalidKey, "a part of the name is longer than the file system allows (mostly 255 bytes)"),
    errno.EILSEQ: (InvalidKey, "the file system does not take these characters in a name"),
    errno.ELOOP: (InvalidKey, "its symbolic links lead round in a circle, or were changed just now"),
    **dict.fromkeys(
        (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN), (Unavailable, _DISK)
    ),
    **dict.fromkeys((errno.EAGAIN, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ENOLCK), (Unavailable, _BUSY)),
}
