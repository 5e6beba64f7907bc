"""Words in folded text by which the figures of a period are estimates: such a period dates no table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dagster_project.ingest.normalise.wording.year_words import GAP, Y, find_named_years

_SUPPOSED = r"(?<!quy )(?<!quý )(?<!hương )(?<!điều )(?<!công )(?<!hiệp )(?<!giao )(?<!mơ )(?<!\w)ước(?!\w)"
_PLANNED = r"(?<!\w)dự kiến(?: (?:kết quả|thực hiện|giải ngân|hoàn thành|đạt|cả|trong|hết|số liệu|của))*"
_ESTIMATE = re.compile(
    rf"(?:{_SUPPOSED}(?:(?:(?!cả năm)[^,;()\n]){GAP}|(?:(?!cả năm)[^,;()\n\d@]){GAP}\n\s*\(?)|{_PLANNED}\s*)$"
)
"""What stands right before an estimated period: "ước thực hiện …", "dự kiến đến …", also as a line above it."""
_ESTIMATED = re.compile(r"[\s,\-]*\(\s*(?:số |số liệu |kết quả )?(?:ước|dự kiến)(?: [^\W\d]+){0,2}\s*\)")
"""What stands right behind one: "6 tháng đầu năm 2025 (ước thực hiện)"."""
_AND = re.compile(r"[\s,;+&\-]*(?:(?:và|lũy kế|luỹ kế)\s*)*")
"""What joins two periods of which one word speaks."""
BEFORE_ESTIMATE = re.compile(
    r"[\s,;(\-]*(?:và\s+)?(?:ước|(?:dự kiến|kế hoạch)(?=\s+(?:thực hiện\s+)?(?:cả năm|năm|tháng|quý|\d)))(?!\w)"
)
""""5 tháng, ước 6 tháng đầu năm": such a count of months is a period, and the other one is not meant."""
_ESTIMATED_YEAR = re.compile(rf"(?:{_SUPPOSED}[^,;()\n]{GAP}?|{_PLANNED}\s*)(?:cả\s+)?năm\s*{Y}")


def find_estimates(folded: str, spans: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Find which of the periods at `spans`, in order, a text only estimates: number → where all its words stand.

    What stands beside one without a word of its own ("ước tháng 6 và 6 tháng") is one, too.
    """
    found: dict[int, tuple[int, int]] = {}
    last = 0
    for number, (at, end) in enumerate(spans):
        before = folded[last:at]
        word, behind = _ESTIMATE.search(before), _ESTIMATED.match(folded, end)
        if number - 1 in found and _AND.fullmatch(before):
            found[number] = (found[number - 1][0], end)
        elif word or behind:
            found[number] = (last + word.start() if word else at, behind.end() if behind else end)
        last = end
    return found


def find_estimated_years(folded: str) -> list[str]:
    """Find the words that estimate a whole year, where a text names no other."""
    said = [words[0] for words in _ESTIMATED_YEAR.finditer(folded)]
    return said if said and not find_named_years(_ESTIMATED_YEAR.sub(" ", folded)) else []


def is_estimate(words: str) -> bool:
    """Tell whether words of a period say that it is estimated."""
    return re.search(rf"{_SUPPOSED}|{_PLANNED}", words) is not None
