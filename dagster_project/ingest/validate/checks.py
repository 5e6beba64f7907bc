"""Every check of rows: the name of a rule, as the quarantine and the findings give it → the function that finds it.

What a normaliser cannot read bears the name of its rule already. CELL_CHECKS look at the values of one column at a
time, in the order of the contract (then `check_missing_values` looks for cells without a value); ROW_CHECKS look at
whole rows afterwards. The words of a rule stand in `sources/rules.yaml`; those of
a contradiction, with its name, in the contract. Four kinds of rules are not looked for here: what is wrong with a file
as a whole (the readers, `file_units.py`, `file_scope.py`), what the suites of Great Expectations find (`quality/`),
what several sheets of a file say of one key (`said_again.py`) or spell in two ways (`respell_rows.py`), and what only
the warehouse sees, because it needs more than one file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from dagster_project.contracts.models import UNIT_KEY, Column, Contract
from dagster_project.contracts.rules import Rule, load_rules
from dagster_project.core.threads import map_on_all_cores
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.columns import CELL_FAULTS, NUMBERS
from dagster_project.ingest.normalise.dates import explain_bad_day
from dagster_project.ingest.readers.base import find_column_of_role
from dagster_project.ingest.validate.row_faults import FAULT_COLUMNS, SHEET, Faults
from dagster_project.ingest.validate.said_again import find_keys_said_again, list_key_columns
from dagster_project.ingest.validate.typed_rows import Cells, TypedRows


def check_rows(rows: TypedRows) -> Faults:
    """Hold all rows of a stack against every rule, in the order of the lists below; return what is wrong with them."""
    faults = Faults(rows.stack)
    masks = map_on_all_cores(find_cell_faults, list(rows.cells), len(rows.frame))
    for cells, of_column in zip(rows.cells, masks, strict=True):
        for rule, mask in of_column.items():
            hint = _explain_bad_days(cells.raw[mask]) if rule == "impossible_date" and mask.any() else None
            faults.add(mask, rule, cells.column, cells.raw, _refuses(cells.column, rule), hint)
        check_missing_values(cells, of_column, faults)
    for check in dict.fromkeys(ROW_CHECKS.values()):  # a function that stands for several rules runs once
        check(rows, faults)
    return faults


def find_cell_faults(cells: Cells) -> dict[str, pd.Series]:
    """Return for each rule which cells of the column break it (bool masks): what its normaliser could not read, then
    what CELL_CHECKS find in its values."""
    return cells.faults | {rule: mask for rule, find in CELL_CHECKS.items() if (mask := find(cells)) is not None}


def _explain_bad_days(raw: pd.Series) -> pd.Series:
    """Say of cells that are no day what is wrong with each, and what to write instead."""
    distinct = raw.astype("str").drop_duplicates()
    return raw.astype("str").map(dict(zip(distinct, map(explain_bad_day, distinct), strict=True)))


def _refuses(column: Column, rule: str) -> bool:
    """Tell whether a cell that breaks the rule costs its row: the contract must want it, and the rule be an error.

    A cell that could not be read has no value: where none may be missing, its row is refused in any case.
    """
    is_missing = rule in CELL_FAULTS and column.on_missing == "quarantine"
    return (column.on_invalid == "quarantine" or is_missing) and load_rules()[rule].severity == "error"


def check_missing_values(cells: Cells, broken: dict[str, pd.Series], faults: Faults) -> None:
    """List cells without a value under `missing_value`; a word of a code list that means none is `unknown_code`.

    A cell whose value could not be read is listed already: it is wrong, not missing.
    """
    column = cells.column
    if column.on_missing != "allow":
        missing = cells.values.isna()
        for mask in broken.values():
            missing &= ~mask
        rule = "unknown_code" if column.kind == "enum" else "missing_value"
        faults.add(missing, rule, column, None, refuse=column.on_missing == "quarantine")


# Cells ---------------------------------------------------------------------------------------------------------------
# Each function returns a mask over the cells of one column, or None when its rule does not apply to the column.


def find_values_below_minimum(cells: Cells) -> pd.Series | None:
    """Find numbers below the minimum of the contract (0 for amounts and counts)."""
    if cells.column.minimum is None or cells.column.kind not in NUMBERS:
        return None
    return cells.values.lt(cells.column.minimum).fillna(False).astype(bool)


def find_values_above_maximum(cells: Cells) -> pd.Series | None:
    """Find numbers above the maximum of the contract: what no row of a province can be."""
    if cells.column.maximum is None or cells.column.kind not in NUMBERS:
        return None
    return cells.values.gt(cells.column.maximum).fillna(False).astype(bool)


def find_odd_patterns(cells: Cells) -> pd.Series | None:
    """Find identifiers and codes that do not have the form which the contract gives; the value itself is kept."""
    values, pattern = cells.values, cells.column.pattern
    if pattern is None or cells.column.kind not in ("id", "code"):
        return None
    if text.is_category(values):  # each distinct code is looked at once; the last flag is that of missing cells (-1)
        fits = pd.Series(values.cat.categories, dtype="str").str.match(pattern)
        return pd.Series(np.append(~fits.eq(True), False)[values.cat.codes.to_numpy()], index=values.index)
    return values.notna() & ~values.str.match(pattern).eq(True)


CELL_CHECKS: dict[str, Callable[[Cells], pd.Series | None]] = {
    "below_minimum": find_values_below_minimum,
    "above_maximum": find_values_above_maximum,
    "odd_pattern": find_odd_patterns,
}


# Units ---------------------------------------------------------------------------------------------------------------


def refuse_unknown_units(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows whose code or name is no unit's (`unit_unknown`)."""
    _refuse_units(rows, faults, "unknown", "unit_unknown")


