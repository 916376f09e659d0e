"""vsftpd as an FTP server with explicit TLS: one user with a password, one folder."""

from __future__ import annotations

import contextlib
import ftplib
import os
import shlex
import ssl
from pathlib import Path
from typing import ClassVar

import trustme

from tests.servers.process import Nest
from tests.servers.server import Details, Server, find_program

PATIENCE = 30
"""Seconds for each step of the start, which takes a tenth of a second unless the disk is cold."""

PASSIVE_PORTS = 64
"""As many transfers can be open at once."""

CONF = """\
listen=YES
background=NO
listen_address={host}
listen_port={port}
pasv_address={host}
pasv_min_port={first}
pasv_max_port={last}
# No new user or PAM service is needed for a session as our own user, whose password is in a list of its own.
run_as_launching_user=YES
local_enable=NO
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={folder}/passwords
anon_root={root}
# To that user all is allowed, but SITE.
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
force_dot_files=YES
mdtm_write=YES
utf8_filesystem=YES
# A second or more for each, by default.
delay_failed_login=0
delay_successful_login=0
max_clients=0
max_per_ip=0
# Containers forbid what these do.
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
ssl_enable=YES
allow_anon_ssl=YES
rsa_cert_file={folder}/server.pem
rsa_private_key_file={folder}/server.key
force_anon_logins_ssl={tls_required}
force_anon_data_ssl={tls_required}
require_ssl_reuse={tls_reuse}
xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file={folder}/protocol.log
"""


class Vsftpd(Server):
    """vsftpd on free loopback ports, with and without explicit TLS (AUTH TLS on the same port).

    Sessions run as the user who runs the tests, who needs no root rights. Nobody is confined to a folder; a
    session begins in `root`, and `/` is that of the machine. vsftpd has no MLSD, no MFMT and no SITE CHMOD for
    this user; it sets times with `MDTM time name`.
    """

    name: ClassVar[str] = "vsftpd"
    commands: ClassVar[tuple[str, ...]] = ("vsftpd",)

    host: ClassVar[str] = "127.0.0.1"
    user: ClassVar[str] = "ftp"
    password: ClassVar[str] = "right-horse-battery-staple"

    port: int
    root: Path
    """Where a session begins, and where the files are."""
    ca_file: Path
    """The authority of the certificate for localhost and 127.0.0.1."""
    log: Path
    """Every command and answer."""

    def __init__(self, *, tls_required: bool = False, tls_reuse: bool = False) -> None:
        """`tls_required` refuses logins and transfers without TLS.

        `tls_reuse` demands that a transfer resumes the TLS session of its login, as vsftpd and ProFTPD do by
        default; `ftplib` does not by itself.
        """
        self._tls_required = tls_required
        self._tls_reuse = tls_reuse
        self._nest: Nest | None = None

    def client(self, *, tls: bool = False) -> ftplib.FTP:
        """A new connection, logged in, for the caller to close; with `tls` the transfers use it too."""
        client: ftplib.FTP
        if tls:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            client = ftplib.FTP_TLS(context=context, timeout=PATIENCE, encoding="utf-8")
        else:
            client = ftplib.FTP(timeout=PATIENCE, encoding="utf-8")
        try:
            client.connect(self.host, self.port)
            client.login(self.user, self.password)
            if isinstance(client, ftplib.FTP_TLS):
                client.prot_p()
        except BaseException:
            client.close()
            raise
        return client

    def reach(self) -> Details:
        scheme = "ftps" if self._tls_required else "ftp"
        curl = ["curl", "--user", f"{self.user}:{self.password}"]
        curl += ["--ssl-reqd", "--cacert", str(self.ca_file), f"ftp://{self.host}:{self.port}/"]
        # django-storages takes what follows the first slash for the path: without one it would be in `/`.
        location = f"{scheme}://{self.user}:{self.password}@{self.host}:{self.port}/{self.root}/"
        return Details(
            facts={
                "host": self.host,
                "port": self.port,
                "user": self.user,
                "password": self.password,
                "authority": self.ca_file,
                "TLS": "required" if self._tls_required else "explicit, not required",
                "folder": self.root,
            },
            command=shlex.join(curl),
            storage={
                "BACKEND": "storages.backends.ftp.FTPStorage",
                "OPTIONS": {"location": location, "encoding": "utf-8"},
            },
        )

    def stop(self) -> None:
        if self._nest is not None:
            self._nest.close()
            self._nest = None

    def _start(self) -> None:
        nest = self._nest = Nest(self.name)
        self.port = nest.port()
        passive = nest.ports(PASSIVE_PORTS)
        self.root = nest.folder / "root"
        self.root.mkdir()
        self.log = nest.folder / "protocol.log"
        (nest.folder / "passwords").write_text(f"{self.password}\n")
        self._make_certificate(nest.folder)
        conf = nest.folder / "vsftpd.conf"
        conf.write_text(
            CONF.format(
                folder=nest.folder,
                host=self.host,
                port=self.port,
                first=passive.start,
                last=passive.stop - 1,
                root=self.root,
                tls_required="YES" if self._tls_required else "NO",
                tls_reuse="YES" if self._tls_reuse else "NO",
            )
        )
        # An environment of our own: file names are bytes in the C locale, and times are in UTC.
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        # It writes what is wrong with its configuration to standard input, where inetd has the client.
        shell = ("sh", "-c", 'exec "$@" 0>&1', "sh")
        daemon = nest.spawn("vsftpd", *shell, find_program("vsftpd") or "vsftpd", conf, env=env)
        nest.wait_until(self._greets, PATIENCE, "vsftpd to greet", daemon)

    def _make_certificate(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", self.host)
        authority.cert_pem.write_to_path(self.ca_file)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(folder / "server.pem", append=True)
        issued.private_key_pem.write_to_path(folder / "server.key")

    def _greets(self) -> bool:
        with contextlib.suppress(OSError, EOFError), ftplib.FTP(timeout=PATIENCE) as client:
            return client.connect(self.host, self.port).startswith("220")
        return False
