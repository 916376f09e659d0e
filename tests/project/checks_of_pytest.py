"""The project's tests, in pytest's words, with and without pytest-django; ``pytest.ini`` has the line that puts
every test's files in memory."""

from __future__ import annotations

import unittest

import django
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

django.setup()


def test_files_are_in_memory():
    assert "a.txt" == default_storage.save("a.txt", ContentFile(b"a"))


def test_and_gone_with_the_test(memory_storages):
    assert not memory_storages["default"].exists("a.txt")
    assert "a.txt" == memory_storages["legacy"].save("a.txt", ContentFile(b"a"))


def test_storages_of_other_packages():
    assert not storages["legacy"].exists("a.txt")


class OfUnittest(unittest.TestCase):
    def test_it_too(self):
        assert ([], []) == default_storage.listdir("")
