"""Storages that packages know by their class and instantiate without arguments."""

from django.contrib.staticfiles.storage import ManifestFilesMixin

from holdfast import RemoteStorage


class Thumbnails(RemoteStorage):
    store = "memory://sorl"
    base_url = "/sorl/"


class Static(ManifestFilesMixin, RemoteStorage):
    store = "memory://static"
    base_url = "/static/"
