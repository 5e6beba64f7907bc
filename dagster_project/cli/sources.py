"""Commands about the systems that feeds are fetched from: `pull`, `doctor`; and `backup`."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.cli.options import HomeOption, JsonOption, parse_day
from dagster_project.cli.output import print_json, print_table, spell
from dagster_project.core.errors import UsageError

if TYPE_CHECKING:
    from dagster_project.core.paths import Home
    from dagster_project.settings.settings import Settings

KIND_VI = {
    "inbox": "hộp thư",
    "folder": "thư mục khác",
    "sftp": "SFTP",
    "http": "HTTP",
    "portal": "Cổng quốc gia",
    "sql": "cơ sở dữ liệu",
}
SOURCE_IS_WRONG = 3
"""Exit code when a source does not answer; a night that lacks a feed ends with the same."""
_LEAST_FREE_BYTES = 2 * 1024**3
_NOT_WRITABLE = "không ghi được; trả thư mục về tài khoản chạy đêm (chown), quyền 0750 (chmod)"


def pull(
    feeds: Annotated[list[str] | None, typer.Argument(help="Các nguồn; mặc định mọi nguồn đã cấu hình.")] = None,
    home: HomeOption = None,
    start: Annotated[str | None, typer.Option("--from", help="Lấy lại từ ngày YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Đến hết ngày YYYY-MM-DD.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Lấy dữ liệu từ các hệ thống nguồn ngay bây giờ, hoặc lấy lại một kỳ đã qua; `refresh` sẽ đọc."""
    from dagster_project.contracts.registry import load_registry
    from dagster_project.ingest.transports.factory import refuse_unfit
    from dagster_project.ingest.transports.pull import Puller
    from dagster_project.settings.settings import load_settings
    from dagster_project.warehouse.lock import hold_night_lock

    settings, first, last = load_settings(home), parse_day(start), parse_day(end)
    if last is not None and (first is None or last < first):
        raise UsageError("Kỳ lấy lại không đúng.", "Dùng --from và --to, ngày đầu không sau ngày cuối.")
    registry = load_registry()
    refuse_unfit(settings.sources.feeds, registry.feeds)
    unknown = sorted(set(feeds or ()) - set(settings.sources.feeds))
    if unknown or not settings.sources.feeds:
        raise UsageError(
            f"Chưa cấu hình nơi lấy cho {', '.join(unknown) or 'nguồn nào'}.",
            "Khai trong phần sources của haicap.yaml.",
        )
    with hold_night_lock(settings.home):
        puller = Puller(settings.home, registry, settings.sources, settings.choose_as_of())
        pulled = puller.pull(feeds or None, first, last)
    # The cursor stays: what was fetched is landed by the next night, which asks again and meets the same bytes.
    told = {feed_id: {"files": p.files, "fault": p.fault and p.fault.kind} for feed_id, p in sorted(pulled.items())}
    if as_json:
        print_json(told)
    else:
        rows = [(f, spell(p.files), p.fault.message_vi if p.fault else "xong") for f, p in sorted(pulled.items())]
        print_table(("Nguồn", "Tệp mới", "Kết quả"), rows)
        if any(p.files for p in pulled.values()):
            typer.echo("Chạy `haicap refresh` để đọc những tệp vừa lấy.")
        if any(p.fault for p in pulled.values()):
            typer.echo("Nguồn không lấy được: `haicap doctor` nói phải sửa gì.")
    return SOURCE_IS_WRONG if any(p.fault for p in pulled.values()) else 0


