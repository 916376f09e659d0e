"""A model that no database and no project knows, for Django's fields over any storage."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.core.files.storage import Storage
from django.db import models

from holdfast.testing.asserting import NotApplicable

__all__ = ["unsaved"]


def unsaved(storage: Storage, **options: Any) -> Any:
    """An instance of a model with the fields ``file``, ``other`` and ``image`` in ``storage``, and ``width`` and
    ``height`` of the image. ``options``: those of a ``FileField``, for all three.

    It is for ``file.save(name, content, save=False)``; there is no table to save it to.
    """
    if not apps.apps_ready:
        raise NotApplicable("needs django.setup(): there are no models without")
    files = {"storage": storage, **options}
    fields = {
        "id": models.AutoField(primary_key=True),
        "file": models.FileField(**files),
        "other": models.FileField(**files),
        "image": models.ImageField(**files, width_field="width", height_field="height"),
        "width": models.IntegerField(null=True),
        "height": models.IntegerField(null=True),
    }
    meta = type("Meta", (), {"app_label": "unsaved", "apps": Apps()})
    model: Any = type("Unsaved", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
    return model()
