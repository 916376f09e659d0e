"""The contenders, each behind the same few methods.

Each imports what it needs only when it is made: a worker process holds one contender and nothing of the others.
"""

from __future__ import annotations

import http.client
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Target:
    """The bucket that all contenders work on, and the local file that they save."""

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str
    path: str


class Contender(Protocol):
    """What an operation may ask for."""

    def save(self, name: str, data: bytes) -> str: ...
    def save_file(self, name: str, path: str) -> str: ...
    def read(self, name: str) -> bytes: ...
    def first(self, name: str, size: int) -> bytes: ...
    def consume(self, name: str) -> int: ...
    def member(self, name: str, member: str) -> bytes: ...
    def exists(self, name: str) -> bool: ...
    def size(self, name: str) -> int: ...
    def modified(self, name: str) -> datetime: ...
    def url(self, name: str) -> str: ...
    def delete(self, name: str) -> None: ...
    def listdir(self, path: str) -> tuple[list[str], list[str]]: ...


class DjangoContender:
    """Any Django storage, used as a project uses it."""

    storage: Any

    def save(self, name: str, data: bytes) -> str:
        from django.core.files.base import ContentFile

        return self.storage.save(name, ContentFile(data))

    def save_file(self, name: str, path: str) -> str:
        from django.core.files import File

        with Path(path).open("rb") as file:
            return self.storage.save(name, File(file))

    def read(self, name: str) -> bytes:
        with self.storage.open(name) as file:
            return file.read()

    def first(self, name: str, size: int) -> bytes:
        with self.storage.open(name) as file:
            return file.read(size)

    def consume(self, name: str) -> int:
        with self.storage.open(name) as file:
            return sum(len(chunk) for chunk in file.chunks())

    def member(self, name: str, member: str) -> bytes:
        with self.storage.open(name) as file, zipfile.ZipFile(file) as archive:
            return archive.read(member)

    def exists(self, name: str) -> bool:
        return self.storage.exists(name)

    def size(self, name: str) -> int:
        return self.storage.size(name)

    def modified(self, name: str) -> datetime:
        return self.storage.get_modified_time(name)

    def url(self, name: str) -> str:
        return self.storage.url(name)

    def delete(self, name: str) -> None:
        self.storage.delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.storage.listdir(path)


class Holdfast(DjangoContender):
    """RemoteStorage over s3, as its options are by default."""

    def __init__(self, target: Target) -> None:
        from holdfast import RemoteStorage

        options = {
            "endpoint": target.endpoint,
            "region": target.region,
            "addressing": "path",
            "access_key": target.access_key,
            "secret_key": target.secret_key,
        }
        self.storage = RemoteStorage(store={"BACKEND": f"s3://{target.bucket}", "OPTIONS": options})


class DjangoStorages(DjangoContender):
    """S3Storage; ``file_overwrite=False`` since Holdfast never replaces a file either."""

    def __init__(self, target: Target) -> None:
        from storages.backends.s3 import S3Storage

        self.storage = S3Storage(
            bucket_name=target.bucket,
            endpoint_url=target.endpoint,
            region_name=target.region,
            addressing_style="path",
            access_key=target.access_key,
            secret_key=target.secret_key,
            file_overwrite=False,
        )


