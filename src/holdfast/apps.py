"""The app, for projects that put ``"holdfast"`` into ``INSTALLED_APPS``: it adds the system checks."""

from __future__ import annotations

from django.apps import AppConfig


class HoldfastConfig(AppConfig):
    name = "holdfast"

    def ready(self) -> None:
        import holdfast.checks  # noqa: F401 - registers them
