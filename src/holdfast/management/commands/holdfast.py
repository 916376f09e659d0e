"""``manage.py holdfast``: the subcommands are the modules of ``holdfast.commands``."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

SUBCOMMANDS = ("check", "startstore", "sweep")


class Command(BaseCommand):
    help = "Hold a storage to its promises; begin a store of your own."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="subcommand")
        for name in SUBCOMMANDS:
            module = _module(name)
            subparser = subparsers.add_parser(name, help=module.help, description=module.help)
            module.add_arguments(subparser)

    def handle(self, *args: Any, **options: Any) -> None:
        status: int = _module(options["subcommand"]).run(options, self.stdout)
        if status:
            sys.exit(status)


def _module(name: str) -> Any:
    return import_module(f"holdfast.commands.{name}")
