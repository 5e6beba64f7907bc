"""One table in every format and every encoding that offices send: rows of texts and numbers → bytes of a file."""

from __future__ import annotations

import base64
import csv
import io
import quopri
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.cell_kit import ERROR_NUMBERS, Broken, Rows, Shown, list_formats
from tests.support.kits.reader_kit import workbook

_LETTERS = """
á aù à aø ả aû ã aõ ạ aï ă aê ắ aé ằ aè ẳ aú ẵ aü ặ aë â aâ ấ aá ầ aà ẩ aå ẫ aã ậ aä
é eù è eø ẻ eû ẽ eõ ẹ eï ê eâ ế eá ề eà ể eå ễ eã ệ eä í í ì ì ỉ æ ĩ ó ị ò
ó où ò oø ỏ oû õ oõ ọ oï ô oâ ố oá ồ oà ổ oå ỗ oã ộ oä ơ ô ớ ôù ờ ôø ở ôû ỡ ôõ ợ ôï
ú uù ù uø ủ uû ũ uõ ụ uï ư ö ứ öù ừ öø ử öû ữ öõ ự öï ý yù ỳ yø ỷ yû ỹ yõ ỵ î đ ñ
"""
_VNI = _LETTERS.split()
VNI = dict(zip(_VNI[::2], _VNI[1::2], strict=True))
VNI |= {letter.upper(): typed.upper() for letter, typed in VNI.items()}


def type_in_vni(text: str) -> str:
    """The letters that a VNI font shows as this text."""
    return "".join(VNI.get(letter, letter) for letter in text)


def type_in_tcvn3(text: str) -> str:
    """The letters that a TCVN3 font shows as this text. A capital among the control characters cannot be typed: the
    font of capitals (.VnTimeH) shows the small letter so."""
    typed = (encode_tcvn3(letter) if encode_tcvn3(letter) >= b" " else encode_tcvn3(letter.lower()) for letter in text)
    return b"".join(typed).decode("latin-1")


