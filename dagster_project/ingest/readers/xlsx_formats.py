"""Number formats by which a person reads another number than the cell holds: `#,##0,,` shows millions, `0%` shares.

All programs write them alike (.xlsx, .xlsb, .xls, XML Spreadsheet). A format has up to three sections for numbers: by
sign (positive, negative, zero) or by conditions of its own, `[>=1000000]#,##0,,;#,##0`. The section of the number
counts. A word beside the number (`0" triệu"`) is shown, so it is part of what the cell says. Where it cannot be told
what is shown, the cell comes out as a text that is no number and names the format.
"""

from __future__ import annotations

import math
import operator
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from dagster_project.ingest.readers.base import Printed

_STYLES_PART = "xl/styles.xml"
_MAX_STYLES = 8 << 20  # bytes; the styles of a workbook that lived for years are under one megabyte
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|(?P<space>[_*].)|(?P<general>General|Standard)'
    r"|(?P<digit>[0#?])|(?P<exponent>[Ee][+-])|(?P<date>[dmyhsDMYHS])|(?P<mark>[.,%@;])|(?P<literal>.)",
    re.DOTALL,
)
_SCALING = re.compile(r"[0#?](?P<commas>,+)(?![0#?,])")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_CURRENCY = re.compile(r"\$([^-]*)(?:-.*)?")
_COLOUR = re.compile(r"(?:black|blue|cyan|green|magenta|red|white|yellow|color\s*[0-9]+)", re.IGNORECASE)
_ELAPSED = re.compile(r"[hms]+", re.IGNORECASE)
_HARMLESS = re.compile(r"[\s\-+−–().,:'/]*(?P<dong>đồng|đ|₫|vnđ|vnd)?[\s\-−–().,:'/]*", re.IGNORECASE)
"""Words that change nothing: signs, brackets, spaces; and đồng, which comes out as its sign behind the number."""
SIGN_OF_DONG = " ₫"
_SIGNS = frozenset("-−–(")
_HARMLESS_BETWEEN = re.compile(r"[\s\-'/:()]*")
_MORE_DIGITS = re.compile(r"[.,]?[0-9]")
_GROUPED = re.compile(r"[0#?]+(?:[.,\s][0#?]{3})+")
_COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
# Of the formats that every workbook has, numbered and without a text of their own.
_BUILT_IN = {9: "0%", 10: "0.00%", 17: "mmm-yy"}
_OF_THE_MACHINE = frozenset({5, 6, 7, 8, 41, 42, 43, 44})
"""Built-in formats whose sign of money is that of the machine that shows them, whatever text the file writes."""
_THOUSANDS = 3  # digits of a group
_MOST = 255  # letters of a format, in every program
_SHOWN = 40  # letters of a format in a cell that is refused


@dataclass(frozen=True)
class Section:
    """Says how a section of a number format shows a number: divided by `divisor`, or as a percent, between words.

    `mask`: how the digits of a whole number stand, where that is not digit by digit: (sign, whether it is a word) of
    "000" or "00-000".
    `words`: what is shown in place of a number. `day_as`: how `strftime` writes what a format of days shows, where it
    shows no day. `is_unclear`: what is shown cannot be told.
    """

    divisor: int = 1
    is_percent: bool = False
    before: str = ""
    after: str = ""
    mask: tuple[tuple[str, bool], ...] = ()
    words: str | None = None
    day_as: str = ""
    is_unclear: bool = False


_PLAIN, _UNCLEAR = Section(), Section(is_unclear=True)
Condition = tuple[str, Decimal]
"""Which numbers a section is for: a key of _COMPARE, and a limit."""


@dataclass(frozen=True)
class ShownAs:
    """Holds a number format: its sections, each with the numbers that it is for; the first that fits counts; and the
    words that it shows before and after a text."""

    code: str
    sections: tuple[tuple[Condition | None, Section], ...]
    around_texts: tuple[str, str] = ("", "")

    def choose(self, number: Decimal) -> Section:
        """Return the section that shows this number."""
        fits = (part for test, part in self.sections if test is None or _COMPARE[test[0]](number, test[1]))
        return next(fits, _UNCLEAR)


def find_odd_formats(archive: zipfile.ZipFile) -> dict[int, ShownAs]:
    """Find the cell styles of a workbook (their number in `s`) that show another number than the cell holds.

    Raises lxml's XMLSyntaxError for broken styles.
    """
    if _STYLES_PART not in archive.namelist() or archive.getinfo(_STYLES_PART).file_size > _MAX_STYLES:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(archive.read(_STYLES_PART), parser)
    codes = {int(str(item.get("numFmtId", "0"))): str(item.get("formatCode", "")) for item in root.iter("{*}numFmt")}
    styles = next(root.iter("{*}cellXfs"), None)
    cells = [] if styles is None else list(styles.iter("{*}xf"))
    return choose_odd_styles(codes, (int(str(cell.get("numFmtId", "0"))) for cell in cells))


