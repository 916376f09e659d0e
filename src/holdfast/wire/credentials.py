"""Who signs: keys that were given, those in the environment, or whatever botocore's chain finds.

Static keys and the environment need no library. Profiles, SSO, web identities, the roles of containers and
instances are botocore's business: it is imported at the first use that needs it.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured

from holdfast.errors import Denied, Unavailable
from holdfast.types import Secret

__all__ = ["Anonymous", "ChainCredentials", "Credentials", "Provider", "StaticCredentials", "credentials_for"]

EARLY = 15 * 60
"""Seconds before their end from which new credentials are asked for; botocore's own advisory window."""

PAUSE = 60
"""Seconds between two attempts within that window, or half of what is left, if that is less."""

MARGIN = 60
"""Seconds before their end from which everyone waits for the one who fetches new credentials: what is signed now
has to arrive, too."""

WAIT = 30
"""Seconds that they wait; a program or a service that hands out credentials may hang."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A pair of keys, and the token and the end that temporary ones have."""

    access_key: str
    secret_key: Secret
    session_token: Secret | None = None
    expires: datetime | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"

    def left(self, now: float) -> float:
        """Seconds until they expire."""
        return float("inf") if self.expires is None else self.expires.timestamp() - now


class Provider(Protocol):
    """Hands out credentials that hold now: the same object while they are the same. ``None`` signs nothing.

    ``renew`` is for when the service says that some have expired: gives those that are to be had now, which may be
    the same.
    """

    def get(self) -> Credentials | None: ...

    def renew(self, refused: Credentials) -> Credentials | None: ...


class Anonymous:
    """No credentials: requests go unsigned, for what everybody may read."""

    def get(self) -> None:
        return None

    def renew(self, refused: Credentials) -> None:
        return None


class StaticCredentials:
    """These keys, for ever."""

    def __init__(
        self, access_key: str, secret_key: Secret | str, session_token: Secret | str | None = None
    ) -> None:
        secret_key = Secret(secret_key)  # rebound, as in credentials_for
        session_token = Secret(session_token) if session_token else None
        names = "access_key secret_key session_token"
        self._credentials = _checked(names, access_key, secret_key, session_token)

    def get(self) -> Credentials:
        return self._credentials

    def renew(self, refused: Credentials) -> Credentials:
        return self._credentials


class ChainCredentials:
    """The environment, then botocore's chain; with a ``profile``, that one alone, as botocore has it.

    Looked for at the first ``get``, and again ahead of their end: by one thread, while the others go on with what
    still holds. A forked child keeps what was found and makes its own lock and its own botocore session, since the
    parent's may be locked for ever by a thread that the child does not have. That is seen by the process id:
    uWSGI runs no fork hooks.
    """

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile
        self._state = _State()

    def __reduce__(self) -> tuple[object, ...]:
        return ChainCredentials, (self._profile,)

    def get(self) -> Credentials:
        state = self._current()
        now = time.time()
        held = state.credentials
        if held is not None and now < state.due:
            return held
        failures = state.failures
        waits = held is None or held.left(now) < MARGIN
        if not state.lock.acquire(timeout=WAIT if waits else 0):
            if held is not None and held.left(time.time()) > 0:
                return held
            raise Unavailable(f"AWS credentials are still being fetched, by another thread, after {WAIT} seconds.")
        try:
            return self._renewed(state, failures)
        finally:
            state.lock.release()

    def renew(self, refused: Credentials) -> Credentials:
        """Looked for from the start, since they were taken back or end earlier than they said: by one thread, for
        which the others wait. At most once in ``PAUSE`` seconds: where nothing newer is to be had, the source is
        not to be asked for every request that fails."""
        state = self._current()
        if not state.lock.acquire(timeout=WAIT):
            raise Unavailable(f"AWS credentials are still being fetched, by another thread, after {WAIT} seconds.")
        try:
            held, now = state.credentials, time.time()
            if held is not None and (held is not refused or now < state.renewed + PAUSE):
                return held
            state.renewed, state.due, state.source = now, 0.0, None
            return self._renewed(state, state.failures)
        finally:
            state.lock.release()

    def _current(self) -> _State:
        state = self._state
        if state.pid != os.getpid():
            # Threads that meet here at once may look twice; nothing worse.
            state = self._state = _State(state.credentials, state.due)
        return state

    def _renewed(self, state: _State, failures: int) -> Credentials:
        """New credentials, unless somebody else got them, or failed to, while this thread waited."""
        now = time.time()
        held = state.credentials
        if held is not None and now < state.due:
            return held
        if state.failure is not None and state.failures != failures:
            kind, message = state.failure
            raise kind(message)
        try:
            found = self._find(state)
        except (ImproperlyConfigured, Denied, Unavailable) as error:
            if held is None or held.left(now) <= 0:
                state.failure = type(error), str(error)
                state.failures += 1
                raise
            found = held
        if found != held:
            state.credentials = found
        left = found.left(time.time())
        state.due = time.time() + max(left - EARLY, min(left / 2, PAUSE))
        return state.credentials or found

    def _find(self, state: _State) -> Credentials:
        if self._profile is None and (found := _environment()):
            return found
        try:
            import botocore.exceptions
            import botocore.session
        except ImportError:
            raise ImproperlyConfigured(_nothing_found(self._profile, botocore=False)) from None
        exceptions = botocore.exceptions
        try:
            if state.source is None:
                state.source = botocore.session.Session(profile=self._profile).get_credentials()
            found = _frozen(state.source) if state.source is not None else None
        except (
            exceptions.ProfileNotFound,
            exceptions.PartialCredentialsError,
            exceptions.ConfigParseError,
            exceptions.ConfigNotFound,
            exceptions.InvalidConfigError,
            exceptions.NoRegionError,
        ) as error:
            raise ImproperlyConfigured(f"AWS credentials: {error}") from _without_frames(error)
        except (exceptions.ClientError, exceptions.SSOError) as error:
            raise Denied(f"AWS refused to hand out credentials: {error}") from _without_frames(error)
        except Exception as error:
            # A program, an agent or a service was asked, and each has its own ways to fail.
            raise Unavailable(f"AWS credentials could not be fetched: {error}") from _without_frames(error)
        if found is None:
            raise ImproperlyConfigured(_nothing_found(self._profile, botocore=True))
        return found


