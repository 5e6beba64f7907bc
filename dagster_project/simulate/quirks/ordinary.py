"""This module holds the carelessness of an ordinary season, one named function per quirk, on whole columns.

A quirk changes the raw cells of a batch and, where the change loses or spoils something, the canonical row beside them
and the rule that should quarantine it. What each did is counted in `Batch.log`: the truth knows by being told. A quirk
is named by what it does to a file.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate import clock, units
from dagster_project.simulate.office import PlainNumber

DATES = ("received_at", "due_at", "finished_at", "returned_at")
TEXTS = ("procedure_name", "sector", "status", "unit_name")
REMARKS = {
    "phone_in_national_id": "national_id", "formula_cell": "fee", "due_words_unread": "due_on",
    "unit_part_dropped": "unit", "event_after_data_date": "finished_at",
}  # fmt: skip
"""What is odd about a row that is used all the same → its column; a flag of each stands in `Batch.rows`."""
STATUS_WORDS = {
    1: "Mới đăng ký", 2: "Được tiếp nhận", 3: "Không được tiếp nhận", 4: "Đang xử lý", 5: "Yêu cầu bổ sung giấy tờ",
    6: "Yêu cầu thực hiện nghĩa vụ tài chính", 7: "Công dân yêu cầu rút hồ sơ", 8: "Dừng xử lý", 9: "Đã xử lý xong",
    10: "Đã trả kết quả",
}  # fmt: skip
STATUS_CODES = {
    1: "receiving", 2: "new", 3: "denied", 4: "processing", 5: "waiting", 6: "paying", 7: "cancelled", 8: "unresolved",
    9: "releasing", 10: "done",
}  # fmt: skip


@dataclass
class Batch:
    """A batch is the rows of one file before it is written.

    `state`: the dossiers as the office's system holds them; `rows`: the canonical row (a perfect reader's), with `rule`
    and `column` of the fault, None when there is none, and a flag for each of `REMARKS`; `raw`: the cells as they will
    be written, by canonical name. All have the same length and order.
    """

    area: str
    state: pd.DataFrame
    rows: pd.DataFrame
    raw: dict[str, np.ndarray]
    rng: np.random.Generator
    data_day: date
    date_forms: tuple[tuple[str, float], ...] = ()
    empties: tuple[str, ...] = ()
    has_unicode: bool = True
    log: Counter[str] = field(default_factory=Counter)
    is_sound: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        if "rule" not in self.rows:
            self.rows["rule"] = np.full(len(self.rows), None, dtype=object)
            self.rows["column"] = np.full(len(self.rows), None, dtype=object)
            for remark in REMARKS:
                self.rows[remark] = np.zeros(len(self.rows), dtype=bool)
        self.is_sound = self.rows["rule"].isna().to_numpy(copy=True)

    def draw_some(self, rate: float, only: np.ndarray | None = None) -> np.ndarray:
        """Return row numbers drawn at `rate` among sound rows (and among `only`)."""
        drawn = np.flatnonzero(self.rng.random(len(self.rows)) < rate)
        fit = self.is_sound if only is None else self.is_sound & only
        found: np.ndarray = drawn[fit[drawn]]
        return found

    def refuse_rows(self, at: np.ndarray, rule: str, column: str) -> None:
        """Note that these rows must be quarantined by `rule` for what stands in `column`."""
        self.is_sound[at] = False
        self.rows.loc[at, "rule"] = rule
        self.rows.loc[at, "column"] = column

    def set_dates(self, name: str, at: np.ndarray, times: np.ndarray) -> None:
        """Set another time in these rows, both the true one and the cell in the form's own style."""
        resolution = {"pt": "s", "vp": "m", "hb": "D"}[self.area]
        kept = times.astype(f"datetime64[{resolution}]").astype("datetime64[s]")
        self.rows.loc[at, name] = kept
        self.raw[name][at] = write_dates(kept, self.area)

    def take_rows(self, at: np.ndarray, rng: np.random.Generator | None = None) -> Batch:
        """Return these rows as a batch of their own, with an empty log, drawing from the same stream or from `rng`."""
        return Batch(
            self.area, self.state.iloc[at].reset_index(drop=True), self.rows.iloc[at].reset_index(drop=True),
            {name: cells[at] for name, cells in self.raw.items()}, rng or self.rng, self.data_day,
        )  # fmt: skip

    def repeat_sending(self) -> Batch:
        """Return the same file a second time: its first row has vanished, and one that the caller picks is changed."""
        again = self.take_rows(np.arange(1, len(self.rows)))
        again.log.update({"lan_2": 1, "lan_2:vanished": 1, "lan_2:changed": 1})
        return again

    def append(self, at: np.ndarray) -> None:
        """Write these rows a second time at the end of the table."""
        order = np.concatenate([np.arange(len(self.rows)), at])
        self.state = self.state.iloc[order].reset_index(drop=True)
        self.rows = self.rows.iloc[order].reset_index(drop=True)
        self.raw = {name: cells[order] for name, cells in self.raw.items()}
        self.is_sound = self.is_sound[order]


