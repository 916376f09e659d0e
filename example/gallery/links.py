from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.urls import reverse

from holdfast import Unsupported


def link(name: str) -> str:
    """Where a browser downloads the file: at the store itself, by a signed URL, or else from this project.

    ``download`` makes it a download wherever it comes from: what strangers upload is never shown as a page.
    """
    try:
        return default_storage.url(name, download=PurePosixPath(name).name)
    except Unsupported:
        return reverse("download", args=[name])
