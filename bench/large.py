"""Large files over a line of 20 ms and 80 MB/s a connection, beside boto3's transfers: ``make bench-large``.

A Ceph 20 with one copy of each object stands at the other end of it. Each transfer is a process of its own, the
contenders take turns, and the medians are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.line import line
from bench.measure import ROOT
from bench.worker import cost_of
from tests.servers.ceph20 import Ceph20

MB = 1024 * 1024
ROUND_TRIP = 0.020
RATE = 80e6
BUCKET = "bench"
KEY = "film.bin"


class OneCopy(Ceph20):
    """Memory for large objects, and no time for copies of them."""

    osds = 1
    min_size = 1
    more_conf = Ceph20.more_conf.replace("[global]\n", "[global]\nmon_allow_pool_size_one = true\n")


def holdfast(target: dict[str, str]) -> Any:
    from django.conf import settings

    from holdfast import RemoteStorage

    settings.configure(USE_TZ=True)
    options = {name: target[name] for name in ("endpoint", "region", "access_key", "secret_key")}
    options |= {"addressing": "path", "conditional_complete": True}
    return RemoteStorage(store={"BACKEND": f"s3://{BUCKET}", "OPTIONS": options})


def boto3(target: dict[str, str]) -> Any:
    from boto3.session import Session
    from botocore.config import Config

    return Session().client(
        "s3",
        endpoint_url=target["endpoint"],
        region_name=target["region"],
        aws_access_key_id=target["access_key"],
        aws_secret_access_key=target["secret_key"],
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )


class Sink:
    """Takes bytes in order, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, data: bytes) -> int:
        self.count += len(data)
        return len(data)


def holdfast_save(storage: Any, target: dict[str, str]) -> int:
    from django.core.files import File

    with Path(target["path"]).open("rb") as file:
        return storage.size(storage.save("saved.bin", File(file)))


def holdfast_read(storage: Any, target: dict[str, str]) -> int:
    with storage.open(KEY) as file:
        return sum(map(len, file.chunks()))


def holdfast_path(storage: Any, target: dict[str, str]) -> int:
    with storage.local_path(KEY) as path:
        return path.stat().st_size


def boto3_save(client: Any, target: dict[str, str]) -> int:
    client.upload_file(target["path"], BUCKET, "saved-too.bin")
    return client.head_object(Bucket=BUCKET, Key="saved-too.bin")["ContentLength"]


def boto3_read(client: Any, target: dict[str, str]) -> int:
    sink = Sink()
    client.download_fileobj(BUCKET, KEY, sink)
    return sink.count


def boto3_path(client: Any, target: dict[str, str]) -> int:
    path = Path(target["path"] + ".copy")
    client.download_file(BUCKET, KEY, str(path))
    size = path.stat().st_size
    path.unlink()
    return size


CONTENDERS: dict[str, Callable[[dict[str, str]], Any]] = {"holdfast": holdfast, "boto3": boto3}
WORK: dict[str, Callable[[Any, dict[str, str]], int]] = {
    "holdfast save": holdfast_save,
    "boto3 save": boto3_save,
    "holdfast read": holdfast_read,
    "boto3 read": boto3_read,
    "holdfast local path": holdfast_path,
    "boto3 local path": boto3_path,
}


def work(name: str, target: dict[str, str]) -> dict[str, float]:
    """In the process of its own: one transfer, after one small request over one connection."""
    contender = CONTENDERS[name.partition(" ")[0]](target)
    if name.startswith("holdfast"):
        contender.exists(KEY)
    else:
        contender.head_object(Bucket=BUCKET, Key=KEY)
    size, cost = cost_of(lambda: WORK[name](contender, target))
    if size != target["size"]:
        raise AssertionError(f"{name}: {size} bytes instead of {target['size']}")
    return cost


def measured(name: str, target: dict[str, Any], module: str = "bench.large") -> dict[str, float]:
    argv = [sys.executable, "-m", module, name, json.dumps(target)]
    done = subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=600)
    cost: dict[str, float] = json.loads(done.stdout)
    return cost


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.large", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=("save", "read", "local path"))
    parser.add_argument("--size", type=int, default=256, metavar="MB")
    parser.add_argument("work", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        name, target = options.work
        print(json.dumps(work(name, json.loads(target))))
        return 0
    names = [name for name in WORK if not options.only or name.partition(" ")[2] in options.only]
    costs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with TemporaryDirectory(prefix="holdfast-bench-") as folder, OneCopy() as ceph:
        ceph.create_bucket(BUCKET)
        path = Path(folder, "file.bin")
        with path.open("wb") as file:
            for _ in range(options.size):
                file.write(os.urandom(MB))
        target = {
            "region": ceph.region,
            "access_key": ceph.access_key,
            "secret_key": ceph.secret_key,
            "path": str(path),
            "size": options.size * MB,
        }
        client = ceph.client()
        client.upload_file(str(path), BUCKET, KEY)
        for _ in range(options.rounds):
            for name in names:
                with line(ceph.host, ceph.port, round_trip=ROUND_TRIP, rate=RATE) as endpoint:
                    costs[name].append(measured(name, target | {"endpoint": endpoint}))
                for saved in client.list_objects_v2(Bucket=BUCKET, Prefix="saved").get("Contents", []):
                    client.delete_object(Bucket=BUCKET, Key=saved["Key"])
        client.close()
    print(f"{options.size} MB, {options.rounds} rounds, {ROUND_TRIP * 1000:g} ms, {RATE / 1e6:g} MB/s a connection")
    print(f"{'':22}{'seconds':>9}{'from':>7}{'to':>7}{'MB/s':>7}{'CPU s':>8}{'added MB':>10}")
    for name, found in costs.items():
        seconds = [cost["seconds"] for cost in found]
        middle = median(seconds)
        print(
            f"{name:22}{middle:9.2f}{min(seconds):7.2f}{max(seconds):7.2f}{options.size / middle:7.0f}"
            f"{median(cost['cpu'] for cost in found):8.2f}{max(cost['memory'] for cost in found) / MB:10.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
