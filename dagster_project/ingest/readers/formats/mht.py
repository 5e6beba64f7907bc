"""Web archives (.mht), as Excel saves them and exports name them .xls → raw tables, one for each page with a table."""

from __future__ import annotations

import email
import html
import re
from collections.abc import Iterator
from email.errors import CloseBoundaryNotFoundDefect
from email.message import Message

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.encodings import unify_utf16
from dagster_project.ingest.readers.base import RawTable, ReadSpec, report_unreadable
from dagster_project.ingest.readers.formats import html_table
from dagster_project.ingest.readers.formats.grid import Grid, read_sheets
from dagster_project.ingest.readers.headers import Matcher

_REMEDY = "Mở tệp bằng Excel, lưu thành bảng tính (.xlsx) rồi gửi lại."
_MOST_NESTED = 100  # parts that hold others; Excel writes one, a letter three or four
_FIRST = 1 << 18  # letters of a page, in which it says what its book holds
# What Excel says of the sheets of a book on its first page.
_SHEET = re.compile(r"<x:ExcelWorksheet>((?:[^<]++|<(?!/?x:ExcelWorksheet>))*+)</x:ExcelWorksheet>", re.IGNORECASE)
_NAME = re.compile(r"<x:Name>([^<]*+)</x:Name>", re.IGNORECASE)
_PAGE = re.compile(r"<x:WorksheetSource\s+HRef=[\"']?([^\"'>]+)", re.IGNORECASE)


def read(content: bytes, spec: ReadSpec) -> list[RawTable]:
    """Read the pages of an archive. Raises BlockedFile: unreadable (cut off, no table), empty_file, missing_column."""
    archive = _parse(content)
    if any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in archive.defects):
        raise report_unreadable("trang web lưu trữ (.mht) bị cắt cụt", _REMEDY)
    pages = list(_list_pages(archive, spec))
    sheets = [sheet for _, page in pages for sheet in _SHEET.findall(page[:_FIRST])]
    by_page = {_find_base(found[1]): sheet for sheet in sheets if (found := _PAGE.search(sheet))}
    # The first page of a book of several sheets is a frame, and there is a page of tabs; neither is a sheet.
    read = [(place, page) for place, page in pages if not by_page or _find_base(place) in by_page]
    tables = [(place, page) for place, page in read if "<tr" in page.lower()]
    if not tables:
        raise report_unreadable("là trang web lưu trữ (.mht) không có bảng số liệu", _REMEDY)
    return read_sheets(_list_sheets(tables, by_page, Matcher(spec)), spec)


def _parse(content: bytes) -> Message:
    """Parse an archive. Raises BlockedFile (unreadable) for one of parts in parts beyond measure: each line is held
    against the ends of all that are open, and the library goes into each by calling itself."""
    if content.lower().count(b"boundary=") > _MOST_NESTED:
        raise _report_nested()
    try:
        archive = email.message_from_bytes(content)
        list(archive.walk())
    except RecursionError as error:
        raise _report_nested() from error
    return archive


def _report_nested() -> BlockedFile:
    return report_unreadable("trang web lưu trữ (.mht) có quá nhiều phần lồng vào nhau", _REMEDY)


def _list_pages(archive: Message, spec: ReadSpec) -> Iterator[tuple[str, str]]:
    """List the HTML pages: where each stood, and its text."""
    for part in archive.walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes), "a page is no message with parts"
            place = str(part.get("Content-Location", ""))
            yield place, html_table.decode_page(unify_utf16(body), spec, part.get_content_charset())


def _list_sheets(
    pages: list[tuple[str, str]], by_page: dict[str, str], matcher: Matcher
) -> Iterator[tuple[str, Grid, bool]]:
    for number, (place, page) in enumerate(pages, start=1):
        said = by_page.get(_find_base(place), "")
        name = _NAME.search(said)
        title = html.unescape(name[1]).strip() if name else f"trang {number}"
        first, *others = html_table.list_grids(page, matcher)
        yield title, first, "<x:visible>" in said.lower()
        for below, grid in enumerate(others, start=2):
            yield f"{title} (bảng {below})", grid, "<x:visible>" in said.lower()


def _find_base(place: str) -> str:
    return place.replace("\\", "/").rsplit("/", 1)[-1].lower()
