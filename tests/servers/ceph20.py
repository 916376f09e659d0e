"""A newer Ceph, of which Debian's stable release has no packages: from a tree of its own outside ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from tests.servers.ceph import Ceph

TREE = Path(os.environ.get("HOLDFAST_CEPH_20", "/var/cache/holdfast/ceph-20"))
"""Where ``scripts/install-ceph-20`` has put a system with it."""

LIBRARIES = TREE / "usr/lib/x86_64-linux-gnu"


class Ceph20(Ceph):
    """Ceph 20, which keeps conditions where 16 does not: on completing an upload in parts, on deleting, and with an
    ETag in its quotes.

    Its programs run with the libraries of their own tree, and need no change of root.
    """

    name: ClassVar[str] = "ceph-20"
    commands: ClassVar[tuple[str, ...]] = ()
    more_conf: ClassVar[str] = f"""\
[global]
plugin_dir = {LIBRARIES}/ceph
erasure_code_dir = {LIBRARIES}/ceph/erasure-code
osd_class_dir = {LIBRARIES}/rados-classes

"""

    @classmethod
    def missing(cls) -> list[str]:
        return [] if (TREE / "usr/bin/radosgw").exists() else [f"{TREE}/usr/bin/radosgw"]

    @classmethod
    def installer(cls) -> str:
        return "scripts/install-ceph-20"

    def _program(self, command: str) -> list[str]:
        loader = TREE / "lib64/ld-linux-x86-64.so.2"
        return [str(loader), "--library-path", f"{LIBRARIES}:{LIBRARIES}/ceph", str(TREE / "usr/bin" / command)]
