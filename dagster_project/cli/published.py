"""Commands that read what is published, and choose which version readers see."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.cli.options import HomeOption, JsonOption, find_home
from dagster_project.cli.output import print_json, print_table, spell, spell_measure
from dagster_project.core.clock import HO_CHI_MINH
from dagster_project.core.database import open_published
from dagster_project.core.errors import UsageError

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.extracts.reading.headline import Headline
    from dagster_project.ingest.transports.cursors import PullState
    from dagster_project.warehouse.versions import Version

_FEEDS = """
select feed_id, state, as_of, last_period, rows_read, rows_accepted, rows_quarantined, rows_duplicate, rows_not_data
from marts.feed_status order by feed_id
"""

_DISK_VI = {
    "published": "Bản công bố",
    "extracts": "Bản trích",
    "landing": "Dữ liệu đã đọc",
    "archive": "Tệp gốc",
    "vault": "Két",
    "ledger": "Sổ",
    "free": "Còn trống",
}


def status(home: HomeOption = None, as_json: JsonOption = False) -> int:
    """Bản hiện hành, tình trạng từng nguồn, chỉ tiêu toàn tỉnh, dung lượng đĩa."""
    from dagster_project.extracts.reading.headline import read_headlines
    from dagster_project.extracts.words import FEED_STATE_VI
    from dagster_project.operate.disk_use import measure_home
    from dagster_project.warehouse.identity import read_version
    from dagster_project.warehouse.query import ask, find_current_file, tell_damage
    from dagster_project.warehouse.versions import read_pinned_version

    place = find_home(home)
    file = find_current_file(place)
    feeds = ask(file, _FEEDS)
    pulls = _read_pulls(home)
    gaps_open = ask(file, "select count(*) from marts.data_gap where state = 'open'").rows[0][0]
    with tell_damage(file), open_published(file) as marts:
        kpis = [headline for headline in read_headlines(marts) if headline.grain == "province"]
    version, pinned = read_version(file.name), read_pinned_version(place)
    disk = asdict(measure_home(place))
    if as_json:
        about = {"version": version, "pinned": pinned, "file": str(file), "open_gaps": gaps_open}
        told = {feed_id: asdict(state) for feed_id, state in pulls.items()}
        known = {"feeds": feeds.to_records(), "kpis": [asdict(kpi) for kpi in kpis], "pulls": told, "disk_bytes": disk}
        print_json(about | known)
        return 0
    typer.echo(f"Bản hiện hành: {version}{' (đã ghim)' if pinned else ''}\nTệp: {place.current}\n")
    headers = ("Nguồn", "Tình trạng", "Đến ngày", "Kỳ", "Đã đọc", "Chấp nhận", "Cách ly", "Trùng", "Không phải dữ liệu")
    print_table(headers, ((feed, FEED_STATE_VI.get(state, state), *rest) for feed, state, *rest in feeds.rows))
    if pulls:
        typer.echo()
        print_table(("Lấy từ hệ thống nguồn", "Lần được gần nhất", "Lỗi", "Từ"), map(_make_pull_row, pulls.items()))
    typer.echo()
    kpi_headers = ("Chỉ tiêu toàn tỉnh", "Kỳ", "Tử số", "Mẫu số", "Giá trị", "Mục tiêu", "Đánh giá", "Độ phủ")
    print_table(kpi_headers, [_make_kpi_row(kpi) for kpi in kpis])
    typer.echo(f"\nKhoảng trống đang mở: {spell(gaps_open)} (xem `haicap gaps`).\n")
    print_table(("Đĩa", "MB"), ((_DISK_VI[part], size / 1e6) for part, size in disk.items()))
    return 0


def sql(
    query: Annotated[str | None, typer.Argument(help="Câu lệnh SQL; bỏ trống thì đọc từ đầu vào chuẩn.")] = None,
    home: HomeOption = None,
    version: Annotated[str | None, typer.Option(help="Hỏi một phiên bản cũ.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Trả lời bằng CSV.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Hỏi bản đã công bố bằng một câu SQL; chỉ đọc bản đó, không đọc và không ghi gì khác."""
    from dagster_project.warehouse.query import answer_question

    if query is None or query == "-":
        if sys.stdin.isatty():
            raise UsageError("Thiếu câu lệnh SQL.", 'Ví dụ: haicap sql "select * from marts.feed_status".')
        query = sys.stdin.read()
    file = _find_file(find_home(home), version)
    answer = answer_question(file, query)
    if as_json:
        print_json(answer.to_records())
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)
    else:
        print_table(answer.columns, ([_show_plain(value) for value in row] for row in answer.rows))
    return 0


