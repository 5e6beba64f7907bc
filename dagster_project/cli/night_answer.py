"""How a night ended: the answer of `haicap refresh`, as one document for programs and in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from dagster_project.cli.output import spell
from dagster_project.extracts.words import FEED_STATE_VI, lower_first

if TYPE_CHECKING:
    from dagster_project.ingest.transports.pull import PullResult
    from dagster_project.night.session import NightSession


def describe_night(session: NightSession) -> dict[str, Any]:
    """Describe how the night ended, for people and programs alike; `exit_code` is the command's."""
    from dagster_project.explain.unmet_feeds import list_unmet_feeds
    from dagster_project.extracts.write import LATEST, count_owners_workbooks
    from dagster_project.warehouse import versions
    from dagster_project.warehouse.identity import read_version

    newest = session.find_newest_file()
    unmet = list_unmet_feeds(newest)
    exit_code = 1 if session.faults.feeds else 3 if unmet else 0
    is_shown = session.is_aside and read_version(newest.name) == session.identity.version
    extracts = session.home.extracts / (read_version(newest.name) if is_shown else LATEST)
    return {
        "result": "unchanged" if session.published is None else "published",
        "version": read_version(newest.name),
        "as_of": session.as_of.isoformat(),
        "current": versions.read_current_version(session.home),
        "pinned": versions.read_pinned_version(session.home),
        "aside": session.describe_aside(),
        "file": str(newest if is_shown else session.home.current),
        "extracts": str(extracts),
        "owners_workbooks": count_owners_workbooks(extracts),
        "feeds": [_describe_feed(session, feed_id) for feed_id in sorted(session.landed)],
        "pulls": {feed_id: _describe_pull(pulled) for feed_id, pulled in sorted(session.pulled.items())},
        "still_written": list(session.scan.still_written),
        "strangers": session.scan.strangers,
        "unmet": unmet,
        "idle_decisions": session.list_idle_rejections(),
        "exit_code": exit_code,
    }


def _describe_feed(session: NightSession, feed_id: str) -> dict[str, Any]:
    landed = session.landed[feed_id]
    return {
        "feed_id": feed_id,
        "files": landed.files,
        "read_again": landed.read_again,
        "of_layout": landed.of_layout,
        "unblocked": landed.unblocked,
        "rows_read": landed.rows_read,
        "rows_quarantined": landed.rows_quarantined,
        "blocked": landed.blocked,
        "fault": session.faults.feeds.get(feed_id),
    }


def _describe_pull(pulled: PullResult) -> dict[str, Any]:
    fault = pulled.fault
    if fault is None:
        return {"files": pulled.files, "fault": None, "message": None}
    return {"files": pulled.files, "fault": fault.kind, "message": f"{fault.message_vi} {fault.remedy_vi}"}


def _print_feeds(answer: dict[str, Any]) -> None:
    """Print what became of each feed's files, which files wait, and which folders belong to no feed."""
    for feed_id, pull in answer.get("pulls", {}).items():
        if pull["fault"]:
            typer.echo(f"  {feed_id}: KHÔNG lấy được hết từ nguồn, dùng số liệu đã có: {pull['message']}")
    for feed in answer["feeds"]:
        if feed["files"]:
            counted = f"{_spell_files(feed)}, {spell(feed['rows_read'])} dòng đã đọc"
            typer.echo(f"  {feed['feed_id']}: {counted}, {spell(feed['rows_quarantined'])} dòng bị cách ly")
        for file, reason in feed["blocked"].items():
            typer.echo(f"  {feed['feed_id']}: không dùng được tệp {file}: {reason}")
    for fault, feed_ids in _group_by_fault(answer["feeds"]).items():
        typer.echo(f"  {', '.join(feed_ids)}: KHÔNG nhận được, giữ số liệu cũ: {fault}")
    for file in answer["still_written"]:
        typer.echo(f"  {file}: còn đang được ghi, để đêm sau")
    for name, meant in answer["strangers"].items():
        hint = f"có phải nguồn {meant}? Đổi tên thư mục cho đúng" if meant else "chuyển vào thư mục của nguồn nếu cần"
        typer.echo(f"  {name}: không thuộc nguồn nào nên không được đọc; {hint}.")


def _spell_files(feed: dict[str, Any]) -> str:
    """Say how many files of a feed are new, and how many are read again, and why."""
    new = feed["files"] - feed["read_again"]
    parts = [f"{spell(new)} tệp mới"] if new else []
    if feed["read_again"]:
        why = "đọc lại vì bố cục đổi" if feed["of_layout"] else "đọc lại từ kho lưu"
        freed = f" ({spell(feed['unblocked'])} trước đây bị chặn nay đọc được)" if feed["unblocked"] else ""
        parts.append(f"{why}: {spell(feed['read_again'])} tệp{freed}")
    return ", ".join(parts)


def _group_by_fault(feeds: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Group the feeds that were not landed by what was said of them, so that a common fault is told once."""
    found: dict[str, list[str]] = {}
    for feed in feeds:
        if feed["fault"]:
            found.setdefault(feed["fault"], []).append(feed["feed_id"])
    return found


def print_night(answer: dict[str, Any]) -> None:
    """Print for people what `describe_night` told."""
    _print_feeds(answer)
    for feed in answer["unmet"]:
        typer.echo(f"  {feed['feed_id']}: {lower_first(FEED_STATE_VI[feed['state']])}")
    for rejection in answer["idle_decisions"]:
        typer.echo(f"  decisions.yaml: quyết định bỏ tệp {rejection} không khớp tệp nào đã nhận; kiểm tra mã băm")
    if answer["result"] == "unchanged":
        known = "đã được công bố" if answer["aside"] else "đã là bản mới nhất"
        typer.echo(f"Không có gì mới: bản {answer['version']} {known}, không công bố lại.")
    else:
        typer.echo(f"Đã công bố bản {answer['version']}.")
    if answer["aside"]:
        typer.echo(answer["aside"])
    elif answer["pinned"] is not None and answer["current"] != answer["version"]:
        typer.echo(f"Bản hiện hành vẫn là {answer['current']} do đã ghim; bỏ ghim: haicap rollback --lift.")
    typer.echo(f"Tệp: {answer['file']}\nBản trích: {answer['extracts']}")
    if answer["owners_workbooks"]:
        from dagster_project.extracts.write import OWNERS

        where = f"{answer['extracts']}/{OWNERS}"
        typer.echo(f"Việc cần sửa: {spell(answer['owners_workbooks'])} cơ quan, mỗi cơ quan một tệp trong {where}")
    typer.echo(f"Xong sau {spell(answer['seconds'])} giây.")
