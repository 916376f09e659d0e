"""A model with a file in every way that a field can come by its storage."""

from __future__ import annotations

from django.core.files.storage import storages
from django.db import models

import holdfast
from tests.project.storages import LazyLegacy, LazyVault, Photos, Private, the_vault


def by_owner(instance: Paper, filename: str) -> str:
    return f"{instance.owner}/{filename}"


class Paper(models.Model):
    owner = models.CharField(max_length=20, default="nobody")
    plain = models.FileField(upload_to=by_owner, blank=True)
    used = models.FileField(storage=holdfast.use("vault"), upload_to="used", blank=True)
    called = models.FileField(storage=the_vault, upload_to="called", blank=True)
    resolved = models.FileField(storage=storages["vault"], upload_to="resolved", blank=True)
    lazy = models.FileField(storage=LazyVault(), upload_to="lazy", blank=True)
    legacy = models.FileField(storage=storages["legacy"], upload_to="legacy", blank=True)
    lazy_legacy = models.FileField(storage=LazyLegacy(), upload_to="lazy_legacy", blank=True)
    disk = models.FileField(storage=storages["disk"], upload_to="disk", blank=True)
    photo = models.ImageField(storage=Photos(), upload_to="photos", width_field="width", blank=True)
    private = models.FileField(storage=Private("/dev/null/private"), upload_to="private", blank=True)
    private_too = models.FileField(storage=Private("/dev/null/private"), upload_to="private", blank=True)
    own = models.FileField(
        storage=holdfast.RemoteStorage("local:///dev/null/own", base_url="/own/"), upload_to="own", blank=True
    )
    default_holdfast = models.FileField(storage=holdfast.RemoteStorage(), upload_to="holdfast", blank=True)
    width = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.owner


ALIASES = {
    "plain": "default",
    "used": "vault",
    "called": "vault",
    "resolved": "vault",
    "lazy": "vault",
    "legacy": "legacy",
    "lazy_legacy": "legacy",
    "disk": "disk",
}
"""Which field is in which alias; the others are in none."""
