"""The newer Ceph does what the older one does not: what it is there for."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.servers.ceph20 import Ceph20


@pytest.fixture
def bucket20(ceph20: Ceph20) -> str:
    ceph20.create_bucket("conditions")
    return "conditions"


def test_it_keeps_conditions(ceph20: Ceph20, bucket20: str) -> None:
    client = ceph20.client()
    target = {"Bucket": bucket20, "Key": "a.txt"}
    etag = client.put_object(**target, Body=b"one")["ETag"]
    assert '"' in etag
    upload = client.create_multipart_upload(**target)["UploadId"]
    part = client.upload_part(**target, UploadId=upload, PartNumber=1, Body=b"two")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    for refused in (
        lambda: client.put_object(**target, Body=b"two", IfNoneMatch="*"),
        lambda: client.put_object(**target, Body=b"two", IfMatch='"other"'),
        lambda: client.delete_object(**target, IfMatch='"other"'),
        lambda: client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload=parts, IfNoneMatch="*"),
    ):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            refused()
    client.put_object(**target, Body=b"three", IfMatch=etag)
    client.close()
