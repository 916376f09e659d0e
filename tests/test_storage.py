"""RemoteStorage's options, settings and hooks; how files behave is in the contract."""

import io
import os
import pickle
import re
import sys
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test import override_settings
from django.views.debug import ExceptionReporter

import holdfast
from holdfast import RemoteStorage, Source
from holdfast.layers import Readonly
from holdfast.stores.memory import MemoryStore
from holdfast.stores.s3 import S3Store

REMOTE = "holdfast.RemoteStorage"


class Media(RemoteStorage):
    store = "memory://media"
    allow_overwrite = True
    base_url = "https://media.example.com"


class Vault(Media):
    layers = ["holdfast.layers.Readonly"]
    base_url = None


class Bare(RemoteStorage):
    """Behaviour alone; its options come from the settings."""

    def get_valid_name(self, name):
        return super().get_valid_name(name).lower()


class AtHome:
    base_url = "/from-a-mixin/"


class Mixed(AtHome, RemoteStorage):
    store = "memory://"


# ---------------------------------------------------------------- options


def test_a_named_subclass_carries_its_options_as_attributes():
    media = Media()
    assert "memory://media" == media.store.label
    assert media.allow_overwrite
    assert "https://media.example.com/a%20b.txt" == media.url("a b.txt")


def test_a_subclass_of_a_subclass_adds_its_own():
    vault = Vault()
    assert isinstance(vault.store, Readonly)
    assert vault.base_url is None
    assert vault.allow_overwrite


def test_a_mixin_s_attributes_count():
    assert "/from-a-mixin/a" == Mixed().url("a")


def test_arguments_are_stronger_than_attributes():
    assert "memory://other" == Media("memory://other").store.label
    assert not Media(allow_overwrite=False).allow_overwrite


def test_an_unknown_option_is_refused_with_the_nearest():
    with pytest.raises(ImproperlyConfigured, match=r"no option 'allow_overwite'. Did you mean 'allow_overwrite'"):
        RemoteStorage("memory://", allow_overwite=True)


def test_a_store_s_option_in_the_wrong_place_is_pointed_at():
    with pytest.raises(ImproperlyConfigured, match="goes into the OPTIONS beside its BACKEND"):
        RemoteStorage("memory://", name="x")


# ---------------------------------------------------------------- settings


def test_without_arguments_it_is_media_root_at_media_url(tmp_path):
    with override_settings(MEDIA_ROOT=tmp_path / "one", MEDIA_URL="/media/"):
        storage = RemoteStorage()
        storage.save("a.txt", ContentFile(b"1"))
        assert b"1" == (tmp_path / "one/a.txt").read_bytes()
        assert "/media/a.txt" == storage.url("a.txt")
        assert str(tmp_path / "one") == storage.location == storage.path("")
        with override_settings(MEDIA_ROOT=tmp_path / "two", MEDIA_URL="https://cdn.example.com/"):
            storage.save("a.txt", ContentFile(b"2"))
            assert b"2" == (tmp_path / "two/a.txt").read_bytes()
            assert "https://cdn.example.com/a.txt" == storage.url("a.txt")


def test_without_arguments_it_reads_holdfast_and_follows_it():
    storage = Bare()
    with override_settings(HOLDFAST={"store": "memory://one", "base_url": "/one/"}):
        assert ("memory://one", "/one/") == (storage.store.label, storage.base_url)
        assert "A.TXT".lower() == storage.get_valid_name("A.TXT")
        with override_settings(HOLDFAST={"store": "memory://two"}):
            assert "memory://two" == storage.store.label
        assert "memory://one" == storage.store.label


def test_another_setting_leaves_its_files_alone():
    with override_settings(HOLDFAST={"store": "memory://"}):
        storage = RemoteStorage()
        storage.save("a", ContentFile(b"1"))
        with override_settings(STORAGES={**storages.backends, "other": {"BACKEND": REMOTE}}):
            assert storage.exists("a")


