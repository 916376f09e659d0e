"""S3, and every service that speaks its language: AWS, Ceph, MinIO, R2, B2, Wasabi, Garage …

The API is Amazon's, in the *Amazon S3 API Reference*; the names in quotes in these modules are its pages. What
services make of it differs in a few places, and for these there are options.

Reading order: ``store`` (the options, and which module does what), ``client``, ``get``, ``put``, ``multipart``, and
then the small ones.
"""

from __future__ import annotations

from holdfast.stores.s3.store import S3Store

__all__ = ["S3Store"]