def write_dates(times: np.ndarray, area: str) -> np.ndarray:
    """Return the cells of a careful clerk: Excel dates, fourteen digits, or dd/mm/yyyy; empty for NaT."""
    if area == "pt":
        return clock.write(times, "YYYYmmddHHMMSS")
    if area == "hb":
        cells = clock.write(times, "dd/mm/YYYY")
        return np.where(pd.isna(cells), "", cells).astype(object)
    cells = clock.compute_excel_serial(times).astype(object)
    cells[np.isnat(times)] = None
    return cells


Quirk = Callable[[Batch], None]
NORMAL: dict[str, Quirk] = {}


def normal(quirk: Quirk) -> Quirk:
    """Register a quirk of an ordinary season; its name is the function's."""
    NORMAL[quirk.__name__] = quirk
    return quirk


def apply(batch: Batch, quirks: dict[str, Quirk]) -> None:
    """Let each quirk loose once, in the order of the registry."""
    for quirk in quirks.values():
        quirk(batch)


def apply_to_distinct(cells: np.ndarray, change: Callable[[str], str]) -> np.ndarray:
    """Apply a change of text to each distinct value once."""
    if not len(cells):
        return cells
    codes, values = pd.factorize(cells)
    return np.array([change(value) for value in values], dtype=object)[codes]


@normal
def unit_spelling(batch: Batch) -> None:
    """Write "P. Vĩnh Yên", "UBND Xã …", "xã … (cũ)", a bare name, another case: the same unit."""
    table, rows = units.list_spellings(batch.area), units.find_table_rows(batch.state)
    for name, rate in units.SPELLING_RATES.items():
        spelled = table[name].to_numpy(dtype=object)
        at = batch.draw_some(rate, table[name].notna().to_numpy()[rows])
        batch.raw["unit_name"][at] = spelled[rows[at]]
        batch.log[f"unit_spelling:{name}"] += len(at)


@normal
def status_words(batch: Batch) -> None:
    """Write a status with or without "Đã", in any case, or as the portal's text codes."""
    if "status" not in batch.raw or batch.area == "pt":
        return
    status = batch.rows["status_code"].to_numpy()
    at = batch.draw_some(0.07, np.isin(status, [9, 10]))
    batch.raw["status"][at] = apply_to_distinct(
        batch.raw["status"][at], lambda word: word.removeprefix("Đã ").capitalize()
    )
    at = batch.draw_some(0.05, status == 2)
    batch.raw["status"][at] = "Đã được tiếp nhận"
    at = batch.draw_some(0.015)
    batch.raw["status"][at] = pd.Series(status[at]).map(STATUS_CODES).to_numpy(dtype=object)
    batch.log["status_words"] += len(at)


