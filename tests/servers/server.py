"""What every test server has in common."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SBIN = os.pathsep.join(("/usr/local/sbin", "/usr/sbin", "/sbin"))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How Holdfast gets at a server: a store's URL, its options, and the same secrets as environment."""

    url: str
    options: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def storage(self) -> dict[str, object]:
        """The entry for `STORAGES`."""
        store: object = {"BACKEND": self.url, "OPTIONS": self.options} if self.options else self.url
        return {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": store}}

    def describe(self, name: str) -> str:
        """The same for a person, ready to be pasted."""
        environ = [f"{variable}={shlex.quote(value)}" for variable, value in self.environ.items()]
        command = " \\\n    ".join([*environ, "make demo", f"STORE={shlex.quote(self.url)}"])
        return f"{_settings(name, self.storage())}\n\n# {name}: in a shell\n{command}\n"


@dataclass(frozen=True, kw_only=True)
class Details:
    """How a person gets at a server that Holdfast has no store for."""

    facts: Mapping[str, object]
    """Host, port, user and so on."""
    command: str
    """A shell command that uses the server."""
    storage: Mapping[str, object] | None = None
    """The entry for `STORAGES` of another package, if one has a storage for it."""

    def describe(self, name: str) -> str:
        """All of it, ready to be pasted."""
        facts = "\n".join(f"#   {fact}: {value}" for fact, value in self.facts.items())
        settings = f"{_settings(name, self.storage)}\n\n" if self.storage else ""
        return f"{settings}# {name}: in a shell\n{self.command}\n{facts}\n"


def _settings(name: str, entry: Mapping[str, object]) -> str:
    text = json.dumps({name: entry}, indent=4)  # which is Python too, for strings and numbers
    return f"# {name}: in settings.py\nSTORAGES |= {text}"


def find_program(name: str) -> str | None:
    """The path of a program, also where an ordinary user's PATH does not lead."""
    return shutil.which(name) or shutil.which(name, path=SBIN)


class Server:
    """A real server in a temporary folder on loopback ports, for the length of a `with` block."""

    name: ClassVar[str]
    commands: ClassVar[tuple[str, ...]] = ()
    """Programs that must be installed."""

    @classmethod
    def missing(cls) -> list[str]:
        """The programs that are not installed here."""
        return [command for command in cls.commands if find_program(command) is None]

    @classmethod
    def installer(cls) -> str:
        """What installs them."""
        return f"scripts/install-servers {cls.name}"

    def start(self) -> None:
        """Start and wait until it serves. Leaves nothing behind if that fails or is interrupted."""
        if missing := self.missing():
            raise FileNotFoundError(f"{self.name} needs {', '.join(missing)}: run {self.installer()}")
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything and remove every trace. Twice does no harm."""
        raise NotImplementedError

    def reach(self) -> Reach | Details:
        """Make what a person needs to try the server (a bucket, a container) and say how to reach it."""
        raise NotImplementedError

    def _start(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
