"""What S3 says, in the words of ``holdfast.errors``: the one table.

The codes are those of the *Amazon S3 API Reference*, "Error responses: List of error codes", and the further ones
that compatible services send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from holdfast.errors import Changed, Corrupt, Denied, NotFound, Refused, StoreError, Unavailable
from holdfast.wire import xml

__all__ = ["error_of", "expired", "failure_in", "region_in"]

Kind = type[StoreError]

_KEYS = "check access_key and secret_key, and that they belong to this endpoint"
_POLICY = (
    "access was denied: check access_key and secret_key, and what their policy allows. Without s3:ListBucket, S3 "
    "answers the same for an object that does not exist: allow it, or set missing_when_denied"
)
_FLIPPED = "the bytes did not arrive as they were sent"
_SLOW = "the service is busy"

_CODES: dict[str, tuple[Kind, str]] = {
    "AccessDenied": (Denied, _POLICY),
    "AccountProblem": (Denied, "there is a problem with the account"),
    "AllAccessDisabled": (Denied, "all access to this was disabled"),
    "AuthorizationHeaderMalformed": (Refused, "the region is wrong"),
    "BadDigest": (Corrupt, _FLIPPED),
    "EntityTooLarge": (Refused, "the object is larger than the service takes"),
    "ExpiredToken": (Denied, "the temporary credentials have expired"),
    "IllegalLocationConstraintException": (Refused, "the region is wrong"),
    "InternalError": (Unavailable, "the service failed"),
    "InvalidAccessKeyId": (Denied, f"the service does not know the access key: {_KEYS}"),
    "InvalidBucketName": (Refused, "the service does not take the bucket's name"),
    "InvalidDigest": (Corrupt, _FLIPPED),
    "InvalidObjectName": (Refused, "the service does not take this key"),
    "InvalidToken": (Denied, "the session token is wrong"),
    "KeyTooLongError": (Refused, "the key is longer than the service takes"),
    "NoSuchBucket": (Refused, "there is no such bucket: create it, or check the name, the region and the endpoint"),
    "NoSuchKey": (NotFound, ""),
    "NoSuchUpload": (Unavailable, "the upload in parts is gone"),
    "NoSuchVersion": (NotFound, ""),
    "NotImplemented": (Refused, "the service cannot do this"),
    "OperationAborted": (Unavailable, "another request was under way"),
    "PermanentRedirect": (Refused, "the bucket is elsewhere"),
    "PreconditionFailed": (Changed, ""),
    "QuotaExceeded": (Refused, "the quota is used up"),
    "RequestExpired": (Denied, "the request came too late: check this machine's clock"),
    "RequestTimeTooSkewed": (Denied, "this machine's clock and the service's differ: set this machine's clock"),
    "RequestTimeout": (Unavailable, "the bytes came too slowly"),
    "ServiceUnavailable": (Unavailable, _SLOW),
    "SignatureDoesNotMatch": (Denied, f"the signature is wrong: {_KEYS}"),
    "SlowDown": (Unavailable, _SLOW),
    "StorageClassNotAvailable": (Refused, "the storage class is not to be had"),
    "TemporaryRedirect": (Refused, "the bucket is elsewhere"),
    "TokenRefreshRequired": (Denied, "the temporary credentials have to be fetched anew"),
    "TooManyRequests": (Unavailable, _SLOW),
    "XAmzContentChecksumMismatch": (Corrupt, _FLIPPED),
    "XAmzContentSHA256Mismatch": (Corrupt, _FLIPPED),
}

# For an answer without a code: to HEAD, which has no body, or from something between us and the service.
_STATUS: dict[int, tuple[Kind, str]] = {
    401: (Denied, f"the service does not take the credentials: {_KEYS}"),
    403: (Denied, _POLICY),
    404: (NotFound, ""),
    407: (Refused, "the proxy wants a user and a password: write them into proxy, or HTTP_PROXY"),
    408: (Unavailable, "the bytes came too slowly"),
    409: (Unavailable, "another request was under way"),
    412: (Changed, ""),
    429: (Unavailable, _SLOW),
    501: (Refused, "the service cannot do this"),
    505: (Refused, "the service does not speak HTTP/1.1"),
    507: (Refused, "the service has no room"),
}

_ELSEWHERE = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "Redirect",
    "TemporaryRedirect",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_MISSING = {
    NotFound: "There is no {key!r} in {store}",
    Changed: "{key!r} in {store} is not the version that was read",
}
_UNFIT = re.compile(r"[^\x20-\x7e]+")


def error_of(
    store: str, key: str, status: int, headers: Mapping[str, str], body: bytes, *, hidden: bool = False
) -> StoreError:
    """The error that an answer stands for. ``hidden``: a 403 without further explanation means there is none."""
    code, said, region, _ = _document(body)
    kind, sentence = _CODES.get(code) or _STATUS.get(status) or _other(status)
    if hidden and kind is Denied and code in ("", "AccessDenied"):
        kind, sentence = NotFound, ""
    region = headers.get("x-amz-bucket-region", "") or region
    if region and (status in (301, 307) or "region" in sentence):
        kind, sentence = Refused, f"the bucket is in the region {region!r}: set region={region}"
    elif status in (301, 307, 308) and (there := _elsewhere(headers, body)):
        kind, sentence = Refused, f"the bucket is at {there!r}: set endpoint or region"
    about = "{key!r} in {store}: " if key else "{store}: "
    text = _MISSING.get(kind, f"{about}{sentence}").format(key=key, store=store)
    detail = "; ".join(filter(None, [f"{code} {said}".strip() or f"HTTP {status}", _request(headers)]))
    return kind(f"{text} ({detail}).", key=key, store=store)


def failure_in(body: bytes) -> int:
    """The status that a failure should have had which came as 200, as CompleteMultipartUpload and CopyObject send
    it; 0 where the body is no failure."""
    code = _document(body)[0] if b"<Error" in body[:200] else ""
    if not code:
        return 0
    kind = _CODES.get(code, (Refused, ""))[0]
    status = {Unavailable: 500, NotFound: 404, Changed: 412, Denied: 403}.get(kind, 400)
    return 409 if "Conflict" in code else status


def region_in(status: int, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """The region where the service says that the bucket is, and the URL or the host that it names; both empty for
    an answer that does not send us elsewhere ("Handling redirects", "HeadBucket")."""
    code, _, region, _ = _document(body)
    if status not in (301, 307, 308) and code not in _ELSEWHERE and not (status == 400 and not body):
        return "", ""
    return headers.get("x-amz-bucket-region", "") or region, _elsewhere(headers, body)


def expired(method: str, status: int, body: bytes) -> bool:
    """Whether an answer says that temporary credentials are over. To HEAD it has no body to say so, and is 400."""
    return _document(body)[0] in _EXPIRED or (method == "HEAD" and status == 400)


def _elsewhere(headers: Mapping[str, str], body: bytes) -> str:
    return _UNFIT.sub("", _document(body)[3] or headers.get("location", "").partition("?")[0])[:200]


def _other(status: int) -> tuple[Kind, str]:
    if status >= 500:
        return Unavailable, "the service failed"
    return Refused, "the service refused"


def _document(body: bytes) -> tuple[str, str, str, str]:
    """The code, the message, the region and the endpoint of an error document; empty where the body is none."""
    if not body.lstrip().startswith(b"<"):
        return "", "", "", ""
    try:
        root = xml.parse(body.strip())
    except ValueError:
        return "", "", "", ""
    if root.tag != "Error":
        return "", "", "", ""
    # Code and Message alone: other elements repeat what was signed.
    return (
        _UNFIT.sub(" ", xml.text(root, "Code"))[:80],
        _UNFIT.sub(" ", xml.text(root, "Message"))[:200],
        xml.text(root, "Region"),
        xml.text(root, "Endpoint"),
    )


def _request(headers: Mapping[str, str]) -> str:
    identity = headers.get("x-amz-request-id", "")
    return f"request {identity[:80]}" if identity else ""
