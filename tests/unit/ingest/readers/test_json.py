"""JSON answers: pages of items, and the progress tree."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.ingest.readers.json import find_at_path, parse
from tests.support.kits.reader_kit import SPEC

PAGES = replace(
    SPEC,
    kind="json_pages",
    aliases={"id": ["MaHoSo"], "status": ["TrangThaiHoSo"], "fee": ["LePhi"], "origin": ["MaHoSoKhac"]},
    required=frozenset({"id", "status"}),
)
TREE = replace(
    SPEC,
    kind="json_tree",
    aliases={"portal_code": ["departmentCode"], "unit.code": ["departmentCode"], "total_received": ["totalReceived"]},
    required=frozenset({"portal_code"}),
)
ITEMS = [
    {"MaHoSo": "H44-1", "TrangThaiHoSo": "10", "LePhi": 15000, "MaHoSoKhac": None, "GhiChu": "x"},
    {"MaHoSo": "H44-2", "TrangThaiHoSo": "4", "LePhi": None},
]


def page(items: Any, **envelope: Any) -> dict[str, Any]:
    return {"code": "OK", "message": "OK", "data": {"currentPage": 1, "totalItems": 2, "items": items, **envelope}}


def read(answer: Any, spec: readers.ReadSpec = PAGES, name: str = "page-0001.json") -> RawTable:
    content = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
    tables = readers.read(content, name, spec)
    assert len(tables) == 1
    return tables[0]


def blocked(answer: Any, spec: readers.ReadSpec = PAGES) -> BlockedFile:
    with pytest.raises(BlockedFile) as caught:
        read(answer, spec)
    return caught.value


def test_items_become_rows_and_the_envelope_stays() -> None:
    table = read(page(ITEMS))
    assert table.frame["id"].tolist() == ["H44-1", "H44-2"]
    assert table.frame["fee"].tolist() == [15000, None]
    assert table.frame["origin"].tolist() == [None, None]
    assert table.frame["_row"].tolist() == [1, 2]
    assert table.extra["totalItems"] == 2
    assert table.unknown_headers == ["GhiChu"]
    assert table.rows_read == 2


@pytest.mark.parametrize(
    ("given", "raw"),
    [
        ([1, 2], [1, 2]),
        ([1, None], [1.0, None]),
        ([1, 2.5], [1.0, 2.5]),
        ([True, None], [True, None]),
        (["017", 17], ["017", 17]),
        ([1.5, "1.5"], [1.5, "1.5"]),
        ([None, None], [None, None]),
        (["", "x"], ["", "x"]),
    ],
)
def test_values_come_as_the_service_wrote_them(given: list[Any], raw: list[Any]) -> None:
    items = [{"MaHoSo": "H44-1", "TrangThaiHoSo": "10", "LePhi": value} for value in given]
    fees = read(page(items)).frame["fee"]
    assert fees.dtype == ("str" if all(isinstance(value, str) for value in given) else object)
    assert [(type(value), value) for value in fees] == [(type(value), value) for value in raw]


def test_a_bom_and_keys_in_another_case() -> None:
    answer = json.dumps(page([{"MAHOSO": "H44-1", "trangthaihoso": 2}])).encode("utf-8-sig")
    assert read(answer).frame["status"].tolist() == [2]


def test_an_empty_page_is_no_fault() -> None:
    table = read(page([]))
    assert (len(table.frame), table.rows_read) == (0, 0)


def test_items_that_are_no_objects_are_bad_rows() -> None:
    table = read(page([ITEMS[0], None, "Lỗi", ITEMS[1]]))
    assert table.frame["_row"].tolist() == [1, 4]
    assert table.bad_rows.to_numpy().tolist() == [[2, "null"], [3, '"Lỗi"']]
    assert table.rows_read == 4


@pytest.mark.parametrize(
    ("answer", "rule", "says"),
    [
        ({"code": "UNAUTHORIZED", "data": None}, "error_answer", "Dịch vụ trả về lỗi “UNAUTHORIZED”"),
        (b"<!DOCTYPE html><html><body>Dang nhap</body></html>", "unreadable", "là trang HTML, không phải JSON"),
        (json.dumps(page(ITEMS)).encode()[:-40], "unreadable", "JSON bị cắt cụt hoặc sai cú pháp"),
        (b"Ma;Ten\n1;2\n", "unreadable", "không phải JSON"),
        (b"[" * 100_000, "unreadable", "JSON lồng quá sâu"),
        (b'{"code": "OK", "data": {"items": "\xe3"}}', "unreadable", "không phải UTF-8"),
        ({"code": "OK", "data": {}}, "unreadable", "JSON không có danh sách “data.items”"),
        ({"code": "OK", "data": None}, "unreadable", "JSON không có danh sách “data.items”"),
        (b"", "empty_file", "Tệp rỗng"),
        (
            page([{"MaHoSo": "H44-1"}]),
            "missing_column",
            "thiếu cột bắt buộc: “TrangThaiHoSo”. Tiêu đề tìm thấy: “MaHoSo”",
        ),
    ],
)
def test_answers_that_cannot_be_used(answer: Any, rule: str, says: str) -> None:
    error = blocked(answer)
    assert error.rule == rule
    assert says in error.message_vi
    assert error.remedy_vi


def test_a_wrong_extension_is_a_finding() -> None:
    assert read(page(ITEMS), name="page-0001.txt").findings == [Finding("wrong_extension", value=".txt")]


def test_a_tree_is_children_and_their_control_figure() -> None:
    parent = {"departmentCode": "H44", "totalReceived": 12, "scoreDelta": None}
    children = [
        {"departmentCode": "H44.100", "totalReceived": 12},
        {"departmentCode": "H44.247", "totalReceived": None},
    ]
    answer = {"code": "OK", "data": {"parent": parent, "children": children, "monthlyChart": [{"month": "07"}]}}
    table = read(answer, TREE)
    assert table.frame["portal_code"].tolist() == table.frame["unit.code"].tolist() == ["H44.100", "H44.247"]
    assert table.frame["total_received"].tolist() == [12, None]
    assert table.frame["_row"].tolist() == [1, 2]
    assert table.not_data.to_numpy().tolist() == [[0, "total"]]
    assert table.totals["total_received"].tolist() == [12]
    assert table.totals[["_from_row", "_to_row"]].to_numpy().tolist() == [[1, 2]]
    assert table.extra["parent"] == parent
    assert table.extra["monthlyChart"] == [{"month": "07"}]
    assert table.rows_read == 3


def test_a_tree_without_parent_or_without_children() -> None:
    alone = read({"code": "OK", "data": {"children": [{"departmentCode": "H44.100"}]}}, TREE)
    assert (alone.rows_read, len(alone.totals), len(alone.not_data)) == (1, 0, 0)
    error = blocked({"code": "OK", "data": {"parent": {}}}, TREE)
    assert (error.rule, error.message_vi) == (
        "unreadable",
        "Tệp không đọc được: JSON không có danh sách “data.children”.",
    )


NUMBERS = st.integers(-(10**25), 10**25) | st.floats() | st.sampled_from([10**18, 10**18 - 1, 2**63, 2**64, -0.0])
VALUES = st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec=None), max_size=6)


@given(st.lists(st.fixed_dictionaries({"MaHoSo": VALUES, "TrangThaiHoSo": VALUES, "LePhi": VALUES}), max_size=4))
def test_the_fast_parser_reads_what_the_standard_one_reads(items: list[dict[str, Any]]) -> None:
    """A text with a digit too many before it is read by the standard library's parser alone."""
    content = json.dumps(page(items)).encode()
    slowly = json.dumps(page(items, note="9" * 19)).encode()
    given_, wanted = (find_at_path(parse(one), "data.items") for one in (content, slowly))
    assert repr(given_) == repr(wanted)


