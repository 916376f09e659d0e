"""The project's tests, without pytest: ``python -m django test``."""

# ruff: noqa: PT027

from __future__ import annotations

import io
import pickle
import threading
import urllib.request

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import FileField
from django.templatetags.static import static
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, override_settings
from PIL import Image

import holdfast
from holdfast.errors import Unavailable
from holdfast.testing import Fault, assert_missing, assert_saved, assert_saved_like, faults, memory_storages
from tests.project import views
from tests.project.models import ALIASES, Paper
from tests.project.storages import Photos, Vault

FIELDS = [field.name for field in Paper._meta.local_fields if isinstance(field, FileField)]


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (12, 9), "red").save(data, "PNG")
    return data.getvalue()


class InMemory(TestCase):
    """Every test has its files in memory."""

    def setUp(self) -> None:
        self.files = self.enterContext(memory_storages())

    def test_every_field_is_reached(self) -> None:
        paper = Paper()
        for name in FIELDS:
            getattr(paper, name).save("a.png", ContentFile(picture()), save=False)
        paper.save()
        found = Paper.objects.get()
        for name in FIELDS:
            with self.subTest(name):
                assert_saved(getattr(found, name), picture())
                assert getattr(found, name).url
        for name, alias in ALIASES.items():
            with self.subTest(name):
                assert_saved(getattr(found, name).name, picture(), storage=alias)
        assert (12, 12) == (found.width, found.photo.width)

    def test_each_alias_has_a_memory_of_its_own(self) -> None:
        storages["default"].save("a.txt", ContentFile(b"a"))
        for alias in self.files:
            if alias not in ("default", "thumbs"):
                assert_missing("a.txt", storage=alias)
        storages["thumbs"].save("b.txt", ContentFile(b"b"))
        assert_saved("thumbs/b.txt", b"b")
        assert {*storages.backends} - {"staticfiles"} == {*self.files}

    def test_a_test_begins_without_a_file_1(self) -> None:
        self.begin_and_leave_one()

    def test_a_test_begins_without_a_file_2(self) -> None:
        self.begin_and_leave_one()

    def begin_and_leave_one(self) -> None:
        for storage in (*self.files.values(), Photos(), Paper._meta.get_field("private").storage):
            assert ([], []) == storage.listdir("")
            storage.save("a.txt", ContentFile(b"a"))

    def test_uploads(self) -> None:
        answer = self.client.post("/upload/", {"owner": "ann", "plain": SimpleUploadedFile("a.txt", b"hello")})
        assert {"name": "ann/a.txt", "url": "/media/ann/a.txt"} == answer.json()
        assert_saved("ann/a.txt", "hello")
        self.client.post("/upload/", {"owner": "ann", "photo": SimpleUploadedFile("a.png", picture())})
        assert_saved(Paper.objects.get(photo__gt="").photo, lambda data: data.startswith(b"\x89PNG"))
        self.client.post("/upload/", {"owner": "ann", "plain": SimpleUploadedFile("a.txt", b"again")})
        assert_saved_like("ann/a_*.txt", b"again")
        assert b"hello" == b"".join(self.client.get("/download/ann/a.txt").streaming_content)

    def test_a_service_that_is_down(self) -> None:
        with faults("default", Fault("put", error=Unavailable)):
            answer = self.client.post("/upload/", {"owner": "ann", "plain": SimpleUploadedFile("a.txt", b"hello")})
        assert (503, {"error": "try again"}) == (answer.status_code, answer.json())
        assert_missing("ann/a.txt")
        assert not Paper.objects.exists()

    def test_what_modules_hold_on_to(self) -> None:
        views.vault.save("a.txt", ContentFile(b"a"))
        views.legacy.save("b.txt", ContentFile(b"b"))
        assert_saved("a.txt", b"a", storage="vault")
        assert_saved("b.txt", b"b", storage="legacy")

    def test_what_classes_and_settings_name(self) -> None:
        Photos().save("a.txt", ContentFile(b"a"))
        assert_saved("a.txt", b"a", storage=Paper._meta.get_field("photo").storage)
        holdfast.RemoteStorage().save("b.txt", ContentFile(b"b"))
        assert_saved("b.txt", b"b", storage=Paper._meta.get_field("default_holdfast").storage)
        elsewhere = "s3://elsewhere?endpoint=https://s3.invalid&region=nowhere"
        holdfast.RemoteStorage(elsewhere).save("c.txt", ContentFile(b"c"))
        assert_saved("c.txt", b"c", storage=holdfast.RemoteStorage(elsewhere))

    def test_two_objects_for_the_same_files(self) -> None:
        Paper._meta.get_field("private").storage.save("a.txt", ContentFile(b"a"))
        assert_saved("a.txt", b"a", storage=Paper._meta.get_field("private_too").storage)

    def test_hooks_and_options_stay(self) -> None:
        names = [storages["vault"].save("A.txt", ContentFile(b"a")) for _ in range(2)]
        assert ["A.txt", "A-again.txt"] == names
        paper = Paper()
        paper.resolved.save("B.TXT", ContentFile(b"b"), save=False)
        assert "resolved/b.txt" == paper.resolved.name
        assert isinstance(storages["vault"], Vault)
        assert "private" == self.files["vault"].stat("A.txt").attributes.cache_control
        for alias in ("inbox", "legacy"):
            assert ["a.txt"] * 2 == [storages[alias].save("a.txt", ContentFile(b"a")) for _ in range(2)]
        assert "a.txt" != [storages["disk"].save("a.txt", ContentFile(b"a")) for _ in range(2)][1]

    def test_urls(self) -> None:
        assert "/media/a%20b.txt" == default_storage.url("a b.txt")
        assert "/disk/a.txt" == storages["disk"].url("a.txt")
        assert "https://memory.test/vault/a.txt?expires=60" == storages["vault"].url("a.txt")
        url = self.files["vault"].url("a.txt", expires=5, download="B.txt")
        assert "https://memory.test/vault/a.txt?expires=5&download=B.txt" == url
        assert "https://memory.test/legacy/a.txt?expires=3600" == storages["legacy"].url("a.txt")

    def test_static_files_stay_what_they_are(self) -> None:
        assert "/static/a.css" == static("a.css")
        assert "staticfiles" not in self.files
        self.assertRaises(KeyError, lambda: self.files["staticfiles"])
        assert "/dev/null/static/a.css" == storages["staticfiles"].path("a.css")

    def test_what_goes_past_django_s_methods(self) -> None:
        for name in ("bucket", "connection", "unsigned_connection"):
            with self.assertRaisesRegex(AttributeError, "S3Storage.* goes past"):
                getattr(storages["legacy"], name)
        self.assertRaises(NotImplementedError, storages["disk"].path, "a.txt")

    def test_migrations_do_not_change(self) -> None:
        out = io.StringIO()
        with self.settings(MIGRATION_MODULES={"project": "tests.project.none"}):
            call_command("makemigrations", "project", dry_run=True, verbosity=3, stdout=out)
        for text in (
            "storage=holdfast.use('vault')",
            "storage=tests.project.storages.the_vault",
            "storage=storages.backends.s3.S3Storage(bucket_name='legacy'",
            "storage=django.core.files.storage.FileSystemStorage(base_url='/disk/'",
            "storage=tests.project.storages.Private('/dev/null/private')",
        ):
            assert text in out.getvalue()
        assert "memory" not in out.getvalue().lower()

    def test_pickles(self) -> None:
        paper = Paper()
        paper.plain.save("a.txt", ContentFile(b"a"))
        assert_saved(pickle.loads(pickle.dumps(paper)).plain, b"a")

    def test_settings_that_change_inside(self) -> None:
        extra = {"BACKEND": "tests.project.storages.Vault", "OPTIONS": {"store": "s3://extra?region=nowhere"}}
        foreign = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "extra"}}
        default_storage.save("before.txt", ContentFile(b"before"))
        with override_settings(STORAGES={**storages.backends, "extra": extra, "foreign": foreign}):
            for alias in ("extra", "foreign"):
                storages[alias].save("a.txt", ContentFile(b"a"))
                assert_saved("a.txt", b"a", storage=alias)
                assert alias in self.files
            assert_saved("before.txt", b"before")
            for name in FIELDS:
                getattr(Paper(), name).save("a.txt", ContentFile(b"a"), save=False)
        assert_saved("before.txt", b"before")
        assert "extra" not in self.files

    def test_the_url_of_media_changes(self) -> None:
        there = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
        with override_settings(STORAGES={"default": there}, MEDIA_URL="/one/"):
            assert "/one/a.txt" == default_storage.url("a.txt")
            with override_settings(MEDIA_URL="/two/"):
                assert "/two/a.txt" == default_storage.url("a.txt")

    async def test_asynchronously(self) -> None:
        await self.async_client.post("/upload/", {"owner": "ann", "plain": SimpleUploadedFile("a.txt", b"hello")})
        assert_saved("ann/a.txt", "hello")

    def test_saved_in_a_thread(self) -> None:
        thread = threading.Thread(target=lambda: default_storage.save("a.txt", ContentFile(b"a")))
        thread.start()
        thread.join()
        assert_saved("a.txt", b"a")


