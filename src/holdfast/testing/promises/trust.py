"""Secrets, and servers that nobody has vouched for."""

from __future__ import annotations

from django.core.files.storage import Storage

from holdfast.errors import NotFound, StoreError
from holdfast.store import Store
from holdfast.testing.asserting import NotApplicable
from holdfast.testing.case import Case
from holdfast.testing.promise import storage_promise, store_promise
from holdfast.testing.promises.outages import LOGGING, methods, refused, shows_none, verbs
from holdfast.testing.secrecy import texts_of

TLS = "https://www.rfc-editor.org/rfc/rfc9110.html#section-4.3.4"
KEYS = "https://www.rfc-editor.org/rfc/rfc4251.html#section-4.1"


@store_promise(
    "A server is sent nothing whose certificate or key nobody has vouched for: every verb raises.", source=KEYS
)
def verbs_need_trust(case: Case) -> None:
    """
    error = error_of(put, stranger, "a.txt", b"bytes")
    assert isinstance(error, StoreError)
    assert not isinstance(error, NotFound) and keys(store) == []
    """
    before = case.keys()
    store: Store = case.stranger
    for what, verb in verbs(store).items():
        error = refused(case, what, verb)
        case.true(isinstance(error, StoreError), f"The error of {what} is one of a store: {error!r}")
        case.true(
            not isinstance(error, NotFound), f"The error of {what} does not say that nothing is there: {error!r}"
        )
        case.equal(store.label, getattr(error, "store", None), f"the store that the error of {what} carries")
    case.equal(before, case.keys(), "the keys that are there afterwards")


@storage_promise("What is saved to a server that nobody has vouched for is not sent: save raises.", source=TLS)
def save_needs_trust(case: Case) -> None:
    """
    assert error_of(stranger.save, "a.txt", ContentFile(b"bytes"))
    assert not storage.exists("a.txt")
    """
    before, storage = case.keys(), case.stranger
    for what in ("save", "writing"):
        refused(case, what, methods(storage)[what])
    case.equal(before, case.keys(), "the keys that are there afterwards")


@storage_promise("What a server says that nobody has vouched for is not believed: reading raises.", source=TLS)
def reading_needs_trust(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    assert error_of(stranger.exists, "a.txt") and error_of(lambda: stranger.open("a.txt").read())
    """
    case.given("a.txt")
    storage: Storage = case.stranger
    for what in ("exists", "open"):
        refused(case, what, methods(storage)[what])


@storage_promise("A file on a server that nobody has vouched for is not deleted: delete raises.", source=TLS)
def delete_needs_trust(case: Case) -> None:
    """
    storage.save("a.txt", ContentFile(b"bytes"))
    assert error_of(stranger.delete, "a.txt")
    assert storage.exists("a.txt")
    """
    case.given("a.txt")
    storage: Storage = case.stranger
    refused(case, "delete", methods(storage)["delete"])
    case.true(case.storage.exists("a.txt"), "The file is there afterwards.")


@storage_promise("The errors about a server that nobody has vouched for show no secret.", source=LOGGING)
def no_secret_of_a_stranger(case: Case) -> None:
    """
    error = error_of(stranger.exists, "a.txt")
    assert not any(secret in f"{error!r} {error.__cause__!r} {error.__context__!r}" for secret in secrets)
    """
    storage: Storage = case.stranger
    shows_none(case, storage)


@storage_promise("No secret is in what a storage says of itself, nor in its errors.", source=LOGGING)
def no_secret(case: Case) -> None:
    """
    error = error_of(storage.open, "missing.txt")
    text = f"{storage!r} {storage} {error!r} {error.__cause__!r} {error.__context__!r}"
    assert not any(secret in text for secret in secrets)
    """
    if not case.secrets:
        raise NotApplicable("needs to know the secrets")
    texts = {"repr of the storage": repr(case.storage), "str of the storage": str(case.storage)}
    with case.raises(Exception, "open of a missing file") as caught:
        case.contents("missing.txt")
    texts |= {"error of open": "\n".join(texts_of(caught.error))}
    for what, text in texts.items():
        for secret in case.secrets:
            case.true(secret not in text, f"No secret is in the {what}: {text.replace(secret, '…')}")
