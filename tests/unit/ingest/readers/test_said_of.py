"""A project above the rows of its funds: their sum, and what it says of itself holds for them."""

from __future__ import annotations

from typing import Any

import pytest

from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable, ReadSpec
from tests.support.kits.reader_kit import workbook

HEADERS = ["STT", "Mã", "Tên", "Xã", "Nguồn", "Tổng mức", "Đã chi"]
SPEC = ReadSpec(
    kind="xlsx",
    aliases={"code": ["Mã"], "name": ["Tên"], "place.name": ["Xã"], "fund": ["Nguồn"], "whole": ["Tổng mức"],
             "paid": ["Đã chi"]},
    required=frozenset({"code", "fund", "paid"}),
    amounts=frozenset({"whole", "paid"}),
    names=frozenset({"code", "name", "place.name"}),
    keys=frozenset({"code", "fund"}),
    place="place.name",
    said_of={"name": "code", "place.name": "code", "whole": "code"},
)  # fmt: skip
FUNDS = [[None, "7123401", "Trung ương", None, "NSTW", None, 5], [None, "7123401", "Tỉnh", None, "NSĐP", None, 2]]


def read(*rows: list[Any], kind: str = "xlsx") -> RawTable:
    whole = [HEADERS, *rows]
    if kind == "csv":
        lines = (";".join("" if cell is None else str(cell) for cell in row) for row in whole)
        return readers.read("\n".join(lines).encode(), "a.csv", SPEC)[0]
    return readers.read(workbook(("A", whole)), "a.xlsx", SPEC)[0]


def places(table: RawTable) -> list[Any]:
    return table.frame["place.name"].astype(object).where(table.frame["place.name"].notna(), None).tolist()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("marks", [(None, None), ("1.1", "1.2"), ("-", "-")])
def test_a_project_above_its_funds_is_their_sum_and_says_where_it_is(kind: str, marks: tuple[Any, Any]) -> None:
    head = [1, "7123401", "Đường X", "Xã Cao Phong", None, 90, 7]
    funds = [[mark, *row[1:]] for mark, row in zip(marks, FUNDS, strict=True)]
    table = read(head, *funds, [2, "7123402", "Kè", None, "NSTW", None, 4], kind=kind)
    assert table.frame["fund"].tolist() == ["NSTW", "NSĐP", "NSTW"]
    assert places(table) == ["Xã Cao Phong", "Xã Cao Phong", None]
    assert table.frame["name"].tolist() == ["Đường X", "Đường X", "Kè"]
    assert table.frame["whole"].notna().tolist() == [True, True, False]
    assert table.totals[["_row", "_kind", "_from_row", "_to_row"]].to_numpy().tolist() == [[2, "group", 3, 4]]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_further_fund_of_a_project_lies_where_the_project_does(kind: str) -> None:
    first = [1, "7123401", "Đường X", "Xã Cao Phong", "NSTW", 90, 5]
    other = [None, "7123401", "Đường X", "Xã Yên Lạc", "ODA", None, 1]
    table = read(first, FUNDS[1], other, [2, "7123402", "Kè", None, "NSTW", 8, 4], kind=kind)
    assert places(table) == ["Xã Cao Phong", "Xã Cao Phong", "Xã Yên Lạc", None]
    assert table.totals.empty


def test_a_place_holds_to_the_next_group_and_a_lacking_fund_alone_is_no_sum() -> None:
    first = [1, "7123401", "Đường X", "Xã Cao Phong", "NSTW", 90, 5]
    table = read(first, ["I", None, "Xã Yên Lạc"], FUNDS[1], [2, "7123402", "Kè", None, None, 8, 4])
    assert places(table) == ["Xã Cao Phong", "xã yên lạc", "xã yên lạc"]
    numbered = [[number, *row[1:]] for number, row in enumerate(FUNDS, start=2)]
    table = read([1, "7123401", "Đường X", "Xã Cao Phong", None, 90, 7], *numbered)
    assert table.frame["fund"].tolist() == [None, "NSTW", "NSĐP"]


def test_a_numbered_row_of_another_fund_is_no_part() -> None:
    first = [1, "7123401", "Đường X", "Xã Cao Phong", "NSTW", 90, 5]
    table = read(first, ["1.1", *FUNDS[1][1:]], ["1.2", "7123401", "Đợt hai", None, None, None, 3])
    assert table.frame["fund"].tolist() == ["NSTW", "NSĐP"]
    assert table.not_data["kind"].tolist() == ["header", "part"]
