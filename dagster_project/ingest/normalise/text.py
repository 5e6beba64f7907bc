"""Vietnamese text as offices send it → one spelling. Everything works on whole columns or on their distinct values.

Two degrees: `clean` keeps what was written (Unicode NFC, ordinary spaces), `key` compares (case and tone placement
aside, accents and đ kept).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import union_categoricals

from dagster_project.ingest.normalise.wording.spelling import clean_text as clean_text
from dagster_project.ingest.normalise.wording.spelling import find_brackets as find_brackets
from dagster_project.ingest.normalise.wording.spelling import find_statement_no as find_statement_no
from dagster_project.ingest.normalise.wording.spelling import fold
from dagster_project.ingest.normalise.wording.spelling import make_header_key as make_header_key
from dagster_project.ingest.normalise.wording.spelling import make_key as make_key

MISSING = frozenset({"", "-", "–", "—", "…", "...", "..", "-.-"})
"""What offices write in a cell of numbers or dates to say that there is none (after `clean`)."""

_ONE_BY_ONE = 128  # cells; so few are sooner done one by one than with kernels that begin anew for each column
_ZERO_WIDTH = r"[\x{00AD}\x{200B}-\x{200D}\x{2060}\x{FEFF}]+"
_SPACES = (
    r"[\s\x{000B}\x{001C}-\x{001F}\x{0085}\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
)


@dataclass(frozen=True)
class DistinctCells:
    """Holds a column as its distinct cells (`values`, object) and, for each row, which is its own (`codes`, -1
    missing)."""

    values: np.ndarray
    codes: np.ndarray
    index: pd.Index

    def spread(self, typed: pd.Series) -> pd.Series:
        """Spread one result per distinct cell to one per row; missing cells get the dtype's NA."""
        return spread(typed, self.codes, self.index)

    def spread_flags(self, flags: np.ndarray) -> pd.Series:
        """Spread plain booleans in the same way; missing cells are False."""
        return pd.Series(np.append(flags.astype(bool), False)[self.codes], index=self.index)


def spread(typed: pd.Series, codes: np.ndarray, index: pd.Index) -> pd.Series:
    """Return the value of each code, the dtype's NA where the code is -1."""
    return pd.Series(typed.array.take(codes, allow_fill=True), index=index)


def make_categories(texts: Iterable[str | None], codes: np.ndarray, index: pd.Index) -> pd.Series:
    """Return the text of each code as categories, NA where the code is -1 or has no text: for columns of few distinct
    texts."""
    own: dict[str, int] = {}
    places = [-1 if value is None else own.setdefault(value, len(own)) for value in texts]
    values = pd.Categorical.from_codes(np.array([*places, -1])[codes], pd.Index(list(own), dtype="str"), validate=False)
    return pd.Series(values, index=index)


def convert_to_text(series: pd.Series) -> pd.Series:
    """Return a long column of objects that are all texts (or missing) as a string column, for Arrow; others as they
    are."""
    if series.dtype != object or len(series) <= _ONE_BY_ONE:
        return series
    try:
        texts = make_texts(pa.array(series, type=pa.large_string(), from_pandas=True))
        return pd.Series(texts.array, index=series.index)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # other cells too, or half a surrogate pair
        return series


def join(parts: Sequence[pd.Series]) -> pd.Series:
    """Join columns one below the other: texts as texts or categories, other raw cells as objects."""
    if len(parts) == 1:
        return parts[0]
    if all(map(is_category, parts)) and len({part.cat.categories.dtype for part in parts}) == 1:
        return pd.Series(union_categoricals(list(parts)))
    if all(map(is_text, parts)):
        return convert_to_series(pa.chunked_array(list(map(_write_out, parts))))
    return pd.concat([part.astype(object) for part in parts], ignore_index=True)


def _write_out(series: pd.Series) -> pa.Array:
    """Return a column of texts, codes or not, as one Arrow array of strings."""
    if not is_category(series):
        return convert_to_arrow(series)
    strings, codes = split_codes(series)
    return strings.take(pa.array(codes, mask=codes < 0))


