"""Settings of the project: every alias is Holdfast's, and every package finds its storage in its own way."""

from pathlib import Path

SECRET_KEY = "only for tests"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django_cleanup.apps.CleanupConfig",
    "easy_thumbnails",
    "holdfast",
    "imagekit",
    "sorl.thumbnail",
    "tests.packages",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _memory(name: str) -> dict:
    return {
        "BACKEND": "holdfast.RemoteStorage",
        "OPTIONS": {"store": f"memory://{name}", "base_url": f"/{name}/"},
    }


STORAGES = {
    "default": _memory("media"),
    "processed": _memory("processed"),
    "easy_thumbnails": _memory("easy"),
    "staticfiles": {"BACKEND": "tests.packages.storages.Static"},
}
THUMBNAIL_DEFAULT_STORAGE_ALIAS = "easy_thumbnails"  # easy-thumbnails: an alias
THUMBNAIL_STORAGE = "tests.packages.storages.Thumbnails"  # sorl-thumbnail: the path of a class
THUMBNAIL_DEBUG = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
