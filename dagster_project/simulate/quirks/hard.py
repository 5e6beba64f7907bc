"""This module spoils a bad season: what the offices get wrong beyond carelessness, one named function per quirk.

Row quirks (`HARD`) work on a batch like those of `ordinary`; file quirks (`STRAYS`) put files into a feed's folder that
should be set aside, or not be noticed at all.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.context import Context
from dagster_project.simulate.office import Formula
from dagster_project.simulate.quirks.ordinary import TEXTS, Batch, Quirk, apply_to_distinct
from dagster_project.simulate.reference import MERGER
from dagster_project.simulate.statements import Delivery, FileRecord, find_end, is_open, show_state
from dagster_project.simulate.world.dossiers import DAY

HARD: dict[str, Quirk] = {}
OLE_HEADER = bytes.fromhex("d0cf11e0a1b11ae1")
JPEG_HEADER = bytes.fromhex("ffd8ffe000104a464946")
REKEYED_FROM = np.datetime64("2025-05-15")
REKEY_SHARE = 0.03


def hard(quirk: Quirk) -> Quirk:
    """Register a quirk of a bad season; its name is the function's."""
    HARD[quirk.__name__] = quirk
    return quirk


@hard
def finished_before_received(batch: Batch) -> None:
    """Set a finish date before the receipt: accepted, and a contradiction."""
    at = batch.draw_some(0.004, batch.rows["finished_at"].notna().to_numpy())
    days = batch.rng.integers(1, 6, len(at)).astype("timedelta64[D]")
    batch.set_dates("finished_at", at, batch.rows["received_at"].to_numpy()[at] - days)
    batch.log["finished_before_received"] += len(at)


@hard
def future_finish(batch: Batch) -> None:
    """Set a finish date weeks after the file's own date, and after the end of its month: remarked upon, and till then
    the dossier is open."""
    at = batch.draw_some(0.0015, batch.rows["finished_at"].notna().to_numpy())
    days = batch.rng.integers(31, 71, len(at)).astype("timedelta64[D]")
    later = np.datetime64(batch.data_day, "s") + days + np.timedelta64(9, "h")
    batch.set_dates("finished_at", at, later)
    given = at[batch.rows["returned_at"].notna().to_numpy()[at]]
    batch.set_dates("returned_at", given, batch.rows["finished_at"].to_numpy()[given] + DAY)
    batch.rows.loc[at, "event_after_data_date"] = True
    batch.log["future_finish"] += len(at)


@hard
def received_after_data_date(batch: Batch) -> None:
    """Set a receipt after the file's own data date."""
    at = batch.draw_some(0.002)
    days = batch.rng.integers(1, 6, len(at)).astype("timedelta64[D]")
    batch.set_dates("received_at", at, np.datetime64(batch.data_day, "s") + days + np.timedelta64(9, "h"))
    batch.refuse_rows(at, "after_data_date", "received_at")
    batch.log["received_after_data_date"] += len(at)


@hard
def unknown_unit(batch: Batch) -> None:
    """Name a unit that does not exist."""
    at = batch.draw_some(0.002)
    batch.raw["unit_name"][at] = "UBND xã Thiên Đường"
    if "unit_code" in batch.raw:
        batch.raw["unit_code"][at] = "H44.999" if batch.area == "pt" else "99999"
    batch.refuse_rows(at, "unit_unknown", "unit")
    batch.log["unknown_unit"] += len(at)


@hard
def ambiguous_unit(batch: Batch) -> None:
    """Write a bare name that two units of the area bear, with no code and no district to tell them apart."""
    name = {"pt": "Phong Châu", "vp": "Xuân Hòa", "hb": "UBND xã Cao Sơn"}[batch.area]
    before = batch.rows["received_at"].to_numpy() < MERGER
    at = batch.draw_some(0.0015, before & (batch.rows["unit_level"] == "former_commune").to_numpy())
    batch.raw["unit_name"][at] = name
    if "unit_code" in batch.raw:
        batch.raw["unit_code"][at] = None if batch.area == "pt" else ""
    batch.refuse_rows(at, "unit_ambiguous", "unit")
    batch.log["ambiguous_unit"] += len(at)


@hard
def unknown_status(batch: Batch) -> None:
    """Write a status that is none of the ten: "interoperating", "posting", 99."""
    at = batch.draw_some(0.003)
    words = ("99", "0") if batch.area == "pt" else ("interoperating", "posting")
    batch.raw["status"][at] = np.array(words, dtype=object)[batch.rng.integers(0, 2, len(at))]
    batch.refuse_rows(at, "unknown_code", "status_code")
    batch.log["unknown_status"] += len(at)


