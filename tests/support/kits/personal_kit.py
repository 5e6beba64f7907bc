"""July 2025 of an office with two faulty rows, and what a test asks of its vault."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.ingest.landing.batches import compute_batch_id
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.operate import retention
from dagster_project.operate.access_log import open_access_log
from tests.support.kits.landing_kit import AS_OF, Office
from tests.support.kits.office import dossier, dossiers, workbook

NIGHT = AS_OF + timedelta(days=1)
BAD_ID = "H62.52-250707-0002"
BY, WHY = "Đỗ Thị Trực, chuyên viên", "Gửi trả dòng sai"
TITLE = f"(Số liệu đến ngày {AS_OF:%d/%m/%Y})"


class Killed(BaseException):
    """Stands for SIGKILL: no `except Exception` holds it."""


def far_from_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys in the environment, and a calendar far ahead of every night of these tests."""
    monkeypatch.setattr(retention, "find_yesterday", lambda: date(2035, 1, 1))
    for name in ("ARCHIVE", "VAULT", "PSEUDONYM"):
        monkeypatch.delenv(f"HAICAP_{name}_KEY", raising=False)


def faulty_office(root: Path) -> Office:
    """July of Vĩnh Phúc: row 12 has an impossible date, row 13 a phone number as identity, the others are good."""
    office = Office(root)
    office.send("ho_so_tthc_07_2025.xlsx", faulty_workbook())
    office.land()
    return office


def faulty_workbook(day: date = date(2025, 7, 7)) -> bytes:
    rows = dossiers(day, 5)
    rows[1] = dossier(day, 2, Người_nộp="Quách Thị Kim", Ngày_tiếp_nhận="31/02/2025")
    rows[2] |= {"Số CCCD/ĐDCN": "0912009009", "Điện thoại": "0912009009"}
    return workbook(rows, TITLE)


def batch_of(office: Office) -> str:
    (batch,) = {compute_batch_id(arrival) for arrival in ArrivalList(office.home.arrivals).read_arrivals()}
    return batch


def entries(office: Office) -> list[dict[str, Any]]:
    """What the access log says."""
    return [line.entry for line in open_access_log(office.home).read_lines()]
