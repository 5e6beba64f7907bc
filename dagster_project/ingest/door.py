"""The door: raw tables of one file in, typed rows out, and every row that is refused named with its reason.

For each file: rows read = landed + quarantined + not data. A landed row is accepted or a duplicate; which of the two is
the warehouse's to say, since it depends on the other files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from dagster_project.contracts.models import UNIT_COLUMNS, Column, Feed
from dagster_project.contracts.registry import CodeList, Registry
from dagster_project.contracts.rules import Rule, load_rules
from dagster_project.contracts.seeds import read_seed
from dagster_project.ingest import text
from dagster_project.ingest.contradictions import contradictions, told_key
from dagster_project.ingest.filedate import FileDate, sheet_days
from dagster_project.ingest.money import money_factors
from dagster_project.ingest.normalise import Parsed, normalise_column
from dagster_project.ingest.pseudonym import pseudonymise
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.said_once import said_once
from dagster_project.ingest.totals import control_totals
from dagster_project.ingest.units import resolve_units
from dagster_project.ingest.wide import column_of, unpivoted

FAULT_COLUMNS = [
    "source_sheet",
    "source_row",
    "column_name",
    "rule",
    "value",
    "commune_code",
    "message_vi",
    "remedy_vi",
]
_VALUE_LENGTH = 60


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


@dataclass
class _Faults:
    """Collects what is wrong, column by column, as small frames."""

    table: RawTable
    quarantined: list[pd.DataFrame] = field(default_factory=list)
    found: list[pd.DataFrame] = field(default_factory=list)

    def add(
        self,
        mask: pd.Series,
        rule: str,
        column: Column,
        raw: pd.Series | None,
        refuse: bool,
        hint: pd.Series | None = None,
    ) -> None:
        """List the rows of `mask`: refused or only noted. `hint` is said after the rule's remedy where it has words."""
        if mask.any():
            self.note(mask, load_rules()[rule], column, raw, refuse, hint)

    def note(
        self,
        mask: pd.Series,
        words: Rule,
        column: Column,
        raw: pd.Series | None,
        refuse: bool,
        hint: pd.Series | None = None,
    ) -> None:
        """The same with the words of the rule."""
        rows = mask.index[mask]
        value = None if raw is None or column.is_personal else raw[rows].astype("str").str.slice(0, _VALUE_LENGTH)
        frame = pd.DataFrame(
            {
                "source_sheet": self.table.sheet,
                "source_row": self.table.frame.loc[rows, "_row"],
                "column_name": column.name,
                "rule": words.name,
                "value": value,
                "commune_code": None,
                "message_vi": words.message_vi.format(column=column.label_vi),
                "remedy_vi": words.remedy_vi,
            },
            index=rows,
        )
        if hint is not None and hint[rows].notna().any():
            frame["remedy_vi"] += (" (" + hint[rows].astype("str") + ")").fillna("")
        (self.quarantined if refuse else self.found).append(frame)


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
    faults = _Faults(table)
    typed: dict[str, pd.Series] = {}
    for column in feed.contract.columns:
        if column.kind in ("unit", "phone", "person_name"):
            continue
        typed |= _typed_column(column, table, reading, faults)
    typed |= _units(table, feed, filedate, typed, faults)
    rows = pd.DataFrame(typed, index=table.frame.index, copy=False)
    _after_data_date(rows, feed, filedate, faults)
    _contradictions(rows, feed, faults)
    sheet = text.coded([table.sheet], np.zeros(len(rows), dtype=np.int64), rows.index)
    rows.insert(0, "source_sheet", sheet)
    rows.insert(1, "source_row", table.frame["_row"].astype("int32"))
    reader_refused, reader_found = _reader_findings(table, feed)
    quarantine = _placed(_one_below_the_other([_stack(faults.quarantined), *reader_refused, *_bad_rows(table)]), rows)
    refused = rows["source_row"].isin(quarantine["source_row"])
    found = _placed(_one_below_the_other([_stack(faults.found), *reader_found]), rows)
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


def _typed_column(column: Column, table: RawTable, reading: _Reading, faults: _Faults) -> dict[str, pd.Series]:
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


def _record(parsed: Parsed, column: Column, raw: pd.Series, faults: _Faults) -> None:
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


