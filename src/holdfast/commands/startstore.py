"""``manage.py holdfast startstore``: begin a store of your own, as a package with a test."""

from __future__ import annotations

import keyword
import os
import re
import secrets
import shutil
from argparse import ArgumentParser
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError

from holdfast.resolve import ALIAS
from holdfast.stores import STORES

__all__ = ["add_arguments", "help", "run"]

help = "Begin a store of your own: a package that works and is tested, to put your system into."  # noqa: A001


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="of the system: the word before :// in URLs")
    parser.add_argument("directory", nargs="?", default="", help="a new one (default: NAME_store)")


def run(options: dict[str, Any], out: TextIO) -> int:
    """Write the package, all of it or nothing. Raises ``CommandError`` and never writes over what is there."""
    name = options["name"]
    _refuse_unfit(name)
    target = Path(options["directory"] or f"{name}_store")
    skeleton = _skeleton(name)
    _write(target.resolve(), target, skeleton)
    out.write(f"{target}/ holds {', '.join(skeleton)}.\n")
    out.write(f"Now: pip install -e '{target}[test]' && pytest {target}\n")
    return 0


def _refuse_unfit(name: str) -> None:
    if not re.fullmatch("[a-z][a-z0-9]*", name):
        fit = re.sub("^[0-9]+|[^a-z0-9]", "", name.lower())
        hint = f", as in {fit!r}" if fit else ""
        raise CommandError(f"{name!r} is no URL's scheme: take small letters and digits, a letter first{hint}.")
    if keyword.iskeyword(name):
        raise CommandError(f"{name!r} is a word of Python's own: take another name.")
    taken = {
        **{point.name: point.value for point in entry_points(group="holdfast.stores")},
        **STORES,
        ALIAS.rstrip(":"): "how STORAGES names the store of another alias",
    }
    if name in taken:
        raise CommandError(f"{name}:// is taken: it is {taken[name]}. Take another name.")


def _skeleton(name: str) -> dict[str, str]:
    """File name to text."""
    words = {"scheme": name, "module": f"{name}_store", "class": f"{name.capitalize()}Store", "NAME": name.upper()}
    templates = files("holdfast.commands") / "templates"

    def rendered(template: str) -> str:
        text = (templates / f"{template}-tpl").read_text("utf-8")
        return re.sub(r"\{\{ (\w+) \}\}", lambda found: words[found[1]], text)

    return {
        "pyproject.toml": rendered("pyproject.toml"),
        "README.md": rendered("README.md"),
        f"{name}_store.py": rendered("store.py"),
        f"test_{name}_store.py": rendered("test_store.py"),
        "conftest.py": rendered("conftest.py"),
    }


def _write(path: Path, shown: Path, skeleton: dict[str, str]) -> None:
    """Written beside its place and moved there when it is whole; the system itself refuses a folder with files."""
    if path == Path.cwd():
        raise CommandError("The current folder cannot be replaced: name a new one.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        what = "is a folder that is not empty" if path.is_dir() else "is a file"
        raise CommandError(f"{shown} {what}: nothing is written over. Name a new folder.")
    if not path.parent.is_dir():
        raise CommandError(f"{shown} cannot be made: there is no folder {shown.parent}.")
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        draft.mkdir()
        for name, text in skeleton.items():
            (draft / name).write_text(text, "utf-8")
        os.rename(draft, path)
    except OSError as error:
        raise CommandError(f"{shown} cannot be written: {error.strerror} ({error.filename}).") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