def find_distinct(series: pd.Series) -> DistinctCells:
    """Take a column of any dtype apart into its distinct cells; None, NaN, NaT and NA are missing."""
    series = convert_to_text(series)
    if is_text(series):
        strings, codes = split_codes(series)
        return DistinctCells(np.asarray(strings.to_pandas(), dtype=object), codes, series.index)
    if series.dtype == object and len(series) <= _ONE_BY_ONE:
        return _find_distinct_of_few(series)
    codes, uniques = pd.factorize(series)
    return DistinctCells(np.asarray(uniques, dtype=object), codes, series.index)


def _find_distinct_of_few(series: pd.Series) -> DistinctCells:
    own: dict[Any, int] = {}
    codes = [-1 if _is_missing(cell) else own.setdefault(cell, len(own)) for cell in series.to_numpy()]
    values = np.empty(len(own), dtype=object)
    values[:] = list(own)
    return DistinctCells(values, np.array(codes, dtype=np.intp), series.index)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or bool(cell != cell)


def write_cell(cell: Any) -> str | None:
    """Write one spreadsheet cell as text: 8200003.0 → "8200003", dates in ISO form, None and NaN → None."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def clean(series: pd.Series) -> pd.Series:
    """Turn cells of any kind into text (dtype `str`): NFC, spaces of every kind folded to one, line breaks too, "" →
    NA."""
    series = convert_to_text(series)
    if is_category(series):
        strings, codes = split_codes(series)
        return spread(convert_to_series(_clean_arrow(strings)), codes, series.index)
    if is_text(series):
        return mend(series, VISIBLE, _clean_arrow)
    cells = find_distinct(series)
    if len(series) <= _ONE_BY_ONE:
        few = [clean_text(write_cell(cell) or "") or None for cell in cells.values]
        return pd.Series(np.array([*few, None], dtype=object)[cells.codes], index=series.index, dtype="str")
    texts = pa.array([write_cell(value) for value in cells.values], type=pa.large_string())
    return cells.spread(convert_to_series(_clean_arrow(texts)))


def clean_coded(series: pd.Series) -> pd.Series:
    """Clean a column of few distinct texts; return categories."""
    cells = find_distinct(series)
    return make_categories(
        (clean_text(write_cell(value) or "") or None for value in cells.values), cells.codes, series.index
    )


def is_category(series: pd.Series) -> bool:
    """Tell whether a column comes as codes of few distinct texts."""
    return isinstance(series.dtype, pd.CategoricalDtype)


def is_text(series: pd.Series) -> bool:
    """Tell whether a column holds texts alone (and not mixed objects), as a string dtype or as codes of such."""
    return is_category(series) or (series.dtype != object and pd.api.types.is_string_dtype(series.dtype))


def split_codes(series: pd.Series) -> tuple[pa.Array, np.ndarray]:
    """Split a text column into its distinct strings and the code of each row, -1 where it is missing."""
    if is_category(series):
        words = series.cat.categories.to_numpy(dtype=object)  # joined ones may come in pieces of two types
        return pa.array(words, type=pa.large_string()), series.cat.codes.to_numpy()
    whole = convert_to_arrow(series).dictionary_encode()
    return whole.dictionary, whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def convert_to_arrow(series: pd.Series) -> pa.Array:
    """Return a column of a string dtype as one Arrow array."""
    strings = pa.array(series, type=pa.large_string())
    return strings.combine_chunks() if isinstance(strings, pa.ChunkedArray) else strings


_REPEATED = 4  # cells of each distinct text, from which on a column is held as codes
_FEW = 0.25  # of a column; beyond it distinct strings are looked at, each once
VISIBLE = bytes(range(0x21, 0x7F))
"""The visible letters of ASCII: what most identifiers and numbers are made of, and what needs no cleaning."""


def mend(series: pd.Series, usual: bytes, function: Callable[[pa.Array], pa.Array]) -> pd.Series:
    """Apply `function` to the strings that are empty or hold any byte but the `usual` ones.

    `function` has nothing to change in the others; they cost one look at each of their bytes.
    """
    strings = convert_to_arrow(series)
    odd = _find_odd_strings(strings, usual)
    if not odd.any():
        return series.astype("str")
    if odd.mean() > _FEW:
        whole = strings.dictionary_encode()
        mended = function(whole.dictionary).take(whole.indices)
    else:
        mended = pc.replace_with_mask(strings, pa.array(odd), function(strings.filter(pa.array(odd))))
    return pd.Series(convert_to_series(mended).array, index=series.index)


def _find_odd_strings(strings: pa.Array, usual: bytes) -> np.ndarray:
    """Find the strings that are empty or hold a byte that is not usual; return all of them once there are many."""
    ends = np.frombuffer(strings.buffers()[1], dtype=np.int64)[strings.offset : strings.offset + len(strings) + 1]
    odd = (ends[1:] == ends[:-1]) & strings.is_valid().to_numpy(zero_copy_only=False)
    if len(strings) and ends[0] < ends[-1]:
        data = np.frombuffer(strings.buffers()[2], dtype=np.uint8)[ends[0] : ends[-1]]
        is_odd = np.ones(256, dtype=bool)
        is_odd[list(usual)] = False
        at = np.flatnonzero(is_odd[data])
        if len(at) > len(strings):
            return np.ones(len(strings), dtype=bool)
        odd[np.searchsorted(ends, at + ends[0], side="right") - 1] = True
    return np.asarray(odd)


_LETTER = r"[\x{21}-\x{7E}\x{A1}-\x{AC}\x{AE}-\x{24F}\x{1E00}-\x{1EFF}]"
_CLEANED = rf"^{_LETTER}+(?: {_LETTER}+)*$"
"""A text that cleaning leaves as it is: Latin letters as NFC has them, one ordinary space between words."""


def _clean_arrow(texts: pa.Array) -> pa.Array:
    if len(texts) <= _ONE_BY_ONE:
        return pa.array([None if text is None else clean_text(text) or None for text in texts.to_pylist()], texts.type)
    odd = pc.invert(pc.match_substring_regex(texts, _CLEANED)).fill_null(False)
    if not pc.any(odd).as_py():
        return texts
    return pc.replace_with_mask(texts, odd, _clean_odd(texts.filter(odd)))


def _clean_odd(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring_regex(texts, pattern=_ZERO_WIDTH, replacement="")
    texts = pc.utf8_normalize(texts, form="NFC")
    texts = pc.replace_substring_regex(texts, pattern=_SPACES, replacement=" ")
    texts = pc.utf8_trim(texts, characters=" ")
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)


def make_texts(texts: pa.Array) -> pd.Series:
    """Return Arrow strings as a column of texts: as categories where they repeat, else of dtype `str`."""
    coded = texts.dictionary_encode()
    if not 0 < len(coded.dictionary) * _REPEATED <= len(texts):
        return convert_to_series(texts)
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    words = pd.Index(coded.dictionary.to_pandas(), dtype="str")
    return pd.Series(pd.Categorical.from_codes(codes, words, validate=False))


def convert_to_series(texts: pa.Array) -> pd.Series:
    """Return Arrow strings as a column of dtype `str`."""
    return pd.Series(pd.array(texts, dtype="str"))


def make_keys(series: pd.Series) -> pd.Series:
    """Make the comparison key of each cell (dtype `str`, NA kept): clean, lower case, one tone placement,
    accents kept."""
    return _map_distinct(clean(series), fold)


def _map_distinct(cleaned: pd.Series, function: Callable[[str], str]) -> pd.Series:
    cells = find_distinct(cleaned)
    return cells.spread(pd.Series([function(value) for value in cells.values], dtype="str"))
