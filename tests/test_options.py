"""A constructor is the schema."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from django.core.exceptions import ImproperlyConfigured

from holdfast.options import convert, options_of
from holdfast.types import Attributes, Secret


class Example:
    def __init__(
        self,
        inner: object = None,
        *,
        bucket: str,
        retries: int = 3,
        verify: bool = True,
        pause: float = 0.5,
        style: Literal["path", "virtual"] = "path",
        token: Secret | None = None,
        mode: int | None = None,
        folder: Path | None = None,
        window: float | timedelta = 60,
        attributes: Attributes = Attributes(),
    ) -> None: ...


def test_options_are_the_keyword_only_parameters():
    options = options_of(Example)
    assert [
        "bucket",
        "retries",
        "verify",
        "pause",
        "style",
        "token",
        "mode",
        "folder",
        "window",
        "attributes",
    ] == list(options)
    assert ["bucket"] == [name for name, option in options.items() if option.required]
    assert ["token"] == [name for name, option in options.items() if option.secret]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("retries", "5", 5),
        ("retries", 5, 5),
        ("mode", "0o640", 0o640),
        ("verify", "false", False),
        ("verify", "on", True),
        ("verify", True, True),
        ("pause", "1.5", 1.5),
        ("pause", 2, 2.0),
        ("style", "virtual", "virtual"),
        ("token", "t", Secret("t")),
        ("token", None, None),
        ("folder", "/srv", Path("/srv")),
        ("window", "90", 90.0),
        ("window", timedelta(hours=1), timedelta(hours=1)),
        ("attributes", {"cache_control": "no-store"}, Attributes(cache_control="no-store")),
    ],
)
def test_values_are_read_by_their_types(name, given, expected):
    assert expected == convert(Example, {"bucket": "b", name: given}, "s3://b")[name]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "s3://b: the option 'bucket' is missing."),
        ({"bucket": 1}, "s3://b: the option 'bucket' cannot be 1: it is a str, not a int"),
        ({"bucket": "b", "retires": 1}, "s3://b: there is no option 'retires'. Did you mean 'retries'?"),
        ({"bucket": "b", "retries": "many"}, "s3://b: the option 'retries' cannot be 'many': it is a number"),
        ({"bucket": "b", "retries": True}, "s3://b: the option 'retries' cannot be True: it is a int, not a bool"),
        ({"bucket": "b", "verify": "maybe"}, "s3://b: the option 'verify' cannot be 'maybe': it is true or false"),
        ({"bucket": "b", "mode": "rw"}, "s3://b: the option 'mode' cannot be 'rw': it is a number"),
        ({"bucket": "b", "style": "x"}, "s3://b: the option 'style' cannot be 'x': it is one of 'path', 'virtual'"),
    ],
)
def test_what_is_wrong_is_said_with_the_option_and_the_way_out(given, message):
    with pytest.raises(ImproperlyConfigured) as caught:
        convert(Example, given, "s3://b")
    assert message == str(caught.value)


def test_attributes_are_checked_by_name_and_by_value():
    with pytest.raises(ImproperlyConfigured, match=r"no attribute 'cache_contrl'. Did you mean 'cache_control'"):
        convert(Example, {"bucket": "b", "attributes": {"cache_contrl": "x"}}, "s3://b")
    with pytest.raises(ImproperlyConfigured, match="not printable ASCII"):
        convert(Example, {"bucket": "b", "attributes": {"cache_control": "a\r\nb: c"}}, "s3://b")


def test_a_wrong_secret_is_not_repeated():
    with pytest.raises(ImproperlyConfigured) as caught:
        convert(Example, {"bucket": "b", "token": 31337}, "s3://b")
    assert "31337" not in str(caught.value)
