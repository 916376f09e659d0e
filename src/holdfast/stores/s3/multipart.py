"""Uploads in parts, in parallel ("Uploading and copying objects using multipart upload").

Nothing can be seen of such an upload until it is completed, and whatever ends it early takes its parts away: an
error, the caller's own exception, its cancellation, Ctrl-C. The parts of an upload that was killed stay, unseen,
until a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them.
"""

from __future__ import annotations

import hashlib
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from holdfast.errors import Corrupt, Refused, StoreError, Unavailable
from holdfast.source import FileSource, Source, spool_file
from holdfast.stores.s3.client import Call, Client
from holdfast.stores.s3.headers import TOKEN, headers_of, md5_of
from holdfast.stores.s3.put import Condition, digest_of, kept, new_token, settle
from holdfast.stores.s3.threads import Crew
from holdfast.threads import shielded
from holdfast.types import Entry, Write
from holdfast.wire import xml
from holdfast.wire.connection import Stop
from holdfast.wire.headers import etag_of
from holdfast.wire.retry import Attempts, Failed

__all__ = ["MOST_PARTS", "CopiedPart", "Upload", "put_parts", "put_stream"]

MOST_PARTS = 10_000
"""Parts that an upload may have ("Amazon S3 multipart upload limits")."""

COMPLETE_ANSWER = 120.0
"""Seconds for the answer to the completion; S3 says itself that it may take minutes."""

HELD = 24 * 1024 * 1024
"""Bytes of a stream's parts that are in memory at once; one part at the least."""

LARGEST_PART = 5 * 1024**3
"""Bytes that a part has at most."""

GROWTH = 2.05
"""By how much the parts of a stream grow: so that 10,000 of them that begin with 5 MiB, the least that S3 takes,
hold 5 TiB, the most that an object has."""

