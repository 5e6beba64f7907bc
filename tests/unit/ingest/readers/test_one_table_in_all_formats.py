"""One table, written in every format and every encoding, is one table when it is read, or is refused by name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import RawTable
from tests.support.kits.format_kit import FORMATS, SPELLINGS, respell
from tests.support.kits.reader_kit import HEADERS, SPEC

SAID = (
    "An Bình Cầu Đường Hồ Suối Nghĩa Lộ Quốc Thượng Hạ Yên Lạc Khuê Ngọc Tuyền Huỳnh xã phường kè đập giếng khuỷu gò "
    "hộ bé có mất chữ ĐƯỜNG HẺM Nguyễn quỹ thuở rượu khoẻ loắt choắt ngoằn ngoèo gì giữa được ƯU ỨNG ỊCH ẲM"
)
WORDS = SAID.split()
TITLE = ["BIỂU TIẾN ĐỘ (Số liệu đến ngày 09/07/2025)"]
UNIT = [None] * 5 + ["ĐVT: triệu đồng"]

names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
rows = st.tuples(st.integers(7000000, 7999999).map(str), names, names, st.none() | names, st.integers(1, 99).map(str))
tables = st.lists(rows, min_size=1, max_size=6)


def lay_out(data: list[tuple[str, str, str, str | None, str]]) -> list[list[str | None]]:
    body = [[str(nth), code, name, commune, note, "1,5", count]
            for nth, (code, name, commune, note, count) in enumerate(data, start=1)]  # fmt: skip
    return [[*line, *[None] * (7 - len(line))] for line in (TITLE, UNIT, HEADERS, *body)]


def read(content: bytes, name: str) -> RawTable:
    tables = [table for table in readers.read(content, name, SPEC) if not table.is_heading]
    assert len(tables) == 1
    return tables[0]


def tell(table: RawTable) -> list[dict[str, str | None]]:
    """What the table says, each cell as a text without the spaces around it."""
    cells = table.frame.drop(columns="_row").astype(object)
    return [
        {str(role): None if cell is None or cell != cell else str(cell).strip() for role, cell in row.items()}
        for row in cells.where(cells.notna(), None).to_dict("records")
    ]


def fold(told: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """The same in small letters: an old font of capitals has no capitals of its own."""
    return [{role: cell and cell.lower() for role, cell in row.items()} for row in told]


def say(data: list[tuple[str, str, str, str | None, str]]) -> list[dict[str, str | None]]:
    roles = ("project_code", "project_name", "commune", "report_date", "area_ha", "households")
    return [dict(zip(roles, (*line[:4], "1,5", line[4]), strict=True)) for line in data]


@pytest.mark.parametrize("name", FORMATS)
@given(tables)
@settings(max_examples=10, deadline=None)
def test_every_format_says_the_same(name: str, data: list[tuple[str, str, str, str | None, str]]) -> None:
    table = read(FORMATS[name](lay_out(data)), name)
    assert tell(table) == say(data)
    assert table.title.split("\n")[0] == TITLE[0]
    assert table.unit_phrases == ("triệu đồng",)
    assert table.frame["_row"].tolist() == list(range(4, 4 + len(data)))
    assert not [finding for finding in table.findings if finding.rule in ("wrong_extension", "two_spellings")]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.fods", "a.xml", "a.docx", "a.mht", "a.csv"])
@given(tables)
@settings(max_examples=5, deadline=None)
def test_every_format_may_hold_letters_of_an_old_font(
    name: str, spelling: str, data: list[tuple[str, str, str, str | None, str]]
) -> None:
    table = read(FORMATS[name](respell(lay_out(data), SPELLINGS[spelling])), name)
    assert fold(tell(table)) == fold(say(data))
    assert table.unit_phrases == ("triệu đồng",)
    assert spelling in [finding.value for finding in table.findings]


@given(tables, st.sampled_from(sorted(SPELLINGS)), st.sampled_from(["a.xlsx", "a.csv"]))
@settings(max_examples=40, deadline=None)
def test_data_in_an_old_font_under_a_header_in_unicode_is_read_or_refused(
    data: list[tuple[str, str, str, str | None, str]], spelling: str, name: str
) -> None:
    """Pasted from an old form: where too little tells it, it stays as it was written, never half and half."""
    laid = lay_out(data)
    table = read(FORMATS[name]([*laid[:3], *respell(laid[3:], SPELLINGS[spelling])]), name)
    refused = {(finding.row, finding.column) for finding in table.findings if finding.rule == "two_spellings"}
    assert not refused
    is_read = spelling in [finding.value for finding in table.findings]
    wanted = say(data) if is_read else [
        {role: cell and unicodedata.normalize("NFC", SPELLINGS[spelling](cell)).strip() for role, cell in row.items()}
        for row in say(data)
    ]  # fmt: skip
    assert fold(tell(table)) == fold(wanted)


def test_a_column_of_two_spellings_refuses_what_it_leaves_open() -> None:
    """ "Bé" is a word, and "Bộ" in the letters of TCVN3; beside both kinds of text no one can tell."""
    names = ["Đường Nguyễn Huệ", "®­êng NguyÔn HuÖ", "Bé", "Hå Suèi Hai", "Kª B­ëi"]
    rows = [
        [str(nth), f"710050{nth}", name, "Phường Việt Trì", "09/07/2025", "1,5", "4"] for nth, name in enumerate(names)
    ]
    for file in ("a.xlsx", "a.csv"):
        table = read(FORMATS[file]([HEADERS, *rows]), file)
        assert table.frame["project_name"].tolist() == [
            "Đường Nguyễn Huệ",
            "đường Nguyễn Huệ",
            "Bé",
            "Hồ Suối Hai",
            "Kê Bưởi",
        ]
        assert [(one.rule, one.row, one.column) for one in table.findings if one.row] == [
            ("two_spellings", 4, "project_name")
        ]


@pytest.mark.parametrize("sign", ["Diện tích 50µm × 20°C", "Ø 400 «bê tông» §3 m² m³", "Café Hôtel Jürgen Ångström"])
def test_signs_and_foreign_names_are_no_old_font(sign: str) -> None:
    rows = [["1", "7100501", sign, "Phường Việt Trì", "09/07/2025", "1,5", "4"]]
    table = read(FORMATS["a.xlsx"]([HEADERS, *rows]), "a.xlsx")
    assert table.frame["project_name"].tolist() == [sign]
    assert table.findings == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_is_refused_or_read_up_to_there(name: str) -> None:
    """What ends in the middle is named; only text without an end of its own may pass for a shorter table."""
    data = [(f"71005{nth:02d}", f"Đường số {nth}", "Phường Việt Trì", None, "4") for nth in range(40)]
    content = FORMATS[name](lay_out(data))
    for share in (0.3, 0.6, 0.9):
        cut = int(len(content) * share)
        # Text is cut before a figure: in the middle of a letter it is refused, which is another test's.
        part = content[: content.rindex(b"1,5", 0, cut) if b";1,5" in content else cut]
        if name.endswith((".csv", ".txt")):
            told = tell(read(part, name))
            assert told[:-1] == say(data)[: len(told) - 1]
            continue
        with pytest.raises(BlockedFile) as caught:
            read(part, name)
        assert caught.value.remedy_vi