def test_an_alias_is_followed():
    one = {"shelf": {"BACKEND": REMOTE, "OPTIONS": {"store": "memory://one"}}}
    two = {"shelf": {"BACKEND": REMOTE, "OPTIONS": {"store": "memory://two"}}}
    with override_settings(STORAGES=one):
        storage = RemoteStorage("storages:shelf")
        assert "memory://one" == storage.store.label
        with override_settings(STORAGES=two):
            assert "memory://two" == storage.store.label


def test_use_is_whatever_the_alias_is_at_the_moment():
    storage = holdfast.use("shelf")
    with override_settings(STORAGES={"shelf": {"BACKEND": REMOTE, "OPTIONS": {"store": "memory://one"}}}):
        assert "memory://one" == storage.store.label
        assert "a" == storage.save("a", ContentFile(b"1"))
        assert storages["shelf"].exists("a")
        assert "memory://one" == pickle.loads(pickle.dumps(storage)).store.label
    with override_settings(STORAGES={"shelf": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}):
        assert FileSystemStorage().path("a") == storage.path("a")
    assert ("holdfast.use", ("shelf",), {}) == storage.deconstruct()
    assert holdfast.use("shelf") == storage


# ---------------------------------------------------------------- migrations and secrets

SECRET = "wJalrXUtnFEMI-hunter2"
MISTYPED = {"BACKEND": "s3://bucket", "OPTIONS": {"access_key": "AK", "secret_key": SECRET, "regoin": "x"}}
KEYED = {
    "BACKEND": "s3://bucket?endpoint=http://127.0.0.1:9",
    "OPTIONS": {"access_key": "AK", "secret_key": SECRET},
}


def test_a_migration_holds_the_alias_alone():
    with override_settings(STORAGES={"vault": {"BACKEND": REMOTE, "OPTIONS": {"store": KEYED}}}):
        text, imports = MigrationWriter.serialize(models.FileField(storage=holdfast.use("vault")))
    assert "models.FileField(storage=holdfast.use('vault'), upload_to='')" == text
    assert "import holdfast" in imports


@pytest.mark.parametrize("storage", [Media(), RemoteStorage("memory://x", allow_overwrite=True)], ids=str)
def test_a_storage_is_deconstructed_into_an_equal_one(storage):
    path, args, kwargs = storage.deconstruct()
    module, _, name = path.rpartition(".")
    again = getattr(sys.modules[module], name)(*args, **kwargs)
    assert storage == again
    assert hash(storage) == hash(again)
    assert storage != RemoteStorage("memory://y")


def test_a_storage_with_a_secret_in_it_refuses_and_points_to_use():
    with pytest.raises(ValueError, match=re.escape("holdfast.use('alias')")) as caught:
        RemoteStorage(KEYED).deconstruct()
    assert SECRET not in str(caught.value)


def test_no_secret_shows_in_reprs_or_on_the_debug_page(rf):
    storage = RemoteStorage({**KEYED, "OPTIONS": {**KEYED["OPTIONS"], "attempts": 1}})
    assert SECRET not in repr(storage) + repr(storage.store) + repr(vars(storage.store))
    with override_settings(DEBUG=True, STORAGES={"default": {"BACKEND": REMOTE, "OPTIONS": {"store": KEYED}}}):
        try:
            storage.save("a.txt", ContentFile(b"1"))
        except OSError:
            page = ExceptionReporter(rf.get("/"), *sys.exc_info()).get_traceback_html()
    assert "s3://bucket" in page
    assert SECRET not in page


# ---------------------------------------------------------------- hooks


class Overwriting(RemoteStorage):
    """The oldest recipe: the same name back means to replace."""

    def get_available_name(self, name, max_length=None):
        return name


class Deleting(RemoteStorage):
    def get_available_name(self, name, max_length=None):
        self.delete(name)
        return name


