"""What the assertions about files say, over storages of Django's, of Holdfast's and of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, default_storage, storages
from django.test import override_settings

import holdfast
from holdfast import RemoteStorage
from holdfast.testing import assert_missing, assert_saved, assert_saved_like
from tests.models import Document


class Unlisted(InMemoryStorage):
    """A storage that can do no more than it must."""

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        raise NotImplementedError("subclasses of Storage must provide a listdir() method")


@pytest.fixture(params=["remote", "memory", "disk", "new disk"])
def storage(request: pytest.FixtureRequest, tmp_path) -> Iterator[Storage]:
    """Each in the place of ``default``."""
    made = {
        "remote": ("holdfast.RemoteStorage", {"store": "memory://", "base_url": "/"}),
        "memory": ("django.core.files.storage.InMemoryStorage", {}),
        "disk": ("django.core.files.storage.FileSystemStorage", {"location": tmp_path}),
        "new disk": ("django.core.files.storage.FileSystemStorage", {"location": tmp_path / "new"}),
    }
    backend, options = made[request.param]
    settings = {alias: {"BACKEND": backend, "OPTIONS": options} for alias in ("default", "media")}
    with override_settings(STORAGES=settings):
        yield storages["default"]


def save(storage: Storage, name: str, content: bytes = b"content") -> str:
    return storage.save(name, ContentFile(content))


def failure(assertion: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as raised:
        assertion()
    return str(raised.value)


class TestSaved:
    def test_it_is_there(self, storage: Storage) -> None:
        save(storage, "folder/a.txt")
        assert "folder/a.txt" == assert_saved("folder/a.txt")
        assert_saved("folder/a.txt", b"content")
        assert_saved("folder/a.txt", "content")
        for where in ("default", storage, default_storage, holdfast.use("default")):
            assert_saved("folder/a.txt", storage=where)

    def test_nothing_is_there(self, storage: Storage) -> None:
        assert "'a.txt' was not saved in 'default'. There is no file at all." == failure(
            lambda: assert_saved("a.txt")
        )

    def test_something_like_it_is_there(self, storage: Storage) -> None:
        for name in ("avatars/ann_k3X9bQz.png", "avatars/bob.png", "terms.pdf"):
            save(storage, name)
        text = failure(lambda: assert_saved("avatars/ann.png"))
        assert "'avatars/ann.png' was not saved in 'default'. The nearest there: 'avatars/" in text
        assert "'avatars/ann_k3X9bQz.png'" in text
        assert "terms.pdf" not in text

    def test_only_other_things_are_there(self, storage: Storage) -> None:
        for number in range(7):
            save(storage, f"{number}")
        text = failure(lambda: assert_saved("something.txt"))
        assert text.endswith("There is: '0', '1', '2', '3', '4' and 2 more.")

    def test_a_folder_is_no_file(self, storage: Storage) -> None:
        save(storage, "folder/a.txt")
        for content in (None, b"content"):
            assert re.search("is a folder|was not saved", failure(lambda: assert_saved("folder", content)))  # noqa: B023

    def test_another_content(self, storage: Storage) -> None:
        save(storage, "a.txt", b"all is well that ends well")
        text = failure(lambda: assert_saved("a.txt", "all is well that ends badly"))
        assert "The content of 'a.txt' in 'default' is another: they part at byte 22, where" in text
        assert "b'l is well that ends badly' was expected and b'l is well that ends well' was found" in text
        assert "27 bytes were expected and 26 found." in text

    def test_where_contents_part(self, storage: Storage) -> None:
        save(storage, "a.csv", b"a;b\n1;2\n3;4\n")
        assert "they part at byte 10 (line 3)" in failure(lambda: assert_saved("a.csv", "a;b\n1;2\n3;5\n"))
        save(storage, "b.bin", bytes(100_000) + b"end")
        text = failure(lambda: assert_saved("b.bin", bytes(100_000)))
        assert "they part at byte 100,000, where" in text
        assert "100,000 bytes were expected and 100,003 found" in text
        assert 400 > len(text)
        assert "they part at byte 0," in failure(lambda: assert_saved("b.bin", b"text"))

    def test_a_function_of_the_content(self, storage: Storage) -> None:
        def is_png(data: bytes) -> bool:
            return data.startswith(b"\x89PNG")

        def fails(data: bytes) -> None:
            raise AssertionError("mine")

        save(storage, "a.png", b"\x89PNG...")
        save(storage, "b.png", b"text" * 100)
        assert_saved("a.png", is_png)
        assert_saved("b.png", lambda data: None)
        text = failure(lambda: assert_saved("b.png", is_png))
        assert re.search(r"is not as .*is_png wants it: 400 bytes, b'texttext.*'…\.$", text)
        assert "mine" == failure(lambda: assert_saved("b.png", fails))

    def test_mistakes(self, storage: Storage) -> None:
        save(storage, "a.txt")
        with pytest.raises(TypeError, match="bytes, text or a function"):
            assert_saved("a.txt", 3)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="named by a string"):
            assert_saved(None)  # type: ignore[arg-type]


class TestMissing:
    def test_it_is(self, storage: Storage) -> None:
        save(storage, "a.txt")
        assert_missing("b.txt")
        assert_missing("b.txt", storage=storage)

    def test_it_is_there(self, storage: Storage) -> None:
        save(storage, "a.txt")
        text = failure(lambda: assert_missing("a.txt"))
        assert "'a.txt' was to be missing, and it is in 'default': 7 bytes, b'content'." == text


class TestSavedLike:
    def test_one_is(self, storage: Storage) -> None:
        save(storage, "avatars/ann.png")
        name = save(storage, "avatars/ann.png", b"second")
        assert name == assert_saved_like("avatars/ann_*.png", b"second")
        assert name == assert_saved_like("avatars/*_*", storage="default")
        assert "is another" in failure(lambda: assert_saved_like("avatars/ann_*.png", b"first"))

    def test_none_is(self, storage: Storage) -> None:
        save(storage, "avatars/ann.png")
        text = failure(lambda: assert_saved_like("avatar/ann*.png"))
        assert (
            "No file like 'avatar/ann*.png' was saved in 'default'. The nearest there: 'avatars/ann.png'." == text
        )

    def test_two_are(self, storage: Storage) -> None:
        for name in ("avatars/ann.png", "avatars/deep/er/bob.png"):
            save(storage, name)
        text = failure(lambda: assert_saved_like("avatars/*"))
        assert "There are 2 files like 'avatars/*' in 'default', not one: 'avatars/" in text


class TestModelsFiles:
    def document(self, name: str = "a.txt") -> Document:
        document = Document()
        document.file.save(name, ContentFile(b"content"), save=False)
        return document

    def test_it_is_there(self, storage: Storage) -> None:
        document = self.document()
        assert "nobody/a.txt" == assert_saved(document.file, "content")
        assert "was to be missing" in failure(lambda: assert_missing(document.file))
        storages["media"].delete(document.file.name)
        assert_missing(document.file)
        assert "'nobody/a.txt' was not saved in holdfast.use('media')" in failure(
            lambda: assert_saved(document.file)
        )

    def test_nothing_was_given(self, storage: Storage) -> None:
        text = failure(lambda: assert_saved(Document().file))
        assert "tests.Document.file has no file: nothing was saved." == text
        with pytest.raises(ValueError, match="keep its name"):
            assert_missing(Document().file)

    def test_it_was_given_and_not_saved(self, storage: Storage) -> None:
        document = Document(file=ContentFile(b"content", "a.txt"))
        assert "save the model first" in failure(lambda: assert_saved(document.file))

    def test_it_has_a_storage_of_its_own(self, storage: Storage) -> None:
        with pytest.raises(TypeError, match="leave 'storage' out"):
            assert_saved(self.document().file, storage="default")


def test_a_storage_that_cannot_list() -> None:
    storage = Unlisted()
    assert "'a.txt' was not saved in" in failure(lambda: assert_saved("a.txt", storage=storage))
    assert "cannot be listed." in failure(lambda: assert_saved("a.txt", storage=storage))
    with pytest.raises(NotImplementedError):
        assert_saved_like("*", storage=storage)
    save(storage, "a.txt")
    assert_saved("a.txt", b"content", storage=storage)


def test_what_cannot_be_found_out_is_no_answer() -> None:
    class Down(RemoteStorage):
        def exists(self, name: str) -> bool:
            raise ConnectionError

    for assertion in (assert_saved, assert_missing):
        with pytest.raises(ConnectionError):
            assertion("a.txt", storage=Down("memory://"))


def test_the_nearest_are_looked_for_among_so_many(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.testing.assertions.LISTED", 3)
    storage = FileSystemStorage(tmp_path)
    for number in range(10):
        save(storage, f"{number}.txt")
    assert 3 == failure(lambda: assert_saved("x.txt", storage=storage)).count(".txt'") - 1