class Bare:
    """One connection of ``http.client`` and signed requests: no pool, no retries, no digests, no deadlines.

    What is left out is the point: it shows what Holdfast pays for the rest.
    """

    def __init__(self, target: Target) -> None:
        from holdfast.types import Secret
        from holdfast.wire.credentials import Credentials
        from holdfast.wire.sigv4 import Signer

        self.host = urlsplit(target.endpoint).netloc
        self.base = f"/{target.bucket}"
        self.signer = Signer(target.region)
        self.credentials = Credentials(target.access_key, Secret(target.secret_key))
        self.connection = http.client.HTTPConnection(self.host, blocksize=64 * 1024)
        self.count = 0

    def send(
        self,
        method: str,
        name: str = "",
        query: str = "",
        headers: dict[str, str] | None = None,
        body: Any = None,
    ) -> http.client.HTTPResponse:
        path = f"{self.base}/{name}" if name else self.base
        signed = self.signer.sign_headers(self.credentials, method, self.host, path, query, headers)
        target = f"{path}?{query}" if query else path
        self.connection.request(method, target, body, {**signed, **(headers or {})})
        return self.connection.getresponse()

    def put(self, name: str, body: Any, size: int) -> bool:
        """Whether the name was free."""
        headers = {"if-none-match": "*", "content-length": str(size), "content-type": "application/octet-stream"}
        response = self.send("PUT", name, headers=headers, body=body)
        response.read()
        if response.status not in (200, 412):
            raise OSError(response.status)
        return response.status == 200

    def save(self, name: str, data: bytes) -> str:
        while not self.put(name, data, len(data)):
            self.count += 1
            name = f"{name}_{id(self)}_{self.count}"
        return name

    def save_file(self, name: str, path: str) -> str:
        with Path(path).open("rb") as file:
            if not self.put(name, file, Path(path).stat().st_size):
                raise FileExistsError(name)
        return name

    def get(self, name: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        response = self.send("GET", name, headers=headers)
        if response.status not in (200, 206):
            raise OSError(response.status)
        return response

    def read(self, name: str) -> bytes:
        return self.get(name).read()

    def first(self, name: str, size: int) -> bytes:
        return self.get(name, {"range": f"bytes=0-{size - 1}"}).read()

    def consume(self, name: str) -> int:
        response = self.get(name)
        return sum(len(chunk) for chunk in iter(lambda: response.read(64 * 1024), b""))

    def member(self, name: str, member: str) -> bytes:
        with zipfile.ZipFile(io.BufferedReader(RangeFile(self, name), 256 * 1024)) as archive:
            return archive.read(member)

    def head(self, name: str) -> http.client.HTTPResponse:
        response = self.send("HEAD", name)
        response.read()
        return response

    def exists(self, name: str) -> bool:
        return self.head(name).status == 200

    def size(self, name: str) -> int:
        return int(self.head(name).headers["content-length"])

    def modified(self, name: str) -> datetime:
        from email.utils import parsedate_to_datetime

        return parsedate_to_datetime(self.head(name).headers["last-modified"])

    def url(self, name: str) -> str:
        return self.signer.presign(self.credentials, "GET", "http", self.host, f"{self.base}/{name}")

    def delete(self, name: str) -> None:
        self.send("DELETE", name).read()

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = [], []
        for page in self.pages(f"{path}/"):
            folders += [item.findtext("{*}Prefix") for item in page.iterfind("{*}CommonPrefixes")]
            files += [item.findtext("{*}Key")[len(path) + 1 :] for item in page.iterfind("{*}Contents")]
        return folders, files

    def pages(self, prefix: str) -> Iterator[Any]:
        from xml.etree import ElementTree as ET

        from holdfast.wire.sigv4 import canonical_query

        query = {"list-type": "2", "delimiter": "/", "prefix": prefix}
        while True:
            page = ET.fromstring(self.send("GET", query=canonical_query(query.items())).read())
            yield page
            token = page.findtext("{*}NextContinuationToken")
            if not token:
                return
            query["continuation-token"] = token


class RangeFile(io.RawIOBase):
    """The least that lets ``zipfile`` read an object in place: a request for each read of the buffer above it."""

    def __init__(self, bare: Bare, name: str) -> None:
        self.bare, self.name = bare, name
        self.length = bare.size(name)
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = offset + (0, self.position, self.length)[whence]
        return self.position

    def readinto(self, buffer: Any) -> int:
        end = min(self.position + len(buffer), self.length)
        if end <= self.position:
            return 0
        data = self.bare.get(self.name, {"range": f"bytes={self.position}-{end - 1}"}).read()
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


CONTENDERS: dict[str, type[Any]] = {"holdfast": Holdfast, "django-storages": DjangoStorages, "bare": Bare}
"""In the order of the table; Holdfast, to which the others are compared, is the first."""