def extract(
    version: Annotated[str | None, typer.Argument(help="Phiên bản; mặc định bản hiện hành.")] = None,
    home: HomeOption = None,
    bundle: Annotated[bool, typer.Option("--bundle", help="Kèm gói phân tích cho chuyên viên.")] = False,
) -> int:
    """Lập bản trích cho lãnh đạo từ một bản đã công bố."""
    from dagster_project.extracts.write import write_extracts
    from dagster_project.warehouse.lock import hold_night_lock
    from dagster_project.warehouse.query import find_current_file

    place = find_home(home)
    file = _find_file(place, version)
    with hold_night_lock(place):
        typer.echo(
            write_extracts(place, file, is_latest=file.resolve() == find_current_file(place), with_bundle=bundle)
        )
    return 0


def versions(home: HomeOption = None, as_json: JsonOption = False) -> int:
    """Các phiên bản đã công bố, mới nhất trước."""
    from dagster_project.warehouse.versions import list_versions

    known = list_versions(find_home(home))
    if as_json:
        print_json([_make_record(version) for version in known])
        return 0
    rows = [
        (v.entry.version, v.entry.as_of, v.entry.published_at.astimezone(HO_CHI_MINH), _tell_kept(v), _tell_marks(v))
        for v in known
    ]
    print_table(("Phiên bản", "Số liệu đến", "Công bố lúc", "Tệp", ""), rows)
    return 0


def rollback(
    version: Annotated[str | None, typer.Argument(help="Phiên bản muốn quay lại; mặc định bản liền trước.")] = None,
    home: HomeOption = None,
    lift: Annotated[bool, typer.Option("--lift", help="Bỏ ghim, trở về bản mới nhất.")] = False,
) -> int:
    """Quay lại một phiên bản và ghim nó cho đến khi bỏ ghim."""
    from dagster_project.extracts.write import write_extracts
    from dagster_project.warehouse import versions as known
    from dagster_project.warehouse.lock import hold_night_lock
    from dagster_project.warehouse.query import find_current_file

    if lift and version is not None:
        raise UsageError("--lift không đi cùng tên phiên bản.")
    place = find_home(home)
    find_current_file(place)
    with hold_night_lock(place):
        if lift:
            typer.echo(f"Đã bỏ ghim. Bản hiện hành: {known.lift(place)}.")
        else:
            chosen = known.roll_back(place, version)
            typer.echo(f"Bản hiện hành: {chosen.entry.version}, ghim cho đến khi chạy `haicap rollback --lift`.")
        write_extracts(place, find_current_file(place))  # what leaders receive follows what readers see
    return 0


def _make_kpi_row(kpi: Headline) -> tuple[str, ...]:
    from dagster_project.extracts.words import RATING_VI

    return (
        kpi.title_vi,
        kpi.period_vi,
        spell_measure(kpi.numerator, "count"),
        spell_measure(kpi.denominator, "count"),
        spell_measure(kpi.value, kpi.unit),
        spell_measure(kpi.target, kpi.unit),
        RATING_VI.get(kpi.rating or "", "-"),
        spell_measure(kpi.coverage, "percent"),
    )


def _read_pulls(home: Path | None) -> dict[str, PullState]:
    """Read what is remembered of each feed that is fetched."""
    from dagster_project.ingest.transports.cursors import read_state
    from dagster_project.settings.settings import load_settings

    settings = load_settings(home)
    return {feed_id: read_state(settings.home.pulls, feed_id) for feed_id in sorted(settings.sources.feeds)}


def _make_pull_row(pull: tuple[str, PullState]) -> tuple[object, ...]:
    feed_id, state = pull
    succeeded, failing = (
        datetime.fromisoformat(at) if at else None for at in (state.succeeded_at, state.failing_since)
    )
    fault = f"{state.fault_vi} (lần thứ {state.failures})" if state.fault else None
    return feed_id, succeeded, fault, failing


def _find_file(home: Home, version: str | None) -> Path:
    """Find the published file that a command asks about: the current one, or a named one."""
    from dagster_project.warehouse.query import find_current_file
    from dagster_project.warehouse.versions import choose

    return find_current_file(home) if version is None else choose(home, version).path


def _tell_kept(version: Version) -> str:
    return "còn tệp" if version.is_available else "hết hạn lưu"


def _tell_marks(version: Version) -> str:
    is_earlier = version.newest_since is None and not version.entry.is_rehearsal
    marks = (
        ("hiện hành", version.is_current),
        ("đã ghim", version.is_pinned),
        ("tính lại ngày cũ", is_earlier),
        ("diễn tập", version.entry.is_rehearsal),
    )
    return ", ".join(word for word, is_so in marks if is_so)


def _make_record(version: Version) -> dict[str, Any]:
    entry = version.entry
    return {
        "version": entry.version,
        "as_of": entry.as_of.isoformat(),
        "sequence": entry.sequence,
        "identity": entry.identity,
        "published_at": entry.published_at.isoformat(),
        "file": str(version.path),
        "is_available": version.is_available,
        "is_current": version.is_current,
        "is_pinned": version.is_pinned,
        "is_aside": version.newest_since is None,
        "is_rehearsal": version.entry.is_rehearsal,
    }


def _show_plain(value: object) -> object:
    """Write a value of `haicap sql`, which is for copying, as the engine does; unknown is NULL."""
    return "NULL" if value is None else str(value)
