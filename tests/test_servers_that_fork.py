"""Servers and pools that fork after the storage was used, as gunicorn does with --preload."""

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from holdfast import RemoteStorage

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=["local", "s3"])
def options(request, tmp_path) -> dict:
    if request.param == "local":
        return {"store": f"local://{tmp_path}/files"}
    ceph, bucket = request.getfixturevalue("ceph"), request.getfixturevalue("bucket")
    keys = {"access_key": ceph.access_key, "secret_key": ceph.secret_key}
    return {"store": {"BACKEND": f"s3://{bucket}?endpoint={ceph.endpoint}", "OPTIONS": keys}}


def _ask(port: int) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        return json.load(answer)


def _port(log: Path, server: subprocess.Popen) -> int:
    """Where gunicorn says it listens."""
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_gunicorn_with_preload(options, tmp_path):
    log = tmp_path / "gunicorn.log"
    arguments = ["--preload", "--workers=2", "--threads=2", "--bind=127.0.0.1:0", "--no-control-socket"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments, "tests.preloaded:application"],
            cwd=ROOT,
            env={**os.environ, "STORAGE_OPTIONS": json.dumps(options)},
            stdout=output,
            stderr=output,
        )
    try:
        port = _port(log, server)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(_ask, [port] * 40))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    assert {(True, "saved before the fork")} == {(answer["forked"], answer["first"]) for answer in answers}
    assert 40 == len({answer["name"] for answer in answers})


def _save(storage: RemoteStorage, number: int) -> str:
    return storage.save("a.txt", ContentFile(b"%d" % number))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_of_processes(options, method):
    storage = RemoteStorage(**options)
    storage.save("a.txt", ContentFile(b"first"))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(_save, storage, number) for number in range(20)]
        names = [future.result(timeout=60) for future in futures]
    assert 20 == len({*names} - {"a.txt"})
    for number, name in enumerate(names):
        with storage.open(name) as file:
            assert b"%d" % number == file.read()
