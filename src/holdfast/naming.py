"""Names for new files, by Django's rules."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage
from django.core.files.utils import validate_file_name

__all__ = ["candidates"]


def candidates(storage: Storage, name: str, max_length: int | None) -> Iterator[str]:
    """The names that ``Storage.get_available_name`` would ask after, in its order and without asking.

    The first is ``name`` itself if it fits into ``max_length`` characters; the others are made by the storage's
    ``get_alternative_name``, the root cut so that they fit. Raises ``SuspiciousFileOperation`` where nothing of
    the root would be left.
    """
    name = str(name).replace("\\", "/")
    if name.rpartition("/")[2] in ("", ".", ".."):
        raise SuspiciousFileOperation(f"{name!r} has no name for a file at its end.")
    if not max_length or len(name) <= max_length:
        yield name  # nearly always the only one, so what the others need is found out after it
    folder, file_name = os.path.split(name)
    if ".." in pathlib.PurePath(folder).parts:
        raise SuspiciousFileOperation(f"The name {name!r} reaches outside its folder.")
    validate_file_name(file_name)
    ending = "".join(pathlib.PurePath(file_name).suffixes)
    root = file_name.removesuffix(ending)
    while True:
        name = os.path.join(folder, storage.get_alternative_name(root, ending))
        if max_length and (excess := len(name) - max_length) > 0:
            root = root[:-excess]
            if not root:
                raise SuspiciousFileOperation(
                    f"There is no name for {file_name!r} of at most {max_length} characters: "
                    f"its folder and ending leave no room. Allow a longer max_length."
                )
            name = os.path.join(folder, storage.get_alternative_name(root, ending))
        yield name
