"""Great Expectations suites, rendered from the contracts. The JSON under `expectations/` is this and nothing else.

`meta.check` is the stable name of the asset check; `meta.on_failure` says what happens to the rows that fail.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.contracts.models import Column, Contract, RowRule
from dagster_project.contracts.registry import Registry
from dagster_project.core.paths import EXPECTATIONS_DIR

GX_VERSION = "1.24.1"
_LEVELS = ["commune", "former_commune", "former_district", "department", "former_province", "province"]
_ATTRIBUTIONS = ["exact", "former_commune", "split", "district", "department", "former_province"]


def list_suite_files(domain: str) -> list[Path]:
    """Return the paths of the rendered suite of a domain, and of its hand-written rules when there are any."""
    candidates = (EXPECTATIONS_DIR / f"{domain}.json", EXPECTATIONS_DIR / "rules" / f"{domain}.json")
    return [path for path in candidates if path.exists()]


def render_suite(contract: Contract, registry: Registry) -> dict[str, Any]:
    """Return the suite of one domain, as a JSON document of Great Expectations 1.x."""
    expectations = [_expect_exact_columns(contract)]
    for column in contract.columns:
        if column.is_personal:
            continue
        expectations += _expect_column(column, registry)
    expectations += [
        _compare_pair(rule) for rule in contract.contradictions if len(rule.lesser) == len(rule.greater) == 1
    ]
    return {
        "name": contract.domain,
        "expectations": expectations,
        "meta": {"great_expectations_version": GX_VERSION, "contract_version": contract.version},
    }


def _compare_pair(rule: RowRule) -> dict[str, Any]:
    return _make_expectation(
        "expect_column_pair_values_a_to_be_greater_than_b",
        {
            "column_A": rule.greater[0],
            "column_B": rule.lesser[0],
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        rule.name,
        "finding",
        rule.message_vi,
    )


def _expect_exact_columns(contract: Contract) -> dict[str, Any]:
    landed = [name for name in contract.list_landed_columns() if name not in ("feed_id", "area", "batch_id")]
    return _make_expectation(
        "expect_table_columns_to_match_set",
        {"column_set": sorted(landed), "exact_match": True},
        "columns",
        "error",
        "Bảng sau khi chuẩn hóa có đúng các cột của hợp đồng.",
    )


def _expect_column(column: Column, registry: Registry) -> list[dict[str, Any]]:
    name = "unit_code" if column.kind == "unit" else column.name
    found = [_expect_not_null(name, column)] if column.on_missing == "quarantine" else []
    if column.kind == "unit":
        return [
            *found,
            _expect_in_set("unit_level", _LEVELS, column),
            _expect_in_set("attribution", _ATTRIBUTIONS, column),
        ]
    if column.code_list is not None and column.kind == "enum":
        values: list[Any] = list(registry.code_lists[column.code_list].list_values())
        found.append(_expect_in_set(name, [int(v) for v in values] if column.type == "INTEGER" else values, column))
    if column.pattern is not None:
        found.append(
            _make_expectation(
                "expect_column_values_to_match_regex",
                {"column": name, "regex": column.pattern},
                f"{name}_pattern",
                column.on_invalid,
                f"{column.label_vi}: đúng mẫu.",
            )
        )
    bounds = {"min_value": column.minimum, "max_value": column.maximum}
    told = {name_of: bound for name_of, bound in bounds.items() if bound is not None}
    if told:
        least = "" if column.minimum is None else f" không nhỏ hơn {column.minimum:g}"
        most = "" if column.maximum is None else f" không lớn hơn {column.maximum:g}"
        found.append(
            _make_expectation(
                "expect_column_values_to_be_between",
                {"column": name} | told,
                f"{name}_{'minimum' if column.minimum is not None else 'maximum'}",
                "quarantine",
                f"{column.label_vi}:{' và'.join(filter(None, (least, most)))}.",
            )
        )
    return found


def _expect_not_null(name: str, column: Column) -> dict[str, Any]:
    return _make_expectation(
        "expect_column_values_to_not_be_null",
        {"column": name},
        f"{name}_present",
        "quarantine",
        f"{column.label_vi}: có giá trị.",
    )


def _expect_in_set(name: str, values: list[Any], column: Column) -> dict[str, Any]:
    return _make_expectation(
        "expect_column_values_to_be_in_set",
        {"column": name, "value_set": values},
        f"{name}_in_list",
        "quarantine",
        f"{column.label_vi}: thuộc danh mục.",
    )


def _make_expectation(
    kind: str, kwargs: dict[str, Any], check: str, on_failure: str, description: str
) -> dict[str, Any]:
    return {
        "type": kind,
        "kwargs": kwargs,
        "meta": {"check": check, "on_failure": on_failure},
        "severity": "warning" if on_failure in ("finding", "allow") else "critical",
        "description": description,
    }
