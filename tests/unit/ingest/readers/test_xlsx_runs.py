"""Letters of a workbook's text that are raised, lowered or struck out."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from dagster_project.ingest import readers
from tests.support.kits.reader_kit import HEADERS, SPEC, data_row, workbook

UP, DOWN, STRUCK = InlineFont(vertAlign="superscript"), InlineFont(vertAlign="subscript"), InlineFont(strike=True)


def share_texts(content: bytes) -> bytes:
    """The same workbook with its rich texts in the list that sheets share, as spreadsheet programs write them."""
    source, stream, texts = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO(), []
    with zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/"):
                while (at := part.find(b"<is>")) >= 0:
                    after = part.index(b"</is>", at)
                    texts.append(b"<si>" + part[at + 4 : after] + b"</si>")
                    part = part[:at] + b"<v>%d</v>" % (len(texts) - 1) + part[after + 5 :]
                part = part.replace(b't="inlineStr"', b't="s"')
            part = part.replace(
                b"</Relationships>",
                b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
                b'sharedStrings" Target="sharedStrings.xml"/></Relationships>'
                if "workbook" in name
                else b"</Relationships>",
            )
            target.writestr(name, part)
        target.writestr(
            "xl/sharedStrings.xml",
            b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + b"".join(texts) + b"</sst>",
        )
    return stream.getvalue()


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_raised_mark_is_no_digit_and_what_is_struck_out_is_gone(is_shared: bool) -> None:
    area = CellRichText("12 000", TextBlock(UP, "2"))
    count = CellRichText(TextBlock(STRUCK, "500"), "700")
    place = CellRichText("Phường ", TextBlock(InlineFont(b=True), "Việt"), " Trì & lân cận")
    head = [*HEADERS[:5], CellRichText("Diện tích (m", TextBlock(UP, "2"), ")"), *HEADERS[6:]]
    gone = CellRichText(TextBlock(STRUCK, "41"))
    rows = [data_row(1, c2=CellRichText("CO", TextBlock(DOWN, "2")), c3=place, c5=area, c6=count), data_row(2, c6=gone)]
    content = workbook(("GPMB", [head, *rows]))
    table = readers.read(share_texts(content) if is_shared else content, "a.xlsx", SPEC)[0]
    assert table.header_units["area_ha"] == "m²"
    first, second = table.frame.to_dict("records")
    assert (first["area_ha"], first["households"], first["project_name"]) == ("12 000", "700", "CO₂")
    assert first["commune"] == "Phường Việt Trì & lân cận"
    assert second["households"] is None


def test_words_of_marks_in_plain_texts_change_nothing() -> None:
    content = workbook(("GPMB", [HEADERS, data_row(1, c2="Dự án strike vertAlign <2>")]))
    assert readers.read(content, "a.xlsx", SPEC)[0].frame["project_name"].tolist() == ["Dự án strike vertAlign <2>"]
