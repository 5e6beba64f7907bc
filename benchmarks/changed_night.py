"""This module writes the files of a night on which little changed: some dossiers of one area, closed today, as the
portal's pull tells.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

PAGE_SIZE = 1000
_CLOSED = "10"


def write_changed(inbox: Path, count: int, day: date) -> int:
    """Write the pull of `day` into an inbox of the simulator's: `count` of the dossiers it holds, now closed.

    Every n-th statement of the portal's earlier pulls is taken, each dossier once. Returns how many were written, fewer
    where the inbox has not so many.
    """
    feed = inbox / "procedures_pt"
    known: dict[str, dict[str, object]] = {}
    for path in sorted(feed.rglob("page-*.json")):
        items = json.loads(path.read_text(encoding="utf-8"))["data"]["items"]
        known |= {item["MaHoSo"]: item for item in items}
    every = max(1, len(known) // count)
    finished = f"{day:%Y%m%d}100000"
    changed = [
        item | {"TrangThaiHoSo": _CLOSED, "NgayKetThucXuLy": finished, "NgayTra": finished, "NgayCapNhat": finished}
        for item in list(known.values())[::every][:count]
    ]
    folder = feed / f"{day:%Y%m%d}-{day:%Y%m%d}"
    folder.mkdir(parents=True)
    pages = [changed[at : at + PAGE_SIZE] for at in range(0, len(changed), PAGE_SIZE)]
    for number, items in enumerate(pages, start=1):
        head = {"currentPage": number, "pageSize": PAGE_SIZE, "totalPages": len(pages), "totalItems": len(changed)}
        page = {"code": "OK", "message": "OK", "data": head | {"items": items}}
        content = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
        (folder / f"page-{number:04d}.json").write_text(content, encoding="utf-8")
    return len(changed)