class Numbered(RemoteStorage):
    def is_name_available(self, name, max_length=None):
        return name.startswith("free") or super().is_name_available(name, max_length)

    def get_alternative_name(self, file_root, file_ext):
        return f"free-{file_root}{file_ext}"


class Blind(RemoteStorage):
    def exists(self, name):
        return False


class Watching(RemoteStorage):
    def _save(self, name, content):
        self.seen = name
        return super()._save(f"below/{name}", content)


def test_the_same_name_back_means_to_replace():
    for kind in (Overwriting, Deleting, Blind):
        storage = kind("memory://")
        assert ["a", "a"] == [storage.save("a", ContentFile(text)) for text in ("1", "2")]
        assert b"2" == storage.open("a").read()


def test_names_of_its_own_are_used():
    storage = Numbered("memory://")
    assert ["a.txt", "free-a.txt"] == [storage.save("a.txt", ContentFile(b"1")) for _ in range(2)]


def test_a_save_of_its_own_is_called():
    storage = Watching("memory://")
    assert "below/a" == storage.save("a", ContentFile(b"1"))
    assert "a" == storage.seen


def test_a_patched_instance_is_asked():
    storage = RemoteStorage("memory://")
    with (
        mock.patch.object(storage, "exists", return_value=True) as exists,
        mock.patch.object(storage, "get_available_name", return_value="b"),
    ):
        assert "b" == storage.save("a", ContentFile(b"1"))
    assert not exists.called


def test_nothing_is_asked_where_nobody_overrides():
    storage = RemoteStorage("memory://")
    with mock.patch.object(MemoryStore, "head", side_effect=AssertionError("asked")):
        assert "a" == storage.save("a", ContentFile(b"1"))
        assert re.fullmatch(r"a_\w{7}", storage.save("a", ContentFile(b"2")))


def test_a_file_that_comes_between_asking_and_writing_is_not_replaced():
    """The gap that Django's own way has: here the store finds the name taken, and the hook is asked again."""

    class Late(RemoteStorage):
        def get_available_name(self, name, max_length=None):
            name = super().get_available_name(name, max_length)
            if not self.exists("a.txt"):
                RemoteStorage(self.store).save("a.txt", ContentFile(b"theirs"))
            return name

    storage = Late("memory://")
    saved = storage.save("a.txt", ContentFile(b"ours"), max_length=13)
    assert re.fullmatch(r"a_\w{7}\.txt", saved)
    assert [b"theirs", b"ours"] == [storage.open(name).read() for name in ("a.txt", saved)]


def test_max_length_holds_for_every_further_name():
    storage = RemoteStorage("memory://")
    names = [storage.save("folder/abcdefghij.txt", ContentFile(b"1"), max_length=22) for _ in range(5)]
    assert "folder/abcdefghij.txt" == names[0]
    assert {True} == {
        len(name) <= 22 and re.fullmatch(r"folder/abc_\w{7}\.txt", name) is not None for name in names[1:]
    }


# ---------------------------------------------------------------- URLs


def test_odd_names_in_a_base_url():
    storage = RemoteStorage("memory://", base_url="/media")
    assert "/media/a%3Ab%20c%23%3F%25%C3%A9.txt" == storage.url("a:b c#?%é.txt")
    assert "/media/" == storage.url("")


def test_a_store_without_urls_says_what_to_do():
    with pytest.raises(NotImplementedError, match="give the storage a base_url"):
        RemoteStorage("memory://").url("a")
    with pytest.raises(NotImplementedError, match="only the plain URL"):
        RemoteStorage("memory://", base_url="/m/").url("a", download="b")


def test_a_storage_elsewhere_has_no_path_whatever_the_name():
    for name in ("", "a", "../a"):
        with pytest.raises(NotImplementedError):
            RemoteStorage("memory://").path(name)