def choose_odd_styles(codes: Mapping[int, str], numbers: Iterable[int]) -> dict[int, ShownAs]:
    """Return the styles that show another number. `codes`: number of a format → its text; `numbers`: of each style its
    format."""
    known = {**_BUILT_IN, **codes}
    shown: dict[int, ShownAs] = {}
    for number, code in known.items():
        found = read_format(code.replace("$", "") if number in _OF_THE_MACHINE else code)
        if found is not None:
            shown[number] = found
    return {style: shown[number] for style, number in enumerate(numbers) if number in shown}


def read_format(code: str) -> ShownAs | None:
    """Read a number format; None when every number under it is shown as it is. One that is longer than any program
    lets it be is not looked into."""
    if len(code) > _MOST:
        return ShownAs(code, ((None, _UNCLEAR),))
    parts = [""]
    for token in _TOKEN.finditer(code):
        if token[0] == ";":
            parts.append("")
        else:
            parts[-1] += token[0]
    around = _read_words_of_texts(parts[-1]) if "@" in parts[-1] else ("", "")
    parts = parts[:3]
    if len(parts) > 1 and "@" in parts[-1]:
        parts.pop()  # it is for texts
    read = [_read_section(part) for part in parts]
    sections = [section for section, *_ in read]
    tests = [test for _, test, _ in read]
    found = _place_by_condition(sections, tests) if any(tests) else _place_by_sign(read)
    is_plain = not code.strip() or (all(part == _PLAIN for _, part in found) and not any(around))
    return None if is_plain else ShownAs(code, tuple(found), around)


def _read_words_of_texts(code: str) -> tuple[str, str]:
    """Read the words that the section of texts shows before and after a text: `"DA-"@`."""
    words = ["", ""]
    behind = 0
    for token in _TOKEN.finditer(code):
        behind = 1 if token[0] == "@" else behind
        words[behind] += token["quoted"] or token["escaped"] or token["literal"] or ""
    return words[0], words[1]


def _place_by_sign(read: list[tuple[Section, Condition | None, bool]]) -> list[tuple[Condition | None, Section]]:
    zero = Decimal(0)
    sections = [section for section, *_ in read]
    is_blank = [section.words is not None and not section.words for section in sections]
    of_zero = [_PLAIN if blank else section for blank, section in zip(is_blank, sections, strict=True)]
    sections = [_UNCLEAR if blank else section for blank, section in zip(is_blank, sections, strict=True)]
    if len(read) > 1 and not read[1][2] and sections[1].words is None:
        sections[1] = _UNCLEAR  # a negative number shown without a sign
    if len(read) == 1:
        return [(("=", zero), of_zero[0]), (None, sections[0])]
    shown_as_zero = of_zero[2] if len(read) > 2 else of_zero[0]
    return [((">", zero), sections[0]), (("<", zero), sections[1]), (None, shown_as_zero)]


def _place_by_condition(
    sections: list[Section], tests: list[Condition | None]
) -> list[tuple[Condition | None, Section]]:
    """Place sections by their conditions. Of the ways of writing only those that programs read alike are clear."""
    sections = [_UNCLEAR if section.words == "" else section for section in sections]
    has = [test is not None for test in tests]
    if has == [True, False]:
        return [(tests[0], sections[0]), (None, sections[1])]
    if has in ([True, True], [True, True, False]):
        rest = sections[2] if len(sections) > 2 else _UNCLEAR
        return [(tests[0], sections[0]), (tests[1], sections[1]), (None, rest)]
    is_one = len(set(sections)) == 1
    return [(None, sections[0] if is_one and len(sections) > 1 else _UNCLEAR)]


def _read_section(code: str) -> tuple[Section, Condition | None, bool]:
    """Read a section: how it shows numbers, for which ones it says it is, and whether it has a sign or a colour."""
    test: Condition | None = None
    has_sign = is_date = False
    pieces: list[tuple[str, bool]] = []  # what is shown, and whether it is a word
    for token in _TOKEN.finditer(code):
        bracket = token["bracket"]
        if bracket is None:
            is_date = is_date or token["date"] is not None
            word = token["quoted"] or token["escaped"] or token["literal"]
            if word or token["digit"] or token["mark"] or token["general"]:
                pieces.append((word, True) if word else ("0" if token["general"] else token[0], False))
        elif found := _CONDITION.fullmatch(bracket.strip()):
            test = found[1], Decimal(found[2])
        elif found := _CURRENCY.fullmatch(bracket):
            pieces.append((found[1], True))
        else:
            has_sign = has_sign or _COLOUR.fullmatch(bracket.strip()) is not None
            is_date = is_date or _ELAPSED.fullmatch(bracket) is not None
    has_sign = has_sign or any(is_word and _SIGNS & set(word) for word, is_word in pieces)
    if is_date:
        return Section(day_as=_choose_parts_of_day(code)), test, True
    if any(piece == ("@", False) for piece in pieces):
        return _PLAIN, test, True
    return _describe_section(pieces), test, has_sign


