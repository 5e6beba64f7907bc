"""This module shows a glimpse of each output in Dagster's UI, read from a version's folder and its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dagster_project.core.database import open_published
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.extracts.bundle import BUNDLE
from dagster_project.extracts.page.leader_page import PAGE_NAME, SHEETS_FOLDER
from dagster_project.extracts.reading.headline import read_headlines
from dagster_project.extracts.words import RATING_VI, format_figure
from dagster_project.extracts.write import BRIEF, OWNERS, WORKBOOK
from dagster_project.warehouse.identity import read_version

_FILES_SHOWN = 60


@dataclass(frozen=True)
class Output:
    """An output is one file or folder, `name`, in the version's folder; `shows_kpis` is false where its files are
    listed.
    """

    title_vi: str
    name: str
    shows_kpis: bool


@dataclass(frozen=True)
class Preview:
    """A preview is a text in Markdown; `files` and `size` (bytes) are 0 where the version has no such output."""

    markdown: str
    path: Path
    files: int
    size: int


OUTPUTS = {
    "leader_page": Output("Trang lãnh đạo (HTML, tự chứa)", PAGE_NAME, True),
    "commune_sheets": Output("Trang của từng xã, phường (HTML)", SHEETS_FOLDER, False),
    "brief": Output("Báo cáo giao ban (PDF)", BRIEF, True),
    "workbook": Output("Bảng tính chỉ tiêu (xlsx)", WORKBOOK, True),
    "owners_workbooks": Output("Việc cần sửa, mỗi cơ quan một bảng tính", OWNERS, False),
    "analyst_bundle": Output("Gói phân tích: DuckDB, Parquet, từ điển, mã SHA-256", BUNDLE, False),
}


def preview(home: Home, file: Path, output: str) -> Preview:
    """Return what the version of a published file has of one output. Raises HaicapError where its folder is not there
    at all.
    """
    folder = home.extracts / read_version(file.name)
    if not folder.is_dir():
        raise HaicapError(f"Chưa có bản trích {folder}.", "Chạy `haicap extract`.")
    told = OUTPUTS[output]
    path = folder / told.name
    found = sorted(one for one in ([path] if path.is_file() else path.rglob("*")) if one.is_file())
    sizes = {one: one.stat().st_size for one in found}
    if not found:
        return Preview("Phiên bản này không có (không có gì cần, hoặc cấu hình không lập).", path, 0, 0)
    markdown = _list_kpis(file) if told.shows_kpis else _list_files(path, sizes)
    return Preview(markdown, path, len(found), sum(sizes.values()))


def _list_kpis(file: Path) -> str:
    """Return the province's KPIs as a table in Markdown, with the figures of the page's cards."""
    with open_published(file) as marts:
        rows = [row for row in read_headlines(marts) if row.grain == "province"]
    lines = [
        f"| {_strip_markup(row.title_vi)} | {row.period_vi} | {format_figure(row.value, row.unit)} | "
        f"{format_figure(row.target, row.unit)} | {RATING_VI[row.rating]} |"
        for row in rows
    ]
    return "\n".join(["| Chỉ tiêu | Kỳ | Giá trị | Mục tiêu | Đánh giá |", "|---|---|---:|---:|---|", *lines])


def _list_files(root: Path, sizes: dict[Path, int]) -> str:
    shown = list(sizes.items())[:_FILES_SHOWN]
    lines = [f"| {_strip_markup(path.relative_to(root).as_posix())} | {size} |" for path, size in shown]
    more = [f"\n… và {len(sizes) - len(shown)} tệp nữa"] if len(sizes) > len(shown) else []
    return "\n".join(["| Tệp | Byte |", "|---|---:|", *lines, *more])


def _strip_markup(text: str) -> str:
    return text.replace("|", "\\|")
