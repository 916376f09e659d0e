"""RemoteFile where it is most easily got wrong; how files behave on every store is in the contract."""

import contextlib
import io
import queue

import pytest
from django.core.files.base import ContentFile

from holdfast import RemoteStorage


@pytest.fixture(params=["memory", "local"])
def storage(request, tmp_path):
    return RemoteStorage("memory://" if request.param == "memory" else f"local://{tmp_path}")


def kept(storage, name: str) -> bytes:
    with storage.open(name) as file:
        return file.read()


def test_closed_while_an_exception_is_handled_it_is_kept(storage):
    """All of these end well, and a local file would be there after each."""
    try:
        raise queue.Empty
    except queue.Empty:
        before = storage.open("opened inside", "wb")
        before.write(b"1")
        before.close()
    file = storage.open("closed in except", "wb")
    file.write(b"1")
    try:
        next(iter(()))
    except StopIteration:
        file.close()
    file = storage.open("closing", "wb")
    try:
        raise ValueError
    except ValueError:
        with contextlib.closing(file):
            file.write(b"1")
    for name in ("opened inside", "closed in except", "closing"):
        assert b"1" == kept(storage, name)


def test_a_with_block_that_an_exception_ends_leaves_nothing(storage):
    def binary(file):
        with file:
            file.write(b"1")
            raise KeyError

    def text(file):
        with io.TextIOWrapper(file) as wrapped:
            wrapped.write("1")
            raise KeyError

    def closing(file):
        with contextlib.closing(file):
            file.write(b"1")
            raise KeyError

    def stack(file):
        with contextlib.ExitStack() as exits:
            exits.enter_context(file).write(b"1")
            raise KeyError

    for block in (binary, text, closing, stack):
        with pytest.raises(KeyError):
            block(storage.open("a", "wb"))
        assert not storage.exists("a"), block.__name__


@pytest.mark.parametrize("mode", ["wb", "w+b", "r+b", "ab", "a+b"])
def test_truncate_lengthens_with_zeros(storage, mode):
    storage.save("a", ContentFile(b"12345"))
    with storage.open("a", mode) as file:
        assert 10 == file.truncate(10)
    expected = b"" if "w" in mode else b"12345"
    assert expected.ljust(10, b"\0") == kept(storage, "a")


def test_truncate_where_the_position_is(storage):
    with storage.open("a", "w+b") as file:
        file.write(b"12345")
        file.seek(2)
        assert 2 == file.truncate()
        file.seek(4)
        file.truncate()
        assert 4 == file.tell()
    assert b"12\0\0" == kept(storage, "a")


def test_opened_again_as_text_of_another_encoding(storage):
    storage.save("a", ContentFile("é".encode("latin-1")))
    file = storage.open("a")
    file.close()
    assert "é" == file.open("r", encoding="latin-1").read()
    file.close()
    with pytest.raises(TypeError):
        file.open("r", encodng="x")


def test_a_wrong_mode_leaves_the_open_file_open(storage):
    with storage.open("a", "wb") as file:
        file.write(b"1")
        with pytest.raises(ValueError, match="invalid mode"):
            file.open("bogus")
        file.write(b"2")
    assert b"12" == kept(storage, "a")


def test_a_closed_file_says_that_it_is(storage):
    storage.save("a", ContentFile(b"1"))
    file = storage.open("a")
    file.close()
    for use in (file.__next__, lambda: file.read(), lambda: file.write(b"1"), lambda: file.seek(0)):
        with pytest.raises(ValueError, match="closed file"):
            use()
