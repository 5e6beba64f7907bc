"""A person looks into the vault: never without a name and a reason, and never unlogged.

The line in the log is durable before the first row is handed out; a refusal is logged like an access.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from dagster_project.contracts.handed_tables import load_handed_tables
from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.core.clock import get_local_now
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.batches import compute_batch_id, find_batch, read_account, read_parts
from dagster_project.ingest.landing.month_parts import select_rows
from dagster_project.ingest.normalise import text
from dagster_project.ingest.persons.personal_numbers import mask_numbers
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList
from dagster_project.ingest.receive.purges import name_record, read_purges
from dagster_project.ingest.vault.sender_rows import LINE, PLACE, list_faulty_places, read_again
from dagster_project.ingest.vault.vault import open_vault
from dagster_project.operate.access_log import open_access_log
from dagster_project.settings.decisions import load_decided_registry
from dagster_project.warehouse.query import ask, find_current_file

DEFAULT_LIMIT = 200
_BATCH = re.compile(r"[0-9a-f]{16}")
_GAP_ID = re.compile(r"[0-9a-f]{32}")
_WORDS = 300
_ROWS_ARE_TOLD = "Trang tính và số dòng sai vẫn có trong can-sua/; cơ quan tra lại tệp của mình."
_UNIT_ROLES_VI = {"code": "mã", "name": "tên", "district": "huyện cũ"}
_GAP = "select feed_id, commune_code, period, measure, detail from marts.data_gap where gap_id = ?"
_GAP_BATCHES = """
select batch_id from marts.source_file
where feed_id = ? and state = 'accepted' and not is_superseded
    and ? in (strftime(data_date, '%Y-%m'), strftime(data_date, '%G-W%V'), cast(data_date as varchar))
order by batch_id
"""


@dataclass(frozen=True)
class Request:
    """Says who asks for what, and why. `row`: only this row of the sheet. `limit`: how many rows at most."""

    target: str
    by: str | None
    why: str | None
    row: int | None = None
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True)
class RowFault:
    """Says what is wrong with a row, the faulty value, and what to do. A personal value is None, here and in a cell."""

    message_vi: str
    value: str | None
    remedy_vi: str


@dataclass(frozen=True)
class SenderRow:
    """Holds one row to send back. `cells`: Vietnamese name → text as delivered."""

    sheet: str | None
    row: int
    cells: dict[str, str]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True)
class SenderFile:
    """Holds the rows of one delivered file; `left_out` counts those past the request's limit."""

    feed: Feed
    files: tuple[str, ...]
    batch: str
    rows: tuple[SenderRow, ...]
    left_out: int


@dataclass(frozen=True)
class _Gap:
    """Holds what a gap says of its rows: rule, column, commune."""

    rule: str
    column: str
    commune_code: str | None


def show(home: Home, request: Request) -> list[SenderFile]:
    """Return the rows that a batch or a gap is about. The access, or its refusal, is logged before.

    Raises UsageError without a name, a reason or a known target, HaicapError when the vault cannot be opened.
    """
    if not home.root.is_dir():
        raise HaicapError(f"Chưa có gì trong {home.root}.", "Chạy `haicap refresh` trước.")
    try:
        _require_reason(request)
        found = _find(home, request)
    except HaicapError as refusal:
        _log(home, request, None, refusal.message_vi)
        raise
    except OSError as error:
        _log(home, request, None, f"không đọc được: {error.strerror}")
        raise HaicapError(
            f"Không đọc được két: {error.strerror}.", "Két chỉ mở cho tài khoản chạy hệ thống."
        ) from error
    _log(home, request, found, None)
    return found


def log_rotation(home: Home, store: str, objects: int) -> None:
    """Note in the access log that a key was changed."""
    said = {"action": "rotate", "target": store, "granted": True, "objects": objects}
    open_access_log(home).append(_describe_person(None, None) | said)


