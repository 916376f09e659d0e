"""The lock of the test tools: one for all of them, and a child must not be forked while it is held."""

from __future__ import annotations

import os
import threading

__all__ = ["lock"]

lock = threading.RLock()
os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
