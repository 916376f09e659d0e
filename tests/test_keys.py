"""The table from names to keys."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from django.core.exceptions import SuspiciousFileOperation
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InvalidKey
from holdfast.keys import MAX_KEY, key_of, prefix_of, reachable

NAMES = st.text(st.characters() | st.sampled_from("/\\. a"), max_size=40)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a", "a"),
        ("a/b.txt", "a/b.txt"),
        ("a//b", "a/b"),
        ("./a", "a"),
        ("a/./b", "a/b"),
        ("a\\b", "a/b"),
        (".hidden", ".hidden"),
        ("...", "..."),
        ("a..b/c..", "a..b/c.."),
        (" a ", " a "),
        ("%2e%2e/a", "%2e%2e/a"),
        ("e\u0301", "e\u0301"),
        ("\u00e9", "\u00e9"),
        (PurePosixPath("a/b"), "a/b"),
        (PureWindowsPath("a\\b"), "a/b"),
    ],
)
def test_name_to_key(name, key):
    assert key == key_of(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "./", "/", "/a", "\\a", "..", "../a", "a/..", "a/../b", "..\\a", "a/", "a\\"),
        *("a\0b", "a\nb", "a\rb", "a\x1fb", "a\x7fb", "\ud800"),
        *("a" * (MAX_KEY + 1), "é" * (MAX_KEY // 2 + 1)),
    ],
)
def test_refused_for_a_file(name):
    with pytest.raises(InvalidKey) as caught:
        key_of(name)
    assert isinstance(caught.value, SuspiciousFileOperation)
    assert name == caught.value.key


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("", ""), (".", ""), ("/", ""), ("./", ""), ("a", "a/"), ("a/", "a/"), ("a//b/", "a/b/"), ("a\\b", "a/b/")],
)
def test_folder_to_prefix(name, prefix):
    assert prefix == prefix_of(name)


@pytest.mark.parametrize("name", ["..", "../a", "/a", "a/../b", "a\0", "//"])
def test_refused_for_a_folder(name):
    with pytest.raises(InvalidKey):
        prefix_of(name)


@given(NAMES)
def test_a_key_is_its_own_key_and_safe(name):
    try:
        key = key_of(name)
    except InvalidKey:
        return
    assert key == key_of(key)
    assert reachable(key)
    parts = key.split("/")
    assert not {"", ".", ".."} & set(parts)
    assert len(key.encode()) <= MAX_KEY


@given(NAMES)
def test_the_short_way_says_what_the_long_way_says(name):
    long = "a" * (MAX_KEY // 4) + "/"  # too long for the short way
    try:
        expected = key_of(long + name).removeprefix(long)
    except InvalidKey:
        expected = None
    try:
        found = key_of(name)
    except InvalidKey:
        found = None
    absolute = name.replace("\\", "/").startswith("/")
    empty = expected == "a" * (MAX_KEY // 4)
    assert (None if absolute or empty else expected) == found


@pytest.mark.parametrize("key", ["a//b", "/a", "a/", "a/../b", "./a", "a\nb", ""])
def test_keys_that_no_name_reaches(key):
    assert not reachable(key)


def test_a_long_name_is_not_repeated_whole_in_its_message():
    with pytest.raises(InvalidKey, match=r"1,500 bytes in UTF-8; the limit is 1,024") as caught:
        key_of("x" * 1500)
    assert len(str(caught.value)) < 200
