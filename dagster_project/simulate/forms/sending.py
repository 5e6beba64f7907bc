"""This module writes a feed's workbook into its folder: plainly, or dressed and saved as offices really do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import python_calamine

from dagster_project.simulate import office
from dagster_project.simulate.context import Context
from dagster_project.simulate.forms import containers, dress, spelling
from dagster_project.simulate.forms.containers import Page
from dagster_project.simulate.office import Extent, Formula, Sheet
from dagster_project.simulate.statements import Delivery


@dataclass(frozen=True)
class Sent:
    """What was sent: the file's name as it was saved, its SHA-256, the names and extents of its sheets, where rows
    stand in each that are none of its table (0-based, below the header), and what is odd about the file.
    """

    file: str
    sha256: str
    names: list[str]
    extents: list[Extent]
    between: list[list[int]]
    remarks: tuple[str, ...] = ()

    def find_rows(self, places: np.ndarray, sheet: int = 0) -> np.ndarray:
        """Return the 1-based rows of the table's rows, of which `places` says where they stand below the header."""
        rows = np.array(places, dtype=np.int64)
        for place in self.between[sheet]:
            rows = rows + (rows >= place)
        return rows + self.extents[sheet].first_row


def send_workbook(
    context: Context, delivered: Delivery, feed: str, file: str, sheets: Sequence[Sheet], first: date | None = None
) -> Sent:
    """Write a workbook. In the worst season it is dressed and may be saved in another form, under that form's ending.

    `first`: the first day that the file speaks of, where its title may name the whole stretch.
    """
    if not context.is_field:
        extents = office.write_workbook(context.find_path(feed, file), sheets)
        sha = context.compute_sha256(feed, file)
        return Sent(file, sha, [sheet.name for sheet in sheets], extents, [[] for _ in sheets])
    rng = context.make_rng("field", feed, file)
    dressed = [dress.Dressed(sheet, rng, first, len(sheets) == 1) for sheet in sheets]
    worn = [name for one in dressed for name in dress.dress(one)]
    sent, saved_as = _save(context, feed, file, dressed, rng)
    for name in dict.fromkeys([*worn, *saved_as]):
        delivered.quirks.append({"feed_id": feed, "file": sent.file, "quirk": f"field:{name}", "count": 1})
    return sent


def _save(
    context: Context, feed: str, file: str, dressed: Sequence[dress.Dressed], rng: np.random.Generator
) -> tuple[Sent, list[str]]:
    sheets, between = [one.sheet for one in dressed], [one.between for one in dressed]
    names = [sheet.name for sheet in sheets]
    sheets, remarks = _retype(sheets, rng)
    ending = _choose_ending(sheets, rng) if file.endswith(".xlsx") else "xlsx"
    if ending == "xlsx":
        from_1904, has_copy = (bool(share) for share in rng.random(2) < 0.15)
        sheets = [dress.count_from_1904(sheet) for sheet in sheets] if from_1904 else sheets
        copies = [replace(sheets[0], name=f"{names[0]} (2)", is_hidden=True)] if has_copy else []
        content, extents = office.make_workbook([*sheets, *copies], from_1904)
        sha = context.write(feed, file, content)
        remarks += ["hidden_sheet"] if has_copy else []
        sent = Sent(file, sha, names, extents[: len(sheets)], between, tuple(remarks))
        return sent, [*remarks, *(["days_from_1904"] if from_1904 else [])]
    if ending in containers.ONE_PAGE:
        sheets = [dress.show_all_days(sheet) for sheet in sheets]
    content, extents = office.make_workbook(sheets)
    pages = read_pages(content, extents)
    saved = file.removesuffix("xlsx") + ending
    sha = context.write(feed, saved, containers.WRITERS[ending](pages))
    names = [containers.SHEET_NAMES.get(ending, name) for name in names]
    if ending == "docx":
        extents = [_drop_blank_rows(extent, page) for extent, page in zip(extents, pages, strict=True)]
    remarks += ["word_document"] if ending == "docx" else []
    return Sent(saved, sha, names, extents, between, tuple(remarks)), [*remarks, f"saved_as_{ending}"]


_FONTS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("old_font", spelling.type_in_tcvn3), ("old_font", spelling.type_in_vni),
    ("doubled_encoding", spelling.double_utf8),
)  # fmt: skip


def _retype(sheets: list[Sheet], rng: np.random.Generator) -> tuple[list[Sheet], list[str]]:
    """Return the sheets, some in letters of an old font or of another encoding, and what is odd about them."""
    remark, how = _FONTS[int(rng.integers(0, len(_FONTS)))]
    if len(sheets) > 1 or rng.random() > 0.1:
        return sheets, []
    try:
        return [dress.type_in(sheet, how) for sheet in sheets], [remark]
    except UnicodeEncodeError:  # TCVN3 has no long dash
        return sheets, []


def _drop_blank_rows(extent: Extent, page: Page) -> Extent:
    first = containers.find_word_row(page, extent.first_row - 1) + 1
    return replace(extent, first_row=first, rows=extent.filled)


def _choose_ending(sheets: Sequence[Sheet], rng: np.random.Generator) -> str:
    """Return the form in which a workbook is saved. Another program keeps no formula, no error and no format."""
    cells = [cell for sheet in sheets for column in sheet.columns for cell in column.cells.tolist()]
    ending = str(rng.choice(["xlsx", "xlsx", *containers.WRITERS]))
    is_plain = not any(isinstance(cell, Formula | office.CellError) for cell in cells)
    is_plain &= not any(column.style == "scaled" for sheet in sheets for column in sheet.columns)
    if not is_plain or (ending in containers.ONE_PAGE and (len(sheets) > 1 or not _is_clear(cells))):
        return "xlsx"
    return ending


def _is_clear(cells: Sequence[object]) -> bool:
    """Return whether all numbers are clear when they are texts in the Vietnamese style: "12,345" alone is not."""
    texts = [containers.spell(cell) for cell in cells if type(cell) in (int, float)]
    texts += [cell for cell in cells if isinstance(cell, str)]
    if any(
        re.fullmatch(r"\d{1,2}/(1[3-9]|2\d|3[01])/\d{2,4}.*|-?\d{1,3}(,\d{3}){2,}.*|-?\d{1,3},\d{3}\.\d+", text)
        for text in texts
    ):
        return False  # a file with the month first, or in the English style
    sure = [text for text in texts if re.fullmatch(r"-?\d{1,3}(\.\d{3}){2,}(,\d+)?|-?[\d.]+,(\d{1,2}|\d{4,})", text)]
    return bool(sure) or not any(re.fullmatch(r"\(?-?\d{1,3},\d{3}\)?", text) for text in texts)


def read_pages(content: bytes, extents: Sequence[Extent]) -> list[Page]:
    """Return the sheets of a workbook as its cells show."""
    book = python_calamine.load_workbook(io.BytesIO(content))
    pages = []
    for name, extent in zip(book.sheet_names, extents, strict=True):
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        pages.append(Page(name, rows, sheet.merged_cell_ranges or [], extent.top, extent.bottom))
    return pages