@normal
def text_case(batch: Batch) -> None:
    """Write whole words in capitals or in small letters."""
    for name in ("procedure_name", "sector", "status"):
        if name in batch.raw and not (name == "status" and batch.area == "pt"):
            upper, lower = batch.draw_some(0.007), batch.draw_some(0.007)
            batch.raw[name][upper] = apply_to_distinct(batch.raw[name][upper], str.upper)
            batch.raw[name][lower] = apply_to_distinct(batch.raw[name][lower], str.lower)
            batch.log["text_case"] += len(upper) + len(lower)


@normal
def text_spaces(batch: Batch) -> None:
    """Write doubled, leading and trailing spaces; non-breaking ones where the form can hold them."""
    changes: list[Callable[[str], str]] = [
        lambda text: text.replace(" ", "  ", 1),
        lambda text: text + " ",
        (lambda text: text.replace(" ", "\u00a0", 1)) if batch.has_unicode else (lambda text: " " + text),
    ]
    for name in TEXTS:
        if name in batch.raw and not (name == "status" and batch.area == "pt"):
            for change in changes:
                at = batch.draw_some(0.012)
                batch.raw[name][at] = apply_to_distinct(batch.raw[name][at], change)
                batch.log["text_spaces"] += len(at)


@normal
def text_nfd(batch: Batch) -> None:
    """Write text as typed on another system: letters and tones apart."""
    if not batch.has_unicode:
        return
    for name in (*TEXTS, "applicant_name"):
        if name in batch.raw and not (name == "status" and batch.area == "pt"):
            at = batch.draw_some(0.008)
            batch.raw[name][at] = apply_to_distinct(
                batch.raw[name][at], lambda text: unicodedata.normalize("NFD", text)
            )
            batch.log["text_nfd"] += len(at)


@normal
def id_letter_o(batch: Batch) -> None:
    """Type the letter O for zero in the day of a dossier number."""
    at = batch.draw_some(0.004)
    batch.raw["dossier_id"][at] = [_type_letter_o(value) for value in batch.raw["dossier_id"][at]]
    batch.log["id_letter_o"] += len(at)


def _type_letter_o(number: str) -> str:
    head, day, tail = number.rsplit("-", 2)
    return f"{head}-{day.replace('0', 'O')}-{tail}"


@normal
def id_trailing_space(batch: Batch) -> None:
    """Write a space after the dossier number."""
    at = batch.draw_some(0.005)
    batch.raw["dossier_id"][at] = batch.raw["dossier_id"][at] + " "
    batch.log["id_trailing_space"] += len(at)


@normal
def code_suffix(batch: Batch) -> None:
    """Write the province's own suffix on a TTHC code: 1.012753.H44 is 1.012753."""
    at = batch.draw_some(0.045 if batch.area == "pt" else 0.01)
    suffix = {"pt": ".H44", "vp": ".H62", "hb": ".H28"}[batch.area]
    batch.raw["procedure_code"][at] = batch.raw["procedure_code"][at] + suffix
    batch.log["code_suffix"] += len(at)


@normal
def lost_zeros(batch: Batch) -> None:
    """Write a GSO code that a spreadsheet took for a number: 4792 for 04792."""
    if batch.area == "hb":
        codes = pd.Series(batch.raw["unit_code"])
        at = batch.draw_some(0.3, (codes.str.len().eq(5) & codes.str.startswith("0")).to_numpy())
        batch.raw["unit_code"][at] = codes.str[1:].to_numpy(dtype=object)[at]
        batch.log["lost_zeros"] += len(at)


@normal
def phone_in_id(batch: Batch) -> None:
    """Write a phone number in the citizen's number; always for the same dossiers, so that it is not a change."""
    at = np.flatnonzero(batch.state["person"].to_numpy() % 331 == 7)
    batch.raw["national_id"][at] = batch.raw["phone"][at]
    batch.rows.loc[at, "phone_in_national_id"] = True
    batch.log["phone_in_id"] += len(at)


