"""What the figures of a file are in: a wrong unit is wrong by a thousand or more, so nothing is guessed here.

The ĐVT line of a sheet holds for it and for the later sheets that have none; a bracket in a header says the same of its
column. Where the file says nothing, the agreed unit holds: of money the layout's, if there is one, of a measure the
contract's. A file that leaves its money open is blocked when it is of a required column, else the figures are unknown
and the rest is read; so is one whose unit is not understood. Words of a line that may be any unit are of each column of
money or measure whose unit nothing else tells. A note below the rows says what a line above them does. Where each row
names its unit ("ĐVT" as a column) it is read by that. A file that says two things is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import quantities, text
from dagster_project.ingest.normalise.columns import NUMBERS
from dagster_project.ingest.normalise.numbers import Figure
from dagster_project.ingest.normalise.quantities import UnitReading
from dagster_project.ingest.normalise.styles import Decision
from dagster_project.ingest.readers.base import ROW_UNIT, Finding, RawTable, find_column_of_role

# What a layout agrees on: `stated` means that each file must say it.
_AGREED = {"dong": Decimal(1), "trieu_dong": Decimal(10**6), "stated": None}
_NAMES = {1: "đồng", 10**3: "nghìn đồng", 10**6: "triệu đồng", 10**9: "tỷ đồng"}


@dataclass(frozen=True)
class _Words:
    """Keeps words of a file that speak of a unit: the phrase as written, where it stands, and how it is read.
    `meaning`: what the layout says that they mean, where it does."""

    phrase: str
    place_vi: str
    reading: UnitReading
    is_note: bool = False
    meaning: str = ""

    @property
    def quoted_vi(self) -> str:
        """Tells the words as the file has them, and beside them what the layout teaches, or what they may mean."""
        doubt = quantities.tell_readings(self.phrase) if self.reading.unread else ""
        taught = f" (bố cục dạy là “{self.meaning}”)" if self.meaning not in ("", self.phrase) else ""
        return f"“{self.phrase}”{taught or doubt}"

    @property
    def told_vi(self) -> str:
        return self.quoted_vi + (f" ở {self.place_vi}" if self.place_vi else "")


@dataclass(frozen=True)
class SheetUnits:
    """Tells what the figures of a table are in.

    `factors`: column → what one unit of it is in the contract's unit (đồng, ha, …). `by_row`: columns whose rows name
    different units → what each of these words means; there `factors` has the largest. `told`: which words of the file
    told it: of money all, of measures those that are not the contract's.
    """

    factors: dict[str, Decimal] = field(default_factory=dict)
    by_row: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    told: list[Decision] = field(default_factory=list)


def find_units(tables: list[RawTable], feed: Feed, file: str) -> list[SheetUnits]:
    """Find for each table of a file what its columns of figures are in.

    Raises BlockedFile: no_money_unit, money_unit_contradicted, unit_not_understood. A unit of money that differs from
    the agreed one is used, and is a finding of the table. A column that is not required and whose unit nobody tells, or
    nobody understands, is not among them, and is a finding, too.
    """
    figures = {column.name: column for column in feed.contract.columns if column.kind in NUMBERS}
    in_name = [_Words(phrase, "tên tệp", UnitReading()) for phrase in quantities.find_units_in_name(file)]
    said = [_read_lines(table, in_name, figures.values(), feed) for table in tables]
    _refuse_contradiction([words for of_table in said for words in of_table.get(None, ())])
    units: list[SheetUnits] = []
    lines: dict[str | None, tuple[_Words, ...]] = {}
    for table, of_table in zip(tables, said, strict=True):
        lines |= of_table
        units.append(SheetUnits())
        told: dict[str, str] = {}
        of_rows = write_units_of_rows(table.frame)
        for role in table.columns if len(table.frame) else ():
            column = figures.get(find_column_of_role(role))
            if column is not None:
                _add_factor(units[-1], told, column, role, table, lines, of_rows, feed)
        _note_other_unit(table, units[-1].factors, figures, feed)
    return units


def _read_lines(
    table: RawTable, in_name: Sequence[_Words], figures: Iterable[Column], feed: Feed
) -> dict[str | None, tuple[_Words, ...]]:
    """Read what the ĐVT lines of a sheet, its name, and that of its file (`in_name`) say of each unit that its columns
    may be in; None stands for money.

    Where they tell nothing of a unit, words of theirs that may be anything are unread for it.
    """
    wanted = {
        column.unit if column.kind == "number" else None
        for column in figures
        if column.kind == "money" or (column.kind == "number" and column.unit)
    }
    sheet = _name_sheet(table)
    line = ", ".join(filter(None, ["dòng ĐVT", sheet]))
    said = [_Words(phrase, line, UnitReading()) for phrase in table.unit_phrases]
    said += [
        _Words(phrase, f"tên {sheet}", UnitReading()) for phrase in quantities.find_units_in_name(table.sheet or "")
    ]
    said += in_name
    for row, phrase in table.notes_of_units:
        said.append(_Words(phrase, ", ".join(filter(None, [f"dòng {row} dưới bảng", sheet])), UnitReading(), True))
    said = [replace(words, meaning=_translate(words.phrase, feed)) for words in said]
    readings: dict[str | None, tuple[_Words, ...]] = {}
    for unit in wanted:
        read = [replace(words, reading=_read(words.meaning, unit)) for words in said]
        told = [words for words in read if words.reading.factors or words.reading.unread]
        strange = [words for words in said if quantities.is_strange(words.meaning)]
        told = told or [replace(words, reading=UnitReading(unread=(words.phrase,))) for words in strange]
        if told:
            readings[unit] = tuple(told)
    return readings


def _read(meaning: str, unit: str | None) -> UnitReading:
    return quantities.read_money(meaning) if unit is None else quantities.read_measure(meaning, unit)


def _translate(phrase: str, feed: Feed) -> str:
    """Return what a layout says that its office means by these words; else the words."""
    taught = {_make_words_key(words): meaning for words, meaning in feed.layout.units.items()}
    return taught.get(_make_words_key(phrase), phrase)


def _make_words_key(phrase: str) -> str:
    return text.make_key(phrase.replace(";", " "))


def _add_factor(
    units: SheetUnits,
    told: dict[str, str],
    column: Column,
    role: str,
    table: RawTable,
    lines: Mapping[str | None, tuple[_Words, ...]],
    of_rows: pd.Series | None,
    feed: Feed,
) -> None:
    """Note the factor of one column of a sheet, and the words that tell it. Raises BlockedFile where it cannot be told
    and must be."""
    bracket = _read_bracket(column, role, table, feed)
    line = lines.get(None if column.kind == "money" else column.unit, ()) if _has_unit(column) else ()
    if bracket.reading.factors and column.kind == "money":
        _refuse_contradiction([bracket, *(words for words in line if words.reading.factors)])
    words: tuple[_Words, ...] = line
    if bracket.reading.factors or bracket.reading.unread:
        words = (*(note for note in line if note.is_note), bracket)
    named = _read_units_of_rows(column, table, of_rows, words, feed)
    if named and not any(one.reading.unread for one in words):
        words, means = _settle_rows(words, named)
        if means:
            _follow_rows(units, means, column, table, of_rows)
            return
        _refuse_contradiction(words if column.kind == "money" else ())
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
    if column.name not in units.factors and words and (column.kind == "money" or factor != 1):
        phrases = "; ".join(dict.fromkeys(one.phrase for one in words))
        where = "tiêu đề cột" if words[0].place_vi.startswith("cột “") else words[0].place_vi
        told_of = Decision(column.name, "unit", str(factor), len(table.frame), phrases, table.sheet, place=where)
        units.told.append(told_of)
    if units.factors.setdefault(column.name, factor) != factor:
        raise _report_blocked("money_unit_contradicted", f"{told[column.name]} và {told_by}")
    told.setdefault(column.name, told_by)


def write_units_of_rows(frame: pd.DataFrame) -> pd.Series | None:
    """Write what each row of a table names as its unit, "" where it names none; None without such a column."""
    cells = [text.clean(frame[role]).astype(object).fillna("") for role in frame if str(role).startswith(ROW_UNIT)]
    if not cells or not len(frame):
        return None
    whole = cells[0]
    for more in cells[1:]:
        whole = (whole + "; " + more).str.strip("; ")
    return whole


def _read_units_of_rows(
    column: Column, table: RawTable, of_rows: pd.Series | None, words: Sequence[_Words], feed: Feed
) -> dict[str, _Words]:
    """Read what the rows that fill a column name as its unit, word by word; nothing where none of them speaks of it.

    What looks like no money and no measure may be of any column that nothing else (`words`) tells.
    """
    if of_rows is None or not _has_unit(column):
        return {}
    unit = column.unit if column.kind == "number" else None
    place_vi = ", ".join(filter(None, ["cột ĐVT", _name_sheet(table)]))
    phrases = of_rows[_find_filled(table.frame, column.name)].unique()
    meanings = {phrase: _translate(phrase, feed) for phrase in phrases}
    named = {
        phrase: _Words(phrase, place_vi, _read(meaning, unit), meaning=meaning) for phrase, meaning in meanings.items()
    }
    if any(one.reading.factors or one.reading.unread for one in named.values()):
        return named
    if words:
        return {}
    strange = [phrase for phrase in named if quantities.is_strange(named[phrase].meaning)]
    return {phrase: replace(named[phrase], reading=UnitReading(unread=(phrase,))) for phrase in strange}


def _find_filled(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Find the rows in which a column, or one of its sub-columns, holds more than a dash."""
    filled = np.zeros(len(frame), dtype=bool)
    for role in frame:
        if find_column_of_role(str(role)) == name:
            filled |= _is_filled(frame[role])
    return filled


