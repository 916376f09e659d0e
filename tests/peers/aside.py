"""Where a promise fails over a storage that does not break it: something else stops the promise on its way."""

from __future__ import annotations

from collections.abc import Mapping

_NO_EDIT = "its files refuse the first write in that mode, so there is nothing that could go wrong afterwards"
_NO_TEXT = "its files take no text at all (`modes.text`), and the promise goes no further"
_NO_READ = "it reads by `read()` what it saves, and what this promise saves has only `chunks()`"
_CLOSES = "it closes the content that it saves (`saving.left_open`), and the promise goes no further"
_NOT_AGAIN = "its files cannot be opened again (`fields.opened_again`), and the promise goes no further"
_REPLACES = (
    "it replaces the file of a name that is taken (`naming.taken_name_gets_another`), and nothing else is wrong"
)
_OWN_ERROR = "it refuses, if by an exception of its own that is no OSError"
_NEVER_THERE = "its `exists()` is always False (`howto.exists`), and nothing else is wrong"

_S3 = ("s3", "s3-overwrite", "s3-gzip")
_FTP = ("ftp", "ftp-overwrite", "ftp-latin-1")
_ALL = (*_S3, "sftp", *_FTP)


def _of(subjects: tuple[str, ...], why: str, *promises: str) -> dict[tuple[str, str], str]:
    return {(subject, promise): why for subject in subjects for promise in promises}


ASIDE: Mapping[tuple[str, str], str] = {
    **_of(
        _ALL,
        _NO_EDIT,
        "aborts.exception_undoes_an_edit",
        "editing.another_stays",
        "editing.old_until_closed",
        "modes.x_replaces_nothing",
    ),
    **_of(("sftp", *_FTP), _NO_TEXT, "aborts.exception_in_other_modes", "aborts.half_a_table"),
    **_of((*_S3, "sftp"), _NO_READ, "sources.saved_unseen"),
    **_of(_FTP, _CLOSES, "saving.independent_of_the_content", "saving.own_file", "sources.saved_unseen"),
    **_of(_FTP, _NOT_AGAIN, "fields.closed"),
    **_of(
        ("s3-overwrite", "ftp-overwrite"),
        _REPLACES,
        "hooks.alternative_names",
        "naming.addition_before_the_endings",
        "naming.max_length",
    ),
    **_of(("s3-overwrite",), _REPLACES, "fields.deleted", "hooks.exists_reserves_names", "saving.own_file"),
    **_of(
        ("ftp-overwrite",),
        _NEVER_THERE,
        "closing.appears_when_closed",
        "folders.not_deleted",
        "howto.save_gives_the_name",
    ),
    **_of(("ftp-overwrite",), _OWN_ERROR, "spelling.name_of_a_folder"),
}
"""By subject and promise: why it is not counted."""