def _require_reason(request: Request) -> None:
    if not (request.by or "").strip() or not (request.why or "").strip():
        raise UsageError(
            "Xem két phải nói ai xem và vì sao.", 'Thêm --by "Họ tên, chức vụ" --why "Lý do" rồi chạy lại.'
        )


def _find(home: Home, request: Request) -> list[SenderFile]:
    gap, batches = _resolve(home, request.target)
    found: list[SenderFile] = []
    left = request.limit
    for batch in batches:
        arrivals = [a for a in ArrivalList(home.arrivals).read_arrivals() if compute_batch_id(a) == batch]
        if not arrivals or arrivals[0].feed_id not in load_registry().feeds:
            raise UsageError(f"Không có lô {batch}.", "Mã lô ở cột batch_id của marts.source_file.")
        file = _read_sender_file(home, batch, arrivals, gap, request.row, left)
        left -= len(file.rows)
        if file.rows or file.left_out:
            found.append(file)
    if not found:
        raise UsageError("Két không giữ dòng nào như vậy.", "Két chỉ giữ các dòng bị cách ly hoặc có nhận xét.")
    return found


def _resolve(home: Home, target: str) -> tuple[_Gap | None, list[str]]:
    """Find the gap that a target names and its batches; no gap where the target is itself a batch."""
    if _BATCH.fullmatch(target):
        return None, [target]
    gaps = ask(find_current_file(home), _GAP, (target,)).to_records()
    if not gaps:
        raise UsageError("Không có lô hay khoảng trống nào mang mã này.", "Xem mã bằng `haicap gaps`.")
    gap = gaps[0]
    # A gap without rows (a late file) finds no row of its rule, and is told so.
    batches = ask(find_current_file(home), _GAP_BATCHES, (gap["feed_id"], gap["period"])).rows
    return _Gap(gap["measure"] or "", gap["detail"] or "", gap["commune_code"]), [row[0] for row in batches]


def _read_sender_file(
    home: Home, batch: str, arrivals: list[Arrival], gap: _Gap | None, row: int | None, limit: int
) -> SenderFile:
    feed = load_decided_registry(home.decisions, load_registry()).feeds[arrivals[0].feed_id]
    faults = _read_faults(home, feed, arrivals[0])
    if gap is not None:
        faults = faults[
            faults["rule"].eq(gap.rule)
            & faults["column_name"].fillna("").eq(gap.column)
            & faults["commune_code"].fillna("").eq(gap.commune_code or "")
        ]
    if row is not None:
        faults = faults[faults["source_row"].eq(row)]
    places = list_faulty_places(faults).sort_values(PLACE, ignore_index=True)
    shown = places.head(max(limit, 0))
    cells = _read_cells(home, feed, batch, arrivals[0], places) if len(shown) else shown
    rows = _make_rows(feed, shown.merge(cells, on=PLACE, how="left"), faults)
    names = tuple(sorted({arrival.file for arrival in arrivals}))
    return SenderFile(feed, names, batch, rows, len(places) - len(shown))


def _read_cells(home: Home, feed: Feed, batch: str, arrival: Arrival, places: pd.DataFrame) -> pd.DataFrame:
    """Read cells from the vault's record, or where it was lost from the archive. Raises HaicapError when either was
    purged."""
    vault, purges = open_vault(home), read_purges(home)
    purge = purges.vault.get(name_record(feed.feed_id, batch))
    if purge is not None:
        raise HaicapError(f"Lô {batch} không còn trong két: {purge.describe()}, và không được lập lại.", _ROWS_ARE_TOLD)
    if vault.has(feed.feed_id, batch):
        return vault.get(feed.feed_id, batch)
    purge = purges.archive.get(arrival.sha256)
    if purge is not None:
        raise HaicapError(f"Két không giữ lô {batch}, và tệp gốc {purge.describe()}.", _ROWS_ARE_TOLD)
    return read_again(home, feed, arrival, places)