def _is_filled(cells: pd.Series) -> np.ndarray:
    written = text.clean(cells)
    return np.asarray(written.notna() & ~written.isin(text.MISSING))


def _settle_rows(
    words: tuple[_Words, ...], named: Mapping[str, _Words]
) -> tuple[tuple[_Words, ...], dict[str, Decimal] | None]:
    """Settle what the rows of a column name against what the file says of it: the words that tell the one unit of all
    rows, or contradict each other; and, where units differ from row to row, what each of their words means."""
    means = {
        phrase: next(iter(one.reading.factors))
        for phrase, one in named.items()
        if len(one.reading.factors) == 1 and not one.reading.unread
    }
    of_file = {factor for one in words for factor in one.reading.factors}
    if means and not of_file <= set(means.values()):
        return (*words, *named.values()), None
    is_one = len(means) == len(named) and len(set(means.values())) == 1
    return (words, means) if means and not is_one else (tuple(named.values()), None)


def _follow_rows(
    units: SheetUnits, means: dict[str, Decimal], column: Column, table: RawTable, of_rows: pd.Series | None
) -> None:
    """Note that the rows of a column are each read in the unit that they name."""
    if column.name not in units.by_row and of_rows is not None:
        units.by_row[column.name] = means
        units.factors[column.name] = max(means.values())
        for phrase, factor in means.items():
            cells = int(of_rows.eq(phrase).sum())
            told_of = Decision(column.name, "unit", str(factor), cells, phrase, table.sheet, place="cột ĐVT")
            units.told.append(told_of)


