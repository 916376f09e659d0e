"""What every test server has in common."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from types import TracebackType


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


class Server:
    """A real server in a temporary folder on loopback ports, for the length of a `with` block."""

    name: ClassVar[str]
    commands: ClassVar[tuple[str, ...]] = ()
    """Programs that must be installed."""

    @classmethod
    def missing(cls) -> list[str]:
        """The programs that are not installed here."""
        return [command for command in cls.commands if shutil.which(command) is None]

    def start(self) -> None:
        """Start and wait until it serves. Leaves nothing behind if that fails or is interrupted."""
        if missing := self.missing():
            raise FileNotFoundError(
                f"{self.name} needs {', '.join(missing)}: run scripts/install-servers {self.name}"
            )
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything and remove every trace. Twice does no harm."""
        raise NotImplementedError

    def reach(self) -> Reach:
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
