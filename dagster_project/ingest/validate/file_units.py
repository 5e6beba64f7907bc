"""What the figures of a file are in: a wrong unit is wrong by a thousand or more, so nothing is guessed here.

The ĐVT line of a sheet holds for it and for the later sheets that have none; a bracket in a header says the same of its
column. Where the file says nothing, the agreed unit holds: of money the layout's, if there is one, of a measure the
contract's. A file that leaves its money open is blocked when it is of a required column, else the figures are unknown
and the rest is read; so is one whose unit is not understood. A file that says two things is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import quantities, text
from dagster_project.ingest.normalise.columns import NUMBERS
from dagster_project.ingest.normalise.quantities import UnitReading
from dagster_project.ingest.readers.base import Finding, RawTable, find_column_of_role

# What a layout agrees on: `stated` means that each file must say it.
_AGREED = {"dong": Decimal(1), "trieu_dong": Decimal(10**6), "stated": None}
_NAMES = {1: "đồng", 10**3: "nghìn đồng", 10**6: "triệu đồng", 10**9: "tỷ đồng"}
# What an ĐVT line may name beside money and measures: things that are counted.
_COUNTED = frozenset(
    [
        "hộ",
        "hộ gia đình",
        "người",
        "lượt người",
        "hồ sơ",
        "dự án",
        "công trình",
        "lô",
        "thửa",
        "nhà",
        "căn",
        "cái",
        "chiếc",
        "máy",
        "bộ",
        "trung tâm",
        "văn bản",
        "nhiệm vụ",
        "lượt",
        "cuộc",
        "khu",
    ]
)


def find_factors(tables: list[RawTable], feed: Feed) -> list[dict[str, Decimal]]:
    """Find for each table what one unit of each column of figures is in the contract's unit (đồng, ha, …).

    Raises BlockedFile: no_money_unit, money_unit_contradicted, unit_not_understood. A unit of money that differs from
    the agreed one is used, and is a finding of the table. A column that is not required and whose unit nobody tells, or
    nobody understands, is not among them, and is a finding, too.
    """
    figures = {column.name: column for column in feed.contract.columns if column.kind in NUMBERS}
    said = [_read_lines(table, figures.values(), feed) for table in tables]
    _refuse_contradiction(quantities.join_readings(of_table.get(None, UnitReading()) for of_table in said))
    factors: list[dict[str, Decimal]] = []
    lines: dict[str | None, UnitReading] = {}
    for table, of_table in zip(tables, said, strict=True):
        lines |= {unit: reading for unit, reading in of_table.items() if reading.factors or reading.unread}
        factors.append({})
        for role in table.columns if len(table.frame) else ():
            column = figures.get(find_column_of_role(role))
            if column is not None:
                _add_factor(factors[-1], column, role, table, lines, feed)
        _note_other_unit(table, factors[-1], figures, feed)
    return factors


def _read_lines(table: RawTable, figures: Iterable[Column], feed: Feed) -> dict[str | None, UnitReading]:
    """Read what the ĐVT lines of a sheet say of each unit that its columns may be in; None stands for money.

    Raises BlockedFile when a line says nothing that is understood.
    """
    phrases = [_translate(phrase, feed) for phrase in table.unit_phrases]
    wanted = {column.unit if column.kind == "number" else None for column in figures if column.kind != "integer"}
    readings = {
        unit: quantities.join_readings(
            quantities.read_money(phrase) if unit is None else quantities.read_measure(phrase, unit)
            for phrase in phrases
        )
        for unit in sorted(wanted, key=str)
        if unit is not None or any(column.kind == "money" for column in figures)
    }
    for phrase in phrases:
        if not _is_understood(phrase):
            raise _report_blocked("unit_not_understood", f"“{phrase}”", [phrase])
    return readings


def _translate(phrase: str, feed: Feed) -> str:
    """Return what a layout says that its office means by these words; else the words."""
    taught = {text.make_key(words): meaning for words, meaning in feed.layout.units.items()}
    return taught.get(text.make_key(phrase), phrase)


def _is_understood(phrase: str) -> bool:
    """Tell whether a line names money, a measure, or things that are counted."""
    money = quantities.read_money(phrase)
    if money.factors or money.unread or not phrase:
        return True
    words = [text.make_key(part).strip(" .") for part in phrase.replace(";", ",").split(",")]
    return all(not word or word in _COUNTED or quantities.is_measure(word) for word in words)


def _add_factor(
    factors: dict[str, Decimal],
    column: Column,
    role: str,
    table: RawTable,
    lines: Mapping[str | None, UnitReading],
    feed: Feed,
) -> None:
    """Note the factor of one column of a sheet. Raises BlockedFile where it cannot be told and must be."""
    bracket = _translate(table.header_units.get(role, ""), feed)
    agreed: Decimal | None
    if column.kind == "integer":
        reading, line, agreed = quantities.read_count(bracket), UnitReading(), Decimal(1)
    elif column.kind == "money":
        reading, line = quantities.read_money(bracket), lines.get(None, UnitReading())
        agreed = _AGREED[feed.layout.money_unit]
    else:
        line = lines.get(column.unit, UnitReading())
        reading = _read_bracket(bracket, column.unit) if column.unit else quantities.read_count(bracket)
        agreed = Decimal(1)
    if reading.factors and column.kind == "money":
        _refuse_contradiction(reading | UnitReading(line.factors))
    told = reading if reading.factors or reading.unread else line
    if told.unread or len(told.factors) > 1:
        words = ", ".join(f"“{word}”" for word in told.unread) or f"“{bracket}”"
        phrase = bracket or "; ".join(table.unit_phrases)  # as a layout would teach it
        if column.required:
            raise _report_blocked("unit_not_understood", f"{words}, cột {column.label_vi}", [phrase])
        table.findings.append(Finding("unit_of_column_not_understood", column=column.name, value=phrase[:60]))
        return
    factor = next(iter(told.factors), agreed)
    if factor is None:
        if column.required:
            raise _report_blocked("no_money_unit", f"trang tính “{table.sheet}”" if table.sheet else "")
        return
    if factors.setdefault(column.name, factor) != factor:
        raise _report_blocked("money_unit_contradicted", f"{_name(factors[column.name])} và {_name(factor)}")


def _read_bracket(bracket: str, unit: str) -> UnitReading:
    """Read what a header's bracket says of a measure; one that is nothing but the measure of another quantity ("(m)"
    where hectares are due) is unread."""
    reading = quantities.read_measure(bracket, unit)
    is_other = not reading.factors and not reading.unread and quantities.is_measure(bracket)
    return UnitReading(unread=(bracket,)) if is_other else reading


def _note_other_unit(
    table: RawTable, factors: Mapping[str, Decimal], figures: Mapping[str, Column], feed: Feed
) -> None:
    """Note that a sheet's money is in another unit than the agreed one, or in one that nobody tells."""
    agreed = _AGREED[feed.layout.money_unit]
    money = {name for name, column in figures.items() if column.kind == "money"}
    other = next((factor for name, factor in factors.items() if name in money and factor != agreed), None)
    if agreed is not None and other is not None:
        table.findings.append(Finding("money_unit_not_agreed", value=_name(other)))
    noted = {finding.column for finding in table.findings}
    here = {find_column_of_role(role) for role in table.columns} & money
    if len(table.frame) and here - factors.keys() - noted:
        table.findings.append(Finding("money_unit_not_said"))


def drop_unknown_figures(table: RawTable, factors: Mapping[str, Decimal], feed: Feed) -> RawTable:
    """Return the table without the figures whose unit nobody tells."""
    figures = {column.name for column in feed.contract.columns if column.kind in NUMBERS}
    unknown = [
        role for role in table.columns if (column := find_column_of_role(role)) in figures and column not in factors
    ]
    if not unknown or table.frame.empty:
        return table
    return replace(table, frame=table.frame.drop(columns=unknown, errors="ignore"))


def _refuse_contradiction(reading: UnitReading) -> None:
    if len(reading.factors) > 1:
        raise _report_blocked("money_unit_contradicted", " và ".join(map(_name, sorted(reading.factors))))


def _name(factor: Decimal) -> str:
    return _NAMES.get(int(factor), f"{factor:f} đồng")


def _report_blocked(rule: str, detail: str, unread: Iterable[str] = ()) -> BlockedFile:
    words = load_rules()[rule]
    message_vi = words.message_vi.rstrip(".") + (f" ({detail})." if detail else ".")
    return BlockedFile(rule, message_vi, words.remedy_vi, unread)
