"""A column of a delimited file: bytes → texts, each distinct one decoded once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.ingest.normalise import encodings, respelling, text

_FIRST_ASCII_IN_TCVN3 = 0x18  # below it TCVN3 has capitals where ASCII has controls
_SAMPLE = 4096  # rows by which a column is judged


def read_texts(column: pa.ChunkedArray, encoding: str) -> pa.Array:
    """Read cells as texts, null where empty; as codes of the distinct ones where those are few, or must be decoded."""
    cells = column.combine_chunks()
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    is_coded = pa.types.is_binary(cells.type) and not _is_ascii(cells, encoding)
    if is_coded or _has_few(cells):
        encoded = cells.dictionary_encode()
        words = encoded.dictionary.cast(pa.binary()).to_pylist()
        texts = pa.array(_decode_all(words, encoding if is_coded else "utf-8"), type=pa.large_string())
        codes = encoded.indices.to_numpy()
        empty = np.append(pc.equal(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False), False)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=empty[codes]), texts)
    texts = pc.cast(cells, pa.string()).cast(pa.large_string())
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, pa.large_string()), texts)


_TEXT_FORMULA = r'^\s*=\s*"((?:[^"]|"")*)"\s*$'
"""How a spreadsheet is told that a cell is a text, and keeps its zeros: ="0012" is read as 0012."""


def has_text_formulas(content: bytes) -> bool:
    """Tell whether a file may hold cells written as ="0012"."""
    return b'="' in content or b'= "' in content


def unwrap_texts(texts: pa.Array) -> pa.Array:
    """Return a column without the marks of text formulas, null where nothing is left."""
    if isinstance(texts, pa.DictionaryArray):
        words = unwrap_texts(texts.dictionary)
        empty = np.append(words.is_null().to_numpy(zero_copy_only=False), True)
        codes = texts.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=empty[codes]), words.fill_null(""))
    told = pc.replace_substring_regex(texts, _TEXT_FORMULA, r"\1")
    return pc.if_else(pc.equal(pc.binary_length(told), 0), pa.scalar(None, told.type), told)


def unwrap_text(cell: str) -> str:
    """Return one cell without the marks of a text formula."""
    found = re.match(_TEXT_FORMULA, cell) if "=" in cell else None
    return cell if found is None else found[1]


def has_signs_of_old_fonts(content: bytes) -> bool:
    """Tell whether a file in UTF-8 holds letters beside signs, as text in an old font does."""
    return bool(pc.match_substring_regex(_lay_out_as_one(content, pa.large_string()), respelling.SIGNS_RE2)[0].as_py())


def count_quotes(content: bytes, start: int = 0) -> int:
    """Count the quotation marks; to look first whether there is any is ten times as fast."""
    return content.count(b'"', start) if content.find(b'"', start) >= 0 else 0


def is_utf8(content: bytes) -> bool:
    """Tell whether a whole file is UTF-8."""
    try:
        pc.cast(_lay_out_as_one(content, pa.large_binary()), pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def is_cut_off(content: bytes) -> bool:
    """Tell whether a file that is not UTF-8 would be, but for its last letter, of which only the first bytes are
    there."""
    for rest in (1, 2, 3):
        whole, opening = content[:-rest], content[-rest:]
        is_opening = opening[:1] >= b"\xc0" and all(0x80 <= byte < 0xC0 for byte in opening[1:])
        if is_opening and not whole.isascii() and is_utf8(whole):
            return True
    return False


def _lay_out_as_one(content: bytes, kind: pa.DataType) -> pa.Array:
    """Return the bytes of a file as one cell of Arrow, without copying them."""
    offsets = pa.py_buffer(np.array([0, len(content)], dtype=np.int64))
    return pa.Array.from_buffers(kind, 1, [None, offsets, pa.py_buffer(content)])


def respell_columns(
    columns: dict[str, pa.Array], found_before: frozenset[str]
) -> tuple[dict[str, pa.Array], frozenset[str], dict[str, np.ndarray]]:
    """Return the columns as their office reads them, in which readings, and for each column which cells stay open."""
    coded = {name: _encode(cells) for name, cells in columns.items()}
    texts = {name: [one for one in cells.dictionary.to_pylist() if one] for name, cells in coded.items()}
    found = respelling.find_respelling(list(texts.values()), found_before)
    if found is None:
        return columns, frozenset(), {}
    told, doubtful = {}, {}
    for (name, cells), meant, unclear in zip(coded.items(), found.columns, found.doubtful, strict=True):
        words = cells.dictionary.to_pylist()
        spelled = pa.array([meant.get(word, word) for word in words], type=pa.large_string())
        told[name] = pa.DictionaryArray.from_arrays(cells.indices, spelled)
        open_codes = [code for code, word in enumerate(words) if word in unclear]
        if open_codes:
            codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            doubtful[name] = np.flatnonzero(np.isin(codes, open_codes))
    return told, found.readings, doubtful


def _encode(cells: pa.Array) -> pa.DictionaryArray:
    return cells if isinstance(cells, pa.DictionaryArray) else cells.dictionary_encode()


def _has_few(cells: pa.Array) -> bool:
    """Tell by its first rows whether a column of a long table repeats itself."""
    return len(cells) > _SAMPLE and pc.count_distinct(cells[:_SAMPLE]).as_py() * 4 < _SAMPLE


def convert_to_series(cells: pa.Array) -> pd.Series:
    """Return texts as a column: dtype `str`, or categories where they come as codes."""
    if not isinstance(cells, pa.DictionaryArray):
        return pd.Series(cells.to_pandas(), dtype="str")
    codes = cells.indices.fill_null(-1).to_numpy()
    return text.make_categories(
        (value or None for value in cells.dictionary.to_pylist()), codes, pd.RangeIndex(len(cells))
    )


def _is_ascii(cells: pa.BinaryArray, encoding: str) -> bool:
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return True
    ends = np.frombuffer(offsets, dtype=np.int32)
    used = np.frombuffer(data, dtype=np.uint8)[ends[cells.offset] : ends[cells.offset + len(cells)]]
    lowest = _FIRST_ASCII_IN_TCVN3 if encoding == "tcvn3" else 0
    return not len(used) or bool(used.max() < 0x80 and used.min() >= lowest)


def _decode_all(values: list[bytes], encoding: str) -> list[str]:
    """Decode distinct cells in one piece: NUL stands between them, because it has no place in a text."""
    joined = b"\x00".join(values)
    if joined.count(b"\x00") != len(values) - 1:
        return [encodings.decode(value, encoding) for value in values]
    return encodings.decode(joined, encoding).split("\x00")


_NUMBERED = r"^\s*\(?\d+(?:[.,]0+)?[.)]?\s*$"  # "1.1" may number a part of row 1
_LABEL = (
    r"(?i)^\W*(?:tổng|cộng|trong đó|bao gồm|gồm|ghi chú|[IVX]+[.)]?\s"
    r"|đvt|đơn vị tính|(?:xã|phường|thị trấn|huyện|đợt|hợp phần|hạng mục)\s)"
)
"""How a row begins that has a number, and one that may be no data: looked at more closely, never judged by it. So \\W,
which takes letters beyond ASCII for signs, is exact enough, and the pattern is made in a twentieth of the time."""


def find_unlabelled(cells: pa.Array, names: Sequence[str] | None) -> np.ndarray:
    """Find the rows whose first cell is no label of a total, a group, a part or a unit, and none of the `names` of
    columns; None where a table has running numbers: the rows that bear one."""
    words = cells.dictionary if isinstance(cells, pa.DictionaryArray) else cells
    pattern = _NUMBERED if names is None else _write_labels(tuple(names))
    told = pc.match_substring_regex(words, pattern).fill_null(False)
    told = told.take(cells.indices).fill_null(False) if isinstance(cells, pa.DictionaryArray) else told
    flags = np.array(told.to_numpy(zero_copy_only=False), dtype=bool)
    return flags if names is None else ~flags


@cache
def _write_labels(names: tuple[str, ...]) -> str:
    """Write the pattern of first cells that may be no data: the labels, and the names of columns without brackets."""
    bare = sorted({text.make_header_key(name)[0].rsplit("/", 1)[-1] for name in names} - {""})
    words = "|".join(re.sub(r"[^\w]+", r"\\W*", name) for name in bare)
    return rf"{_LABEL}|(?i)^\W*(?:{words})\W*(?:\(.*)?$"
