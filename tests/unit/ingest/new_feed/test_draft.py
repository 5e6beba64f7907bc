"""What a drafted layout leaves open, and which layouts are its models."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.contracts.registry import Registry, load_registry
from dagster_project.core.errors import UsageError
from dagster_project.ingest.new_feed.draft import TO_FILL, Draft, read_sample
from dagster_project.ingest.new_feed.draft_yaml import describe_rivals, render_layout
from tests.support.kits.reader_kit import workbook

REGISTRY = load_registry()
HEADS = [
    "STT",
    "Mã hộ",
    "Xã/Phường",
    "Nhóm",
    "Loại",
    "Mức hỗ trợ",
    "Ngày khởi công",
    "Ngày hoàn thành",
    "Trạng thái",
]
ROW = [1, "NO31000001", "Phường Việt Trì", "Hộ nghèo", "Xây mới", 60_000_000, "14/03/2025", "", "đang làm"]


def study(heads: list[str], *rows: list[object], registry: Registry = REGISTRY) -> Draft:
    content = workbook(("Biểu", [["DANH SÁCH HỘ (đến ngày 15/06/2025)"], ["ĐVT: đồng"], heads, *rows]))
    return read_sample(content, "nha_o.xlsx", "housing", "moi", registry)


def test_a_sample_without_a_question_leaves_the_office_open() -> None:
    draft = study(HEADS, ROW, [2, "NO31000002", *ROW[2:]])
    (point,) = draft.open_points
    assert TO_FILL in point


def test_a_word_that_nobody_guessed_is_an_open_point() -> None:
    draft = study(HEADS, [*ROW[:-1], "đang chờ thợ"], [2, "NO31000002", *ROW[2:-1], "chờ vật liệu"])
    assert "2 giá trị mã chưa đoán được nghĩa (mục `values`): chọn mã cho từng giá trị." in draft.open_points


@pytest.mark.parametrize(
    ("role", "twins", "todo", "advice"),
    [
        ("support", ("Mức hỗ trợ", "Mức hỗ trợ"), "cơ quan gửi phải ghi tiêu đề khác nhau.", "bố cục không chọn được"),
        ("hamlet", ("Thôn/Khu", "Thôn, khu"), "chọn một.", "ghi tiêu đề của cột ấy"),
    ],
)
def test_a_column_that_two_headers_claim_is_open_though_it_is_not_required(
    role: str, twins: tuple[str, str], todo: str, advice: str
) -> None:
    heads = [head for head in HEADS if head not in twins]
    row = [cell for head, cell in zip(HEADS, ROW, strict=True) if head not in twins]
    draft = study([*heads, *twins], [*row, 5, 6], [2, "NO31000002", *row[2:], 7, 8])
    assert list(draft.rivals) == [role]
    (point,) = (point for point in draft.open_points if "hai cột cùng nghĩa" in point)
    assert point.startswith("Cột “")
    assert point.endswith(todo)
    labels = {column.name: column.label_vi for column in REGISTRY.contracts["housing"].columns}
    (line,) = describe_rivals(draft, labels)
    assert advice in line
    assert "dấu /" not in line
    assert f"#! {point}" in render_layout(draft, REGISTRY, "nha_o.xlsx")


def test_an_unfinished_layout_is_no_model() -> None:
    (first, *_) = REGISTRY.list_domain("housing")
    taught = first.layout.model_copy(
        update={
            "feed_id": "housing_a",
            "owner_vi": f"{TO_FILL}: cơ quan gửi",
            "values": {"status": {"chờ vật liệu": "dang_lam"}},
        }
    )
    feeds = {"housing_a": replace(first, layout=taught)}
    draft = study(HEADS, [*ROW[:-1], "chờ vật liệu"], registry=replace(REGISTRY, feeds=feeds | REGISTRY.feeds))
    assert [word.code for word in draft.words] == [None]
    with pytest.raises(UsageError, match="chưa có bố cục nào làm xong"):
        study(HEADS, ROW, registry=replace(REGISTRY, feeds=feeds))
