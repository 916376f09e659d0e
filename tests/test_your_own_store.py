"""``docs/your-own-store.md``, followed to the letter in a folder and an environment of its own.

Three things differ from what a reader does. The clone is this one, and Python that of the tests. Redis is there
already (``scripts/install-servers``), and listens on a free port. ``pip`` is kept from the network: what the page
has it install is what is installed here.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.resolve import resolve
from holdfast.stores import STORES
from tests.servers.process import reserve_port
from tests.wheels import repack

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/your-own-store.md").read_text()
PORT = "6390"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?P<how>[Pp]ut|[Aa]dd) this (?:in)?to\s`(?P<path>[^`]+)`")

INSTALL = "$ sudo apt-get install -y redis-server redis-tools"
EQUAL = re.compile(r"This is `([^`]+)`:$")
SHOWN = ("STORAGES[", "class TestStorage(")  # beginnings of blocks that are no step, each with a test of its own


def steps() -> Iterator[str]:
    """The page as a shell script."""
    for block in BLOCK.finditer(PAGE):
        language, text = block.groups()
        before = PAGE[: block.start()].rstrip("\n").rpartition("\n\n")[2].replace("\n", " ")
        if language == "console":
            for line in text.splitlines():
                assert line.startswith("$ "), line
                yield "command -v redis-server redis-cli" if line == INSTALL else line[2:]
        elif place := FILE.search(before):
            sign = ">" if place["how"].lower() == "put" else ">>"
            yield f"cat {sign} {place['path']} <<'END OF FILE'\n{text}END OF FILE"
        elif same := EQUAL.search(before):
            assert (ROOT / same[1]).read_text() == text
        else:
            assert text.removeprefix("# settings.py\n").startswith(SHOWN), f"a block that is no step: {text}"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    """A free port. Whatever has been left running on it by the page is stopped."""
    with reserve_port() as reserved:
        number = str(reserved.getsockname()[1])
        try:
            yield number
        finally:
            subprocess.run(["redis-cli", "-p", number, "shutdown", "nosave"], capture_output=True, timeout=60)


def test_the_page_leads_to_a_store_that_keeps_its_promises(tmp_path: Path, port: str) -> None:
    script = "\n".join(steps()).replace("~/holdfast", shlex.quote(str(ROOT))).replace(PORT, port)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    repack(wheels, "Django", "pytest", "redis", "hatchling", "editables")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").write_text(f'#!/bin/sh\nexec {shlex.quote(sys._base_executable)} "$@"\n')
    (programs / "python3").chmod(0o755)
    environ = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    folder = tmp_path / "reader"
    folder.mkdir()
    with (tmp_path / "log").open("w+") as log:
        child = subprocess.Popen(
            ["bash", "-euxo", "pipefail", "-c", script],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            status = child.wait(timeout=1200)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        log.seek(0)
        said = log.read()
    assert 0 == status, said[-20_000:]
    assert texts(ROOT / "example/redis_store") == texts(folder / "redis_store")


def test_the_exemption_shown_is_that_of_the_test() -> None:
    [shown] = [text for _, text in BLOCK.findall(PAGE) if text.startswith("class TestStorage(")]
    assert shown in (ROOT / "example/redis_store/test_redis_store.py").read_text()


def test_the_options_shown_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "example/redis_store")
    monkeypatch.setitem(STORES, "redis", "redis_store.RedisStore")
    monkeypatch.setenv("REDIS_PASSWORD", "not-shown")
    [shown] = [text for _, text in BLOCK.findall(PAGE) if "REDIS_PASSWORD" in text]
    names = {"os": os, "STORAGES": {"default": {"OPTIONS": {}}}}
    exec(shown, names)
    store = resolve(names["STORAGES"]["default"]["OPTIONS"]["store"])
    assert f"redis://127.0.0.1:{PORT}/media" == store.label
    assert "not-shown" not in f"{store!r} {vars(store)} {vars(store.inner)}"


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
