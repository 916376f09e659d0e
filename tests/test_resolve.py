"""From specs to stores."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from holdfast import RemoteStorage, Store
from holdfast.layers import Prefixed, Readonly
from holdfast.resolve import inline_secrets, resolve
from holdfast.stores.memory import MemoryStore

REMOTE = "holdfast.RemoteStorage"


@pytest.mark.parametrize(
    "spec",
    [
        "memory://shelf",
        "memory://?name=shelf",
        {"BACKEND": "memory://shelf"},
        {"BACKEND": "memory://", "OPTIONS": {"name": "shelf"}},
        {"BACKEND": "holdfast.stores.memory.MemoryStore", "OPTIONS": {"name": "shelf"}},
        {"BACKEND": MemoryStore, "OPTIONS": {"name": "shelf"}},
        MemoryStore(name="shelf"),
    ],
    ids=str,
)
def test_every_way_to_say_it(spec):
    store = resolve(spec)
    assert isinstance(store, MemoryStore)
    assert "shelf" == store.name


def test_dotted_path_and_class():
    assert isinstance(resolve("holdfast.stores.memory.MemoryStore"), MemoryStore)
    assert isinstance(resolve(MemoryStore), MemoryStore)


def test_the_path_of_a_url_is_a_prefix():
    store = resolve("memory://shelf/a/b/")
    assert isinstance(store, Prefixed)
    assert "a/b/" == store.prefix


def test_the_first_layer_is_the_nearest_to_the_caller():
    layers = [{"BACKEND": "holdfast.layers.Prefixed", "OPTIONS": {"prefix": "p"}}, "holdfast.layers.Readonly"]
    store = resolve("memory://", layers)
    assert [Prefixed, Readonly, MemoryStore] == [type(store), type(store.inner), type(store.inner.inner)]


def test_layers_as_classes():
    assert isinstance(resolve("memory://", [Readonly]), Readonly)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("s4://b", "There is no store for s4://. Choose from: local, memory, s3."),
        ("memry://", "There is no store for memry://. Did you mean 'memory'?"),
        ("", "'' is no store: give a URL, a dotted path, or storages:NAME."),
        ("memory", "'memory' is no store: give a URL"),
        ("memory://[", "The URL of a memory:// store cannot be read"),
        ("nowhere.Store", "'nowhere.Store' cannot be imported"),
        ("django.core.files.storage.FileSystemStorage", "is not a store"),
        ({"OPTIONS": {}}, "needs a BACKEND"),
        ({"BACKEND": "memory://", "OPTION": {}}, "has BACKEND and OPTIONS, not 'OPTION'"),
        (42, "42 is not a store"),
        ("memory://x?name=y", "the option 'name' is given twice"),
        ({"BACKEND": "memory://x", "OPTIONS": {"name": "y"}}, "'name' is given in the URL and in OPTIONS"),
        ("memory://x#y", "write it as %23"),
        ("memory://x/a/../b", "reaches outside"),
    ],
    ids=str,
)
def test_a_wrong_spec_is_said_to_be(spec, message):
    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        resolve(spec)


@pytest.mark.parametrize(
    "layers", ["holdfast.layers.Readonly", [MemoryStore], ["holdfast.stores.memory.MemoryStore"]]
)
def test_wrong_layers(layers):
    with pytest.raises(ImproperlyConfigured):
        resolve("memory://", layers)


def test_an_alias_is_the_other_storage_s_store():
    settings = {
        "shelf": {"BACKEND": REMOTE, "OPTIONS": {"store": "memory://"}},
        "front": {
            "BACKEND": REMOTE,
            "OPTIONS": {"store": "storages:shelf", "layers": ["holdfast.layers.Readonly"]},
        },
        "django": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    with override_settings(STORAGES=settings):
        from django.core.files.storage import storages

        assert storages["shelf"].store is storages["front"].store.inner
        with pytest.raises(ImproperlyConfigured, match="is a InMemoryStorage, which has no store"):
            resolve("storages:django")


def test_aliases_in_a_circle_are_found():
    settings = {
        "a": {"BACKEND": REMOTE, "OPTIONS": {"store": "storages:b"}},
        "b": {"BACKEND": REMOTE, "OPTIONS": {"store": "storages:a"}},
    }
    with override_settings(STORAGES=settings), pytest.raises(ImproperlyConfigured, match="a → b → a"):
        resolve("storages:a")


def test_secrets_do_not_belong_in_urls():
    for url in ("s3://bucket?secret_key=hunter2", "s3://key:hunter2@bucket"):
        with pytest.raises(ImproperlyConfigured) as caught:
            resolve(url)
        assert "hunter2" not in str(caught.value)


def test_inline_secrets_are_found_by_their_type():
    spec = {"BACKEND": "s3://bucket", "OPTIONS": {"access_key": "AK", "secret_key": "hunter2", "region": "x"}}
    assert [("access_key", "AK"), ("secret_key", "hunter2")] == inline_secrets(spec)
    assert [] == inline_secrets("s3://bucket?region=x")
    assert [] == inline_secrets(None)


class Elsewhere(MemoryStore):
    """A store of somebody else's."""

    scheme = "elsewhere"


def test_a_package_adds_its_store_by_an_entry_point(monkeypatch):
    import importlib.metadata as module
    from importlib.metadata import EntryPoint

    point = EntryPoint("elsewhere", f"{__name__}:Elsewhere", "holdfast.stores")
    monkeypatch.setattr(module, "entry_points", lambda group: [point])
    assert isinstance(resolve("elsewhere://"), Elsewhere)


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch):
    import holdfast.resolve as module

    def missing(path):
        raise ModuleNotFoundError("No module named 'paramiko'", name="paramiko")

    monkeypatch.setattr(module, "import_string", missing)
    monkeypatch.setitem(module.STORES, "sftp", "holdfast.stores.sftp.SftpStore")
    with pytest.raises(
        ImproperlyConfigured, match=r'needs the package \'paramiko\': pip install "holdfast\[sftp\]"'
    ):
        resolve("sftp://host")


def test_every_store_of_ours_has_the_scheme_it_is_listed_under():
    from django.utils.module_loading import import_string

    from holdfast.stores import STORES

    for scheme, path in STORES.items():
        kind = import_string(path)
        assert issubclass(kind, Store)
        assert scheme == kind.scheme
        assert f"holdfast.stores.{scheme}" in path


def test_a_storage_is_built_from_a_spec():
    assert isinstance(RemoteStorage(store="memory://").store, MemoryStore)
