"""The dictionary as one page, Vietnamese and English side by side: every feed, every mart, every column.

Rendered from the contracts, the layouts and dbt's schema files; self-contained, without script: the browser searches.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dagster_project.contracts.marts import Both, read_marts
from dagster_project.contracts.models import Column, Feed
from dagster_project.contracts.registry import Registry

_TEMPLATES = Path(__file__).parent / "templates"
CADENCES: dict[str, Both] = {
    "nightly": ("hằng đêm", "nightly"),
    "weekly": ("hằng tuần", "weekly"),
    "twice_monthly": ("hai lần một tháng", "twice a month"),
    "monthly": ("hằng tháng", "monthly"),
}
_TABLES_TOO: Both = (
    "cũng đọc mọi bảng trong .xlsx, .xls, .xlsb, .ods, .fods, .xml (Excel 2003), .htm, .mht, .csv, .docx",
    "any table in .xlsx, .xls, .xlsb, .ods, .fods, .xml (Excel 2003), .htm, .mht, .csv or .docx is read too",
)
READERS: dict[str, Both] = {
    "xlsx": (f"bảng tính Excel; {_TABLES_TOO[0]}", f"an Excel workbook; {_TABLES_TOO[1]}"),
    "csv": (f"tệp CSV; {_TABLES_TOO[0]}", f"CSV text; {_TABLES_TOO[1]}"),
    "json_pages": ("các trang JSON", "pages of JSON"),
    "json_tree": ("cây JSON", "a JSON tree"),
    "html_table": (f"HTML lưu dưới tên .xls; {_TABLES_TOO[0]}", f"HTML saved as .xls; {_TABLES_TOO[1]}"),
    "sql": (f"bảng trong cơ sở dữ liệu; {_TABLES_TOO[0]}", f"a database table; {_TABLES_TOO[1]}"),
}
_PERIOD: dict[str, Both] = {
    "month": ("mỗi tệp một tháng; gửi lại thì thay cả tháng", "a month a file; sent again, it replaces the month"),
    "months": ("mỗi trang hoặc tệp một tháng", "a month a sheet or file"),
    "data_date": ("mỗi tệp là tình hình tại một ngày", "each file is the state at a day"),
    "plan_year": ("lũy kế của năm kế hoạch đến ngày số liệu", "the plan year up to the data date"),
    "as_named": ("kỳ ghi trong tên tệp", "the period is the file's name"),
    "register": ("toàn bộ sổ theo dõi đến nay", "the whole register so far"),
    "register_or_part": ("toàn bộ danh sách đến nay, hoặc phần của tháng", "the register so far, or a month's part"),
    "none": ("chỉ những gì thay đổi từ lần trước", "only what changed since the last pull"),
}
_MONEY: dict[str, Both] = {
    "dong": ("Tiền tính bằng đồng, trừ khi tệp ghi ĐVT khác.", "Amounts in đồng unless the file states another unit."),
    "trieu_dong": ("Tiền tính bằng triệu đồng, trừ khi tệp ghi ĐVT khác.", "Amounts in million đồng unless stated."),
    "stated": (
        "Tiền theo dòng ĐVT của tệp; không ghi thì tệp bị chặn nếu cột tiền bắt buộc, còn không thì số tiền để trống.",
        "Amounts as the ĐVT line says; none blocks the file if an amount is required, else amounts are unknown.",
    ),
}
_NO_TABLE = ("json_pages", "json_tree", "sql")
_DAYS: dict[str, Both] = {
    "dmy": (
        "13/7/2025 (hoặc tháng trước ngày khi cả cột viết thế)",
        "13/7/2025 (month first where the column proves it)",
    ),
    "iso": ("2025-07-13", "2025-07-13"),
    "compact": ("20250713", "20250713"),
    "excel": ("ô kiểu ngày, kể cả hệ 1904", "date cells, also counted from 1904"),
    "excel_text": ("số ngày của Excel", "Excel's day numbers"),
}
MEASURES: dict[str, tuple[str, ...]] = {
    "ha": ("ha", "m2", "km2"), "m2": ("m2", "ha", "km2"), "Mbps": ("Mbps", "Gbps", "kbps"),
    "giờ": ("giờ", "phút", "ngày"), "ngày": ("ngày", "giờ"), "%": ("%",),
}  # fmt: skip
"""Unit of a contract → units that are read for it (a test asks the normaliser)."""
_TABLE: Both = (
    "Tiêu đề đến sáu dòng, ô gộp, “Lũy kế” thắng “Trong tháng”, “Thực tế” thắng “Kế hoạch”; nhiều bảng trên một trang "
    "tính; dòng nhóm ghi tên xã; “Trong đó”, “– Đợt” là phần của dòng trên.",
    "Headers of up to six rows, merged cells; cumulative goes before the month, actual before planned; several tables "
    "on a sheet; group rows that name a commune; “of which” rows are parts of the row above.",
)
_LETTERS: Both = (
    "Chữ Unicode, TCVN3, VNI, UTF-8 bị lưu hai lần.", "Unicode, TCVN3, VNI and doubled UTF-8 text."
)  # fmt: skip
_NUMBERS: dict[str, Both] = {
    "vi": (
        "Số 1.234,5 hoặc 1,234.5: các ô của chính cột, rồi của tệp, quyết định; ô đọc được hai cách bị từ chối.",
        "Numbers 1.234,5 or 1,234.5: the cells of the column, then of the file, decide; ambiguous cells are refused.",
    ),
    "iso": ("Số 1234.5; kiểu 1.234,5 khi các ô của cột chỉ đọc được như thế.",
            "Numbers 1234.5; 1.234,5 where the cells of the column prove it."),
}  # fmt: skip
_PERIODS: Both = (
    "Kỳ: đến ngày, từ – đến, tuần, tháng, quý, 6/9 tháng đầu năm, năm, bằng số hay bằng chữ; kỳ không đọc được thì tệp "
    "bị chặn.",
    "Periods: a day, from – to, week, month, quarter, first 6/9 months, year, in figures or words; one that is not "
    "understood blocks the file.",
)
_SPELLINGS_OF_MONEY: Both = (
    "ĐVT đồng, nghìn (ngàn), triệu, tỷ trong mọi cách viết, ở trên bảng, ghi chú dưới bảng, tiêu đề cột, cột ĐVT của "
    "từng dòng hoặc trong ô; “T.đồng” và ngoại tệ bị từ chối.",
    "Units of money in every spelling of đồng, thousand, million, billion, above the table, in a note below, a header, "
    "a column of each row's unit or the cell; “T.đồng” and foreign money are refused.",
)


def render_page(registry: Registry) -> str:
    """Return the page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(cadence=CADENCES.__getitem__, reader=READERS.__getitem__)
    return environment.get_template("dictionary.html.j2").render(
        domains=[(contract, registry.list_domain(domain)) for domain, contract in registry.contracts.items()],
        feeds=len(registry.feeds),
        quirks=list_quirks,
        note=_read_note,
        headers=_list_headers,
        kind=_describe_kind,
        marts=read_marts(),
    )


