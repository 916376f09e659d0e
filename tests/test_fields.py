"""Django's fields, forms and admin over every store.

These are promises too, but they need models and a database, which a package cannot bring into a project.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.test import Client, override_settings
from PIL import Image, ImageFile

import holdfast
from holdfast import RemoteStorage
from holdfast.stores.memory import MemoryStore
from holdfast.types import Feature
from tests.conftest import STORES, Subject
from tests.forms import DocumentForm, PictureForm
from tests.models import Document, Picture

pytestmark = pytest.mark.django_db


@pytest.fixture(params=STORES)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    subject = STORES[request.param].make(request)
    yield subject
    subject.store.close()


@pytest.fixture(autouse=True)
def media(request: pytest.FixtureRequest, settings) -> RemoteStorage:
    """The storage of the alias ``media``: over each of the stores, where a test asks for the subject."""
    store = request.getfixturevalue("subject").store if "subject" in request.fixturenames else MemoryStore()
    options = {"store": store, "base_url": "/media/"}
    settings.STORAGES = {**settings.STORAGES, "media": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": options}}
    return storages["media"]


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(data, kind, quality=95)
    return data.getvalue()


def upload(name: str = "a.txt", content: bytes = b"content") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def content_of(file: FieldFile) -> bytes:
    with file.open() as opened:
        return opened.read()


class TestFileField:
    def test_a_file_is_saved_with_its_model(self, subject: Subject) -> None:
        document = Document.objects.create(owner="ann", file=upload())
        assert "ann/a.txt" == document.file.name
        found = Document.objects.get()
        assert b"content" == content_of(found.file)
        assert 7 == found.file.size
        assert "/media/ann/a.txt" == found.file.url

    def test_a_second_file_of_the_name_gets_another(self, subject: Subject) -> None:
        names = [Document.objects.create(file=upload(content=b"%d" % number)).file.name for number in range(3)]
        assert "nobody/a.txt" == names[0]
        assert all(re.fullmatch(r"nobody/a_\w{7}\.txt", name) for name in names[1:])
        contents = [content_of(document.file) for document in Document.objects.order_by("pk")]
        assert [b"0", b"1", b"2"] == contents

    def test_the_column_s_length_holds(self, subject: Subject) -> None:
        for _ in range(2):
            document = Document.objects.create(file=upload(f"{'long' * 30}.txt"))
            assert 60 >= len(document.file.name)
            assert document.file.name.endswith(".txt")
            assert document.file.storage.exists(document.file.name)

    def test_no_room_for_a_name(self, subject: Subject, media: RemoteStorage) -> None:
        document = Document(owner="o" * 20)
        with pytest.raises(SuspiciousFileOperation):
            document.file.save(f"a.{'x' * 50}", upload())
        assert [] == list(media.walk())

    def test_a_name_is_made_valid(self, subject: Subject) -> None:
        document = Document.objects.create(file=upload("My file (1).txt"))
        assert "nobody/My_file_1.txt" == document.file.name

    def test_a_name_from_outside_is_stripped_to_its_last_part(self, subject: Subject) -> None:
        document = Document.objects.create(file=SimpleUploadedFile("../../etc/passwd", b"content"))
        assert "nobody/passwd" == document.file.name

    def test_upload_to_cannot_reach_outside(self, subject: Subject, media: RemoteStorage) -> None:
        with pytest.raises(SuspiciousFileOperation):
            Document.objects.create(owner="../..", file=upload())
        assert [] == list(media.walk())

    def test_save_and_delete_of_the_field(self, subject: Subject, media: RemoteStorage) -> None:
        document = Document()
        document.file.save("a.txt", ContentFile("text"))
        assert document.pk is not None
        document.extra.save("b.txt", ContentFile(b"more"), save=False)
        assert re.fullmatch(r"extra/\d{4}/b\.txt", document.extra.name)
        name = document.file.name
        document.file.delete(save=False)
        assert not document.file
        assert not media.exists(name)
        assert media.exists(document.extra.name)

    def test_a_file_is_opened_again(self, subject: Subject) -> None:
        Document.objects.create(file=upload())
        file = Document.objects.get().file
        with file.open() as opened:
            assert b"content" == opened.read()
        assert file.closed
        with file.open("rb") as opened:
            assert b"content" == opened.read()
        with file.open("r") as opened:
            assert "content" == opened.read()

    def test_a_file_is_written_through_its_field(self, subject: Subject) -> None:
        document = Document.objects.create(file=upload())
        with document.file.open("wb") as file:
            file.write(b"new content")
        assert b"new content" == content_of(Document.objects.get().file)
        assert 11 == Document.objects.get().file.size

    def test_an_uploaded_file_stays_usable(self, subject: Subject) -> None:
        content = upload()
        document = Document(file=content)
        assert b"content" == document.file.read()
        document.save()
        content.seek(0)
        assert b"content" == content.read()
        assert b"content" == content_of(document.file)

    def test_a_file_of_one_model_is_given_to_another(self, subject: Subject, media: RemoteStorage) -> None:
        first = Document.objects.create(file=upload())
        second = Document.objects.create(file=first.file.name)
        assert second.file.name == first.file.name
        third = Document()
        with second.file.open() as file:
            third.file.save("copy.txt", file)
        assert b"content" == content_of(Document.objects.get(pk=third.pk).file)
        assert 2 == len(list(media.walk()))

    def test_a_large_file(self, subject: Subject) -> None:
        content = bytes(range(256)) * 20_000
        with TemporaryUploadedFile("large.bin", "application/octet-stream", len(content), None) as file:
            file.write(content)
            Document.objects.create(file=file)
        with Document.objects.get().file.open() as file:
            assert content == b"".join(file.chunks())

    def test_a_model_is_pickled_and_serialized(self, subject: Subject) -> None:
        document = Document.objects.create(file=upload())
        assert b"content" == content_of(pickle.loads(pickle.dumps(document)).file)
        text = serializers.serialize("json", [document])
        Document.objects.all().delete()
        for loaded in serializers.deserialize("json", text):
            loaded.save()
        assert b"content" == content_of(Document.objects.get().file)

    def test_a_response_streams_it(self, subject: Subject) -> None:
        content = bytes(range(256)) * 2000
        document = Document.objects.create(file=upload("a.bin", content))
        response = FileResponse(document.file.open(), as_attachment=True)
        assert content == b"".join(response.streaming_content)
        assert str(len(content)) == response["Content-Length"]
        assert 'attachment; filename="a.bin"' == response["Content-Disposition"]
        response.close()
        assert document.file.closed


class TestImageField:
    def test_width_and_height_are_kept(self, subject: Subject) -> None:
        for kind, ending in (("PNG", "png"), ("JPEG", "jpg")):
            created = Picture.objects.create(image=upload(f"a.{ending}", picture(40, 30, kind)))
            assert (40, 30) == (created.width, created.height)
            found = Picture.objects.get(pk=created.pk)
            assert (40, 30) == (found.image.width, found.image.height)

    def test_width_and_height_of_a_large_image_cost_one_request(self, subject: Subject) -> None:
        content = picture(1500, 1000)
        assert 3_000_000 < len(content)
        created = Picture.objects.create(image=upload("a.png", content))
        assert subject.counter is not None
        with subject.counter() as counted:
            found = created.image.storage.open(created.image.name)
            parser = ImageFile.Parser()
            while not parser.image:
                parser.feed(found.read(1024))
            found.close()
        assert (1500, 1000) == parser.image.size
        assert 1 >= counted.count
        if Feature.RANGE in subject.store.features:
            assert 262_144 >= counted.received

    def test_no_request_for_what_the_columns_know(self, subject: Subject) -> None:
        Picture.objects.create(image=upload("a.png", picture()))
        assert subject.counter is not None
        with subject.counter() as counted:
            found = Picture.objects.get()
            assert (40, 30) == (found.width, found.height)
            assert "/media/pictures/a.png" == found.image.url
        assert 0 == counted.count

    def test_an_image_is_worked_on(self, subject: Subject, media: RemoteStorage) -> None:
        Picture.objects.create(image=upload("a.png", picture()))
        with media.open("pictures/a.png") as source, Image.open(source) as image:
            small = image.resize((4, 3))
        for name in ("small.png", "small.jpg", "small.webp", "small.tiff", "small.pdf"):
            with media.open(name, "wb") as target:
                small.save(target, name.rpartition(".")[2].replace("jpg", "jpeg"))
            if not name.endswith("pdf"):
                with media.open(name) as file, Image.open(file) as found:
                    found.load()
                    assert (4, 3) == found.size

    def test_an_image_that_cannot_be_encoded_leaves_nothing(self, subject: Subject, media: RemoteStorage) -> None:
        with pytest.raises(OSError, match="cannot write mode"), media.open("a.jpg", "wb") as file:
            Image.new("RGBA", (10, 10)).save(file, "JPEG")
        assert not media.exists("a.jpg")


class TestForms:
    def test_uploads(self, subject: Subject) -> None:
        form = DocumentForm({"owner": "ann"}, {"file": upload(), "extra": upload("b.txt", b"more")})
        assert form.is_valid(), form.errors
        form.save()
        found = Document.objects.get()
        assert [b"content", b"more"] == [content_of(found.file), content_of(found.extra)]

    def test_clearing_and_replacing(self, subject: Subject, media: RemoteStorage) -> None:
        document = Document.objects.create(file=upload(), extra=upload("b.txt"))
        form = DocumentForm({"extra-clear": "on"}, {"file": upload("c.txt", b"new")}, instance=document)
        assert form.is_valid(), form.errors
        form.save()
        found = Document.objects.get()
        assert ("nobody/c.txt", "") == (found.file.name, found.extra.name)
        # Django leaves old files alone: another row may name them.
        assert media.exists("nobody/a.txt")

    def test_images_are_looked_at(self, subject: Subject) -> None:
        assert PictureForm({}, {"image": upload("a.png", picture())}).is_valid()
        assert not PictureForm({}, {"image": upload("a.png", b"no image")}).is_valid()
        form = PictureForm({}, {"image": upload("a.png", picture(20, 10))})
        assert form.is_valid()
        assert (20, 10) == (form.save().width, form.instance.height)


class TestAdmin:
    @pytest.fixture
    def browser(self, client: Client) -> Client:
        client.force_login(get_user_model().objects.create_superuser("admin", "admin@example.com", "password"))
        return client

    def test_adding_and_changing(self, subject: Subject, browser: Client) -> None:
        answer = browser.post("/admin/tests/document/add/", {"owner": "ann", "file": upload()})
        assert 302 == answer.status_code, answer.context["errors"]
        document = Document.objects.get()
        assert b"content" == content_of(document.file)
        page = browser.get(f"/admin/tests/document/{document.pk}/change/")
        assert 'href="/media/ann/a.txt"' in page.content.decode()
        answer = browser.post(
            f"/admin/tests/document/{document.pk}/change/", {"owner": "ann", "file": upload("b.txt", b"new")}
        )
        assert 302 == answer.status_code
        assert b"new" == content_of(Document.objects.get().file)

    def test_a_large_upload(self, subject: Subject, browser: Client) -> None:
        content = bytes(range(256)) * 15_000  # more than Django keeps in memory
        answer = browser.post("/admin/tests/document/add/", {"file": upload("large.bin", content)})
        assert 302 == answer.status_code
        assert content == content_of(Document.objects.get().file)

    def test_images(self, subject: Subject, browser: Client) -> None:
        browser.post("/admin/tests/picture/add/", {"image": upload("a.png", picture()), "width": 1, "height": 1})
        found = Picture.objects.get()
        assert (40, 30) == (found.width, found.height)
        assert 200 == browser.get("/admin/tests/picture/").status_code

    def test_a_list_of_files_costs_no_request(self, subject: Subject, browser: Client) -> None:
        for number in range(5):
            Document.objects.create(file=upload(f"{number}.txt"))
        assert subject.counter is not None
        with subject.counter() as counted:
            assert "nobody/4.txt" in browser.get("/admin/tests/document/").content.decode()
        assert 0 == counted.count


class Named(RemoteStorage):
    store = "memory://named"


def chosen() -> RemoteStorage:
    return Named()


class TestMigrations:
    @staticmethod
    def state(storage: object) -> ProjectState:
        state = ProjectState()
        fields = [("id", models.AutoField(primary_key=True)), ("file", models.FileField(storage=storage))]
        state.add_model(ModelState("somewhere", "Thing", fields))
        return state

    def changes(self, before: object, after: object) -> dict:
        questioner = NonInteractiveMigrationQuestioner(specified_apps={"somewhere"})
        states = self.state(before), self.state(after)
        return MigrationAutodetector(*states, questioner)._detect_changes()

    @pytest.mark.parametrize(
        "make",
        [
            lambda: holdfast.use("media"),
            Named,
            lambda: chosen,
            lambda: RemoteStorage("memory://plain", base_url="/media/"),
            lambda: RemoteStorage({"BACKEND": "memory://plain", "OPTIONS": {}}),
        ],
        ids=["use", "named subclass", "callable", "arguments", "spec"],
    )
    def test_nothing_changes_where_nothing_has_changed(self, make: Callable[[], object]) -> None:
        assert {} == self.changes(make(), make())
        before = make()
        with override_settings(STORAGES={"media": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}):
            assert {} == self.changes(before, make())

    def test_another_alias_is_a_change(self) -> None:
        assert ["somewhere"] == list(self.changes(holdfast.use("media"), holdfast.use("vault")))

    def test_what_stands_in_the_migration_makes_the_same_field(self) -> None:
        for storage in (holdfast.use("media"), Named(), chosen):
            text, imports = MigrationWriter.serialize(models.FileField(storage=storage))
            scope: dict[str, object] = {}
            exec("\n".join(sorted(imports)), scope)
            again = eval(text, scope)
            assert {} == self.changes(storage, again.storage if storage is not chosen else chosen)

    def test_the_project_s_own_models_are_stable(self) -> None:
        from django.apps import apps

        state = ProjectState.from_apps(apps)
        assert {} == MigrationAutodetector(state, state.clone())._detect_changes()
        text, _ = MigrationWriter.serialize(Document._meta.get_field("file"))
        assert "storage=holdfast.use('media')" in text
