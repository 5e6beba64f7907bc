"""What a night makes of the sample by the drafted layout: which units, styles and period it reads, and from what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.landing.parse import parse_file
from dagster_project.ingest.new_feed.masking import mask_header
from dagster_project.ingest.normalise.columns import DAYS, NUMBERS, normalise_column
from dagster_project.ingest.normalise.styles import Decision, Style
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.validate.column_styles import decide_styles, list_cells
from dagster_project.ingest.validate.decisions import SOURCES_VI, STYLES_VI, list_decisions, spell_unit
from dagster_project.ingest.validate.file_date import FileDate, read_file_date
from dagster_project.ingest.validate.file_units import SheetUnits, find_units

_WITHOUT_UNIT = ("money_unit_not_said", "unit_of_column_not_understood")
"""Findings of a file whose amounts are left out."""
_HINTS_VI = {
    "no_money_unit": "hỏi cơ quan gửi, rồi ghi money_unit (hoặc chạy lại với --money-unit)",
    "money_unit_not_said": "hỏi cơ quan gửi, rồi ghi money_unit (hoặc chạy lại với --money-unit)",
    "unit_not_understood": "hỏi cơ quan gửi, rồi ghi nghĩa của từ đó vào units",
    "unit_of_column_not_understood": "hỏi cơ quan gửi, rồi ghi nghĩa của từ đó vào units",
    "period_unread": "hỏi cơ quan gửi, rồi ghi nghĩa của từ đó vào periods",
    "only_estimated": "dùng tệp mẫu có số đã thực hiện",
    "no_named_period": "đặt tên tệp mẫu theo tháng, quý hay năm, hoặc sửa period",
    "no_data_date": "dùng tệp mẫu có ghi ngày số liệu, hoặc sửa data_date_from",
}


@dataclass
class Evidence:
    """Holds in Vietnamese what was read of the sample (`read`), and what nothing in it decides (`undecided`), which is
    left to a person. `faults`: what keeps a night from using the file, or its amounts. `rows`, `refused`: rows of data,
    and those refused; None where the file was not tried."""

    read: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rows: int | None = None
    refused: int = 0


def gather_evidence(content: bytes, name: str, feed: Feed, registry: Registry, *, is_whole: bool) -> Evidence:
    """Read the sample by a drafted layout as a night does, and say how it was read and what stayed open.

    `is_whole`: the layout names every required column, so that the rows can be judged, too.
    """
    evidence = Evidence()
    tables = _attempt(evidence, lambda: readers.read(content, name, make_read_spec(feed)))
    if tables is None:
        return evidence
    units = _attempt(evidence, lambda: find_units(list(tables), feed, name))
    styles, decisions = decide_styles(tables, feed, [one.factors for one in units or ()])
    filedate = _attempt(evidence, lambda: read_file_date(feed, name, tables, styles))
    evidence.read += [_tell_period(filedate)] if filedate is not None and filedate.end is not None else []
    if units is not None:
        _note_units(evidence, tables, units, feed)
    evidence.read += _tell_typed_cells(tables, feed)
    evidence.read += _tell_styles(decisions, feed)
    decided = {decision.column for decision in decisions}
    for column in feed.contract.columns:
        if column.name in styles:
            _note_open_cells(evidence, column, list(list_cells(tables, column)), styles[column.name], decided, feed)
    if is_whole and not evidence.faults:
        _try_out(evidence, content, name, feed, registry)
    return evidence


def _attempt(evidence: Evidence, step: Callable[[], Any]) -> Any:
    """Return what a step reads; None when it refuses the file, which is noted."""
    try:
        return step()
    except BlockedFile as fault:
        hint = _HINTS_VI.get(fault.rule)
        evidence.faults.append(mask_header(fault.message_vi).rstrip(".") + (f"; {hint}." if hint else "."))
        return None


def _tell_period(filedate: FileDate) -> str:
    days = f"{filedate.last_day:%d/%m/%Y}"
    if filedate.start is not None and filedate.start != filedate.end:
        days = f"từ {filedate.start:%d/%m/%Y} đến {days}"
    return f"Kỳ số liệu: {days}, theo {SOURCES_VI[str(filedate.source)]}"


def _note_units(evidence: Evidence, tables: Sequence[RawTable], units: Sequence[SheetUnits], feed: Feed) -> None:
    """Note the units that the file names, or that amounts stay without one."""
    evidence.read += _tell_units(list_decisions(tables, units, (), feed), feed)
    words = load_rules()
    labels = {column.name: column.label_vi for column in feed.contract.columns}
    for finding in (finding for table in tables for finding in table.findings if finding.rule in _WITHOUT_UNIT):
        said = words[finding.rule].message_vi.format(column=labels.get(str(finding.column), ""))
        told = f"{said.rstrip('.')} {finding.value or ''}".rstrip() + f"; {_HINTS_VI[finding.rule]}."
        evidence.faults += [told] if told not in evidence.faults else []


def _tell_units(decisions: Sequence[Decision], feed: Feed) -> Iterator[str]:
    """Tell what each unit that the file names is in the contract's, and the columns that it holds for."""
    columns = {column.name: column for column in feed.contract.columns}
    told: dict[tuple[str, str], list[str]] = {}
    for one in (one for one in decisions if one.about == "unit"):
        column = columns[one.column]
        meaning = spell_unit(column, Decimal(one.choice))
        told.setdefault((one.told_by, meaning), []).append(f"{column.label_vi} {_spell(one.cells)} ô")
    yield from (f"Đơn vị “{words}”: {meaning} ({', '.join(cells)})" for (words, meaning), cells in told.items())


