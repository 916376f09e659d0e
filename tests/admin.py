"""The admin's pages of the models."""

from __future__ import annotations

from django.contrib import admin

from tests.models import Document, Picture

admin.site.register([Document, Picture])
