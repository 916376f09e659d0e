"""A process with one contender in it, which does operations and says what they cost: ``python -m bench.worker``.

Lines of JSON tell it what to do: first the contender and the target, then the name of a method and its arguments.
It answers in the same way. Nothing but the contender's own work happens
in it, so that its CPU time and its memory are the contender's.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.contenders import CONTENDERS, Target
from bench.operations import DATA, OPERATIONS, SMALL, new_name

STATUS = Path("/proc/self/status")
BY_NAME = {operation.name: operation for operation in OPERATIONS}


def cost_of(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What ``work`` gives, and its CPU time (user and system, all threads), time and growth of peak memory."""
    gc.collect()
    before = forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return result, {"cpu": cpu, "seconds": wall, "memory": max(peak() - before, 0)}


def forget_peak() -> int:
    """Let the peak begin anew, at the bytes in use now; without /proc it goes on from the highest so far."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")  # proc(5)
    return peak()


def peak() -> int:
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Worker:
    def __init__(self, contender: str, target: Target) -> None:
        self.target = target
        self.names: list[str] = []
        self.results: list[Any] = []

        def start() -> Any:
            made = CONTENDERS[contender](target)
            made.exists(SMALL)
            return made

        self.contender, self.start = cost_of(start)

    def warm_up(self) -> None:
        """What is done once in a process belongs to no operation: imports, connections, looking for the bucket."""
        self.contender.exists("missing")
        self.contender.read(SMALL)
        self.contender.delete(self.contender.save(new_name(self.contender, self.target), DATA))
        self.contender.url(SMALL)

    def prepare(self, operation: str, repeat: int) -> None:
        self.names = [BY_NAME[operation].name_of(self.contender, self.target) for _ in range(repeat)]

    def run(self, operation: str) -> dict[str, float]:
        """Do the operation with every name that is prepared: what one of them cost."""
        run, contender, target, names = BY_NAME[operation].run, self.contender, self.target, self.names
        self.results, cost = cost_of(lambda: [run(contender, target, name) for name in names])
        return {**cost, "cpu": cost["cpu"] / len(names), "seconds": cost["seconds"] / len(names)}

    def finish(self, operation: str) -> None:
        """See to it that all went well, and clear away."""
        done = BY_NAME[operation]
        for name, result in zip(self.names, self.results, strict=True):
            if not done.right(name, result):
                raise AssertionError(f"{operation} of {name!r} gave {result!r:.100}")
            if done.after is not None:
                done.after(self.contender, result)
        self.results = []


def main() -> None:
    from django.conf import settings
    from django.core.files import storage  # noqa: F401 - a project has it in memory anyway

    settings.configure(USE_TZ=True)
    worker: Worker | None = None
    for line in sys.stdin:
        method, *arguments = json.loads(line)
        try:
            if worker is None:
                worker = Worker(method, Target(**arguments[0]))
                answer = worker.start
            else:
                answer = getattr(worker, method)(*arguments)
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