@hard
def empty_key(batch: Batch) -> None:
    """Leave the dossier number out."""
    at = batch.draw_some(0.0015)
    batch.raw["dossier_id"][at] = None if batch.area == "vp" else ""
    batch.refuse_rows(at, "missing_value", "dossier_id")
    batch.log["empty_key"] += len(at)


@hard
def formula_cells(batch: Batch) -> None:
    """Write a formula for the fee with its value kept (used, and found), and one for the due date never calculated (no
    value).
    """
    if batch.area != "vp":
        return
    at = batch.draw_some(0.002)
    fees = batch.raw["fee"][at]
    batch.raw["fee"][at] = np.array([*(Formula(f"={fee}+0", float(fee)) for fee in fees), None], dtype=object)[:-1]
    batch.rows.loc[at, "formula_cell"] = True
    batch.log["formula_cells:cached"] += len(at)
    at = batch.draw_some(0.001, batch.rows["due_at"].notna().to_numpy())
    batch.raw["due_at"][at] = np.array([*(Formula("=J11+5") for _ in at), None], dtype=object)[:-1]
    batch.refuse_rows(at, "formula_without_value", "due_at")
    batch.log["formula_cells:empty"] += len(at)


@hard
def text_cp1258(batch: Batch) -> None:
    """Write text as CP1258 keyboards type it: the letter with its roof or hook, then the tone as a mark of its own."""
    if not batch.has_unicode:
        return
    for name in TEXTS:
        if not (name == "status" and batch.area == "pt"):
            at = batch.draw_some(0.006)
            batch.raw[name][at] = apply_to_distinct(batch.raw[name][at], spell_cp1258)
            batch.log["text_cp1258"] += len(at)


TONES = "\u0300\u0301\u0303\u0309\u0323"


def spell_cp1258(text: str) -> str:
    """Return base letters with combining tones: "ế" is ê and an acute."""
    result = []
    for letter in unicodedata.normalize("NFC", text):
        apart = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in apart if mark in TONES)
        rest = "".join(mark for mark in apart if mark not in TONES)
        result.append(unicodedata.normalize("NFC", rest) + tones if tones else letter)
    return "".join(result)


def draw_going_backwards(context: Context, area: str, world: pd.DataFrame, month: np.datetime64) -> pd.DataFrame:
    """Return rows to add to a listing: a few dossiers closed long ago come back as "được tiếp nhận". The later one
    wins.
    """
    start = month.astype("datetime64[D]").astype("datetime64[s]")
    old = world[world["received_at"].to_numpy() < start - np.timedelta64(40, "D")]
    state = show_state(old, start)
    closed = state[state["status_code"] == 10]
    rng = context.make_rng("going_backwards", area, str(month))
    some = closed[rng.random(len(closed)) < 0.003]
    day = min(find_end(context.as_of), (month + 1).astype("datetime64[D]").astype("datetime64[s]") - DAY)
    return some.assign(
        status_code=np.int8(2),
        shown_finished_at=np.datetime64("NaT", "s"),
        shown_returned_at=np.datetime64("NaT", "s"),
        changed_at=day.astype("datetime64[D]").astype("datetime64[s]") + np.timedelta64(8, "h"),
    )


def draw_rekeyed(context: Context) -> pd.DataFrame:
    """Return dossiers of the other two areas, open at the merger, that were typed again into Phú Thọ's system in July.

    They are rows of the world with the new number and the new commune, `origin_dossier_id` (the first number) and
    `rekeyed_at`.
    """
    world = context.world
    around = (world["received_at"].to_numpy() >= REKEYED_FROM) & (world["received_at"].to_numpy() < MERGER)
    pool = world[around & world["area"].isin(["vp", "hb"]).to_numpy() & world["commune_code"].notna().to_numpy()]
    pool = pool[is_open(show_state(pool, MERGER.astype("datetime64[s]"))["status_code"])]
    rng = context.make_rng("rekeyed")
    some = pool[rng.random(len(pool)) < max(REKEY_SHARE, min(1.0, 2 / max(1, len(pool))))].reset_index(drop=True)
    row_of = pd.Series(context.ref.commune.index, index=context.ref.commune["commune_code"])
    office = some["commune_code"].astype(object).map(row_of).to_numpy()
    portal = context.ref.commune["portal_code"].to_numpy()[office]
    day = some["received_at"].dt.strftime("%y%m%d")
    stem = pd.Series(portal, dtype=object) + "-" + day.astype(object) + "-"
    number = stem.groupby(stem).cumcount() + 9001
    wait = rng.integers(8 * 3600, 5 * 86400, len(some)).astype("timedelta64[s]")
    return some.assign(
        origin_dossier_id=some["dossier_id"],
        dossier_id=stem + number.astype(str),
        unit_level="commune",
        unit_code=some["commune_code"].astype(object),
        attribution="exact",
        office_row=office,
        rekeyed_at=MERGER.astype("datetime64[s]") + wait,
    )


