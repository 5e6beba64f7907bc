"""What a YAML file says wrongly, in one Vietnamese line that names the key and shows no value.

The models are pydantic's, which answers in English. Here is the one place that translates it: for contracts, layouts,
the settings and the decisions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

Fault = Mapping[str, Any]
"""One fault of pydantic's: `type`, `loc`, `msg`, `input`, `ctx`."""

_NOT_A_GROUP = "phải gồm các dòng khóa: giá trị"
_NOT_A_LIST = "phải là danh sách"
_NOT_AN_INTEGER = "phải là số nguyên"
_NOT_A_NUMBER = "phải là số"
_NOT_A_DAY = "phải là ngày YYYY-MM-DD"
_NOT_YES_OR_NO = "phải là true hoặc false"
_WORDS_VI = {
    "missing": "còn thiếu",
    "union_tag_invalid": "{discriminator} phải là {expected_tags}",
    "union_tag_not_found": "thiếu {discriminator}",
    "literal_error": "không có giá trị này, phải là {expected}",
    "string_type": "phải là chữ: đặt trong ngoặc kép, ví dụ \"04795\"",
    "string_too_short": "không được để trống",
    "too_short": "không được để trống",
    "greater_than_equal": "phải từ {ge} trở lên",
    "greater_than": "phải lớn hơn {gt:g}",
    "less_than_equal": "phải từ {le} trở xuống",
    "int_type": _NOT_AN_INTEGER,
    "int_parsing": _NOT_AN_INTEGER,
    "int_from_float": _NOT_AN_INTEGER,
    "float_type": _NOT_A_NUMBER,
    "float_parsing": _NOT_A_NUMBER,
    "bool_type": _NOT_YES_OR_NO,
    "bool_parsing": _NOT_YES_OR_NO,
    "date_type": _NOT_A_DAY,
    "date_parsing": _NOT_A_DAY,
    "date_from_datetime_parsing": _NOT_A_DAY,
    "path_type": "phải là đường dẫn",
    "model_type": _NOT_A_GROUP,
    "model_attributes_type": _NOT_A_GROUP,
    "dict_type": _NOT_A_GROUP,
    "list_type": _NOT_A_LIST,
    "tuple_type": _NOT_A_LIST,
}  # fmt: skip
"""Pydantic's type of a fault → the words for it; a name in braces is a part of the fault's context."""


def describe_model_faults(error: ValidationError, kinds: Collection[str] = ()) -> str:
    """Return every fault in one line: "`keep_versions`: phải là số nguyên; mục lạ `keep_version`, có thể gõ nhầm".

    `kinds`: tags of unions, which pydantic puts into the path of a key, though they do not stand in the file.
    """
    return "; ".join(_describe_fault(fault, kinds) for fault in error.errors(include_url=False))


def spell_fault(fault: Fault, own_words: Mapping[str, str] | None = None) -> str:
    """Return what is wrong, without its place. `own_words` outrank the common ones; pydantic's own are the last."""
    words = {**_WORDS_VI, **(own_words or {})}.get(fault["type"])
    context = fault.get("ctx", {})
    if fault["type"] == "value_error":  # the words are those of a model of this project
        return str(context["error"])
    return words.format_map({name: _list_choices(value) for name, value in context.items()}) if words else fault["msg"]


def describe_unreadable_yaml(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Return why a file could not be read as YAML, with the number of the line where it is known."""
    if isinstance(error, UnicodeDecodeError):
        return "không phải văn bản UTF-8"
    mark = getattr(error, "problem_mark", None)
    return f"không phải YAML{f' (dòng {mark.line + 1})' if mark else ''}"


def _describe_fault(fault: Fault, kinds: Collection[str]) -> str:
    *path, last = fault["loc"] or ("",)
    keys = [*(part for part in path if part not in kinds), last]
    place = ".".join(str(key + 1 if isinstance(key, int) else key) for key in keys)
    if fault["type"] == "extra_forbidden":
        return f"mục lạ `{place}`, có thể gõ nhầm"
    return f"`{place}`: {spell_fault(fault)}" if place else f"tệp {spell_fault(fault)}"


def _list_choices(value: object) -> object:
    """Turn pydantic's "'a', 'b' or 'c'" into "a, b hoặc c"; anything else stays as it is."""
    if not isinstance(value, str):
        return value
    *others, last = value.replace("'", "").replace(" or ", ", ").split(", ")
    return f"{', '.join(others)} hoặc {last}" if others else last
