"""One Vietnamese text as offices send it → one spelling. Columns of them: `text`. Loads nothing: a night without news
asks it, too."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]+")


def clean_text(value: str) -> str:
    """Clean one text; return "" when nothing is left."""
    return " ".join(unicodedata.normalize("NFC", _ZERO_WIDTH.sub("", value)).split())


# Tone placement ------------------------------------------------------------------------------------------------------

# Two ways to place a tone are in use (hòa and hoà); both are right, so that neither may part a name from itself.
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def _list_placements() -> dict[str, str]:
    """Map `oa`, `oe`, `uy` with the tone on their second letter to those with it on the first (hòa, lòe, thủy)."""
    spellings: dict[str, str] = {}
    for pair in ("oa", "oe", "uy"):
        for tone in _TONES:
            first = unicodedata.normalize("NFC", pair[0] + tone) + pair[1]
            second = pair[0] + unicodedata.normalize("NFC", pair[1] + tone)
            spellings[second] = first
    return spellings


_OPEN = _list_placements()
_CLOSED = {first: second for second, first in _OPEN.items()}
# After q the u belongs to the consonant: quý has its tone on the y in both ways.
_OPEN_RE = re.compile(rf"(?<!q)({'|'.join(_OPEN)})(?![^\W\d_])")
_CLOSED_RE = re.compile(rf"({'|'.join(_CLOSED)})(?=[^\W\d_])")
_QUY_RE = re.compile(rf"(?<=q)({'|'.join(first for first in _CLOSED if first.endswith('y'))})(?![^\W\d_])")


def fold(value: str) -> str:
    """Fold case and tone placement of one clean text: Hoà = Hòa, Thuỷ = Thủy, hòang = hoàng; accents and đ stay."""
    folded = unicodedata.normalize("NFC", value.casefold())
    if folded.isascii():
        return folded
    folded = _OPEN_RE.sub(lambda m: _OPEN[m[1]], folded)
    folded = _QUY_RE.sub(lambda m: _CLOSED[m[1]], folded)
    return _CLOSED_RE.sub(lambda m: _CLOSED[m[1]], folded)


def make_key(value: str) -> str:
    """Make the comparison key of one text; return "" when nothing is left."""
    return fold(clean_text(value))


# Headers and names ---------------------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"[(\[]((?:[^()\[\]]|[(\[][^()\[\]]*[)\]])*)[)\]]")  # "(triệu (VNĐ))" is one


@lru_cache(maxsize=4096)
def make_header_key(value: str) -> tuple[str, str | None]:
    """Split a header into (comparison key, unit): text in brackets stands apart. "Diện tích\\n(ha)" → ("diện tích",
    "ha")."""
    folded = make_key(value)
    units = [unit.strip() for unit in _BRACKETS.findall(folded)]
    bare = _BRACKETS.sub(" ", folded)
    bare = re.sub(r"\s*/\s*", "/", bare)
    return re.sub(r"\s+", " ", bare).strip(" :*."), " ".join(filter(None, units)) or None


def find_brackets(header: str) -> str:
    """Find what a header says in brackets, as written, one after the other: "Diện tích (thu hồi) (ha)" → "thu hồi; ha";
    "" without any."""
    return "; ".join(filter(None, (said.strip() for said in _BRACKETS.findall(clean_text(header)))))


_STATEMENT = re.compile(
    r"(?<![^\W\d_])(?<!đấu giá )(?:lần|lan)[\s_\-]*(?:thứ[\s_]*)?(\d{1,2}|hai|ba|bốn|tư|năm)(?![\d/])"
)
_ORDINALS = {"hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5}


def find_statement_no(name_or_title: str) -> int:
    """Find out which sending of the same report this is: "lần 2", "lan2", "lần thứ hai" → 2; none → 1. "(1)" only marks
    a copy."""
    found = _STATEMENT.findall(make_key(name_or_title).replace("_", " "))
    numbers = [_ORDINALS[word] if word in _ORDINALS else int(word) for word in found]
    return max([1, *numbers])
