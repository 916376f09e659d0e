"""Python's own modules, reading and writing files of a storage."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import pickle
import shutil
import tarfile
import zipfile

from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise
from holdfast.types import Feature

WRITE = Feature.WRITE
LIBRARY = "https://docs.python.org/3/library/"


def archive(case: Case, members: int, size: int) -> bytes:
    """A zip archive whose members do not compress."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(members):
            made.writestr(f"{number}.bin", case.data(size, number))
    return file.getvalue()


@storage_promise("zipfile reads a member here and there.", source=f"{LIBRARY}zipfile.html#zipfile.ZipFile")
def zip_read(case: Case) -> None:
    """
    with zipfile.ZipFile(packed := io.BytesIO(), "w") as made: made.writestr("one.txt", "one")
    storage.save("a.zip", ContentFile(packed.getvalue()))
    with storage.open("a.zip") as file: assert b"one" == zipfile.ZipFile(file).read("one.txt")
    """
    case.given("a.zip", archive(case, 20, 50_000))
    with case.storage.open("a.zip") as file, zipfile.ZipFile(file) as found:
        case.equal(20, len(found.namelist()), "the number of members")
        for number in (13, 2, 19, 0):
            case.equal(case.data(50_000, number), found.read(f"{number}.bin"), f"member {number}")
        case.equal(None, found.testzip(), "the first bad member")


@storage_promise("zipfile writes an archive.", needs=WRITE, source=f"{LIBRARY}zipfile.html#zipfile.ZipFile")
def zip_written(case: Case) -> None:
    """
    with storage.open("a.zip", "wb") as file, zipfile.ZipFile(file, "w") as packed:
        packed.writestr("one.txt", "one")
    with storage.open("a.zip") as file: assert b"one" == zipfile.ZipFile(file).read("one.txt")
    """
    with case.opened("a.zip", "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one.txt", "one" * 1000)
        made.writestr("two.txt", "two")
    with zipfile.ZipFile(io.BytesIO(case.contents("a.zip"))) as found:
        case.equal(["one.txt", "two.txt"], found.namelist(), "the members")
        case.equal(b"one" * 1000, found.read("one.txt"), "the first member")


@storage_promise("zipfile adds to an archive.", needs=WRITE, source=f"{LIBRARY}zipfile.html#zipfile.ZipFile")
def zip_added_to(case: Case) -> None:
    """
    with storage.open("a.zip", "wb") as file, zipfile.ZipFile(file, "w") as made: made.writestr("one", "1")
    with storage.open("a.zip", "r+b") as file, zipfile.ZipFile(file, "a") as made: made.writestr("two", "2")
    with storage.open("a.zip") as file: assert ["one", "two"] == zipfile.ZipFile(file).namelist()
    """
    case.given("a.zip", archive(case, 2, 1000))
    with case.opened("a.zip", "r+b") as file, zipfile.ZipFile(file, "a") as made:
        made.writestr("two.txt", "two")
    with zipfile.ZipFile(io.BytesIO(case.contents("a.zip"))) as found:
        case.equal(["0.bin", "1.bin", "two.txt"], found.namelist(), "the members")
        case.equal(case.data(1000, 0), found.read("0.bin"), "the first member")


@storage_promise(
    "tarfile writes and reads archives, compressed and as streams too.",
    needs=WRITE,
    source=f"{LIBRARY}tarfile.html#tarfile.open",
)
def tar(case: Case) -> None:
    """
    with storage.open("a.tar", "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as packed:
        packed.addfile(tarfile.TarInfo("one.txt"))
    with storage.open("a.tar") as file: assert ["one.txt"] == tarfile.open(fileobj=file).getnames()
    """
    data = case.data(100_000)
    for writing, reading in (("w", "r"), ("w:gz", "r:gz"), ("w:xz", "r"), ("w|", "r|"), ("w|gz", "r|gz")):
        name = case.name(".tar")
        with case.opened(name, "wb") as file, tarfile.open(fileobj=file, mode=writing) as made:  # type: ignore[call-overload]
            member = tarfile.TarInfo("folder/member.bin")
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
        with case.storage.open(name) as file, tarfile.open(fileobj=file, mode=reading) as found:  # type: ignore[call-overload]
            names = [(each.name, found.extractfile(each).read() == data) for each in found]
        case.equal(
            [("folder/member.bin", True)], names, f"the members, written with {writing} and read with {reading}"
        )


ROWS = [["name", "Zoë"], ["with, comma", 'with "quotes"'], ["two\nlines", ""]]


