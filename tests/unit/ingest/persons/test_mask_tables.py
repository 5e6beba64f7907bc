"""Tables of a file without persons: cells, keys, words around the table, names of sheets."""

from __future__ import annotations

import pandas as pd
import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest.persons.mask_tables import hide_sheet_names, mask_files
from dagster_project.ingest.readers.base import Finding, RawTable

FEED = load_registry().feeds["housing_vp"]
CELLS = {
    "household_id": ["NO1", "NO2", "NO3", "NO4"],
    "head_name": ["Đỗ Văn Thử", "Lò Thị Mẫu", "Xa Thị Mẫu", "Hà Văn Thử"],
    "source_fund": ["Ngân sách tỉnh"] * 4,
    "difficulty": [None] * 4,
    "support": ["123456789"] * 4,
}


def make_table(dtype: str = "object", **cells: list[object]) -> RawTable:
    frame = pd.DataFrame({name: pd.Series(values, dtype=dtype) for name, values in (CELLS | cells).items()})
    return RawTable("Biểu", frame.assign(_row=range(5, 9)))


def mask(table: RawTable, file: str = "a.csv") -> RawTable:
    (masked,) = mask_files([([table], file)], FEED)[0]
    return masked


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_cells_of_every_kind_are_masked_and_told_by_row(dtype: str) -> None:
    fund = ["Ngân sách tỉnh", "ông Ngọ Kỳ Thử", "Quỹ, ĐT 0912345678", None]
    table = make_table(dtype, source_fund=fund, difficulty=[None, "Gọi 0912345678", "hộ của Lò Thị Mẫu", None])
    masked = mask(table)
    assert masked.frame["source_fund"].fillna("-").tolist() == ["Ngân sách tỉnh", "ông [tên]", "Quỹ, ĐT [số]", "-"]
    assert masked.frame["difficulty"].fillna("-").tolist() == ["-", "Gọi [số]", "hộ của [tên]", "-"]
    assert masked.findings == [
        Finding("person_masked", 6, "source_fund"),
        Finding("person_masked", 7, "source_fund"),
        Finding("person_masked", 6, "difficulty"),
        Finding("person_masked", 7, "difficulty"),
    ]
    assert table.findings == []
    assert table.frame["source_fund"].astype("str")[1] == "ông Ngọ Kỳ Thử"


@pytest.mark.parametrize("dtype", ["object", "str", "category"])
def test_files_masked_together_are_masked_as_each_alone(dtype: str) -> None:
    files = [
        make_table(dtype),
        make_table(dtype, source_fund=["Ngân sách tỉnh", "ông Ngọ Kỳ Thử", None, "Quỹ, ĐT 0912345678"]),
        # A person of the first file, whose name is no person's in this one: it stays.
        make_table(dtype, head_name=["Đinh Văn Thử"] * 4, difficulty=[None, "hộ Lò Thị Mẫu", "Lò Thị Mẫu", None]),
        make_table(dtype, difficulty=["Lò Thị Mẫu", None, None, None]),
        make_table(dtype, household_id=["NO1", "026591314713", "NO2", "Hà Văn Thử"]),
    ]
    together = mask_files([([table], f"{at}.csv") for at, table in enumerate(files)], FEED)
    for table, (masked,), file in zip(files, together, map("{}.csv".format, range(len(files))), strict=True):
        alone = mask(table, file)
        assert masked.findings == alone.findings
        pd.testing.assert_frame_equal(masked.frame, alone.frame)
    assert together[3][0].frame["difficulty"].tolist()[0] == "[tên]"


@pytest.mark.parametrize("dtype", ["object", "str"])
def test_a_file_without_persons_elsewhere_is_as_it_was(dtype: str) -> None:
    table = make_table(dtype)
    masked = mask(table)
    assert masked.findings == []
    assert masked.frame is table.frame


