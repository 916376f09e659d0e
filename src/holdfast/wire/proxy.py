"""Proxies on the way to a service: which one, and what it is told."""

from __future__ import annotations

import base64
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from holdfast.types import Secret
from holdfast.wire.head import MAX_HEAD, parse_head

__all__ = ["DIRECT", "Proxy", "ProxyError", "proxy_for"]

DIRECT = "none"
"""Stands for no proxy at all, whatever the environment says."""


class ProxyError(Exception):
    """A proxy that cannot be used as it is configured: trying again does not help."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """``login``: the value of Proxy-Authorization (RFC 9110, 11.7.2), which nothing shows; empty without a user."""

    host: str
    port: int
    login: Secret

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @staticmethod
    def of(url: Secret) -> Proxy:
        """``http://user:password@host:port``; what is special in the user and the password is percent-encoded.

        Raises ``ProxyError``, which does not show the URL: there may be a password in it.
        """
        try:
            return _parsed(url)
        except ValueError:
            pass  # raised anew, without the frame that has the parts of the URL
        raise ProxyError(
            "The proxy is not of the form http://user:password@host:port: check 'proxy', or HTTPS_PROXY and "
            "HTTP_PROXY in the environment. What is special in the password is percent-encoded; other schemes are "
            "not spoken."
        )

    def tunnel(self, sock: socket.socket, target: str, limit: Callable[[], None]) -> None:
        """Ask the proxy to pass bytes through (RFC 9110, 9.3.6). ``limit`` bounds the next wait.

        Raises ``ProxyError`` where the proxy wants another login, and ``ConnectionError`` for what may pass.
        """
        limit()
        sock.sendall(_connect_request(target, self.login))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            limit()
            # Byte by byte: what follows the answer belongs to TLS.
            byte = sock.recv(1)
            if not byte or len(answer) > MAX_HEAD:
                raise ConnectionError("the proxy hung up")
            answer += byte
        try:
            status = parse_head(answer[:-4]).status
        except ValueError as error:
            raise ConnectionError(f"the proxy answered nonsense: {error}") from None
        if status == 407:
            raise ProxyError(
                f"The proxy {self} wants {'another' if self.login else 'a'} user and password (it answered 407): "
                "write them into 'proxy' or HTTPS_PROXY, as http://user:password@host:port."
            )
        if status != 200:
            raise ConnectionError(f"the proxy answered {status}")


def proxy_for(scheme: str, host: str, port: int, given: Secret) -> Proxy | None:
    """The proxy that is ``given``; without one that of the environment (``HTTPS_PROXY``, ``HTTP_PROXY``,
    ``NO_PROXY``)."""
    if given:
        return None if given.reveal() == DIRECT else Proxy.of(given)
    url = Secret(urllib.request.getproxies().get(scheme, ""))
    if not url or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    return Proxy.of(url)


def _parsed(url: Secret) -> Proxy:
    text = url.reveal()
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError
    login = ""
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        login = f"Basic {base64.b64encode(user.encode()).decode()}"
    return Proxy(parts.hostname, parts.port or 80, Secret(login))


def _connect_request(target: str, login: Secret) -> memoryview:
    """A memoryview, since a debug page shows nothing of it."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if login:
        lines.append(f"Proxy-Authorization: {login.reveal()}")
    return memoryview("\r\n".join([*lines, "", ""]).encode())
