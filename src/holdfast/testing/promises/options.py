"""How storages of Holdfast are made: arguments, class attributes, settings, and what migrations hold."""

from __future__ import annotations

import pickle

from django.core.files.storage import storages
from django.test import override_settings
from django.utils.module_loading import import_string

from holdfast.testing.case import Case
from holdfast.testing.promise import remote_promise

SETTINGS = "https://docs.djangoproject.com/en/stable/ref/settings/#storages"
MIGRATIONS = "https://docs.djangoproject.com/en/stable/topics/migrations/#adding-a-deconstruct-method"


@remote_promise(
    "A named subclass with its options as class attributes needs no arguments.", source="holdfast.RemoteStorage"
)
def named_subclass(case: Case) -> None:
    """
    named = type("Named", (RemoteStorage,), {"store": store, "base_url": "/named"})
    assert named().url("a.txt") == "/named/a.txt"
    assert named() == named()
    """
    case.given("a.txt", b"bytes")
    named = type("Named", (type(case.storage),), {"store": case.store, "base_url": "/named"})
    with named().open("a.txt") as file:
        case.equal(b"bytes", file.read(), "the bytes that the named subclass opens")
    case.equal("/named/a.txt", named().url("a.txt"), "the URL that the named subclass gives")
    case.equal(named(), named(), "two instances of the named subclass")


@remote_promise(
    "STORAGES names a storage by its class and options, and storages[alias] is one object.",
    source=SETTINGS,
)
def in_the_settings(case: Case) -> None:
    """
    settings = {"mine": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": store, "base_url": "/m/"}}}
    with override_settings(STORAGES=settings): found = storages["mine"].url("a.txt")
    assert found == "/m/a.txt"
    """
    case.given("a.txt", b"bytes")
    kind = type(case.storage)
    own = kind.__module__ == "holdfast.storage"
    path = "holdfast.RemoteStorage" if own else f"{kind.__module__}.{kind.__name__}"
    options = {"store": case.store, "base_url": "/m/"}
    with override_settings(STORAGES={"mine": {"BACKEND": path, "OPTIONS": options}}):
        case.true(storages["mine"] is storages["mine"], "The alias gives the same object each time.")
        with storages["mine"].open("a.txt") as file:
            case.equal(b"bytes", file.read(), "the bytes that the alias opens")
        case.equal("/m/a.txt", storages["mine"].url("a.txt"), "the URL that the alias gives")


@remote_promise(
    "deconstruct gives what makes an equal storage, or refuses to show a secret.",
    source="holdfast.RemoteStorage.deconstruct",
)
def deconstructed(case: Case) -> None:
    """
    path, args, kwargs = storage.deconstruct()
    assert import_string(path)(*args, **kwargs) == storage
    """
    for storage in (case.remote, case.storage_with(base_url="/files/", allow_overwrite=True)):
        try:
            path, args, kwargs = storage.deconstruct()
        except ValueError as error:
            case.true("holdfast.use(" in str(error), f"A refusal points to holdfast.use(): {error}")
            continue
        case.equal(storage, import_string(path)(*args, **kwargs), "the storage that deconstruct describes")
        case.equal((path, args, kwargs), storage.deconstruct(), "what a second deconstruct gives")


@remote_promise("Storages of other options are not equal, and equal ones have equal hashes.", source=MIGRATIONS)
def equality(case: Case) -> None:
    """
    one, same, other = (RemoteStorage(store, base_url=url) for url in ("/a/", "/a/", "/b/"))
    assert one == same != other and hash(one) == hash(same)
    """
    one, same, other = (case.storage_with(base_url=url) for url in ("/a/", "/a/", "/b/"))
    case.true(one == same, "Two storages of the same options are equal.")
    case.equal(hash(one), hash(same), "the hashes of equal storages")
    case.true(one != other, "Storages of different options are not equal.")
    case.true(one != object(), "A storage is not equal to something else.")


@remote_promise("A storage that is not used needs no network.", counted=True, source="holdfast.RemoteStorage")
def unused(case: Case) -> None:
    """
    with counting() as tally: pickle.dumps(repr(RemoteStorage(store, base_url="/files/")))
    assert tally.count == 0
    """
    with case.requests() as counted:
        storage = case.storage_with(base_url="/files/")
        repr(storage)
        hash(storage)
        pickle.dumps(storage)
        storage.get_valid_name("a b.txt")
        storage.generate_filename("folder/a b.txt")
    case.equal(0, counted.count, "the requests that it cost to make a storage and to look at it")
