"""A drafted layout as YAML, with what a person has to finish beside it in Vietnamese."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from dagster_project.contracts.layouts import Layout, UnitReading
from dagster_project.contracts.models import Contract, Feed
from dagster_project.contracts.registry import Registry
from dagster_project.core.yaml_files import load_yaml
from dagster_project.ingest.new_feed.draft import TO_FILL, Draft, can_be_told_apart
from dagster_project.ingest.new_feed.masking import mask_header
from dagster_project.ingest.new_feed.sample import Columns
from dagster_project.ingest.new_feed.unplaced import Unplaced
from dagster_project.ingest.new_feed.value_guesses import Word
from dagster_project.ingest.readers.base import find_column_of_role, name_columns

_MOST, _LONG = 12, 60
"""Words without a guess that are listed of one column, and letters of one that are shown."""


def render_layout(draft: Draft, registry: Registry, sample: str) -> str:
    """Return the file's text: a valid layout once the lines marked with `#!` are finished. `sample`: name of the
    sample."""
    contract = registry.contracts[draft.domain]
    parts = (
        _render_head(draft, sample),
        _render_body(draft),
        _render_headers(draft, contract),
        _render_words(draft, contract, registry),
        _render_below(draft),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def make_feed(draft: Draft, registry: Registry, sample: str) -> Feed:
    """Return the feed that the drafted layout describes, as far as it is finished."""
    content = render_layout(draft, registry, sample)
    return Feed(registry.contracts[draft.domain], Layout.model_validate(load_yaml(content)), content.encode())


def _render_head(draft: Draft, sample: str) -> Iterator[str]:
    yield f"# Viết bằng `haicap new-feed` từ tệp mẫu {mask_header(_put_on_one_line(sample))}."
    yield "# Dòng có #! là chỗ người phụ trách phải kiểm tra hoặc điền."
    for point in draft.open_points:
        yield f"#! {_put_on_one_line(point)}"
    for line in draft.evidence.undecided:
        yield f"#! {_put_on_one_line(line)}"
    for line in draft.evidence.read:
        yield f"# Đã đọc: {_put_on_one_line(line)}"


def _render_body(draft: Draft) -> Iterator[str]:
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


def _render_headers(draft: Draft, contract: Contract) -> Iterator[str]:
    labels = {column.name: column.label_vi for column in contract.columns}
    yield "headers:"
    for role, heads in draft.headers.items():
        note = "  # tệp mẫu không có cột này: dòng nhóm ghi tên xã, phường" if role == draft.in_groups else ""
        yield f"  {role}: {json.dumps(heads, ensure_ascii=False)}{note}"
    for role, close in draft.missing.items():
        hint = f"; gần giống: {', '.join(f'“{_put_on_one_line(name)}”' for name in close)}" if close else ""
        yield f'  #! {role}: ["…"]  # BẮT BUỘC: {labels[role.split(".")[0]]}{hint}'
    yield from (f"  #! {line}" for line in describe_rivals(draft, labels))
    if draft.unplaced:
        yield "  #! Tiêu đề chưa khớp cột nào: thêm vào cột đúng ở trên, hoặc vào ignored_headers:"
    yield from (f"  #! {line}" for line in describe_unplaced(draft))
    absent = [
        name for name in labels if not any(role.split(".")[0] == name for role in (*draft.headers, *draft.missing))
    ]
    optional = [name for name in absent if not _is_said(draft, name) and not _is_made(contract, name)]
    if optional:
        yield f"  # Không có trong tệp mẫu, không bắt buộc: {', '.join(optional)}"


def describe_rivals(draft: Draft, labels: Mapping[str, str]) -> Iterator[str]:
    """Say of which roles several columns have the same right, so that none is read."""
    for role, columns in draft.rivals.items():
        named = mask_header(_put_on_one_line(name_columns(columns)))
        yield (
            f"{role} ({labels[find_column_of_role(role)]}): hai cột cùng nghĩa, chưa dùng cột nào: {named}; "
            f"{_advise_on_rivals(columns)}"
        )


def _advise_on_rivals(columns: Columns) -> str:
    """Say how one of several columns of one meaning is chosen, or that only the office can tell them apart."""
    if not can_be_told_apart(columns):
        return "tiêu đề giống hệt nhau nên bố cục không chọn được: đề nghị cơ quan gửi ghi mỗi cột một tiêu đề"
    if any(len(path) > 1 for _, path in columns):
        return "chọn một, ghi cả tiêu đề trên và dưới, cách nhau bằng dấu /"
    return "chọn một, ghi tiêu đề của cột ấy; tiêu đề kia vào ignored_headers"


def describe_unplaced(draft: Draft) -> Iterator[str]:
    """Say of each column that is not placed where it stands, which known header is nearest, and what it holds."""
    for one in draft.unplaced:
        where = f"cột {one.letters} " if one.letters else ""
        samples = f"; mẫu: {'; '.join(map(_put_on_one_line, one.samples))}" if one.samples else ""
        yield f"{where}“{_put_on_one_line(one.header)}”; {_describe_nearest(one, draft)}{samples}"


def _describe_nearest(one: Unplaced, draft: Draft) -> str:
    if one.nearest is None:
        return "không gần tiêu đề nào đã biết"
    role, name = one.nearest
    if role in draft.placed:
        return f"gần nhất: “{name}” ({role}, đã đọc từ cột {draft.placed[role]})"
    return f"gần nhất: “{name}” ({role})"


def describe_words(draft: Draft, labels: Mapping[str, str]) -> Iterator[str]:
    """Say of each word that its code list does not know what it may mean."""
    for column, guessed, others in _sort_words(draft):
        for word in guessed:
            guess = f"đoán là {word.code} ({word.why_vi}), cần xác nhận"
            yield f"{labels[column]}: giá trị “{_put_on_one_line(word.word)}” ({word.rows} dòng): {guess}"
        for word in others[:_MOST]:
            said = _put_on_one_line(word.word)[:_LONG]
            yield f"{labels[column]}: giá trị “{said}” ({word.rows} dòng): chưa đoán được nghĩa"
        if others[_MOST:]:
            yield f"{labels[column]}: còn {len(others[_MOST:])} giá trị chưa đoán được; cột này có đúng là mã không?"


def _sort_words(draft: Draft) -> Iterator[tuple[str, list[Word], list[Word]]]:
    """Give for each column of a code list its guessed words and the others, those on most rows first."""
    for column in dict.fromkeys(word.column for word in draft.words):
        words = sorted((word for word in draft.words if word.column == column), key=lambda word: -word.rows)
        yield column, [word for word in words if word.code], [word for word in words if not word.code]


def _render_words(draft: Draft, contract: Contract, registry: Registry) -> Iterator[str]:
    """Render the words of code lists: those with a guess as values to confirm, the others as lines to fill."""
    lists = {column.name: registry.code_lists[column.code_list] for column in contract.columns if column.code_list}
    if draft.words:
        yield "values:" if any(word.code for word in draft.words) else "#! values:"
    for column, guessed, others in _sort_words(draft):
        yield f"  {column}:" if guessed else f"  #! {column}:"
        for word in guessed:
            said, code = (json.dumps(_put_on_one_line(one), ensure_ascii=False) for one in (word.word, str(word.code)))
            yield f"    {said}: {code}  #! đoán: {word.why_vi}, {word.rows} dòng, cần xác nhận"
        choices = ", ".join(lists[column].list_values())
        for word in others[:_MOST]:
            said = json.dumps(_put_on_one_line(word.word)[:_LONG], ensure_ascii=False)
            yield f"    #! {said}: …  # {word.rows} dòng, chưa đoán được; chọn một trong: {choices}"
        if others[_MOST:]:
            yield f"    #! còn {len(others[_MOST:])} giá trị chưa đoán được; cột này có đúng là mã không?"


def _render_below(draft: Draft) -> Iterator[str]:
    """Render the merged header and the control totals."""
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
