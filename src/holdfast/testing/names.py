"""Names that break careless code."""

from __future__ import annotations

__all__ = ["ALIKE", "KEPT", "PICKY", "QUOTED", "REFUSED"]

KEPT = (
    "with space.txt",
    "two  spaces.txt",
    "quote'single.txt",
    'quote"double.txt',
    "back`tick.txt",
    "(round) [square] {curly}.txt",
    "percent%.txt",
    "percent%20encoded%2Fslash.txt",
    "%48%45.txt",
    "plus+plus.txt",
    "hash#mark.txt",
    "question?mark.txt",
    "query?a=b&c=d;e.txt",
    "equal=sign,comma.txt",
    "less<greater>.txt",
    "pipe|star*.txt",
    "glob[0-9]?.txt",
    "colon:time 10:00.txt",
    "at@dollar$tilde~caret^.txt",
    "exclaim!.txt",
    "&amp;.txt",
    "-leading-dash.txt",
    ".hidden",
    "..two-dots.txt",
    "dots...inside.txt",
    "_underscore",
    "0",
    "no ending",
    "ending.tar.gz",
    "umlaut-äöüß.txt",
    "e-acute-\u00e9.txt",
    "кириллица.txt",
    "日本語.txt",
    "עברית.txt",
    "emoji-🙂.txt",
    "flag-🇪🇺-family-👩‍👩‍👧.txt",
    "no\u00a0break.txt",
    "zero\u200bwidth.txt",
    "folder with space/file.txt",
    "folder+plus/50%/file?.txt",
    "ordner-ä/datei-ö.txt",
    "a.b/c.d/e.f",
    "x" * 200 + ".txt",
    "/".join(["deep"] * 30) + "/file.txt",
)
"""Every store keeps these as they are."""

QUOTED = ("a b.txt", "a+b.txt", "a%20b.txt", "a%2520b.txt", "a%2Bb.txt", "a&amp;b.txt", "a&b.txt")
"""Names that are one name to whoever quotes or unquotes once too often."""

PICKY = (
    "trailing space ",
    " leading space",
    "trailing dot.",
    "folder. /file",
    "CON",
    "aux.txt",
    "~",
    "c" * 255,
    "long/" + "é" * 120,
    "q" * 600,
)
"""Some systems cannot keep these; then they are refused, and never bent."""

ALIKE = (
    ("Case.txt", "case.txt"),
    ("nfc-\u00e9.txt", "nfc-e\u0301.txt"),
    ("dot.txt", "dot.txt."),
)
"""Two names that some systems take for one."""

REFUSED = (
    "",
    ".",
    "..",
    "../outside.txt",
    "folder/../../outside.txt",
    "folder/../inside.txt",
    "..\\outside.txt",
    "/absolute.txt",
    "\\absolute.txt",
    "trailing/",
    "null\0.txt",
    "line\n.txt",
    "return\r.txt",
    "x" * 1500,
    "half-\ud800.txt",
)
"""No name for a file, on any store."""
