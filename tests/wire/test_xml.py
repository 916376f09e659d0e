"""XML: what services send is read, and what cannot be said is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.wire import xml


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_what_is_expressible_survives(text):
    if xml.expressible(text):
        assert text == (xml.parse(f"<a>{xml.escape(text)}</a>".encode()).text or "")


@pytest.mark.parametrize("text", ["\x00", "a\x01b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_what_is_not(text):
    assert not xml.expressible(text)


def test_namespaces_are_left_out():
    root = xml.parse(b'<A xmlns="urn:x"><B>1</B><B>2</B><C/></A>')
    assert ("A", "1", "", ["1", "2"]) == (
        root.tag,
        xml.text(root, "B"),
        xml.text(root, "C"),
        [child.text for child in xml.children(root, "B")],
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"no", b"<a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ids=["empty", "text", "open", "entity"],
)
def test_what_is_refused(data):
    with pytest.raises(ValueError):
        xml.parse(data)