@storage_promise("csv reads a file of text.", source=f"{LIBRARY}csv.html#csv.reader")
def csv_read(case: Case) -> None:
    """
    storage.save("a.csv", ContentFile(b"one,two\\n"))
    with storage.open("a.csv", "r") as file:
        assert [["one", "two"]] == list(csv.reader(file))
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(ROWS)
    case.given("a.csv", text.getvalue().encode())
    with case.storage.open("a.csv", "r") as file:
        case.equal(ROWS, list(csv.reader(file)), "the rows")


@storage_promise("csv writes a file of text.", needs=WRITE, source=f"{LIBRARY}csv.html#csv.writer")
def csv_written(case: Case) -> None:
    """
    with storage.open("a.csv", "w") as file:
        csv.writer(file, lineterminator="\\n").writerows([["one", "two"], ["three", "four"]])
    assert b"one,two\\nthree,four\\n" == storage.open("a.csv").read()
    """
    with case.opened("a.csv", "w") as file:
        csv.writer(file, lineterminator="\n").writerows(ROWS)
    case.equal(ROWS, list(csv.reader(io.StringIO(case.contents("a.csv").decode(), newline=""))), "the rows")


@storage_promise("json reads files of text and binary ones.", source=f"{LIBRARY}json.html#json.load")
def json_read(case: Case) -> None:
    """
    storage.save("a.json", ContentFile(b"[1, 2]"))
    for mode in ("r", "rb"):
        with storage.open("a.json", mode) as file: assert [1, 2] == json.load(file)
    """
    case.given("a.json", json.dumps({"rows": ROWS}, ensure_ascii=False).encode())
    for mode in ("r", "rb"):
        with case.storage.open("a.json", mode) as file:
            case.equal({"rows": ROWS}, json.load(file), f"the JSON, with mode {mode!r}")


@storage_promise("json writes a file of text.", needs=WRITE, source=f"{LIBRARY}json.html#json.dump")
def json_written(case: Case) -> None:
    """
    with storage.open("a.json", "w") as file:
        json.dump([1, 2], file)
    assert [1, 2] == json.loads(storage.open("a.json").read())
    """
    with case.opened("a.json", "w") as file:
        json.dump({"rows": ROWS}, file, ensure_ascii=False)
    case.equal({"rows": ROWS}, json.loads(case.contents("a.json")), "the JSON")


@storage_promise("TextIOWrapper reads a file as it reads a local one.", source=f"{LIBRARY}io.html#io.TextIOWrapper")
def text_wrapper(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile("Zoë".encode("latin-1")))
    with storage.open("a.txt") as file, io.TextIOWrapper(file, encoding="latin-1") as wrapped:
        assert "Zoë" == wrapped.read()
    """
    written = "Zoë\nzweite Zeile\n" + "x" * 200_000
    case.given("a.txt", written.encode("latin-1"))
    with case.storage.open("a.txt") as file, io.TextIOWrapper(file, encoding="latin-1") as wrapped:
        case.equal(written, wrapped.read(), "the text")


@storage_promise(
    "BufferedReader reads a file as it reads a local one.", source=f"{LIBRARY}io.html#io.BufferedReader"
)
def buffered_reader(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one\\ntwo"))
    with storage.open("a.txt") as file, io.BufferedReader(file) as buffered:
        assert (b"one\\n", b"two") == (buffered.readline(), buffered.read())
    """
    data = b"first line\n" + case.data(200_000)
    case.given("a.txt", data)
    with case.storage.open("a.txt") as file, io.BufferedReader(file) as buffered:
        case.equal(b"first line\n", buffered.readline(), "the first line")
        case.equal(data[11:], buffered.read(), "the rest")


@storage_promise("gzip and lzma read files.", source=f"{LIBRARY}gzip.html#gzip.open")
def unpacked(case: Case) -> None:
    """
    storage.save("a.gz", ContentFile(gzip.compress(b"content")))
    with storage.open("a.gz") as file, gzip.open(file) as packed:
        assert b"content" == packed.read()
    """
    data = b"content " * 20_000
    case.given("a.gz", gzip.compress(data))
    with case.storage.open("a.gz") as file, gzip.open(file) as packed:
        case.equal(data, packed.read(), "what gzip reads")
    case.given("a.xz", lzma.compress(data))
    with case.storage.open("a.xz") as file, lzma.open(file) as packed:
        case.equal(data, packed.read(), "what lzma reads")


@storage_promise("gzip and lzma write files.", needs=WRITE, source=f"{LIBRARY}gzip.html#gzip.open")
def packed(case: Case) -> None:
    """
    with storage.open("a.gz", "wb") as file, gzip.open(file, "wb") as packed:
        packed.write(b"content")
    assert b"content" == gzip.decompress(storage.open("a.gz").read())
    """
    data = b"content " * 20_000
    with case.opened("a.gz", "wb") as file, gzip.open(file, "wb") as to:
        to.write(data)
    case.equal(data, gzip.decompress(case.contents("a.gz")), "what gzip wrote")
    with case.opened("a.xz", "wb") as file, lzma.open(file, "wb") as to:
        to.write(data)
    case.equal(data, lzma.decompress(case.contents("a.xz")), "what lzma wrote")


@storage_promise("pickle writes a file and reads it.", needs=WRITE, source=f"{LIBRARY}pickle.html#pickle.load")
def pickled(case: Case) -> None:
    """
    with storage.open("a.pickle", "wb") as file:
        pickle.dump(["content" * 10**5], file)
    with storage.open("a.pickle") as file: assert ["content" * 10**5] == pickle.load(file)
    """
    value = {"data": b"content " * 20_000, "text": "Zoë", "numbers": list(range(1000))}
    with case.opened("a.pickle", "wb") as file:
        pickle.dump(value, file)
    with case.storage.open("a.pickle") as file:
        case.equal(value, pickle.load(file), "what pickle reads")  # noqa: S301 - we have just made it


@storage_promise(
    "shutil.copyfileobj copies a file of the storage to another.",
    needs=WRITE,
    source=f"{LIBRARY}shutil.html#shutil.copyfileobj",
)
def copied(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"content" * 10**5))
    with storage.open("a.txt") as one, storage.open("b.txt", "wb") as other: shutil.copyfileobj(one, other)
    assert b"content" * 10**5 == storage.open("b.txt").read()
    """
    data = case.data(500_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as source, case.opened("b.bin", "wb") as target:
        shutil.copyfileobj(source, target)
    case.equal(data, case.contents("b.bin"), "the copy")