def doctor(
    feeds: Annotated[list[str] | None, typer.Argument(help="Các nguồn muốn thử; mặc định tất cả.")] = None,
    home: HomeOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="Lập lại các tệp hỏng nếu được; nói đã làm gì.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Thử thư mục cài đặt, tệp của nó và từng nguồn như đêm sẽ làm; nói rõ chỗ nào hỏng và sửa thế nào."""
    from dagster_project.settings.settings import load_settings

    settings = load_settings(home)
    if repair:
        _repair(settings.home, quiet=as_json)
    found = [*_check_home(settings), *_check_files(settings.home), *_check_feeds(settings, feeds)]
    if as_json:
        print_json(found)
    else:
        rows = [(f["what"], f["how"], "được" if f["is_good"] else "HỎNG", f["said"]) for f in found]
        print_table(("Thử", "Cách lấy", "", "Thấy gì"), rows)
    return 0 if all(f["is_good"] for f in found) else SOURCE_IS_WRONG


def backup(
    target: Annotated[Path, typer.Argument(help="Nơi giữ bản sao; chạy lại thì chỉ chép phần mới.")],
    home: HomeOption = None,
    keys_to: Annotated[Path | None, typer.Option(help="Nơi khác, giữ bản sao của khóa.")] = None,
) -> int:
    """Sao lưu thư mục cài đặt (không kèm khóa và bí mật) trong lúc không có đêm nào chạy."""
    from dagster_project.operate.backup import back_up, back_up_keys
    from dagster_project.settings.settings import load_settings

    place = load_settings(home).home
    done = back_up(place, target, keys_to)
    typer.echo(f"Đã sao lưu vào {target}: {spell(done.copied)} tệp mới, {spell(done.kept)} tệp như cũ, "
               f"{spell(done.removed)} tệp hết hạn lưu đã bỏ.")  # fmt: skip
    if keys_to is not None:
        typer.echo(f"Khóa: {spell(back_up_keys(place, keys_to))} tệp vào {keys_to}. Giữ tách khỏi bản sao dữ liệu.")
    else:
        typer.echo("Chưa sao lưu khóa: thêm --keys-to NƠI_KHÁC. Mất khóa là mất tệp gốc.")
    return 0


def _check_home(settings: Settings) -> list[dict[str, Any]]:
    root = settings.home.root
    above = next(path for path in (root, *root.parents) if path.is_dir())
    is_writable = os.access(above, os.W_OK | os.X_OK)
    free = shutil.disk_usage(above).free
    enough = free >= _LEAST_FREE_BYTES
    room = f"còn trống {free / 1024**3:.1f} GB".replace(".", ",")
    said = "không ghi được" if not is_writable else room if enough else f"{room}, nên có từ 2 GB"
    if not root.is_dir():
        said += "; chưa có thư mục này: cài mới thì `haicap refresh` sẽ tạo, gõ nhầm thì sửa --home hoặc HAICAP_HOME"
    about = {"what": str(root), "how": "thư mục cài đặt"}
    return [
        about | {"is_good": is_writable and enough, "said": said},
        *(about | {"what": str(path), "is_good": False, "said": _NOT_WRITABLE} for path in _list_closed(root)),
    ]


def _list_closed(root: Path) -> list[Path]:
    """List the folders of a home into which a night could not write."""
    folders = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    return sorted(path for path in folders if not os.access(path, os.W_OK | os.X_OK))


def _repair(home: Home, quiet: bool) -> None:
    """Mend what can be mended, and say what was done. Raises NightRunningError while a night runs."""
    from dagster_project.night.mend import repair

    if home.root.is_dir():
        count = repair(home, lambda line: typer.echo(line, err=quiet))
        nothing = "Không có tệp nào tự sửa được; còn hỏng gì thì nêu dưới đây."
        typer.echo(f"Đã sửa {spell(count)} chỗ." if count else nothing, err=quiet)


def _check_files(home: Home) -> list[dict[str, Any]]:
    """Check the files of the home; one line for each that is damaged, or one that all is well."""
    from dagster_project.night.damage import Damage
    from dagster_project.night.mend import list_damage

    if not home.root.is_dir():
        return []
    found = [
        f"{one.path} hỏng; đêm sau, hoặc `haicap doctor --repair`: {one.done_vi}"
        if isinstance(one, Damage)
        else f"{one.message_vi} {one.remedy_vi}"
        for one in list_damage(home, thoroughly=True)
    ]
    about = {"what": str(home.root), "how": "tệp của haicap"}
    return [about | {"is_good": False, "said": said} for said in found] or [
        about | {"is_good": True, "said": "nguyên vẹn"}
    ]


def _check_feeds(settings: Settings, feeds: list[str] | None) -> list[dict[str, Any]]:
    from dagster_project.contracts.registry import load_registry
    from dagster_project.ingest.landing.taught_words import check_taught_words
    from dagster_project.ingest.transports.factory import refuse_unfit
    from dagster_project.ingest.transports.pull import check_source

    registry = load_registry()
    check_taught_words(registry.feeds.values())
    refuse_unfit(settings.sources.feeds, registry.feeds)
    unknown = sorted(set(feeds or ()) - set(registry.feeds))
    if unknown:
        raise UsageError(f"Không có nguồn {', '.join(unknown)}.", f"Các nguồn: {', '.join(sorted(registry.feeds))}.")

    def check_one(feed_id: str) -> dict[str, Any]:
        source = settings.sources.feeds.get(feed_id)
        if source is None:
            is_good, said = _check_inbox(settings, feed_id)
        else:
            is_good, said = check_source(settings.home, registry.feeds[feed_id], source, settings.sources)
        how = KIND_VI["inbox" if source is None else source.kind]
        return {"what": feed_id, "how": how, "is_good": is_good, "said": said}

    with ThreadPoolExecutor(settings.sources.limits.parallel) as pool:
        return list(pool.map(check_one, sorted(feeds or registry.feeds)))


def _check_inbox(settings: Settings, feed_id: str) -> tuple[bool, str]:
    """Check a feed that comes into the inbox; before the first delivery its folder need not be there."""
    from dagster_project.ingest.receive.inbox import is_link, list_candidate_files

    inbox = settings.inbox_or_demo
    if not inbox.is_dir():
        is_told = settings.inbox is not None
        return not is_told, f"không thấy hộp thư {inbox}" if is_told else "chưa cấu hình hộp thư"
    folder = inbox / feed_id
    if not folder.is_dir():
        return True, "chưa có thư mục trong hộp thư, chưa có tệp nào"
    if not os.access(folder, os.R_OK | os.X_OK):
        return False, f"không có quyền đọc {folder}"
    files = list_candidate_files(folder)
    closed = [path.name for path in files if is_link(path) or not os.access(path, os.R_OK)]
    return not closed, f"{len(closed)} tệp không đọc được, ví dụ {closed[0]}" if closed else f"thấy {len(files)} tệp"