def double_utf8(text: str) -> str:
    """The text after its UTF-8 was opened as Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode("utf-8"))


def respell(rows: Rows, how: Callable[[str], str]) -> list[list[Any]]:
    return [[how(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


# Text files ----------------------------------------------------------------------------------------------------------


def write_csv(rows: Rows, delimiter: str = ";") -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return stream.getvalue()


def write_html(rows: Rows, charset: str = "utf-8") -> str:
    lines = "".join(
        "<tr>" + "".join(f"<td>{'' if cell is None else escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}</head><body><table>{lines}</table></body></html>"


def write_mht(pages: dict[str, bytes], encoding: str = "quoted-printable") -> bytes:
    """A web archive of these pages (place → page)."""
    parts = []
    for place, page in pages.items():
        coded = quopri.encodestring(page) if encoding == "quoted-printable" else base64.encodebytes(page)
        head = f"Content-Location: {place}\nContent-Transfer-Encoding: {encoding}\nContent-Type: text/html\n\n"
        parts.append(b"------=_X\n" + head.encode() + coded + b"\n")
    opening = b'MIME-Version: 1.0\nX-Document-Type: Workbook\nContent-Type: multipart/related; boundary="----=_X"\n\n'
    return (opening + b"".join(parts) + b"------=_X--\n").replace(b"\n", b"\r\n")


def write_spreadsheetml(rows: Rows, after: str = "") -> bytes:
    """An XML Spreadsheet 2003 of one sheet; `after`: what follows its table."""
    formats = list_formats(rows)
    lines = "".join("<Row>" + "".join(_write_2003_cell(cell, formats) for cell in row) + "</Row>" for row in rows)
    styles = "".join(
        f'<Style ss:ID="s{number}"><NumberFormat ss:Format="{escape(code)}"/></Style>'
        for number, code in enumerate(formats)
    )
    name_space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="{name_space}" '
        f'xmlns:ss="{name_space}" xmlns:x="urn:schemas-microsoft-com:office:excel"><Styles>{styles}</Styles>'
        f'<Worksheet ss:Name="Biểu 1">'
        f"<Table>{lines}</Table>{after}</Worksheet></Workbook>"
    ).encode()


def _write_2003_cell(cell: Any, formats: list[str]) -> str:
    if cell is None:
        return "<Cell/>"
    if isinstance(cell, Broken):
        return f'<Cell><Data ss:Type="Error">{cell.error}</Data></Cell>'
    if isinstance(cell, Shown):
        style = f' ss:StyleID="s{formats.index(cell.number_format)}"'
        return _write_2003_cell(cell.value, formats).replace("<Cell", f"<Cell{style}")
    if isinstance(cell, date):
        cell = datetime(*cell.timetuple()[:6]).isoformat()
        return f'<Cell><Data ss:Type="DateTime">{cell}.000</Data></Cell>'
    kind = "String" if isinstance(cell, str) else "Number"
    return f'<Cell><Data ss:Type="{kind}">{escape(str(cell))}</Data></Cell>'


# Packages ------------------------------------------------------------------------------------------------------------


def zip_parts(parts: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def unzip_parts(content: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def write_odf_content(lines: str, root: str = "document-content", styles: str = "", table: str = "") -> str:
    """The XML of an OpenDocument sheet with these rows."""
    spaces = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    spaces += " ".join(f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "table", "text", "style", "number"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:{root} {spaces} office:mimetype="{ODS}">'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f'<table:table table:name="Biểu 1"{table}>{lines}</table:table></office:spreadsheet></office:body>'
        f"</office:{root}>"
    )


def write_odf_rows(rows: Rows) -> str:
    formats = list_formats(rows)
    return "".join(
        "<table:table-row>" + "".join(_write_odf_cell(cell, formats) for cell in row) + "</table:table-row>"
        for row in rows
    )


def write_odf_formats(formats: Iterable[str]) -> str:
    """The styles "ce0", "ce1", … of these formats, of which each section is a style of numbers of its own."""
    return "".join(
        _write_odf_format(f"N{number}", code)
        + f'<style:style style:name="ce{number}" style:family="table-cell" style:data-style-name="N{number}"/>'
        for number, code in enumerate(formats)
    )


def _write_odf_format(name: str, code: str) -> str:
    *others, last = code.replace("General", "0").split(";")
    styles = maps = ""
    for number, part in enumerate(others):
        condition = part[1 : part.index("]")] if part.startswith("[") else [">=0", "<0"][number]
        styles += _write_odf_format(f"{name}P{number}", part)
        maps += f'<style:map style:condition="value(){escape(condition)}" style:apply-style-name="{name}P{number}"/>'
    commas = len(last.split('"')[0]) - len(last.split('"')[0].rstrip(","))
    scaled = f' number:display-factor="{1000**commas}"' if commas else ""
    kind = "percentage" if "%" in last.split('"')[0] else "number"
    return f'{styles}<number:{kind}-style style:name="{name}"><number:number{scaled}/>{maps}</number:{kind}-style>'


def _write_odf_cell(cell: Any, formats: list[str]) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, Broken):
        kind = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
        return f"<table:table-cell {kind}><text:p>{cell.error}</text:p></table:table-cell>"
    if isinstance(cell, Shown):
        kind = "percentage" if cell.number_format.endswith("%") else "float"
        said = f'table:style-name="ce{formats.index(cell.number_format)}" office:value-type="{kind}"'
        shown = escape(cell.printed or str(cell.value))
        return f'<table:table-cell {said} office:value="{cell.value}"><text:p>{shown}</text:p></table:table-cell>'
    if isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
        return f"<table:table-cell {kind}><text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>"
    kind = 'office:value-type="string"' if isinstance(cell, str) else f'office:value-type="float" office:value="{cell}"'
    return f"<table:table-cell {kind}><text:p>{escape(str(cell))}</text:p></table:table-cell>"


def write_ods(rows: Rows) -> bytes:
    styles = write_odf_formats(list_formats(rows))
    return zip_parts({"mimetype": ODS, "content.xml": write_odf_content(write_odf_rows(rows), styles=styles)})


def write_fods(rows: Rows) -> bytes:
    return write_odf_content(write_odf_rows(rows), "document", write_odf_formats(list_formats(rows))).encode()


def write_docx(*blocks: str | Rows) -> bytes:
    """A Word document of these blocks: a text is a paragraph, rows are a table."""
    body = "".join(_write_paragraph(one) if isinstance(one, str) else write_word_table(one) for one in blocks)
    return wrap_docx(body)


def wrap_docx(body: str) -> bytes:
    name_space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<?xml version="1.0"?><w:document xmlns:w="{name_space}"><w:body>{body}</w:body></w:document>'
    return zip_parts({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def write_word_table(rows: Rows) -> str:
    lines = "".join(
        "<w:tr>" + "".join(f"<w:tc>{_write_paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl>{lines}</w:tbl>"


def _write_paragraph(text: Any) -> str:
    return f"<w:p><w:r><w:t>{'' if text is None else escape(str(text))}</w:t></w:r></w:p>"


# Binary workbooks ----------------------------------------------------------------------------------------------------


def write_xls(rows: Rows, merges: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """A workbook of Excel 97 (BIFF8) with one sheet; `merges`: first and last row, first and last column."""
    formats = list_formats(rows)
    cells = b"".join(
        _write_biff_cell(row, column, cell, formats)
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
    )
    spans = b"".join(struct.pack("<4H", *merge) for merge in merges)
    sheet = _record(0x0809, struct.pack("<4H2I", 0x0600, 0x0010, 0, 1997, 0, 0)) + cells
    sheet += _record(0x00E5, struct.pack("<H", len(merges)) + spans) + _record(0x000A)
    opening = _record(0x0809, struct.pack("<4H2I", 0x0600, 0x0005, 0, 1997, 0, 0)) + _record(0x0042, b"\xb0\x04")
    for number, code in enumerate(formats):
        head = struct.pack("<2HB", 164 + number, len(code), 1)
        opening += _record(0x041E, head + code.encode("utf-16-le"))
    for number in range(len(formats)):
        opening += _record(0x00E0, struct.pack("<2H", 0, 164 + number) + bytes(16))
    name = "Biểu 1".encode("utf-16-le")
    bound = _record(0x0085, struct.pack("<IBBBB", len(opening) + 4 + 8 + len(name) + 4, 0, 0, len(name) // 2, 1) + name)
    return wrap_ole({"Workbook": opening + bound + _record(0x000A) + sheet})


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<2H", kind, len(body)) + body


def _write_biff_cell(row: int, column: int, cell: Any, formats: list[str]) -> bytes:
    if cell is None:
        return b""
    if isinstance(cell, Broken):
        return _record(0x0205, struct.pack("<3H2B", row, column, 0, ERROR_NUMBERS[cell.error], 1))
    if isinstance(cell, bool):
        return _record(0x0205, struct.pack("<3H2B", row, column, 0, cell, 0))
    if isinstance(cell, Shown):
        return _record(0x0203, struct.pack("<3Hd", row, column, formats.index(cell.number_format), cell.value))
    if isinstance(cell, str):
        text = cell.encode("utf-16-le")
        return _record(0x0204, struct.pack("<4HB", row, column, 0, len(text) // 2, 1) + text)
    return _record(0x0203, struct.pack("<3Hd", row, column, 0, cell))


def wrap_ole(streams: dict[str, bytes]) -> bytes:
    """An OLE container of these streams, each of at least 4,096 bytes, in one row under the root."""
    sectors: list[bytes] = []
    chains: list[int] = []
    entries = [_write_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), start=1):
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        first, count = len(sectors), len(padded) // 512
        sectors += [padded[at : at + 512] for at in range(0, len(padded), 512)]
        chains += [*range(first + 1, first + count), 0xFFFFFFFE]
        follows = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_write_entry(name, 2, first, len(padded), right=follows))
    directory = b"".join(entries).ljust(-(-len(entries) * 128 // 512) * 512, b"\0")
    start = len(sectors)
    sectors += [directory[at : at + 512] for at in range(0, len(directory), 512)]
    chains += [*range(start + 1, len(sectors)), 0xFFFFFFFE]
    tables = -(-(len(sectors) + 8) // 127)
    table_at = len(sectors)
    chains += [0xFFFFFFFD] * tables
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(tables * 512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<8I", tables, start, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *range(table_at, table_at + tables), *[0xFFFFFFFF] * (109 - tables))
    return header + b"".join(sectors) + table


def _write_entry(
    name: str, kind: int, first: int, size: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF
) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBB3I", len(text), kind, 1, 0xFFFFFFFF, right, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)


def write_xlsb(rows: Rows) -> bytes:
    """A binary workbook (BIFF12) with one sheet."""
    formats = list_formats(rows)
    width = max(map(len, rows))
    size = struct.pack("<4I", 0, len(rows) - 1, 0, width - 1)
    sheet = _record12(129) + _record12(148, size) + _record12(145)
    for number, row in enumerate(rows):
        sheet += _record12(0, struct.pack("<2I", number, 0) + bytes(13))
        for column, cell in enumerate(row):
            if isinstance(cell, Broken):
                sheet += _record12(3, struct.pack("<2IB", column, 0, ERROR_NUMBERS[cell.error]))
            elif isinstance(cell, bool):
                sheet += _record12(4, struct.pack("<2IB", column, 0, cell))
            elif isinstance(cell, Shown):
                sheet += _record12(5, struct.pack("<2Id", column, formats.index(cell.number_format), cell.value))
            elif isinstance(cell, str):
                sheet += _record12(6, struct.pack("<2I", column, 0) + _write_wide(cell))
            elif cell is not None:
                sheet += _record12(5, struct.pack("<2Id", column, 0, cell))
    book = _record12(131) + _record12(143)
    book += (
        _record12(156, struct.pack("<2I", 0, 1) + _write_wide("rId1") + _write_wide("Biểu 1"))
        + _record12(144)
        + _record12(132)
    )
    relation = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.bin"/></Relationships>'
    )
    return zip_parts(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relation,
            "xl/styles.bin": _write_styles12(formats),
            "xl/worksheets/sheet1.bin": sheet + _record12(146) + _record12(130),
        }
    )


def _write_styles12(formats: list[str]) -> bytes:
    codes = b"".join(
        _record12(44, struct.pack("<H", 164 + number) + _write_wide(code)) for number, code in enumerate(formats)
    )
    cells = b"".join(_record12(47, struct.pack("<2H", 0, 164 + number) + bytes(12)) for number in range(len(formats)))
    count = struct.pack("<I", len(formats))
    of_styles = _record12(626, struct.pack("<I", 1)) + _record12(47, bytes(16)) + _record12(627)
    return (
        _record12(278) + _record12(615, count) + codes + _record12(616) + of_styles
        + _record12(617, count) + cells + _record12(618) + _record12(279)
    )  # fmt: skip


def _record12(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(body), b""
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return head + length + bytes([size]) + body


def _write_wide(text: str) -> bytes:
    coded = text.encode("utf-16-le")
    return struct.pack("<I", len(coded) // 2) + coded


# All of them ---------------------------------------------------------------------------------------------------------

FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "a.xlsx": lambda rows: workbook(("Biểu 1", rows)),
    "a.xls": write_xls,
    "a.xlsb": write_xlsb,
    "a.ods": write_ods,
    "a.fods": write_fods,
    "a.xml": write_spreadsheetml,
    "a.docx": lambda rows: write_docx(rows),
    "a.html": lambda rows: write_html(rows).encode(),
    "a.mht": lambda rows: write_mht({"a.htm": write_html(rows).encode()}),
    "b.mht": lambda rows: write_mht({"a.htm": write_html(rows).encode()}, "base64"),
    "a.csv": lambda rows: write_csv(rows).encode(),
    "bom.csv": lambda rows: write_csv(rows).encode("utf-8-sig"),
    "utf16.txt": lambda rows: write_csv(rows, "\t").encode("utf-16"),
    "utf16le.txt": lambda rows: write_csv(rows, "\t").encode("utf-16-le"),
    "utf16be.html": lambda rows: write_html(rows, "utf-16").encode("utf-16-be"),
    "tcvn3.csv": lambda rows: encode_tcvn3(write_csv(rows)),
    "vni.csv": lambda rows: type_in_vni(write_csv(rows)).encode("cp1252"),
    "tcvn3.html": lambda rows: encode_tcvn3(write_html(rows, "")),
    "vni.html": lambda rows: type_in_vni(write_html(rows, "windows-1252")).encode("cp1252"),
}
"""Name of a file → what writes rows into it; the name's extension is the right one."""

SPELLINGS: dict[str, Callable[[str], str]] = {
    "tcvn3": type_in_tcvn3,
    "vni": type_in_vni,
    "utf-8-doubled": double_utf8,
}
"""What a cell may hold in the place of its text."""
