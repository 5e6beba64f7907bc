"""`haicap gaps` and `haicap why`: what is missing or wrong, who mends it, and where exactly it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from dagster_project.cli.options import HomeOption, JsonOption, find_home
from dagster_project.cli.output import print_json, print_table, spell, spell_measure
from dagster_project.core.errors import UsageError
from dagster_project.extracts.words import (
    GAP_KIND_VI,
    GAP_STATE_VI,
    HOLDER_VI,
    PERIOD_VI,
    RATING_VI,
    SEVERITY_VI,
    lower_first,
    name_part,
)

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.explain.kpi_facts import Facts
    from dagster_project.explain.readings import FeedAnswer, Reading
    from dagster_project.explain.why_check import CheckAnswer
    from dagster_project.explain.why_gap import GapAnswer
    from dagster_project.explain.why_kpi import KpiAnswer

_GAPS = """
select gap.*, commune_type || ' ' || commune_name as commune_vi
from marts.data_gap as gap
left join marts.dim_commune as commune on gap.commune_code = commune.commune_code
where (? = 'all' or state = ?) and (? is null or feed_id = ?) and (? is null or kind = ?)
order by case severity when 'error' then 1 when 'warning' then 2 else 3 end, feed_id, period, gap_id
"""
_GAP_STATES = ("open", "resolved", "accepted", "all")
_OUTCOME_VI = {"pass": "đạt", "warn": "cảnh báo", "fail": "KHÔNG đạt", "error": "LỖI", "skipped": "bỏ qua"}


def gaps(
    home: HomeOption = None,
    feed: Annotated[str | None, typer.Option(help="Chỉ một nguồn.")] = None,
    kind: Annotated[str | None, typer.Option(help="Chỉ một loại, ví dụ missing_period.")] = None,
    state: Annotated[str, typer.Option(help="open, resolved, accepted hoặc all.")] = "open",
    unread: Annotated[bool, typer.Option("--unread", help="Liệt kê từ ngữ trong tệp chưa hiểu được.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Những gì còn thiếu hoặc sai, ai phải sửa và sửa thế nào."""
    from dagster_project.contracts.gap_kinds import GapKind
    from dagster_project.contracts.registry import load_registry
    from dagster_project.warehouse.query import ask, find_current_file

    _require_one_of(state, _GAP_STATES, "tình trạng")
    _require_one_of(kind, get_args(GapKind), "loại")
    _require_one_of(feed, sorted(load_registry().feeds), "nguồn")
    if unread and (kind is not None or state != "open"):
        raise UsageError("--unread không đi với --kind, --state.", "Bỏ bớt; --feed thì được.")
    if unread:
        _print_unread(find_home(home), feed, as_json)
        return 0
    found = ask(find_current_file(find_home(home)), _GAPS, (state, state, feed, feed, kind, kind))
    listed = sorted(found.to_records(), key=_count_waiting, reverse=True)
    if as_json:
        print_json(listed)
        return 0
    for gap in listed:
        place = f" · {gap['commune_vi']} ({gap['commune_code']})" if gap["commune_code"] else ""
        mark = "" if gap["state"] == "open" else f" · {lower_first(GAP_STATE_VI[gap['state']])}"
        waiting = f" · {spell(_count_waiting(gap))} kết luận đang chờ" if _count_waiting(gap) else ""
        kind_vi = f"{GAP_KIND_VI[gap['kind']]} ({gap['kind']})"
        what = f"[{SEVERITY_VI[gap['severity']]}] {kind_vi} · {gap['feed_id']}{place}"
        typer.echo(f"{what} · {gap['period'] or '-'} · {gap['gap_id']}{mark}{waiting}")
        counted = "" if gap["rows_affected"] is None else f", {spell(gap['rows_affected'])} dòng"
        since = f"từ {spell(gap['first_seen'])}{counted}"
        typer.echo(f"    {since} · {gap['who_fixes'] or '-'}: {gap['what_to_do_vi']}")
    typer.echo(f"{spell(len(found.rows))} khoảng trống. Chi tiết từng cái: haicap why MÃ.")
    return 0


