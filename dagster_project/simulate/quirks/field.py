"""This module writes cells as offices really send them, beyond what `money` and `ordinary` know: marks and words beside
a place or a number, days in words, a whole file in another country's style; and what a spreadsheet destroyed.

What can be read says the same as before; what cannot marks its row as refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from dagster_project.simulate import clock, units
from dagster_project.simulate.forms.spelling import say_day
from dagster_project.simulate.office import CellError
from dagster_project.simulate.quirks.money import Shape, spell_vietnamese
from dagster_project.simulate.quirks.ordinary import Batch

Quirk = Callable[[Batch, Shape], None]
SPOILT: dict[str, Quirk] = {}
"""What destroys cells; before the other quirks."""
SPELT: dict[str, Quirk] = {}
"""What says the same in another way; after the other quirks."""
OFFICES = ("Bộ phận một cửa ", "Trung tâm Phục vụ HCC ", "TT PVHCC ", "Bộ phận tiếp nhận và trả kết quả ")
BODIES = ("Công an ", "Đảng ủy ", "Trạm y tế ")
"""Bodies of a commune that are not its office: dropped, and found."""
MARKS = (" (1)", " (2)", " *", "*")
DAMAGED = ("2,5E+11", "1.2E+10", "05/03/2025", "3-May", "#REF!")
CLEAR_NUMBER = re.compile(r"\d{1,3}(\.\d{3})*(,\d{1,2})?")
"""Numbers that a mark of a footnote leaves clear, whatever else the file holds."""
TEXT_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)")


def spoilt(quirk: Quirk) -> Quirk:
    """Register a quirk that destroys cells; its name is the function's."""
    SPOILT[quirk.__name__] = quirk
    return quirk


def spelt(quirk: Quirk) -> Quirk:
    """Register a quirk that says the same in another way."""
    SPELT[quirk.__name__] = quirk
    return quirk


def _fill(batch: Batch, name: str, at: np.ndarray, cells: Sequence[object]) -> None:
    for row, cell in zip(at, cells, strict=True):
        batch.raw[name][row] = cell


def _pick(batch: Batch, choices: Sequence[str], count: int) -> list[str]:
    return [choices[nth] for nth in batch.rng.integers(0, len(choices), count)]


# Destroyed -----------------------------------------------------------------------------------------------------------


@spoilt
def damaged_keys(batch: Batch, shape: Shape) -> None:
    """Leave what a spreadsheet made of a code that it took for a number or a day."""
    if shape.has_codes:
        at = batch.draw_some(0.008)
        _fill(batch, shape.key, at, _pick(batch, DAMAGED, len(at)))
        batch.refuse_rows(at, "damaged_key", shape.key)
        batch.log["damaged_keys"] += len(at)


@spoilt
def error_cells(batch: Batch, shape: Shape) -> None:
    """Leave "#REF!" where a formula lost what it pointed to."""
    if shape.iso or not shape.numbers:
        return
    name = shape.numbers[0]
    at = batch.draw_some(0.008, pd.notna(batch.raw[name]) & (batch.raw[name] != ""))
    words = _pick(batch, ("#REF!", "#DIV/0!", "#N/A"), len(at))
    _fill(batch, name, at, words if shape.is_text else [CellError(word) for word in words])
    batch.refuse_rows(at, "unreadable_number", name)
    batch.log["error_cells"] += len(at)


@spoilt
def percent_cells(batch: Batch, shape: Shape) -> None:
    """Write a share where a count is due."""
    for name in shape.counts[:1]:
        at = batch.draw_some(0.008, pd.notna(batch.raw[name]))
        _fill(batch, name, at, _pick(batch, ("98%", "45,5%", "100 %"), len(at)))
        batch.refuse_rows(at, "percent_not_expected", name)
        batch.log["percent_cells"] += len(at)


# Said in another way -------------------------------------------------------------------------------------------------


@spelt
def words_of_places(batch: Batch, shape: Shape) -> None:
    """Name the commune's office, another body of it, "(mới)", or put the mark of a footnote behind its name."""
    if not shape.has_unit_name or "unit_code" in batch.raw:
        return
    known = batch.state["unit_level"].notna().to_numpy()
    table, rows = units.list_spellings(batch.area), np.zeros(len(known), dtype=np.int64)
    rows[known] = units.find_table_rows(batch.state[known])
    plain = table["no_office"].to_numpy(dtype=object)[rows]
    is_clear = known & pd.notna(plain)
    is_new = (batch.state["unit_level"] == "commune").to_numpy()
    for rate, only, choices in ((0.03, is_clear, OFFICES), (0.01, is_clear, BODIES)):
        at = batch.draw_some(rate, only)
        words = _pick(batch, choices, len(at))
        _fill(batch, "unit_name", at, [word + name for word, name in zip(words, plain[at], strict=True)])
        batch.rows.loc[at, "unit_part_dropped"] = choices is BODIES
        batch.log["words_of_places"] += len(at)
    for only, ends in ((is_clear & is_new, (" (mới)",)), (is_clear, MARKS)):
        at = batch.draw_some(0.02, only)
        words = _pick(batch, ends, len(at))
        _fill(batch, "unit_name", at, [name + word for word, name in zip(words, plain[at], strict=True)])
        batch.rows.loc[at, "unit_part_dropped"] = False
        batch.log["words_of_places"] += len(at)


