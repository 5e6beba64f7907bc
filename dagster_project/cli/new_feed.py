"""`haicap new-feed`: a layout from a sample file, for a person to finish."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.cli.output import spell
from dagster_project.core.errors import HaicapError, UsageError

if TYPE_CHECKING:
    from dagster_project.contracts.registry import Registry
    from dagster_project.ingest.new_feed.draft import Draft

_AREA = re.compile(r"[a-z][a-z0-9]{0,15}")
_UNITS = ("dong", "trieu_dong")


def new_feed(
    sample: Annotated[Path, typer.Argument(help="Một tệp mẫu của cơ quan.")],
    domain: Annotated[str, typer.Option(help="Lĩnh vực: tên thư mục trong sources/.")],
    area: Annotated[str, typer.Option(help="Khu vực hoặc cơ quan gửi: chữ thường, không dấu.")],
    money_unit: Annotated[str | None, typer.Option(help="Đơn vị tiền khi tệp không ghi: dong hoặc trieu_dong.")] = None,
) -> int:
    """Viết nháp bố cục cho một nguồn mới từ một tệp mẫu."""
    from dagster_project.contracts.registry import load_registry
    from dagster_project.core.paths import IS_CHECKOUT, LAYOUTS_DIR, PROVINCE_DIR, PROVINCE_VARIABLE

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
    draft, layout = _study(Asked(sample, domain, area, money_unit))
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    with unfinished.open("x", encoding="utf-8") as file:
        file.write(layout)
    _tell(draft, unfinished, registry)
    return 0


@dataclass(frozen=True)
class Asked:
    """Holds what a layout is drafted from; `new_feed` has checked it."""

    sample: Path
    domain: str
    area: str
    money_unit: str | None


def _study(asked: Asked) -> tuple[Draft, str]:
    """Draft a layout in a process with the bounds of a night's reading; return it and its text.

    Raises HaicapError for a sample that cannot be read, or not within the bounds.
    """
    from dagster_project.core.workers import Worker
    from dagster_project.settings.limits import DEFAULT_READING

    with Worker(draft_layout, DEFAULT_READING.bounds) as worker:
        answer = worker.ask(asked, asked.sample.name)
    if isinstance(answer, HaicapError):
        raise answer
    return answer


def draft_layout(asked: Asked) -> tuple[Draft, str] | HaicapError:
    """Read the sample and draft its layout, or return why it cannot be: an error does not pass between processes."""
    from dagster_project.contracts.registry import load_registry
    from dagster_project.ingest.new_feed.draft import read_sample
    from dagster_project.ingest.new_feed.draft_yaml import make_feed, render_layout
    from dagster_project.ingest.new_feed.evidence import gather_evidence

    registry, name = load_registry(), asked.sample.name
    try:
        content = asked.sample.read_bytes()
        draft = read_sample(content, name, asked.domain, asked.area, registry, asked.money_unit)
        feed = make_feed(draft, registry, name)
        draft.note_evidence(gather_evidence(content, name, feed, registry, is_whole=not draft.missing))
        return draft, render_layout(draft, registry, name)
    except HaicapError as fault:
        return fault


def _check(sample: Path, area: str, money_unit: str | None) -> None:
    if not sample.is_file():
        raise UsageError(f"Không thấy tệp mẫu {sample}.", "Kiểm tra đường dẫn.")
    if not _AREA.fullmatch(area):
        raise UsageError(f"Tên khu vực '{area}' không đúng.", "Dùng chữ thường không dấu và số, ví dụ ttpt.")
    if money_unit not in (None, *_UNITS):
        raise UsageError(f"Đơn vị tiền '{money_unit}' không đúng.", f"Dùng {' hoặc '.join(_UNITS)}.")


def _tell(draft: Draft, target: Path, registry: Registry) -> None:
    from dagster_project.ingest.new_feed.draft_yaml import describe_rivals, describe_unplaced, describe_words

    labels = {column.name: column.label_vi for column in registry.contracts[draft.domain].columns}
    typer.echo(f"Đã viết {target}")
    rivals = f", {spell(len(draft.rivals))} cột có hai tiêu đề cùng nghĩa" if draft.rivals else ""
    typer.echo(f"Khớp {spell(len(draft.headers))} cột, {spell(len(draft.unplaced))} tiêu đề chưa khớp{rivals}.")
    for line in describe_unplaced(draft):
        typer.echo(f"  Chưa khớp: {line}")
    for line in describe_rivals(draft, labels):
        typer.echo(f"  Cùng nghĩa: {line}")
    for line in describe_words(draft, labels):
        typer.echo(f"  Mã: {line}")
    for line in draft.evidence.read:
        typer.echo(f"  Đã đọc: {line}")
    for line in draft.evidence.undecided:
        typer.echo(f"  Cần xem: {line}")
    for point in draft.open_points:
        typer.echo(f"  Cần làm: {point}")
    if draft.evidence.rows is not None:
        refused = spell(draft.evidence.refused)
        typer.echo(f"Đọc thử tệp mẫu: {spell(draft.evidence.rows)} dòng số liệu, {refused} dòng bị cách ly.")
    whole = target.name.removesuffix(".draft")
    typer.echo(f"Làm xong các dòng có #! thì đổi tên tệp thành {whole}, rồi đặt tệp vào hộp thư: {draft.feed_id}/")
