"""Faults of django-storages 1.14.6 that were known before the contract was asked, and which promises find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Fault:
    """``found``: by the subject that has it, the promises that say so. Without one, ``why_not`` says why."""

    label: str
    words: str
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why_not: str = ""


FAULTS: tuple[Fault, ...] = (
    Fault(
        label="a",
        words="S3: where an exception ends the `with` block of a file that is written, the half file is stored.",
        found={"s3": ("aborts.exception_inside_with", "aborts.exception_keeps_the_old_file")},
    ),
    Fault(
        label="b",
        words="S3 with `file_overwrite=False`: of two saves of one name in the same instant one is lost.",
        found={"s3": ("races.threads_save_one_name",)},
    ),
    Fault(
        label="c",
        words="S3: `open(name, 'wb')` replaces a file also with `file_overwrite=False`.",
        why_not="Python's mode w replaces what is there, and so does FileSystemStorage's; mode x refuses.",
    ),
    Fault(
        label="d",
        words="S3: the first bytes of a file cost all of it.",
        found={"s3": ("budgets.first_bytes",)},
    ),
    Fault(
        label="e",
        words="S3 with `gzip=True`: `size()` of a compressed file is that of its compressed bytes.",
        found={"s3-gzip": ("saving.compressible",)},
    ),
    Fault(
        label="f",
        words="S3: a `.csv.gz` is stored as `text/csv` with `Content-Encoding: gzip`, and browsers unpack it.",
        found={"s3": ("urls.compressed_stay_so",)},
    ),
    Fault(
        label="g",
        words="S3: modes a, r+ and x are taken by `open`, and fail at the first write.",
        found={"s3": ("modes.fails_at_open", "editing.a_appends", "modes.x_refuses")},
    ),
    Fault(
        label="h",
        words="S3: a file that is open for reading says that it is writable.",
        found={"s3": ("files.says_what_it_can",)},
    ),
    Fault(
        label="i",
        words="S3: folders do not exist for `exists()`, and `exists('')` raises an error of botocore's.",
        found={"s3": ("folders.folder_exists", "folders.root_exists")},
    ),
    Fault(
        label="j",
        words="S3: beside a key such as `d//x`, `listdir('d')` gives a folder called `.`.",
        found={"s3": ("listdir.names_that_lead_elsewhere",)},
    ),
    Fault(
        label="k",
        words="S3: `get_modified_time` of a missing file raises botocore's ClientError.",
        found={"s3": ("times.of_a_missing_file",)},
    ),
    Fault(
        label="l",
        words="S3: an open file cannot be pickled.",
        why_not="No open file of Python's can.",
    ),
    Fault(
        label="m",
        words="S3: each thread makes a session and a resource of boto3's of its own.",
        found={"s3": ("resources.little_memory_for_a_thread",)},
    ),
    Fault(
        label="n",
        words="S3: signing a URL takes a tenth of a millisecond or two.",
        why_not="Speed is measured by `make bench`, and not promised.",
    ),
    Fault(
        label="o",
        words="S3 without `location`: `../../x` is taken for `x`.",
        found={"s3": ("naming.refused_everywhere", "naming.refused_for_writing")},
    ),
    Fault(
        label="u",
        words="FTP: a name with a space breaks `listdir` and `size`.",
        found={"ftp": ("listdir.names_with_spaces", "spelling.spaces")},
    ),
    Fault(
        label="v",
        words="FTP and SFTP: of several writes to a file only the last is kept.",
        found={"sftp": ("closing.many_writes",), "ftp": ("closing.many_writes",)},
    ),
    Fault(
        label="w",
        words="FTP with `allow_overwrite=True`: no file exists for `exists()`, and `delete()` deletes none.",
        found={"ftp-overwrite": ("howto.exists", "howto.delete")},
    ),
    Fault(
        label="x",
        words="FTP: the error of a failed connection shows the password.",
        found={"ftp": ("outages.no_secret",)},
    ),
    Fault(
        label="y",
        words="FTP: `size` of a missing file is 0, reading one raises an exception of the package's own, the "
        "storage cannot be pickled once it was used, and with the default encoding names of other scripts fail.",
        found={
            "ftp": ("howto.size_of_a_missing_file", "howto.reading_a_missing_file", "processes.storage_pickled"),
            "ftp-latin-1": ("spelling.scripts",),
        },
    ),
    Fault(
        label="z",
        words="SFTP: any key of a host is accepted, and names such as `../x` and `/x` lead out of `root_path`.",
        found={
            "sftp": (
                "trust.save_needs_trust",
                "trust.reading_needs_trust",
                "naming.refused_for_writing",
                "naming.refused_folders",
            )
        },
    ),
)
