"""The door: raw tables of a feed's files in, typed rows out, and every row that is refused named with its reason.

For each file: rows read = landed + quarantined + not data. A landed row is accepted or a duplicate; which of the two is
the warehouse's to say, since it depends on the other files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import CodeList, Registry
from dagster_project.contracts.rules import Rule, load_rules
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.columns import Parsed, normalise_column
from dagster_project.ingest.normalise.content_hash import content_hash
from dagster_project.ingest.normalise.due_dates import due_dates
from dagster_project.ingest.normalise.pseudonym import pseudonymise
from dagster_project.ingest.normalise.threads import on_all_cores
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.contradictions import contradictions, said_again, told_key
from dagster_project.ingest.validate.control_totals import control_totals
from dagster_project.ingest.validate.row_faults import FAULT_COLUMNS, SHEET, Faults, told
from dagster_project.ingest.validate.stack import Sheet, SheetStack, stacks_of
from dagster_project.ingest.validate.sub_columns import column_of
from dagster_project.ingest.validate.unit_columns import unit_columns


@dataclass
class ValidatedFile:
    """One file behind the door. Frames carry `source_sheet` and `source_row`; `rows` also the landed columns."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame
    findings: pd.DataFrame
    totals: pd.DataFrame
    drift: list[tuple[str | None, str]]
    rows_read: int
    rows_not_data: int
    held: pd.DataFrame | None = None
    """Identifying cells of the faulty rows, on their way to the vault; never written anywhere else. None: not known."""

    @property
    def rows_quarantined(self) -> int:
        """Rows refused, each once however many of its cells are wrong."""
        return len(self.quarantine.drop_duplicates(["source_sheet", "source_row"]))


@dataclass(frozen=True)
class Validation:
    """What all rows of a feed are held against."""

    feed: Feed
    registry: Registry
    key: bytes


def open_files(files: Sequence[Sequence[Sheet]], feed: Feed, registry: Registry, key: bytes) -> list[ValidatedFile]:
    """Judge every row of some files of one feed against its contract; the answers in the order of the files.

    What a file's answer is does not depend on which others are opened with it.
    """
    sheets = [sheet for file in files for sheet in file]
    parts: dict[int, ValidatedFile] = {}
    for positions, stack in stacks_of(sheets):
        parts |= dict(zip(positions, _open_stack(stack, Validation(feed, registry, key)), strict=True))
    in_order = (parts[position] for position in range(len(sheets)))
    return [_whole([next(in_order) for _ in file]) for file in files]


