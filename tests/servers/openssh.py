"""OpenSSH as an SFTP server: one user with a key, one folder."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import pwd
import shlex
import subprocess
from pathlib import Path
from typing import ClassVar

import paramiko

from tests.servers.process import Nest
from tests.servers.server import Details, Server, find_program

PATIENCE = 30
"""Seconds for each step of the start, which takes a tenth of a second unless the disk is cold."""

RUN_FOLDER = Path("/run/sshd")
"""An empty folder that the daemon of root locks itself into before a login; the service script makes it."""

HINT = "An account that is locked is never let in: then run the tests as another user."

CONF = """\
ListenAddress {host}:{port}
HostKey {folder}/host_key
PidFile none
LogLevel VERBOSE
UsePAM no

AllowUsers {user}
AuthorizedKeysFile {folder}/authorized_keys
PermitRootLogin prohibit-password
# Passwords are asked for and never right, so that a test can see one refused.
PasswordAuthentication yes
KbdInteractiveAuthentication no
# The temporary folder lies in a folder that everybody can write to.
StrictModes no
# Races log in many times at once, and other tests fail to log in many times in a row.
MaxStartups 200
PerSourceMaxStartups none
{penalties}

Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {root}
DisableForwarding yes
PermitTTY no
PermitUserRC no
"""


class OpenSSH(Server):
    """OpenSSH's own SFTP (and nothing else) on a free loopback port, for the user who runs the tests.

    That user needs no root rights: without them the daemon lets its own user in and nobody else, which is all
    we want. Nobody is confined to a folder; a session begins in `root`, and `/` is that of the machine. Every
    password is refused, since to check one takes root rights or a user made for the purpose.

    As root the daemon insists on the folder /run/sshd. We make it if it is missing and leave it: to remove it
    would lock everybody out of another sshd that counts on it by then.
    """

    name: ClassVar[str] = "openssh"
    commands: ClassVar[tuple[str, ...]] = ("sshd", "ssh-keygen")

    host: ClassVar[str] = "127.0.0.1"

    port: int
    user: str
    root: Path
    """Where a session begins, and where the files are."""
    key_file: Path
    """The private key that is let in: Ed25519, without a passphrase."""
    stranger_key_file: Path
    """Another one, which is not."""
    known_hosts: Path
    """The host key as OpenSSH's clients and paramiko read it."""
    host_key: str
    """The same in one line, without the name of the host: `ssh-ed25519 AAAA…`."""

    def __init__(self) -> None:
        self._nest: Nest | None = None

    @property
    def fingerprint(self) -> str:
        """The host key's, as OpenSSH shows it: `SHA256:…`."""
        digest = hashlib.sha256(base64.b64decode(self.host_key.split()[1])).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def client(self) -> paramiko.SSHClient:
        """A new connection, logged in, for the caller to close."""
        client = paramiko.SSHClient()
        client.load_host_keys(str(self.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(
                self.host,
                self.port,
                self.user,
                key_filename=str(self.key_file),
                allow_agent=False,
                look_for_keys=False,
                timeout=PATIENCE,
            )
        except BaseException:
            client.close()
            raise
        return client

    def reach(self) -> Details:
        command = ["sftp", "-F", "none", "-P", str(self.port), "-i", str(self.key_file)]
        command += ["-o", f"UserKnownHostsFile={self.known_hosts}", f"{self.user}@{self.host}"]
        return Details(
            facts={
                "host": self.host,
                "port": self.port,
                "user": self.user,
                "key": self.key_file,
                "known hosts": self.known_hosts,
                "host key": self.host_key,
                "fingerprint": self.fingerprint,
                "folder": self.root,
            },
            command=shlex.join(command),
            storage={
                "BACKEND": "storages.backends.sftpstorage.SFTPStorage",
                "OPTIONS": {
                    "host": self.host,
                    "params": {
                        "port": self.port,
                        "username": self.user,
                        "key_filename": str(self.key_file),
                    },
                    "known_host_file": str(self.known_hosts),
                    "root_path": str(self.root),
                },
            },
        )

    def stop(self) -> None:
        if self._nest is not None:
            self._nest.close()
            self._nest = None

    def _start(self) -> None:
        nest = self._nest = Nest(self.name)
        self.user = own_name()
        self.port = nest.port()
        self.root = nest.folder / "root"
        self.root.mkdir()
        self._make_keys(nest)
        if os.geteuid() == 0:
            RUN_FOLDER.mkdir(mode=0o755, exist_ok=True)
        sshd = find_program("sshd") or "sshd"
        conf = nest.folder / "sshd_config"
        conf.write_text(
            CONF.format(
                folder=nest.folder,
                host=self.host,
                port=self.port,
                user=self.user,
                root=self.root,
                penalties=penalties(sshd),
            )
        )
        # An environment of our own: sessions inherit it, and file names are bytes in the C locale.
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        daemon = nest.spawn("sshd", sshd, "-D", "-e", "-f", conf, env=env)
        try:
            nest.wait_until(self._lets_in, PATIENCE, "sshd to let us in", daemon)
        except paramiko.SSHException as error:
            raise RuntimeError(f"sshd does not let {self.user} in ({error}):\n{daemon.tail()}\n{HINT}") from error

    def _make_keys(self, nest: Nest) -> None:
        for name in ("host_key", "key", "stranger_key"):
            nest.run(f"keygen-{name}", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name)
        self.key_file, self.stranger_key_file = nest.folder / "key", nest.folder / "stranger_key"
        self.host_key = " ".join((nest.folder / "host_key.pub").read_text().split()[:2])
        (nest.folder / "key.pub").rename(nest.folder / "authorized_keys")
        self.known_hosts = nest.folder / "known_hosts"
        self.known_hosts.write_text(f"[{self.host}]:{self.port} {self.host_key}\n")

    def _lets_in(self) -> bool:
        with contextlib.suppress(OSError), contextlib.closing(self.client()):
            return True
        return False


def own_name() -> str:
    """The name of the user who runs the tests."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise RuntimeError(
            f"openssh needs a named user, and /etc/passwd has none with the id {os.geteuid()}: add a line there"
        ) from None


def penalties(sshd: str) -> str:
    """The option that lets failed logins go unpunished, where there is a punishment: OpenSSH 9.8 and newer."""
    option = "PerSourcePenalties no"
    known = subprocess.run(
        [sshd, "-G", "-f", os.devnull, "-o", option], capture_output=True, timeout=PATIENCE, check=False
    )
    return option if known.returncode == 0 else ""
