"""5.1 GB saved, copied and read on a Ceph 20 with one copy of each object: ``make bench-huge``.

It needs 12 GB of memory, where that Ceph keeps its objects. Each step is a process of its own, which says how far
its memory grew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.large import BUCKET, MB, OneCopy, holdfast, measured
from bench.worker import cost_of

SIZE = 5_100 * MB
"""More than the 5,000 MB and the 5 GiB that one request takes."""

LIMIT = 96
"""MB of added memory at most."""


def save(storage: Any, target: dict[str, str]) -> int:
    from django.core.files import File

    with Path(target["path"]).open("rb") as file:
        return storage.size(storage.save("huge.bin", File(file)))


def copy(storage: Any, target: dict[str, str]) -> int:
    storage.copy("huge.bin", "copy.bin")
    return storage.size("copy.bin")


def read(storage: Any, target: dict[str, str]) -> int:
    with storage.open("copy.bin") as file:
        return sum(map(len, file.chunks()))


STEPS = {"save": save, "copy": copy, "read": read}


def main(arguments: list[str]) -> int:
    if arguments:
        step, target = arguments[0], json.loads(arguments[1])
        storage = holdfast(target)
        storage.exists("missing")
        size, cost = cost_of(lambda: STEPS[step](storage, target))
        if size != target["size"]:
            raise AssertionError(f"{step}: {size:,} bytes")
        print(json.dumps(cost))
        return 0
    failed = False
    with TemporaryDirectory(prefix="holdfast-bench-") as folder, OneCopy(osd_bytes=14 * 2**30) as ceph:
        ceph.create_bucket(BUCKET)
        path = Path(folder, "file.bin")
        with path.open("wb") as file:
            file.truncate(SIZE)  # without a place on the disk: it is all zeros
        target = {
            "endpoint": ceph.endpoint,
            "region": ceph.region,
            "access_key": ceph.access_key,
            "secret_key": ceph.secret_key,
            "path": str(path),
            "size": SIZE,
        }
        for step in STEPS:
            cost = measured(step, target, module="bench.huge")
            memory = cost["memory"] / MB
            failed = failed or memory > LIMIT
            print(f"{step:8}{cost['seconds']:8.1f} s{cost['cpu']:8.1f} s CPU{memory:8.1f} MB added", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
