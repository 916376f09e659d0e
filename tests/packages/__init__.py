"""A small project that uses files through well-known packages.

Its tests run in a process of their own, by ``tests/test_packages.py``: a process has one set of settings.
"""
