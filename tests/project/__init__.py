"""A Django project whose storages are all elsewhere, at hosts that do not exist, and its own test suite."""