def _print_unread(home: Home, feed: str | None, as_json: bool) -> None:
    """Print the words of files that nobody understood, what they cost, and which key of the layout teaches them."""
    from dagster_project.explain.unread_words import list_unread
    from dagster_project.warehouse.query import find_current_file

    words = list_unread(home, find_current_file(home), feed)
    if as_json:
        print_json([asdict(word) for word in words])
        return
    if words:
        rows = (
            (w.feed_id, " hoặc ".join(f"“{one}”" for one in (w.word, *w.or_else)), w.seems_vi, w.taught_in, w.harm_vi,
             w.files, w.first_seen, w.example)
            for w in words
        )  # fmt: skip
        heads = ("Nguồn", "Chữ trong tệp", "Có vẻ là", "Dạy ở khóa", "Ảnh hưởng", "Số tệp", "Từ ngày", "Ví dụ ở tệp")
        print_table(heads, rows)
    typer.echo(
        f"{spell(len(words))} chữ chưa hiểu. Thêm vào khóa đã nêu của bố cục "
        "(sources/<lĩnh vực>/<khu vực>.layout.yaml); lần chạy sau đọc lại các tệp của nguồn."
    )


def _count_waiting(gap: Mapping[str, Any]) -> int:
    """Return how many verdicts wait for a gap; a version that an earlier haicap built counts none."""
    return int(gap.get("verdicts_waiting") or 0)


