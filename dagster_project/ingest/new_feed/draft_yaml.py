"""A drafted layout as YAML, with what a person has to finish beside it in Vietnamese."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dagster_project.contracts.layouts import UnitReading
from dagster_project.contracts.models import Contract
from dagster_project.ingest.new_feed.draft import Draft

TO_FILL = "CẦN ĐIỀN"


def render_layout(draft: Draft, contract: Contract, sample: str) -> str:
    """Return the file's text: a valid layout once the lines marked with `#!` are finished. `sample`: name of the
    sample."""
    return (
        "\n".join(
            line
            for part in (_render_head(draft, sample), _render_body(draft), _render_headers(draft, contract))
            for line in part
        )
        + "\n"
    )


def _render_head(draft: Draft, sample: str) -> Iterable[str]:
    yield f"# Viết bằng `haicap new-feed` từ tệp mẫu {_put_on_one_line(sample)}."
    yield "# Dòng có #! là chỗ người phụ trách phải kiểm tra hoặc điền."
    for point in draft.open_points:
        yield f"#! {_put_on_one_line(point)}"


def _render_body(draft: Draft) -> Iterable[str]:
    like = draft.like
    yield f"feed_id: {draft.feed_id}"
    yield f"domain: {draft.domain}"
    yield f"area: {draft.area if like.area is not None else 'null'}"
    yield f'title_vi: "{TO_FILL}: tên nguồn ({draft.feed_id})"  #!'
    yield f'owner_vi: "{TO_FILL}: cơ quan gửi"  #!'
    yield f'fixer_vi: "{TO_FILL}: ai sửa được số liệu"  #!'
    yield "transport: {kind: folder}"
    yield f"reader: {_render_flow(draft.reader)}"
    delivery = like.delivery
    period = "months" if len(draft.sheets) > 1 and draft.domain == "land_auction" else delivery.period
    scope = f", scope: {delivery.scope}" if delivery.scope else ""
    sheets = f" Tệp mẫu có {len(draft.sheets)} trang tính có bảng." if len(draft.sheets) > 1 else ""
    sources = ", ".join(delivery.data_date_from)
    yield (
        f"delivery: {{mode: {delivery.mode}, period: {period}{scope}, data_date_from: [{sources}]}}"
        f"  #! theo {like.feed_id}; một tệp nói về kỳ nào?{sheets}"
    )
    rhythm = like.rhythm
    yield (
        f"rhythm: {{cadence: {rhythm.cadence}, late_after_days: {rhythm.late_after_days}, "
        f"max_age_days: {rhythm.max_age_days}, expected_from: {draft.data_date or rhythm.expected_from}}}"
        f"  #! theo {like.feed_id}; gửi theo nhịp nào, chờ từ ngày nào?"
    )
    if like.unit is not None:
        yield _render_unit(draft, like.unit)
    if like.number_style != "vi":
        yield f"number_style: {like.number_style}"
    yield f"date_styles: [{', '.join(draft.date_styles)}]"
    if draft.money_unit != "dong":
        yield f"money_unit: {draft.money_unit}"
    if draft.said_once:
        yield f"said_once: {_render_flow(draft.said_once)}"


def _render_headers(draft: Draft, contract: Contract) -> Iterable[str]:
    labels = {column.name: column.label_vi for column in contract.columns}
    yield "headers:"
    for role, head in draft.headers.items():
        yield f"  {role}: [{json.dumps(head, ensure_ascii=False)}]"
    for role, close in draft.missing.items():
        hint = f"; gần giống: {', '.join(f'“{_put_on_one_line(name)}”' for name in close)}" if close else ""
        yield f'  #! {role}: ["…"]  # BẮT BUỘC: {labels[role.split(".")[0]]}{hint}'
    for name in draft.unmatched:
        yield f"  #! “{_put_on_one_line(name)}” chưa khớp cột nào: thêm vào cột đúng, hoặc vào ignored_headers"
    absent = [
        name for name in labels if not any(role.split(".")[0] == name for role in (*draft.headers, *draft.missing))
    ]
    optional = [name for name in absent if not _is_said(draft, name) and not _is_made(contract, name)]
    if optional:
        yield f"  # Không có trong tệp mẫu, không bắt buộc: {', '.join(optional)}"
    if draft.sub_columns is not None:
        wide = draft.sub_columns
        yield "sub_columns:"
        yield f"  column: {wide.column}"
        yield f"  of: [{', '.join(wide.of)}]"
        yield "  members:"
        for member, words in wide.members.items():
            yield f"    {member}: {json.dumps(list(words), ensure_ascii=False)}"
    totals = [total for total in draft.like.totals if total.measure == "rows" or total.measure in draft.headers]
    if totals:
        yield "totals:"
        for total in totals:
            source = f", source: {total.source}" if total.source else ""
            yield f"  - {{measure: {total.measure}, stated_in: {total.stated_in}{source}}}"


def _render_unit(draft: Draft, like: UnitReading) -> str:
    if draft.code_system is None:
        return f"unit: {{resolved_at: {like.resolved_at}}}"
    told = f"unit: {{code_system: {draft.code_system}, resolved_at: {like.resolved_at}"
    if like.codes_valid_from is None or like.code_system != draft.code_system:
        return f"{told}}}"
    return f"{told}, codes_valid_from: {like.codes_valid_from}}}  #! mã trước ngày này là mã riêng của hệ thống cũ?"


def _is_said(draft: Draft, column: str) -> bool:
    return column in draft.said_once or (draft.sub_columns is not None and draft.sub_columns.column == column)


def _is_made(contract: Contract, name: str) -> bool:
    column = next(column for column in contract.columns if column.name == name)
    return column.kind.startswith("file_period") or bool(column.read_from)


def _render_flow(values: dict[str, str]) -> str:
    told = (f"{key}: {value if value.isidentifier() else json.dumps(value)}" for key, value in values.items() if value)
    return "{" + ", ".join(told) + "}"


def _put_on_one_line(name: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