def _tell_typed_cells(tables: Sequence[RawTable], feed: Feed) -> Iterator[str]:
    """Tell how many cells are numbers or days and no texts, so that they have no style."""
    for kinds, words in ((NUMBERS, "Số: {} ô là số thật"), (DAYS, "Ngày: {} ô là ngày thật")):
        columns = [column for column in feed.contract.columns if column.kind in kinds]
        parts = [part.dropna() for column in columns for part in list_cells(tables, column)]
        count = sum(int((~part.map(type).isin([str])).sum()) for part in parts if part.dtype == object)
        if count:
            yield words.format(_spell(count)) + " (không phải chữ), không cần biết kiểu viết"


def _tell_styles(decisions: Sequence[Decision], feed: Feed) -> Iterator[str]:
    """Tell each style that was decided, with its columns and the cells that prove it."""
    labels = {column.name: column.label_vi for column in feed.contract.columns}
    told: dict[str, list[str]] = {}
    for one in decisions:
        cells = "theo các cột khác của tệp" if one.told_by == "file" else f"{_spell(one.cells)} ô"
        words = STYLES_VI[one.about, one.choice]
        told.setdefault(words[:1].upper() + words[1:], []).append(f"{labels[one.column]} {cells}")
    yield from (f"{style}: {', '.join(columns)}" for style, columns in told.items())


def _note_open_cells(
    evidence: Evidence, column: Column, raw: Sequence[pd.Series], style: Style, decided: Collection[str], feed: Feed
) -> None:
    """Note how many cells of a column can be read in two ways while nothing decides, or its cells contradict."""
    is_day = column.kind in DAYS
    is_mixed = "mixed" in (style.days, style.numbers)
    count = _count_open_cells(column, raw, feed) if is_mixed or column.name not in decided else 0
    if count:
        way = "cột viết lẫn hai kiểu" if is_mixed else "không ô nào của tệp cho biết kiểu"
        usual = "" if is_mixed or not is_day else ", tạm đọc ngày đứng trước tháng"
        evidence.undecided.append(
            f"{column.label_vi}: {_spell(count)} ô đọc được hai cách, {way}{usual}; hỏi cơ quan gửi"
        )


def _count_open_cells(column: Column, raw: Sequence[pd.Series], feed: Feed) -> int:
    """Count the cells that say one thing in one style and another thing in the other."""
    ways = (Style(days="dmy"), Style(days="mdy")) if column.kind in DAYS else (Style("vi"), Style("en"))
    count = 0
    for cells in raw:
        one, other = (normalise_column(cells, column, feed.layout, None, style=way).values for way in ways)
        count += int((one.notna() & other.notna() & (one != other)).sum())
    return count


def _try_out(evidence: Evidence, content: bytes, name: str, feed: Feed, registry: Registry) -> None:
    """Count what a night would accept of the sample, and tell why it would refuse the rest."""
    parsed = _attempt(evidence, lambda: parse_file(content, name, feed, registry, b"a trial keeps no pseudonym"))
    if parsed is None:
        return
    batch, validated = parsed
    evidence.rows = batch["rows_read"] - batch["rows_not_data"]
    evidence.refused = batch["rows_quarantined"]
    for message, count in Counter(validated.quarantine["message_vi"]).items():
        evidence.undecided.append(f"{_spell(count)} ô làm dòng bị cách ly: {message}")


def _spell(number: int | Decimal) -> str:
    """Write a number as people of the province do: 1.000.000, 0,0001."""
    whole, _, part = f"{Decimal(number):f}".partition(".")
    return f"{int(whole):,}".replace(",", ".") + (f",{part.rstrip('0')}" if part.strip("0") else "")
