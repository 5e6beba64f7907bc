"""This module spoils the tables of money and land: named quirks, like those of `ordinary` and `hard`, on whole columns.

A quirk takes the batch (canonical rows beside raw cells) and the shape of its table: which cells are numbers, texts and
dates, and how this office writes them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from dagster_project.simulate import clock, units
from dagster_project.simulate.office import Formula, PlainNumber
from dagster_project.simulate.quirks.hard import spell_cp1258
from dagster_project.simulate.quirks.ordinary import REMARKS, Batch, apply_to_distinct

FACTORS = {"đồng": 1, "nghìn đồng": 1_000, "triệu đồng": 1_000_000, "tỷ đồng": 1_000_000_000}


@dataclass(frozen=True)
class Shape:
    """A shape says how a table writes its cells. Names are those of `Batch.raw`.

    `is_text`: every cell is a text (CSV, HTML); else numbers and dates are a workbook's own. `key`: the column whose
    absence spoils a row. `dates`: required dates. `counts`: numbers of things, of which a share is none. `has_codes`:
    the key is a code. `is_own_file`: the file holds no other table.
    """

    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    key: str
    dates: tuple[str, ...] = ()
    is_text: bool = False
    iso: bool = False
    has_unit_name: bool = True
    counts: tuple[str, ...] = ()
    has_codes: bool = True
    is_own_file: bool = True


Quirk = Callable[[Batch, Shape], None]
NORMAL: dict[str, Quirk] = {}
HARD: dict[str, Quirk] = {}


def normal(quirk: Quirk) -> Quirk:
    """Register a quirk of an ordinary season; its name is the function's."""
    NORMAL[quirk.__name__] = quirk
    return quirk


def hard(quirk: Quirk) -> Quirk:
    """Register a quirk of a bad season."""
    HARD[quirk.__name__] = quirk
    return quirk


def make_batch(area: str, state: pd.DataFrame, rows: pd.DataFrame, raw: dict[str, np.ndarray],
               rng: np.random.Generator, day: date) -> Batch:  # fmt: skip
    """Return a batch whose `state` also tells which rows the office meant to write (`is_repeat` is false)."""
    state = state.reset_index(drop=True).assign(is_repeat=False)
    return Batch(area, state, rows.reset_index(drop=True), raw, rng, day)


