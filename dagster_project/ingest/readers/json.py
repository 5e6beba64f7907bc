"""JSON answers: lists whose items are rows, and the progress tree of the national portal.

In the tree the children are rows; the parent is their control figure, and one row that is not data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import chain, compress
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd

from dagster_project.core.errors import BlockedFile
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


def read_pages(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one page as one table; `_row` is the item's number in the page, `extra` the envelope (currentPage,
    totalItems, …).

    Raises BlockedFile: unreadable (no JSON, cut off, HTML), error_answer (the source says so), missing_column (a
    required key that no item has).
    """
    answer = parse(content)
    items, envelope = _find_items(answer)
    table = make_items_table(items, spec)
    table.extra |= envelope
    return [table]


def read_tree(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read one answer as one table: `_row` is the child's number; the parent is row 0 (kind total), and whole in
    `extra`.

    Raises BlockedFile as `read_pages` does.
    """
    answer = parse(content)
    children = find_at_path(answer, _CHILDREN)
    if not isinstance(children, list):
        raise report_unreadable(f"JSON không có danh sách “{_CHILDREN}”", _AGAIN)
    table = make_items_table(children, spec)
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
        answer = json.loads(
            content.decode("utf-8-sig"), parse_int=_read_integer, parse_float=_read_float, parse_constant=_read_constant
        )
        if b"\\ud" in content or b"\\uD" in content:  # halves of letters, which no file can be written with
            answer = json.loads(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
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


def make_items_table(items: list[Any], spec: ReadSpec) -> RawTable:
    """Turn objects into canonical columns. What is no object at all, or has a list or an object where a value is due,
    goes to `bad_rows`."""
    numbers = np.arange(1, len(items) + 1)
    keys = list(dict.fromkeys(chain.from_iterable(item for item in items if isinstance(item, Mapping))))
    roles = match_keys(keys, spec)
    lacking = spec.find_lacking(roles)
    if lacking and keys:
        raise report_missing_columns(lacking, spec, map(str, keys), None)
    is_row = np.array([isinstance(item, dict) for item in items], dtype=bool)
    objects = [item for item in items if isinstance(item, dict)]
    cells = {role: [item.get(key) for item in objects] for role, key in roles.items()}
    is_row[is_row] = is_flat = _find_flat(cells.values(), len(objects))
    columns = {role: _make_column(list(compress(values, is_flat))) for role, values in cells.items()}
    table = RawTable(None, pd.DataFrame(columns, index=pd.RangeIndex(int(is_flat.sum())), copy=False))
    table.frame["_row"] = numbers[is_row]
    table.heads = {role: str(key) for role, key in roles.items()}
    used = set(roles.values())
    table.unknown_headers = [str(key) for key in keys if key not in used]
    if not is_row.all():
        texts = [json.dumps(item, ensure_ascii=False) for item, is_one in zip(items, is_row, strict=True) if not is_one]
        table.bad_rows = pd.DataFrame({"_row": numbers[~is_row], "text": texts})
    return table


def _find_flat(columns: Iterable[list[Any]], rows: int) -> np.ndarray:
    """Tell which rows have neither a list nor an object in any of their columns."""
    is_flat = np.ones(rows, dtype=bool)
    for values in columns:
        if not _NESTED.isdisjoint(map(type, values)):
            is_flat &= [type(value) not in _NESTED for value in values]
    return is_flat


def _make_column(values: list[Any]) -> pd.Series:
    """Return raw values, None where there is none; nothing but texts as a column of texts. When one number of a column
    is not whole, all become floating ones."""
    kinds = set(map(type, values))
    if kinds <= {str, NoneType} and str in kinds:
        return pd.Series(values, dtype="str")
    if float in kinds or kinds == {int, NoneType}:
        values = pd.Series(values).astype(object).tolist()
        values = [None if value is None or value != value else value for value in values]
    return pd.Series(values, dtype=object)


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
