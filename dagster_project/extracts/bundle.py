"""This module writes what an analyst takes away: `goi-phan-tich/` with the DuckDB file, one Parquet file per mart, the
dictionary and checksums.

The bundle lies in the folder of its version, and only as long as the version's own file is kept: it is the one extract
that is as large as the warehouse. The same published file makes the same bytes.
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import duckdb

from dagster_project.core.database import open_database, quote_path
from dagster_project.core.durable_files import hash_file, make_temporary_name, sync
from dagster_project.core.paths import Home
from dagster_project.warehouse.identity import name_file, read_version

BUNDLE = "goi-phan-tich"
CHECKSUMS = "SHA256SUMS"
DICTIONARY_PAGE = "tu-dien.html"
DICTIONARY_TABLE = "tu-dien.csv"
READ_ME = "DOC-TRUOC.txt"
SMALL_BYTES = 100_000_000
"""Below this size of the published file a night always makes the bundle: it takes about a second."""

_TABLES = "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"
_DICTIONARY = """
with relation as (
    select table_name, '' as column_name, '' as data_type, 0 as position, comment
    from duckdb_tables() where schema_name = 'marts'
    union all
    select table_name, column_name, data_type, column_index, comment
    from duckdb_columns() where schema_name = 'marts'
),
final as (
    select
        table_name, column_name, data_type,
        trim(coalesce(split_part(comment, ' / ', 1), '')) as vi,
        trim(coalesce(substr(comment, nullif(instr(comment, ' / '), 0) + 3), '')) as en,
        position
    from relation
)
select * exclude (position) from final order by table_name, position
"""
_READ_ME = """Gói phân tích của haicap, phiên bản {version}.

{file}: toàn bộ kho (lược đồ marts), mở bằng DuckDB 1.1 đến 2.0:
    import duckdb
    duckdb.connect("{file}", read_only=True).sql("from marts.kpi_value limit 5")
parquet/: mỗi bảng một tệp Parquet, cho R, Python, Power BI.
{page}, {table}: từ điển bảng và cột.
{sums}: mã SHA-256; kiểm tra: sha256sum --check {sums}
Ô trống (NULL) là chưa biết, không phải số 0. Không có dữ liệu cá nhân.
"""


def write_bundle(home: Home, published: Path) -> Path:
    """Write the bundle of one published file, whole or not at all, and return its folder; made before, it stays.

    The version's folder of extracts must be there. Bundles of versions whose file is no longer kept are removed.
    """
    version = read_version(published.name)
    folder = home.extracts / version / BUNDLE
    _remove_outlived(home)
    if folder.is_dir():
        return folder
    temporary = make_temporary_name(home.extracts / BUNDLE)  # where the next night removes what a dead run left
    shutil.rmtree(temporary, ignore_errors=True)
    (temporary / "parquet").mkdir(parents=True)
    try:
        _fill(temporary, published, version)
        for path in (*temporary.rglob("*"), temporary):
            sync(path)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync(folder.parent)
    return folder


def is_small(published: Path) -> bool:
    """Return whether the published file is so small (in bytes) that its bundle costs about a second."""
    return published.stat().st_size < SMALL_BYTES


def _fill(folder: Path, published: Path, version: str) -> None:
    from dagster_project.contracts.dictionary_page import render_page
    from dagster_project.contracts.registry import load_registry

    _link_or_copy(published, folder / published.name)
    with open_database(published, read_only=True) as marts:
        for (table,) in marts.execute(_TABLES).fetchall():
            target = quote_path(folder / "parquet" / f"{table}.parquet")
            # DuckDB keeps the order of the rows whatever its threads: sorting them would take as long again.
            marts.execute(f"""copy marts."{table}" to {target} (format parquet, compression zstd)""")
        _write_dictionary(marts, folder / DICTIONARY_TABLE)
    (folder / DICTIONARY_PAGE).write_text(render_page(load_registry()), encoding="utf-8", newline="\n")
    words = _READ_ME.format(
        version=version, file=published.name, page=DICTIONARY_PAGE, table=DICTIONARY_TABLE, sums=CHECKSUMS
    )
    (folder / READ_ME).write_text(words, encoding="utf-8", newline="\n")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{hash_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    (folder / CHECKSUMS).write_text(sums, encoding="utf-8", newline="\n")


def _write_dictionary(marts: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write tables and columns with their comments; the mark at the beginning lets Excel read the letters right."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(("bảng", "cột", "kiểu", "mô tả", "description"))
        writer.writerows(marts.execute(_DICTIONARY).fetchall())


def _link_or_copy(source: Path, target: Path) -> None:
    """Give the read-only file a second name where the disk can do that, else copy it."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(0o440)


def _remove_outlived(home: Home) -> None:
    for folder in home.extracts.glob(f"*/{BUNDLE}"):
        if not folder.parent.is_symlink() and not (home.published / name_file(folder.parent.name)).exists():
            shutil.rmtree(folder)
