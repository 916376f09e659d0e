"""Projects that choose names themselves, by overriding what Django lets them override."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise
from holdfast.types import Feature

WRITE = Feature.WRITE


@remote_promise("get_available_name that gives the same name back means to replace the file.", needs=WRITE)
def same_name_replaces(case: Case) -> None:
    class Overwriting:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return name

    storage = case.storage_with(Overwriting)
    for content in (b"first", b"second", b"3"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal(["a.txt"], case.keys(), "what is there")


@remote_promise("get_available_name may delete the file that has the name.", needs=WRITE)
def deletes_first(case: Case) -> None:
    class Deleting:
        def get_available_name(self: Any, name: str, max_length: int | None = None) -> str:
            if self.exists(name):
                self.delete(name)
            return name

    storage = case.storage_with(Deleting)
    for content in (b"first", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal(["a.txt"], case.keys(), "what is there")


@remote_promise(
    "get_available_name decides which name is tried, and is asked again where that is taken.", needs=WRITE
)
def asked_again(case: Case) -> None:
    class Numbering:
        asked = 0

        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            self.asked += 1
            return f"numbered/{self.asked}.txt"

    case.given("numbered/1.txt", b"taken")
    case.given("numbered/2.txt", b"taken")
    storage = case.storage_with(Numbering)
    case.equal("numbered/3.txt", storage.save("a.txt", ContentFile(b"content")), "the name that save gives")
    case.equal("numbered/4.txt", storage.save("a.txt", ContentFile(b"content")), "the next name")
    case.equal(b"taken", case.contents("numbered/1.txt"), "the content of what was there")


@remote_promise("max_length reaches get_available_name each time it is asked.", needs=WRITE)
def told_the_length(case: Case) -> None:
    told = []

    class Listening:
        def get_available_name(self: Any, name: str, max_length: int | None = None) -> str:
            told.append(max_length)
            return "taken.txt" if len(told) == 1 else "free.txt"

    case.given("taken.txt")
    case.storage_with(Listening).save("a.txt", ContentFile(b"content"), max_length=50)
    case.equal([50, 50], told, "the lengths that get_available_name was told")


@remote_promise("exists that always says no means to replace files.", needs=WRITE)
def exists_says_no(case: Case) -> None:
    class Blind:
        def exists(self, name: str) -> bool:
            return False

    storage = case.storage_with(Blind)
    for content in (b"first", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")


@remote_promise("A name that an overridden exists calls taken is not used.", needs=WRITE)
def exists_reserves_names(case: Case) -> None:
    class Reserving:
        def exists(self: Any, name: str) -> bool:
            return name == "reserved.txt" or super().exists(name)  # type: ignore[misc]

    found = case.storage_with(Reserving).save("reserved.txt", ContentFile(b"content"))
    case.true(found.startswith("reserved_"), f"{found!r} is another name.")
    case.absent("reserved.txt")
    case.equal(b"content", case.contents(found), "the content")


@remote_promise("A name that an overridden is_name_available does not want is not used.", needs=WRITE)
def is_name_available_decides(case: Case) -> None:
    class Choosy:
        def is_name_available(self: Any, name: str, max_length: int | None = None) -> bool:
            return "_" in name and super().is_name_available(name, max_length)  # type: ignore[misc]

    found = case.storage_with(Choosy).save("a.txt", ContentFile(b"content"))
    case.true(found.startswith("a_"), f"{found!r} is another name.")
    case.equal(b"content", case.contents(found), "the content")


@remote_promise("get_alternative_name makes the further names.", needs=WRITE)
def alternative_names(case: Case) -> None:
    class Counting:
        number = 0

        def get_alternative_name(self, file_root: str, file_ext: str) -> str:
            self.number += 1
            return f"{file_root}-{self.number}{file_ext}"

    storage = case.storage_with(Counting)
    names = [storage.save("folder/a.txt", ContentFile(b"content")) for _ in range(3)]
    case.equal("folder/a.txt", names[0], "the first name")
    case.true(names[1] == "folder/a-1.txt" and names[2].startswith("folder/a-"), f"The further ones: {names[1:]}")
    case.equal(3, len(set(names)), "the number of different names")


@remote_promise("An overridden _save sees the name and the content, and may change both.", needs=WRITE)
def save_underscored(case: Case) -> None:
    class Shouting:
        def _save(self: Any, name: str, content: Any) -> str:
            changed = ContentFile(content.read().upper())
            return super()._save(f"loud/{name}", changed)  # type: ignore[misc,no-any-return]

    storage = case.storage_with(Shouting)
    case.equal("loud/a.txt", storage.save("a.txt", ContentFile(b"content")), "the name that save gives")
    case.equal(b"CONTENT", case.contents("loud/a.txt"), "the content")
    other = storage.save("a.txt", ContentFile(b"more"))
    case.true(other != "loud/a.txt", "A name that is taken below an overridden _save gets another one.")
    case.equal(b"CONTENT", case.contents("loud/a.txt"), "the content of the first file")
    case.equal(b"MORE", case.contents(other), "the content of the second file")


@remote_promise("A method replaced on the instance counts like one in a subclass.", needs=WRITE)
def on_the_instance(case: Case) -> None:
    case.given("a.txt", b"first")
    storage = case.storage_with()
    with mock.patch.object(storage, "get_available_name", return_value="mocked.txt") as mocked:
        case.equal("mocked.txt", storage.save("a.txt", ContentFile(b"content")), "the name that save gives")
    case.equal(1, mocked.call_count, "how often the mock was asked")
    with mock.patch.object(storage, "exists", return_value=False):
        case.equal("a.txt", storage.save("a.txt", ContentFile(b"second")), "the name that save gives")
    case.equal(b"second", case.contents("a.txt"), "the content")
    found = storage.save("a.txt", ContentFile(b"third"))
    case.true(found != "a.txt", "Without the mock the name is taken again.")


@remote_promise("allow_overwrite replaces the file that has the name.", needs=WRITE)
def allow_overwrite(case: Case) -> None:
    storage = case.storage_with(allow_overwrite=True)
    for content in (b"the first one", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal("a.txt", storage.get_available_name("a.txt"), "the available name")
    case.equal(["a.txt"], case.keys(), "what is there")
