"""Words of periods that are understood one by one, and yet name no period: nobody can teach what they mean."""

from __future__ import annotations

import re

from dagster_project.ingest.normalise.wording.halfway import ROMAN_NUMBERS, TO

_UNIT = re.compile(r"(?<![^\W\d_])(?:(ngày)|(tuần|w)|(tháng|th?)|(quý|q)|(năm|n))(?![^\W\d_])")
_OF_NO_MEANING = re.compile(
    rf"(?<!\w)(?:{TO}|từ|hết|nay|và|của|chốt|báo cáo|số liệu|(?:đầu|cuối)(?= năm)|{ROMAN_NUMBERS})(?!\w)|[\W\d_]+"
)


def is_plain(folded: str) -> bool:
    """Tell whether words of a period, folded, are nothing but numbers and units of time: "quý v", "tháng 13/2025",
    "31/02/2025", "tháng 6" of no year. What is wrong with them, only the office can tell. A week of a month is no plain
    period: offices count it each in their own way."""
    units = {kind for said in _UNIT.finditer(folded) for kind, word in enumerate(said.groups()) if word}
    rest = _UNIT.sub("", _OF_NO_MEANING.sub(" ", folded)).strip()
    return not rest and not {1, 2} <= units
