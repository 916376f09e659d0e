"""The public names, and what importing them costs."""

import subprocess
import sys
from pathlib import Path

import holdfast
from holdfast import errors


def test_every_public_name_is_there_once_and_in_order():
    assert sorted(holdfast.__all__, key=lambda name: (name.islower(), name.lower())) == holdfast.__all__
    assert [] == [name for name in holdfast.__all__ if not hasattr(holdfast, name)]


def test_every_public_error_is_public():
    assert set(errors.__all__) <= set(holdfast.__all__)


def test_importing_holdfast_imports_no_sdk_and_no_store():
    script = "import sys, holdfast; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    unwanted = {
        "boto3",
        "botocore",
        "PIL",
        "pytest",
        "holdfast.stores.s3",
        "holdfast.stores.local",
        "holdfast.testing",
    }
    assert set() == unwanted & set(loaded)


def test_the_package_says_that_it_is_typed():
    assert Path(holdfast.__file__).with_name("py.typed").exists()
