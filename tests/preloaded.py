"""A WSGI application that has used its storage before the server forks: tests/test_servers_that_fork.py runs it."""

import json
import os

import django
from django.conf import settings
from django.core.files.base import ContentFile

settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    STORAGES={
        "default": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": json.loads(os.environ["STORAGE_OPTIONS"])}
    },
)
django.setup()

from django.core.files.storage import default_storage  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

MASTER = os.getpid()
FIRST = default_storage.save("first.txt", ContentFile(b"saved before the fork"))
OPEN = default_storage.open(FIRST)


def use(request):
    name = default_storage.save("a.txt", ContentFile(b"saved by a worker"))
    with default_storage.open(FIRST) as file:
        first = file.read()
    return JsonResponse({"name": name, "first": first.decode(), "forked": os.getpid() != MASTER})


urlpatterns = [path("", use)]
application = get_wsgi_application()