def _choose_parts_of_day(code: str) -> str:
    """Choose how `strftime` writes what a format of days shows: "%m/%Y" under mmm-yy, "%Y" under yyyy; "" where it
    shows the day as well, or only a time."""
    shown = "".join(token["date"].lower() for token in _TOKEN.finditer(code) if token["date"])
    if "y" not in shown or "d" in shown:
        return ""
    return "%m/%Y" if "m" in shown else "%Y"


def _describe_section(pieces: list[tuple[str, bool]]) -> Section:
    digits = [at for at, (piece, is_word) in enumerate(pieces) if not is_word and piece in "0#?"]
    if not digits:
        words = _drop_harmless(_join_words(pieces))
        return Section(words=words)
    first, last = digits[0], digits[-1]
    inner = pieces[first : last + 1]
    is_clear = _HARMLESS_BETWEEN.fullmatch(_join_words(inner)) or _GROUPED.fullmatch("".join(one for one, _ in inner))
    bare = "".join(piece for piece, is_word in pieces if not is_word)
    scaling = _SCALING.search(bare)
    percents = bare.count("%")
    around = _join_words(pieces[:first]), _join_words(pieces[last + 1 :])
    before, after = map(_drop_harmless, around)
    after = after or (SIGN_OF_DONG if any(map(_names_dong, around)) else "")
    if not is_clear or percents > 1 or (percents and scaling) or before[-1:].isdigit() or _MORE_DIGITS.match(after):
        return _UNCLEAR
    return Section(
        divisor=1000 ** len(scaling["commas"]) if scaling else 1,
        is_percent=percents == 1,
        before=before,
        after=after,
        mask=tuple(inner) if _is_mask(inner) and not scaling and not percents else (),
    )


def _is_mask(inner: list[tuple[str, bool]]) -> bool:
    """Tell whether digits are filled up with zeros or parted by dashes; other signs part thousands, or a fraction."""
    bare = "".join(piece for piece, is_word in inner if not is_word)
    is_whole = not set(bare) - set("0#?")
    return is_whole and (bare.count("0") > 1 or any(is_word and "-" in piece for piece, is_word in inner))


def _fill_mask(digits: str, mask: tuple[tuple[str, bool], ...]) -> str:
    """Write digits as a format places them, from the right: 7 under "000" as "007", 12345 under "00-000" as
    "12-345"."""
    left, shown = list(digits), ""
    for piece, is_word in reversed(mask):
        shown = (piece if is_word else left.pop() if left else piece.strip("#?")) + shown
    return "".join(left) + shown


def _join_words(pieces: list[tuple[str, bool]]) -> str:
    return "".join(piece for piece, is_word in pieces if is_word)


def _drop_harmless(words: str) -> str:
    return "" if _HARMLESS.fullmatch(words) else words


def _names_dong(words: str) -> bool:
    found = _HARMLESS.fullmatch(words)
    return found is not None and found["dong"] is not None


def show_value(value: Any, shown: ShownAs) -> Any:
    """Return the number that a person reads, "50%" for a percent, "5 triệu" with its words, "03/2025" for a day that is
    shown without its day; what is neither stays as it is. A cell of which that cannot be told comes out as a text that
    names the format."""
    if isinstance(value, str) and value.strip():
        return f"{shown.around_texts[0]}{value}{shown.around_texts[1]}"
    if isinstance(value, date):
        parts = {section.day_as for _, section in shown.sections}
        return f"{value:{next(iter(parts))}}" if len(parts) == 1 and "" not in parts else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return value
    return _show_number(value, shown)


def _show_number(value: float, shown: ShownAs) -> float | str:
    number = Decimal(repr(value))
    section = shown.choose(number)
    if section == _PLAIN:
        return value
    if section.is_unclear:
        return f"{write_number(number)} “{shown.code[:_SHOWN]}”"
    if section.words is not None:
        return section.words
    if section.is_percent:
        return f"{section.before}{write_number(number * 100)}%{section.after}"
    number /= section.divisor
    written = write_number(number)
    if section.mask and written.isdigit():
        written = _fill_mask(written, section.mask)
        if not section.before and not section.after:
            return Printed(float(number), written)
    if not section.before and not section.after:
        return float(number)
    return f"{section.before}{written}{section.after}"


def write_number(number: Decimal) -> str:
    """Write a number as it is written here, 98,5. Three digits behind the comma would look like thousands to who reads
    the English style: a zero tells them apart."""
    whole, _, part = f"{abs(number):f}".partition(".")
    part = part.rstrip("0")
    part += "0" if len(part) == _THOUSANDS else ""
    return f"{'-' if number < 0 else ''}{whole}{',' if part else ''}{part}"
