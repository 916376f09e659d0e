"""Rows as lines of at most 100 columns."""

from django.template.defaultfilters import filesizeformat
from django.utils.encoding import uri_to_iri

from gallery.round_trip import Row

NAME, SIZE, DIGEST, URL = 32, 9, 9, 42


def head() -> str:
    return f"  {'NAME':{NAME}}  {'SIZE':>{SIZE}}  {'SHA-256':{DIGEST}}  URL"


def line(row: Row) -> str:
    size = filesizeformat(row.size).replace("\xa0", " ")
    digest = f"{row.digest[:8]}…" if row.digest else ""
    return f"{'✗' if row.fault else '✓'} {_name(row):{NAME}}  {size:>{SIZE}}  {digest:{DIGEST}}  {_url(row)}"


def _name(row: Row) -> str:
    """With its ending, which says more than the middle."""
    return row.name if len(row.name) <= NAME else f"{row.name[: NAME - 11]}…{row.name[-10:]}"


def _url(row: Row) -> str:
    url = uri_to_iri(row.url)
    return url if len(url) <= URL else f"{url[: URL - 1]}…"
