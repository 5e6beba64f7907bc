"""Texts of a workbook in which some letters are raised, lowered or struck out → the plain texts that a person reads.

The library joins the runs of a text whatever their font: "12 000" with a raised 2 would be 12,0002, and a struck 500
before 700 would be 500700. So these texts are written anew in the workbook before it is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection

from dagster_project.ingest.readers.formats.raised import END, LOWERED, RAISED, write_marks
from dagster_project.ingest.readers.xlsx_cells import drop_comments

# None reaches over the next element of its own name: without an end in sight it would be sought from each of them.
_TEXT = re.compile(
    rb"<(?P<prefix>(?:\w+:)?)(?P<tag>si|is)>(?P<inner>(?:[^<]++|<(?!/?(?:\w+:)?(?:si|is)>))*+)</(?P=prefix)(?P=tag)>"
)
_RUN = re.compile(rb"<(?:\w+:)?r>((?:[^<]++|<(?!/?(?:\w+:)?r>))*+)</(?:\w+:)?r>")
_LETTERS = re.compile(rb"<(?:\w+:)?t(?:\s[^<>]*+)?>([^<]*+)</")
_STRUCK = re.compile(rb"<(?:\w+:)?strike(?!\s+val=\"(?:0|false)\")[^<>]*+>")
_PLACED = re.compile(rb"<(?:\w+:)?vertAlign\s+val=\"(superscript|subscript)\"")
_FAST = 1  # of zlib's levels: the workbook is read once and thrown away


def write_plain_texts(content: bytes, parts: Collection[str]) -> bytes:
    """Return the workbook with plain texts in these of its parts."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, _TEXT.sub(_write_plain, drop_comments(part)) if name in parts else part)
    return stream.getvalue()


def _write_plain(text: re.Match[bytes]) -> bytes:
    if _STRUCK.search(text["inner"]) is None and _PLACED.search(text["inner"]) is None:
        return text[0]
    whole = ""
    for run in _RUN.findall(text["inner"]):
        letters = b"".join(_LETTERS.findall(run)).decode("utf-8", "replace")
        placed = _PLACED.search(run)
        if letters and _STRUCK.search(run) is None:
            whole += f"{RAISED if placed[1] == b'superscript' else LOWERED}{letters}{END}" if placed else letters
    prefix, tag, plain = text["prefix"], text["tag"], write_marks(whole).encode()
    return b'<%s%s><%st xml:space="preserve">%s</%st></%s%s>' % (prefix, tag, prefix, plain, prefix, prefix, tag)
