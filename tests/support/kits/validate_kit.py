"""Tables as a reader leaves them, made by hand, and their validation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.validate.column_styles import decide_styles
from dagster_project.ingest.validate.file_date import FileDate
from dagster_project.ingest.validate.file_units import find_units
from dagster_project.ingest.validate.stack import make_sheets
from dagster_project.ingest.validate.validate import ValidatedFile, validate_files

KEY = b"k" * 32
DATA_DAY = date(2025, 7, 13)
NATIONAL_ID, PHONE, PERSON = "026591314713", "0908512218", "Lê Thị Ví Dụ"
DOSSIER: dict[str, Any] = {
    "dossier_id": "H62.52-250702-0001",
    "procedure_code": "1.012805",
    "procedure_name": "Đăng ký khai sinh",
    "sector": "Hộ tịch",
    "applicant_name": PERSON,
    "applicant_kind": "Cá nhân",
    "national_id": NATIONAL_ID,
    "phone": PHONE,
    "received_at": "02/07/2025 08:30",
    "due_at": "09/07/2025 17:00",
    "finished_at": "04/07/2025 16:00",
    "returned_at": "04/07/2025 16:30",
    "status_code": "Đã trả kết quả",
    "channel": "Trực tuyến",
    "unit.name": "UBND xã Yên Lạc",
    "is_result_digitised": "Có",
    "fee": 15000.0,
    "origin_dossier_id": None,
}


def feed(feed_id: str = "procedures_vp") -> Feed:
    """A feed of the project, as it is."""
    return load_registry().feeds[feed_id]


def dossier(**cells: Any) -> dict[str, Any]:
    """A good row with some cells different; `unit` stands for the unit's name."""
    return DOSSIER | {"unit.name" if name == "unit" else name: cell for name, cell in cells.items()}


def raw_table(*rows: dict[str, Any], sheet: str | None = "Tháng 7", first_row: int = 11, **parts: Any) -> RawTable:
    """Rows as object cells, numbered as in a sheet."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name) for name in columns] for row in rows]
    frame = pd.DataFrame(cells, columns=columns, dtype=object)
    frame["_row"] = range(first_row, first_row + len(rows))
    return RawTable(sheet, frame, **parts)


def validate(*tables: RawTable, feed_id: str = "procedures_vp", on: FileDate | None = None) -> ValidatedFile:
    """Validate these tables as a file dated 13 July 2025."""
    told = on or FileDate("day", DATA_DAY, DATA_DAY, "title")
    return validate_tables(tables, feed(feed_id), told)


def validate_tables(tables: Sequence[RawTable], of: Feed, told: FileDate) -> ValidatedFile:
    """Validate the tables of one file."""
    units = find_units(list(tables), of, "so_lieu.xlsx")
    styles, _ = decide_styles(tables, of, [one.factors for one in units])
    sheets = make_sheets(tables, of, told, styles, units)
    (answer,) = validate_files([sheets], of, load_registry(), KEY)
    return answer


def validate_one(**cells: Any) -> ValidatedFile:
    """Validate a file of one row."""
    return validate(raw_table(dossier(**cells)))


def list_refusals(result: ValidatedFile) -> list[tuple[int, str, str]]:
    """List (row, column, rule) of everything in quarantine."""
    return list(result.quarantine[["source_row", "column_name", "rule"]].itertuples(index=False, name=None))
