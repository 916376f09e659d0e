"""Uploads in parts that were left behind are found, and taken away when they are old enough."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

MIB = 1024 * 1024
KEYS = ["a/1.bin", "a/ü &+%.bin", "b/1.bin"]


@pytest.fixture
def left(place):
    """Three uploads that somebody began; one of them has a part."""
    for key in KEYS:
        begun = place.boto3.create_multipart_upload(Bucket=place.bucket, Key=key)
    place.boto3.upload_part(
        Bucket=place.bucket, Key=KEYS[-1], UploadId=begun["UploadId"], PartNumber=1, Body=bytes(1000)
    )
    return place


def keys(place):
    return sorted(upload["Key"] for upload in place.pending())


def test_those_that_are_old_enough_are_aborted(left):
    store = left.store()
    time.sleep(1.1)  # times are said to the second
    assert [] == list(store.sweep(timedelta(hours=1)))
    assert KEYS == [upload.key for upload in store.sweep(timedelta(0), dry_run=True)]
    assert KEYS == keys(left)
    swept = list(store.sweep(timedelta(0), "a/"))
    assert KEYS[:2] == [upload.key for upload in swept]
    assert abs(datetime.now(UTC) - swept[0].begun) < timedelta(minutes=1)
    assert KEYS[2:] == keys(left)
    assert KEYS[2:] == [upload.key for upload in store.sweep(timedelta(0))]
    assert [] == keys(left)


def test_one_that_is_gone_meanwhile_is_no_error(left):
    time.sleep(1.1)
    sweeping = left.store().sweep(timedelta(0))
    next(sweeping)
    list(left.store().sweep(timedelta(0)))
    assert 2 == len(list(sweeping))


def test_an_age_is_not_negative(store):
    with pytest.raises(ValueError, match="older_than"):
        list(store.sweep(timedelta(days=-1)))


@pytest.fixture
def aliases(place):
    options = {
        "endpoint": place.ceph.endpoint,
        "access_key": place.ceph.access_key,
        "secret_key": place.ceph.secret_key,
    }
    folder = {"BACKEND": f"s3://{place.bucket}/a", "OPTIONS": options}
    with override_settings(
        STORAGES={
            "folder": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": folder}},
            "memory": {"BACKEND": "holdfast.RemoteStorage", "OPTIONS": {"store": "memory://"}},
            "django": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        }
    ):
        yield


def command(*arguments):
    out = io.StringIO()
    call_command("holdfast", "sweep", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_stays_in_the_folder_of_the_alias(left, aliases):
    time.sleep(1.1)
    assert "0 uploads aborted.\n" == command("folder", "--older-than", "7d")
    assert "2 uploads would be aborted.\n" in command("folder", "--older-than", "0s", "--dry-run")
    assert KEYS == keys(left)
    said = command("folder", "--older-than", "0s")
    assert ("a/1.bin" in said, "2 uploads aborted.\n" in said) == (True, True)
    assert KEYS[2:] == keys(left)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("memory", "--older-than", "7d"), "has no uploads in parts"),
        (("django", "--older-than", "7d"), "is no storage of Holdfast's"),
        (("missing", "--older-than", "7d"), "There are: django, folder, memory"),
        (("folder", "--older-than", "week"), "'week' is no age"),
        (("folder",), "--older-than"),
    ],
)
def test_the_command_says_what_is_wrong(aliases, arguments, message):
    with pytest.raises(CommandError, match=message):
        command(*arguments)