def name_units_of_rows(table: RawTable, units: SheetUnits) -> RawTable:
    """Return the table with each figure of `by_row` beside the unit of its row; a total without one states nothing."""
    if not units.by_row:
        return table
    frame = _name_units(table.frame, units.by_row, is_of_totals=False)
    return replace(table, frame=frame, totals=_name_units(table.totals, units.by_row, is_of_totals=True))


def _name_units(
    frame: pd.DataFrame, by_row: Mapping[str, Mapping[str, Decimal]], *, is_of_totals: bool
) -> pd.DataFrame:
    of_rows = write_units_of_rows(frame)
    if of_rows is None:
        return frame
    named: dict[str, pd.Series] = {}
    for role in map(str, frame):
        means = by_row.get(find_column_of_role(role))
        if means is not None:
            is_figure = _is_filled(frame[role]) & (of_rows.isin(list(means)).to_numpy() | (not is_of_totals))
            figures = [
                Figure(cell, unit, means.get(unit)) if has else None
                for cell, unit, has in zip(frame[role], of_rows, is_figure, strict=True)
            ]
            named[role] = pd.Series(figures, index=frame.index, dtype=object)
    return frame.assign(**named)


def _has_unit(column: Column) -> bool:
    return column.kind == "money" or (column.kind == "number" and column.unit is not None)


def _read_bracket(column: Column, role: str, table: RawTable, feed: Feed) -> _Words:
    """Read what the bracket of a column's header says."""
    phrase = table.header_units.get(role, "")
    meaning = _translate(phrase, feed)
    if _has_unit(column):
        reading = quantities.read_bracket(meaning, column.unit if column.kind == "number" else None)
    else:
        is_own = phrase in text.find_brackets(table.heads.get(role, phrase))
        reading = quantities.read_count(meaning, is_own=is_own)
    return _Words(phrase, _name_place(role, column, table), reading, meaning=meaning)


def _refuse_words(unread: Sequence[_Words], column: Column, role: str, table: RawTable) -> None:
    """Refuse a column whose unit is not understood, and the file where the column is required."""
    if column.required:
        own = _name_place(role, column, table)
        said = ", ".join(words.told_vi for words in unread)
        of_column = "" if any(words.place_vi == own for words in unread) else f"; cần cho {own}"
        # Two units that are each understood are the office's to settle: no layout can teach them.
        taught = [words.phrase for words in unread if words.reading.unread or len(words.reading.factors) > 1]
        raise _report_blocked("unit_not_understood", said + of_column, taught)
    if not any(one.rule == "unit_of_column_not_understood" and one.column == column.name for one in table.findings):
        table.findings.append(Finding("unit_of_column_not_understood", column=column.name, value=unread[0].phrase))


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