def _whole(parts: Sequence[ValidatedFile]) -> ValidatedFile:
    """The sheets of one file together."""
    return ValidatedFile(
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


def _open_stack(stack: SheetStack, door: Validation) -> list[ValidatedFile]:
    """The answer on each sheet of a stack."""
    feed = door.feed
    faults = Faults(stack)
    rows = _typed_rows(stack, door, faults)
    _after_data_date(rows, feed, stack, faults)
    _contradictions(rows, feed, faults)
    _said_again(rows, feed, stack, faults)
    rows.insert(0, "source_sheet", stack.spread_texts(sheet.table.sheet for sheet in stack.sheets))
    rows.insert(1, "source_row", stack.frame["_row"].astype("int32"))
    refused_by_reader, found_by_reader = _reader_findings(stack, feed)
    quarantine = _placed(told([*faults.quarantined, *refused_by_reader, *_bad_rows(stack)]), rows, stack)
    findings = _placed(told([*faults.found, *found_by_reader]), rows, stack)
    refused = SheetStack.places_of(quarantine[SHEET].to_numpy(), quarantine["source_row"])
    findings = findings[~np.isin(SheetStack.places_of(findings[SHEET].to_numpy(), findings["source_row"]), refused)]
    kept = ~np.isin(stack.places, refused) if len(refused) else np.ones(len(rows), dtype=bool)
    return [
        ValidatedFile(
            rows=landed,
            quarantine=refused_here,
            findings=found_here,
            totals=totals,
            drift=[(sheet.table.sheet, header) for header in _strangers(sheet.table, feed)],
            rows_read=sheet.rows_read,
            rows_not_data=len(sheet.table.not_data),
        )
        for sheet, totals, landed, refused_here, found_here in zip(
            stack.sheets,
            control_totals(stack.sheets, feed, _cut(rows, stack.slices())),
            _cut(rows if kept.all() else rows[kept], stack.slices(kept)),
            _told_by_sheet(quarantine, stack),
            _told_by_sheet(findings, stack),
            strict=True,
        )
    ]


def _typed_rows(stack: SheetStack, door: Validation, faults: Faults) -> pd.DataFrame:
    """All cells typed and the units decided, with the hash of what each row says."""
    feed = door.feed
    columns = [column for column in feed.contract.columns if column.kind not in ("unit", "phone", "person_name")]
    normalised = _normalised(columns, stack, door)
    typed: dict[str, pd.Series] = {}
    for column in columns:
        if column.kind == "due_date":
            typed[column.name] = _due(column, stack, typed, faults)
        elif column.name in normalised:
            _record(normalised[column.name], column, stack.frame[column.name], faults)
            typed |= _landed(column, normalised[column.name].values, door)
        else:
            typed |= _landed(column, _said_of_all(column, stack, door), door)
    typed |= unit_columns(stack, feed, typed, faults)
    rows = pd.DataFrame(typed, index=stack.index, copy=False)
    rows["content_hash"] = content_hash(rows, feed)
    return rows


def _cut(rows: pd.DataFrame, slices: Sequence[slice]) -> Iterator[pd.DataFrame]:
    return iter([rows]) if len(slices) == 1 else (rows.iloc[place] for place in slices)


def _told_by_sheet(faults: pd.DataFrame, stack: SheetStack) -> list[pd.DataFrame]:
    """What is told of each sheet, in FAULT_COLUMNS."""
    ordered = faults.sort_values(SHEET, kind="stable")
    ends = np.searchsorted(ordered[SHEET].to_numpy(), np.arange(len(stack.sheets) + 1))
    ordered = ordered[FAULT_COLUMNS]
    return [ordered.iloc[first:after] for first, after in pairwise(ends)]


def _placed(faults: pd.DataFrame, rows: pd.DataFrame, stack: SheetStack) -> pd.DataFrame:
    """What is told of rows, with the commune of each where it is known; a cell once, however many facts it gave."""
    if not len(faults):
        return faults
    if "commune_code" in rows:
        at = SheetStack.places_of(faults[SHEET].to_numpy(), faults["source_row"])
        places = stack.places
        of_rows = np.flatnonzero(np.isin(places, at))
        communes = pd.Series(rows["commune_code"].iloc[of_rows].astype("str").array, index=places[of_rows])
        named = communes[~communes.index.duplicated()].reindex(at)
        faults = faults.assign(commune_code=named.array)
    return faults.drop_duplicates([SHEET, "source_row", "column_name", "rule", "value"])


def _normalised(columns: Sequence[Column], stack: SheetStack, door: Validation) -> dict[str, Parsed]:
    """The columns that the sheets have."""
    delivered = [c for c in columns if c.kind != "due_date" and c.name in stack.frame.columns]
    parsed = on_all_cores(lambda c: _normalise(c, stack.frame[c.name], stack, door), delivered, len(stack.frame))
    return {column.name: values for column, values in zip(delivered, parsed, strict=True)}


def _normalise(column: Column, raw: pd.Series, stack: SheetStack, door: Validation) -> Parsed:
    money = stack.sheets[0].money.get(column.name, 1)
    return normalise_column(raw, column, door.feed.layout, _codes(column, door.registry), money)


def _said_of_all(column: Column, stack: SheetStack, door: Validation) -> pd.Series:
    """What the rows of a sheet have in common: its date, its file's period, or what a title says; else nothing."""
    sheets = stack.sheets
    match column.kind:
        case "sheet_date":
            return stack.spread_days(sheet.day for sheet in sheets)
        case "file_period_kind":
            return stack.spread_texts(sheet.filedate.kind for sheet in sheets)
        case "file_period_start":
            return stack.spread_days(sheet.filedate.start for sheet in sheets)
        case "file_period_end":
            return stack.spread_days(sheet.filedate.end for sheet in sheets)
    said = pd.Series([sheet.once.get(column.name) for sheet in sheets], dtype=object)
    return stack.spread(_normalise(column, said, stack, door).values)


def _landed(column: Column, values: pd.Series, door: Validation) -> dict[str, pd.Series]:
    """What is kept of a column: its values, a pseudonym, or nothing."""
    if column.keeps_pseudonym:
        return {f"{column.name}_pseudonym": pseudonymise(values, door.key)}
    return {} if column.is_personal else {column.name: values}


def _due(column: Column, stack: SheetStack, typed: dict[str, pd.Series], faults: Faults) -> pd.Series:
    """A due date from the words of one column and the year of another; both stand before it in the contract."""
    words, dated_by = column.read_from
    raw = stack.frame.get(words, pd.Series(None, index=stack.index, dtype=object))
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


def _after_data_date(rows: pd.DataFrame, feed: Feed, stack: SheetStack, faults: Faults) -> None:
    """A receipt after the file's own data date cannot be (feeds.md, "Settled")."""
    limits = stack.spread_days(sheet.data_date for sheet in stack.sheets) + pd.Timedelta(days=1)
    for column in feed.contract.columns:
        if column.not_after_data_date:
            late = rows[column.name].ge(limits).fillna(False)
            shown = rows.loc[late, column.name].dt.strftime("%d/%m/%Y")
            faults.add(late, "after_data_date", column, shown, refuse=True)


def _contradictions(rows: pd.DataFrame, feed: Feed, faults: Faults) -> None:
    """Rows that are used, and odd: what is odd, and of which key."""
    for rule, broken in contradictions(rows, feed.contract):
        if broken.any():
            column = next(c for c in feed.contract.columns if c.name == rule.lesser[0])
            words = Rule(rule.name, "warning", rule.message_vi, rule.remedy_vi)
            faults.note(broken, words, column, told_key(rows[broken], feed.contract), refuse=False)


def _said_again(rows: pd.DataFrame, feed: Feed, stack: SheetStack, faults: Faults) -> None:
    """A key that a sheet says twice, unlike: both are used, the later one counts."""
    if feed.contract.said_twice is not None:
        column = next(c for c in feed.contract.columns if c.is_key)
        used = np.ones(len(rows), dtype=bool)
        for frame in faults.quarantined:
            used[frame.index] = False
        again = said_again(rows[used], stack.of[used], feed).reindex(rows.index, fill_value=False)
        if again.any():
            faults.add(again, feed.contract.said_twice, column, told_key(rows[again], feed.contract), refuse=False)


def _bad_rows(stack: SheetStack) -> Iterator[pd.DataFrame]:
    """Lines that do not fit their header: refused, without their text, which may name a person."""
    words = load_rules()["wrong_field_count"]
    told = {"column_name": None, "rule": "wrong_field_count", "value": None, "commune_code": None}
    told |= {"message_vi": words.message_vi, "remedy_vi": words.remedy_vi}
    for position, sheet in enumerate(stack.sheets):
        if len(sheet.table.bad_rows):
            rows = sheet.table.bad_rows["_row"].astype("int32")
            yield pd.DataFrame({SHEET: position, "source_sheet": sheet.table.sheet, "source_row": rows, **told})


def _reader_findings(stack: SheetStack, feed: Feed) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """What the readers have to tell in the words of the rules: rows that they refuse, and the rest."""
    labels = {column.name: column.label_vi for column in feed.contract.columns}
    said: dict[bool, list[tuple[object, ...]]] = {True: [], False: []}
    for position, sheet in enumerate(stack.sheets):
        for finding in sheet.table.findings:
            words = load_rules()[finding.rule]
            column = column_of(finding.column or "") or None
            message = words.message_vi.format(column=labels.get(column or "", "Ô"))
            where = (position, sheet.table.sheet, finding.row, column)
            entry = (*where, finding.rule, finding.value, None, message, words.remedy_vi)
            said[words.severity == "error" and finding.row is not None].append(entry)
    columns = [SHEET, *FAULT_COLUMNS]
    frames = {
        kind: [pd.DataFrame(entries, columns=columns).astype({"source_row": "Int32"})] if entries else []
        for kind, entries in said.items()
    }
    return frames[True], frames[False]


def _strangers(table: RawTable, feed: Feed) -> list[str]:
    known = {text.header_key(h)[0] for h in feed.layout.ignored_headers}
    return [h for h in table.unknown_headers if text.header_key(h)[0] not in known]
