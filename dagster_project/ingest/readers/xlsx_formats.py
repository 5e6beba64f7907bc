"""Number formats by which a person reads another number than the cell holds: `#,##0,,` shows millions, `0%` shares."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

_STYLES_PART = "xl/styles.xml"
_MAX_STYLES = 8 << 20  # bytes; the styles of a workbook that lived for years are under one megabyte
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_SCALING = re.compile(r"[0#?](?P<commas>,+)(?![0#?,])")
# Of the formats that every workbook has, numbered and without a text of their own.
_BUILT_IN = {9: "0%", 10: "0.00%"}


@dataclass(frozen=True)
class ShownAs:
    """Says how a number format shows a number: divided by `divisor`, or as a percent."""

    divisor: int = 1
    is_percent: bool = False


def find_odd_formats(archive: zipfile.ZipFile) -> dict[int, ShownAs]:
    """Find the cell styles of a workbook (their number in `s`) that show another number than the cell holds.

    Raises lxml's XMLSyntaxError for broken styles.
    """
    if _STYLES_PART not in archive.namelist() or archive.getinfo(_STYLES_PART).file_size > _MAX_STYLES:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(archive.read(_STYLES_PART), parser)
    codes = _BUILT_IN | {
        int(str(item.get("numFmtId", "0"))): str(item.get("formatCode", "")) for item in root.iter("{*}numFmt")
    }
    shown = {number: found for number, code in codes.items() if (found := _read_format(code)) != ShownAs()}
    styles = next(root.iter("{*}cellXfs"), None)
    cells = [] if styles is None else list(styles.iter("{*}xf"))
    numbers = [int(str(cell.get("numFmtId", "0"))) for cell in cells]
    return {style: shown[number] for style, number in enumerate(numbers) if number in shown}


def _read_format(code: str) -> ShownAs:
    """Read the part of a number format that is for positive numbers."""
    bare = _QUOTED.sub("", code).split(";")[0]
    if "%" in bare:
        return ShownAs(is_percent=True)
    found = _SCALING.search(bare)
    return ShownAs(1000 ** len(found["commas"])) if found else ShownAs()


def show_value(value: Any, shown: ShownAs) -> Any:
    """Return the number that a person reads, "50%" for a percent; what is no number stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    number = Decimal(repr(value))
    if shown.is_percent:
        return f"{number * 100:f}".rstrip("0").rstrip(".").replace(".", ",") + "%" if number else "0%"
    return float(number / shown.divisor)
