"""Files in Redis: each is one value, a header of sixteen bytes and then its own.

Its keys are the files' names: give it a database, or a prefix in its URL, that nothing else writes to.
"""

import struct
from datetime import UTC, datetime
from os import urandom
from time import time

from holdfast.errors import AlreadyExists, Denied, NotFound, Refused, Unavailable
from holdfast.store import Store
from holdfast.types import Body, Create, Entry, Feature, Listing, Read, Remove, Secret, Write
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

ERRORS = {
    RedisError: Unavailable,
    ResponseError: Refused,
    AuthenticationError: Denied,
    NoPermissionError: Denied,
    struct.error: NotFound,  # a value without the header is no file
}
HEADER = struct.Struct(">d8s")  # when it was put, and a random number
ONCE_MORE = Retry(NoBackoff(), 1)
LARGEST = 512 * 1024 * 1024  # bytes that Redis keeps in one value


class RedisStore(Store):
    scheme = "redis"
    features = Feature.WRITE | Feature.RANGE
    foreign = ERRORS

    def __init__(self, *, host: str = "localhost", port: int = 6379, password: Secret | None = None) -> None:
        self.redis = Redis(host, port, password=password.reveal() if password else None, retry=ONCE_MORE)

    def creates(self, size):
        return Create.ATOMIC

    def get(self, key, want=Read()):
        start, end = want.span(LARGEST)
        pipe = self.redis.pipeline().getrange(key, 0, 15).strlen(key).getrange(key, 16 + start, 15 + end)
        header, size, data = pipe.execute()
        return Body(self.entry(key, header, size), [data], start=start)

    def put(self, key, source, how=Write()):
        header, data = HEADER.pack(time(), urandom(8)), source.read()
        created = self.redis.set(key, header + data, nx=not how.overwrite)
        if not created and header != self.redis.getrange(key, 0, 15):  # ours is there where a reply was lost
            raise self.error(AlreadyExists, key)
        return self.entry(key, header, 16 + len(data))

    def head(self, key, want=Read()):
        return self.get(key, Read(end=0, etag=want.etag)).entry

    def delete(self, key, how=Remove()):
        self.redis.delete(key)

    def list(self, prefix="", want=Listing()):
        return self.listed((key.decode(errors="replace") for key in self.redis.scan_iter(count=1000)), prefix, want)

    def close(self):
        self.redis.connection_pool.disconnect(inuse_connections=False)

    def entry(self, key, header, size):
        modified = datetime.fromtimestamp(HEADER.unpack(header)[0], UTC)
        return Entry(key=key, size=size - 16, etag=f'"{header.hex()}"', modified=modified)
