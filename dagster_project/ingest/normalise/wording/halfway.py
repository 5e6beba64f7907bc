"""Words that name a period which they do not tell: parts of one, and what no form of words has read."""

from __future__ import annotations

import re

from dagster_project.ingest.normalise.wording.year_words import HIDDEN_DIGIT, OF_ANY_YEAR, Y

TO = r"(?:đến|tới)(?:\s+(?:hết|cuối))?"
_ORDINAL = r"(?:thứ\s+)?(?:\d{1,2}|i{1,3}|iv|v|nhất|nhì|đầu|cuối)"
ROMAN_NUMBERS = "viii|vii|vi|iv|ix|xii|xi|iii|ii|i|v|x"
_SEASON = r"(?:đông xuân|hè thu|thu đông|xuân hè|mùa|chiêm|đông|xuân|hè|\d)(?!\w)"
HALFWAY = re.compile(
    rf"(?<!\w)(?:(?:đầu|giữa|nửa\s+(?:đầu|cuối|trước|sau)|(?:thượng|trung|hạ) tuần|trước|sau|tuần\s+{_ORDINAL}"
    rf"|(?:kỳ|đợt)\s+{_ORDINAL}(?:\s*[,\-(])?|\d{{1,2}}\s+(?:ngày|tuần)\s+(?:đầu|cuối))\s+(?:của\s+)?(?:tháng|quý)\s*(?:\d{{1,2}}|{ROMAN_NUMBERS})(?!\w)"
    rf"(?:{OF_ANY_YEAR})?"
    rf"|(?:(?:thượng|trung|hạ) tuần|tuần\s+{_ORDINAL})[\s,(\-]+\d{{1,2}}\s*[/.\-]\s*{Y}"
    rf"|(?:học\s+kỳ|kỳ|nửa|đợt|lần)\s+(?:{HIDDEN_DIGIT}+|{_ORDINAL}){OF_ANY_YEAR}"
    rf"|(?<!tháng )(?:đầu|giữa|trước|sau)\s+năm\s*{Y}"
    rf"|(?<!một )(?<!hơn )nửa\s+(?:đầu|cuối|trước|sau|năm)(?:\s*\d{{1,2}}\s*[/.\-]\s*{Y}|{OF_ANY_YEAR})?"
    rf"|(?:bán niên|giữa kỳ|niên độ)(?:\s+(?:ngân sách|kế hoạch))?(?:{OF_ANY_YEAR})?"
    rf"|(?<!nhiệm )(?<!dịch )(?<!phục )(?<!nghiệp )vụ\s+{_SEASON}(?:{OF_ANY_YEAR})?"
    rf"|(?:một|hai|ba|[1-4])\s+quý(?!\s*\d)"
    rf"|th? ?\d{{1,2}}\s*[-,&+ ]\s*t?\d{{1,2}}(?!\d)|tháng ?\d{{1,2}} +\d{{1,2}} +{Y}"
    rf"|(?<!tháng )(?<!quý )(?<!tuần )\d{{1,2}}[ ]?tháng\s*\d{{1,2}}(?!\d)(?!\s*(?:quý|tuần|ngày))(?:{OF_ANY_YEAR})?)"
)
"""Parts of a month, a quarter or a year of which the words do not tell the last day, and numbers that may be a day."""
LEFT_OVER = re.compile(
    r"(?<!\w)(?<!hàng )(?<!hằng )(?<!theo )(?<!mỗi )(?<!từng )(?:tháng|quý|tuần)\s*"
    rf"(?:(?:thứ\s+)?(?:\d[\w/.\-]*|(?:{ROMAN_NUMBERS})(?!\w))|[.…_]+|(?!năm\s|và\s|của\s)[^\W\d]+\s+(?:năm\s*)?{Y})"
    rf"|(?<!các )(?<!hàng )(?<!hằng )(?<!theo )(?<!\d )(?<!\d)tháng\s+năm\s+{Y}"
    rf"|(?<!\w){TO}\s*(?:ngày\s*)?\d{{1,2}}\s*[/.\-]\s*\d[\d/.\-]*"
)
"""What names a month, a quarter, a week or a last day once every form is read."""