class NothingIsLeft(SimpleTestCase):
    def test_all_is_as_it_was(self) -> None:
        with override_settings(STORAGES={**storages.backends}):
            objects = {alias: storages[alias] for alias in storages.backends}
            objects |= {f"field {name}": Paper._meta.get_field(name).storage for name in FIELDS}
            before = {name: (id(each), type(each), dict(vars(each))) for name, each in objects.items()}
            kinds = type(storages), type(default_storage)
            with memory_storages(), memory_storages("vault", "staticfiles"):
                for alias in storages.backends:
                    assert objects[alias] is storages[alias]
                    storages[alias].save("a.txt", ContentFile(b"a"))
            assert kinds == (type(storages), type(default_storage))
            for name, each in objects.items():
                now = (id(each), type(each), dict(vars(each)))
                with self.subTest(name):
                    assert before[name][:2] == now[:2]
                    changed = {key for key in now[2] if now[2][key] != before[name][2].get(key)}
                    assert changed <= {"_built"}
        with self.assertRaisesRegex(AssertionError, "The network was touched"):
            storages["vault"].exists("a.txt")
        assert isinstance(storages["disk"], FileSystemStorage)
        assert not storages["disk"].exists("a.txt")
        with self.assertRaisesRegex(Exception, "The network was touched|credentials|Could not connect"):
            storages["legacy"].exists("a.txt")


class OfAClass(TestCase):
    """Files that all tests of a class share, as the rows of ``setUpTestData``."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(memory_storages())
        cls.paper = Paper()
        cls.paper.legacy.save("a.txt", ContentFile(b"a"))

    def test_it_is_there(self) -> None:
        assert_saved(Paper.objects.get().legacy, b"a")

    @memory_storages()
    def test_a_block_inside_begins_without_a_file(self) -> None:
        assert_missing(Paper.objects.get().legacy)


class Live(LiveServerTestCase):
    """The threads of the server are in the same memory."""

    def setUp(self) -> None:
        self.enterContext(memory_storages())

    def test_download(self) -> None:
        default_storage.save("a.txt", ContentFile(b"hello"))
        with urllib.request.urlopen(f"{self.live_server_url}/download/a.txt", timeout=30) as answer:
            assert b"hello" == answer.read()
