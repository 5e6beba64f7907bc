"""What a file really is, whatever its name says."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from dagster_project.ingest.normalise.encodings import unify_utf16
from dagster_project.ingest.readers.formats.ole import list_streams

Content = Literal[
    "empty", "xlsx", "xlsb", "xls", "ods", "fods", "spreadsheetml", "docx", "html", "mht", "json", "text", "sqlite",
    "other",
]  # fmt: skip

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "là ảnh JPEG"),
    (b"\x89PNG", "là ảnh PNG"),
    (b"GIF8", "là ảnh GIF"),
    (b"II*\x00", "là ảnh TIFF"),
    (b"MM\x00*", "là ảnh TIFF"),
    (b"BM", "là ảnh BMP"),
    (b"%PDF", "là tệp PDF"),
    (b"Rar!", "là tệp nén RAR"),
    (b"7z\xbc\xaf", "là tệp nén 7z"),
    (b"\x1f\x8b", "là tệp nén gzip"),
    (b"{\\rtf", "là văn bản RTF"),
    (b"\x09\x00\x04\x00", "là bảng tính Excel 2.0, quá cũ"),
    (b"\x09\x02\x06\x00", "là bảng tính Excel 3.0, quá cũ"),
    (b"\x09\x04\x06\x00", "là bảng tính Excel 4.0, quá cũ"),
)
_BOM = b"\xef\xbb\xbf"
_XML: tuple[tuple[re.Pattern[bytes], Content, str], ...] = (
    (re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet"), "spreadsheetml", ""),
    (re.compile(rb"opendocument\.spreadsheet"), "fods", ""),
    (re.compile(rb"<office:document\b"), "other", "là văn bản OpenDocument, không phải bảng tính"),
    (re.compile(rb"office/word/2003/wordml|office/2006/xmlPackage"), "other", "là tệp Word dạng XML"),
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|table|tr|div)\b", re.IGNORECASE)
_MIME = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,40}?MIME-Version:", re.IGNORECASE)
# Control bytes that no text of the feeds has: TCVN3 capitals use 01 02 04–06 11–17, so those stay out of it.
_BINARY = re.compile(rb"[\x00\x03\x07\x08\x0e-\x10\x18\x19\x1b-\x1f]")
_HEAD = 4096
_XML_HEAD = 1 << 14  # a flat OpenDocument file names thirty name spaces before it says what it is
_NOTHING = b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"

EXTENSIONS: dict[str, frozenset[str]] = {
    "xlsx": frozenset({"xlsx", "xlsm"}),
    "xlsb": frozenset({"xlsb"}),
    "xls": frozenset({"xls"}),
    "ods": frozenset({"ods"}),
    "fods": frozenset({"fods"}),
    "spreadsheetml": frozenset({"xml"}),
    "docx": frozenset({"docx", "docm"}),
    "html": frozenset({"html", "htm"}),
    "mht": frozenset({"mht", "mhtml"}),
    "json": frozenset({"json"}),
    "text": frozenset({"csv", "txt", "tsv"}),
    "sqlite": frozenset({"sqlite", "sqlite3", "db"}),
}


def detect_content_kind(content: bytes) -> tuple[Content, str]:
    """Return the kind of a file's bytes, and for `other` a Vietnamese clause that says what it is."""
    content = unify_utf16(content)
    head = content[:_HEAD]
    if not head.strip(_NOTHING) and not content.strip(_NOTHING):
        return "empty", ""
    if head.startswith(b"PK"):
        return _tell_package(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _tell_container(content)
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite", ""
    for magic, name in _MAGIC:
        if head.startswith(magic) and (magic != b"BM" or _BINARY.search(head)):
            return "other", name
    return _tell_text(content, head)


def _tell_text(content: bytes, head: bytes) -> tuple[Content, str]:
    lead = head.removeprefix(_BOM).lstrip()
    if lead.startswith(b"<"):
        for mark, kind, what in _XML:
            if mark.search(content, 0, _XML_HEAD):
                return kind, what
        return ("html", "") if _HTML.search(lead) else ("other", "là tệp XML, không phải bảng tính")
    if lead.startswith((b"{", b"[")):
        return "json", ""
    if _MIME.match(lead):
        return "mht", ""
    if _BINARY.search(head):
        return "other", "nội dung không phải bảng tính hay văn bản"
    return "text", ""


def _tell_package(content: bytes) -> tuple[Content, str]:
    """Tell zipped documents apart. A broken one passes for a workbook, whose reader says what is wrong with it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return "xlsx", ""
    if "xl/workbook.bin" in names:
        return "xlsb", ""
    if "xl/workbook.xml" in names:
        return "xlsx", ""
    if b"opendocument" in kind or "content.xml" in names:
        is_sheet = b"spreadsheet" in kind or not kind
        return ("ods", "") if is_sheet else ("other", "là văn bản OpenDocument, không phải bảng tính")
    if any(name.startswith("word/") for name in names):
        return "docx", ""
    if any(name.startswith("ppt/") for name in names):
        return "other", "là tệp trình chiếu PowerPoint"
    return "xlsx", ""


_STREAMS: tuple[tuple[str, Content, str], ...] = (
    ("EncryptedPackage", "xls", ""),
    ("Workbook", "xls", ""),
    ("Book", "xls", ""),
    ("WordDocument", "other", "là tệp Word cũ (.doc)"),
    ("PowerPoint Document", "other", "là tệp trình chiếu PowerPoint"),
    ("__properties_version1.0", "other", "là thư Outlook (.msg)"),
)


def _tell_container(content: bytes) -> tuple[Content, str]:
    """Tell old documents apart. A broken one passes for a workbook."""
    streams = list_streams(content)
    return next(((kind, what) for name, kind, what in _STREAMS if name in streams), ("xls", ""))


def find_extension(name: str) -> str:
    """Return the last extension of a file name in lower case, "" when it has none."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return base.rsplit(".", 1)[-1].lower() if "." in base else ""
