"""The system checks."""

from unittest import mock

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

import holdfast
from holdfast.checks import check_storages
from holdfast.stores.memory import MemoryStore
from holdfast.types import Create, Feature

REMOTE = "holdfast.RemoteStorage"


@pytest.fixture(autouse=True)
def no_models():
    """The models of these tests name aliases that only other tests have."""
    with mock.patch.object(apps, "get_models", return_value=[]) as get_models:
        yield get_models


class Careless(MemoryStore):
    """A store that looks before it writes, and keeps no attributes."""

    features = Feature.WRITE

    def creates(self, size):
        return Create.NONE

    def check(self):
        return [checks.Warning("The shelf is narrow.", id="shelf.W001")]


def ids(**options):
    with override_settings(STORAGES={"default": {"BACKEND": REMOTE, "OPTIONS": options}}):
        return [message.id for message in check_storages()]


def test_a_right_storage_has_none():
    assert [] == ids(store="memory://")


@pytest.mark.parametrize("options", [{"stor": "memory://"}, {"store": "s4://x"}, {"store": "memory://?nam=x"}])
def test_a_storage_that_cannot_be_built(options):
    assert ["holdfast.E001"] == ids(**options)


def test_a_store_s_own_messages_and_what_follows_from_its_powers():
    store = f"{__name__}.Careless"
    assert ["shelf.W001", "holdfast.W001"] == ids(store=store)
    assert ["shelf.W001"] == ids(store=store, layers=["holdfast.layers.Readonly"])
    assert ["shelf.W001", "holdfast.W001", "holdfast.E002"] == ids(store=store, attributes={"content_type": "a/b"})


def test_the_message_says_where():
    with override_settings(STORAGES={"vault": {"BACKEND": REMOTE, "OPTIONS": {"stor": 1}}}):
        (message,) = check_storages()
    assert isinstance(message, checks.Error)
    assert message.msg.startswith("STORAGES['vault']: RemoteStorage: there is no option 'stor'.")


def test_the_setting_holdfast_is_checked_too():
    with override_settings(HOLDFAST={"store": "s4://"}, STORAGES={}):
        assert ["HOLDFAST"] == [message.msg.partition(":")[0] for message in check_storages()]


def test_other_storages_are_left_alone():
    with override_settings(
        STORAGES={
            "a": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "b": {"BACKEND": "no.such.Storage"},
            "c": {},
        }
    ):
        assert [] == check_storages()


@isolate_apps("tests")
def test_a_field_with_an_alias_that_is_not_there(no_models):
    class Document(models.Model):
        file = models.FileField(storage=holdfast.use("valt"))

        class Meta:
            app_label = "tests"

        def __str__(self):
            return self.file.name

    no_models.return_value = [Document]
    with override_settings(STORAGES={"vault": {"BACKEND": REMOTE, "OPTIONS": {"store": "memory://"}}}):
        (message,) = check_storages()
    assert "holdfast.E003" == message.id
    assert "tests.Document.file: there is no 'valt' in STORAGES. Did you mean 'vault'?" == message.msg


def test_manage_py_check_runs_them(capsys):
    with override_settings(STORAGES={"default": {"BACKEND": REMOTE, "OPTIONS": {"store": f"{__name__}.Careless"}}}):
        call_command("check")
    assert "holdfast.W001" in capsys.readouterr().err
