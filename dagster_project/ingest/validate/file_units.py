"""What the figures of a file are in: a wrong unit is wrong by a thousand or more, so nothing is guessed here.

The ĐVT line of a sheet holds for it and for the later sheets that have none; a bracket in a header says the same of its
column. Where the file says nothing, the agreed unit holds: of money the layout's, if there is one, of a measure the
contract's. A file that leaves its money open is blocked when it is of a required column, else the figures are unknown
and the rest is read; so is one whose unit is not understood. Words of a line that may be any unit are of each column of
money or measure whose unit nothing else tells. A file that says two things is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class _Words:
    """Keeps words of a file that speak of a unit: the phrase as written, where it stands, and how it is read."""

    phrase: str
    place_vi: str
    reading: UnitReading

    @property
    def told_vi(self) -> str:
        return f"“{self.phrase}”" + (f" ở {self.place_vi}" if self.place_vi else "")


def find_factors(tables: list[RawTable], feed: Feed) -> list[dict[str, Decimal]]:
    """Find for each table what one unit of each column of figures is in the contract's unit (đồng, ha, …).

    Raises BlockedFile: no_money_unit, money_unit_contradicted, unit_not_understood. A unit of money that differs from
    the agreed one is used, and is a finding of the table. A column that is not required and whose unit nobody tells, or
    nobody understands, is not among them, and is a finding, too.
    """
    figures = {column.name: column for column in feed.contract.columns if column.kind in NUMBERS}
    said = [_read_lines(table, figures.values(), feed) for table in tables]
    _refuse_contradiction([words for of_table in said for words in of_table.get(None, ())])
    factors: list[dict[str, Decimal]] = []
    lines: dict[str | None, tuple[_Words, ...]] = {}
    for table, of_table in zip(tables, said, strict=True):
        lines |= of_table
        factors.append({})
        told: dict[str, str] = {}
        for role in table.columns if len(table.frame) else ():
            column = figures.get(find_column_of_role(role))
            if column is not None:
                _add_factor(factors[-1], told, column, role, table, lines, feed)
        _note_other_unit(table, factors[-1], figures, feed)
    return factors


def _read_lines(table: RawTable, figures: Iterable[Column], feed: Feed) -> dict[str | None, tuple[_Words, ...]]:
    """Read what the ĐVT lines of a sheet say of each unit that its columns may be in; None stands for money.

    Where they tell nothing of a unit, words of theirs that may be anything are unread for it.
    """
    wanted = {
        column.unit if column.kind == "number" else None
        for column in figures
        if column.kind == "money" or (column.kind == "number" and column.unit)
    }
    place_vi = _name_sheet(table)
    meanings = [(phrase, _translate(phrase, feed)) for phrase in table.unit_phrases]
    readings: dict[str | None, tuple[_Words, ...]] = {}
    for unit in wanted:
        read = [
            (phrase, quantities.read_money(meaning) if unit is None else quantities.read_measure(meaning, unit))
            for phrase, meaning in meanings
        ]
        told = [_Words(phrase, place_vi, one) for phrase, one in read if one.factors or one.unread]
        strange = [phrase for phrase, meaning in meanings if quantities.is_strange(meaning)]
        words = told or [_Words(phrase, place_vi, UnitReading(unread=(phrase,))) for phrase in strange]
        if words:
            readings[unit] = tuple(words)
    return readings


def _translate(phrase: str, feed: Feed) -> str:
    """Return what a layout says that its office means by these words; else the words."""
    taught = {_make_words_key(words): meaning for words, meaning in feed.layout.units.items()}
    return taught.get(_make_words_key(phrase), phrase)


def _make_words_key(phrase: str) -> str:
    return text.make_key(phrase.replace(";", " "))


def _add_factor(
    factors: dict[str, Decimal],
    told: dict[str, str],
    column: Column,
    role: str,
    table: RawTable,
    lines: Mapping[str | None, tuple[_Words, ...]],
    feed: Feed,
) -> None:
    """Note the factor of one column of a sheet, and the words that tell it. Raises BlockedFile where it cannot be told
    and must be."""
    bracket = _read_bracket(column, role, table, feed)
    line = lines.get(None if column.kind == "money" else column.unit, ()) if _has_unit(column) else ()
    if bracket.reading.factors and column.kind == "money":
        _refuse_contradiction([bracket, *(words for words in line if words.reading.factors)])
    words = (bracket,) if bracket.reading.factors or bracket.reading.unread else line
    reading = quantities.join_readings(one.reading for one in words)
    if reading.unread or len(reading.factors) > 1:
        unread = [one for one in words if one.reading.unread] or list(words)
        _refuse_words(unread, column, role, table)
        return
    agreed = _AGREED[feed.layout.money_unit] if column.kind == "money" else Decimal(1)
    factor = next(iter(reading.factors), agreed)
    if factor is None:
        if column.required:
            raise _report_blocked("no_money_unit", _name_place(role, column, table))
        return
    told_by = words[0].told_vi if words else f"đơn vị đã thống nhất ở {_name_place(role, column, table)}"
    if factors.setdefault(column.name, factor) != factor:
        raise _report_blocked("money_unit_contradicted", f"{told[column.name]} và {told_by}")
    told.setdefault(column.name, told_by)


def _has_unit(column: Column) -> bool:
    return column.kind == "money" or (column.kind == "number" and column.unit is not None)


def _read_bracket(column: Column, role: str, table: RawTable, feed: Feed) -> _Words:
    """Read what the bracket of a column's header says."""
    phrase = table.header_units.get(role, "")
    meaning = _translate(phrase, feed)
    if _has_unit(column):
        reading = quantities.read_bracket(meaning, column.unit if column.kind == "number" else None)
    else:
        reading = quantities.read_count(meaning)
    return _Words(phrase, _name_place(role, column, table), reading)


