"""Identity and phone numbers in a text. What of a number is personal: docs/rules.md, "Persons in other places"."""

from __future__ import annotations

import re
from itertools import pairwise

HIDDEN = "[số]"
_UUID = r"(?P<kept>(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Fa-f]))"
_NAMED = (
    r"(?P<named>(?:cccd|cmnd|cmtnd|cmt|đdcn|ddcn|căn cước|can cuoc|định danh|chứng minh(?: nhân dân)?)"
    r"[^\d\n]{0,20}\d[\d .\-]{4,18}\d"
    r"|(?<![^\W\d_])(?:s?đt|sdt|tel|zalo|điện thoại|dien thoai)[\s:.()_\-]{0,4}\+?\d[\d .\-]{4,18}\d)"
)
"""A number that is said to be one; also the first digits of it, where the name of a sheet was cut off."""
_BEGIN = r"(?<!\d[.\-])"  # not within an amount, a date, a number of a document
_NO_DATE = r"(?!(?:0?[1-9]|[12]\d|3[01])[.\- ](?:0?[1-9]|1[0-2])[.\- ](?:\d{4}|\d{2})(?!\d))"
_END = r"(?![ .\-\u00a0]?\d)"
_CITIZEN = r"0(?:0[1-9]|[1-8]\d|9[0-6])"
"""How the number of a citizen begins: with the code of a province, 001 to 096 (Circular 59/2021/TT-BCA)."""
_GAP = r"[ .\-\u00a0]?"
_CITIZEN_IN_GROUPS = rf"0{_GAP}(?:0{_GAP}[1-9]|[1-8]{_GAP}\d|9{_GAP}[0-6])(?:{_GAP}\d){{9}}"
_AFTER_NO_DIGIT, _ALONE = r"(?<!\d)", r"(?<![^\W_])"
"""Before a number: in free text a letter may stand there; the figures of a code ("NO090250001") begin with letters."""
_GROUPED = (
    rf"(?:\+?84|0)[35789]\d{{8}}(?!\d)|02\d{{8,9}}(?!\d)|0[35789]\d\d(?:[ .\-]\d{{3}}){{2}}(?!\d)"  # "2025-0987…"
    rf"|{_BEGIN}{_NO_DATE}{_CITIZEN_IN_GROUPS}{_END}"
    rf"|{_BEGIN}{_NO_DATE}0{_GAP}[235789](?:{_GAP}\d){{8,9}}{_END}"
    rf"|{_BEGIN}(?:\(?\+8[ .\-]?4\)?|\(?84\)|0084|84(?=[35789]))[ .\-]?\(?0?\)?[235789](?:[ .\-]?\d){{8}}(?!\d)"
    rf"|{_BEGIN}(?:\(?\+?84\)?[ .\-]?|0)\d{{2,3}}(?:[ .\-]?\d{{3,4}}){{2}}(?!\d)"  # phones in threes and fours
    rf"|{_BEGIN}0\d{{1,3}}(?:[ .\-]\d{{2}}){{3,4}}(?!\d)"  # phones in pairs
)
_FIGURE = re.compile(rf"{_UUID}|{_NAMED}|{_ALONE}(?:{_CITIZEN}\d{{9}}(?!\d)|{_GROUPED})", re.IGNORECASE)
"""Of a cell in which a figure is due: no amount and no count begins with 0."""
_OLDER = r"(?<![.,])[0-3]\d{8}(?![.,]\d|\d)"
_STRICT = re.compile(rf"{_UUID}|{_NAMED}|{_ALONE}(?:{_CITIZEN}\d{{9}}(?!\d)|{_OLDER}|{_GROUPED})", re.IGNORECASE)
"""Of names and codes: a number of the older kind has nine digits and begins with a province's, 01 to 38."""
_LOOSE = re.compile(
    rf"{_UUID}|{_NAMED}|{_AFTER_NO_DIGIT}(?:\d{{12}}(?!\d)|\d{{9}}(?!\d)"
    rf"|(?<!\d[.\-])0\d{{2}}(?:[ .\-]\d{{3}}){{3}}(?!\d)|{_GROUPED})",
    re.IGNORECASE,
)
"""Of free text, on the side of hiding too much: any lone run of 9 or 12 digits. Amounts in groups (1.234.567) stay."""
_LOST_ZERO = re.compile(r"(?:[1-8]\d|9[0-6])\d{9}|[35789]\d{8}")
"""A number of a citizen, or a mobile phone's, that a spreadsheet took for a figure."""
_ENOUGH = re.compile(r"\d(?:\D{0,3}\d){8}")


