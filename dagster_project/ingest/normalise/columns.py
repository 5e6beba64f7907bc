"""One column as delivered → one typed column and what was wrong with it. Vectorised: no loop over rows.

Each normaliser takes the raw cells (object Series: str, float, int, datetime, bool or None) and returns typed values
on the same index, and which cells could not be read. Nothing is guessed: what cannot be read is NA and flagged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.models import Column
from dagster_project.contracts.registry import CodeList
from dagster_project.ingest.normalise import dates, numbers, text
from dagster_project.ingest.normalise.styles import Style

CELL_FAULTS = (
    *numbers.FAULTS, "impossible_date", "ambiguous_date", "swapped_date", "unknown_code", "damaged_key",
    "phone_in_national_id", "due_words_unread",
)  # fmt: skip
"""Rules that normalisers find cells to break, in the order in which a cell is told of."""
DAYS = ("date", "timestamp")
"""Kinds of columns whose cells are days."""
NUMBERS = ("number", "integer", "money")
"""Kinds of columns that hold figures."""
ONE = Decimal(1)

# Mobile numbers since 2018 (ten digits, 03 05 07 08 09), with 0, 84 or +84 before them.
PHONE = r"^(?:\+?84|0)[35789][0-9]{8}$"
# Identity numbers have 12 digits; the older ones of nine still stand in registers.
NATIONAL_ID = r"^(?:[0-9]{9}|[0-9]{12})$"


@dataclass
class TypedColumn:
    """Holds the typed values of a column, and which of its cells say something else than a value of its kind.

    Texts come as categories (codes, words, names) or as `str` (identifiers, free text). `faults`: rule of
    `sources/rules.yaml` → mask of the cells that break it, on the same index; such a cell has no value.
    """

    values: pd.Series
    faults: dict[str, pd.Series] = field(default_factory=dict)


def normalise_column(
    raw: pd.Series,
    column: Column,
    layout: Layout,
    codes: CodeList | None,
    factor: Decimal = ONE,
    style: Style | None = None,
) -> TypedColumn:
    """Normalise one column of any kind but `unit` and the file's own period.

    `factor`: what one unit of the file is in the unit of the contract (đồng, hectares, …). `style`: how the file writes
    this column; without one its cells tell nothing.
    """
    style = style or Style("unsure" if layout.number_style == "vi" else "en")
    match column.kind:
        case "id":
            return _read_dossier_numbers(raw)
        case "code":
            return _read_codes(raw, column)
        case "text":
            values = _drop_dashes(text.clean_coded(raw))
            return _drop_damaged(values, raw) if column.is_identifier else TypedColumn(values)
        case "free_text":
            cleaned = text.clean(raw)
            return TypedColumn(cleaned.mask(cleaned.isin(text.MISSING)))
        case "enum" | "flag" if codes is not None:
            return _read_listed_words(raw, column, codes, layout.values.get(column.name, {}))
        case "number" | "integer" | "money":
            return _read_numbers(raw, column, style, factor)
        case "date" | "timestamp":
            return _read_moments(raw, column, layout, style)
        case "national_id":
            return _read_national_ids(raw)
        case _:
            raise AssertionError(f"no normaliser for column {column.name} of kind {column.kind}")


def _drop_dashes(values: pd.Series) -> pd.Series:
    """Make cells missing that hold a dash or dots: they say nothing, as in a column of numbers (docs/rules.md,
    "Accept or refuse")."""
    words = values.cat.categories
    return values.cat.remove_categories(words[words.isin(list(text.MISSING))])


def _read_numbers(raw: pd.Series, column: Column, style: Style, factor: Decimal) -> TypedColumn:
    if column.kind == "money":
        result = numbers.parse_money(raw, factor, style.numbers)
    elif column.kind == "integer":
        result = numbers.parse_integer(raw, style.numbers, factor)
    else:
        result = numbers.parse_number(raw, style.numbers, factor, column.unit)
    return TypedColumn(result.values.astype("Float64" if column.kind == "number" else "Int64"), result.faults)


def _read_moments(raw: pd.Series, column: Column, layout: Layout, style: Style) -> TypedColumn:
    parsed = dates.parse_datetime(raw, dates.DateForm(layout.date_styles, style.days, style.first_year))
    values = parsed.values.dt.normalize() if column.kind == "date" else parsed.values
    faults = {"impossible_date": parsed.bad}
    if parsed.ambiguous is not None:
        faults["ambiguous_date"] = parsed.ambiguous
    if style.is_swapped:
        faults["swapped_date"] = raw.map(lambda cell: isinstance(cell, date)).astype(bool) & values.notna()
        values = values.mask(faults["swapped_date"])
    return TypedColumn(values, faults)


_OF_DOSSIER_NUMBERS = b"0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ.-"  # all but O
_DIGITS = b"0123456789"


def normalise_dossier_numbers(raw: pd.Series) -> pd.Series:
    """Write dossier numbers in upper case and without spaces, the letter O as zero (their only letter is the H of the
    prefix)."""
    return text.mend(text.clean(raw), _OF_DOSSIER_NUMBERS, _mend_dossier_number)


def _mend_dossier_number(cleaned: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(pc.utf8_upper(cleaned), " ", ""), "O", "0")


def _read_dossier_numbers(raw: pd.Series) -> TypedColumn:
    return _drop_damaged(normalise_dossier_numbers(raw), raw)


def _drop_damaged(values: pd.Series, raw: pd.Series) -> TypedColumn:
    """Drop the keys that a spreadsheet turned into something else, and flag them."""
    if text.is_category(values):
        is_lost = values.isin([word for word in values.cat.categories if _DAMAGED.match(word.upper())])
    else:
        is_lost = values.str.match(_DAMAGED.pattern).eq(True)
    if raw.dtype == object and set(map(type, raw.to_numpy())) - {str, type(None)}:  # mostly there are texts alone
        is_lost |= raw.map(_is_no_key).astype(bool)
    return TypedColumn(values.mask(is_lost), {"damaged_key": is_lost}) if is_lost.any() else TypedColumn(values)


def _is_no_key(cell: object, number_format: str | None = None) -> bool:
    """Tell whether a spreadsheet made something else of a key: a day of "3-5", an hour of "12:30", a truth of "TRUE",
    or a number with a fraction that its format does not give back, or with more digits than a spreadsheet keeps."""
    if not isinstance(cell, float) or math.isnan(cell):
        return isinstance(cell, (date, time, timedelta, bool))
    if number_format is not None:
        return abs(cell) >= _EXACT or float(number_format.format(cell)) != cell
    return abs(cell) >= _EXACT or not cell.is_integer()


_TEXT_FORMULA = re.compile(r"^(?:=\s*\"([^\"]*)\"|'(.+))$")
"""How a spreadsheet is told that a code is a text: ="LK01", or an apostrophe before it. The code itself is whole."""
_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|[O0]CT|N[O0]V|DEC|THG ?[0-9]{1,2})"  # in numbers O is written 0
_DAMAGED = re.compile(
    r"^(?:[0-9](?:[.,][0-9]+)?E\+?[0-9]{1,3}|#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!)"
    r"|[0-9]{5,}[.,][0-9]+|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?: 00:00:00)?"
    rf"|{_MONTH}-[0-9]{{1,4}}|[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?)$"
)
"""What a spreadsheet makes of a code that it takes for a number or a date; which code it was cannot be told."""
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number; a longer code has lost its last ones


def _read_codes(raw: pd.Series, column: Column) -> TypedColumn:
    """Read codes as text. A spreadsheet that took one for a number lost its trailing zeros: the format restores them;
    one that it took for a long number or a date is damaged, and never merged with another."""
    cells = text.find_distinct(raw)
    written = pd.Series(cells.values, dtype=object)
    is_number = written.map(type).isin([float])
    is_lost = np.array([_is_no_key(cell, column.numeric_format) for cell in written], dtype=bool)
    if column.numeric_format is not None:
        written[is_number] = written[is_number].map(column.numeric_format.format)
    values = text.clean(written).str.upper()
    known = [_unwrap(value) if isinstance(value, str) else None for value in values.astype(object)]
    is_lost |= np.array([value is not None and _DAMAGED.match(value) is not None for value in known], dtype=bool)
    if column.drop_pattern is not None:
        known = [None if value is None else re.sub(column.drop_pattern, "", value) for value in known]
    kept = [None if lost else value for value, lost in zip(known, is_lost, strict=True)]
    faults = {"damaged_key": cells.spread_flags(is_lost)} if is_lost.any() else {}
    return TypedColumn(text.make_categories(kept, cells.codes, raw.index), faults)


def _unwrap(value: str) -> str:
    found = _TEXT_FORMULA.match(value)
    return value if found is None else (found[1] if found[1] is not None else found[2]).strip()


@cache
def _map_spelling_keys(codes: CodeList) -> dict[str, str]:
    """Map the comparison key of every spelling to its value."""
    return {text.make_key(spelling): value for spelling, value in codes.map_spellings().items()}


def _read_listed_words(raw: pd.Series, column: Column, codes: CodeList, taught: Mapping[str, str]) -> TypedColumn:
    """Translate words to codes by comparison key; an empty cell, or "-", means what the code list says of it. Words
    that a layout has `taught` are read where the list knows none."""
    spelled = {text.make_key(word): code for word, code in taught.items()} | _map_spelling_keys(codes)
    cells = text.find_distinct(raw)
    keys = [text.make_key(text.write_cell(value) or "") for value in [*cells.values, None]]  # None: the missing cells
    keys = ["" if key in text.MISSING else key for key in keys]
    found = [spelled.get(key) if key else codes.missing for key in keys]
    unknown = np.array([bool(key) and key not in spelled for key in keys])
    at = np.where(cells.codes < 0, len(cells.values), cells.codes)
    faults = {"unknown_code": pd.Series(unknown[at], index=raw.index)}
    if column.kind == "flag":
        flags = pd.Series([None if code is None else code == "true" for code in found], dtype="boolean")
        return TypedColumn(text.spread(flags, at, raw.index), faults)
    if column.type == "INTEGER":
        numbers = pd.Series([None if code is None else int(code) for code in found], dtype="Int32")
        return TypedColumn(text.spread(numbers, at, raw.index), faults)
    return TypedColumn(text.make_categories(found, at, raw.index), faults)


def _read_national_ids(raw: pd.Series) -> TypedColumn:
    """Read identity numbers of 9 or 12 digits. A phone number in this column is dropped and flagged, never kept."""
    digits = text.mend(text.clean(raw), _DIGITS, _remove_separators)
    is_phone = digits.str.match(PHONE).eq(True)
    is_id = digits.str.match(NATIONAL_ID).eq(True) & ~is_phone
    return TypedColumn(digits.where(is_id), {"phone_in_national_id": is_phone})


def _remove_separators(cleaned: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(cleaned, r"[\s.\-]", "")
