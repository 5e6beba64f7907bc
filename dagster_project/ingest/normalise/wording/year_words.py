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
    return any(str(year) in line and re.search(PLAN, line) for line in folded.split("\n"))


GAP = "{0,300}"
"""Letters between words that belong together; without an end, a long text would be gone through from each word."""
_ANY = rf"(?:năm\s*)?{Y}"
_LISTED = rf"(?:các )?{_ANY}(?:\s*(?:,|và|-)\s*{_ANY}){{0,20}}"
_SAME_MONEY = rf"(?:(?!(?<!\w)(?:và|kế hoạch|giải ngân|thanh toán)(?!\w))[^,;()+&\d]){GAP}?\(?"
OF_OTHER_MONEY = re.compile(
    rf"(?<!\w)(?:kéo dài|chuyển nguồn|chuyển sang)(?!\w){_SAME_MONEY}{_LISTED}(?:\s*(?:sang|qua)\s*{_ANY})?"
    rf"|{_LISTED}\s*(?:được )?(?:phép )?(?:kéo dài|chuyển nguồn|(?:chuyển )?sang)(?!\w)(?:\s*(?:sang |qua )?{_ANY})?"
    rf"|(?<!\w)sang\s*năm\s*{Y}"
    r"|(?<!\w)(?:(?:dự kiến|đề xuất|đăng ký|xây dựng|dự thảo)(?: phân bổ| bố trí| giao| nhu cầu)? (?:kế hoạch|vốn)"
    rf"|nhu cầu|phương hướng(?:, nhiệm vụ)?|định hướng)(?!\w)[^,;()+&\d]{GAP}?{_LISTED}"
)
"""Years from which money is carried over ("vốn kéo dài năm 2024", "năm 2024 sang năm 2025"), or for which it is only
asked ("dự kiến kế hoạch năm 2026")."""
_OF_WORKS = re.compile(rf"(?<!\w)(?:khởi công|dự án hoàn thành)(?!\w){_SAME_MONEY}{_LISTED}")
_BARE_YEAR = re.compile(
    rf"(?<!\w)(?:kế hoạch|kh|vốn|giải ngân|thanh toán|ngân sách)(?!\w)[^\d,;()/]{GAP}?(?<!số )({Y})(?!\s*[/.\-]\s*\w)"
)


def find_named_years(folded: str) -> frozenset[int] | None:
    """Find the years that a text names as its own: "năm 2025", or bare beside words of money ("kế hoạch vốn 2025").
    Empty where it names only those of other money; None where it names none."""
    left = drop_years_of_other_money(folded)
    said = [year for words in YEARS.findall(left) for year in ANY_YEAR.findall(words)] + _BARE_YEAR.findall(left)
    return frozenset(map(int, said)) if said or OF_OTHER_MONEY.search(folded) else None


def drop_years_of_other_money(folded: str) -> str:
    """Return folded text without the years of comparison, of works, and of money carried over or only asked for."""
    return OF_OTHER_MONEY.sub(" ", _OF_WORKS.sub(" ", NOT_ITS_YEAR.sub(" ", folded)))