def refuse_ambiguous_units(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows whose name fits several units (`unit_ambiguous`); the remedy names them.

    A row without a date to go by is not listed here: the date is at fault, not the name.
    """
    if rows.units is not None:
        _refuse_units(rows, faults, "ambiguous", "unit_ambiguous", rows.units.asked["on"].notna())


def refuse_several_units(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows that name several units where one is asked for, under the rule that the contract gives."""
    if rows.units is not None:
        _refuse_units(rows, faults, "several", rows.units.column.several_rule or "unit_unknown")


def refuse_rows_without_unit(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows that name no unit (`unit_missing`), unless the contract allows it."""
    if rows.units is not None and rows.units.column.on_missing != "allow":
        _refuse_units(rows, faults, "missing", "unit_missing")


def note_names_against_codes(rows: TypedRows, faults: Faults) -> None:
    """List rows whose name of a unit is not that of their code (`unit_name_disagrees`): the code counts."""
    _note_units(rows, faults, "name_disagrees_with_code", "unit_name_disagrees")


def note_dropped_parts(rows: TypedRows, faults: Faults) -> None:
    """List rows of whose place only the commune is used (`unit_part_dropped`), with what was dropped."""
    _note_units(rows, faults, "part_dropped", "unit_part_dropped")


def refuse_wide_places(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows that name a province or several communes where one unit is asked for (`unit_too_wide`)."""
    _refuse_units(rows, faults, "wide", "unit_too_wide")


def refuse_parts_that_fall_together(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows about pieces of one commune that have one key without them (`unit_parts_together`).

    'Thôn 1, xã A' and 'Thôn 2, xã A' of one project would be two statements of the same, of which the later one counts.
    """
    units = rows.units
    if units is None or not units.column.tells_rows_apart:
        return
    is_part = units.resolved["finding"].eq("part_dropped").fillna(False)
    if is_part.any():
        words = units.resolved["dropped"].astype("str").fillna("")
        keys = dict.fromkeys([*list_key_columns(rows.feed), *UNIT_KEY])
        same = [pd.Series(rows.stack.of, index=words.index), *(rows.frame[name] for name in keys)]
        together = words.groupby(same, observed=True, sort=False).transform("nunique").gt(1)
        faults.add(is_part & together, "unit_parts_together", units.column, units.shown, refuse=True)


def _note_units(rows: TypedRows, faults: Faults, finding: str, rule: str) -> None:
    units = rows.units
    if units is not None:
        found = units.resolved["finding"].eq(finding).fillna(False)
        hint = units.resolved["dropped"].cat.rename_categories(lambda words: f"không dùng: {words}")
        faults.add(found, rule, units.column, units.shown, refuse=False, hint=hint)


def _refuse_units(rows: TypedRows, faults: Faults, refusal: str, rule: str, among: pd.Series | None = None) -> None:
    units = rows.units
    if units is not None:
        refused = units.resolved["refusal"].eq(refusal).fillna(False)
        refused = refused if among is None else refused & among
        faults.add(refused, rule, units.column, units.shown, refuse=True, hint=units.resolved["candidates"])


# Rows ----------------------------------------------------------------------------------------------------------------


def judge_days_after_data_date(rows: TypedRows, faults: Faults) -> None:
    """Refuse rows that begin after the file's own data date (`after_data_date`); list those in which something else
    happened after it (`event_after_data_date`), each once. Promises and plans are no events. See docs/rules.md, "Accept
    or refuse"."""
    limits = rows.stack.spread_days(sheet.data_date for sheet in rows.stack.sheets) + pd.Timedelta(days=1)
    told = np.zeros(len(rows.frame), dtype=bool)
    for column in rows.feed.contract.columns:
        is_past = column.is_event and column.in_content and not column.may_be_planned
        if is_past or column.not_after_data_date or column.planned_while:
            late = rows.frame[column.name].ge(limits).fillna(False).astype(bool) & ~told
            if column.planned_while is not None:
                state, codes = column.planned_while
                late &= ~rows.frame[state].isin(codes)
            shown = rows.frame.loc[late, column.name].dt.strftime("%d/%m/%Y")
            rule = "after_data_date" if column.not_after_data_date else "event_after_data_date"
            faults.add(late, rule, column, shown, refuse=column.not_after_data_date)
            told |= late.to_numpy()


def note_contradictions(rows: TypedRows, faults: Faults) -> None:
    """List rows that contradict themselves, each under the rule of its contract: they are used, and odd.

    An unknown figure contradicts nothing.
    """
    contract = rows.feed.contract
    for rule in contract.contradictions:
        if rule.listed_by != "landing":  # the warehouse lists the others: they hold for the latest statement alone
            continue
        broken = _sum_up(rows.frame, rule.lesser).gt(_sum_up(rows.frame, rule.greater)).fillna(False).astype(bool)
        if broken.any():
            column = next(c for c in contract.columns if c.name == rule.lesser[0])
            words = Rule(rule.name, "warning", rule.message_vi, rule.remedy_vi)
            faults.note(broken, words, column, _tell_keys(rows.frame[broken], contract), refuse=False)


def note_keys_said_again(rows: TypedRows, faults: Faults) -> None:
    """List rows whose key an earlier row of their sheet has, with other content (`key_twice`): both are used, the later
    one counts.

    Rows that another check refused are left out, for they say nothing: so this check comes after all that refuse rows
    of the table.
    """
    contract = rows.feed.contract
    used = np.ones(len(rows.frame), dtype=bool)
    for frame in faults.quarantined:
        used[frame.index] = False
    again = find_keys_said_again(rows.frame[used], rows.feed, rows.stack.of[used])
    again = again.reindex(rows.frame.index, fill_value=False)
    if again.any():
        column = next(c for c in contract.columns if c.is_key)
        faults.add(again, "key_twice", column, _tell_keys(rows.frame[again], contract), refuse=False)


def _tell_keys(rows: pd.DataFrame, contract: Contract) -> pd.Series:
    """Return the key of each row in words, so that a finding names its project: "8200003 · ODA"."""
    named = [c.name for c in contract.columns if c.is_key and c.type == "VARCHAR" and c.kind != "unit"]
    keys = named or ["unit_code"]
    whole = pd.Series("", index=rows.index, dtype="str")
    for name in keys:
        if name in rows:
            whole = whole + " · " + rows[name].astype("str").fillna("")
    return whole.str.strip(" ·")


def _sum_up(rows: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Sum some columns; an empty one of several adds nothing, all empty is unknown. A lone date is the number of its
    day."""
    first = rows[names[0]]
    if pd.api.types.is_datetime64_dtype(first.dtype):
        days = pd.Series(first.to_numpy().astype("datetime64[D]").astype("int64"), index=rows.index, dtype="Int64")
        return days.mask(first.isna()).astype("Float64")
    return rows[list(names)].astype("Float64").sum(axis=1, min_count=1).astype("Float64")


# What the reader saw -------------------------------------------------------------------------------------------------


def list_findings_of_readers(rows: TypedRows, faults: Faults) -> None:
    """List what the readers found, in the words of the rules: a row is refused where the rule is an error.

    Findings without a row are about the file as a whole (`wrong_extension`, `hidden_sheet`, …) and refuse nothing.
    """
    labels = {column.name: column.label_vi for column in rows.feed.contract.columns}
    refused: list[tuple[object, ...]] = []
    noted: list[tuple[object, ...]] = []
    for position, sheet in enumerate(rows.stack.sheets):
        for finding in sheet.table.findings:
            words = load_rules()[finding.rule]
            named = find_column_of_role(finding.column or "")
            column = named if named in labels else None
            message = words.message_vi.format(column=labels.get(column or "", "Ô"))
            where = (position, sheet.table.sheet, finding.row, column)
            entry = (*where, finding.rule, finding.value, None, message, words.remedy_vi)
            (refused if words.severity == "error" and finding.row is not None else noted).append(entry)
    for entries, listed in ((refused, faults.quarantined), (noted, faults.found)):
        if entries:
            listed.append(pd.DataFrame(entries, columns=[SHEET, *FAULT_COLUMNS]).astype({"source_row": "Int32"}))


def refuse_misfit_lines(rows: TypedRows, faults: Faults) -> None:
    """Refuse lines that do not fit their header (`wrong_field_count`), without their text, which may name a person."""
    words = load_rules()["wrong_field_count"]
    told = {"column_name": None, "rule": words.name, "value": None, "commune_code": None}
    told |= {"message_vi": words.message_vi, "remedy_vi": words.remedy_vi}
    for position, sheet in enumerate(rows.stack.sheets):
        if len(sheet.table.bad_rows):
            lines = sheet.table.bad_rows["_row"].astype("int32")
            frame = pd.DataFrame({SHEET: position, "source_sheet": sheet.table.sheet, "source_row": lines, **told})
            faults.quarantined.append(frame)


ROW_CHECKS: dict[str, Callable[[TypedRows, Faults], None]] = {
    "unit_unknown": refuse_unknown_units,
    "unit_ambiguous": refuse_ambiguous_units,
    "two_lead_agencies": refuse_several_units,
    "unit_missing": refuse_rows_without_unit,
    "unit_too_wide": refuse_wide_places,
    "unit_name_disagrees": note_names_against_codes,
    "unit_part_dropped": note_dropped_parts,
    "unit_parts_together": refuse_parts_that_fall_together,
    "after_data_date": judge_days_after_data_date,
    "event_after_data_date": judge_days_after_data_date,
    "contradictions": note_contradictions,  # the rules under `contradictions` in the contracts, by their own names
    "key_twice": note_keys_said_again,
    "formula_without_value": list_findings_of_readers,
    "formula_cell": list_findings_of_readers,
    "merged_amount": list_findings_of_readers,
    "wrong_field_count": refuse_misfit_lines,
}
