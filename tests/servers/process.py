"""Child processes, ports and folders for test servers, none of which outlives the test run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TAIL = 4000
"""How many characters of a log an error shows."""

GUARD = """
read -r _
for file in "$1"/*.pid; do
    [ -e "$file" ] && kill -KILL "$(cat "$file")"
done
rm -rf "$1"
kill -KILL 0
"""
"""Waits for the end of its input; then ends all processes, the folder, and its own process group."""


class ProcessDied(RuntimeError):
    """A process ended by itself, or a short-lived tool failed; the message ends with its log."""


def wait_until(predicate: Callable[[], object], timeout: float, what: str) -> None:
    """Ask `predicate` until it is true; `TimeoutError` names `what` we waited for.

    The pause grows from 5 ms, since a test server is mostly ready at once and sometimes, on a cold disk,
    only after many seconds.
    """
    deadline = time.monotonic() + timeout
    pause = 0.005
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)


def reserve_port(number: int = 0) -> socket.socket:
    """Bind a loopback port and keep it: nobody else gets the port while the socket is open.

    Any free one, or the one of that `number`: `OSError` if it is taken.
    Closing it before the server binds would leave a gap in which another test session may take the port.
    The kernel lets a server with SO_REUSEADDR (practically all set it) bind and listen beside our socket,
    as long as ours never listens. We set it after our own `bind`, which would else succeed beside another's.
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        reserved.bind(("127.0.0.1", number))
    except BaseException:
        reserved.close()
        raise
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return reserved


def reserve_ports(count: int) -> list[socket.socket]:
    """Reserve free ports that follow one another, below those that the kernel hands out."""
    for _ in range(100):
        first = random.randrange(10_000, 32_768 - count)
        reserved: list[socket.socket] = []
        try:
            reserved.extend(reserve_port(number) for number in range(first, first + count))
        except OSError:
            for port in reserved:
                port.close()
        else:
            return reserved
    raise OSError(f"found no {count} free ports in a row")


def children(pid: int) -> list[int]:
    """The processes whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state parent …, and a name may hold anything.
            if int(stat.read_text(errors="replace").rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


class Process:
    """A child that logs into `folder` and is stopped by the pid we started.

    It belongs to the process group `group`, by default to one of its own: Ctrl-C in the terminal reaches the
    test run and not its servers.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        argv: list[str],
        *,
        env: Mapping[str, str] | None = None,
        group: int = 0,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._pid_file = folder / f"{name}.pid"
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=env,
                process_group=group,
            )
        self._pid_file.write_text(str(self._child.pid))

    def __repr__(self) -> str:
        return f"<{self.name}, pid {self.pid}, {'running' if self.alive else 'ended'}>"

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether it runs. Asking also reaps it, so a zombie never counts as running."""
        return self._child.poll() is None

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-TAIL:]

    def kill_offspring(self) -> None:
        """Kill its children and theirs, also those that left its process group, as sessions of daemons do.

        It is left frozen, and so is each of them before its own children are looked for: none is overlooked.
        """
        frozen: list[int] = []
        waiting = [self.pid] if self.alive else []
        while waiting:
            pid = waiting.pop()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                frozen.append(pid)
                waiting.extend(children(pid))
        for pid in frozen[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def check(self) -> None:
        """Raise `ProcessDied` unless it runs."""
        if not self.alive:
            raise self._died()

    def succeed(self, timeout: float) -> None:
        """Wait for a short-lived tool to end well."""
        try:
            code = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop(signal.SIGKILL)
            raise TimeoutError(f"{self.name} did not end within {timeout:g} s:\n{self.tail()}") from None
        self._pid_file.unlink(missing_ok=True)
        if code:
            raise self._died()

    def stop(self, signum: signal.Signals = signal.SIGTERM, timeout: float = 10) -> None:
        """Signal it and wait until it has ended; after `timeout` it is killed. Twice does no harm."""
        if self.alive:
            self._child.send_signal(signum)
            try:
                self._child.wait(timeout)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._pid_file.unlink(missing_ok=True)

    def _died(self) -> ProcessDied:
        code = self._child.returncode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return ProcessDied(f"{self.name} {how}:\n{self.tail()}")


class Nest:
    """All that a server holds on this machine: a temporary folder, ports and processes.

    `close()` gives everything back. If we never get that far (SIGKILL, `timeout`, a crash), a guard does it: a
    shell that reads from a pipe and sees it end when this process is gone. The guard also leads the process
    group of all the others, so that even one is found whose start was interrupted before we learnt its pid.
    """

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"holdfast-{name}-"))
        self.processes: list[Process] = []
        self._reserved: list[socket.socket] = []
        self._guard = subprocess.Popen(
            ["sh", "-c", GUARD, "guard", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def port(self) -> int:
        """A loopback port that stays ours until `close()`."""
        reserved = reserve_port()
        self._reserved.append(reserved)
        number: int = reserved.getsockname()[1]
        return number

    def ports(self, count: int) -> range:
        """Loopback ports that follow one another and stay ours until `close()`."""
        reserved = reserve_ports(count)
        self._reserved.extend(reserved)
        first: int = reserved[0].getsockname()[1]
        return range(first, first + count)

    def spawn(self, name: str, *argv: str | os.PathLike[str], env: Mapping[str, str] | None = None) -> Process:
        """Start a process in the folder, with its log in `name`.log there."""
        words = [os.fspath(word) for word in argv]
        process = Process(self.folder, name, words, env=env, group=self._guard.pid)
        self.processes.append(process)
        return process

    def run(
        self,
        name: str,
        *argv: str | os.PathLike[str],
        env: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> None:
        """Run a short-lived tool to its end."""
        process = self.spawn(name, *argv, env=env)
        process.succeed(timeout)
        self.processes.remove(process)

    def wait_until(self, predicate: Callable[[], object], timeout: float, what: str, *needed: Process) -> None:
        """Like `wait_until`, but fail at once when one of the `needed` processes dies."""

        def look() -> object:
            for process in needed:
                process.check()
            return predicate()

        try:
            wait_until(look, timeout, what)
        except TimeoutError as error:
            logs = "\n".join(f"--- {process.name}\n{process.tail()}" for process in needed)
            raise TimeoutError(f"{error}\n{logs}") from None

    def close(self) -> None:
        """Kill what still runs, last started first, and remove the folder. Twice does no harm."""
        while self.processes:
            self.processes[-1].kill_offspring()
            self.processes[-1].stop(signal.SIGKILL)
            self.processes.pop()
        while self._reserved:
            self._reserved.pop().close()
        self._end_group()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_group(self) -> None:
        if self._guard.stdin is None or self._guard.stdin.closed:
            return
        os.killpg(self._guard.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-self._guard.pid, 0)
        self._guard.stdin.close()
        self._guard.wait()