HASTE = 1.0
"""Seconds to take the parts away in after Ctrl-C."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CopiedPart:
    """Bytes ``start`` to ``end`` of another object, to be copied by the service ("UploadPartCopy")."""

    source: str
    etag: str | None
    start: int
    end: int


Part = Source | CopiedPart


class Upload:
    """One upload in parts, from its beginning to its end."""

    def __init__(
        self, client: Client, key: str, how: Write, condition: Condition, *, threads: int, checksum: str
    ) -> None:
        self._client = client
        self._key = key
        self._how = how
        self._condition = condition
        self._threads = threads
        self._checksum = "none" if checksum == "none" else "md5"
        self._token = new_token()
        self._stop = Stop()
        self._id = ""

    def run(self, parts: Iterable[Part], *, threads: int | None = None) -> Entry:
        """Send all ``parts``, which are taken from their iterator one by one, as there is a thread to send them.
        ``threads``: no more than so many."""
        # A begin whose reply is lost may leave an upload without parts, which costs nothing. Nothing tells whose it
        # is, so it is not aborted here: it could be another writer's.
        self._id = self._begin()
        crew = Crew(min(self._threads, threads or self._threads), self._send, self._stop)
        try:
            results = crew.run(parts)
            return self._complete([etag for etag, _ in results], sum(size for _, size in results))
        except (Exception, CancelledError):
            with shielded():
                crew.end(self._client.limits.idle)
                self._abort(self._client.limits.total)
            raise
        except BaseException:
            crew.end(HASTE / 2)
            self._abort(HASTE)
            raise

    def _begin(self) -> str:
        headers = {**headers_of(self._how.attributes, self._how.guess), TOKEN: self._token}
        call = Call("POST", self._key, (("uploads", ""),), headers)
        attempts = self._client.attempts()
        while True:
            try:
                return self._said(self._client.whole(self._client.once(call, attempts), call), "UploadId")
            except Failed as failed:
                attempts.pause(failed)

    def _send(self, number: int, part: Part) -> tuple[str, int]:
        """The ETag and the size of a part."""
        query = (("partNumber", str(number)), ("uploadId", self._id))
        if isinstance(part, CopiedPart):
            headers = {
                "x-amz-copy-source": self._client.copy_source(part.source),
                "x-amz-copy-source-range": f"bytes={part.start}-{part.end - 1}",
                **({"x-amz-copy-source-if-match": part.etag} if part.etag else {}),
            }
            call = Call("PUT", self._key, query, headers, answer=COMPLETE_ANSWER, stop=self._stop)
            _, body = self._client.fetch(call)
            return self._said(body, "ETag"), part.end - part.start
        digest = digest_of(part, self._checksum)
        size = part.size or 0
        call = Call(
            "PUT",
            self._key,
            query,
            digest.headers,
            body=part.chunks,
            size=size,
            payload_hash=digest.payload_hash,
            stop=self._stop,
        )
        response, _ = self._client.fetch(call)
        md5 = md5_of(response.headers)
        if md5 is not None and md5 != digest.digests.get("md5", md5):
            text = f"{self._key!r} in {self._client.label}: the service kept other bytes than were sent."
            raise self._client.error(Corrupt, self._key, text)
        etag = response.headers.get("etag", "")
        if not etag:
            raise self._nonsense("a part has no ETag")
        return etag, size

    def _complete(self, etags: list[str], size: int) -> Entry:
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{xml.escape(etag)}</ETag></Part>"
            for number, etag in enumerate(etags, start=1)
        )
        body = (
            '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"{parts}</CompleteMultipartUpload>"
        ).encode()
        call = Call(
            "POST",
            self._key,
            (("uploadId", self._id),),
            {"content-type": "application/xml", **self._condition.headers},
            body=body,
            size=len(body),
            payload_hash=hashlib.sha256(body).hexdigest(),
            answer=COMPLETE_ANSWER,
            bulk=True,
        )

        def perform(attempts: Attempts) -> bytes:
            return self._client.whole(self._client.once(call, attempts), call)

        done = settle(self._client, self._key, perform, self._token, self._condition)
        if isinstance(done, Entry):
            return done
        with suppress(ValueError):
            etag = etag_of(xml.text(xml.parse(done), "ETag"))  # Ceph 16 leaves it empty
            return Entry(key=self._key, size=size, etag=etag, attributes=kept(self._how))
        raise self._nonsense("the completion was not understood")

    def _abort(self, seconds: float) -> None:
        """Take the parts away. If that fails too there is nobody to tell: the caller hears what came first."""
        call = Call("DELETE", self._key, (("uploadId", self._id),))
        attempts = Attempts(self._client.limits.attempts, seconds)
        with suppress(StoreError):
            while True:
                try:
                    self._client.once(call, attempts).close()
                    return
                except Failed as failed:
                    attempts.pause(failed)

    def _said(self, body: bytes, name: str) -> str:
        try:
            value = xml.text(xml.parse(body), name)
        except ValueError as error:
            raise self._nonsense(str(error)) from error
        if not value:
            raise self._nonsense(f"there is no {name} in it")
        return value

    def _nonsense(self, what: str) -> StoreError:
        text = f"{self._key!r} in {self._client.label}: the service gave an answer that makes no sense: {what}."
        return self._client.error(Unavailable, self._key, text)


def part_size(size: int, least: int, most: int = MOST_PARTS) -> int:
    """The size of the parts of an object: ``least``, or as much more as it takes to have no more than ``most``."""
    needed = -(-size // most)
    return max(least, -(-needed // MIB) * MIB)


def put_parts(source: Source, start: Callable[[], Upload], least: int, most: int = MOST_PARTS) -> Entry:
    """Upload a source that can be sliced; its parts are read as they are sent, and never held."""
    size = source.size or 0
    step = part_size(size, least, most)
    return start().run(source.slice(at, min(at + step, size)) for at in range(0, size, step))


def put_stream(
    source: Source, start: Callable[[], Upload], least: int, small: Callable[[Source], Entry], even: int = 1000
) -> Entry:
    """Upload bytes that come once and may be any number: ``small`` takes them where they are no more than one part.
    The first ``even`` parts have one size, and after as many again they are larger.

    Each part is kept until it is sent: in memory, and on disk those that are larger than the first.
    """
    parts = _Parts(source.exact(), least, even)
    first = next(parts)
    if parts.ended:
        return small(first)

    def all_parts() -> Iterator[Part]:
        nonlocal first
        yield first
        del first  # held by nobody but the thread that sends it
        yield from parts

    return start().run(all_parts(), threads=max(HELD // least, 1))


class _Held(Source):
    """The chunks of a part, in memory."""

    repeatable = True

    def __init__(self, chunks: list[bytes | memoryview]) -> None:
        self._chunks = chunks
        self.size: int = sum(map(len, chunks))

    def chunks(self) -> Iterator[bytes]:
        yield from self._chunks  # type: ignore[misc]


class _OnDisk(FileSource):
    """A part in a temporary file, which goes with it."""

    def __del__(self) -> None:
        self.file.close()


class _Parts(Iterator[Source]):
    """Bytes that come once, cut into parts. They grow after every thousand, since nobody knows how many there will
    be."""

    def __init__(self, chunks: Iterator[bytes], least: int, even: int = 1000) -> None:
        self._chunks = chunks
        self._least = least
        self._even = even
        self._number = 0
        self._rest: bytes | memoryview = b""
        self.ended = False

    def __next__(self) -> Source:
        if self.ended:
            raise StopIteration
        if self._number == MOST_PARTS:
            raise Refused(
                f"There are more bytes than {MOST_PARTS:,} parts of {self._least:,} hold, and this service takes "
                "parts of one size alone: set 'part_size' to more, or save a file whose size is known."
            )
        room = min(int(self._least * GROWTH ** (self._number // self._even)), LARGEST_PART)
        self._number += 1
        if room <= self._least:
            return _Held(list(self._taken(room)))
        file = spool_file()
        for piece in self._taken(room):
            file.write(piece)
        return _OnDisk(file, 0, file.tell())

    def _taken(self, room: int) -> Iterator[bytes | memoryview]:
        """The next bytes, as many as there is ``room`` for."""
        while True:
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    self.ended = True
                    return
                self._rest = chunk
            elif not room:
                return
            taken, self._rest = self._rest[:room], memoryview(self._rest)[room:]
            if taken:
                room -= len(taken)
                yield taken
