"""`haicap vault`: rows for their sender, the log of who looked, new keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.cli.options import HomeOption, JsonOption, find_home
from dagster_project.cli.output import print_json, print_table, spell
from dagster_project.core.errors import HaicapError, UsageError

if TYPE_CHECKING:
    from dagster_project.core.chained_log import ChainedLog
    from dagster_project.operate.vault_access import SenderFile

vault_app = typer.Typer(
    name="vault", help="Két dữ liệu cá nhân: gửi trả dòng sai, nhật ký truy cập, đổi khóa.", rich_markup_mode=None
)


@vault_app.command()
def show(
    target: Annotated[str, typer.Argument(help="Mã khoảng trống (`haicap gaps`) hoặc mã lô (batch_id).")],
    by: Annotated[str | None, typer.Option(help="Ai xem: họ tên, chức vụ. Bắt buộc.")] = None,
    why: Annotated[str | None, typer.Option(help="Vì sao xem. Bắt buộc.")] = None,
    row: Annotated[int | None, typer.Option(min=1, help="Chỉ một dòng của trang tính.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Nhiều nhất bao nhiêu dòng.")] = 200,
    home: HomeOption = None,
) -> int:
    """In các dòng cần gửi trả cơ quan; mỗi lần xem đều vào nhật ký."""
    from dagster_project.operate.vault_access import Request
    from dagster_project.operate.vault_access import show as look

    for file in look(find_home(home), Request(target, by, why, row, limit)):
        _print_file(file)
    return 0


@vault_app.command()
def log(
    verify: Annotated[bool, typer.Option("--verify", help="Kiểm tra nhật ký không bị sửa, không mất dòng.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Ai đã xem két, lúc nào, vì sao, những dòng nào; cả những lần bị từ chối."""
    from dagster_project.operate.access_log import open_access_log

    kept = open_access_log(find_home(home))
    if verify:
        return _verify(kept)
    entries = [line.entry for line in kept.read_lines()]
    if as_json:
        print_json(entries)
        return 0
    headers = ("Số", "Lúc", "Ai", "Tài khoản", "Việc", "Mã", "Kết quả", "Vì sao")
    print_table(
        headers,
        (
            [
                *(entry.get(name) for name in ("number", "at", "by", "account", "action", "target")),
                *_describe_outcome(entry),
            ]
            for entry in entries
        ),
    )
    return 0


@vault_app.command()
def rotate_keys(
    archive: Annotated[bool, typer.Option("--archive", help="Đổi khóa kho lưu.")] = False,
    vault: Annotated[bool, typer.Option("--vault", help="Đổi khóa két.")] = False,
    home: HomeOption = None,
) -> int:
    """Mã hóa lại mọi tệp bằng khóa mới; bị ngắt giữa chừng thì chạy lại."""
    from dagster_project.operate.rotate_keys import Store
    from dagster_project.operate.rotate_keys import rotate_keys as rotate
    from dagster_project.operate.vault_access import log_rotation

    if not (archive or vault):
        raise UsageError("Chưa nói đổi khóa nào.", "Thêm --archive, --vault, hoặc cả hai.")
    place = find_home(home)
    if not place.root.is_dir():
        raise HaicapError(f"Chưa có gì trong {place.root}.", "Chạy `haicap refresh` trước.")
    stores: list[tuple[Store, str]] = [("archive", "Kho lưu")] if archive else []
    stores += [("vault", "Két")] if vault else []
    for store, name in stores:
        done = rotate(place, store)
        log_rotation(place, store, done.objects)
        resumed = " (tiếp lần đổi khóa dở dang)" if done.resumed else ""
        typer.echo(f"{name}{resumed}: {spell(done.rewritten)}/{spell(done.objects)} tệp được mã hóa lại bằng khóa mới.")
        if done.from_environment:
            typer.echo(f"Nay có thể bỏ biến HAICAP_{store.upper()}_KEY_OLD.")
    return 0


def _verify(kept: ChainedLog) -> int:
    verdict = kept.verify()
    for fault in verdict.faults_vi:
        typer.echo(f"Nhật ký không nguyên vẹn: {fault}.", err=True)
    if verdict.torn:
        typer.echo(f"{spell(verdict.torn)} mẩu dòng bị cắt do máy dừng; lần xem tương ứng không diễn ra.")
    if verdict.faults_vi:
        return 1
    typer.echo(f"Nhật ký nguyên vẹn: {spell(verdict.lines)} dòng, mã dòng cuối {verdict.head.sha256}.")
    typer.echo("Chép số dòng và mã này ra sổ ngoài hệ thống để lần sau đối chiếu.")
    return 0


def _describe_outcome(entry: dict[str, object]) -> tuple[object, object]:
    rows = entry.get("rows")
    seen = "; ".join(f"{batch}: {numbers}" for batch, numbers in rows.items()) if isinstance(rows, dict) else "được"
    return (seen if entry.get("granted") else f"từ chối: {entry.get('refusal')}"), entry.get("why")


def _print_file(file: SenderFile) -> None:
    typer.echo(f"Lô {file.batch} · {file.feed.feed_id} · {', '.join(file.files)}")
    typer.echo(f"Gửi trả: {file.feed.layout.owner_vi}")
    for row in file.rows:
        typer.echo(f"\n{f'Trang tính {row.sheet}, dòng' if row.sheet else 'Dòng'} {row.row}")
        for label, cell in row.cells.items():
            typer.echo(f"    {label}: {cell}")
        for fault in row.faults:
            value = f" (ghi: {fault.value})" if fault.value else ""
            typer.echo(f"  ! {fault.message_vi}{value} {fault.remedy_vi}")
    if file.left_out:
        typer.echo(f"\nCòn {spell(file.left_out)} dòng nữa; thêm --limit để xem nhiều hơn.")
    typer.echo()
