"""One table, written in every manner of an office, means one thing: the truth that it was written from, or a refusal.

A table of invented rows and a manner of writing it (units, numbers, days, header, rows that are no data, kind of file)
are drawn; the file goes the whole way from its bytes to typed rows. Whatever lands must be what was meant, whatever
does not must be refused by a rule; and a manner that leaves nothing open is read whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.validate.validate import ValidatedFile
from tests.support.kits.layout_kit import LOST, Laid, write_file
from tests.support.kits.manner_kit import Manner, draw_manner
from tests.support.kits.money_kit import land
from tests.support.kits.truth_kit import DATA_DAY, FORMS, Field, Form, Truth, make_rows

LANDS_AS = {"commune": "commune_code", "unit": "unit_code", "centre": "unit_code"}
"""Columns of places: as what they land."""


def expand(form: Form, truth: Truth) -> Iterator[tuple[str | None, Truth]]:
    """The facts that a row of the sheet says: of sub-columns one for each member with a figure."""
    members = dict.fromkeys(name.split("@")[1] for name in truth if "@" in name)
    own = {name: value for name, value in truth.items() if "@" not in name}
    if not members:
        yield None, own
    for member in members:
        yield member, own | {name.split("@")[0]: truth[name] for name in truth if name.endswith(f"@{member}")}


def is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def is_same(field: Field, read: Any, meant: Any, is_folded: bool) -> bool:
    if is_missing(read):
        return False
    match field.kind:
        case "money" | "count" | "ordinal":
            return int(read) == int(meant)
        case "measure":
            return abs(Decimal(repr(float(read))) - meant) <= abs(meant) * Decimal("1e-12")
        case "day":
            return bool(pd.Timestamp(read) == pd.Timestamp(meant))
        case "moment":
            return abs(pd.Timestamp(read) - pd.Timestamp(meant)) <= pd.Timedelta(seconds=1)
        case "text" if is_folded:
            return str(read).lower() == str(meant).lower()
    return str(read) == str(meant)


class Outcome:
    """What became of a file: `wrong` lists the silent differences, `refused` what was refused by a rule."""

    def __init__(self, form: Form, manner: Manner, sheets: list[Laid], account: Any, validated: ValidatedFile) -> None:
        self.form, self.manner, self.account, self.validated = form, manner, account, validated
        self.wrong: list[str] = []
        self.refused: list[str] = []
        faults = pd.concat([validated.quarantine, validated.findings])
        assert set(faults["rule"]) <= set(load_rules()) | {rule.name for rule in _contradictions(form)}, (
            "a rule without words"
        )
        self._told = {
            (_number(fault.source_sheet, sheets), None if is_missing(fault.source_row) else int(fault.source_row),
             fault.column_name): fault.rule
            for fault in faults.itertuples()
        }  # fmt: skip
        self._drift = {header for _, header in validated.drift}
        self._compare(sheets)

    def _compare(self, sheets: list[Laid]) -> None:
        meant = {
            (place, member): truth
            for nth, sheet in enumerate(sheets)
            for (row, side), whole in sheet.meant.items()
            for place in [(nth + side, row)]
            for member, truth in expand(self.form, whole)
        }
        read: dict[Any, Any] = {}
        for row in self.validated.rows.to_dict("records"):
            member = row.get("fund_source") if any(one.above for one in self.form.fields) else None
            place = (_number(row["source_sheet"], sheets), int(row["source_row"])), member
            if place not in meant or place in read:
                self.wrong.append(f"{place}: no row of data, or twice")
            read[place] = row
        gone = {
            (_number(one.source_sheet, sheets), int(one.source_row)): one.rule
            for one in self.validated.quarantine.itertuples()
        }
        for (place, member), truth in meant.items():
            if place in gone:
                self.refused.append(f"{place}: {gone[place]}")
            elif (place, member) in read:
                self._compare_row(place, read[place, member], truth)
            elif not all(is_missing(truth[name]) for name in truth if f"{name}@{member}" in _names(self.form)):
                self.wrong.append(f"{place} {member}: lost without a word")

    def _compare_row(self, place: tuple[int, int], row: Any, truth: Truth) -> None:
        fields = {one.name.split("@")[0]: one for one in self.form.fields}
        for name, meant in truth.items():
            value = row.get(LANDS_AS.get(name, name))
            if meant is LOST or meant is None:
                if not is_missing(value):
                    self.wrong.append(f"{place} {name}: {value!r}, which nobody said")
                elif meant is LOST and not self._is_told(place, fields[name]):
                    self.wrong.append(f"{place} {name}: unknown without a word")
                continue
            if is_same(fields[name], value, meant, self.manner.font is not None or self._is_old()):
                continue
            if is_missing(value) and self._is_told(place, fields[name]):
                self.refused.append(f"{place} {name}: unknown")
            else:
                self.wrong.append(f"{place} {name}: {value!r} for {meant!r}")

    @property
    def untrue_totals(self) -> list[Any]:
        """The control figures of the file that do not agree with its rows."""
        totals = self.validated.totals
        far = (totals["stated"] - totals["computed"]).abs() > totals["stated"].abs() * 1e-9
        return totals[far].to_dict("records")

    def _is_old(self) -> bool:
        return self.manner.container.startswith(("tcvn3", "vni"))

    def _words(self, field: Field) -> list[str]:
        """By what a column that is not read is named: its own header, or the cell above it."""
        decoy = self.manner.decoy
        return [field.header, *([decoy[1][0]] if decoy is not None and decoy[0] == field.name else [])]

    def _is_told(self, place: tuple[int, int], field: Field) -> bool:
        """Whether something says that a cell, its column or its file is not used."""
        column = field.name.split("@")[0]
        of_file = {rule for (_, row, _), rule in self._told.items() if row is None}
        return (
            (*place, column) in self._told
            or any(key[1:] == (None, column) for key in self._told)
            or (field.kind == "money" and "money_unit_not_said" in of_file)
            or any(words.lower() in header.lower() for header in self._drift for words in self._words(field))
        )


def _names(form: Form) -> set[str]:
    return {one.name for one in form.fields}


def _contradictions(form: Form) -> Any:
    return load_registry().feeds[form.feed_id].contract.contradictions


def _number(sheet: Any, sheets: list[Laid]) -> int:
    """The place of a table: of its sheet in the file, or of the right one of two side by side."""
    if is_missing(sheet):
        return 0
    if len(sheets) == 1:
        return int("(bảng 2)" in str(sheet))
    return int(str(sheet).split()[1]) - 1


def read_back(form: Form, manner: Manner, seed: int, size: int) -> Outcome | BlockedFile:
    content, name, sheets = write_file(form, manner, make_rows(form, seed, size), seed)
    try:
        account, validated = land(form.feed_id, content, name)
    except BlockedFile as fault:
        return fault
    return Outcome(form, manner, sheets, account, validated)


seeds = st.integers(0, 2**32 - 1)
sizes = st.sampled_from([1, 2, 4, 7, 9])
forms = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.feed_id)
IS_LONG = settings().max_examples > 100
"""Whether the long profile is asked for (`make test-nights`): 2,000 tables in any manner, 1,000 that leave nothing
open; else a twentieth of them."""


def draw(tables: int) -> settings:
    """How many tables of each form are drawn: the same ones in every ordinary run, others in each long one."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=tables if IS_LONG else max(tables // 18, 1),
        deadline=None,
        suppress_health_check=slow,
        derandomize=not IS_LONG,
    )


@forms
@given(data=st.data(), seed=seeds, size=sizes)
@draw(200)
def test_what_lands_is_what_was_meant(form: Form, data: st.DataObject, seed: int, size: int) -> None:
    manner = data.draw(draw_manner(form))
    outcome = read_back(form, manner, seed, size)
    if isinstance(outcome, BlockedFile):
        assert outcome.rule in load_rules()
        assert manner.is_hard, f"{outcome.rule}: {outcome.message_vi}"
        return
    assert outcome.wrong == []
    assert outcome.account["date_end"] == DATA_DAY


@forms
@given(data=st.data(), seed=seeds, size=sizes)
@draw(100)
def test_a_manner_that_leaves_nothing_open_is_read_whole(form: Form, data: st.DataObject, seed: int, size: int) -> None:
    manner = data.draw(draw_manner(form, is_easy=True))
    assume(not manner.is_hard)
    outcome = read_back(form, manner, seed, size)
    assert not isinstance(outcome, BlockedFile), f"{outcome.rule}: {outcome.message_vi}"
    assert outcome.wrong == []
    assert outcome.refused == []
    assert outcome.untrue_totals == []
