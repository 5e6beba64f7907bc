"""JSON answers: lists whose items are rows, and the progress tree of the national portal.

In the tree the children are rows; the parent is their control figure, and one row that is not data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, compress, pairwise
from types import NoneType
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.core.errors import BlockedFile, attempt
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.quantities import is_unit_heading
from dagster_project.ingest.readers.base import (
    NOT_DATA_COLUMNS,
    ROW_UNIT,
    RawTable,
    ReadSpec,
    report_missing_columns,
    report_unreadable,
)

MAX_DIGITS = 18  # of an integer: as many as 64 bits hold; the province's budget in đồng has 14
_MOST_DIGITS = 1000
_AGAIN = "Lấy lại dữ liệu từ dịch vụ."
_CHILDREN = "data.children"
_NESTED: frozenset[type] = frozenset((list, dict))
_LONG = "[0-9]{19}"
"""Digits of a number that the fast parser would round, or of a text that only looks like one."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class _Items:
    """Holds the rows of one list of items: `cells`, role → raw values, and which items they are (`numbers`, from 1).

    `roles`: role → key; `unknown`: the other keys. `bad`: what is no row, as in RawTable.
    """

    cells: dict[str, Sequence[Any]]
    numbers: np.ndarray
    roles: dict[str, str]
    unknown: list[str]
    bad: pd.DataFrame | None


def read_page(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one page as `read_pages` does. Raises BlockedFile."""
    (tables,) = read_pages([content], spec)
    if isinstance(tables, BlockedFile):
        raise tables
    return tables


def read_pages(contents: Sequence[bytes], spec: ReadSpec) -> list[list[RawTable] | BlockedFile]:
    """Read each page as one table; `_row` is the item's number in the page, `extra` the envelope (currentPage,
    totalItems, …). Pages with the same keys are made columns together, which costs once; no answer depends on it.

    In the place of a table stands BlockedFile: unreadable (no JSON, cut off, HTML), error_answer (the source says so),
    missing_column (a required key that no item has).
    """
    read = [attempt(_read_page, content, spec) for content in contents]
    whole = [one for one in read if not isinstance(one, BlockedFile)]
    tables = iter(_make_tables([items for items, _ in whole]))
    return [[_add_envelope(next(tables), one[1])] if not isinstance(one, BlockedFile) else one for one in read]


def _read_page(content: bytes, spec: ReadSpec) -> tuple[_Items, dict[str, Any]]:
    items, envelope = _find_items(parse(content))
    return _take_items(items, spec), envelope


def _add_envelope(table: RawTable, envelope: dict[str, Any]) -> RawTable:
    table.extra |= envelope
    return table


def read_tree(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one answer as one table: `_row` is the child's number; the parent is row 0 (kind total), and whole in
    `extra`.

    Raises BlockedFile as `read_pages` does.
    """
    answer = parse(content)
    children = find_at_path(answer, _CHILDREN)
    if not isinstance(children, list):
        raise report_unreadable(f"JSON không có danh sách “{_CHILDREN}”", _AGAIN)
    (table,) = _make_tables([_take_items(children, spec)])
    parent = find_at_path(answer, "data.parent")
    if isinstance(parent, Mapping):
        table.totals = make_control_row(parent, spec, "parent")
        table.totals["_to_row"] = len(children)
        table.not_data = pd.DataFrame([[0, "total"]], columns=NOT_DATA_COLUMNS)
        table.extra["parent"] = dict(parent)
    chart = find_at_path(answer, "data.monthlyChart")
    if chart is not None:
        table.extra["monthlyChart"] = chart
    return [table]