def _units(
    table: RawTable, feed: Feed, filedate: FileDate, typed: dict[str, pd.Series], faults: _Faults
) -> dict[str, pd.Series]:
    """Resolve the contract's unit column; refusals go to quarantine, a name against its code is a finding."""
    column = next((c for c in feed.contract.columns if c.kind == "unit"), None)
    reading = feed.layout.unit
    if column is None or reading is None:
        return {}
    index = table.frame.index
    parts = {role: f"{column.name}.{role}" for role in ("code", "name", "district")}
    written = {role: table.frame[source] for role, source in parts.items() if source in table.frame.columns}
    asked = pd.DataFrame({role: text.clean_coded(cells) for role, cells in written.items()}, index=index)
    if reading.resolved_at == "data_date":
        assert filedate.end is not None, "a file without a data date does not come to the door"
        asked["on"] = pd.Timestamp(filedate.end)
    else:
        asked["on"] = _possible(typed[reading.resolved_at], reading.resolved_at, feed, filedate)
    # An office that is no former province's has no area of its own: its names are looked up in the whole province.
    area_province = None if feed.area is None else area_provinces().get(feed.area)
    resolved = resolve_units(
        asked,
        area_province=area_province,
        code_system=reading.code_system,
        codes_valid_from=reading.codes_valid_from,
        rulings=feed.rulings,
    )
    told = resolved["refusal"].notna() | resolved["finding"].notna()
    shown = _as_written(asked[told])
    for refusal in ("unknown", "ambiguous") if column.on_missing == "allow" else ("missing", "unknown", "ambiguous"):
        refused = resolved["refusal"].eq(refusal).fillna(False)
        if refusal == "ambiguous":  # of a row without a date to go by, the date is at fault, not the name
            refused &= asked["on"].notna()
        faults.add(refused, f"unit_{refusal}", column, shown, refuse=True, hint=resolved["candidates"])
    faults.add(resolved["finding"].notna(), "unit_name_disagrees", column, shown, refuse=False)
    return {name: resolved[name] for name in UNIT_COLUMNS}


def _possible(dates: pd.Series, name: str, feed: Feed, filedate: FileDate) -> pd.Series:
    """The dates at which units are resolved. One after the file's own date cannot be, and tells nothing."""
    is_bounded = any(column.name == name and column.not_after_data_date for column in feed.contract.columns)
    if not is_bounded or filedate.end is None:
        return dates
    return dates.where(dates < pd.Timestamp(filedate.end) + pd.Timedelta(days=1))


def _as_written(asked: pd.DataFrame) -> pd.Series | None:
    """The unit in the office's words: its code, its name, or both; None when the table has neither."""
    written = [asked[role].astype("str") for role in ("code", "name") if role in asked]
    if len(written) < 2:
        return written[0] if written else None
    return written[0].fillna("").str.cat(written[1].fillna(""), sep=" · ").str.strip(" ·")


def area_provinces() -> dict[str, str]:
    """Area of a feed (pt, vp, hb, …) → former province code, from the seed."""
    return {row["area"]: row["former_province_code"] for row in read_seed("former_province")}


def _after_data_date(rows: pd.DataFrame, feed: Feed, filedate: FileDate, faults: _Faults) -> None:
    """A receipt after the file's own data date cannot be (feeds.md, "Settled")."""
    if filedate.end is None:
        return
    limit = pd.Timestamp(filedate.end.isoformat()) + pd.Timedelta(days=1)
    for column in feed.contract.columns:
        if column.not_after_data_date:
            late = rows[column.name].ge(limit).fillna(False)
            shown = rows.loc[late, column.name].dt.strftime("%d/%m/%Y")
            faults.add(late, "after_data_date", column, shown, refuse=True)


def _contradictions(rows: pd.DataFrame, feed: Feed, faults: _Faults) -> None:
    """Rows that are used, and odd: what is odd, and of which key."""
    for rule, broken in contradictions(rows, feed.contract):
        if broken.any():
            column = next(c for c in feed.contract.columns if c.name == rule.lesser[0])
            words = Rule(rule.name, "warning", rule.message_vi, rule.remedy_vi)
            faults.note(broken, words, column, told_key(rows, feed.contract), refuse=False)


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


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames)[FAULT_COLUMNS] if frames else _no_faults().copy()


@cache
def _no_faults() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="str") for c in FAULT_COLUMNS}).astype({"source_row": "int32"})
