"""What each package does with files, done on Holdfast's storages."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from PIL import Image
from sorl.thumbnail import get_thumbnail

from tests.packages.models import Photo


def picture() -> ContentFile:
    data = io.BytesIO()
    Image.new("RGB", (100, 80), "red").save(data, "PNG")
    return ContentFile(data.getvalue(), "a.png")


@pytest.fixture
def photo(db) -> Photo:
    return Photo.objects.create(image=picture(), icon=picture())


def size(storage, name: str) -> tuple[int, int]:
    with storage.open(name) as file, Image.open(file) as image:
        return image.size


def test_easy_thumbnails(photo):
    assert (100, 80) == (photo.width, photo.height)
    thumbnail = photo.image.get_thumbnail({"size": (30, 30), "crop": True})
    assert thumbnail.url.startswith("/easy/photos/")
    assert (30, 30) == size(storages["easy_thumbnails"], thumbnail.name)
    assert thumbnail.name == photo.image.get_thumbnail({"size": (30, 30), "crop": True}).name


def test_sorl_thumbnail(photo):
    thumbnail = get_thumbnail(photo.image, "40x40", crop="center")
    assert thumbnail.url.startswith("/sorl/")
    assert (40, 40) == size(thumbnail.storage, thumbnail.name)


def test_imagekit(photo):
    assert (10, 10) == size(storages["processed"], photo.icon.name)
    assert photo.preview.url.startswith("/media/CACHE/")
    assert (20, 20) == (photo.preview.width, photo.preview.height)


def test_django_cleanup(photo, django_capture_on_commit_callbacks):
    first = photo.image.name
    with django_capture_on_commit_callbacks(execute=True):
        photo.image = picture()
        photo.save()
    assert [False, True] == [default_storage.exists(name) for name in (first, photo.image.name)]
    with django_capture_on_commit_callbacks(execute=True):
        photo.delete()
    assert not default_storage.exists(photo.image.name)


def test_collectstatic_with_a_manifest():
    static = storages["staticfiles"]
    for _ in range(2):
        call_command("collectstatic", interactive=False, verbosity=0)
        names = {entry.key for entry in static.walk()}
        assert 5 == len(names)
    with static.open("staticfiles.json") as file:
        paths = json.load(file)["paths"]
    assert f"/static/{paths['page.css']}" == static.url("page.css")
    with static.open(paths["page.css"]) as file:
        assert paths["dot.svg"].encode() in file.read()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    assert names == {entry.key for entry in static.walk()}