def _read_faults(home: Home, feed: Feed, arrival: Arrival) -> pd.DataFrame:
    """Read what the landing says is wrong with each row of a batch."""
    batch = find_batch(home, feed.feed_id, arrival.sha256)
    if batch is None or read_account(home, batch)["state"] != "accepted":
        raise HaicapError("Lô này chưa được đọc, hoặc bị chặn cả tệp.", "Chạy `haicap refresh` rồi thử lại.")
    parts = read_parts(home, feed.feed_id)
    said = [rows for name in ("quarantine", "finding") for rows in select_rows(home, parts, [batch], name)]
    nothing = pd.DataFrame(columns=list(load_handed_tables("landing")["finding"].types))
    of_batch = [("batch_id", "==", batch.batch_id)]
    faults = pd.concat([nothing, *(pd.read_parquet(rows.path, filters=of_batch) for rows in said)], ignore_index=True)
    return faults[faults["source_row"].notna()]


def _make_rows(feed: Feed, cells: pd.DataFrame, faults: pd.DataFrame) -> tuple[SenderRow, ...]:
    """Put cells and faults of each row together; they are few (the request's limit), so one at a time."""
    labels = _list_labels(feed)
    said = faults.fillna({"source_sheet": ""}).groupby(["source_sheet", "source_row"])
    rows: list[SenderRow] = []
    for cell in cells.to_dict("records"):
        sheet = None if pd.isna(cell["source_sheet"]) else str(cell["source_sheet"])
        number = int(cell["source_row"])
        wrong = said.get_group((sheet or "", number))
        given = {labels[str(k)]: _make_printable(str(v)) for k, v in cell.items() if k not in PLACE and pd.notna(v)}
        rows.append(SenderRow(sheet, number, given, _list_row_faults(wrong)))
    return tuple(rows)


def _list_row_faults(wrong: pd.DataFrame) -> tuple[RowFault, ...]:
    faults = (
        RowFault(str(message), None if pd.isna(value) else _make_printable(str(value)), str(remedy))
        for message, value, remedy in wrong[["message_vi", "value", "remedy_vi"]].itertuples(index=False)
    )
    return tuple(dict.fromkeys(faults))


def _list_labels(feed: Feed) -> dict[str, str]:
    labels = {LINE: "Nguyên dòng"}
    for column in feed.contract.columns:
        labels[column.name] = column.label_vi
        if column.kind == "unit":
            labels |= {f"{column.name}.{role}": f"{column.label_vi} ({vi})" for role, vi in _UNIT_ROLES_VI.items()}
    return labels


def _make_printable(cell: str) -> str:
    """Replace what does not print: an office's cell must not command the reader's terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in cell)


def _log(home: Home, request: Request, found: Iterable[SenderFile] | None, refusal: str | None) -> None:
    is_ours = _BATCH.fullmatch(request.target) or _GAP_ID.fullmatch(request.target)
    target = request.target if is_ours else _scrub(request.target)
    said: dict[str, object] = {"action": "show", "target": target, "granted": refusal is None}
    if found is not None:
        said["rows"] = {file.batch: _write_ranges(row.row for row in file.rows) for file in found}
    else:
        said |= {"row": request.row, "refusal": refusal}
    open_access_log(home).append(_describe_person(request.by, request.why) | said)


def _describe_person(by: str | None, why: str | None) -> dict[str, object]:
    return {
        "at": get_local_now().isoformat(timespec="seconds"),
        "by": _scrub(by),
        "why": _scrub(why),
        "account": _find_account(),
    }


def _scrub(words: str | None) -> str | None:
    """Return what a person typed, shortened, without identity and phone numbers: those must not be in a log."""
    if words is None:
        return None
    return mask_numbers(text.clean_text(words))[:_WORDS] or None


def _find_account() -> str:
    """Find the account of the operating system, which nobody can choose freely, as they choose --by."""
    try:
        return f"{getpass.getuser()} ({os.getuid()})"
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _write_ranges(numbers: Iterable[int]) -> str:
    """Write row numbers as ranges: 11, 12, 13, 20 → "11-13,20"."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)