def _refuse_words(unread: Sequence[_Words], column: Column, role: str, table: RawTable) -> None:
    """Refuse a column whose unit is not understood, and the file where the column is required."""
    phrases = [words.phrase for words in unread]  # as a layout would teach them
    if column.required:
        said = ", ".join(f"“{phrase}”{quantities.tell_readings(phrase)}" for phrase in phrases)
        raise _report_blocked("unit_not_understood", f"{said}, {_name_place(role, column, table)}", phrases)
    if not any(one.rule == "unit_of_column_not_understood" and one.column == column.name for one in table.findings):
        table.findings.append(Finding("unit_of_column_not_understood", column=column.name, value=phrases[0]))


def _name_sheet(table: RawTable) -> str:
    return f"trang tính “{table.sheet}”" if table.sheet else ""


def _name_column(role: str, column: Column, table: RawTable) -> str:
    return f"“{table.heads.get(role) or column.label_vi}”"


def _name_place(role: str, column: Column, table: RawTable) -> str:
    return ", ".join(filter(None, [f"cột {_name_column(role, column, table)}", _name_sheet(table)]))


def _note_other_unit(
    table: RawTable, factors: Mapping[str, Decimal], figures: Mapping[str, Column], feed: Feed
) -> None:
    """Note that a sheet's money is in another unit than the agreed one, by columns, or in one that nobody tells."""
    agreed = _AGREED[feed.layout.money_unit]
    money = {name for name, column in figures.items() if column.kind == "money"}
    others: dict[Decimal, list[str]] = {}
    for role in table.columns:
        name = find_column_of_role(role)
        if name in money and name in factors and factors[name] != agreed:
            others.setdefault(factors[name], []).append(_name_column(role, figures[name], table))
    if agreed is not None and others:
        said = "; ".join(f"{_name(factor)}: {', '.join(dict.fromkeys(columns))}" for factor, columns in others.items())
        table.findings.append(Finding("money_unit_not_agreed", value=f"{said} (đã thống nhất: {_name(agreed)})"))
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


def _refuse_contradiction(words: Sequence[_Words]) -> None:
    """Refuse a file that says two units of money: each is told with its place."""
    firsts: dict[Decimal, _Words] = {}
    for one in words:
        for factor in one.reading.factors:
            firsts.setdefault(factor, one)
    if len(firsts) > 1:
        told = [f"{_name(factor)}: {firsts[factor].told_vi}" for factor in sorted(firsts)]
        raise _report_blocked("money_unit_contradicted", " và ".join(told))


def _name(factor: Decimal) -> str:
    return _NAMES.get(int(factor), f"{factor:f} đồng")


def _report_blocked(rule: str, detail: str, unread: Iterable[str] = ()) -> BlockedFile:
    words = load_rules()[rule]
    message_vi = words.message_vi.rstrip(".") + (f" ({detail})." if detail else ".")
    return BlockedFile(rule, message_vi, words.remedy_vi, unread)
