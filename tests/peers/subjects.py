"""The storages that are asked, each made fresh and empty on a real server, as its documentation advises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from storages.backends.ftp import FTPStorage
from storages.backends.s3 import S3Storage
from storages.backends.sftpstorage import SFTPStorage

from holdfast.store import Store
from holdfast.stores.local import LocalStore
from holdfast.testing import Counter
from tests.conftest import s3
from tests.servers.ceph import Ceph
from tests.servers.openssh import OpenSSH
from tests.servers.process import reserve_port
from tests.servers.proxy import Proxy
from tests.servers.vsftpd import Vsftpd
from tests.test_plain_storages import TestFileSystemStorage, TestInMemoryStorage

MEDIA = "/media/"


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where subjects are made. ``folder``: for those on this machine's disk."""

    ceph: Ceph
    openssh: OpenSSH
    vsftpd: Vsftpd
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Made:
    """A storage, and what its case is told. ``filler`` is another way to the same files, none of the storage's.

    ``passing``: what stands in messages and is another each time, with what to say instead.
    """

    storage: Storage
    filler: Store | None = None
    counter: Counter | None = None
    unreachable: Storage | None = None
    stranger: Storage | None = None
    secrets: tuple[str, ...] = ()
    passing: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Servers, str], AbstractContextManager[Made]]
"""``make(servers, place)``: ``place`` is lower-case, is that of no other, and becomes a bucket or a folder."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``head``: of its column. ``configured``: in words. ``exempt``: as in a contract, with arguments. ``like``:
    the subject of which it is a variant. ``listed``: on the page; the others are there for a single fault."""

    name: str
    head: str
    configured: str
    make: Make
    exempt: Mapping[str, str] = field(default_factory=dict)
    like: str = ""
    listed: bool = True


@contextmanager
def _file_system(servers: Servers, place: str) -> Iterator[Made]:
    root = _folder(servers.folder, place)
    yield Made(
        storage=FileSystemStorage(location=root, base_url=MEDIA),
        filler=LocalStore(root=root, fsync=False),
        passing={str(root): "ROOT"},
    )


@contextmanager
def _in_memory(servers: Servers, place: str) -> Iterator[Made]:
    yield Made(storage=InMemoryStorage(base_url=MEDIA))


def _s3(**options: Any) -> Make:
    @contextmanager
    def make(servers: Servers, place: str) -> Iterator[Made]:
        ceph = servers.ceph
        ceph.create_bucket(place)
        common = {
            "bucket_name": place,
            "region_name": ceph.region,
            "access_key": ceph.access_key,
            "secret_key": ceph.secret_key,
            "addressing_style": "path",
            "signature_version": "s3v4",
            "max_memory_size": 2 * 1024 * 1024,
            **options,
        }
        impatient = Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=2,
            retries={"total_max_attempts": 1},
        )
        with Proxy(ceph.host, ceph.port) as proxy, _closed_port() as port:
            yield Made(
                storage=S3Storage(endpoint_url=proxy.endpoint, **common),
                filler=s3(ceph.endpoint, place),
                counter=proxy.counting,
                unreachable=S3Storage(endpoint_url=f"http://127.0.0.1:{port}", client_config=impatient, **common),
                stranger=S3Storage(endpoint_url=ceph.tls_endpoint, client_config=impatient, **common),
                secrets=(ceph.secret_key,),
                passing={place: "BUCKET", proxy.endpoint: "ENDPOINT", f":{ceph.tls_port}": ":PORT"}
                | {f":{port}": ":PORT"},
            )

    return make


