"""Projects that choose names themselves, by overriding what Django lets them override."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.core.files.base import ContentFile

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise, storage_promise
from holdfast.types import Feature

HOOK = "https://docs.djangoproject.com/en/stable/howto/custom-file-storage/#django.core.files.storage."
SAVE = "holdfast.RemoteStorage.save"
TAKEN = "holdfast.RemoteStorage._save"
WRITE = Feature.WRITE

# ---------------------------------------------------------------- of any storage


@storage_promise(
    "get_available_name, overridden, decides under which name a file is saved.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_available_name",
)
def decides_the_name(case: Case) -> None:
    """
    class Choosing(type(storage)): get_available_name = lambda self, name, max_length=None: "chosen/b.txt"
    storage.__class__ = Choosing
    assert storage.save("a.txt", ContentFile(b"content")) == "chosen/b.txt"
    """

    class Choosing:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return f"chosen/{name}"

    name = case.hooked(Choosing).save("a.txt", ContentFile(b"content"))
    case.equal("chosen/a.txt", name, "the name that save gives")
    case.equal(b"content", case.contents("chosen/a.txt"), "the content")
    case.equal(["chosen/a.txt"], case.keys(), "what is there")


@storage_promise(
    "get_available_name may delete the file that has the name.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_available_name",
)
def deletes_first(case: Case) -> None:
    """
    storage.get_available_name = lambda name, max_length=None: storage.delete(name) or name
    assert {storage.save("a.txt", ContentFile(b"%d" % number)) for number in range(3)} == {"a.txt"}
    """

    class Deleting:
        def get_available_name(self: Any, name: str, max_length: int | None = None) -> str:
            if self.exists(name):
                self.delete(name)
            return name

    storage = case.hooked(Deleting)
    for content in (b"first", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal(["a.txt"], case.keys(), "what is there")


@storage_promise(
    "max_length reaches an overridden get_available_name.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_available_name",
)
def told_the_length(case: Case) -> None:
    """
    told = []
    storage.get_available_name = lambda name, max_length=None: told.append(max_length) or name
    assert storage.save("a.txt", ContentFile(b"content"), max_length=50) and told == [50]
    """
    told = []

    class Listening:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            told.append(max_length)
            return name

    case.hooked(Listening).save("a.txt", ContentFile(b"content"), max_length=50)
    case.equal([50], told, "the lengths that get_available_name was told")


@storage_promise(
    "A name that an overridden exists calls taken is not used.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_available_name",
)
def exists_reserves_names(case: Case) -> None:
    """
    exists = storage.exists
    storage.exists = lambda name: name == "reserved.txt" or exists(name)
    assert storage.save("reserved.txt", ContentFile(b"content")) != "reserved.txt"
    """

    class Reserving:
        def exists(self: Any, name: str) -> bool:
            return name == "reserved.txt" or super().exists(name)  # type: ignore[misc]

    found = case.hooked(Reserving).save("reserved.txt", ContentFile(b"content"))
    case.true(found.startswith("reserved_"), f"{found!r} is another name than 'reserved.txt'.")
    case.equal([found], case.keys(), "what is there")
    case.equal(b"content", case.contents(found), "the content")


@storage_promise(
    "An overridden get_alternative_name makes the further names.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_alternative_name",
)
def alternative_names(case: Case) -> None:
    """
    storage.get_alternative_name = lambda root, ending: f"{root}-2{ending}"
    storage.save("a.txt", ContentFile(b"one"))
    assert storage.save("a.txt", ContentFile(b"two")) == "a-2.txt"
    """

    class Counting:
        number = 0

        def get_alternative_name(self, file_root: str, file_ext: str) -> str:
            self.number += 1
            return f"{file_root}-{self.number}{file_ext}"

    storage = case.hooked(Counting)
    names = [storage.save("folder/a.txt", ContentFile(b"content")) for _ in range(3)]
    case.equal("folder/a.txt", names[0], "the first name")
    case.equal("folder/a-1.txt", names[1], "the second name")
    case.true(names[2].startswith("folder/a-"), f"The third name is a further one: {names[2]!r}")
    case.equal(3, len(set(names)), "the number of different names")


@storage_promise(
    "An overridden _save sees the name and the content, and may change both.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}_save",
)
def save_underscored(case: Case) -> None:
    """
    _save = storage._save
    storage._save = lambda name, content: _save(f"loud/{name}", ContentFile(content.read().upper()))
    assert storage.open(storage.save("a.txt", ContentFile(b"content"))).read() == b"CONTENT"
    """
    case.equal(
        "loud/a.txt", case.hooked(Shouting).save("a.txt", ContentFile(b"content")), "the name that save gives"
    )
    case.equal(b"CONTENT", case.contents("loud/a.txt"), "the content")


class Shouting:
    """Changes the name and the content on the way."""

    def _save(self: Any, name: str, content: Any) -> str:
        changed = ContentFile(content.read().upper())
        return super()._save(f"loud/{name}", changed)  # type: ignore[misc,no-any-return]


@storage_promise(
    "A method replaced on the instance counts like one in a subclass.",
    needs=WRITE,
    live=False,
    source=f"{HOOK}get_available_name",
)
def on_the_instance(case: Case) -> None:
    """
    storage.get_available_name = lambda name, max_length=None: "mocked.txt"
    assert storage.save("a.txt", ContentFile(b"content")) == "mocked.txt"
    """
    with mock.patch.object(case.storage, "get_available_name", return_value="mocked.txt") as mocked:
        name = case.storage.save("a.txt", ContentFile(b"content"))
    case.equal("mocked.txt", name, "the name that save gives")
    case.equal(1, mocked.call_count, "how often the mock was asked")
    case.equal("a.txt", case.storage.save("a.txt", ContentFile(b"content")), "the name that save gives without it")


# ---------------------------------------------------------------- of Holdfast's, where a name is found taken


@remote_promise(
    "get_available_name that gives the same name back means to replace the file.", needs=WRITE, source=TAKEN
)
def same_name_replaces(case: Case) -> None:
    """
    storage.get_available_name = lambda name, max_length=None: name
    storage.save("a.txt", ContentFile(b"one")), storage.save("a.txt", ContentFile(b"two"))
    assert storage.open("a.txt").read() == b"two"
    """

    class Overwriting:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            return name

    storage = case.storage_with(Overwriting)
    for content in (b"first", b"second", b"3"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal(["a.txt"], case.keys(), "what is there")


@remote_promise(
    "get_available_name decides which name is tried, and is asked again where that is taken, max_length and all.",
    needs=WRITE,
    source=TAKEN,
)
def asked_again(case: Case) -> None:
    """
    taken, names = storage.save("1.txt", ContentFile(b"taken")), itertools.count(1)
    storage.get_available_name = lambda name, max_length=None: f"{next(names)}.txt"
    assert storage.save("a.txt", ContentFile(b"content")) == "2.txt" and storage.open("1.txt").read() == b"taken"
    """
    told = []

    class Numbering:
        def get_available_name(self, name: str, max_length: int | None = None) -> str:
            told.append(max_length)
            return f"numbered/{len(told)}.txt"

    case.given("numbered/1.txt", b"taken")
    case.given("numbered/2.txt", b"taken")
    storage = case.storage_with(Numbering)
    case.equal("numbered/3.txt", storage.save("a.txt", ContentFile(b"content"), 50), "the name that save gives")
    case.equal("numbered/4.txt", storage.save("a.txt", ContentFile(b"content")), "the next name")
    case.equal([50, 50, 50, None], told, "the lengths that get_available_name was told")
    case.equal(b"taken", case.contents("numbered/1.txt"), "the content of what was there")


@remote_promise("exists that always says no means to replace files.", needs=WRITE, source=TAKEN)
def exists_says_no(case: Case) -> None:
    """
    storage.exists = lambda name: False
    storage.save("a.txt", ContentFile(b"one")), storage.save("a.txt", ContentFile(b"two"))
    assert storage.open("a.txt").read() == b"two"
    """

    class Blind:
        def exists(self, name: str) -> bool:
            return False

    storage = case.storage_with(Blind)
    for content in (b"first", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")


@remote_promise("A name that an overridden is_name_available does not want is not used.", needs=WRITE, source=SAVE)
def is_name_available_decides(case: Case) -> None:
    """
    storage.is_name_available = lambda name, max_length=None: "_" in name
    assert storage.save("a.txt", ContentFile(b"content")).startswith("a_")
    """

    class Choosy:
        def is_name_available(self: Any, name: str, max_length: int | None = None) -> bool:
            return "_" in name and super().is_name_available(name, max_length)  # type: ignore[misc]

    found = case.storage_with(Choosy).save("a.txt", ContentFile(b"content"))
    case.true(found.startswith("a_"), f"{found!r} is another name.")
    case.equal(b"content", case.contents(found), "the content")


@remote_promise("A name found taken below an overridden _save gets another one.", needs=WRITE, source=TAKEN)
def taken_below_an_own_save(case: Case) -> None:
    """
    _save = storage._save
    storage._save = lambda name, content: _save("same.txt", content)
    assert storage.save("a.txt", ContentFile(b"one")) != storage.save("b.txt", ContentFile(b"two"))
    """
    storage = case.storage_with(Shouting)
    case.equal("loud/a.txt", storage.save("a.txt", ContentFile(b"content")), "the name that save gives")
    other = storage.save("a.txt", ContentFile(b"more"))
    case.true(other != "loud/a.txt", "A name that is taken below an overridden _save gets another one.")
    case.equal(b"CONTENT", case.contents("loud/a.txt"), "the content of the first file")
    case.equal(b"MORE", case.contents(other), "the content of the second file")


@remote_promise("A method replaced on the instance counts for as long as it is replaced.", needs=WRITE, source=SAVE)
def on_the_instance_for_a_while(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"one")), setattr(storage, "exists", lambda name: False)
    storage.save("a.txt", ContentFile(b"two")), delattr(storage, "exists")
    assert storage.save("a.txt", ContentFile(b"three")) != "a.txt" and storage.open("a.txt").read() == b"two"
    """
    case.given("a.txt", b"first")
    storage = case.storage_with()
    with mock.patch.object(storage, "exists", return_value=False):
        case.equal("a.txt", storage.save("a.txt", ContentFile(b"second")), "the name that save gives")
    case.equal(b"second", case.contents("a.txt"), "the content")
    found = storage.save("a.txt", ContentFile(b"third"))
    case.true(found != "a.txt", "Without the mock the name is taken again.")


@remote_promise(
    "allow_overwrite replaces the file that has the name.", needs=WRITE, source="holdfast.config.Config"
)
def allow_overwrite(case: Case) -> None:
    """
    storage = RemoteStorage(store, allow_overwrite=True)
    names = [storage.save("a.txt", ContentFile(content)) for content in (b"one", b"two")]
    assert names == ["a.txt", "a.txt"] and storage.open("a.txt").read() == b"two"
    """
    storage = case.storage_with(allow_overwrite=True)
    for content in (b"the first one", b"second"):
        case.equal("a.txt", storage.save("a.txt", ContentFile(content)), "the name that save gives")
        case.equal(content, case.contents("a.txt"), "the content")
    case.equal("a.txt", storage.get_available_name("a.txt"), "the available name")
    case.true(storage.exists("a.txt"), "A file that may be replaced exists all the same.")
    case.equal(["a.txt"], case.keys(), "what is there")
