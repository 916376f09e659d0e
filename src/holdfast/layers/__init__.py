"""Layers: stores over other stores, each one behaviour.

Named in a storage's ``layers`` like Django's ``MIDDLEWARE``, the first nearest to your code; or nested by hand:
``Readonly(S3Store(bucket="media"))``.
"""

from __future__ import annotations

from holdfast.layers.prefixed import Prefixed
from holdfast.layers.readonly import Readonly

__all__ = ["Prefixed", "Readonly"]
