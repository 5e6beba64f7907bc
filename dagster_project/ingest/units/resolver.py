"""The one place where a unit is decided: (code or name, area, former district, date) -> unit, or a reasoned refusal.

A valid code decides. A name is settled by area, district, type word and date, or refused; nothing is guessed. On 1 July
2025 the communes changed (NQ 1676/NQ-UBTVQH15) and the new ones took over codes and names of former ones, so every
answer depends on the date (docs/decisions/002-units-and-names.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.contracts.models import NameRuling
from dagster_project.ingest.normalise import text
from dagster_project.ingest.units.place_words import clean_name
from dagster_project.ingest.units.register import load_register, make_name_key
from dagster_project.ingest.units.unit_choice import Era, Resolution
from dagster_project.ingest.units.unit_rules import CodeSystem, CodeUse, UnitRules

MERGER_DATE = date(2025, 7, 1)
"""On this day districts ended and new communes began, many under an old name or code (NQ 1676/NQ-UBTVQH15)."""

_TEXTS = ("code", "name", "district", "area")
_MAX_PRODUCT = 2**62  # of numbers of distinct values, which must not overflow


def resolve_units(
    frame: pd.DataFrame,
    *,
    area_province: str | None,
    code_system: CodeSystem | None,
    codes_valid_from: date | None,
    rulings: Iterable[NameRuling] = (),
    read_as: Mapping[str, str] | None = None,
    aliases: Mapping[str, str] | None = None,
    may_be_wide: bool = False,
) -> pd.DataFrame:
    """Decide the unit of every row.

    `frame`: columns code, name, district, area (texts or categories; each may be missing) and on (datetime64, the date
    at which the unit is resolved; NaT or no column = unknown, then units of both times are candidates). An area ("Khu
    vực Hòa Bình") is the unit of a row that names no other, else where its name is looked for first. `area_province`:
    former province code of the feed (17|25|26), None for a feed of the whole province. `code_system`: how `code` is
    to be read, None = not at all. `codes_valid_from`: codes of earlier dates are some old system's own text: the name
    decides. `rulings`: what persons decided on names that are refused; they settle nothing that the rules settle.
    `read_as`: codes that the form uses in its own way → the register's. `aliases`: words that this office writes →
    words that are read in their place where the rules refuse the cell. `may_be_wide`: a cell may name a whole former
    province or no one commune ("Toàn tỉnh"), which is answered like an empty one.

    Returns categories on the same index: unit_level, unit_code, commune_code, former_province_code, attribution,
    refusal (missing|unknown|several|ambiguous|wide or NA), finding (name_disagrees_with_code|part_dropped or NA),
    candidates (Vietnamese, only if ambiguous), dropped (the words that were not used). Never raises on content. Each
    distinct (code, name, district, area, side of 1 July 2025) is decided once.
    """
    asked, inverse = _find_distinct_questions(frame, with_codes=code_system is not None, valid_from=codes_valid_from)
    register = load_register()
    ruled = {
        (make_name_key(clean_name(ruling.name)), make_name_key(clean_name(ruling.district))): register.find_unit(
            ruling.unit_level, ruling.unit_code
        )
        for ruling in rulings
    }
    # Of two taught words that begin alike the longer one is meant.
    taught = {clean_name(word): meaning for word, meaning in sorted((aliases or {}).items(), key=lambda a: -len(a[0]))}
    question = UnitRules(register, area_province, code_system, ruled, read_as or {}, taught, may_be_wide)
    answers = [
        question.move_to_area(area).answer(code, name, district, era, use)
        for code, name, district, area, era, use in asked
    ]
    return _make_table(answers, inverse, frame.index)


_UnitQuestion = tuple[str | None, str | None, str | None, str | None, Era, CodeUse]


def _find_distinct_questions(
    frame: pd.DataFrame, *, with_codes: bool, valid_from: date | None
) -> tuple[list[_UnitQuestion], np.ndarray]:
    """Return the distinct questions of a frame, and for each row the position of its question."""
    dates = frame["on"] if "on" in frame.columns else pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    era, use = _decide_eras(dates), _decide_code_use(dates, valid_from)
    names = [name for name in _TEXTS if name in frame.columns and (with_codes or name != "code")]
    position = era * len(CodeUse) + use
    size = len(Era) * len(CodeUse)
    for name in names:
        codes, count = _number_cells(frame[name])
        if size * (count + 1) > _MAX_PRODUCT:
            position, seen = pd.factorize(position)
            size = len(seen)
        position = position * (count + 1) + codes + 1
        size *= count + 1
    position, seen = pd.factorize(position)
    first = np.empty(len(seen), dtype=np.int64)
    first[position[::-1]] = np.arange(len(position))[::-1]  # of several, the last that is written stays: the first row
    nothing = [None] * len(first)
    texts = [_take_texts(frame[name], first) if name in names else nothing for name in _TEXTS]
    return list(zip(*texts, map(Era, era[first]), map(CodeUse, use[first]), strict=True)), position


def _number_cells(cells: pd.Series) -> tuple[np.ndarray, int]:
    """Return a number for each cell, -1 where it is missing, and how many numbers there are."""
    if text.is_category(cells):
        return cells.cat.codes.to_numpy().astype(np.int64), len(cells.cat.categories)
    codes, values = pd.factorize(cells)
    return codes, len(values)


def _take_texts(cells: pd.Series, rows: np.ndarray) -> list[str | None]:
    return [cell if isinstance(cell, str) else None for cell in cells.array.take(rows)]


def _decide_eras(dates: pd.Series) -> np.ndarray:
    merger = pd.Timestamp(MERGER_DATE)
    return np.select([dates.isna(), dates >= merger], [Era.UNKNOWN, Era.AFTER], Era.BEFORE)


def _decide_code_use(dates: pd.Series, valid_from: date | None) -> np.ndarray:
    if valid_from is None:
        return np.full(len(dates), CodeUse.VALID)
    valid = dates >= pd.Timestamp(valid_from)
    return np.select([dates.isna(), valid], [CodeUse.IF_KNOWN, CodeUse.VALID], CodeUse.WITH_NAME)


def _make_table(answers: list[Resolution], inverse: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Make one row of each answer and repeat it for the rows that asked it."""
    units = [answer.unit for answer in answers]
    columns: dict[str, Sequence[str | None]] = {
        "unit_level": [None if unit is None else unit.level for unit in units],
        "unit_code": [None if unit is None else unit.code for unit in units],
        "commune_code": [None if unit is None else unit.commune_code for unit in units],
        "former_province_code": [None if unit is None else unit.province_code for unit in units],
        "attribution": [None if unit is None else unit.attribution for unit in units],
        "refusal": [answer.refusal for answer in answers],
        "finding": [answer.finding for answer in answers],
        "candidates": [answer.candidates for answer in answers],
        "dropped": [answer.dropped for answer in answers],
    }
    table = {name: text.make_categories(values, inverse, index) for name, values in columns.items()}
    return pd.DataFrame(table, index=index, copy=False)