class _State:
    """What one process knows of the credentials."""

    __slots__ = ("credentials", "due", "failure", "failures", "lock", "pid", "renewed", "source")

    def __init__(self, credentials: Credentials | None = None, due: float = 0.0) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.credentials = credentials
        self.due = due
        self.source: Any = None
        self.failure: tuple[type[Exception], str] | None = None
        self.failures = 0
        self.renewed = 0.0


def credentials_for(
    access_key: str | None = None,
    secret_key: Secret | str | None = None,
    session_token: Secret | str | None = None,
    profile: str | None = None,
    *,
    anonymous: bool = False,
) -> Provider:
    """The provider that these options ask for; without any, the environment and then botocore's chain.

    An empty string counts as not given. Raises ``ImproperlyConfigured`` for options that are half given or
    contradict one another.
    """
    # Rebound at once: plain ones would show among a traceback's local variables.
    secret_key = Secret(secret_key) if secret_key else None
    session_token = Secret(session_token) if session_token else None
    given = {"access_key": access_key, "secret_key": secret_key, "session_token": session_token}
    keys = [name for name, value in given.items() if value]
    if anonymous and (keys or profile):
        raise ImproperlyConfigured(
            f"anonymous: signs nothing, so {', '.join(keys or ['profile'])} is out of place."
        )
    if profile and keys:
        raise ImproperlyConfigured(f"profile: names the credentials, so {', '.join(keys)} is out of place.")
    if anonymous:
        return Anonymous()
    if access_key and secret_key:
        return StaticCredentials(access_key, secret_key, session_token)
    if keys:
        missing = [name for name in ("access_key", "secret_key") if not given[name]]
        raise ImproperlyConfigured(f"{keys[-1]} is given, but not {' and '.join(missing)}.")
    return ChainCredentials(profile or None)


def _checked(names: str, access_key: str, secret_key: Secret, session_token: Secret | None) -> Credentials:
    for name, value in zip(names.split(), (Secret(access_key), secret_key, session_token), strict=True):
        if value and value.reveal() != value.reveal().strip():
            raise ImproperlyConfigured(f"{name} begins or ends with white space, such as a file's last newline.")
    return Credentials(access_key, secret_key, session_token)


def _environment() -> Credentials | None:
    """The credentials in the environment ("AWS SDKs and Tools Reference Guide: AWS access keys")."""
    access_key = os.environ.get("AWS_ACCESS_KEY_ID", "")
    secret_key = Secret(os.environ.get("AWS_SECRET_ACCESS_KEY", ""))
    if not access_key:
        return None
    if not secret_key:
        raise ImproperlyConfigured("AWS_ACCESS_KEY_ID is in the environment, but not AWS_SECRET_ACCESS_KEY.")
    token = Secret(os.environ.get("AWS_SESSION_TOKEN", ""))
    return _checked(
        "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN", access_key, secret_key, token or None
    )


def _frozen(source: Any) -> Credentials:
    """What a botocore credentials object holds, after it has looked to its own refresh."""
    frozen = source.get_frozen_credentials()
    # The end has no public name. Read after the keys, by the only thread that may refresh: it is theirs.
    expires: datetime | None = getattr(source, "_expiry_time", None)
    return Credentials(
        frozen.access_key,
        Secret(frozen.secret_key),
        Secret(frozen.token) if frozen.token else None,
        expires.astimezone(UTC) if expires else None,
    )


def _without_frames(error: BaseException) -> BaseException:
    """The error and those behind it without their tracebacks: botocore's local variables hold the secrets, and a
    debug page shows local variables."""
    link: BaseException | None = error
    seen = []  # a cause may have its effect as its context
    while link is not None and link not in seen:
        link.__traceback__ = None
        seen.append(link)
        link = link.__cause__ or link.__context__
    return error


def _nothing_found(profile: str | None, *, botocore: bool) -> str:
    if profile:
        where = f"The profile {profile!r} has no AWS credentials"
        return f"{where}." if botocore else f'{where} that could be read: pip install "holdfast[s3]".'
    return (
        "No AWS credentials were found. Give the options access_key and secret_key, or set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY in the environment, or say anonymous. "
        + (
            "botocore found no profile, web identity, container's or instance's role either."
            if botocore
            else 'Profiles and roles need botocore: pip install "holdfast[s3]".'
        )
    )
