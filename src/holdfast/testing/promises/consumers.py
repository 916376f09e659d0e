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


def archive(case: Case, members: int, size: int) -> bytes:
    """A zip archive whose members do not compress."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for number in range(members):
            made.writestr(f"{number}.bin", case.data(size, number))
    return file.getvalue()


@storage_promise("zipfile reads a member here and there.")
def zip_read(case: Case) -> None:
    case.given("a.zip", archive(case, 20, 50_000))
    with case.storage.open("a.zip") as file, zipfile.ZipFile(file) as found:
        case.equal(20, len(found.namelist()), "the number of members")
        for number in (13, 2, 19, 0):
            case.equal(case.data(50_000, number), found.read(f"{number}.bin"), f"member {number}")
        case.equal(None, found.testzip(), "the first bad member")


@storage_promise("zipfile writes an archive, and adds to one.", needs=WRITE)
def zip_written(case: Case) -> None:
    with case.storage.open("a.zip", "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("one.txt", "one" * 1000)
    with case.storage.open("a.zip", "r+b") as file, zipfile.ZipFile(file, "a") as made:
        made.writestr("two.txt", "two")
    with case.storage.open("a.zip") as file, zipfile.ZipFile(file) as found:
        case.equal(["one.txt", "two.txt"], found.namelist(), "the members")
        case.equal(b"one" * 1000, found.read("one.txt"), "the first member")


@storage_promise("tarfile writes and reads archives, compressed and as streams too.", needs=WRITE)
def tar(case: Case) -> None:
    data = case.data(100_000)
    for writing, reading in (("w", "r"), ("w:gz", "r:gz"), ("w:xz", "r"), ("w|", "r|"), ("w|gz", "r|gz")):
        with case.storage.open("a.tar", "wb") as file, tarfile.open(fileobj=file, mode=writing) as made:  # type: ignore[call-overload]
            member = tarfile.TarInfo("folder/member.bin")
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
        with case.storage.open("a.tar") as file, tarfile.open(fileobj=file, mode=reading) as found:  # type: ignore[call-overload]
            names = [(each.name, found.extractfile(each).read() == data) for each in found]
        case.equal(
            [("folder/member.bin", True)], names, f"the members, written with {writing} and read with {reading}"
        )


@storage_promise("csv and json read and write files of text.", needs=WRITE)
def csv_and_json(case: Case) -> None:
    rows = [["name", "Zoë"], ["with, comma", 'with "quotes"'], ["two\nlines", ""]]
    with case.storage.open("a.csv", "w") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with case.storage.open("a.csv", "r") as file:
        case.equal(rows, list(csv.reader(file)), "the rows")
    with case.storage.open("a.json", "w") as file:
        json.dump({"rows": rows}, file)
    for mode in ("r", "rb"):
        with case.storage.open("a.json", mode) as file:
            case.equal({"rows": rows}, json.load(file), f"the JSON, with mode {mode}")


@storage_promise("TextIOWrapper and BufferedReader take a file as they take a local one.")
def wrappers(case: Case) -> None:
    written = "Zoë\nzweite Zeile\n" + "x" * 200_000
    case.given("a.txt", written.encode("latin-1"))
    with case.storage.open("a.txt") as file, io.TextIOWrapper(file, encoding="latin-1") as wrapped:
        case.equal(written, wrapped.read(), "the text")
    with case.storage.open("a.txt") as file, io.BufferedReader(file) as buffered:
        case.equal(b"Zo\xeb\n", buffered.readline(), "the first line")
        case.equal(written.encode("latin-1")[4:], buffered.read(), "the rest")


@storage_promise("gzip, lzma and pickle read and write files.", needs=WRITE)
def compressed(case: Case) -> None:
    data = b"content " * 20_000
    with case.storage.open("a.gz", "wb") as file, gzip.open(file, "wb") as packed:
        packed.write(data)
    with case.storage.open("a.gz") as file, gzip.open(file) as packed:
        case.equal(data, packed.read(), "what gzip reads")
    with case.storage.open("a.xz", "wb") as file, lzma.open(file, "wb") as packed:
        packed.write(data)
    with case.storage.open("a.xz") as file, lzma.open(file) as packed:
        case.equal(data, packed.read(), "what lzma reads")
    with case.storage.open("a.pickle", "wb") as file:
        pickle.dump({"data": data}, file)
    with case.storage.open("a.pickle") as file:
        case.equal({"data": data}, pickle.load(file), "what pickle reads")  # noqa: S301 - we have just made it


@storage_promise("shutil.copyfileobj moves a file of the storage to another.", needs=WRITE)
def copied(case: Case) -> None:
    data = case.data(500_000)
    case.given("a.bin", data)
    with case.storage.open("a.bin") as source, case.storage.open("b.bin", "wb") as target:
        shutil.copyfileobj(source, target)
    case.equal(data, case.contents("b.bin"), "the copy")
