"""What is measured, and the bar that Holdfast sets itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.contenders import Contender, Target

KB = 1024
MB = 1024 * KB

SMALL = "photos/small.jpg"
LARGE = "films/large.bin"
HUGE = "films/huge.bin"
ARCHIVE = "archives/hundred.zip"
FOLDER = "many"

SMALL_SIZE = 4 * KB
LARGE_SIZE = 100 * MB
HUGE_SIZE = 256 * MB
MEMBER_SIZE = MB
MEMBERS = 100
ENTRIES = 2500

DATA = bytes(range(256)) * (SMALL_SIZE // 256)


def member_name(number: int) -> str:
    return f"part-{number:03}.bin"


def new_name(contender: Contender, target: Target) -> str:
    """A name nobody has. Two folders deep, as ``upload_to`` makes them."""
    return f"photos/2026/{secrets.token_hex(6)}.jpg"


def new_file(contender: Contender, target: Target) -> str:
    return contender.save(new_name(contender, target), DATA)


def always(name: str) -> Callable[[Contender, Target], str]:
    return lambda contender, target: name


def forget(contender: Contender, name: str) -> None:
    contender.delete(name)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something Django does with a file.

    ``name_of`` makes the name to do it with, outside of what is measured; ``run`` does it; ``right`` says of the
    name and of what ``run`` gave whether all went well; ``after`` clears away, outside of what is measured again.
    ``repeat``: how often in a round. A heavy one is done once, in half of the rounds.

    The bars: ``requests``, bytes ``moved``, ``memory`` added, and ``quarter``: a quarter of django-storages' CPU.
    """

    name: str
    title: str
    name_of: Callable[[Contender, Target], str]
    run: Callable[[Contender, Target, str], Any]
    right: Callable[[str, Any], bool]
    after: Callable[[Contender, Any], None] | None = None
    repeat: int = 25
    requests: int | None = None
    moved: int | None = None
    memory: int | None = None
    quarter: bool = False

    @property
    def heavy(self) -> bool:
        return self.repeat == 1


OPERATIONS = (
    Operation(
        name="save-new",
        title="save 4 KB, a new name",
        name_of=new_name,
        run=lambda contender, target, name: contender.save(name, DATA),
        right=lambda name, saved: saved == name,
        requests=1,
        quarter=True,
    ),
    Operation(
        name="save-taken",
        title="save 4 KB, a taken name",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.save(name, DATA),
        right=lambda name, saved: saved != name,
        requests=2,
        quarter=True,
    ),
    Operation(
        name="read",
        title="open and read 4 KB",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.read(name),
        right=lambda name, data: data == DATA,
        requests=1,
        quarter=True,
    ),
    Operation(
        name="exists",
        title="exists",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.exists(name),
        right=lambda name, found: found is True,
        requests=1,
        quarter=True,
    ),
    Operation(
        name="size",
        title="size",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.size(name),
        right=lambda name, size: size == SMALL_SIZE,
        requests=1,
        quarter=True,
    ),
    Operation(
        name="modified",
        title="get_modified_time",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.modified(name),
        right=lambda name, moment: moment.tzinfo is not None,
        requests=1,
    ),
    Operation(
        name="url",
        title="url, signed",
        name_of=always(SMALL),
        run=lambda contender, target, name: contender.url(name),
        right=lambda name, url: f"/{name}?" in url and "Signature=" in url,
        repeat=250,
        requests=0,
    ),
    Operation(
        name="delete",
        title="delete",
        name_of=new_file,
        run=lambda contender, target, name: contender.delete(name),
        right=lambda name, nothing: nothing is None,
        requests=1,
    ),
    Operation(
        name="listdir",
        title="listdir of 2,500 files",
        name_of=always(FOLDER),
        run=lambda contender, target, path: contender.listdir(path),
        right=lambda path, listed: not listed[0] and len(listed[1]) == ENTRIES,
        repeat=2,
        requests=3,
    ),
    Operation(
        name="first-kb",
        title="first KB of 100 MB",
        name_of=always(LARGE),
        run=lambda contender, target, name: contender.first(name, KB),
        right=lambda name, data: len(data) == KB,
        repeat=1,
        requests=1,
        moved=256 * KB,
    ),
    Operation(
        name="zip-member",
        title="1 MB of a 100 MB zip",
        name_of=always(ARCHIVE),
        run=lambda contender, target, name: contender.member(name, member_name(MEMBERS // 2)),
        right=lambda name, data: len(data) == MEMBER_SIZE,
        repeat=1,
        requests=8,
        moved=3 * MB,
    ),
    Operation(
        name="read-256",
        title="chunks() of 256 MB",
        name_of=always(HUGE),
        run=lambda contender, target, name: contender.consume(name),
        right=lambda name, size: size == HUGE_SIZE,
        repeat=1,
        memory=32 * MB,
    ),
    Operation(
        name="save-256",
        title="save 256 MB from a file",
        name_of=new_name,
        run=lambda contender, target, name: contender.save_file(name, target.path),
        right=lambda name, saved: saved == name,
        after=forget,
        repeat=1,
        memory=32 * MB,
    ),
)
