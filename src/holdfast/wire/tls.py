"""The contexts of TLS: whom to trust, and which certificate to show."""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path

from django.utils.module_loading import import_string

__all__ = ["TlsError", "context_for"]


class TlsError(Exception):
    """A file or a context that cannot be used; the message names the option."""


def context_for(
    *, verify: bool, ca_bundle: str, client_cert: str, client_key: str, context: ssl.SSLContext | str
) -> ssl.SSLContext:
    """The context of connections; it is kept. Raises ``TlsError``.

    ``verify``, ``ca_bundle``: the service's certificate is checked by the authorities of this machine or by those
    in that file; not at all only where ``verify`` is false. ``client_cert``, ``client_key``: the files of the
    certificate that the service asks for and of its key; both may be in the first.

    ``context`` takes the place of all these: a context, or the dotted path of a function that makes one, which is
    called once in each process.
    """
    if isinstance(context, ssl.SSLContext):
        return context
    return _made(verify, ca_bundle, client_cert, client_key, context, os.getpid())


@functools.cache
def _made(
    verify: bool,  # noqa: FBT001
    ca_bundle: str,
    client_cert: str,
    client_key: str,
    path: str,
    pid: int,  # noqa: ARG001
) -> ssl.SSLContext:
    """Reading the authorities costs 20 ms, so a context is kept: one for each process, since its locks may be held
    by another thread at the moment of a fork."""
    if path:
        return _called(path)
    try:
        context = ssl.create_default_context(cafile=ca_bundle or None)
    except OSError as error:
        raise TlsError(f"The file {ca_bundle!r} in 'ca_bundle' cannot be read ({_reason(error)}).") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert:
        _show(context, client_cert, client_key)
    return context


def _show(context: ssl.SSLContext, cert: str, key: str) -> None:
    asked: list[bool] = []

    def password() -> str:
        # Without an answer of ours OpenSSL would ask on the terminal, and wait.
        asked.append(True)
        return ""

    for option, file in (("client_cert", cert), ("client_key", key)):
        try:
            Path(file or cert).read_bytes()
        except OSError as error:
            raise TlsError(f"The file {file!r} in {option!r} cannot be read ({_reason(error)}).") from error
    try:
        context.load_cert_chain(cert, key or None, password)
    except OSError as error:
        option, file = ("client_key", key) if key else ("client_cert", cert)
        if asked:
            text = (
                f"The key in {file!r}, as {option!r} says, has a password: store it without, or use 'ssl_context'."
            )
        else:
            files = f"{cert!r} and {key!r}" if key else repr(cert)
            text = f"'client_cert', 'client_key': no certificate and its key are in {files} ({_reason(error)})."
        raise TlsError(text) from error


def _reason(error: OSError) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or str(error)


def _called(path: str) -> ssl.SSLContext:
    try:
        context = import_string(path)()
    except Exception as error:
        raise TlsError(f"'ssl_context': {path!r} gave no context ({type(error).__name__}: {error}).") from error
    if not isinstance(context, ssl.SSLContext):
        raise TlsError(f"'ssl_context': {path!r} gave a {type(context).__name__} and no ssl.SSLContext.")
    return context