@spelt
def days_in_words(batch: Batch, shape: Shape) -> None:
    """Write "ngày 13 tháng 7 năm 2025", or all of it in words."""
    for name in shape.dates if not shape.iso else ():
        days = batch.rows[name].to_numpy().astype("datetime64[D]")
        at = batch.draw_some(0.02, ~np.isnat(days))
        said = [days[row].astype(object) for row in at]
        forms = [say_day(day) if nth % 2 else f"ngày {day.day} tháng {day.month} năm {day.year}"
                 for nth, day in enumerate(said)]  # fmt: skip
        _fill(batch, name, at, forms)
        batch.log["days_in_words"] += len(at)


@spelt
def codes_as_texts(batch: Batch, shape: Shape) -> None:
    """Tell the spreadsheet that a code is a text: an apostrophe before it, or ="LK01"."""
    if shape.has_codes and not shape.iso:
        at = batch.draw_some(0.03)
        cells = [f'="{code}"' if shape.is_text else f"'{code}" for code in batch.raw[shape.key][at]]
        _fill(batch, shape.key, at, cells)
        batch.log["codes_as_texts"] += len(at)


@spelt
def english_or_footnotes(batch: Batch, shape: Shape) -> None:
    """Write all numbers of a file as English texts, or put marks of footnotes behind a few."""
    if shape.iso or not shape.numbers:
        return
    names = [name for name in shape.numbers if len(batch.raw[name])]
    if shape.is_own_file and batch.rng.random() < 0.25:
        written = {name: [_write_english(cell) for cell in batch.raw[name]] for name in names}
        sure = [cell for cells in written.values() for cell in cells if isinstance(cell, str) and _is_english(cell)]
        if sure:
            for name, cells in written.items():
                _fill(batch, name, np.arange(len(cells)), cells)
            batch.log["english_numbers"] += 1
            return
    for name in names:
        texts = [spell_vietnamese(cell) if type(cell) in (int, float) else cell for cell in batch.raw[name]]
        is_clear = [isinstance(text, str) and CLEAR_NUMBER.fullmatch(text) is not None for text in texts]
        at = batch.draw_some(0.01, np.array(is_clear, dtype=bool))
        marks = _pick(batch, MARKS, len(at))
        _fill(batch, name, at, [f"{texts[row]}{mark}" for row, mark in zip(at, marks, strict=True)])
        batch.log["footnotes"] += len(at)


def _write_english(cell: object) -> object:
    """Return a number, or a Vietnamese text of one, as an English text; anything else as it is."""
    if type(cell) in (int, float):
        return f"{Decimal(repr(cell)):,f}"
    if isinstance(cell, str) and re.fullmatch(r"\(?-?[\d. ]+(,\d+)?\)?", cell) and re.search(r"\d", cell):
        return cell.translate(str.maketrans(".,", ",."))
    return cell


def _is_english(text: str) -> bool:
    """Return whether a number can only be English."""
    return re.fullmatch(r"-?\d{1,3}(,\d{3}){2,}(\.\d+)?|-?\d{1,3},\d{3}\.\d+", text) is not None


@spelt
def month_first(batch: Batch, shape: Shape) -> None:
    """Write all days of a file that are texts with the month first; some day after the 12th tells it."""
    if shape.dates and not shape.iso and shape.is_own_file and batch.rng.random() < 0.25:
        swap_days(batch, shape.dates)


def swap_days(batch: Batch, names: Sequence[str]) -> None:
    """Write the month first in all texts of days, if any of these texts tells it."""
    texts = [cell for name in names for cell in batch.raw[name] if isinstance(cell, str)]
    if any((found := TEXT_DAY.match(text)) and int(found[1]) > 12 for text in texts):
        for name in names:
            cells = [TEXT_DAY.sub(r"\2/\1/\3", cell) if isinstance(cell, str) else cell for cell in batch.raw[name]]
            _fill(batch, name, np.arange(len(cells)), cells)
        batch.log["month_first"] += 1


def say_half_days(batch: Batch, names: Sequence[str]) -> None:
    """Write the time of a day as "08:30 SA" or "02:15 CH"."""
    for name in names:
        times = batch.rows[name].to_numpy().astype("datetime64[s]")
        at = batch.draw_some(0.02, ~np.isnat(times))
        cells = clock.write(times[at], "dd/mm/YYYY HH:MM")
        _fill(batch, name, at, [_say_half(cell) for cell in cells])
        batch.log["half_days"] += len(at)


def _say_half(text: str) -> str:
    day, _, time = text.partition(" ")
    hour, _, minute = time.partition(":")
    return f"{day} {(int(hour) - 1) % 12 + 1:02d}:{minute} {'SA' if int(hour) < 12 else 'CH'}"
