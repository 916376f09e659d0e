"""Packages that a Django project uses files through: easy-thumbnails, sorl-thumbnail, ImageKit, cleanup, static."""

import subprocess
import sys
from pathlib import Path


def test_a_project_that_uses_them_works():
    folder = Path(__file__).parent
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-W",
        "default",
        "--ds=tests.packages.settings",
    ]
    ran = subprocess.run(
        [*command, "tests/packages/checks_of_packages.py"],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "5 passed" in ran.stdout
