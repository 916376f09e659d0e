"""Header values survive the way there and back, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.wire.headers import decode_words, disposition, encode_words, etag_of, printable, retry_after, time_of

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)


@given(texts)
def test_any_text_survives(text):
    encoded = encode_words(text)
    assert encoded.isascii()
    assert text == decode_words(encoded)


@given(texts)
def test_no_word_is_too_long_or_cut_within_a_character(text):
    encoded = encode_words(text)
    if encoded != text:
        for word in encoded.split(" "):
            assert len(word) <= 75
            decode_words(word).encode()


def test_plain_text_goes_as_it_is():
    assert "plain text, 100%" == encode_words("plain text, 100%")


@pytest.mark.parametrize("text", ["two  spaces", " before", "after ", "=?UTF-8?B?eA==?=", "ü", "😀" * 30])
def test_what_could_be_changed_on_the_way_is_encoded(text):
    encoded = encode_words(text)
    assert text != encoded
    assert "  " not in encoded
    assert text == decode_words(encoded)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?UTF-8?Q?Z=C3=BCrich?=", "Zürich"),
        ("=?iso-8859-1?q?Z=FCrich?=", "Zürich"),
        ("Zürich".encode().decode("latin-1"), "Zürich"),
        ("Z\xfcrich", "Zürich"),
        ("=?no-such?Q?x?=", "=?no-such?Q?x?="),
        ("=?UTF-8?B?Cg==?=", " "),
        ("a=?b", "a=?b"),
    ],
)
def test_what_others_write(value, text):
    assert text == decode_words(value)


@given(st.text(max_size=50))
def test_anything_becomes_printable(text):
    value = printable(text)
    assert value.isascii()
    assert value.isprintable()


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_times(when):
    when = when.replace(microsecond=0)
    assert when == time_of(format_datetime(when, usegmt=True))
    assert when == time_of(format_datetime(when))


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"]
)
def test_no_time(value):
    assert time_of(value) is None


def test_retry_after():
    assert 0 == retry_after(None)
    assert 0 == retry_after("soon")
    assert 120 == retry_after("120")
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < retry_after(in_a_minute) <= 60


@pytest.mark.parametrize(
    ("value", "etag"), [(None, None), ("", None), ('"a"', '"a"'), ("a", '"a"'), ('W/"a"', 'W/"a"')]
)
def test_etags_have_quotes(value, etag):
    assert etag == etag_of(value)


@pytest.mark.parametrize("name", ["a.txt", "a b.txt", 'a"b.txt', "a\\b", "ü.txt", "a;b", "a%41", "😀", "a\r\nb"])
def test_a_browser_finds_the_name(name):
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    message = Message()
    message["Content-Disposition"] = value
    starred = value.partition("filename*=UTF-8''")[2]
    assert name == (unquote(starred) if starred else message.get_filename())