def parse(content: bytes) -> Any:
    """Return the answer, once it is JSON and does not report an error of its own."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise report_unreadable("là trang HTML, không phải JSON (có thể là trang đăng nhập hoặc báo lỗi)", _AGAIN)
    try:
        answer = _parse(content)
    except UnicodeDecodeError as error:
        raise report_unreadable("không phải UTF-8", _AGAIN) from error
    except RecursionError as error:
        raise report_unreadable("JSON lồng quá sâu", _AGAIN) from error
    except json.JSONDecodeError as error:
        raise report_unreadable("JSON bị cắt cụt hoặc sai cú pháp", _AGAIN) from error
    except ValueError as error:  # of `_read_integer`
        raise report_unreadable("JSON có con số dài hàng nghìn chữ số", _AGAIN) from error
    # The portal answers 200 with an error inside; a page without a code is an answer.
    code = answer.get("code", "OK") if isinstance(answer, dict) else "OK"
    if str(code).upper() not in ("OK", "SUCCESS", "200", "201"):
        raise BlockedFile(
            "error_answer",
            f"Dịch vụ trả về lỗi “{str(code)[:40]}”, không phải số liệu.",
            "Kiểm tra quyền truy cập và lấy lại dữ liệu.",
        )
    return answer


def _parse(content: bytes) -> Any:
    """Return what the fast parser makes of an answer, or else the standard library's, which says what is wrong.

    The two agree where the first accepts: numbers are exact, the last of several keys of one name counts, none is NaN.
    """
    if not pc.match_substring_regex(pa.scalar(content, pa.large_binary()), _LONG).as_py():
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(content.removeprefix(_BYTE_ORDER_MARK))
    answer = json.loads(
        content.decode("utf-8-sig"), parse_int=_read_integer, parse_float=_read_float, parse_constant=_read_constant
    )
    if b"\\ud" in content or b"\\uD" in content:  # halves of letters, which no file can be written with
        answer = json.loads(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    return answer


def _read_integer(digits: str) -> int | str:
    """Return an integer; one of more digits than any figure has stays a text, which no rule takes for a figure.

    Raises ValueError for one that is no number of any service.
    """
    if len(digits) > _MOST_DIGITS:
        raise ValueError("an integer of thousands of digits")
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _read_float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _read_constant(name: str) -> str | None:
    """Return None for NaN, by which some services say that there is no value; an infinite number stays a text."""
    return None if name == "NaN" else name


def _find_items(answer: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return the list of rows, and the plain values that stand beside it."""
    if isinstance(answer, list):
        return answer, {}
    holder = find_at_path(answer, "data")
    if not isinstance(holder, Mapping) or not isinstance(holder.get("items"), list):
        raise report_unreadable("JSON không có danh sách “data.items”", _AGAIN)
    beside = {key: value for key, value in holder.items() if not isinstance(value, (list, dict))}
    return holder["items"], beside


def find_at_path(answer: Any, path: str) -> Any:
    """Return the value at a dotted path, None where it breaks off."""
    for part in path.split("."):
        answer = answer.get(part) if isinstance(answer, Mapping) else None
    return answer


def _take_items(items: list[Any], spec: ReadSpec) -> _Items:
    """Take the values of each role from the items. What is no object at all, or has a list or an object where a value
    is due, goes to `bad`. Raises BlockedFile missing_column."""
    numbers = np.arange(1, len(items) + 1)
    is_row = np.array([isinstance(item, dict) for item in items], dtype=bool)
    values = _take_columns(items if is_row.all() else [item for item in items if isinstance(item, dict)])
    roles = match_keys(values, spec)
    lacking = spec.find_lacking(roles)
    if lacking and values:
        raise report_missing_columns(lacking, spec, map(str, values), None)
    cells = {role: values[key] for role, key in roles.items()}
    is_row[is_row] = is_flat = _find_flat(cells.values(), int(is_row.sum()))
    if not is_flat.all():
        cells = {role: list(compress(values, is_flat)) for role, values in cells.items()}
    bad = None
    if not is_row.all():
        rest = [item for item, is_one in zip(items, is_row, strict=True) if not is_one]
        bad = pd.DataFrame({"_row": numbers[~is_row], "text": list(map(_write_item, rest))})
    used = set(roles.values())
    return _Items(cells, numbers[is_row], roles, [str(key) for key in values if key not in used], bad)