def spell_vietnamese(value: float) -> str:
    """Return a number as text: 1234.5 is "1.234,5", without trailing zeros."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(int(value))
    sign, text = ("-" if number < 0 else ""), format(abs(number), "f")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return sign + f"{int(whole):,}".replace(",", ".") + ("," + part if part else "")


def write_money(amounts: np.ndarray, factor: int) -> np.ndarray:
    """Return đồng in units of `factor`, exact: whole where it comes out whole; NaN becomes None."""
    cells = np.full(len(amounts), None, dtype=object)
    for row, amount in enumerate(pd.Series(amounts).tolist()):
        if amount is not None and amount == amount:
            value = Decimal(int(amount)) / factor
            cells[row] = int(value) if value == value.to_integral_value() else float(value)
    return cells


def write_numbers(values: np.ndarray) -> np.ndarray:
    """Return numbers as a workbook holds them; NaN becomes None."""
    cells = np.full(len(values), None, dtype=object)
    for row, value in enumerate(pd.Series(values).tolist()):
        if value is not None and value == value:
            cells[row] = int(value) if float(value).is_integer() else float(value)
    return cells


def spell_numbers(cells: np.ndarray) -> np.ndarray:
    """Return numbers as Vietnamese text, empty as ""."""
    written = ["" if cell is None else spell_vietnamese(cell) for cell in cells]
    return np.array([*written, None], dtype=object)[:-1]


def write_dates(days: np.ndarray, is_text: bool) -> np.ndarray:
    """Return days as Excel keeps them, or as dd/mm/yyyy."""
    times = days.astype("datetime64[s]")
    return clock.write(times, "dd/mm/YYYY") if is_text else clock.compute_excel_serial(times).astype(object)


def write_units(state: pd.DataFrame, area: str) -> np.ndarray:
    """Return each place as the office writes it ("Xã Hy Cương"), with the district where the name is borne twice."""
    cells = np.full(len(state), None, dtype=object)
    known = state["unit_level"].notna().to_numpy()
    table = units.list_spellings(area)
    rows = units.find_table_rows(state[known])
    text = table["no_office"].where(table["no_office"].notna(), table["plain"])
    cells[known] = [name[:1].upper() + name[1:] for name in text.to_numpy(dtype=object)[rows]]
    return cells


def _has_unit(batch: Batch) -> np.ndarray:
    known: np.ndarray = batch.state["unit_level"].notna().to_numpy()
    return known


@hard
def unknown_unit(batch: Batch, shape: Shape) -> None:
    """Name a commune that does not exist."""
    at = batch.draw_some(0.012, _has_unit(batch))
    if shape.has_unit_name:
        batch.raw["unit_name"][at] = "Xã Thiên Đường"
    else:
        batch.raw["unit_code"][at] = "99999"
    batch.refuse_rows(at, "unit_unknown", "commune")
    batch.log["unknown_unit"] += len(at)


@hard
def ambiguous_unit(batch: Batch, shape: Shape) -> None:
    """Write a bare name that two former communes of the area bear."""
    if shape.has_unit_name:
        name = {"pt": "Phong Châu", "vp": "Xuân Hòa", "hb": "UBND xã Cao Sơn"}[batch.area]
        at = batch.draw_some(0.006, (batch.state["unit_level"] == "former_commune").to_numpy())
        batch.raw["unit_name"][at] = name
        batch.refuse_rows(at, "unit_ambiguous", "commune")
        batch.log["ambiguous_unit"] += len(at)


@hard
def empty_key(batch: Batch, shape: Shape) -> None:
    """Leave out the project code or the lot."""
    at = batch.draw_some(0.006)
    batch.raw[shape.key][at] = "" if shape.is_text and not shape.iso else None
    batch.refuse_rows(at, "missing_value", shape.key)
    batch.log["empty_key"] += len(at)


@hard
def unreadable_number(batch: Batch, shape: Shape) -> None:
    """Write words where a number belongs."""
    if shape.iso:
        return
    name = shape.numbers[0]
    at = batch.draw_some(0.006, pd.notna(batch.raw[name]) & (batch.raw[name] != ""))
    batch.raw[name][at] = "chưa rõ"
    batch.refuse_rows(at, "unreadable_number", name.partition(":")[0])
    batch.log["unreadable_number"] += len(at)


@hard
def formula_cells(batch: Batch, shape: Shape) -> None:
    """Compute a number in its cell: with the value kept it is used, and found; never calculated it spoils the row."""
    if shape.is_text:
        return
    name = shape.numbers[0]
    is_number = np.array([isinstance(cell, int | float) for cell in batch.raw[name]], dtype=bool)
    at = batch.draw_some(0.012, is_number)
    kept = [Formula(f"={cell}+0", cell) for cell in batch.raw[name][at]]
    batch.raw[name][at] = np.array([*kept, None], dtype=object)[:-1]
    batch.rows.loc[at, "formula_cell"] = True
    batch.log["formula_cells:cached"] += len(at)
    is_number[at] = False
    at = batch.draw_some(0.006, is_number)
    batch.raw[name][at] = np.array([*(Formula("=K9*2") for _ in at), None], dtype=object)[:-1]
    batch.refuse_rows(at, "formula_without_value", name.partition(":")[0])
    batch.log["formula_cells:empty"] += len(at)


@hard
def text_cp1258(batch: Batch, shape: Shape) -> None:
    """Write the letter with its roof or hook, then the tone as a mark of its own."""
    for name in shape.texts:
        at = _choose_texts(batch, name, 0.012)
        batch.raw[name][at] = apply_to_distinct(batch.raw[name][at], spell_cp1258)
        batch.log["text_cp1258"] += len(at)


def _choose_texts(batch: Batch, name: str, rate: float) -> np.ndarray:
    return batch.draw_some(
        rate, np.array([isinstance(cell, str) and cell != "" for cell in batch.raw[name]], dtype=bool)
    )


@normal
def unit_spelling(batch: Batch, shape: Shape) -> None:
    """Write "P. Vĩnh Yên", "UBND Xã …", "xã … (cũ)", a bare name, another case: the same unit."""
    if not shape.has_unit_name:
        return
    known = _has_unit(batch)
    table, rows = units.list_spellings(batch.area), np.zeros(len(known), dtype=np.int64)
    rows[known] = units.find_table_rows(batch.state[known])
    for name, rate in units.SPELLING_RATES.items():
        spelled = table[name].to_numpy(dtype=object)
        at = batch.draw_some(rate, known & table[name].notna().to_numpy()[rows])
        batch.raw["unit_name"][at] = spelled[rows[at]]
        batch.log["unit_spelling"] += len(at)


@normal
def lost_zeros(batch: Batch, shape: Shape) -> None:
    """Write a GSO code that a spreadsheet took for a number: 7999 for 07999; or with a space behind."""
    if shape.has_unit_name:
        return
    codes = pd.Series(batch.raw["unit_code"], dtype=object)
    at = batch.draw_some(0.12, (codes.str.len().eq(5) & codes.str.startswith("0")).to_numpy(dtype=bool))
    batch.raw["unit_code"][at] = codes.str[1:].to_numpy(dtype=object)[at]
    also = batch.draw_some(0.02, pd.notna(batch.raw["unit_code"]))
    batch.raw["unit_code"][also] = batch.raw["unit_code"][also] + " "
    batch.log["lost_zeros"] += len(at) + len(also)


@normal
def text_spaces(batch: Batch, shape: Shape) -> None:
    """Write doubled, trailing and non-breaking spaces; letters and tones apart."""
    changes: tuple[Callable[[str], str], ...] = (
        lambda text: text.replace(" ", "  ", 1), lambda text: text + " ", lambda text: text.replace(" ", "\u00a0", 1),
        lambda text: unicodedata.normalize("NFD", text),
    )  # fmt: skip
    for name in shape.texts:
        for change in changes:
            at = _choose_texts(batch, name, 0.01)
            batch.raw[name][at] = apply_to_distinct(batch.raw[name][at], change)
            batch.log["text_spaces"] += len(at)


@normal
def number_forms(batch: Batch, shape: Shape) -> None:
    """Write Vietnamese text among a workbook's numbers; thousands parted by spaces, negatives in brackets among
    texts.
    """
    if shape.iso:
        return
    for name in shape.numbers:
        cells = batch.raw[name]
        if shape.is_text:
            at = batch.draw_some(0.03, np.array([cell.count(".") > 0 for cell in cells], dtype=bool))
            cells[at] = [cell.replace(".", " ") for cell in cells[at]]
            below = batch.draw_some(0.4, np.array([cell[:1] == "-" and len(cell) > 1 for cell in cells], dtype=bool))
            cells[below] = [f"({cell[1:]})" for cell in cells[below]]
            batch.log["number_forms"] += len(below)
        else:
            at = batch.draw_some(0.02, np.array([type(cell) in (int, float) for cell in cells], dtype=bool))
            cells[at] = np.array([*(spell_vietnamese(cell) for cell in cells[at]), None], dtype=object)[:-1]
        batch.log["number_forms"] += len(at)


@normal
def date_forms(batch: Batch, shape: Shape) -> None:
    """Write text for dates, bare serials, short years, ISO, a trailing space."""
    for name in shape.dates:
        days = batch.rows[name].to_numpy().astype("datetime64[s]")
        texts = {"iso": "YYYY-mm-dd", "day": "dd/mm/YYYY", "short": "dd/mm/yy", "day_space": "dd/mm/YYYY"}
        for form, rate in (("iso", 0.02), ("day", 0.1), ("short", 0.02), ("day_space", 0.02), ("serial", 0.08)):
            at = batch.draw_some(rate, ~np.isnat(days))
            if form == "serial":
                if not shape.is_text:
                    serials = [PlainNumber(value) for value in clock.compute_excel_serial(days[at])]
                    batch.raw[name][at] = np.array([*serials, None], dtype=object)[:-1]
            elif not shape.iso or form == "iso":
                cells = clock.write(days[at], texts[form])
                batch.raw[name][at] = cells + " " if form == "day_space" else cells
            batch.log["date_forms"] += len(at)


@normal
def impossible_date(batch: Batch, shape: Shape) -> None:
    """Write 30/2: there is no such day, so the row cannot be used."""
    for name in shape.dates[:1]:
        at = batch.draw_some(0.012)
        batch.raw[name][at] = "2025-02-30" if shape.iso else "30/02/2025"
        batch.refuse_rows(at, "impossible_date", name)
        batch.log["impossible_date"] += len(at)


@normal
def repeated_rows(batch: Batch, shape: Shape) -> None:
    """Write the same row again at the end of the table."""
    at = np.flatnonzero(batch.rng.random(len(batch.rows)) < 0.008)
    size = len(batch.rows)
    batch.append(at)
    batch.state["is_repeat"] = np.arange(len(batch.rows)) >= size
    batch.log["repeated_rows"] += len(at)


def append_rows(batch: Batch, state: pd.DataFrame, rows: pd.DataFrame, raw: dict[str, np.ndarray]) -> None:
    """Add more rows that the office did mean to write, at the end."""
    rows = rows.assign(rule=None, column=None, **dict.fromkeys(REMARKS, False))
    batch.state = pd.concat([batch.state, state.assign(is_repeat=False)], ignore_index=True)
    batch.rows = pd.concat([batch.rows, rows], ignore_index=True)
    batch.raw = {name: np.concatenate([cells, raw[name]]) for name, cells in batch.raw.items()}
    batch.is_sound = np.append(batch.is_sound, np.ones(len(rows), dtype=bool))