def why(
    name: Annotated[str, typer.Argument(help="Mã khoảng trống (hoặc phần đầu), chỉ tiêu, nguồn, tệp, hoặc kiểm tra.")],
    unit: Annotated[str | None, typer.Option(help="Chỉ tiêu: mã hoặc tên đơn vị; mặc định toàn tỉnh.")] = None,
    grain: Annotated[str | None, typer.Option(help="province, former_province, commune hoặc department.")] = None,
    period: Annotated[str | None, typer.Option(help="2025-07, 2025-W28, 2025-Q3, 2025 hoặc to_date.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Nhiều nhất bao nhiêu dòng.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Vì sao: một khoảng trống, một chỉ tiêu, một kiểm tra, đến từng tệp, trang tính, dòng; một nguồn đọc thế nào."""
    from dagster_project.explain.readings import FeedAnswer
    from dagster_project.explain.why import Question, explain
    from dagster_project.explain.why_check import CheckAnswer
    from dagster_project.explain.why_gap import GapAnswer

    answer = explain(find_home(home), Question(name, unit, grain, period, limit))
    if as_json:
        print_json(asdict(answer))
    elif isinstance(answer, GapAnswer):
        _print_gap(answer)
    elif isinstance(answer, CheckAnswer):
        _print_check(answer)
    elif isinstance(answer, FeedAnswer):
        _print_feed(answer)
    else:
        _print_kpi(answer, limit)
    return 0


def _print_gap(answer: GapAnswer) -> None:
    gap = answer.gap
    place = f", {gap['commune_type']} {gap['commune_name']} ({gap['commune_code']})" if gap["commune_code"] else ""
    typer.echo(f"Khoảng trống {gap['gap_id']}: {lower_first(GAP_KIND_VI[gap['kind']])} ({gap['kind']})")
    facts = {
        "Nguồn": f"{gap['feed_vi'] or gap['feed_id']} ({gap['feed_id']}), kỳ {gap['period'] or '-'}{place}",
        "Mức độ": f"{lower_first(SEVERITY_VI[gap['severity']])}, {lower_first(GAP_STATE_VI[gap['state']])}",
        "Quy tắc": " · ".join(part for part in (gap["measure"], gap["detail"]) if part) or "-",
        "Thấy": f"từ {spell(gap['first_seen'])} đến {spell(gap['last_seen'])}",
        "Số dòng": spell(gap["rows_affected"]),
        "Kết luận đang chờ": spell(_count_waiting(gap)),
        "Số liệu nguồn": f"đến {spell(gap['feed_as_of'])}, tệp mới nhất {gap['last_file'] or '-'}",
        "Ai sửa": gap["who_fixes"] or "-",
        "Cần làm": gap["what_to_do_vi"],
    }
    if gap["accepted_until"] is not None:
        facts["Chấp nhận"] = f"đến hết {spell(gap['accepted_until'])} · {gap['accepted_by_vi'] or '-'}"
    _print_facts(facts)
    _print_rows(answer.rows_vi, answer.rows, answer.rows_in_all)
    _print_readings(answer.readings, len(answer.readings))


def _print_feed(answer: FeedAnswer) -> None:
    """Print the files of a feed that are blocked, with the reason, then how the others were read."""
    typer.echo(f"{answer.title_vi} ({answer.feed_id})")
    if answer.refused:
        typer.echo(f"\nTệp bị chặn ({spell(len(answer.refused))}/{spell(answer.refused_in_all)}):")
    for one in answer.refused:
        typer.echo(f"  {one.file} (nhận {spell(one.received_on)}): {one.reason_vi}")
    if any(one.can_be_taught for one in answer.refused):
        typer.echo("  Có chữ dạy được cho bố cục: `haicap gaps --unread` nêu từng chữ và khóa để thêm.")
    if not answer.readings and answer.name is not None:
        typer.echo(f"  Tệp này không vào số liệu. Ai sửa, sửa gì: `haicap gaps --feed {answer.feed_id}`.")
    elif not answer.readings:
        typer.echo("  Chưa có tệp nào được dùng.")
    _print_readings(answer.readings, answer.in_all)


def _print_readings(readings: Sequence[Reading], in_all: int) -> None:
    """Print how columns of files were read, and what told it."""
    if not readings:
        return
    typer.echo(f"\nTệp được đọc thế nào ({spell(len(readings))}/{spell(in_all)}):")
    rows = (
        (r.file, r.sheet or "-", r.column_vi, r.header or "-", r.read_as_vi, r.told_by_vi, r.cells) for r in readings
    )
    print_table(("Tệp", "Trang", "Cột", "Tiêu đề trong tệp", "Đọc là", "Theo", "Số ô"), rows)


def _print_check(answer: CheckAnswer) -> None:
    typer.echo(f"Kiểm tra {answer.name}\n  Khẳng định: {answer.asserts}")
    if not answer.outcomes:
        typer.echo("  Kết quả: chưa chạy lần nào ở đây; chạy `haicap refresh`.")
    for outcome in answer.outcomes:
        where = f"{outcome.feed_id}: " if outcome.feed_id else ""
        failing = "" if outcome.failures is None else f", {spell(outcome.failures)} dòng không đạt"
        typer.echo(
            f"  Kết quả: {where}{_OUTCOME_VI.get(outcome.outcome, outcome.outcome)}{failing} ({outcome.version})"
        )
    _print_rows("Dòng không đạt", answer.rows, answer.rows_in_all)


def _print_kpi(answer: KpiAnswer, limit: int) -> None:
    """Print a cell and what made it, at most `limit` of the gaps that touch it."""
    definition, cell = answer.definition, answer.cell
    unit = definition["unit"]
    typer.echo(f"{definition['title_vi']} ({definition['kpi_id']}) · {answer.unit_vi} · {_show_period(cell)}")
    facts = {
        "Công thức": f"{definition['formula_vi']} (định nghĩa số {cell['definition_no']})",
        "Giá trị": _spell_value(cell, unit),
        "Mục tiêu": _spell_target(answer),
        "Đánh giá": _spell_rating(cell),
        "Độ phủ": spell_measure(cell["coverage"], "percent"),
        "Số liệu": f"cũ nhất đến {spell(cell['oldest_data_date'])}",
        "Căn cứ": f"{definition['legal_basis']} · {definition['owner']}",
    }
    bounds = _spell_bounds(cell, unit)
    if bounds:
        facts["Dù phần còn thiếu nói gì"] = bounds
    if cell["decided_share"] is not None:
        share = spell_measure(cell["decided_share"], "percent")
        facts["Đã rõ kết quả"] = f"{share} hồ sơ (đã xong, hoặc quá hẹn); hồ sơ còn trong hạn tạm tính là đúng hạn"
    if cell["remaining"] is not None:
        facts["Đã đóng"] = f"{spell(definition['valid_to'])}: còn {spell(cell['remaining'])}"
    _print_facts(facts)
    if answer.facts is not None:
        _print_behind(answer.facts)
    _print_parts(answer, unit)
    for place in answer.lacking:
        typer.echo(f"  Chưa đủ số liệu: {place['place']}: {spell(place['units'])} đơn vị ({place['names']})")
    for gap in answer.missing[:limit]:
        about = f"{gap['feed_id']} {gap['period'] or ''} [{gap['gap_id'][:8]}]"
        typer.echo(f"  Còn thiếu: {about}: {lower_first(GAP_KIND_VI[gap['kind']])}. {gap['what_to_do_vi']}")
    if len(answer.missing) > limit:
        typer.echo(f"  Và {spell(len(answer.missing) - limit)} khoảng trống khác: haicap gaps.")


def _spell_value(cell: Mapping[str, Any], unit: str) -> str:
    """Return the value with its parts; of too few things the parts alone."""
    parts = f"{spell_measure(cell['numerator'], 'count')} / {spell_measure(cell['denominator'], 'count')}"
    if cell["is_few"]:
        return parts
    return spell_measure(cell["value"], unit) + (f" = {parts}" if cell["denominator"] is not None else "")


def _spell_target(answer: KpiAnswer) -> str:
    """Return the target at D, what it rises to, and where it comes from."""
    target = answer.target
    if target is None:
        return "không đặt"
    unit = answer.definition["unit"]
    *before, last = target["points"].split("|")
    day, _, value = last.partition(":")
    goal = f", đến {spell(date.fromisoformat(day))}: {spell_measure(float(value), unit)}" if before else ""
    proposal = "" if target["is_confirmed"] else " (đề xuất, chờ tỉnh xác nhận)"
    return f"{spell_measure(answer.cell['target'], unit)}{goal}{proposal} · {target['legal_basis']}"


def _spell_rating(cell: Mapping[str, Any]) -> str:
    told = RATING_VI[cell["rating"]]
    if cell["is_certain"]:
        told += ", chắc chắn dù còn thiếu số liệu"
    return told + (", tạm tính" if cell["is_provisional"] else "")


def _spell_bounds(cell: Mapping[str, Any], unit: str) -> str:
    """Return the least and the greatest value that the missing part allows; '' where nothing is missing or known."""
    low, high = cell["value_low"], cell["value_high"]
    if cell["coverage"] is None or cell["coverage"] >= 1 or (low is None and high is None):
        return ""
    most = "chưa biết nhiều nhất" if high is None else f"nhiều nhất {spell_measure(high, unit)}"
    return f"ít nhất {spell_measure(low, unit)}, {most}"


def _print_parts(answer: KpiAnswer, unit: str) -> None:
    """Print what makes the province's figure, and who holds the backlog."""
    if answer.parts:
        typer.echo("\nCác phần của toàn tỉnh:")
        rows = (
            (name_part(part["part"], part["denominator"]), *_spell_part(part, unit), part["oldest_data_date"])
            for part in answer.parts
        )
        print_table(("Phần", "Tử số", "Mẫu số", "Giá trị", "Số liệu đến"), rows)
    if answer.holders:
        typer.echo("\nĐang ở đâu:")
        rows = ((HOLDER_VI[row["holder"]], row["dossiers"], row["oldest_days"]) for row in answer.holders)
        print_table(("Nơi giữ", "Hồ sơ", "Lâu nhất (ngày)"), rows)


def _spell_part(part: Mapping[str, Any], unit: str) -> tuple[str, ...]:
    """Return numerator, denominator and value; of a part that nothing is known of that it is not known."""
    if part["numerator"] is None:
        return ("chưa biết", "-", "-")
    value = "-" if part["part"] == "unassigned" else spell_measure(part["value"], unit)
    return spell_measure(part["numerator"], "count"), spell_measure(part["denominator"], "count"), value


def _print_behind(facts: Facts) -> None:
    _print_facts(
        {
            "Ai được tính": f"{facts.who_vi}: {spell(facts.counted)}",
            "Làm giảm chỉ tiêu": f"{facts.short_vi}: {spell(facts.short)}",
        }
    )
    for title, rows, code, name in (
        ("Theo thủ tục", facts.causes, "procedure_code", "procedure_name"),
        ("Theo đơn vị", facts.places, "unit_code", "unit_name"),
    ):
        if rows:
            typer.echo(f"\n{title}:")
            shown = ((row["short"], row["counted"], row[code], row[name]) for row in rows)
            print_table(("Không đạt", "Được tính", "Mã", "Tên"), shown)
    _print_rows("Từng hồ sơ" if facts.causes else "Từng đơn vị", facts.examples, facts.examples_in_all)


def _print_facts(facts: Mapping[str, str]) -> None:
    for label, value in facts.items():
        typer.echo(f"  {label}: {value}")


def _print_rows(title: str, rows: Iterable[Mapping[str, Any]], in_all: int) -> None:
    """Print rows as tables, one for all rows of the same columns."""
    rows = list(rows)
    if not rows:
        return
    typer.echo(f"\n{title} ({spell(len(rows))}/{spell(max(in_all, len(rows)))}):")
    while rows:
        columns = tuple(rows[0])
        alike = [row for row in rows if tuple(row) == columns]
        print_table(
            [_COLUMN_VI.get(column, column) for column in columns],
            ([_show_count(v) for v in row.values()] for row in alike),
        )
        rows = [row for row in rows if tuple(row) != columns]


def _show_count(value: object) -> object:
    """Turn a DOUBLE that counts something into an int, to be shown as a count."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _show_period(cell: Mapping[str, Any]) -> str:
    return f"{lower_first(PERIOD_VI[cell['period_kind']])} {spell(cell['period_start'])} – {spell(cell['period_end'])}"


def _require_one_of(value: str | None, known: Iterable[str], what_vi: str) -> None:
    if value is not None and value not in known:
        raise UsageError(f"Không có {what_vi} '{value}'.", f"Dùng {', '.join(known)}.")


_COLUMN_VI = {
    "file": "Tệp",
    "sheet": "Trang",
    "row": "Dòng",
    "column_name": "Cột",
    "rule": "Quy tắc",
    "value": "Giá trị",
    "message_vi": "Có gì sai",
    "remedy_vi": "Cần làm",
    "commune_code": "Xã",
    "dossier_id": "Hồ sơ",
    "procedure_code": "Thủ tục",
    "unit_code": "Đơn vị",
    "unit_name": "Tên đơn vị",
    "status_code": "Trạng thái",
    "received_at": "Tiếp nhận",
    "due_at": "Hẹn trả",
    "finished_at": "Xong",
    "stated_at": "Báo lúc",
    "days_overdue": "Trễ (ngày)",
    "working_days": "Ngày làm việc",
    "feed_id": "Nguồn",
    "header": "Cột lạ",
    "period": "Kỳ",
    "data_date": "Ngày số liệu",
    "files": "Số tệp",
    "rows_read": "Đã đọc",
    "rows_accepted": "Nhận",
    "rows_duplicate": "Trùng",
    "rows_quarantined": "Cách ly",
    "state": "Tình trạng",
    "stated": "Tự khai",
    "computed": "Tính lại",
    "difference": "Chênh",
    "measure": "Chỉ số",
    "scope": "Phạm vi",
    "dossiers": "Hồ sơ",
    "portal_code": "Mã trên Cổng",
    "total_received": "Tiếp nhận",
    "total_on_time": "Đúng hạn",
    "short": "Chưa đúng hạn",
    "score": "Điểm",
    "max_score": "Điểm tối đa",
    "project_code": "Mã dự án",
    "project_name": "Dự án",
    "project_plan": "Kế hoạch vốn (đồng)",
    "owner": "Chủ đầu tư",
    "difficulty": "Vướng mắc",
}
