"""The names that a storage proposes for new files: valid, free, and no longer than they may be."""

from __future__ import annotations

import re

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

HOOK = "https://docs.djangoproject.com/en/stable/howto/custom-file-storage/#django.core.files.storage."
STORAGE = "https://docs.djangoproject.com/en/stable/ref/files/storage/#django.core.files.storage.Storage."
WRITE = Feature.WRITE


@storage_promise("What get_valid_name makes of a name can be saved.", needs=WRITE, source=f"{HOOK}get_valid_name")
def valid_name(case: Case) -> None:
    """
    name = storage.save(storage.get_valid_name("My file: Ünïcödé.txt"), ContentFile(b"content"))
    assert storage.open(name).read() == b"content"
    """
    for name in ("My file.txt", "b:c*d?.txt", "Ünïcödé 日本.txt"):
        valid = case.storage.get_valid_name(name)
        case.equal(valid, case.storage.get_valid_name(valid), f"the valid name for {valid!r}, itself a valid name")
        found = case.storage.save(valid, ContentFile(name.encode()))
        case.equal(name.encode(), case.contents(found), f"the content of {found!r}, saved as {valid!r}")


@remote_promise(
    "get_valid_name leaves letters, digits, dots, dashes and underscores.", source=f"{HOOK}get_valid_name"
)
def valid_characters(case: Case) -> None:
    """
    assert storage.get_valid_name("a/b:c* d?.txt") == "abc_d.txt"
    """
    for name, expected in (
        ("My file.txt", "My_file.txt"),
        ("a/b:c*d?.txt", "abcd.txt"),
        ("Ünïcödé 日本.txt", "Ünïcödé_日本.txt"),
    ):
        case.equal(expected, case.storage.get_valid_name(name), f"the valid name for {name!r}")


@storage_promise(
    "get_alternative_name gives another name each time, made of the root and the ending.",
    source=f"{HOOK}get_alternative_name",
)
def alternative_name(case: Case) -> None:
    """
    names = {storage.get_alternative_name("root", ".txt") for _ in range(50)}
    assert len(names) == 50 and all(name.startswith("root") and name.endswith(".txt") for name in names)
    """
    names = {case.storage.get_alternative_name("root", ".txt") for _ in range(50)}
    case.equal(50, len(names), "the number of different names in 50")
    for name in names:
        case.true(name.startswith("root"), f"{name!r} begins with 'root'.")
        case.true(name.endswith(".txt"), f"{name!r} ends in '.txt'.")


@remote_promise(
    "get_alternative_name adds an underscore and seven letters or digits.",
    source=f"{STORAGE}get_alternative_name",
)
def seven_characters(case: Case) -> None:
    """
    name = storage.get_alternative_name("root", ".txt")
    assert len(name) == len("root_1234567.txt") and name[5:12].isalnum(), name
    """
    for name in {case.storage.get_alternative_name("root", ".txt") for _ in range(50)}:
        case.true(re.fullmatch(r"root_[A-Za-z0-9]{7}\.txt", name), f"{name!r} is root_ and seven characters.")


@storage_promise(
    "get_available_name gives a name that is free, and the very one if it is.",
    needs=WRITE,
    source=f"{HOOK}get_available_name",
)
def available_name(case: Case) -> None:
    """
    taken = storage.save("a.txt", ContentFile(b"content"))
    other = storage.get_available_name(taken)
    assert other != taken and not storage.exists(other)
    """
    case.equal("folder/a.txt", case.storage.get_available_name("folder/a.txt"), "what it gives for a free name")
    case.given("folder/a.txt")
    other = case.storage.get_available_name("folder/a.txt")
    case.true(other != "folder/a.txt", "It gives another name for one that is taken.")
    case.true(other.startswith("folder/a") and other.endswith(".txt"), f"{other!r} is made of the name asked for.")
    case.true(not case.storage.exists(other), f"{other!r} is free.")


@storage_promise(
    "get_available_name keeps to max_length, or raises SuspiciousFileOperation.",
    source=f"{HOOK}get_available_name",
)
def available_name_of_a_length(case: Case) -> None:
    """
    assert len(storage.get_available_name("a-rather-long-name.txt", max_length=16)) <= 16
    error = error_of(storage.get_available_name, "a-rather-long-name.txt", max_length=5)
    assert isinstance(error, SuspiciousFileOperation), error
    """
    name = case.storage.get_available_name("a-rather-long-name.txt", max_length=16)
    case.true(len(name) <= 16, f"{name!r} has at most 16 characters.")
    case.true(name.endswith(".txt"), f"{name!r} keeps its ending.")
    with case.raises(SuspiciousFileOperation, "get_available_name with no room for a name"):
        case.storage.get_available_name("a-rather-long-name.txt", max_length=5)


@storage_promise("generate_filename keeps a folder and makes the name valid.", source=f"{STORAGE}generate_filename")
def generated(case: Case) -> None:
    """
    valid = storage.get_valid_name("My file?.txt")
    assert storage.generate_filename("folder/My file?.txt") == f"folder/{valid}"
    """
    valid = case.storage.get_valid_name("My file?.txt")
    for folder in ("folder", "folder/deeper", "2026/11"):
        generated = case.storage.generate_filename(f"{folder}/My file?.txt")
        case.equal(f"{folder}/{valid}", generated, "the name that generate_filename gives")


@storage_promise(
    "generate_filename refuses a name that reaches outside its folder.",
    source="https://docs.djangoproject.com/en/stable/releases/3.2.1/",
)
def generated_outside(case: Case) -> None:
    """
    error = error_of(storage.generate_filename, "../a.txt")
    assert isinstance(error, SuspiciousFileOperation), error
    """
    for name in ("../a.txt", "folder/../../a.txt", "..\\a.txt"):
        with case.raises(SuspiciousFileOperation, f"generate_filename with {name!r}"):
            case.storage.generate_filename(name)


@remote_promise("generate_filename takes backslashes for slashes.", source="holdfast.keys")
def generated_from_backslashes(case: Case) -> None:
    r"""
    assert storage.generate_filename("folder\\My file?.txt") == "folder/My_file.txt"
    """
    case.equal("folder/My_file.txt", case.storage.generate_filename("folder\\My file?.txt"), "the name")
