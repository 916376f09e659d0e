"""The server, with everything in its bucket that is read."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import Bare, Target
from bench.operations import (
    ARCHIVE,
    DATA,
    ENTRIES,
    FOLDER,
    HUGE,
    HUGE_SIZE,
    LARGE,
    LARGE_SIZE,
    MB,
    MEMBER_SIZE,
    MEMBERS,
    SMALL,
    member_name,
)
from tests.servers.ceph import Ceph

BUCKET = "bench"


@contextmanager
def serving() -> Iterator[tuple[Ceph, Target]]:
    with TemporaryDirectory(prefix="holdfast-bench-") as folder, Ceph() as ceph:
        ceph.create_bucket(BUCKET)
        target = Target(
            endpoint=ceph.endpoint,
            bucket=BUCKET,
            region=ceph.region,
            access_key=ceph.access_key,
            secret_key=ceph.secret_key,
            path=str(_file_of(Path(folder, "huge.bin"), HUGE_SIZE)),
        )
        _fill(target, Path(folder))
        yield ceph, target


def _fill(target: Target, folder: Path) -> None:
    """Each object by a single PUT, so that its ETag is its MD5, which Holdfast compares when it reads."""
    bare = Bare(target)
    bare.save(SMALL, DATA)
    bare.save_file(HUGE, target.path)
    bare.save_file(LARGE, str(_file_of(folder / "large.bin", LARGE_SIZE)))
    bare.save_file(ARCHIVE, str(_archive(folder / "hundred.zip")))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: _entries(target, start), range(0, ENTRIES, 250)))


def _entries(target: Target, start: int) -> None:
    bare = Bare(target)
    for number in range(start, min(start + 250, ENTRIES)):
        bare.save(f"{FOLDER}/file-{number:05}.jpg", b"")


def _file_of(path: Path, size: int) -> Path:
    block = os.urandom(MB)
    with path.open("wb") as file:
        for _ in range(size // MB):
            file.write(block)
    return path


def _archive(path: Path) -> Path:
    """Stored and not compressed, so that a member is as long as it is, and no time goes into unpacking."""
    block = os.urandom(MEMBER_SIZE)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(MEMBERS):
            archive.writestr(member_name(number), block)
    return path
