"""Deleting many objects at once ("DeleteObjects")."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice

from holdfast.errors import Changed, NotFound, StoreError, Unavailable
from holdfast.stores.s3.client import Call, Client
from holdfast.stores.s3.errors import error_of
from holdfast.stores.s3.put import Condition
from holdfast.threads import checkpoint
from holdfast.wire import xml

__all__ = ["delete", "delete_all"]

BATCH = 1000
"""Keys that one request takes."""

_NO_CONDITION = Condition()


def delete(client: Client, key: str, condition: Condition = _NO_CONDITION) -> None:
    """Silent where there is nothing. Raises ``Changed`` where there is another version than the condition's.

    It may be repeated: whether an attempt whose reply was lost has deleted the version or not, the next one finds
    nothing, which is as well, or the object of another, which stays.
    """
    try:
        client.fetch(Call("DELETE", key, headers=condition.headers))
    except NotFound:
        return  # S3 itself does not even say so
    except Changed as error:
        try:
            client.send(Call("HEAD", key))
        except NotFound:
            return  # of what is not there, some services say that it has changed
        except StoreError:
            pass  # the version is not there, whatever is
        raise condition.broken(client, key) from error


def delete_all(client: Client, keys: Iterable[str]) -> list[StoreError]:
    """What failed. A request that fails as a whole ends it: the next would fail in the same way."""
    failures: list[StoreError] = []
    remaining = iter(keys)
    while batch := list(islice(remaining, BATCH)):
        checkpoint()
        try:
            for key in [key for key in batch if not xml.expressible(key)]:
                delete(client, key)
            if together := [key for key in batch if xml.expressible(key)]:
                failures += _delete_batch(client, together)
        except StoreError as error:
            return [*failures, error]
    return failures


def _delete_batch(client: Client, keys: Sequence[str]) -> list[StoreError]:
    objects = "".join([f"<Object><Key>{xml.escape(key)}</Key></Object>" for key in keys])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{objects}<Quiet>true</Quiet></Delete>"
    ).encode()
    call = Call(
        "POST",
        query=(("delete", ""),),
        headers={
            "content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
            "content-type": "application/xml",
        },
        body=body,
        size=len(body),
        payload_hash=hashlib.sha256(body).hexdigest(),
    )
    response, answer = client.fetch(call)
    try:
        root = xml.parse(answer)
    except ValueError as error:
        text = f"{client.label}: what became of {len(keys):,} objects was not understood ({error})."
        raise client.error(Unavailable, None, text) from error
    failures: list[StoreError] = []
    for element in xml.children(root, "Error"):
        code, said = xml.text(element, "Code"), xml.text(element, "Message")
        # As the same error would have come for this key alone.
        document = f"<Error><Code>{xml.escape(code)}</Code><Message>{xml.escape(said)}</Message></Error>"
        failure = error_of(client.label, xml.text(element, "Key"), 400, response.headers, document.encode())
        if not isinstance(failure, NotFound):
            failures.append(failure)
    return failures
