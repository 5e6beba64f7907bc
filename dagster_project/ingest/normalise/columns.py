"""One column as delivered → one typed column and what was wrong with it. Vectorised: no loop over rows.

Each normaliser takes the raw cells (object Series: str, float, int, datetime, bool or None) and returns typed values
on the same index, and which cells could not be read. Nothing is guessed: what cannot be read is NA and flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.models import Column
from dagster_project.contracts.registry import CodeList
from dagster_project.ingest.normalise import dates, numbers, text

NUMBERS = ("number", "integer", "money")
"""Kinds of columns that hold figures."""

# Mobile numbers since 2018 (ten digits, 03 05 07 08 09), with 0, 84 or +84 before them.
PHONE = r"^(?:\+?84|0)[35789][0-9]{8}$"
# Identity numbers have 12 digits; the older ones of nine still stand in registers.
NATIONAL_ID = r"^(?:[0-9]{9}|[0-9]{12})$"


@dataclass
class TypedColumn:
    """Holds the typed values of a column, and a mask of the cells that say something else than a value of its kind.

    Texts come as categories (codes, words, names) or as `str` (identifiers, free text). `faulty` is None for kinds
    whose cells can all be read. The kind tells which rule such a cell breaks: see CELL_CHECKS in `validate/checks.py`.
    """

    values: pd.Series
    faulty: pd.Series | None = None


def normalise_column(raw: pd.Series, column: Column, layout: Layout, codes: CodeList | None, money: int) -> TypedColumn:
    """Normalise one column of any kind but `unit` and the file's own period. `money` is the factor to đồng."""
    match column.kind:
        case "id":
            return TypedColumn(normalise_dossier_numbers(raw))
        case "code":
            return _read_codes(raw, column)
        case "text":
            return TypedColumn(_drop_dashes(text.clean_coded(raw)))
        case "free_text":
            cleaned = text.clean(raw)
            return TypedColumn(text.scrub(cleaned.mask(cleaned.isin(text.MISSING))))
        case "enum" | "flag" if codes is not None:
            return _read_listed_words(raw, column, codes)
        case "number" | "integer" | "money":
            return _read_numbers(raw, column, layout, money)
        case "date" | "timestamp":
            return _read_moments(raw, column, layout)
        case "national_id":
            return _read_national_ids(raw)
        case _:
            raise AssertionError(f"no normaliser for column {column.name} of kind {column.kind}")


def _drop_dashes(values: pd.Series) -> pd.Series:
    """Make cells missing that hold a dash or dots: they say nothing, as in a column of numbers (docs/rules.md,
    "Accept or refuse")."""
    words = values.cat.categories
    return values.cat.remove_categories(words[words.isin(list(text.MISSING))])


def _read_numbers(raw: pd.Series, column: Column, layout: Layout, money: int) -> TypedColumn:
    style = layout.number_style
    if column.kind == "money":
        result = numbers.parse_money(raw, multiplier=money, style=style)
    elif column.kind == "integer":
        result = numbers.parse_integer(raw, style=style)
    else:
        result = numbers.parse_number(raw, style=style)
    return TypedColumn(result.values.astype("Float64" if column.kind == "number" else "Int64"), result.bad)


def _read_moments(raw: pd.Series, column: Column, layout: Layout) -> TypedColumn:
    parsed = dates.parse_datetime(raw, styles=layout.date_styles)
    values = parsed.values.dt.normalize() if column.kind == "date" else parsed.values
    return TypedColumn(values, parsed.bad)


_OF_DOSSIER_NUMBERS = b"0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ.-"  # all but O
_DIGITS = b"0123456789"


def normalise_dossier_numbers(raw: pd.Series) -> pd.Series:
    """Write dossier numbers in upper case and without spaces, the letter O as zero (their only letter is the H of the
    prefix)."""
    return text.mend(text.clean(raw), _OF_DOSSIER_NUMBERS, _mend_dossier_number)


def _mend_dossier_number(cleaned: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(pc.utf8_upper(cleaned), " ", ""), "O", "0")


def _read_codes(raw: pd.Series, column: Column) -> TypedColumn:
    """Read codes as text. A spreadsheet that took one for a number lost its trailing zeros: the format
    restores them."""
    cells = text.find_distinct(raw)
    written = pd.Series(cells.values, dtype=object)
    if column.numeric_format is not None:
        is_number = written.map(type).isin([float])
        written[is_number] = written[is_number].map(column.numeric_format.format)
    values = text.clean(written).str.upper()
    if column.drop_pattern is not None:
        values = values.str.replace(column.drop_pattern, "", regex=True)
    known = values.astype(object).where(values.notna(), None).to_list()
    return TypedColumn(text.make_categories(known, cells.codes, raw.index))


@cache
def _map_spelling_keys(codes: CodeList) -> dict[str, str]:
    """Map the comparison key of every spelling to its value."""
    return {text.make_key(spelling): value for spelling, value in codes.map_spellings().items()}


def _read_listed_words(raw: pd.Series, column: Column, codes: CodeList) -> TypedColumn:
    """Translate words to codes by comparison key; an empty cell, or "-", means what the code list says of it."""
    spelled = _map_spelling_keys(codes)
    cells = text.find_distinct(raw)
    keys = [text.make_key(text.write_cell(value) or "") for value in [*cells.values, None]]  # None: the missing cells
    keys = ["" if key in text.MISSING else key for key in keys]
    found = [spelled.get(key) if key else codes.missing for key in keys]
    unknown = np.array([bool(key) and key not in spelled for key in keys])
    at = np.where(cells.codes < 0, len(cells.values), cells.codes)
    faulty = pd.Series(unknown[at], index=raw.index)
    if column.kind == "flag":
        flags = pd.Series([None if code is None else code == "true" for code in found], dtype="boolean")
        return TypedColumn(text.spread(flags, at, raw.index), faulty)
    if column.type == "INTEGER":
        numbers = pd.Series([None if code is None else int(code) for code in found], dtype="Int32")
        return TypedColumn(text.spread(numbers, at, raw.index), faulty)
    return TypedColumn(text.make_categories(found, at, raw.index), faulty)


def _read_national_ids(raw: pd.Series) -> TypedColumn:
    """Read identity numbers of 9 or 12 digits. A phone number in this column is dropped and flagged, never kept."""
    digits = text.mend(text.clean(raw), _DIGITS, _remove_separators)
    is_phone = digits.str.match(PHONE).eq(True)
    is_id = digits.str.match(NATIONAL_ID).eq(True) & ~is_phone
    return TypedColumn(digits.where(is_id), is_phone)


def _remove_separators(cleaned: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(cleaned, r"[\s.\-]", "")