def test_pages_read_together_are_read_as_each_alone() -> None:
    other = [{**ITEMS[0], "LePhi": 1.5}, "no object", {**ITEMS[1], "LePhi": ["nested"]}]
    answers = [
        page(ITEMS),
        page(other),
        page([{"id": 1}]),
        page([]),
        {"code": "500"},
        page([{**ITEMS[0], "MaHoSoKhac": "y"}]),
    ]
    files = [(json.dumps(answer).encode(), f"page-{at:04}.json") for at, answer in enumerate(answers)]
    together = readers.read_all([*files, (b"", "empty.json")], PAGES)
    for file, tables in zip(files, together, strict=False):
        if isinstance(tables, BlockedFile):
            with pytest.raises(BlockedFile, match=re.escape(tables.message_vi)):
                readers.read(*file, PAGES)
            continue
        (alone,) = readers.read(*file, PAGES)
        (table,) = tables
        assert table.frame.astype(object).fillna("-").to_dict("list") == alone.frame.astype(object).fillna("-").to_dict(
            "list"
        )
        assert table.bad_rows.to_dict("list") == alone.bad_rows.to_dict("list")
        assert (table.extra, table.unknown_headers, table.heads) == (alone.extra, alone.unknown_headers, alone.heads)
    assert isinstance(together[-1], BlockedFile)
    assert together[-1].rule == "empty_file"