def _make_tables(pages: Sequence[_Items]) -> list[RawTable]:
    """Make one table of each list of items; lists with the same roles go into one frame, of which each has its part."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, page in enumerate(pages):
        alike.setdefault(tuple(page.roles), []).append(place)
    frames: dict[int, pd.DataFrame] = {}
    for places in alike.values():
        frames |= dict(zip(places, _make_frames([pages[place] for place in places]), strict=True))
    return [_make_table(page, frames[place]) for place, page in enumerate(pages)]


def _make_frames(pages: Sequence[_Items]) -> Iterator[pd.DataFrame]:
    columns = {role: _make_column([page.cells[role] for page in pages]) for role in pages[0].cells}
    whole = pd.DataFrame(columns, index=pd.RangeIndex(sum(len(page.numbers) for page in pages)), copy=False)
    whole["_row"] = np.concatenate([page.numbers for page in pages])
    for first, after in pairwise(np.cumsum([0, *(len(page.numbers) for page in pages)])):
        yield whole.iloc[first:after].reset_index(drop=True)


def _make_table(page: _Items, frame: pd.DataFrame) -> RawTable:
    table = RawTable(None, frame)
    table.heads = {role: str(key) for role, key in page.roles.items()}
    table.unknown_headers = page.unknown
    if page.bad is not None:
        table.bad_rows = page.bad
    return table


def _take_columns(items: Sequence[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """Turn objects into key → its values, None where an object lacks it; the keys in the order of first sight."""
    keys = list(items[0]) if items else []
    if all(list(item) == keys for item in items):  # as services write them
        return dict(zip(keys, zip(*map(dict.values, items), strict=True), strict=True))
    return {key: [item.get(key) for item in items] for key in dict.fromkeys(chain.from_iterable(items))}


def _write_item(item: Any) -> str:
    try:
        return json.dumps(item, ensure_ascii=False)
    except RecursionError as error:
        raise report_unreadable("JSON lồng quá sâu", _AGAIN) from error


def _find_flat(columns: Iterable[Sequence[Any]], rows: int) -> np.ndarray:
    """Tell which rows have neither a list nor an object in any of their columns."""
    is_flat = np.ones(rows, dtype=bool)
    for values in columns:
        if not _NESTED.isdisjoint(map(type, values)):
            is_flat &= [type(value) not in _NESTED for value in values]
    return is_flat


def _make_column(parts: Sequence[Sequence[Any]]) -> pd.Series:
    """Return the raw values of some pages, None where there is none; nothing but texts as a column of texts."""
    kinds = set(map(type, chain.from_iterable(parts)))
    if kinds <= {str, NoneType} and str in kinds:
        return text.make_texts(pa.array(list(chain.from_iterable(parts)), type=pa.large_string()))
    return pd.Series(list(chain.from_iterable(map(_unify_numbers, parts))), dtype=object)


def _unify_numbers(values: Sequence[Any]) -> Sequence[Any]:
    """Return the values of one page: when one number of them is not whole, all are floating ones."""
    kinds = set(map(type, values))
    if float not in kinds and kinds != {int, NoneType}:
        return values
    unified = pd.Series(values).astype(object).tolist()
    return [None if value is None or value != value else value for value in unified]


def match_keys(keys: Any, spec: ReadSpec) -> dict[str, str]:
    """Match each role with the key that is there, whatever its case."""
    have = {str(key).strip().casefold(): key for key in keys}
    found: dict[str, str] = {}
    for role, names in spec.aliases.items():
        key = next((have[name.casefold()] for name in names if name.casefold() in have), None)
        if key is not None:
            found[role] = key
    units = [key for key in keys if key not in found.values() and is_unit_heading(str(key))]
    return found | {f"{ROW_UNIT}{nth or ''}": key for nth, key in enumerate(units)}


def make_control_row(values: Mapping[str, Any], spec: ReadSpec, label: str) -> pd.DataFrame:
    """Return a control figure that the answer carries, in the form of RawTable.totals; it is row 0, because it stands
    above the items."""
    roles = match_keys(values, spec)
    row = {"_row": 0, "label": label, "_kind": "total", "_from_row": 1, "_to_row": 0}
    cells = [value for value in values.values() if value is not None and not isinstance(value, (list, dict))]
    told = {role: None if isinstance(values[key], (list, dict)) else values[key] for role, key in roles.items()}
    return pd.DataFrame([{**row, "cells": cells, **told}])
