"""Holdfast beside django-storages and a bare loop, on one Ceph: ``make bench``, or ``python -m bench --help``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from bench.measure import Figures, Results, count_requests, measure_cpu, measure_memory
from bench.operations import OPERATIONS
from bench.server import serving
from bench.table import LEGEND, failures, lines
from tests.servers.proxy import Proxy

ROUNDS = 7
QUICK_ROUNDS = 2


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    operations = [each for each in OPERATIONS if not options.only or each.name in options.only]
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    results: Results = Results(Figures)
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s  {what}", file=sys.stderr)

    say("starting Ceph, and filling a bucket")
    with serving() as (ceph, target):
        say("counting requests")
        with Proxy(ceph.host, ceph.port) as proxy:
            count_requests(results, operations, target, proxy)
        say("measuring memory")
        barred = [each for each in operations if each.memory or not options.quick]
        measure_memory(results, barred, target)
        say(f"measuring CPU time, {rounds} rounds")
        measure_cpu(results, operations, target, rounds, share=5 if options.quick else 1)
    say("done")

    machine = describe(rounds)
    print(f"\n{machine}\n\n{LEGEND}\n")
    print("\n".join(lines(operations, results)))
    failed = list(failures(results))
    print("".join(failed), end="")
    if options.json:
        figures = {f"{operation} {contender}": asdict(each) for (operation, contender), each in results.items()}
        text = json.dumps({"machine": machine, "figures": figures}, indent=1, ensure_ascii=False)
        options.json.write_text(f"{text}\n")
    return 1 if failed else 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [each.name for each in OPERATIONS]
    parser.add_argument("--rounds", type=int, metavar="N", help=f"of CPU time; {ROUNDS} by default")
    parser.add_argument(
        "--only", action="append", choices=names, metavar="NAME", help=f"again for more: {', '.join(names)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure, too")
    parser.add_argument("--quick", action="store_true", help="a look: few rounds, memory only where it has a bar")
    return parser.parse_args(arguments)


def describe(rounds: int) -> str:
    """What was measured, and on what."""
    ceph = subprocess.run(["radosgw", "--version"], capture_output=True, text=True, check=True).stdout.split()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ", ".join(f"{name} {version(name)}" for name in ("holdfast", "Django", "django-storages", "boto3"))
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {cores} cores, {platform.system()}, {rounds} rounds\n"
        f"Python {platform.python_version()}, {packages}, Ceph {ceph[2]}"
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
