"""Opening a connection: names, proxies, TLS, and an end to all waiting."""

from __future__ import annotations

import base64
import functools
import os
import socket
import ssl
import time
import urllib.request
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from holdfast.wire.broken import Broken
from holdfast.wire.head import MAX_HEAD, parse_head

__all__ = ["Origin", "dial"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go, and how its certificate is checked: by the authorities of this machine, or by those in
    the file ``ca_bundle``; not at all only where ``verify`` is false."""

    scheme: str
    host: str
    port: int
    verify: bool = True
    ca_bundle: str = ""

    @property
    def netloc(self) -> str:
        """The Host header: the port is left out where it is the scheme's own (RFC 9110, 4.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @staticmethod
    def of(url: str, *, verify: bool = True, ca_bundle: str = "") -> Origin:
        """The origin of a URL. Raises ``ValueError`` for one that is not http or https with a host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} does not begin with http:// or https:// and a host.")
        return Origin(
            parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), verify, ca_bundle
        )


def dial(origin: Origin, seconds: float) -> tuple[socket.socket, str]:
    """A connected socket, and what has to stand before the path in each request line: nothing, but for plain http
    through a proxy, which wants the whole URL (RFC 9112, 3.2.2).

    Proxies are those of the environment (``HTTPS_PROXY``, ``HTTP_PROXY``, ``NO_PROXY``). Looking up the name is
    left to the system, with the system's own limit; the rest is bounded by ``seconds`` in all.
    """
    deadline = time.monotonic() + seconds
    proxy = _proxy(origin)
    sock: socket.socket | None = None
    try:
        if proxy is None:
            sock = _connect(origin.host, origin.port, deadline)
        else:
            sock = _connect(proxy.hostname or "", proxy.port or 80, deadline)
            if origin.scheme == "https":
                _tunnel(sock, origin, proxy, deadline)
        if origin.scheme == "https":
            _limit(sock, deadline)
            context = _context(origin.verify, origin.ca_bundle, pid=os.getpid())
            sock = context.wrap_socket(sock, server_hostname=origin.host)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, (OSError, UnicodeError)):
            raise _explained(origin, proxy, error, seconds) from error
        raise
    return sock, str(origin) if proxy is not None and origin.scheme == "http" else ""


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


@functools.cache
def _context(verify: bool, ca_bundle: str, *, pid: int) -> ssl.SSLContext:  # noqa: ARG001, FBT001
    """Reading the authorities costs 20 ms, so a context is kept: one for each process, since its locks may be held
    by another thread at the moment of a fork."""
    context = ssl.create_default_context(cafile=ca_bundle or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _proxy(origin: Origin) -> SplitResult | None:
    url = urllib.request.getproxies().get(origin.scheme, "")
    if not url or urllib.request.proxy_bypass(f"{origin.host}:{origin.port}"):
        return None
    return urlsplit(url if "://" in url else f"http://{url}")


def _tunnel(sock: socket.socket, origin: Origin, proxy: SplitResult, deadline: float) -> None:
    """Ask the proxy to pass bytes through (RFC 9110, 9.3.6)."""
    target = f"{origin.host}:{origin.port}"
    login = ""
    if proxy.username:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        login = f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}\r\n"
    _limit(sock, deadline)
    sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        _limit(sock, deadline)
        # Byte by byte: what follows the answer belongs to TLS.
        byte = sock.recv(1)
        if not byte or len(answer) > MAX_HEAD:
            raise ConnectionError("the proxy hung up")
        answer += byte
    try:
        status = parse_head(answer[:-4]).status
    except ValueError as error:
        raise ConnectionError(f"the proxy answered nonsense: {error}") from None
    if status != 200:
        raise ConnectionError(f"the proxy answered {status}")


def _explained(origin: Origin, proxy: SplitResult | None, error: OSError | UnicodeError, seconds: float) -> Broken:
    where = f"{origin.host}:{origin.port}"
    if proxy is not None:
        where += f" (through the proxy {proxy.hostname}:{proxy.port or 80})"
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
        case FileNotFoundError() | PermissionError():
            text = f"The file {origin.ca_bundle!r} in 'ca_bundle' cannot be read ({error.strerror})."
            return Broken(text, permanent=True)
        case _:
            text = f"No connection to {where} ({error}): check the endpoint and the network."
    return Broken(text)