_BETWEEN = r"(?![ .\-]\d|\W{0,2}[,;]\s)(?:[^\w\"'()\[\]]|_){1,3}"
_GROUPS = rf"(?<!\d[.\-])\+?\d{{1,11}}(?P<gap>{_BETWEEN})\d{{1,11}}(?:(?P=gap)\d{{1,11}})*(?!\d)"
"""Groups of digits with one and the same between them, whatever it is; a single blank, stop or hyphen is told above,
and a comma with a blank, a quote or a bracket parts the numbers of a list."""
_SPLIT, _SPLIT_LOOSE = (re.compile(before + _GROUPS) for before in (_ALONE, _AFTER_NO_DIGIT))
_PERIOD = re.compile(
    r"(?:(?:0?[1-9]|[12]\d|3[01]) (?:0?[1-9]|1[0-2]) (?:(?:19|20)\d\d|\d\d)|(?:0?[1-9]|1[0-2]) (?:19|20)\d\d)(?!\d)"
)
_COMMUNE_DIGITS, _CITIZEN_DIGITS = 5, 12
_JOINED = re.compile(rf"{_CITIZEN}\d{{9}}|(?:\+?84|0084|0)[35789]\d{{8}}|02\d{{8,9}}")


def mask_numbers(value: str) -> str:
    """Replace in free text the identity and phone numbers, and what may be one, by "[số]"."""
    return _replace(_SPLIT_LOOSE, _LOOSE, value)


def mask_sure_numbers(value: str) -> str:
    """Replace identity and phone numbers in a name, a code or a header: figures that cannot be one stay."""
    return _replace(_SPLIT, _STRICT, value)


def mask_numbers_beside_figures(value: str) -> str:
    """Replace identity and phone numbers in a cell in which a figure or a day is due."""
    return _replace(_SPLIT, _FIGURE, value)


def restore_zero(written: str) -> str:
    """Return the figure of a cell in which a text is due with the zero that it lost, where it may be of a person."""
    return f"0{written}" if _LOST_ZERO.fullmatch(written) else written


def _replace(split: re.Pattern[str], pattern: re.Pattern[str], value: str) -> str:
    return pattern.sub(_hide, split.sub(_hide_split, value)) if _ENOUGH.search(value) else value


def _hide_split(found: re.Match[str]) -> str:
    """Hide groups of digits that are one number of a person; a day, a month, a fraction and a list stay."""
    groups = found[0].split(found["gap"])
    if not _JOINED.fullmatch("".join(groups)) or _begins_with_period(groups) or _is_list(groups):
        return found[0]
    is_fraction = found["gap"] == "," and groups[0] == "0" and len(groups) == 2
    return found[0] if is_fraction else HIDDEN


def _begins_with_period(groups: list[str]) -> bool:
    """Tell whether the first groups may be a day ("05", "07", "2025" or "25") or a month ("07", "2025")."""
    return _PERIOD.match(" ".join(groups)) is not None


def _is_list(groups: list[str]) -> bool:
    """Tell whether these are several numbers: two codes of communes, small ones that only grow (lots, floors), or a
    small one before larger ones (a lot, its area), as no telephone number is written."""
    lengths = [len(one) for one in groups]
    if lengths == [_COMMUNE_DIGITS] * 2:
        return True
    if max(lengths) <= 2:
        return all(int(one) < int(next_one) for one, next_one in pairwise(groups))
    return sum(lengths) < _CITIZEN_DIGITS and lengths[0] <= 2 and groups[0].startswith("0")


def _hide(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    return re.sub(r"\d[\d .\-]*\d", HIDDEN, found[0]) if found["named"] else HIDDEN
