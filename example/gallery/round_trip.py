"""Files to the store and back, in the calls that any Django project makes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from gallery.links import link
from gallery.models import Document
from holdfast import Corrupt, NotFound

FILES = sorted((settings.BASE_DIR / "files").iterdir())
FOLDERS = ("demo/", f"{Document.FOLDER}demo/")
"""All that a run writes lies below these: with the storage into the first, with the model into the second."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file: ``fault`` is empty if it came back as it went."""

    name: str
    size: int
    digest: str
    url: str
    fault: str


def clean() -> int:
    """Delete what an earlier run left, and say how many files that were."""
    names = [entry.key for folder in FOLDERS for entry in default_storage.walk(folder)]
    default_storage.delete_many(names)
    Document.objects.filter(file__startswith=FOLDERS[1]).delete()
    return len(names)


def save_with_storage(path: Path, name: str) -> str:
    """The name that the file really has comes back: another, where ``name`` is taken."""
    with path.open("rb") as file:
        return default_storage.save(f"demo/{name}", File(file))


def save_with_model(path: Path, name: str) -> Document:
    document = Document()
    with path.open("rb") as file:
        document.file.save(f"demo/{name}", File(file))  # the file, and then the row
    return document


def listed() -> set[str]:
    """The names of all files that the storage lists."""
    return {folder + name for folder in FOLDERS for name in default_storage.listdir(folder)[1]}


def check_storage(saved: dict[str, Path]) -> Iterator[Row]:
    names = listed()
    for name, path in saved.items():
        yield _check(path, name, names, partial(default_storage.open, name))


def check_model(saved: dict[int, Path]) -> Iterator[Row]:
    """By way of the database: what it holds is the name, and the name has to lead to the bytes."""
    names = listed()
    for document in Document.objects.filter(pk__in=saved).order_by("pk"):
        yield _check(saved[document.pk], document.file.name, names, document.file.open)


def _check(path: Path, name: str, names: set[str], opened: Callable[[], File]) -> Row:
    """Read the file back and compare it with the one in the repository."""
    size, digest, fault = 0, "", ""
    try:
        with opened() as file:
            size, digest = file.size, hashlib.file_digest(file, "sha256").hexdigest()
    except (Corrupt, NotFound) as error:
        fault = str(error)
    else:
        if name not in names:
            fault = "It is not listed."
        elif digest != hashlib.sha256(path.read_bytes()).hexdigest():
            fault = "These are not the bytes that were saved."
    return Row(name, size, digest, link(name), fault)
