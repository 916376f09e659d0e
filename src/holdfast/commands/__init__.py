"""The subcommands of ``manage.py holdfast``, a module each: ``help``, ``add_arguments`` and ``run``."""
