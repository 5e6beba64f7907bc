"""`haicap new-feed`: a layout from a sample file, for a person to finish."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.cli.output import spell
from dagster_project.core.errors import HaicapError, UsageError

if TYPE_CHECKING:
    from dagster_project.ingest.new_feed.draft import Draft

_AREA = re.compile(r"[a-z][a-z0-9]{0,15}")
_UNITS = ("dong", "trieu_dong")


def new_feed(
    sample: Annotated[Path, typer.Argument(help="Một tệp mẫu của cơ quan.")],
    domain: Annotated[str, typer.Option(help="Lĩnh vực: tên thư mục trong sources/.")],
    area: Annotated[str, typer.Option(help="Khu vực hoặc cơ quan gửi: chữ thường, không dấu.")],
    money_unit: Annotated[str | None, typer.Option(help="Đơn vị tiền khi tệp không ghi: dong hoặc trieu_dong.")] = None,
) -> int:
    """Viết bố cục cho một nguồn mới từ một tệp mẫu."""
    from dagster_project.contracts.registry import load_registry
    from dagster_project.core.paths import IS_CHECKOUT, LAYOUTS_DIR, PROVINCE_DIR, PROVINCE_VARIABLE
    from dagster_project.ingest.new_feed.draft import read_sample
    from dagster_project.ingest.new_feed.draft_yaml import render_layout

    _check(sample, area, money_unit)
    if PROVINCE_DIR is None and not IS_CHECKOUT:
        # The folder of an installed package is replaced by the next release, and the layout would go with it.
        raise UsageError("Bản đã cài không nhận thêm bố cục.", f"Làm trong bản mã nguồn, hoặc đặt {PROVINCE_VARIABLE}.")
    registry = load_registry()
    path = LAYOUTS_DIR / domain / f"{area}.layout.yaml"
    unfinished = path.with_name(path.name + ".draft")
    taken = next((p for p in (path, unfinished) if p.exists()), None)
    if taken is not None or f"{domain}_{area}" in registry.feeds:
        raise UsageError(
            f"Nguồn {domain}_{area} đã có{f': {taken}' if taken else ''}.", "Chọn --area khác, hoặc sửa tệp đó."
        )
    draft = read_sample(sample.read_bytes(), sample.name, domain, area, registry, money_unit)
    content = render_layout(draft, registry.contracts[domain], sample.name)
    trial = _try_out(content, sample, draft)
    target = unfinished if draft.open_points else path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as file:
        file.write(content)
    _tell(draft, target, trial)
    return 0


def _check(sample: Path, area: str, money_unit: str | None) -> None:
    if not sample.is_file():
        raise UsageError(f"Không thấy tệp mẫu {sample}.", "Kiểm tra đường dẫn.")
    if not _AREA.fullmatch(area):
        raise UsageError(f"Tên khu vực '{area}' không đúng.", "Dùng chữ thường không dấu và số, ví dụ ttpt.")
    if money_unit not in (None, *_UNITS):
        raise UsageError(f"Đơn vị tiền '{money_unit}' không đúng.", f"Dùng {' hoặc '.join(_UNITS)}.")


def _try_out(content: str, sample: Path, draft: Draft) -> str | None:
    """Read the sample by the new layout as a night would, and say how it went.

    A fault becomes an open point of the draft; the answer is then None.
    """
    from tempfile import TemporaryDirectory

    from dagster_project.contracts.models import read_feed
    from dagster_project.contracts.registry import load_registry
    from dagster_project.ingest.landing.parse import parse_file

    registry = load_registry()
    if draft.open_points:
        return None
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{draft.area}.layout.yaml"
        path.write_text(content, encoding="utf-8")
        try:
            feed = read_feed(path, registry.contracts[draft.domain])
            batch, _ = parse_file(sample.read_bytes(), sample.name, feed, registry, b"a trial keeps no pseudonym")
        except HaicapError as fault:
            draft.open_points.append(f"Đọc thử tệp mẫu chưa được: {fault.message_vi}")
            return None
    read, refused = batch["rows_read"] - batch["rows_not_data"], batch["rows_quarantined"]
    return f"Đọc thử tệp mẫu: {spell(read)} dòng số liệu, {spell(refused)} dòng bị cách ly."


def _tell(draft: Draft, target: Path, trial: str | None) -> None:
    typer.echo(f"Đã viết {target}")
    typer.echo(f"Khớp {spell(len(draft.headers))} cột, {spell(len(draft.unmatched))} tiêu đề chưa khớp.")
    for point in draft.open_points:
        typer.echo(f"  Cần làm: {point}")
    if trial is not None:
        typer.echo(trial)
        typer.echo(f"Điền tên nguồn và cơ quan, xem các dòng có #!, rồi đặt tệp vào hộp thư: {draft.feed_id}/")
    else:
        typer.echo(f"Làm xong các dòng có #! thì đổi tên tệp thành {target.name.removesuffix('.draft')}.")