def list_quirks(feed: Feed) -> list[Both]:
    """Return what one must know of how this office sends, and which forms of it are read."""
    layout = feed.layout
    vi, en = _PERIOD[layout.delivery.period]
    found = [(f"{vi[:1].upper()}{vi[1:]}.", f"{en[:1].upper()}{en[1:]}.")]
    if layout.reader.kind == "csv":
        encoding, mark = layout.reader.encoding, layout.reader.delimiter
        found.append((f"Bảng mã {encoding}, dấu phân cách “{mark}”.", f"Encoding {encoding}, delimiter “{mark}”."))
    if layout.delivery.scope:
        found.append(("Mỗi tệp của một xã, phường.", "Each file is of one commune."))
    if layout.every_unit_owes:
        found.append(
            ("Mọi xã, phường đều phải gửi; không nhận được gì là thiếu.", "Every commune owes rows; silence is a gap.")
        )
    if any(column.kind == "money" and column.name in layout.headers for column in feed.contract.columns):
        found.append(_MONEY[layout.money_unit])
    if layout.sub_columns is not None:
        members = ", ".join(layout.sub_columns.members)
        found.append((f"Cột con dưới tiêu đề gộp: {members}.", f"Sub-columns under a merged header: {members}."))
    for column, how in layout.said_once.items():
        where: Both = ("năm trong tên biểu", "the year of the title")
        if how == "data_date":
            where = ("ngày số liệu của tệp", "the file's data date")
        found.append((f"{column}: nếu không có cột thì lấy {where[0]}.", f"{column}: without a column, {where[1]}."))
    if layout.unit is not None and layout.unit.codes_valid_from is not None:
        day = layout.unit.codes_valid_from
        found.append(
            (f"Mã đơn vị tính từ {day:%d/%m/%Y}, trước đó theo tên.", f"Codes count from {day}, names before.")
        )
    if layout.totals:
        named = ", ".join(dict.fromkeys(total.measure for total in layout.totals))
        found.append((f"Đối chiếu số tổng: {named}.", f"Control totals: {named}."))
    return [*found, *list_forms(feed)]


def list_forms(feed: Feed) -> list[Both]:
    """Return the forms of letters, numbers, days, units, periods and tables that are read, Vietnamese and English."""
    layout = feed.layout
    found: list[Both] = [_LETTERS, _TABLE] if layout.reader.kind not in _NO_TABLE else []
    found.append(_NUMBERS[layout.number_style])
    days = [_DAYS[style] for style in layout.date_styles if style in _DAYS]
    found.append(("Ngày: " + "; ".join(vi for vi, _ in days) + ".", "Days: " + "; ".join(en for _, en in days) + "."))
    if any(column.kind == "money" and column.name in layout.headers for column in feed.contract.columns):
        found.append(_SPELLINGS_OF_MONEY)
    measures = sorted({column.unit for column in feed.contract.columns if column.unit and column.kind == "number"})
    if measures:
        told = "; ".join(f"{unit}: {', '.join(MEASURES[unit])}" for unit in measures)
        found.append((f"Đơn vị đo được đổi: {told}.", f"Measures converted: {told}."))
    found.append(_PERIODS)
    aliases = layout.unit.aliases if layout.unit else {}
    words = [*layout.units.items(), *layout.periods.items(), *aliases.items()]
    words += [pair for values in layout.values.values() for pair in values.items()]
    if words:
        taught = "; ".join(f"“{word}” = {meaning}" for word, meaning in words)
        found.append((f"Chữ riêng của cơ quan: {taught}.", f"The office's own words: {taught}."))
    return found


def _read_note(feed: Feed) -> str:
    """Return the comment that opens the layout file, in English as it is written."""
    lines = []
    for line in feed.layout_content.decode("utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#! ").rstrip())
    return " ".join(lines)


def _list_headers(feed: Feed) -> list[tuple[str, str]]:
    return [(role, " · ".join(names)) for role, names in feed.layout.headers.items()]


def _describe_kind(column: Column) -> str:
    """Return the type of a column, and what is special about it."""
    said = [column.type if column.kind != "unit" else "unit"]
    said += ["key"] * column.is_key + ["required"] * column.required
    said += [column.classification] * column.is_personal
    return ", ".join(said)