# ---------------------------------------------------------------- content types


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("a.txt", None, "text/plain"),
        ("a.txt", "text/x-special", "text/x-special"),
        ("a.txt", "text/plain\r\nX: y", "text/plain"),
        ("a.csv.gz", None, "application/gzip"),
        ("a.unheard-of", None, None),
        ("data:text/html,a.jpg", None, "image/jpeg"),
        (".txt", None, None),
    ],
)
def test_the_content_type_is_the_upload_s_or_guessed(name, given, kept):
    storage = RemoteStorage("memory://")
    content = ContentFile(b"1")
    if given:
        content.content_type = given
    storage.save(name, content)
    assert kept == storage.stat(name).attributes.content_type


def test_a_storage_s_attributes_are_stronger_than_a_guess():
    storage = RemoteStorage("memory://", attributes={"content_type": "text/special", "cache_control": "no-store"})
    storage.save("a.txt", io.BytesIO(b"1"))
    attributes = storage.stat("a.txt").attributes
    assert ("text/special", "no-store") == (attributes.content_type, attributes.cache_control)


# ---------------------------------------------------------------- what a pair of fresh eyes found


class FromSettings(RemoteStorage):
    """As in Django's how-to: no arguments, everything from elsewhere; here with a secret in it."""

    def __init__(self, option=None):
        super().__init__(store=option or KEYED)


class KeyedByClass(RemoteStorage):
    store = KEYED


class Bareboned(RemoteStorage):
    """As in Django's how-to too: it does not call our constructor."""

    store = "memory://"

    def __init__(self, option=None):
        self.option = option


class Tenth(RemoteStorage):
    expires = 5
    base_url = "/tenth/"


class Diamond(Media, Tenth):
    pass


class Logged(RemoteStorage):
    """Overrides how a file is written, and not how names are chosen."""

    def _save(self, name, content):
        return super()._save(name, content)


def test_a_secret_that_a_migration_would_not_show_is_no_reason_to_refuse():
    for kind in (FromSettings, KeyedByClass):
        text, _ = MigrationWriter.serialize(models.FileField(storage=kind()))
        assert f"tests.test_storage.{kind.__name__}()" in text
        assert SECRET not in text
    with pytest.raises(ValueError, match="secret_key"):
        FromSettings(KEYED).deconstruct()


def test_stores_and_attributes_can_be_written_to_migrations():
    storage = RemoteStorage(Readonly(MemoryStore(name="q")), attributes=holdfast.Attributes(cache_control="x"))
    text, _ = MigrationWriter.serialize(models.FileField(storage=storage))
    assert "holdfast.stores.memory.MemoryStore(name='q')" in text
    assert "holdfast.Attributes(cache_control='x')" in text
    with pytest.raises(ValueError, match="secret_key"):
        RemoteStorage(S3Store(bucket="b", access_key="AK", secret_key=SECRET)).deconstruct()


def test_a_constructor_that_leaves_ours_out_works():
    storage = Bareboned()
    assert "(not built)" in repr(storage)
    assert "a" == storage.save("a", ContentFile(b"1"))


def test_options_of_both_sides_of_a_diamond_count():
    storage = Diamond()
    assert ("memory://media", 5) == (storage.store.label, storage.expires)
    assert "https://media.example.com/" == storage.base_url


def test_overriding_save_alone_never_replaces():
    """A file is found in the way and vanishes, so the name is free again; but somebody else takes it first."""

    class Busy(MemoryStore):
        def put(self, key, source, how=holdfast.Write()):
            if not self.objects:
                super().put(key, Source.of(b"theirs"))
                raise self.error(holdfast.AlreadyExists, key)
            return super().put(key, source, how)

    store = Busy()
    storage = Logged(store)
    with mock.patch.object(
        Busy, "head", side_effect=[holdfast.NotFound(), holdfast.NotFound(), None, holdfast.NotFound()]
    ):
        saved = storage.save("a", ContentFile(b"ours"))
    assert re.fullmatch(r"a_\w{7}", saved)
    assert [b"theirs", b"ours"] == [store.objects[name][1] for name in ("a", saved)]


