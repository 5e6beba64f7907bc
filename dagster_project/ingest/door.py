"""The door: raw tables of one file in, typed rows out, and every row that is refused named with its reason.

For each file: rows read = landed + quarantined + not data. A landed row is accepted or a duplicate; which of the two is
the warehouse's to say, since it depends on the other files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import CodeList, Registry
from dagster_project.contracts.rules import Rule, load_rules
from dagster_project.ingest import text
from dagster_project.ingest.contradictions import contradictions, said_again, told_key
from dagster_project.ingest.due_dates import due_dates
from dagster_project.ingest.faults import FAULT_COLUMNS, Faults, stack
from dagster_project.ingest.filedate import FileDate, sheet_days
from dagster_project.ingest.fingerprint import content_hash
from dagster_project.ingest.money import money_factors
from dagster_project.ingest.normalise import Parsed, normalise_column
from dagster_project.ingest.pseudonym import pseudonymise
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.said_once import said_once
from dagster_project.ingest.totals import control_totals
from dagster_project.ingest.unit_columns import unit_columns
from dagster_project.ingest.wide import column_of, unpivoted


@dataclass
class Opened:
    """One file behind the door. Frames carry `source_sheet` and `source_row`; `rows` also the landed columns."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    findings: pd.DataFrame
    totals: pd.DataFrame
    drift: list[tuple[str | None, str]]
    rows_read: int
    rows_not_data: int
    held: pd.DataFrame | None = None
    """Identifying cells of the faulty rows, on their way to the vault; never written anywhere else."""

    @property
    def rows_quarantined(self) -> int:
        """Rows refused, each once however many of its cells are wrong."""
        return len(self.quarantine.drop_duplicates(["source_sheet", "source_row"]))


@dataclass(frozen=True)
class _Reading:
    """What the cells of one table mean: `day` its own data date, `money` column → what one unit is in đồng, `once`
    column → what the file says for all rows."""

    feed: Feed
    registry: Registry
    filedate: FileDate
    day: date
    money: dict[str, int]
    once: dict[str, object]
    key: bytes
    is_alone: bool


def open_tables(tables: list[RawTable], feed: Feed, registry: Registry, filedate: FileDate, key: bytes) -> Opened:
    """Judge every row of a file against its contract. Raises BlockedFile when it leaves open what its figures are."""
    factors = money_factors(tables, feed)
    days = sheet_days(feed, tables, filedate)
    once = said_once(tables, feed, days)
    is_alone = sum(1 for table in tables if len(table.frame)) <= 1
    parts = [
        _open_table(table, _Reading(feed, registry, filedate, day, money, values, key, is_alone))
        for table, day, money, values in zip(tables, days, factors, once, strict=True)
    ]
    return Opened(
        rows=_one_below_the_other([p.rows for p in parts]),
        quarantine=_one_below_the_other([p.quarantine for p in parts]),
        findings=_one_below_the_other([p.findings for p in parts]),
        totals=_one_below_the_other([p.totals for p in parts]),
        drift=[d for p in parts for d in p.drift],
        rows_read=sum(p.rows_read for p in parts),
        rows_not_data=sum(p.rows_not_data for p in parts),
    )


