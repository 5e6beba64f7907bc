"""What the simulated offices deliver to a benchmark, and what they deliver on the nights after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from dagster_project.simulate import simulate

PROCEDURES = ("procedures_pt", "procedures_vp", "procedures_hb")
DOSSIERS_AT_SCALE_1 = 1_100_000
AS_OF = date(2025, 7, 13)
_PORTAL = "procedures_pt"
_PAGE_SIZE = 1000
_CLOSED = "10"


def deliver(
    inbox: Path, dossiers: int, as_of: date = AS_OF, feeds: tuple[str, ...] | None = PROCEDURES, mess: str = "none"
) -> Path:
    """Write what the offices have sent up to `as_of` into a fresh inbox, and return it. `feeds`: None for all.

    In a process of its own, whose memory goes with it.
    """
    scale = dossiers / DOSSIERS_AT_SCALE_1
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        told = {"seed": 1, "scale": scale, "as_of": as_of, "mess": mess, "with_truth": False}
        apart.submit(simulate, inbox, **told, feeds=feeds).result()
    return inbox


def prepare_pulls(inbox: Path, coming: Path, count: int, days: Sequence[date]) -> None:
    """Write the portal's pulls of some days to come, each a folder of `coming`, in the order of the days.

    A pull holds `count` of the dossiers that lie in the inbox and were received before that day, other ones each day,
    closed that morning; fewer where the inbox has not so many.
    """
    known: dict[str, dict[str, object]] = {}
    for path in sorted((inbox / _PORTAL).rglob("page-*.json")):
        known |= {item["MaHoSo"]: item for item in json.loads(path.read_text(encoding="utf-8"))["data"]["items"]}
    for nth, day in enumerate(days):
        received = [item for item in known.values() if str(item["NgayTiepNhan"]) < f"{day:%Y%m%d}"]
        every = max(1, len(received) // count)
        finished = dict.fromkeys(("NgayKetThucXuLy", "NgayTra", "NgayCapNhat"), f"{day:%Y%m%d}080000")
        changed = [item | finished | {"TrangThaiHoSo": _CLOSED} for item in received[nth % every :: every][:count]]
        _write_pull(coming / f"{day:%Y%m%d}-{day:%Y%m%d}", changed)


def receive_pull(inbox: Path, coming: Path, day: date) -> None:
    """Let the pull of a day arrive."""
    name = f"{day:%Y%m%d}-{day:%Y%m%d}"
    (coming / name).rename(inbox / _PORTAL / name)


def _write_pull(folder: Path, items: Sequence[dict[str, object]]) -> None:
    folder.mkdir(parents=True)
    pages = [items[at : at + _PAGE_SIZE] for at in range(0, len(items), _PAGE_SIZE)]
    for number, page in enumerate(pages, start=1):
        head = {"currentPage": number, "pageSize": _PAGE_SIZE, "totalPages": len(pages), "totalItems": len(items)}
        answer = {"code": "OK", "message": "OK", "data": head | {"items": page}}
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        (folder / f"page-{number:04d}.json").write_text(content, encoding="utf-8")
