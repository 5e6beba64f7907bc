"""`haicap release`: a person lets the e-mail of a version go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.cli.options import HomeOption
from dagster_project.cli.output import spell
from dagster_project.core.errors import HaicapError, UsageError

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.extracts.notice.mail import Mail
    from dagster_project.extracts.notice.send import Outcome, Record
    from dagster_project.settings.notice import NoticeSettings
    from dagster_project.warehouse.versions import Version


def release(
    version: Annotated[str, typer.Argument(help="Phiên bản: tên, phần đầu của tên; latest là bản hiện hành.")],
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ cho xem thư, không gửi.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Lần trước đứt giữa chừng và không ai nhận được: gửi lại.")
    ] = False,
    sent: Annotated[bool, typer.Option("--sent", help="Lần trước đứt giữa chừng nhưng đã đến: ghi là đã gửi.")] = False,
) -> int:
    """Cho gửi thư của một phiên bản tới lãnh đạo; mỗi phiên bản một lần."""
    from dagster_project.extracts.notice.mail import compose
    from dagster_project.extracts.notice.send import mark_sent, read_record, send
    from dagster_project.settings.settings import load_settings
    from dagster_project.warehouse.lock import hold_night_lock

    if again + sent + dry_run > 1:
        raise UsageError("--again, --sent và --dry-run không đi cùng nhau.")
    settings = load_settings(home)
    notice = settings.notice
    if notice is None:
        raise HaicapError("Chưa cấu hình thư thông báo.", "Thêm phần notice vào haicap.yaml (docs/thu-thong-bao.md).")
    chosen = _choose(settings.home, version)
    name = chosen.entry.version
    if dry_run:
        _show(compose(settings.home, chosen, notice), notice, read_record(settings.home, name))
        return 0
    with hold_night_lock(settings.home):
        known = read_record(settings.home, name)
        if known is not None and known.state == "sent":
            typer.echo(f"Thư của phiên bản {name} đã gửi lúc {spell(known.at)}, không gửi lại.")
            return 0
        if sent:
            if known is None:
                raise UsageError(f"Chưa lần nào bắt đầu gửi thư của phiên bản {name}.")
            mark_sent(settings.home, name)
            typer.echo(f"Đã ghi: thư của phiên bản {name} đã gửi.")
            return 0
        mail = compose(settings.home, chosen, notice)
        return _tell(name, send(settings.home, mail, notice, again=again, sleep=_wait))


def _choose(home: Home, version: str) -> Version:
    """Find the version that a person means. `latest` is the one that readers see, also when it was rolled back to.

    Raises UsageError for an unknown version, for one whose file is no longer kept, and for one aside.
    """
    from dagster_project.warehouse.versions import LATEST, choose, find, read_current_version

    if version == LATEST:
        version = read_current_version(home) or version
    chosen = choose(home, find(home, version).entry.version)
    if chosen.newest_since is None and not chosen.is_current:
        raise UsageError(
            f"Phiên bản {chosen.entry.version} để riêng (tính lại ngày cũ, hoặc diễn tập): không gửi thư.",
            "Chọn phiên bản khác trong `haicap versions`.",
        )
    return chosen


def _wait(seconds: float) -> None:
    typer.echo(f"Chưa gửi được, thử lại sau {seconds:.0f} giây …", err=True)
    time.sleep(seconds)


def _tell(version: str, outcome: Outcome) -> int:
    typer.echo(f"Đã gửi thư của phiên bản {version} tới {len(outcome.accepted)} người: {', '.join(outcome.accepted)}.")
    for recipient, reason in outcome.refused.items():
        typer.echo(f"KHÔNG đến được {recipient}: {reason}. Sửa địa chỉ và báo riêng người đó.", err=True)
    if outcome.chat_fault:
        typer.echo(f"Chưa báo được vào nhóm chat: {outcome.chat_fault}. Thư đã đi, không cần gửi lại.", err=True)
    return 1 if outcome.refused else 0


def _show(mail: Mail, notice: NoticeSettings, known: Record | None) -> None:
    body = mail.message.get_body(("plain",))
    typer.echo(f"Qua: {notice.smtp_host}:{notice.port} ({'STARTTLS' if notice.starttls else 'không mã hóa'})")
    for header in ("From", "To", "Subject"):
        typer.echo(f"{header}: {mail.message[header]}")
    typer.echo("")
    typer.echo(str(body.get_content()).rstrip("\n") if body is not None else "")
    typer.echo("")
    for path in mail.attachments:
        typer.echo(f"Tệp kèm: {path.name} ({spell(path.stat().st_size)} byte)")
    if known is not None:
        typer.echo(f"Ghi nhận: {'đã gửi' if known.state == 'sent' else 'không rõ đã đi chưa'}, lúc {spell(known.at)}.")
    typer.echo("Chỉ xem, chưa gửi.")
