"""Start real servers to play with: `python -m tests.servers [name …]`, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.servers.ceph import Ceph
from tests.servers.openssh import OpenSSH
from tests.servers.redis import Redis
from tests.servers.vsftpd import Vsftpd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.server import Server

SERVERS: dict[str, Callable[[], Server]] = {
    "ceph": Ceph,
    "openssh": OpenSSH,
    "redis": Redis,
    "vsftpd": Vsftpd,
}
"""Every server there is; a new one is a new line (and one in scripts/install-servers)."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(SERVERS)}; all by default")
    names = parser.parse_args(arguments).names or list(SERVERS)
    if unknown := set(names) - set(SERVERS):
        parser.error(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(SERVERS)}")

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as running:
        try:
            servers = {name: SERVERS[name]() for name in names}
            for server in servers.values():
                running.callback(server.stop)
            print(f"Starting {', '.join(names)} …", file=sys.stderr)
            with ThreadPoolExecutor(len(servers)) as pool:
                list(pool.map(lambda server: server.start(), servers.values()))
            for name, server in servers.items():
                print(server.reach().describe(name), flush=True)
            print("Running. Ctrl-C stops everything.", file=sys.stderr)
            signal.pause()
        except KeyboardInterrupt:
            print("\nStopping …", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
