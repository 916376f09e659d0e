"""``manage.py holdfast startstore``: a package that works, all of it or nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from holdfast.commands import startstore

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "example/redis_store"
NAMES = ["README.md", "conftest.py", "demo_store.py", "pyproject.toml", "test_demo_store.py"]


def run(*arguments: str) -> str:
    parser = ArgumentParser()
    startstore.add_arguments(parser)
    out = StringIO()
    assert 0 == startstore.run(vars(parser.parse_args(arguments)), out)
    return out.getvalue()


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_package_is_named_after_the_system(tmp_path: Path) -> None:
    said = run("demo")
    assert ["demo_store"] == os.listdir(tmp_path)
    assert NAMES == sorted(os.listdir("demo_store"))
    assert "demo_store/ holds pyproject.toml" in said
    assert "pip install -e 'demo_store[test]' && pytest demo_store" in said
    project = tomllib.loads(Path("demo_store/pyproject.toml").read_text())["project"]
    assert {"demo": "demo_store:DemoStore"} == project["entry-points"]["holdfast.stores"]
    assert not re.search(r"\{\{ ", "".join(texts(Path("demo_store")).values()))


def test_it_may_stand_elsewhere(tmp_path: Path) -> None:
    Path("empty").mkdir()
    run("demo", "empty")
    run("demo", str(tmp_path / "new"))
    assert NAMES == sorted(os.listdir("empty")) == sorted(os.listdir("new"))


def test_the_rights_are_those_of_any_new_file() -> None:
    before = os.umask(0o027)
    try:
        run("demo")
    finally:
        os.umask(before)
    assert 0o750 == Path("demo_store").stat().st_mode & 0o777
    assert 0o640 == Path("demo_store/demo_store.py").stat().st_mode & 0o777


def test_it_is_a_subcommand() -> None:
    call_command("holdfast", "startstore", "demo", stdout=StringIO())
    assert NAMES == sorted(os.listdir("demo_store"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my-store", "'my-store' is no URL's scheme: .*, as in 'mystore'"),
        ("My_Store", "as in 'mystore'"),
        ("9lives", "as in 'lives'"),
        ("día", "as in 'da'"),
        ("", "'' is no URL's scheme: take small letters and digits, a letter first."),
        ("a/b", "is no URL's scheme"),
        ("demo\n", "is no URL's scheme"),
        ("class", "'class' is a word of Python's own"),
        ("s3", "s3:// is taken: it is holdfast.stores.s3.S3Store. Take another name."),
        ("storages", "storages:// is taken"),
        ("kelp", "kelp:// is taken: it is kelp:KelpStore"),
    ],
)
def test_a_bad_name_is_refused(name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = tmp_path / "kelp-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: kelp\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[holdfast.stores]\nkelp = kelp:KelpStore\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CommandError, match=message):
        run(name)
    assert ["kelp-1.dist-info"] == os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("directory", "message"),
    [
        ("full", "full is a folder that is not empty: nothing is written over"),
        ("file", "file is a file: nothing is written over"),
        ("no/such/folder", "no/such/folder cannot be made: there is no folder no/such"),
        (".", "current folder cannot be replaced"),
        ("file/below", "file/below cannot be made: there is no folder file"),
    ],
)
def test_a_place_that_is_taken_is_left_alone(directory: str, message: str) -> None:
    Path("full").mkdir()
    Path("full/mine.txt").write_text("mine")
    Path("file").write_text("mine")
    with pytest.raises(CommandError, match=message):
        run("demo", directory)
    assert ["file", "full"] == sorted(os.listdir())
    assert {"mine.txt": "mine"} == texts(Path("full"))
    assert "mine" == Path("file").read_text()


def test_a_folder_that_is_filled_meanwhile_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def late(source: Any, target: Any) -> None:
        Path(target).mkdir()
        Path(target, "theirs.txt").write_text("theirs")
        rename(source, target)

    monkeypatch.setattr(os, "rename", late)
    with pytest.raises(CommandError, match="demo_store cannot be written: Directory not empty"):
        run("demo")
    assert ["demo_store"] == os.listdir()
    assert {"theirs.txt": "theirs"} == texts(Path("demo_store"))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_half_written(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text, written = Path.write_text, []

    def failing(path: Path, *rest: Any) -> int:
        if len(written) == 2:
            raise error
        written.append(path)
        return write_text(path, *rest)

    monkeypatch.setattr(Path, "write_text", failing)
    with pytest.raises((CommandError, KeyboardInterrupt)):
        run("demo")
    assert 2 == len(written)
    assert [] == os.listdir()


def test_the_example_is_what_comes_out_with_its_store_put_in() -> None:
    run("redis")
    expected = texts(Path("redis_store"))
    expected["redis_store.py"] = (EXAMPLE / "redis_store.py").read_text()
    expected["pyproject.toml"] = expected["pyproject.toml"].replace(
        '    "holdfast",\n', '    "holdfast",\n    "redis>=8",\n'
    )
    assert expected == texts(EXAMPLE)


def test_the_store_of_the_example_has_thirty_lines() -> None:
    _, _, store = (EXAMPLE / "redis_store.py").read_text().partition("\n\nclass ")
    assert len([line for line in store.splitlines() if line.strip()]) <= 30


def test_the_templates_are_in_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", tmp_path, ROOT], check=True, timeout=300)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        shipped = {Path(name).name for name in packed.namelist() if name.startswith("holdfast/commands/templates/")}
    assert {path.name for path in (ROOT / "src/holdfast/commands/templates").iterdir()} == shipped
