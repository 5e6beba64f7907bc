"""Years in folded text: how one stands beside a period, and which of those that a text names are not its own."""

from __future__ import annotations

import re

HIDDEN_DIGIT = "[\ue000-\ue009]"
"""A digit that tells no day, because it numbers something: `periods` puts such out of sight."""

Y = r"(?:19|20|21)\d{2}(?!\d)"
OF_YEAR = rf"(?:\s*,?\s*(?:của\s+)?năm\s*|\s*[/.\-]\s*|\s+)(?P<y>{Y})"
OF_ANY_YEAR = OF_YEAR.replace("?P<y>", "?:")

YEARS = re.compile(rf"(?<!\w)năm\s*{Y}(?:\s*(?:,|;|và|&|\+)\s*(?:năm\s*)?{Y})*")
"""One year, or those of a plan of several: "năm 2024, 2025"."""
ANY_YEAR = re.compile(rf"(?<!\d)({Y})")
NOT_ITS_YEAR = re.compile(rf"(?:cùng kỳ|so với)\s*(?:năm\s*)?{Y}|{Y}\s*-\s*{Y}|\d\s*/\s*{Y}/(?=[^\W\d])")
"""Years of comparison, of a stretch of years, and in the number of a paper."""
PLAN = r"(?<!\w)(?:kế hoạch|vốn)(?!\w)"


def names_plan_of(year: int, folded: str) -> bool:
    """Tell whether a text names a year as that of a plan: "kế hoạch vốn 2025", "năm 2025: thanh toán vốn"."""
    return re.search(rf"{PLAN}[^\n]*{year}|{year}[^\n]*{PLAN}", folded) is not None
