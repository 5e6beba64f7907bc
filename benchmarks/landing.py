"""Compare landing with what other tools need to read the same bytes: `python -m benchmarks.run --only landing`.

Ours is the reader, file date, normalising, units, checks and Parquet: all that a night does but Great Expectations. The
rows are the simulator's, of a normal season, repeated under numbers of their own. The best of three counts, taken in
turn.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import fastexcel
import numpy as np
import python_calamine

from dagster_project.contracts.registry import load_registry
from dagster_project.core.database import open_database
from dagster_project.core.paths import Home
from dagster_project.ingest.landing.month_parts import write_part
from dagster_project.ingest.landing.parquet import make_tables
from dagster_project.ingest.landing.parse import parse_file
from dagster_project.simulate import office, tcvn3
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.procedures import hb as procedures_hb
from dagster_project.simulate.feeds.procedures import vp as procedures_vp
from dagster_project.simulate.quirks.ordinary import Batch

_MONTH = np.datetime64("2025-06", "M")
_SCALE = 0.25  # some 15,000 dossiers per month and area
_SMALL_ROWS = 30
_TIMES = 3


def run(rows: int) -> None:
    """Print one line per figure: a CSV of so many rows, a workbook of a fifth of them, 66 small workbooks."""
    with tempfile.TemporaryDirectory() as folder:
        _measure_csv(Path(folder), rows)
        _measure_workbook(Path(folder), rows // 5)
        _measure_small_workbooks(Path(folder), 66)


def _measure_csv(folder: Path, rows: int) -> None:
    context = Context(folder, seed=1, scale=_SCALE, as_of=date(2025, 7, 13), mess="normal")
    cells = _repeat_rows(procedures_hb.make_batch(context, _MONTH), rows)
    names = list(procedures_hb.HEADERS)
    lines = [";".join(procedures_hb.HEADERS.values()), *map(";".join, zip(*(cells[n] for n in names), strict=True))]
    text = "\r\n".join(lines) + "\r\n"
    utf8, parquet = folder / "hoso.csv", folder / "hoso.parquet"
    utf8.write_text(text, encoding="utf-8", newline="")
    content = tcvn3.encode(text)
    del cells, lines, text

    def copy_by_duckdb() -> None:
        with open_database() as connection:
            connection.execute("set enable_progress_bar = false")
            connection.execute(
                f"copy (from read_csv('{utf8}', all_varchar = true, delim = ';', header = true)) to '{parquet}'"
            )

    ours = _prepare_landing("procedures_hb", "hoso_thang_06_2025.csv", content, folder)
    _compare(f"TCVN3 CSV, {rows:,} rows, to DuckDB's all_varchar of UTF-8", ours, copy_by_duckdb)


def _measure_workbook(folder: Path, rows: int) -> None:
    content = _make_workbook(_make_vp_columns(folder, rows))

    def read_by_fastexcel() -> None:
        fastexcel.read_excel(content).load_sheet(0, header_row=None).to_arrow()

    def read_by_calamine() -> None:
        (folder / "so.xlsx").write_bytes(content)
        python_calamine.load_workbook(folder / "so.xlsx").get_sheet_by_index(0).to_python()

    ours = _prepare_landing("procedures_vp", "ho_so_tthc_06_2025.xlsx", content, folder)
    _compare(f"workbook, {rows:,} rows, to fastexcel's bare read", ours, read_by_fastexcel)
    _compare(f"workbook, {rows:,} rows, to calamine's bare read", ours, read_by_calamine)


def _measure_small_workbooks(folder: Path, files: int) -> None:
    columns = _make_vp_columns(folder, files * _SMALL_ROWS)
    contents = [_make_workbook(_slice(columns, nth * _SMALL_ROWS, _SMALL_ROWS)) for nth in range(files)]
    each = [_prepare_landing("procedures_vp", "ho_so_tthc_06_2025.xlsx", content, folder) for content in contents]

    def land_all() -> None:
        for land in each:
            land()

    def read_by_fastexcel() -> None:
        for content in contents:
            fastexcel.read_excel(content).load_sheet(0, header_row=None).to_arrow()

    _compare(f"{files} workbooks of {_SMALL_ROWS} rows, to fastexcel's bare read", land_all, read_by_fastexcel)


def _repeat_rows(batch: Batch, rows: int) -> dict[str, list[str]]:
    """Repeat the cells of a batch until there are `rows` of them, each row with dossier and person numbers of its
    own.
    """
    at = np.resize(np.arange(len(batch.rows)), rows)
    cells = {name: values[at].tolist() for name, values in batch.raw.items()}
    random = np.random.default_rng(1)
    stems = [str(number).rpartition("-")[0] for number in cells["dossier_id"]]
    cells["dossier_id"] = [f"{stem}-{nth % 100_000:05d}" for nth, stem in enumerate(stems)]
    cells["national_id"] = [f"017{number:09d}" for number in random.integers(0, 10**9, rows)]
    cells["phone"] = [f"09{number:08d}" for number in random.integers(0, 10**8, rows)]
    return cells


def _make_vp_columns(folder: Path, rows: int) -> list[office.Column]:
    context = Context(folder, seed=1, scale=_SCALE, as_of=date(2025, 7, 13), mess="normal")
    batch = procedures_vp.make_batch(context, _MONTH)
    cells = _repeat_rows(batch, rows)
    batch.raw = {name: np.array([*values, None], dtype=object)[:-1] for name, values in cells.items()}
    batch.rows = batch.rows.iloc[np.resize(np.arange(len(batch.rows)), rows)]
    return procedures_vp.lay_out_columns(batch)


def _slice(columns: list[office.Column], first: int, rows: int) -> list[office.Column]:
    return [office.Column(c.header, c.cells[first : first + rows], c.group, c.style) for c in columns]


def _make_workbook(columns: list[office.Column]) -> bytes:
    title = procedures_vp.write_title(_MONTH, date(2025, 6, 30))
    sheet = office.Sheet("Tháng 6", columns, "UBND TỈNH VĨNH PHÚC", title, total={0: "Tổng cộng"})
    return office.make_workbook([sheet])[0]


def _prepare_landing(feed_id: str, name: str, content: bytes, folder: Path) -> Callable[[], None]:
    registry = load_registry()
    feed = registry.feeds[feed_id]

    def land() -> None:
        _, opened = parse_file(content, name, feed, registry, b"k" * 32)
        write_part(Home(folder), (feed_id, "2025-07", 1), 1, make_tables([("0" * 16, opened)], feed))

    return land


def _compare(name: str, ours: Callable[[], None], theirs: Callable[[], None]) -> None:
    measured = [(_measure_seconds(ours), _measure_seconds(theirs)) for _ in range(_TIMES)]
    for kind, clock in enumerate(("wall", "CPU")):
        mine, other = (min(pair[side][kind] for pair in measured) for side in (0, 1))
        print(f"{name} ({clock}): ours {mine:.2f} s, theirs {other:.2f} s, ratio {mine / other:.2f}", flush=True)


def _measure_seconds(work: Callable[[], None]) -> tuple[float, float]:
    """Return the wall and CPU seconds of one call, all threads together."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu
