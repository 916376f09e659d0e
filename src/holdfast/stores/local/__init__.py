"""Files on a local disk, and on whatever is mounted as one.

Reading order: ``store`` (the options and the verbs), ``drafts`` (how a file comes to be), ``files`` (where a key
lies, reading, walking), ``errors``.
"""

from __future__ import annotations

from holdfast.stores.local.store import LocalStore

__all__ = ["LocalStore"]
