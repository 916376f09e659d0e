"""Redis in memory, with a password."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from typing import ClassVar
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.servers.process import Nest
from tests.servers.server import Details, Server

PATIENCE = 30
"""Seconds for each step of the start, which takes a tenth of a second unless the disk is cold."""

CONF = """\
bind {host}
port {port}
dir {folder}
save ""
appendonly no
daemonize no
# Not on the command line, where everybody on the machine could read it.
{password}
"""


class Redis(Server):
    """Redis on a free loopback port. It writes nothing to disk: what it holds ends with it."""

    name: ClassVar[str] = "redis"
    commands: ClassVar[tuple[str, ...]] = ("redis-server", "redis-cli")

    host: ClassVar[str] = "127.0.0.1"

    port: int

    def __init__(self, *, password: str = "right-horse-battery-staple") -> None:
        """An empty `password` lets everybody in."""
        self.password = password
        self._nest: Nest | None = None

    @property
    def url(self) -> str:
        """With the password, as `redis.Redis.from_url`, Django's cache and Celery take it."""
        return self.url_of(self.password)

    def url_of(self, password: str) -> str:
        """The URL with another password."""
        login = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{login}{self.host}:{self.port}/0"

    def client(self) -> redis.Redis:
        """A client for the caller to close. It repeats no request."""
        return redis.Redis.from_url(self.url, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 0))

    def reach(self) -> Details:
        login = ["env", f"REDISCLI_AUTH={self.password}"] if self.password else []
        return Details(
            facts={"host": self.host, "port": self.port, "password": self.password or "none", "url": self.url},
            command=shlex.join([*login, "redis-cli", "-h", self.host, "-p", str(self.port)]),
        )

    def stop(self) -> None:
        if self._nest is not None:
            self._nest.close()
            self._nest = None

    def _start(self) -> None:
        nest = self._nest = Nest(self.name)
        self.port = nest.port()
        password = f"requirepass {json.dumps(self.password)}" if self.password else ""
        conf = nest.folder / "redis.conf"
        conf.write_text(CONF.format(host=self.host, port=self.port, folder=nest.folder, password=password))
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        daemon = nest.spawn("redis", "redis-server", conf, env=env)
        nest.wait_until(self._answers, PATIENCE, "redis to answer", daemon)

    def _answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError), contextlib.closing(self.client()) as client:
            return bool(client.ping())
        return False
