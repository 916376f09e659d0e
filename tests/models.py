"""Models with files, in the storage ``media``, whichever that is."""

from __future__ import annotations

from django.db import models

import holdfast


def by_owner(instance: Document, filename: str) -> str:
    return f"{instance.owner or 'nobody'}/{filename}"


class Document(models.Model):
    owner = models.CharField(max_length=20, blank=True)
    file = models.FileField(upload_to=by_owner, storage=holdfast.use("media"), max_length=60)
    extra = models.FileField(upload_to="extra/%Y", storage=holdfast.use("media"), blank=True)

    def __str__(self) -> str:
        return self.file.name


class Picture(models.Model):
    image = models.ImageField(
        upload_to="pictures", storage=holdfast.use("media"), width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return self.image.name