@contextmanager
def _sftp(servers: Servers, place: str) -> Iterator[Made]:
    openssh = servers.openssh
    root = _folder(openssh.root, place)
    nobody_known = servers.folder / f"known-hosts-{place}"
    nobody_known.touch()
    params = {
        "username": openssh.user,
        "key_filename": str(openssh.key_file),
        "look_for_keys": False,
        "allow_agent": False,
        "timeout": 5,
    }

    def storage(port: int, known_hosts: Path) -> SFTPStorage:
        return SFTPStorage(
            host=openssh.host,
            params=params | {"port": port},
            known_host_file=str(known_hosts),
            root_path=str(root),
            base_url=MEDIA,
        )

    with _closed_port() as closed, storage(openssh.port, openssh.known_hosts) as made:
        yield Made(
            storage=made,
            filler=LocalStore(root=root, fsync=False),
            unreachable=storage(closed, openssh.known_hosts),
            stranger=storage(openssh.port, nobody_known),
            secrets=(openssh.key_file.read_text(),),
            passing={str(root): "ROOT", f"{openssh.port}": "PORT", f"{closed}": "PORT"},
        )


def _ftp(**options: Any) -> Make:
    @contextmanager
    def make(servers: Servers, place: str) -> Iterator[Made]:
        vsftpd = servers.vsftpd
        root = _folder(vsftpd.root, place)

        def storage(scheme: str, port: int) -> FTPStorage:
            location = f"{scheme}://{vsftpd.user}:{vsftpd.password}@{vsftpd.host}:{port}/{root}/"
            return FTPStorage(**{"location": location, "encoding": "utf-8", "base_url": MEDIA, **options})

        with _closed_port() as closed:
            yield Made(
                storage=storage("ftp", vsftpd.port),
                filler=LocalStore(root=root, fsync=False),
                unreachable=storage("ftp", closed),
                stranger=storage("ftps", vsftpd.port),
                secrets=(vsftpd.password,),
                passing={str(root): "ROOT", f"{vsftpd.port}": "PORT", f"{closed}": "PORT"}
                | {vsftpd.password: "PASSWORD"},
            )

    return make


def _folder(root: Path, place: str) -> Path:
    """One alone in its folder: whoever reaches outside finds nobody else's files."""
    folder = root / place / "root"
    folder.mkdir(parents=True)
    return folder


@contextmanager
def _closed_port() -> Iterator[int]:
    """One where nobody listens, and nobody will."""
    with reserve_port() as reserved:
        yield reserved.getsockname()[1]


SUBJECTS: dict[str, Subject] = {
    "file-system": Subject(
        name="Django's FileSystemStorage",
        head="File System",
        configured="a folder that is there",
        make=_file_system,
        exempt=TestFileSystemStorage.exempt,
    ),
    "in-memory": Subject(
        name="Django's InMemoryStorage",
        head="In Memory",
        configured="as it is",
        make=_in_memory,
        exempt=TestInMemoryStorage.exempt,
    ),
    "s3": Subject(
        name="django-storages' S3Storage",
        head="S3",
        configured="on Ceph, `file_overwrite=False`, `signature_version='s3v4'`, `max_memory_size` of 2 MB",
        make=_s3(file_overwrite=False),
    ),
    "s3-overwrite": Subject(
        name="django-storages' S3Storage, overwriting",
        head="S3 over",
        configured="the same with `file_overwrite=True`, which is its default",
        make=_s3(),
        like="s3",
    ),
    "s3-gzip": Subject(
        name="django-storages' S3Storage, compressing",
        head="S3 gzip",
        configured="the same with `file_overwrite=False` and `gzip=True`",
        make=_s3(file_overwrite=False, gzip=True),
        like="s3",
    ),
    "sftp": Subject(
        name="django-storages' SFTPStorage",
        head="SFTP",
        configured="on OpenSSH, with a key and a `known_host_file`",
        make=_sftp,
    ),
    "ftp": Subject(
        name="django-storages' FTPStorage",
        head="FTP",
        configured="on vsftpd, `encoding='utf-8'`",
        make=_ftp(),
    ),
    "ftp-overwrite": Subject(
        name="django-storages' FTPStorage, overwriting",
        head="FTP over",
        configured="the same with `allow_overwrite=True`",
        make=_ftp(allow_overwrite=True),
        like="ftp",
    ),
    "ftp-latin-1": Subject(
        name="django-storages' FTPStorage, its default encoding",
        head="FTP latin-1",
        configured="the same with `encoding='latin-1'`, which is its default",
        make=_ftp(encoding="latin-1"),
        like="ftp",
        listed=False,
    ),
}
