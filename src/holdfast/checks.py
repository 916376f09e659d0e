"""System checks of every Holdfast storage in the settings. None of them touches the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.utils.module_loading import import_string

from holdfast.lazy import AliasedStorage
from holdfast.options import nearest
from holdfast.storage import RemoteStorage
from holdfast.types import Create, Feature

__all__ = ["check_storages"]


@checks.register(checks.Tags.files)
def check_storages(**_: Any) -> list[CheckMessage]:
    """``holdfast.E001``: a storage cannot be built. ``W001``: it cannot create without the risk of replacing.
    ``E002``: it asks for attributes its store does not keep. Further ones are the stores' own."""
    found: list[CheckMessage] = []
    for where, build in _storages():
        try:
            storage = build()
        except (ImproperlyConfigured, TypeError) as error:  # Django's own: OPTIONS that are no dictionary
            found.append(checks.Error(f"{where}: {error}", id="holdfast.E001"))
            continue
        found.extend(_check(where, storage))
    return [*found, *_aliases()]


def _aliases() -> Iterator[CheckMessage]:
    """``E003``: a field names an alias that ``STORAGES`` does not have."""
    for model in apps.get_models():
        for each in model._meta.local_fields:
            storage = getattr(each, "storage", None)
            if isinstance(storage, AliasedStorage) and storage.alias not in settings.STORAGES:
                hint = nearest(storage.alias, settings.STORAGES)
                yield checks.Error(f"{each}: there is no {storage.alias!r} in STORAGES. {hint}", id="holdfast.E003")


def _storages() -> Iterator[tuple[str, Any]]:
    for alias, params in settings.STORAGES.items():
        try:
            kind = import_string(params["BACKEND"])
        except (ImportError, KeyError, TypeError):
            continue  # Django's own message is the better one
        if isinstance(kind, type) and issubclass(kind, RemoteStorage):
            yield f"STORAGES[{alias!r}]", lambda alias=alias: storages[alias]
    if getattr(settings, "HOLDFAST", None):
        yield "HOLDFAST", RemoteStorage


def _check(where: str, storage: RemoteStorage) -> Iterator[CheckMessage]:
    store = storage.store
    for message in store.check():
        message.msg = f"{where}: {message.msg}"
        yield message
    writable = Feature.WRITE in store.features
    if writable and not storage.allow_overwrite and store.creates(None) is Create.NONE:
        yield checks.Warning(
            f"{where}: {store.label} cannot create a file without the risk of replacing another's.",
            hint="Two processes that save the same name in the same instant may lose one of the files.",
            id="holdfast.W001",
        )
    if Feature.ATTRIBUTES not in store.features and (names := storage.attributes.requested()):
        yield checks.Error(f"{where}: {store.label} cannot keep {', '.join(names)}.", id="holdfast.E002")
