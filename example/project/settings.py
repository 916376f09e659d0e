"""A project as small as it can be; what is Holdfast's stands in STORAGES and in INSTALLED_APPS."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("EXAMPLE_DATA", BASE_DIR))  # where the database and local files go

STORAGES = {
    "default": {
        "BACKEND": "holdfast.RemoteStorage",
        # local:// keeps files in MEDIA_ROOT and gives them URLs below MEDIA_URL. Any other store is another word
        # here, and no other line of the project changes: s3://bucket, s3://bucket?endpoint=http://127.0.0.1:7480
        "OPTIONS": {"store": os.environ.get("STORE") or "local://"},
    },
}
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "media/"

INSTALLED_APPS = [
    "django.contrib.messages",
    "holdfast",  # adds its system checks: `manage.py check` looks at every storage
    "gallery",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"  # needs no sessions
ROOT_URLCONF = "project.urls"
USE_TZ = True
TIME_ZONE = "UTC"

# For this machine alone.
DEBUG = True
SECRET_KEY = "known to everybody who has read this file"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