def test_a_key_that_is_a_person_refuses_its_row() -> None:
    masked = mask(make_table(household_id=["NO1", "026591314713", 26591314713.0, "Hà Văn Thử"]))
    told = [(one.rule, one.row, one.value) for one in masked.findings]
    assert told == [("person_in_key", 6, None), ("person_in_key", 7, None), ("person_in_key", 8, None)]
    assert masked.frame["household_id"].tolist() == ["NO1", "[số]", "[số]", "[tên]"]


def test_names_in_a_key_of_words_are_masked_unless_keys_fall_together() -> None:
    feed = load_registry().feeds["directives"]
    tasks = ["Giải quyết đơn của bà Ngọ Kỳ Mẫu", "Giải quyết đơn của ông Đỗ Thử", "Giải quyết đơn của ông Lê Thử"]
    frame = pd.DataFrame({"directive_no": ["1/UBND"] * 3, "task": tasks, "_row": [3, 4, 5]})
    (masked,) = mask_files([([RawTable(None, frame)], "so.xlsx")], feed)[0]
    assert [(one.rule, one.row) for one in masked.findings] == [
        ("person_in_key", 4), ("person_in_key", 5), ("person_masked", 3)
    ]  # fmt: skip


def test_words_around_the_table_are_masked_and_told_once() -> None:
    table = make_table()
    table.unknown_headers, table.heads = ["ông Ngọ Kỳ Thử"], {"source_fund": "Nguồn (bà Ngọ Kỳ Mẫu)"}
    table.title = "DANH SÁCH\nNgười lập: Hà Văn Thử, 0912345678\nSố liệu đến ngày 30/06/2025"
    table.findings.append(Finding("hidden_sheet", value="ông Ngọ Kỳ Thử"))
    masked = mask(table, "ông [tên].csv")
    assert masked.unknown_headers == ["ông [tên]"]
    assert masked.heads == {"source_fund": "Nguồn (bà [tên])"}
    assert masked.title == "DANH SÁCH\nNgười lập: [tên], [số]\nSố liệu đến ngày 30/06/2025"
    assert masked.findings == [
        Finding("hidden_sheet", value="ông [tên]"),
        Finding("person_in_names", value="tên tệp; tiêu đề cột; dòng tiêu đề, ghi chú"),
    ]


def test_sheets_of_persons_stay_apart() -> None:
    sheets = ["Biểu 1", "ông Ngọ Kỳ Thử", "bà Ngọ Kỳ Mẫu", "Xa Thị Mẫu", "bà Ngọ Kỳ Mẫu"]
    tables = [make_table() for _ in sheets]
    for table, sheet in zip(tables, sheets, strict=True):
        table.sheet = sheet
    shown = [table.sheet for table in hide_sheet_names(tables, FEED)]
    assert shown == ["Biểu 1", "ông [tên] (2)", "bà [tên] (3)", "[tên] (4)", "bà [tên] (3)"]
    assert tables[1].sheet == "ông Ngọ Kỳ Thử"


def test_half_a_letter_among_the_cells_is_no_fault() -> None:
    table = make_table(source_fund=["\ud83d ông Ngọ Kỳ Thử", "x", None, 7], head_name=["\ud83d Văn Thử", "a", None, 7])
    assert mask(table).frame["source_fund"].tolist() == ["\ud83d ông [tên]", "x", None, 7]


def test_a_long_column_is_masked_as_a_short_one() -> None:
    ids = [f"H44.45-250102-{n:04d}" for n in range(300)]
    ids[7], ids[9] = "025099000123", "h44.45-250102-0009"
    feed = load_registry().feeds["procedures_pt"]
    for dtype in ("object", "str"):
        frame = pd.DataFrame({"dossier_id": pd.Series(ids, dtype=dtype), "_row": range(1, 301)})
        (masked,) = mask_files([([RawTable(None, frame)], "a.json")], feed)[0]
        assert masked.findings == [Finding("person_in_key", 8, "dossier_id")]
        assert masked.frame["dossier_id"].tolist() == [*ids[:7], "[số]", *ids[8:]]