def test_whatever_save_takes_it_takes_with_hooks_too():
    for content in (b"1", "1", bytearray(b"1"), memoryview(b"1")):
        assert b"1" == (storage := Logged("memory://")).open(storage.save("a", content)).read()


def test_no_secret_in_what_python_shows_of_a_storage():
    storage = RemoteStorage(KEYED)
    assert SECRET not in repr(vars(storage)) + repr(storage._built) + repr(storage._constructor_args)


def test_a_mistake_beside_a_secret_shows_it_in_none_of_our_frames(rf):
    with override_settings(DEBUG=True, HOLDFAST={"store": MISTYPED}):
        try:
            RemoteStorage()
        except ImproperlyConfigured:
            page = ExceptionReporter(rf.get("/"), *sys.exc_info()).get_traceback_html()
    assert "regoin" in page
    assert SECRET not in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": None}, "layers: it is a list"),
        ({"layers": {"BACKEND": "x"}}, "layers: it is a list"),
        ({"store": {"BACKEND": "memory://", "OPTIONS": ["name"]}}, "OPTIONS of a store are a dictionary"),
        ({"layers": [{"BACKEND": "holdfast.layers.Prefixed", "OPTIONS": ["prefix"]}]}, "are a dictionary"),
        ({"attributes": "x"}, "it is a dictionary of attributes"),
        ({"attributes": {"metadata": "x"}}, "metadata: it is a dictionary"),
        ({"attributes": {"metadata": None}}, "metadata: it is a dictionary"),
        ({"attributes": {"content_type": 5}}, "content_type: 5 is not text"),
        ({"expires": 0}, "expires: 0"),
        ({"expires": float("nan")}, "expires: nan"),
        ({"expires": float("inf")}, "expires: inf"),
        ({"expires": True}, "'expires' cannot be True"),
    ],
    ids=str,
)
def test_mistakes_are_told_with_the_option(options, message):
    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        RemoteStorage(**{"store": "memory://", **options})


@pytest.mark.parametrize("setting", ["memory://", [1], 5, True])
def test_holdfast_is_a_dictionary(setting):
    with override_settings(HOLDFAST=setting), pytest.raises(ImproperlyConfigured, match="HOLDFAST is a dictionary"):
        RemoteStorage()


def test_the_root_of_a_local_store_as_an_option_and_escaped_in_a_url(tmp_path):
    assert (
        f"local://{tmp_path}" == RemoteStorage({"BACKEND": "local://", "OPTIONS": {"root": tmp_path}}).store.label
    )
    assert "local:///srv/a#b c" == RemoteStorage("local:///srv/a%23b%20c").store.label
    assert "memory://x/a b" == RemoteStorage("memory://x/a%20b").store.label


def test_urls_as_templates_write_them():
    storage = RemoteStorage("memory://", base_url="/static/")
    assert ["/static/img/", "/static/img/x.png"] == [storage.url(name) for name in ("img/", "/img/x.png")]


def test_names_that_no_file_has():
    storage = RemoteStorage("memory://")
    for name in (None, ""):
        with pytest.raises(ValueError, match="name is empty"):
            storage.delete(name)
    with pytest.raises(TypeError, match="name"):
        storage.save(None, ContentFile(b"1"))
    with pytest.raises(SuspiciousFileOperation):
        storage.save("a/.", ContentFile(b"1"))


def test_a_folder_in_the_way_means_another_name(tmp_path):
    for kind in (RemoteStorage, Logged):
        storage = kind(f"local://{tmp_path}/{kind.__name__}")
        storage.save("docs/a", ContentFile(b"1"))
        assert not storage.is_name_available("docs")
        assert re.fullmatch(r"docs_\w{7}", storage.save("docs", ContentFile(b"2")))
        assert re.fullmatch(r"docs_\w{7}", storage._save("docs", ContentFile(b"3")))


def test_what_is_no_file_is_not_opened(tmp_path):
    storage = RemoteStorage(f"local://{tmp_path}")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError):
        storage.open("pipe")
