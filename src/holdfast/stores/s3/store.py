"""The S3 store: its options, and which part does what."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal
from urllib.parse import SplitResult, unquote

from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

from holdfast.digests import verified
from holdfast.errors import AlreadyExists, NotFound, Refused, StoreError
from holdfast.source import Source
from holdfast.store import Store, raise_first
from holdfast.stores.s3.address import Addresses
from holdfast.stores.s3.amazon import Amazon
from holdfast.stores.s3.check import problems
from holdfast.stores.s3.client import Call, Client, Limits
from holdfast.stores.s3.copy import copy_object, copy_parts
from holdfast.stores.s3.delete import delete, delete_all
from holdfast.stores.s3.get import looked_at, opened
from holdfast.stores.s3.large import copy_through, look_first
from holdfast.stores.s3.list import listed
from holdfast.stores.s3.multipart import Upload, put_parts, put_stream
from holdfast.stores.s3.place import Place
from holdfast.stores.s3.put import Condition, put_single
from holdfast.stores.s3.sign import signed
from holdfast.stores.s3.sweep import Pending, swept
from holdfast.types import (
    Body,
    Create,
    Entry,
    Feature,
    Folder,
    Listing,
    Permit,
    Read,
    Remove,
    Secret,
    Signed,
    Write,
)
from holdfast.wire.credentials import credentials_for

__all__ = ["S3Store"]

SMALL_COPY = 1024 * 1024
"""Bytes up to which a copy on condition is read and written: two requests, where copying in parts takes four."""

LARGEST_SINGLE = 64 * 1024 * 1024
"""Bytes from which on an object goes up in parts, where it may."""


class S3Store(Store):
    """Objects in one bucket.

    ``service``: one word for what is at the endpoint, from ``SERVICES``. Without it, it is guessed
    from the endpoint, and without that it is "aws". Options that are ``None`` or "auto" are as the service says.
    ``region``, ``account``, ``endpoint``: where the bucket is; AWS's usual variables in the environment count too.
    ``public_endpoint``: the endpoint in signed URLs, where clients reach it under another name.
    ``addressing``: whether the bucket's name goes into the path or into the host name.
    ``dualstack``, ``fips``, ``accelerate``: which of Amazon's own hosts; AWS's variables count for the first two.
    ``access_key``, ``secret_key``, ``session_token``, ``profile``: without them the environment's, and then those
    that botocore finds. ``anonymous``: none at all.
    ``verify``, ``ca_bundle``: see to the service's certificate, and the file of the authorities to trust.
    ``client_cert``, ``client_key``: the files of the certificate that the service asks for, and of its key.
    ``ssl_context``: in the place of these four, a context or the dotted path of a function that makes one.
    ``proxy``: http://user:password@host:port, or "none"; else the environment's.
    ``connect_timeout``, ``read_timeout``: seconds to connect in, and to bring the next 64 KiB in.
    ``timeout``, ``attempts``: seconds for a small request as a whole, and how often it is tried.
    ``checksum``: the digest that uploads carry and the service checks. Every service knows "md5".
    ``conditional_put``: the service honours If-None-Match and If-Match on PutObject. Where it does not, a file is
    looked for first and then written, and two writers in the same instant may both win.
    ``conditional_complete``: it honours them on CompleteMultipartUpload too. It lets new files go up in parts in
    parallel, and be larger than one PUT.
    ``etag_quotes``: If-Match has the ETag in its quotes.
    ``part_size``, ``threads``: of uploads in parts, how large these are and how many are on their way at once.
    Files are read as they are sent; of a stream that is no file, 24 MiB are held in memory, or one part.
    ``read_ahead``: bytes that are fetched before they are wanted when a large file is read in order; 0: none.
    ``allow_unsafe_large``: where ``conditional_complete`` does not hold, a new file too large for one PUT is looked
    for first and then written; two writers in the same instant may both win. Else such a file is refused.
    ``missing_when_denied``: take "access denied" for "no such object", where a policy lets nobody list the bucket.
    """

    scheme = "s3"

    def __init__(
        self,
        *,
        bucket: str,
        service: str = "",
        region: str = "",
        account: str = "",
        endpoint: str = "",
        public_endpoint: str = "",
        addressing: Literal["auto", "path", "virtual"] = "auto",
        dualstack: bool | None = None,
        fips: bool | None = None,
        accelerate: bool = False,
        access_key: Secret | None = None,
        secret_key: Secret | None = None,
        session_token: Secret | None = None,
        profile: str | None = None,
        anonymous: bool = False,
        verify: bool = True,
        ca_bundle: str = "",
        client_cert: str = "",
        client_key: str = "",
        ssl_context: ssl.SSLContext | str = "",
        proxy: Secret | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 10,
        timeout: float = 25,
        attempts: int = 4,
        checksum: Literal["auto", "md5", "crc32", "sha256", "none"] = "auto",
        conditional_put: bool | None = None,
        conditional_complete: bool | None = None,
        etag_quotes: bool | None = None,
        part_size: int = 8 * 1024 * 1024,
        threads: int = 8,
        read_ahead: int = 16 * 1024 * 1024,
        allow_unsafe_large: bool = False,
        missing_when_denied: bool = False,
    ) -> None:
        self.bucket = bucket
        self.place = Place.of(
            service=service, endpoint=endpoint, region=region, account=account, environ=os.environ
        )
        self.service = self.place.service
        self.endpoint = self.place.endpoint
        self.public_endpoint = public_endpoint
        for name in ("endpoint", "public_endpoint"):
            if "@" in (given := getattr(self, name)) or "?" in given:
                raise ImproperlyConfigured(
                    f"{name}: it has no user, password or query; keys are options of their own."
                )
        self.addressing = addressing
        self.verify = verify
        self.ca_bundle = ca_bundle or ("" if ssl_context else os.environ.get("AWS_CA_BUNDLE", ""))
        self._addresses = Addresses(
            place=self.place,
            amazon=Amazon.of(
                bucket=bucket,
                place=self.place,
                path=addressing == "path",
                dualstack=dualstack,
                fips=fips,
                accelerate=accelerate,
                environ=os.environ,
            ),
            addressing=addressing,
            how={
                "verify": verify,
                "ca_bundle": self.ca_bundle,
                "client_cert": client_cert,
                "client_key": client_key,
                "ssl_context": ssl_context,
                "proxy": Secret(proxy or ""),
            },
        )
        self.region = self._addresses.region
        self.limits = Limits(connect=connect_timeout, idle=read_timeout, total=timeout, attempts=attempts)
        self.checksum = "md5" if checksum == "auto" else checksum
        known = self.service
        self.conditional_put = _either(conditional_put, known.create == "atomic")
        self.conditional_complete = _either(conditional_complete, known.create_complete == "atomic")
        self.etag_quotes = _either(etag_quotes, known.etag_quotes)
        # One that is not relied on does no harm where it is not refused, and may do some good.
        self._with_condition = _either(conditional_put, known.create != "refused")
        self.part_size = part_size
        self.threads = threads
        self.read_ahead = read_ahead
        self.allow_unsafe_large = allow_unsafe_large
        self.missing_when_denied = missing_when_denied
        self.features = Feature.WRITE | Feature.RANGE | Feature.COPY | Feature.SIGN | Feature.ATTRIBUTES
        if _either(conditional_put, known.replace == "atomic"):
            self.features |= Feature.REPLACE_IF
        if known.delete == "atomic":
            self.features |= Feature.DELETE_IF
        if anonymous:
            self.features &= ~Feature.SIGN
        access = Secret(access_key).reveal() if access_key else None
        self._provider = credentials_for(access, secret_key, session_token, profile, anonymous=anonymous)
        self._made: Client | None = None
        self._bucket_seen = False

    @classmethod
    def url_options(cls, url: SplitResult) -> tuple[dict[str, str], str]:
        bucket, path = url.netloc, unquote(url.path).strip("/")
        if bucket.endswith(":accesspoint"):  # as its ARN has it: s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME
            name, _, path = path.partition("/")
            bucket = f"{bucket}/{name}"
        return {"bucket": bucket}, path

    @property
    def label(self) -> str:
        return f"s3://{self.bucket}"

    def creates(self, size: int | None) -> Create:
        if not self.conditional_put:
            return Create.NONE
        small = size is None or size <= self.service.bounds.put
        return Create.ATOMIC if small or self.conditional_complete else Create.NONE

    # ---------------------------------------------------------------- the five

    def get(self, key: str, want: Read = Read()) -> Body:
        body = opened(self._client, key, want)
        self._bucket_seen = True
        return body

    def put(self, key: str, source: Source, how: Write = Write()) -> Entry:
        self.refuse_unsupported(key, how)
        condition = Condition.of(how, quotes=self.etag_quotes)
        if condition and not self.conditional_put:
            self._refuse_existing(key)
            if not self._with_condition:
                condition = Condition()
        try:
            entry = self._put(key, source, how, condition)
        except StoreError as error:
            if not error.store:  # of the source, which knows neither
                error.key, error.store = key, self.label
            raise
        self._bucket_seen = True
        return entry

    def head(self, key: str, want: Read = Read()) -> Entry:
        try:
            entry = looked_at(self._client, key, want)
        except NotFound:
            self._find_bucket()
            raise
        self._bucket_seen = True
        return entry

    def delete(self, key: str, how: Remove = Remove()) -> None:
        self.refuse_unsupported(key, how)
        condition = Condition(etag=how.etag, quotes=self.etag_quotes)
        delete(self._client, key, condition)

    def list(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry]:
        for item in listed(self._client, prefix, want.after):
            if isinstance(item, Entry):
                yield item

    # ---------------------------------------------------------------- done better here

    def listdir(self, prefix: str = "", want: Listing = Listing()) -> Iterator[Entry | Folder]:
        for item in listed(self._client, prefix, want.after, delimiter="/"):
            # Consoles make an empty object of the folder's own name; it is the folder and not in it.
            if isinstance(item, Folder) or item.key != prefix:
                yield item

    def delete_many(self, keys: Iterable[str]) -> None:
        raise_first(delete_all(self._client, keys))

    def copy(self, source: str, target: str, how: Write = Write()) -> Entry:
        """By the service, where that is sure to replace nothing that may not be replaced. Else the bytes go through
        this process, as a PUT on condition: services ignore conditions on CopyObject, and do not say so."""
        self.refuse_unsupported(target, how)
        condition = Condition.of(how, quotes=self.etag_quotes)
        if condition and not self.conditional_complete:
            return copy_through(self, source, target, how)
        if not condition and source == target and not how.attributes.requested():
            return self.head(source)  # S3 refuses a copy that changes nothing
        if not condition:
            try:
                return copy_object(self._client, source, target, how.attributes)
            except Refused:
                found = self.head(source)
                if (found.size or 0) <= self.service.bounds.put:
                    raise
        else:
            with self.get(source) as body:  # costs no more than a HEAD, and brings what is small
                found = body.entry
                if (found.size or 0) <= SMALL_COPY:
                    write = replace(how, attributes=found.attributes.merged(how.attributes))
                    return self.put(target, Source.of(b"".join(verified(body, self.label))), write)

        def upload(write: Write) -> Upload:
            return self.upload(target, write, condition)

        return copy_parts(found, how, upload, self.service.bounds.parts)

    def sweep(self, older_than: timedelta, prefix: str = "", *, dry_run: bool = False) -> Iterator[Pending]:
        """Abort the uploads in parts below ``prefix`` that began longer ago than ``older_than``, and say which;
        with ``dry_run`` only say which. It goes on as the iterator is read. One that is still going on fails by it:
        so let ``older_than`` be longer than the largest upload takes."""
        return swept(self._client, older_than, prefix, dry_run=dry_run)

    def sign(self, key: str, permit: Permit) -> Signed:
        credentials = self._provider.get()
        if credentials is None:
            raise self.unsupported("sign URLs without credentials", key)
        address = self._client.address
        if self.public_endpoint:
            address = self._addresses.at(self.public_endpoint, address.region, address.signer.offset)
        return signed(credentials, address, key, permit)

    def check(self) -> Sequence[CheckMessage]:
        return problems(self)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    # ---------------------------------------------------------------- how

    @property
    def _client(self) -> Client:
        if self._made is None:
            if not self.bucket:
                raise ImproperlyConfigured("s3: the option 'bucket' is empty.")
            self._made = Client(
                label=self.label,
                addresses=self._addresses,
                endpoint=self.endpoint,
                region=self.region,
                provider=self._provider,
                limits=self.limits,
                missing_when_denied=self.missing_when_denied,
            )
        return self._made

    def _put(self, key: str, source: Source, how: Write, condition: Condition) -> Entry:
        def single(source: Source) -> Entry:
            return put_single(self._client, key, source, how, condition, self.checksum)

        def upload() -> Upload:
            return self.upload(key, how, condition)

        in_parts = not condition or self.conditional_complete or not self.conditional_put
        if in_parts and not source.repeatable:
            return put_stream(source, upload, self.part_size, single, self.service.even_parts)
        with source.spooled() as source:
            size = source.size or 0
            if in_parts and size > LARGEST_SINGLE:
                return put_parts(source, upload, self.part_size, self.service.bounds.parts)
            if size > self.service.bounds.put:
                look_first(self, key, size, condition)
                return put_parts(source, upload, self.part_size, self.service.bounds.parts)
            return single(source)

    def upload(self, key: str, how: Write, condition: Condition) -> Upload:
        """An upload in parts that is about to begin."""
        if not self.conditional_complete:
            condition = Condition()
        return Upload(self._client, key, how, condition, threads=self.threads, checksum=self.checksum)

    def _refuse_existing(self, key: str) -> None:
        try:
            self.head(key)
        except NotFound:
            return
        raise self.error(AlreadyExists, key)

    def _find_bucket(self) -> None:
        """After the first 404 to a HEAD, which has no body to say what is missing: is it the bucket?"""
        if self._bucket_seen:
            return
        try:
            self._client.send(Call("HEAD"))
        except NotFound as error:
            text = (
                f"There is no bucket {self.bucket!r} at {self._client.address.origin}: create it, or check the "
                "name, the region and the endpoint."
            )
            raise self.error(Refused, "", text) from error
        except StoreError:
            return  # not allowed to ask, or no answer: the next 404 asks again
        self._bucket_seen = True


def _either(given: bool | None, known: bool) -> bool:  # noqa: FBT001
    return known if given is None else given