@normal
def date_forms(batch: Batch) -> None:
    """Write text for dates, bare serials, short years, ISO, trailing spaces; some forms lose the hour."""
    for name in (*DATES, *(("changed_at",) if batch.area == "hb" else ())):
        times = batch.rows[name].to_numpy(copy=True)
        for form, rate in batch.date_forms:
            at = batch.draw_some(rate, ~np.isnat(times))
            if len(at):
                batch.raw[name][at], kept = _spell_dates(times[at], form)
                if not kept:
                    times[at] = times[at].astype("datetime64[D]").astype("datetime64[s]")
                batch.log[f"date_forms:{form}"] += len(at)
        batch.rows[name] = times


def _spell_dates(times: np.ndarray, form: str) -> tuple[np.ndarray, bool]:
    """Return the cells of these times in a form, and whether the form keeps the hour."""
    match form:
        case "text":
            return clock.write(times, "dd/mm/YYYY HH:MM"), True
        case "serial":
            return np.array([*map(PlainNumber, clock.compute_excel_serial(times)), None], dtype=object)[:-1], True
        case "iso":
            return clock.write(times, "YYYY-mm-ddTHH:MM:SS"), True
        case "iso_day":
            return clock.write(times, "YYYY-mm-dd"), False
        case "day":
            return clock.write(times, "dd/mm/YYYY"), False
        case "day_space":
            return clock.write(times, "dd/mm/YYYY") + " ", False
        case "short":
            return _spell_short(times, "yy"), False
        case "unpadded":
            return _spell_short(times, "YYYY"), False
        case _:
            raise ValueError(form)


def _spell_short(times: np.ndarray, year: str) -> np.ndarray:
    """Return a date without leading zeros: `3/7/25`."""
    text = pd.Series(clock.write(times, f"dd/mm/{year}"), dtype=object)
    return np.array([value.lstrip("0").replace("/0", "/") for value in text], dtype=object)


@normal
def empty_words(batch: Batch) -> None:
    """Write a dash or a space for "nothing yet"."""
    for name in ("finished_at", "returned_at"):
        for word in batch.empties:
            at = batch.draw_some(0.08, batch.rows[name].isna().to_numpy())
            batch.raw[name][at] = word
            batch.log["empty_words"] += len(at)


@normal
def impossible_date(batch: Batch) -> None:
    """Write 31/6 or 30/2: there is no such day, so the row cannot be used."""
    for name in ("received_at", "due_at", "finished_at"):
        at = batch.draw_some(0.0006, batch.rows[name].notna().to_numpy())
        batch.raw[name][at] = "20250631101500" if batch.area == "pt" else "31/06/2025"
        batch.refuse_rows(at, "impossible_date", name)
        batch.log["impossible_date"] += len(at)


@normal
def refused_commune(batch: Batch) -> None:
    """Spoil all rows of one commune in every other file: its clerk typed days of receipt that do not exist."""
    communes = np.unique(batch.rows["commune_code"].dropna().to_numpy(dtype=str))
    if batch.rng.random() < 0.5 and len(communes):
        chosen = communes[batch.rng.integers(0, len(communes))]
        at = np.flatnonzero(batch.is_sound & batch.rows["commune_code"].eq(chosen).to_numpy())
        batch.raw["received_at"][at] = "20250631101500" if batch.area == "pt" else "31/06/2025"
        batch.refuse_rows(at, "impossible_date", "received_at")
        batch.log["refused_commune"] += len(at)


@normal
def repeated_rows(batch: Batch) -> None:
    """Write the same row again at the end of the table."""
    at = np.flatnonzero(batch.rng.random(len(batch.rows)) < 0.0025)
    batch.append(at)
    batch.log["repeated_rows"] += len(at)
