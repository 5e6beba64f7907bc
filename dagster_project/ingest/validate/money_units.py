"""What the amounts of a file are in: a wrong unit of money is wrong by a thousand, so nothing is guessed here.

The ĐVT line of a sheet holds for it and for the later sheets that have none; a bracket in a header says the same of its
column. Where the file says nothing, the layout's agreed unit holds, if there is one. A file that leaves it open is
blocked when it is of a required column, else the amounts are unknown and the rest is read. A file that says
two things is blocked.
"""

from __future__ import annotations

from dataclasses import replace

from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.money import read_money_multipliers
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.ingest.validate.sub_columns import find_column_of_role

# What a layout agrees on: `stated` means that each file must say it.
_AGREED = {"dong": 1, "trieu_dong": 10**6, "stated": None}
_NAMES = {1: "đồng", 10**3: "nghìn đồng", 10**6: "triệu đồng", 10**9: "tỷ đồng"}


def find_money_factors(tables: list[RawTable], feed: Feed) -> list[dict[str, int]]:
    """Find for each table what one unit of each money column is in đồng. Raises BlockedFile: no_money_unit,
    money_unit_contradicted.

    A unit that differs from the agreed one is used, and is a finding of the table. An optional column whose unit nobody
    tells is not among them, and is a finding, too.
    """
    money = {column.name: column.required for column in feed.contract.columns if column.kind == "money"}
    agreed = _AGREED[feed.layout.money_unit]
    said = frozenset(unit for table in tables for unit in table.money_units)
    if money and len(said) > 1:
        raise _report_blocked("money_unit_contradicted", " và ".join(_name(unit) for unit in sorted(said)))
    factors: list[dict[str, int]] = []
    heading: int | None = None
    for table in tables:
        heading = next(iter(table.money_units), heading)
        here = {role: column for role in table.columns if (column := find_column_of_role(role)) in money}
        factors.append({})
        for role, column in (here if len(table.frame) else {}).items():
            unit = _find_unit_of_column(table, role, heading if heading is not None else agreed, stated=heading)
            if unit is None and money[column]:
                raise _report_blocked("no_money_unit", f"trang tính “{table.sheet}”" if table.sheet else "")
            if unit is None:
                continue
            if factors[-1].setdefault(column, unit) != unit:
                raise _report_blocked("money_unit_contradicted", f"{_name(factors[-1][column])} và {_name(unit)}")
        if agreed is not None and any(unit != agreed for unit in factors[-1].values()):
            unit = next(unit for unit in factors[-1].values() if unit != agreed)
            table.findings.append(Finding("money_unit_not_agreed", value=_name(unit)))
        if any(column not in factors[-1] for column in here.values()) and len(table.frame):
            table.findings.append(Finding("money_unit_not_said"))
    return factors


def drop_unknown_amounts(table: RawTable, factors: dict[str, int], feed: Feed) -> RawTable:
    """Return the table without the amounts whose unit nobody tells."""
    money = {column.name for column in feed.contract.columns if column.kind == "money"}
    unknown = [
        role for role in table.columns if (column := find_column_of_role(role)) in money and column not in factors
    ]
    if not unknown or table.frame.empty:
        return table
    return replace(table, frame=table.frame.drop(columns=unknown, errors="ignore"))


def _find_unit_of_column(table: RawTable, role: str, unit: int | None, stated: int | None) -> int | None:
    """Return the unit of one column: what its header says in brackets, else the sheet's."""
    bracket = read_money_multipliers(table.header_units.get(role))
    if len(bracket) > 1 or (bracket and stated is not None and stated not in bracket):
        both = sorted(bracket | ({stated} if stated is not None else set()))
        raise _report_blocked("money_unit_contradicted", " và ".join(map(_name, both)))
    if bracket:
        return next(iter(bracket))
    return unit


def _name(unit: int) -> str:
    return _NAMES.get(unit, f"{unit} đồng")


def _report_blocked(rule: str, detail: str) -> BlockedFile:
    words = load_rules()[rule]
    return BlockedFile(rule, words.message_vi.rstrip(".") + (f" ({detail})." if detail else "."), words.remedy_vi)