Stray = Callable[[Context, Delivery, str, str], None]
STRAYS: dict[str, Stray] = {}


def stray(function: Stray) -> Stray:
    """Register a file quirk that any folder feed may suffer."""
    STRAYS[function.__name__] = function
    return function


def set_aside(
    context: Context, delivered: Delivery, feed: str, file: str, content: bytes, rule: str, quirk: str,
    named_day: date | None = None,
) -> None:  # fmt: skip
    """Write a file that must be blocked by `rule`; of its day people know what its name says, if anything."""
    sha = context.write(feed, file, content)
    delivered.files.append(FileRecord(feed, file, sha, named_day, blocked=rule))
    delivered.quirks.append({"feed_id": feed, "file": file, "quirk": quirk, "count": 1})


@stray
def empty_file(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send a file without a byte."""
    set_aside(context, delivered, feed, f"bao cao bo sung.{ending}", b"", "empty_file", "empty_file")


@stray
def truncated_file(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send the first part of a real file. (Half a CSV is a shorter CSV: none is sent.)"""
    if ending != "csv":
        source = next(record for record in delivered.files if record.blocked is None)
        content = context.find_path(feed, source.file).read_bytes()
        part, file = content[: len(content) * 3 // 5], f"bieu tong hop (ban gui lai).{ending}"
        set_aside(context, delivered, feed, file, part, "unreadable", "truncated_file")


@stray
def protected_file(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send a workbook behind a password: it is an OLE container, not a zip."""
    if ending == "xlsx":
        directory = "EncryptionInfo\0EncryptedPackage\0".encode("utf-16-le")
        content = OLE_HEADER + bytes(504) + directory.ljust(1024, b"\0") + bytes(2048)
        set_aside(context, delivered, feed, "so lieu (co mat khau).xlsx", content, "encrypted", "protected_file")


@stray
def picture_file(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send a photograph of the table under the table's extension."""
    if ending == "xlsx":
        content = JPEG_HEADER + context.make_rng(feed, "picture").bytes(3000)
        set_aside(context, delivered, feed, f"anh chup bieu.{ending}", content, "unreadable", "picture_file")


@stray
def unnoticed_files(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Leave Excel's lock file, a file still being copied, a hidden one: they count as no files at all."""
    for file, content in (
        ("~$bieu.xlsx", b"\x0bNguyen Van A".ljust(163, b"\0")),
        ("dang ghi.xlsx.part", b"PK\x03\x04" + bytes(90)),
        (".DS_Store", bytes(64)),
    ):
        context.write(feed, file, content)
        delivered.quirks.append({"feed_id": feed, "file": file, "quirk": "unnoticed_files", "count": 1})


@stray
def same_bytes(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send the same file again as "… (1)": one object under the name that sorts first, a duplicate file."""
    record = [record for record in delivered.files if record.blocked is None][:2][-1]
    stem, _, tail = record.file.rpartition(".")
    file = f"{stem} (1).{tail}"
    context.write(feed, file, context.find_path(feed, record.file).read_bytes())
    record.copies += 1
    first = min(file, record.file)
    for rows in delivered.rows:
        rows.loc[rows["file"] == record.file, "file"] = first
    for total in delivered.controls:
        total.file = first if total.file == record.file else total.file
    record.file = first
    delivered.quirks.append({"feed_id": feed, "file": file, "quirk": "same_bytes", "count": 1})


@stray
def older_file_late(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Let the first month arrive last: the times of files mean nothing."""
    record = next(record for record in delivered.files if record.blocked is None)
    late = context.find_path(feed, record.file).stat().st_mtime + 3600
    os.utime(context.find_path(feed, record.file), (late, late))
    delivered.quirks.append({"feed_id": feed, "file": record.file, "quirk": "older_file_late", "count": 1})


def send_strays(context: Context, delivered: Delivery, feed: str, ending: str) -> None:
    """Send all file quirks that the feed's kind of file can suffer."""
    for send in STRAYS.values():
        send(context, delivered, feed, ending)
