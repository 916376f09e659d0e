"""A Ceph cluster with its S3 gateway: three stores in memory, one monitor, http and https."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

import boto3
import trustme
from botocore.config import Config

from tests.servers.ceph_conf import ceph_conf
from tests.servers.process import Nest, Process
from tests.servers.server import Reach, Server

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60
"""Seconds for each step of the start: a cold disk is slow, a broken cluster fails by itself."""

CLEAN_PRIMARY = "Started/Primary/Active/Clean"
CLEAN_REPLICA = "Started/ReplicaActive/RepNotRecovering"

BUCKETS = 100_000
"""That a user may have: each test makes one of its own, and 1,000 are not enough."""

CAPABILITIES = "roles=*;user-policy=*"
"""Lets the main user make roles for AssumeRole; gives no right to anybody's buckets."""


class Ceph(Server):
    """Ceph with radosgw, all in one temporary folder on free loopback ports.

    Every object has three copies on three OSDs and is acknowledged by at least two: kill one with
    `osd_kill` and all goes on, kill two and requests hang. There is no manager daemon: nothing in the way
    of an object needs one.
    """

    name: ClassVar[str] = "ceph"
    commands: ClassVar[tuple[str, ...]] = (
        "ceph-mon",
        "ceph-osd",
        "radosgw",
        "radosgw-admin",
        "monmaptool",
        "osdmaptool",
    )

    more_conf: ClassVar[str] = ""
    osds: ClassVar[int] = 3
    min_size: ClassVar[int] = 2
    host: ClassVar[str] = "127.0.0.1"
    region: ClassVar[str] = "us-east-1"

    # Made up for this cluster. The secrets hold the characters that a careless signer escapes wrongly.
    access_key: ClassVar[str] = "HOLDFASTMAINUSER0001"
    secret_key: ClassVar[str] = "main+secret/0123456789abcdefghijABCDEFGHIJ"
    stranger_access_key: ClassVar[str] = "HOLDFASTSTRANGER0002"
    stranger_secret_key: ClassVar[str] = "stranger+secret/0123456789abcdefghijABCDEF"

    port: int
    tls_port: int
    ca_file: Path

    def __init__(self, *, osd_bytes: int = 8 * 2**30) -> None:
        self._osd_bytes = osd_bytes
        self._nest: Nest | None = None
        self._daemons: dict[str, Process] = {}
        self._own_client: Any = None

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def tls_endpoint(self) -> str:
        return f"https://localhost:{self.tls_port}"

    @property
    def processes(self) -> list[Process]:
        """The daemons that were started and not stopped, in the order of their start."""
        return list(self._daemons.values())

    def client(
        self, *, endpoint: str | None = None, tls: bool = False, stranger: bool = False, **config: Any
    ) -> Any:
        """A new boto3 client, for the caller to close: path-style, never repeating a request.

        `endpoint` is for a proxy in front; further arguments go to botocore's `Config`.
        """
        return boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint or (self.tls_endpoint if tls else self.endpoint),
            aws_access_key_id=self.stranger_access_key if stranger else self.access_key,
            aws_secret_access_key=self.stranger_secret_key if stranger else self.secret_key,
            region_name=self.region,
            # Explicitly, since AWS_CA_BUNDLE in the environment would take the place of our authority.
            verify=str(self.ca_file),
            config=Config(
                **{
                    "s3": {"addressing_style": "path"},
                    "retries": {"total_max_attempts": 1},
                    "max_pool_connections": 64,
                    "proxies": {},
                    # By default botocore sends a checksum behind the body over https; Ceph 16 answers 411.
                    "request_checksum_calculation": "when_required",
                    **config,
                }
            ),
        )

    def create_bucket(self, name: str) -> None:
        """Make a bucket that belongs to the main user."""
        self._own_client.create_bucket(Bucket=name)

    def reach(self) -> Reach:
        self.create_bucket("holdfast")
        query = urlencode({"endpoint": self.endpoint, "region": self.region, "addressing": "path"}, safe=":/")
        return Reach(
            url=f"s3://holdfast?{query}",
            options={"access_key": self.access_key, "secret_key": self.secret_key},
            environ={"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key},
        )

    def osd_kill(self, number: int) -> None:
        """Kill an OSD without warning, as a power cut would. What it held in memory is lost."""
        self._daemons.pop(f"osd.{number}").stop(signal.SIGKILL)

    def osd_start(self, number: int) -> None:
        """Start an OSD again, empty, and wait until it has copied its share from the others.

        Before that another one must not be killed, or objects may be lost.
        """
        nest = self._running_nest()
        self._make_osd(number).succeed(PATIENCE)
        osd = self._spawn_osd(number)
        nest.wait_until(lambda: self._state(osd.name) == "active", PATIENCE, f"{osd.name} to join", osd)
        if self._running_osds() >= self.min_size:
            nest.wait_until(self._whole, PATIENCE, "every object to have its copies again", osd)

    def stop(self) -> None:
        if self._own_client is not None:
            self._own_client.close()
            self._own_client = None
        self._daemons.clear()
        if self._nest is not None:
            # Killed, all of them: asked politely, the gateway drains for ten seconds and the stores write
            # their memory to disk.
            self._nest.close()
            self._nest = None

    def _start(self) -> None:
        """Bring the cluster up, side by side where one step does not need the other.

        The first map of OSDs is made beforehand and given to the monitor, so that no OSD has to be
        registered by hand; and states are read from the daemons' own sockets. Both spare the `ceph`
        command, whose every call takes a third of a second.
        """
        nest = self._nest = Nest(self.name)
        self._configure(nest)
        with ThreadPoolExecutor(1) as pool:
            warm = pool.submit(self.client)  # half a second of reading JSON, while processes start
            try:
                self._start_daemons(nest)
            finally:
                self._own_client = warm.result()
        self._warm_up()

    def _start_daemons(self, nest: Nest) -> None:
        making = [self._make_osd(number) for number in range(self.osds)]
        monitor = self._start_monitor(nest)
        for tool in making:
            tool.succeed(PATIENCE)
        osds = [self._spawn_osd(number) for number in range(self.osds)]
        nest.wait_until(
            lambda: all(self._state(f"osd.{number}") == "active" for number in range(self.osds)),
            PATIENCE,
            "the OSDs to join",
            monitor,
            *osds,
        )
        # The first command on an empty cluster also makes the pools; two at once would both try.
        main = [f"--caps={CAPABILITIES}", f"--max-buckets={BUCKETS}"]
        self._make_user("main", self.access_key, self.secret_key, *main).succeed(PATIENCE)
        gateway = self._spawn("rgw", "radosgw", "-f", "-n", "client.rgw")
        self._make_user("stranger", self.stranger_access_key, self.stranger_secret_key).succeed(PATIENCE)
        nest.wait_until(self._answers, PATIENCE, "the gateway to answer", gateway, monitor, *osds)

    def _configure(self, nest: Nest) -> None:
        self._fsid = str(uuid.uuid4())
        self._mon_port, self.port, self.tls_port = nest.port(), nest.port(), nest.port()
        self.ca_file = nest.folder / "ca.pem"
        certificate, private_key = nest.folder / "server.pem", nest.folder / "server.key"
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "*.localhost", self.host)
        authority.cert_pem.write_to_path(self.ca_file)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(certificate, append=True)
        issued.private_key_pem.write_to_path(private_key)
        self._conf = nest.folder / "ceph.conf"
        self._conf.write_text(
            self.more_conf
            + ceph_conf(
                folder=nest.folder,
                fsid=self._fsid,
                osds=self.osds,
                min_size=self.min_size,
                osd_bytes=self._osd_bytes,
                mon_port=self._mon_port,
                port=self.port,
                tls_port=self.tls_port,
                certificate=certificate,
                private_key=private_key,
            )
        )

    def _start_monitor(self, nest: Nest) -> Process:
        monitors, osds = nest.folder / "monmap", nest.folder / "osdmap"
        address = f"[v1:{self.host}:{self._mon_port}]"
        nest.run(
            "monmaptool",
            *self._program("monmaptool"),
            "--create",
            "--fsid",
            self._fsid,
            "--addv",
            "a",
            address,
            monitors,
        )
        nest.run("osdmaptool", *self._program("osdmaptool"), "-c", self._conf, "--create-from-conf", osds)
        self._tool(
            "mon-mkfs", "ceph-mon", "-i", "a", "--mkfs", "--monmap", str(monitors), "--osdmap", str(osds)
        ).succeed(PATIENCE)
        monitor = self._spawn("mon.a", "ceph-mon", "-f", "-i", "a")
        nest.wait_until(lambda: self._state("mon.a") == "leader", PATIENCE, "the monitor", monitor)
        return monitor

    def _make_osd(self, number: int) -> Process:
        (self._running_nest().folder / f"osd.{number}").mkdir(exist_ok=True)
        return self._tool(f"osd.{number}-mkfs", "ceph-osd", "-i", str(number), "--mkfs")

    def _spawn_osd(self, number: int) -> Process:
        return self._spawn(f"osd.{number}", "ceph-osd", "-f", "-i", str(number))

    def _make_user(self, name: str, access_key: str, secret_key: str, *more: str) -> Process:
        user = [f"--uid={name}", f"--display-name={name}"]
        keys = [f"--access-key={access_key}", f"--secret-key={secret_key}"]
        return self._tool(f"user-{name}", "radosgw-admin", "user", "create", *user, *keys, *more)

    def _spawn(self, name: str, *argv: str) -> Process:
        process = self._daemons[name] = self._tool(name, *argv)
        return process

    def _tool(self, name: str, command: str, *arguments: str) -> Process:
        # An environment of our own: CEPH_ARGS and CEPH_CONF would lead to another cluster.
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        argv = [*self._program(command), "-c", self._conf, "--no-mon-config", *arguments]
        return self._running_nest().spawn(name, *argv, env=env)

    def _program(self, command: str) -> list[str]:
        """How one of the programs is called."""
        return [command]

    def _running_nest(self) -> Nest:
        if self._nest is None:
            raise RuntimeError("Ceph is not started")
        return self._nest

    def _running_osds(self) -> int:
        return sum(name.startswith("osd.") for name in self._daemons)

    def _state(self, daemon: str) -> str | None:
        """What a daemon says of itself."""
        state: str | None = self._ask(daemon, "mon_status" if daemon == "mon.a" else "status").get("state")
        return state

    def _whole(self) -> bool:
        """Whether every placement group has all the copies that the running OSDs can hold."""
        states = Counter(
            group["currently"]
            for osd in self._daemons
            if osd.startswith("osd.")
            for group in self._ask(osd, "dump_pgstate_history").get("pgs", ())
        )
        primaries, replicas = states.pop(CLEAN_PRIMARY, 0), states.pop(CLEAN_REPLICA, 0)
        return not states and replicas == primaries * (self._running_osds() - 1)

    def _ask(self, daemon: str, command: str) -> dict[str, Any]:
        """The answer on a daemon's admin socket; empty while it does not listen or know the command."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                asking.settimeout(PATIENCE)
                asking.connect(str(self._running_nest().folder / f"{daemon}.asok"))
                asking.sendall(json.dumps({"prefix": command}).encode() + b"\0")
                with asking.makefile("rb") as stream:
                    size = int.from_bytes(stream.read(4), "big")
                    answer: dict[str, Any] = json.loads(stream.read(size))
                    return answer
        except (FileNotFoundError, ConnectionError, json.JSONDecodeError):
            return {}  # a daemon that has just opened its socket answers with a line of text

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            return False
        finally:
            connection.close()
        return True

    def _warm_up(self) -> None:
        """Write the first object and start the first upload in parts: they make the pools for data."""
        target = {"Bucket": "warm-up", "Key": "warm-up"}
        client = self._own_client
        client.create_bucket(Bucket="warm-up")
        client.put_object(**target, Body=b"warm")
        upload = client.create_multipart_upload(**target)
        client.abort_multipart_upload(**target, UploadId=upload["UploadId"])
        client.delete_object(**target)
        client.delete_bucket(Bucket="warm-up")
