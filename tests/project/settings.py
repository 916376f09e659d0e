"""Settings of the project: every alias is on a service, or on the disk, that its tests must not touch."""

import os
import socket
from typing import Any, NoReturn

SECRET_KEY = "only for tests"
USE_TZ = True
ROOT_URLCONF = "tests.project.urls"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "holdfast",
    "tests.project",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = "/dev/null/static"
MEDIA_ROOT = "/dev/null/media"


os.environ |= {"AWS_ACCESS_KEY_ID": "access", "AWS_SECRET_ACCESS_KEY": "secret"}


def _s3(bucket: str) -> str:
    return f"s3://{bucket}?endpoint=https://s3.invalid&region=nowhere"


STORAGES = {
    "default": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": _s3("media"), "base_url": "/media/"}},
    "vault": {
        "BACKEND": "tests.project.storages.Vault",
        "OPTIONS": {"store": _s3("vault"), "attributes": {"cache_control": "private"}, "expires": 60},
    },
    "inbox": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": _s3("inbox"), "allow_overwrite": True}},
    "thumbs": {
        "BACKEND": "holdfast.RemoteStorage",
        "OPTIONS": {
            "store": "storages:default",
            "layers": [{"BACKEND": "holdfast.layers.Prefixed", "OPTIONS": {"prefix": "thumbs"}}],
        },
    },
    "legacy": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "legacy", "endpoint_url": "https://s3.invalid", "file_overwrite": True},
    },
    "disk": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": "/dev/null/disk", "base_url": "/disk/"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
HOLDFAST = {"store": _s3("holdfast")}


def _refuse(host: str | None, *args: Any, **kwargs: Any) -> Any:
    if host not in ("localhost", "127.0.0.1", None, ""):
        _touched(host)
    return _getaddrinfo(host, *args, **kwargs)


def _touched(host: str) -> NoReturn:
    raise AssertionError(f"The network was touched: {host}")


_getaddrinfo = socket.getaddrinfo
socket.getaddrinfo = _refuse
