"""Opening a connection: names, proxies, TLS, and an end to all waiting."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from holdfast.types import Secret
from holdfast.wire.broken import Broken
from holdfast.wire.head import RequestHeaders
from holdfast.wire.proxy import Proxy, ProxyError, proxy_for
from holdfast.wire.tls import TlsError, context_for

__all__ = ["Dialled", "Origin", "dial"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go, and how they get there.

    ``verify``, ``ca_bundle``, ``client_cert``, ``client_key``, ``ssl_context``: see ``holdfast.wire.tls``.
    ``proxy``: the URL of one, "none" for no proxy, empty for that of the environment.
    """

    scheme: str
    host: str
    port: int
    verify: bool = True
    ca_bundle: str = ""
    client_cert: str = ""
    client_key: str = ""
    ssl_context: ssl.SSLContext | str = ""
    proxy: Secret = field(default=Secret(""))

    @property
    def netloc(self) -> str:
        """The Host header: the port is left out where it is the scheme's own (RFC 9110, 4.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @staticmethod
    def of(url: str, **how: Any) -> Origin:
        """The origin of a URL; ``how`` are the further fields. Raises ``ValueError`` for one that is not http or
        https with a host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} does not begin with http:// or https:// and a host.")
        return Origin(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), **how)


class Dialled(NamedTuple):
    """A connected socket. ``prefix`` stands before the path in each request line, and ``headers`` are added to each
    request: nothing, but for plain http through a proxy (RFC 9112, 3.2.2; RFC 9110, 11.7.2)."""

    sock: socket.socket
    prefix: str
    headers: RequestHeaders


def dial(origin: Origin, seconds: float) -> Dialled:
    """Connect. Raises ``Broken``.

    Looking up the name is left to the system, with the system's own limit; the rest is bounded by ``seconds`` in
    all.
    """
    deadline = time.monotonic() + seconds
    sock: socket.socket | None = None
    proxy: Proxy | None = None
    try:
        proxy = proxy_for(origin.scheme, origin.host, origin.port, origin.proxy)
        if proxy is None:
            sock = _connect(origin.host, origin.port, deadline)
        else:
            sock = _connect(proxy.host, proxy.port, deadline)
            if origin.scheme == "https":
                proxy.tunnel(sock, f"{origin.host}:{origin.port}", partial(_limit, sock, deadline))
        if origin.scheme == "https":
            _limit(sock, deadline)
            sock = _context(origin).wrap_socket(sock, server_hostname=origin.host)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, (OSError, UnicodeError)):
            raise _explained(origin, proxy, error, seconds) from error
        if isinstance(error, (ProxyError, TlsError)):
            raise Broken(str(error), permanent=True) from error
        raise
    headers = RequestHeaders()
    if proxy is None or origin.scheme == "https":
        return Dialled(sock, "", headers)
    if proxy.login:
        headers["proxy-authorization"] = proxy.login.reveal()
    return Dialled(sock, str(origin), headers)


def _connect(host: str, port: int, deadline: float) -> socket.socket:
    """Each address of the host in turn. A share of the time each: one that is dead leaves some for the next."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = TimeoutError("timed out")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left if number == len(addresses) - 1 else left / 2)
            sock.connect(address)
            # Without it a small body behind its headers waits for the acknowledgement of the headers.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _limit(sock: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    sock.settimeout(left)


def _context(origin: Origin) -> ssl.SSLContext:
    return context_for(
        verify=origin.verify,
        ca_bundle=origin.ca_bundle,
        client_cert=origin.client_cert,
        client_key=origin.client_key,
        context=origin.ssl_context,
    )


def _explained(origin: Origin, proxy: Proxy | None, error: OSError | UnicodeError, seconds: float) -> Broken:
    where = f"{origin.host}:{origin.port}"
    if proxy is not None:
        where += f" (through the proxy {proxy})"
    match error:
        case ssl.SSLCertVerificationError():
            text = (
                f"The certificate of {where} is not trusted ({error.verify_message}): check the endpoint, or name "
                "the file of your own authority in 'ca_bundle'."
            )
            return Broken(text, permanent=True)
        case ssl.SSLError():
            text = f"No TLS with {where} ({error.reason or error}): is it an https endpoint?"
        case socket.gaierror() | UnicodeError():
            text = f"The name of {where} cannot be resolved ({error}): check the endpoint and the network."
        case TimeoutError():
            text = f"{where} did not accept a connection within {seconds:g} s: check the endpoint and the network."
        case ConnectionRefusedError():
            text = f"Nothing listens at {where} (connection refused): check the endpoint, or start the service."
        case _:
            text = f"No connection to {where} ({error}): check the endpoint and the network."
    return Broken(text)
