"""This module sets the brief by typst: A4 pages in the form of Decree 30/2020/NĐ-CP, tagged PDF/A-2b and PDF/UA-1.

Nothing is fetched: the font is Debian's Liberation Serif 2 where it is installed (the widths of Times New Roman, which
the decree asks for), else Libertinus Serif, which typst carries; both are under the SIL Open Font License. The file's
dates come from the version, so that the same version makes the same bytes with the same font.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.extracts.brief.content import Content, collect_content
from dagster_project.extracts.reading.reading import Reading

STANDARDS: list[typst.PDFStandard] = ["a-2b", "ua-1"]
_FONT_FOLDERS = ("/usr/share/fonts/truetype/liberation2", "/usr/share/fonts/truetype/liberation")
_CARRIED = "Libertinus Serif"
_FAMILIES = ("Liberation Serif", _CARRIED)
_MORE_SIGNS = "–—…“”‘’−•●▲■◇○≥≤×₫"


def write_brief(read: Reading, path: Path) -> None:
    """Write the brief of what was read from a published file."""
    made = datetime.combine(read.briefing, time(7), HO_CHI_MINH)
    path.write_bytes(set_brief(collect_content(read), made))


def set_brief(content: Content, made: datetime, families: Sequence[str] = _FAMILIES) -> bytes:
    """Return the PDF of a content, which bears the time `made`; fonts are tried in the order of `families`.

    A font that lacks a letter is passed over: PDF/A refuses a text without a glyph. Raises RuntimeError when no family
    is installed, TypstError when the last one fails, too.
    """
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[f for f in _FONT_FOLDERS if Path(f).is_dir()])
    source = (files(__package__) / "brief.typ").read_bytes()
    told = json.dumps(_make_printable(content), ensure_ascii=False)
    usable = [family for family in families if family in fonts.families()]
    for family in usable:
        compiler = typst.Compiler(source, font_paths=fonts, ignore_system_fonts=True)
        try:
            pdf = compiler.compile(
                format="pdf",
                sys_inputs={"content": told, "font": family, "made": made.date().isoformat()},
                pdf_standards=STANDARDS,
                timestamp=made,
            )
        except typst.TypstError as refused:
            if "could not be displayed" not in refused.message or family == usable[-1]:
                raise
        else:
            assert isinstance(pdf, bytes)
            return pdf
    raise RuntimeError(f"Không có phông chữ nào trong: {', '.join(families)}.")


def _make_printable(content: Any) -> Any:
    """Return the content without what no font of offices holds (control characters, pictures, other scripts): '?'
    instead.
    """
    if isinstance(content, str):
        return "".join(letter if _is_known(letter) else "?" for letter in unicodedata.normalize("NFC", content))
    if isinstance(content, dict):
        return {key: _make_printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_make_printable(value) for value in content]
    return content


def _is_known(letter: str) -> bool:
    """Return whether a letter is Latin of Europe or Vietnam, or a sign that the product itself writes."""
    point = ord(letter)
    return 0x20 <= point < 0x7F or 0xA0 <= point < 0x180 or letter in "ƠơƯư" or 0x1EA0 <= point <= 0x1EF9 or (
        letter in _MORE_SIGNS
    )  # fmt: skip