def _one_below_the_other(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows of all frames, numbered anew. Categories of several are not the same ones: their texts are."""
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    return pd.concat([frame.astype(dict.fromkeys(_coded(frame), "str")) for frame in frames], ignore_index=True)


def _coded(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame if text.is_category(frame[name])]


def _open_table(sheet_table: RawTable, reading: _Reading) -> Opened:
    feed, filedate = reading.feed, reading.filedate
    table = unpivoted(sheet_table, feed)
    faults = Faults(table)
    typed: dict[str, pd.Series] = {}
    for column in feed.contract.columns:
        if column.kind in ("unit", "phone", "person_name"):
            continue
        if column.kind == "due_date":
            typed[column.name] = _due(column, table, typed, faults)
        else:
            typed |= _typed_column(column, table, reading, faults)
    typed |= unit_columns(table, feed, filedate, typed, faults)
    rows = pd.DataFrame(typed, index=table.frame.index, copy=False)
    rows["content_hash"] = content_hash(rows, feed)
    _after_data_date(rows, feed, filedate, faults)
    _contradictions(rows, feed, faults)
    _said_again(rows, feed, faults)
    sheet = text.coded([table.sheet], np.zeros(len(rows), dtype=np.int64), rows.index)
    rows.insert(0, "source_sheet", sheet)
    rows.insert(1, "source_row", table.frame["_row"].astype("int32"))
    reader_refused, reader_found = _reader_findings(table, feed)
    quarantine = _placed(_one_below_the_other([stack(faults.quarantined), *reader_refused, *_bad_rows(table)]), rows)
    refused = rows["source_row"].isin(quarantine["source_row"])
    found = _placed(_one_below_the_other([stack(faults.found), *reader_found]), rows)
    return Opened(
        rows=rows[~refused] if refused.any() else rows,
        quarantine=quarantine,
        findings=found[~found["source_row"].isin(quarantine["source_row"])],
        totals=control_totals(table, feed, rows, reading.money, reading.is_alone),
        drift=[(table.sheet, header) for header in _strangers(table, feed)],
        rows_read=sheet_table.rows_read,
        rows_not_data=len(table.not_data),
    )


def _placed(told: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What is told of rows, with the commune of each where it is known; a cell once, however many facts it gave."""
    if not len(told):
        return told
    if "commune_code" in rows:
        named = rows.loc[rows["source_row"].isin(told["source_row"]), ["source_row", "commune_code"]]
        communes = named.drop_duplicates("source_row").set_index("source_row")["commune_code"].astype("str")
        told = told.assign(commune_code=told["source_row"].map(communes).astype("str"))
    return told.drop_duplicates(["source_row", "column_name", "rule", "value"])


def _typed_column(column: Column, table: RawTable, reading: _Reading, faults: Faults) -> dict[str, pd.Series]:
    index, layout = table.frame.index, reading.feed.layout
    codes, money = _codes(column, reading.registry), reading.money.get(column.name, 1)
    if column.kind == "sheet_date":
        return {column.name: pd.Series(pd.Timestamp(reading.day), index=index, dtype="datetime64[us]")}
    if column.kind.startswith("file_period"):
        filedate = reading.filedate
        given = {"kind": filedate.kind, "start": filedate.start, "end": filedate.end}[
            column.kind.removeprefix("file_period_")
        ]
        dtype = "str" if isinstance(given, str) else "datetime64[us]"
        return {column.name: pd.Series(given, index=index, dtype=dtype)}
    if column.name not in table.frame.columns:
        raw = pd.Series([reading.once.get(column.name)], dtype=object)
        one = normalise_column(raw, column, layout, codes, money).values
        values = text.spread(one, np.zeros(len(index), dtype=np.int64), index)
    else:
        raw = table.frame[column.name]
        parsed = normalise_column(raw, column, layout, codes, money)
        _record(parsed, column, raw, faults)
        values = parsed.values
    if column.keeps_pseudonym:
        return {f"{column.name}_pseudonym": pseudonymise(values, reading.key)}
    return {} if column.is_personal else {column.name: values}


def _due(column: Column, table: RawTable, typed: dict[str, pd.Series], faults: Faults) -> pd.Series:
    """A due date from the words of one column and the year of another; both stand before it in the contract."""
    words, dated_by = column.read_from
    raw = table.frame.get(words, pd.Series(None, index=table.frame.index, dtype=object))
    parsed = due_dates(raw, typed[dated_by])
    _record(parsed, column, raw, faults)
    return parsed.values


def _record(parsed: Parsed, column: Column, raw: pd.Series, faults: Faults) -> None:
    """List a column's faults. A value that is wrong but not refused is NA, or kept when only its pattern is odd."""
    for rule, mask in parsed.faults.items():
        refuse = column.on_invalid == "quarantine" and load_rules()[rule].severity == "error"
        faults.add(mask, rule, column, raw, refuse)
    if column.on_missing != "allow":
        missing = parsed.values.isna()
        for mask in parsed.faults.values():
            missing &= ~mask
        rule = "unknown_code" if column.kind == "enum" else "missing_value"
        faults.add(missing, rule, column, None, column.on_missing == "quarantine")


def _codes(column: Column, registry: Registry) -> CodeList | None:
    return registry.code_lists[column.code_list] if column.code_list else None


def _after_data_date(rows: pd.DataFrame, feed: Feed, filedate: FileDate, faults: Faults) -> None:
    """A receipt after the file's own data date cannot be (feeds.md, "Settled")."""
    if filedate.end is None:
        return
    limit = pd.Timestamp(filedate.end.isoformat()) + pd.Timedelta(days=1)
    for column in feed.contract.columns:
        if column.not_after_data_date:
            late = rows[column.name].ge(limit).fillna(False)
            shown = rows.loc[late, column.name].dt.strftime("%d/%m/%Y")
            faults.add(late, "after_data_date", column, shown, refuse=True)


def _contradictions(rows: pd.DataFrame, feed: Feed, faults: Faults) -> None:
    """Rows that are used, and odd: what is odd, and of which key."""
    for rule, broken in contradictions(rows, feed.contract):
        if broken.any():
            column = next(c for c in feed.contract.columns if c.name == rule.lesser[0])
            words = Rule(rule.name, "warning", rule.message_vi, rule.remedy_vi)
            faults.note(broken, words, column, told_key(rows, feed.contract), refuse=False)


def _said_again(rows: pd.DataFrame, feed: Feed, faults: Faults) -> None:
    """A key that the file says twice, unlike: both are used, the later one counts."""
    if feed.contract.said_twice is not None:
        column = next(c for c in feed.contract.columns if c.is_key)
        refused = [place for frame in faults.quarantined for place in frame.index]
        again = said_again(rows.drop(index=refused), feed).reindex(rows.index, fill_value=False)
        faults.add(again, feed.contract.said_twice, column, told_key(rows, feed.contract), refuse=False)


def _bad_rows(table: RawTable) -> list[pd.DataFrame]:
    """Lines that do not fit their header: refused, without their text, which may name a person."""
    if table.bad_rows.empty:
        return []
    words = load_rules()["wrong_field_count"]
    told = {"source_sheet": table.sheet, "source_row": table.bad_rows["_row"].astype("int32"), "column_name": None}
    told |= {"rule": "wrong_field_count", "value": None, "commune_code": None}
    return [pd.DataFrame(told | {"message_vi": words.message_vi, "remedy_vi": words.remedy_vi})]


def _reader_findings(table: RawTable, feed: Feed) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """What the reader has to tell in the words of the rules: rows that it refuses, and the rest."""
    labels = {column.name: column.label_vi for column in feed.contract.columns}
    told: dict[bool, list[tuple[object, ...]]] = {True: [], False: []}
    for finding in table.findings:
        words = load_rules()[finding.rule]
        column = column_of(finding.column or "") or None
        message = words.message_vi.format(column=labels.get(column or "", "Ô"))
        entry = (table.sheet, finding.row, column, finding.rule, finding.value, None, message, words.remedy_vi)
        told[words.severity == "error" and finding.row is not None].append(entry)
    frames = {
        kind: [pd.DataFrame(entries, columns=FAULT_COLUMNS).astype({"source_row": "Int32"})] if entries else []
        for kind, entries in told.items()
    }
    return frames[True], frames[False]


def _strangers(table: RawTable, feed: Feed) -> list[str]:
    known = {text.header_key(h)[0] for h in feed.layout.ignored_headers}
    return [h for h in table.unknown_headers if text.header_key(h)[0] not in known]
