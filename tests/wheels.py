"""Wheels of what is installed here, for environments that are made without a network."""

from __future__ import annotations

import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def repack(folder: Path, *names: str) -> None:
    """Put a wheel of each of these distributions, and of all that they need, into ``folder``. Pure Python alone."""
    wanted, done = list(names), set()
    while wanted:
        found = distribution(wanted.pop())
        if found.name in done:
            continue
        done.add(found.name)
        _pack(found, folder)
        requirements = map(Requirement, found.requires or [])
        wanted += [each.name for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})]


def _pack(found: Distribution, folder: Path) -> None:
    name = canonicalize_name(found.name).replace("-", "_")
    with zipfile.ZipFile(folder / f"{name}-{found.version}-py3-none-any.whl", "w") as wheel:
        for file in found.files or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                wheel.write(str(found.locate_file(file)), str(file))
