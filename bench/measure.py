"""The three passes: requests are counted, memory is measured in fresh processes, CPU time in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.contenders import CONTENDERS, Target
from bench.operations import Operation

if TYPE_CHECKING:
    from tests.servers.proxy import Proxy

START = "start"
"""The name of the row that no operation has: loading a contender, and its first request."""

ROOT = Path(__file__).parent.parent


@dataclass
class Figures:
    """What one operation took one contender: a figure for each time it was measured."""

    requests: int | None = None
    moved: int | None = None
    """Bytes of bodies, both ways."""
    cpu: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    error: str = ""


Results = defaultdict[tuple[str, str], Figures]
"""By operation and contender."""


class WorkerFailedError(Exception):
    """The traceback that a worker ended in, or with which it answered."""


class Worker:
    """A process of its own for one contender; see ``bench.worker``."""

    def __init__(self, contender: str, target: Target) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is for us; a worker ends when its standard input does
        )
        try:
            self.start: dict[str, Any] = self.ask(contender, asdict(target))
        except BaseException:
            self.close()
            raise

    def ask(self, method: str, *arguments: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps([method, *arguments]), file=self._process.stdin, flush=True)
            answer = json.loads(self._process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise WorkerFailedError(f"the process ended with status {self._process.wait()}") from None
        if isinstance(answer, dict) and "error" in answer:
            raise WorkerFailedError(answer["error"])
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _environment() -> dict[str, str]:
    """Ours, without what would send a contender elsewhere: proxies, and the variables and files of AWS's tools."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    kept = {name: value for name, value in kept.items() if not name.startswith("AWS_")}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@contextmanager
def _noted(figures: Figures) -> Iterator[None]:
    """A contender that cannot do something is no reason not to measure the rest."""
    try:
        yield
    except WorkerFailedError as error:
        figures.error = str(error)


def _note_start(results: Results, contender: str, worker: Worker) -> None:
    figures = results[START, contender]
    figures.cpu.append(worker.start["cpu"])
    figures.seconds.append(worker.start["seconds"])
    figures.memory.append(worker.start["memory"])


def count_requests(results: Results, operations: Sequence[Operation], target: Target, proxy: Proxy) -> None:
    """Each operation once, through the counting proxy: nothing about requests is left to chance."""
    through = replace(target, endpoint=proxy.endpoint)
    for contender in CONTENDERS:
        with proxy.counting() as counted:
            worker = Worker(contender, through)
        results[START, contender].requests = counted.count
        with worker:
            worker.ask("warm_up")
            for operation in operations:
                figures = results[operation.name, contender]
                with _noted(figures):
                    worker.ask("prepare", operation.name, 1)
                    with proxy.counting() as counted:
                        worker.ask("run", operation.name)
                    figures.requests, figures.moved = counted.count, counted.sent + counted.received
                    worker.ask("finish", operation.name)


def measure_memory(results: Results, operations: Sequence[Operation], target: Target) -> None:
    """Each operation once, in a process that has done little else: memory that was freed would hide growth."""
    for operation in operations:
        for contender in CONTENDERS:
            figures = results[operation.name, contender]
            if figures.error:
                continue
            with _noted(figures), Worker(contender, target) as worker:
                _note_start(results, contender, worker)
                worker.ask("warm_up")
                worker.ask("prepare", operation.name, 1)
                figures.memory.append(worker.ask("run", operation.name)["memory"])
                worker.ask("finish", operation.name)


def measure_cpu(results: Results, operations: Sequence[Operation], target: Target, rounds: int, share: int) -> None:
    """The contenders in turns, so that what else the machine does meets all of them alike.

    ``share``: small operations are repeated that many times less.
    """
    with ExitStack() as stack:
        workers = {contender: stack.enter_context(Worker(contender, target)) for contender in CONTENDERS}
        for contender, worker in workers.items():
            _note_start(results, contender, worker)
            worker.ask("warm_up")
        for number in range(rounds):
            for operation in operations:
                if operation.heavy and number % 2:
                    continue
                for contender, worker in workers.items():
                    figures = results[operation.name, contender]
                    if figures.error:
                        continue
                    with _noted(figures):
                        worker.ask("prepare", operation.name, max(operation.repeat // share, 1))
                        cost = worker.ask("run", operation.name)
                        worker.ask("finish", operation.name)
                        figures.cpu.append(cost["cpu"])
                        figures.seconds.append(cost["seconds"])


def middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
