"""The body of an object, as one stream over as many connections as it takes."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.errors import Changed, Unavailable
from holdfast.stores.s3.client import Call, Client, drained
from holdfast.stores.s3.headers import entry_of, range_of
from holdfast.types import Body, Entry, Read
from holdfast.wire.broken import Broken
from holdfast.wire.response import Response
from holdfast.wire.retry import Attempts, Failed

__all__ = ["looked_at", "opened"]

PROGRESS = 1024 * 1024
"""Bytes that have to come between two breaks for the count of attempts to begin anew: a long download over a bad
line is not to fail for its length alone."""


def looked_at(client: Client, key: str, want: Read) -> Entry:
    """What HEAD says."""
    response = client.send(Call("HEAD", key, headers=_if_match(want.etag)))
    return entry_of(key, response.headers, _length(response))


def opened(client: Client, key: str, want: Read) -> Body:
    """What GET brings, the range of it that is wanted."""
    if want.end is not None and want.end <= want.start:
        return _nothing(looked_at(client, key, want), want.start)
    headers = {"x-amz-checksum-mode": "ENABLED", **_if_match(want.etag)}
    if not want.whole:
        headers["range"] = _range(want.start, want.end)
    response = client.send(Call("GET", key, headers=headers, accept=(200, 206, 416), bulk=True))
    if response.status == 416:
        # The answer may say how large the object is, and little else.
        drained(response)
        found = range_of(response.headers)
        entry = looked_at(client, key, want) if found is None else Entry(key=key, size=found[2])
        return _nothing(entry, want.start)
    if response.status == 206:
        return _part(client, key, want, response)
    length = _length(response)
    start, end = want.span(length) if length is not None else (want.start, want.end)
    download = Download(client, entry_of(key, response.headers, length), response, start, end, skip=start)
    return Body(download.entry, download, start=start, end=end, close=download.close)


def _part(client: Client, key: str, want: Read, response: Response) -> Body:
    found = range_of(response.headers)
    length = _length(response)
    if found is None or found[0] != want.start or length not in (None, found[1] - found[0]):
        response.close()
        said = response.headers.get("content-range", "nothing")
        text = f"{key!r} in {client.label}: another range came than was asked for: {said}."
        raise client.error(Unavailable, key, text)
    start, _, size = found
    # As much as was asked for, even if the service brings it piecemeal.
    start, end = want.span(size)
    download = Download(client, entry_of(key, response.headers, size), response, start, end)
    return Body(download.entry, download, start=start, end=end, close=download.close)


def _nothing(entry: Entry, start: int) -> Body:
    start = start if entry.size is None else min(start, entry.size)
    return Body(entry, [], start=start, end=start)


def _range(start: int, end: int | None) -> str:
    return f"bytes={start}-" if end is None else f"bytes={start}-{end - 1}"


def _if_match(etag: str | None) -> dict[str, str]:
    # A weak ETag never matches (RFC 9110, 13.1.1); whoever reads on compares entries instead.
    return {} if etag is None or etag.startswith("W/") else {"if-match": etag}


def _length(response: Response) -> int | None:
    value = response.headers.get("content-length", "")
    return int(value) if value.isdigit() else None


class Download:
    """The bytes from ``start`` to ``end`` of one version of an object.

    When the connection breaks or the bytes stop coming, the rest is asked for, on condition that it is still the
    same version: so there is nothing to go on with where the object has no strong ETag.
    """

    def __init__(
        self, client: Client, entry: Entry, response: Response, start: int, end: int | None, *, skip: int = 0
    ) -> None:
        self.entry = entry
        self._start = start
        self._end = end
        self._client = client
        self._response = response
        self._skip = skip
        """Bytes to leave out of an answer that has more than was asked for."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._bytes()
        finally:
            self.close()

    def close(self) -> None:
        self._response.close()

    def _bytes(self) -> Iterator[bytes]:
        position = since = self._start
        attempts: Attempts | None = None
        while True:
            try:
                for chunk in self._wanted(position):
                    position += len(chunk)
                    yield chunk
                if self._end is None or position == self._end:
                    return
                broken = Broken("fewer bytes came than were asked for.", sent=True)
            except Broken as error:
                broken = error
            failed = Failed(self._error(Unavailable, f"broke off after {position:,} bytes: {broken}"))
            if self._end is None or self._strong_etag is None:
                raise failed.error from broken
            if attempts is None or position - since >= PROGRESS:
                attempts, since = self._client.attempts(), position
            self._response.close()
            self._response = self._resume(position, failed, attempts)

    def _wanted(self, position: int) -> Iterator[bytes]:
        """The chunks of the present answer, cut to what was asked for."""
        for chunk in self._response:
            if self._skip:
                dropped = min(self._skip, len(chunk))
                self._skip -= dropped
                chunk = chunk[dropped:]
            if self._end is not None and position + len(chunk) >= self._end:
                yield chunk[: self._end - position]
                return
            if chunk:
                position += len(chunk)
                yield chunk

    @property
    def _strong_etag(self) -> str | None:
        etag = self.entry.etag
        return None if etag is None or etag.startswith("W/") else etag

    def _resume(self, position: int, failed: Failed, attempts: Attempts) -> Response:
        headers = {"range": _range(position, self._end), "if-match": self._strong_etag or ""}
        call = Call("GET", self.entry.key, headers=headers, bulk=True)
        while True:
            attempts.pause(failed)
            try:
                response = self._client.once(call, attempts)
            except Failed as again:
                failed = again
                continue
            return self._checked(response, position)

    def _checked(self, response: Response, position: int) -> Response:
        """The rest, or the whole again from a service that knows no ranges; nothing else will do."""
        entry = entry_of(self.entry.key, response.headers, None)
        if entry.etag != self.entry.etag:
            response.close()
            raise self._error(Changed, "was replaced while it was read")
        if response.status == 200:
            self._skip = position
        elif (found := range_of(response.headers)) is None or found[0] != position:
            response.close()
            raise self._error(Unavailable, "came with another range than was asked for")
        return response

    def _error(self, kind: type[Changed] | type[Unavailable], what: str) -> Changed | Unavailable:
        key, store = self.entry.key, self._client.label
        return kind(f"{key!r} in {store} {what}", key=key, store=store)
