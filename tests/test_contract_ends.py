"""The contract comes to its end over a store that can do nothing: what waits for a store sees that it failed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

CONTRACT = """
from holdfast import Create, Feature, RemoteStorage, Store
from holdfast.testing.contract import RemoteStorageContract, StoreContract


class Nothing(Store):
    features = Feature.WRITE | Feature.RANGE | Feature.ATTRIBUTES | Feature.REPLACE_IF | Feature.DELETE_IF

    def creates(self, size):
        return Create.ATOMIC

    def get(self, *arguments):
        raise ZeroDivisionError

    put = head = delete = list = get


class TestStore(StoreContract):
    def make(self):
        return Nothing()


class TestStorage(RemoteStorageContract):
    def make(self):
        return RemoteStorage(Nothing())
"""


def test_the_contract_ends_over_a_store_that_can_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(CONTRACT)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--ds=tests.settings"]
    report = subprocess.run(
        [*command, "--quiet", "--tb=no", "test_nothing.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))},
        capture_output=True,
        text=True,
        timeout=200,
    ).stdout
    assert (found := re.search(r"(\d+) failed, ", report)), report[-2000:]
    assert int(found[1]) > 400
