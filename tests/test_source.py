"""The bytes of a put, whatever they come from."""

import gzip
import io
import os
import tempfile

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile, TemporaryUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import Corrupt
from holdfast.source import SPOOL, Source, spool_file


class Shouting(File):
    """A file whose chunks are not what read() gives."""

    def chunks(self, chunk_size=None):
        for chunk in super().chunks(chunk_size):
            yield chunk.upper()


class ReadOnly:
    """The least of a file."""

    def __init__(self, data):
        self._parts = [data[:3], data[3:]]

    def read(self, size=-1):
        return self._parts.pop(0) if self._parts else b""


def uploaded_on_disk() -> TemporaryUploadedFile:
    file = TemporaryUploadedFile("a.txt", "text/plain", 6, None)
    file.write(b"abcdef")
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"abcdef",
        bytearray(b"abcdef"),
        memoryview(b"abcdef"),
        "abcdef",
        io.BytesIO(b"abcdef"),
        io.StringIO("abcdef"),
        ContentFile(b"abcdef"),
        ContentFile("abcdef"),
        File(io.BytesIO(b"abcdef")),
        File(io.StringIO("abcdef")),
        SimpleUploadedFile("a", b"abcdef"),
        InMemoryUploadedFile(io.BytesIO(b"abcdef"), None, "a", None, 6, None),
        Shouting(io.BytesIO(b"AbCdEf")),
        ReadOnly(b"abcdef"),
        File(ReadOnly(b"abcdef"), "a"),
        [b"abc", "def"],
        iter([b"abc", b"def"]),
        Source.of(b"abcdef"),
    ],
    ids=lambda content: type(content).__name__,
)
def test_of_anything(content):
    expected = b"ABCDEF" if isinstance(content, Shouting) else b"abcdef"
    with Source.of(content).spooled() as source:
        assert 6 == source.size
        assert expected == source.read()
        assert expected == source.read()
        assert expected[2:5] == source.slice(2, 5).read()


def test_of_an_upload_on_disk():
    with uploaded_on_disk() as file:
        assert b"abcdef" == Source.of(file).read()
        assert not file.closed


def test_a_file_is_read_from_its_beginning_and_left_open():
    file = io.BytesIO(b"abcdef")
    file.read()
    assert b"abcdef" == Source.of(file).read()
    assert not file.closed


def test_unwritten_bytes_of_a_real_file_count():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"abcdef")
        source = Source.of(File(file))
        assert 6 == source.size
        assert b"abcdef" == source.read()


def test_a_compressed_file_gives_what_is_inside(tmp_path):
    with gzip.open(tmp_path / "a.gz", "wb") as file:
        file.write(b"abcdef" * 1000)
    with gzip.open(tmp_path / "a.gz") as file:
        assert b"abcdef" * 1000 == Source.of(file).read()


def test_a_pipe_is_spooled():
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as writer:
        writer.write(b"abcdef")
    with os.fdopen(read_end, "rb") as reader, Source.of(reader).spooled() as source:
        assert (6, b"abcdef") == (source.size, source.read())


def test_what_is_larger_than_the_spool_goes_to_disk():
    chunk = b"x" * 100_000
    with Source.of(chunk for _ in range(SPOOL // 100_000 + 1)).spooled() as source:
        assert (SPOOL // 100_000 + 1) * 100_000 == source.size == len(source.read())


def test_a_file_that_shrank_is_corrupt():
    file = io.BytesIO(b"abcdef")
    source = Source.of(file)
    file.truncate(3)
    with pytest.raises(Corrupt, match="ended after 3 bytes"):
        source.read()


def test_chunks_that_are_neither_bytes_nor_text_are_refused():
    with pytest.raises(TypeError, match="not int"):
        Source.of([1]).read()


def test_a_stream_cannot_be_sliced():
    with pytest.raises(io.UnsupportedOperation):
        Source.of(iter([b"a"])).slice(0, 1)


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_slices(data, start, end):
    start, end = sorted((min(start, len(data)), min(end, len(data))))
    for content in (data, io.BytesIO(data)):
        assert data[start:end] == Source.of(content).slice(start, end).read()


# ---------------------------------------------------------------- files on disk


def on_disk(folder, data=b"abcdef"):
    path = folder / "a.bin"
    path.write_bytes(data)
    return path.open("r+b")


def spooled_on_disk(folder):
    spool = spool_file()
    spool.write(bytes(SPOOL))
    spool.write(b"abcdef")
    return spool


FILES = {
    "buffered": on_disk,
    "File": lambda folder: File(on_disk(folder)),
    "uploaded": lambda folder: uploaded_on_disk(),
    "spool": spooled_on_disk,
}


@pytest.mark.parametrize("make", FILES.values(), ids=FILES)
def test_slices_of_a_file_on_disk_do_not_move_it(make, tmp_path):
    with make(tmp_path) as file:
        source = Source.of(file)
        file.seek(1)
        halves = source.slice(0, 3).chunks(), source.slice(source.size - 3, source.size).chunks()
        assert (b"def", 1) == (b"".join(halves[1])[-3:], file.tell())
        assert (source.read()[:3], 1) == (b"".join(halves[0]), file.tell())


def test_what_was_written_last_is_there(tmp_path):
    with on_disk(tmp_path) as file:
        file.seek(2)
        file.write(b"XY")
        assert b"abXYef" == Source.of(file).read()


def test_a_file_on_disk_that_shrank_or_was_closed(tmp_path):
    with on_disk(tmp_path) as file:
        source = Source.of(file)
        file.truncate(4)
        with pytest.raises(Corrupt, match="ended after 4 bytes"):
            source.read()
    with pytest.raises(ValueError, match="closed"):
        source.read()
