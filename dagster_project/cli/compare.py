"""`haicap compare`: what was said then, what is said now, and which statements changed in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.cli.options import HomeOption, JsonOption
from dagster_project.cli.output import print_json, print_table, spell, spell_measure

if TYPE_CHECKING:
    from dagster_project.explain.compare import Comparison

_GRAIN_VI = {"province": "tỉnh", "former_province": "tỉnh cũ", "department": "sở, ngành", "commune": "xã, phường"}
_TOLD = ("kpi_id", "title_vi", "domain", "measure", "grain", "unit_code", "unit_name", "period_kind", "period_start",
         "dimension", "member", "is_open")  # fmt: skip
_PARTS = ("value", "numerator", "denominator", "target", "rating", "coverage")


def compare(
    older: Annotated[str, typer.Argument(help="Phiên bản trước: tên, phần đầu của tên, hoặc latest.")],
    newer: Annotated[str, typer.Argument(help="Phiên bản sau.")],
    kpi: Annotated[str | None, typer.Option("--kpi", help="Chỉ một chỉ tiêu.")] = None,
    grain: Annotated[
        str | None, typer.Option("--grain", help="province | former_province | department | commune.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Số dòng nguồn (tệp, trang, dòng) nêu cho mỗi lĩnh vực.")
    ] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Hai phiên bản nói khác nhau ở đâu, vì đâu ("thứ Hai đã báo cáo gì")."""
    from dagster_project.core.errors import UsageError
    from dagster_project.explain.compare import compare as compared
    from dagster_project.settings.settings import load_settings
    from dagster_project.warehouse import versions

    if grain is not None and grain not in _GRAIN_VI:
        raise UsageError(f"Cấp '{grain}' không có.", f"Chọn một trong: {', '.join(_GRAIN_VI)}.")
    place = load_settings(home).home
    before, after = versions.find(place, older), versions.find(place, newer)
    if before.entry.identity == after.entry.identity:
        return _say_same(before.entry.version, as_json)
    found = compared(place, before, after)
    if kpi is not None and kpi not in found.kpis:
        raise UsageError(f"Không có chỉ tiêu '{kpi}'.", "Xem mã ở marts.kpi_definition.")
    cells = [cell for cell in found.cells if kpi in (None, cell["kpi_id"]) and grain in (None, cell["grain"])]
    if as_json:
        print_json(_make_record(found, cells, limit))
    else:
        _print(found, cells, kpi, limit)
    return 0


def _say_same(version: str, as_json: bool) -> int:
    if as_json:
        print_json(
            {"older": version, "newer": version, "is_same": True, "changed": [], "redefined": [], "restatements": []}
        )
    else:
        typer.echo(f"Hai tên cùng chỉ một phiên bản ({version}): không có gì khác nhau.")
    return 0


def _make_record(found: Comparison, cells: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    changed = [
        {name: cell[name] for name in _TOLD}
        | {"old": _read_side(cell, "old", "was_there"), "new": _read_side(cell, "new", "is_there")}
        for cell in cells
    ]
    by_domain = {domain: _count_restatements(found, domain, limit) for domain in _list_domains(cells)}
    return {
        "older": found.older.entry.version,
        "newer": found.newer.entry.version,
        "is_same": False,
        "is_complete": found.is_complete,
        "changed": changed,
        "redefined": found.redefined,
        "restatements": by_domain,
        "files": found.files,
        "lost_files": found.lost_files,
    }


def _read_side(cell: dict[str, Any], side: str, is_there: str) -> dict[str, Any] | None:
    return {part: cell[f"{side}_{part}"] for part in _PARTS} if cell[is_there] else None


def _count_restatements(found: Comparison, domain: str, limit: int) -> dict[str, Any]:
    rows = found.list_restatements(domain)
    return {"count": len(rows), "rows": rows[:limit]}


def _list_domains(cells: list[dict[str, Any]]) -> list[str]:
    return sorted({cell["domain"] for cell in cells})


def _print(found: Comparison, cells: list[dict[str, Any]], kpi: str | None, limit: int) -> None:
    from dagster_project.extracts.words import RATING_VI, format_period, name_domain

    before, after = found.older.entry, found.newer.entry
    typer.echo(
        f"{before.version} (số liệu đến {spell(before.as_of)}) → {after.version} (số liệu đến {spell(after.as_of)})"
    )
    for row in found.redefined:
        if kpi in (None, row["kpi_id"]):
            typer.echo(f"{row['kpi_id']}: đổi định nghĩa (số {row['old_no']} → {row['new_no']}), không so được.")
    if not cells:
        typer.echo("Không ô chỉ tiêu nào đổi.")
        return
    typer.echo(f"{spell(len(cells))} ô chỉ tiêu đổi.\n")

    def show_side(cell: dict[str, Any], name: str, is_there: str) -> str:
        if not cell[is_there]:
            return "(không có)"
        rating = RATING_VI.get(cell[f"{name}_rating"] or "", "-")
        return f"{spell_measure(cell[f'{name}_value'], cell['measure'])} {rating.lower()}"

    print_table(
        ("Chỉ tiêu", "Cấp", "Đơn vị", "Kỳ", "Trước", "Nay", "Thay đổi"),
        (
            (
                cell["kpi_id"] + (f" {cell['member']}" if cell["member"] else ""),
                _GRAIN_VI.get(cell["grain"], cell["grain"]),
                f"{cell['unit_code']} {cell['unit_name']}"
                if cell["unit_name"] != cell["unit_code"]
                else cell["unit_code"],
                format_period(cell["period_kind"], cell["period_start"]),
                show_side(cell, "old", "was_there"),
                show_side(cell, "new", "is_there"),
                "kỳ đang chạy" if cell["is_open"] else "kỳ đã qua",
            )
            for cell in cells
        ),
    )
    for domain in _list_domains(cells):
        _print_domain(found, domain, name_domain(domain), limit)
    if not found.is_complete:
        typer.echo("\nTệp của một trong hai phiên bản đã hết hạn lưu: chỉ nêu được điều chỉnh thấy sau ngày trước.")


def _print_domain(found: Comparison, domain: str, name: str, limit: int) -> None:
    """Print why a domain changed: how many restatements, which files; with a limit above 0 the rows too."""
    rows = found.list_restatements(domain)
    came = [file for file in found.files if file["domain"] == domain]
    gone = [file for file in found.lost_files if file["domain"] == domain]
    typer.echo(
        f"\n{name}: {spell(len(rows))} điều chỉnh, {spell(len(came))} tệp mới, {spell(len(gone))} tệp không còn dùng"
    )
    for file in came[: max(limit, 3)]:
        typer.echo(f"  tệp mới: {file['feed_id']}/{file['file']}")
    for file in gone[: max(limit, 3)]:
        typer.echo(f"  không còn dùng: {file['feed_id']}/{file['file']}")
    if rows and limit:
        print_table(
            ("  Bảng", "Khóa", "Cột", "Trước", "Nay", "Thấy từ", "Tệp", "Trang", "Dòng"),
            (
                (
                    f"  {row['table']}", row["key"], row["column"], row["old_value"], row["new_value"],
                    row["first_seen"], row["file"], row["sheet"], row["row"],
                )
                for row in rows[:limit]
            ),
        )  # fmt: skip
