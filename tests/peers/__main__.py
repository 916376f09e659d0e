"""Ask Django's own storages and django-storages' for every promise, and write docs/verdicts.md."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path

import django

from holdfast.testing import Promise
from holdfast.testing.selection import Selection
from holdfast.testing.verdict import Outcome
from tests.peers.aside import ASIDE
from tests.peers.asking import Answer, ask
from tests.peers.gist import happened
from tests.peers.page import page, sign
from tests.peers.subjects import SUBJECTS, Servers
from tests.servers.ceph import Ceph
from tests.servers.openssh import OpenSSH
from tests.servers.vsftpd import Vsftpd

PAGE = Path(__file__).parent.parent.parent / "docs" / "verdicts.md"


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument(
        "--of", action="append", choices=list(SUBJECTS), help="a subject, and no page; again for more"
    )
    parser.add_argument("--only", action="append", metavar="ID", help="a promise or a group, and no page")
    options = parser.parse_args(arguments)
    promises = Selection(about=("storage",), only=options.only or ()).promises()
    subjects = options.of or [name for name, subject in SUBJECTS.items() if subject.listed]

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with serving() as servers:
        answers = {name: answers_of(name, promises, servers) for name in subjects}
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        if not (options.of or options.only):
            today = time.strftime("%Y-%m-%d")
            PAGE.write_text(page(answers, promises, date=today, versions=versions()))
    return 0


@contextmanager
def serving() -> Iterator[Servers]:
    """The servers, started side by side."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="holdfast-peers-")))
        servers = Servers(ceph=Ceph(), openssh=OpenSSH(), vsftpd=Vsftpd(), folder=folder)
        running = (servers.ceph, servers.openssh, servers.vsftpd)
        for server in running:
            stack.callback(server.stop)
        with ThreadPoolExecutor(len(running)) as pool:
            list(pool.map(lambda server: server.start(), running))
        yield servers


def answers_of(name: str, promises: Sequence[Promise], servers: Servers) -> dict[str, Answer]:
    """By the promise's id; what is not well is told at once."""
    answers = {}
    for number, promise in enumerate(promises):
        answer = answers[promise.id] = ask(promise, SUBJECTS[name], servers, f"{name}-{number}")
        if answer.outcome is Outcome.BROKEN:
            print(
                f"{name} {sign(name, promise.id, answer)} {promise.id}: {happened(promise, answer)}",
                file=sys.stderr,
            )
        elif (name, promise.id) in ASIDE:
            print(f"{name} {promise.id} need not be set aside: {answer.outcome.value}", file=sys.stderr)
        if answer.outcome is Outcome.NEEDLESS:
            print(f"{name} {answer.what}", file=sys.stderr)
    return answers


def versions() -> str:
    """Of everything that was involved."""
    packages = ("holdfast", "Django", "django-storages", "boto3", "paramiko")
    ceph = _said("radosgw", "--version").split()[2]
    openssh = _said("ssh", "-V").split()[0].rstrip(",").replace("_", " ")
    vsftpd = _said("sh", "-c", "vsftpd -v 0>&1").split()[-1]
    named = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]
    return ", ".join([*named, f"Ceph {ceph}", openssh, f"vsftpd {vsftpd}"])


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
