"""Days that a title names and of which its table does not speak: those of papers, of printing, of forms.

Patterns of folded text in which each whole day is a token, "@0@": the number of the day is in group `a`, `b` or `c`.
"""

from __future__ import annotations

import re

from dagster_project.ingest.normalise.wording.year_words import HIDDEN_DIGIT

_WHOLE_DAY = r"@(?P<{}>\d+)@"
_DAY_OF_OTHER = r"ngày\s*(?:@\d+@|\d{1,2}\s*/\s*\d{1,2}(?![\d/]))"
_NUMBER = rf"(?:{HIDDEN_DIGIT}|\d)+"
_LAWS = "thông tư|nghị định|luật|pháp lệnh"
_ORDERS = "quyết định|nghị quyết|chỉ thị|(?:thông báo )?kết luận|q[đd]|nq"
_LETTERS = "công văn|văn bản|tờ trình|thông báo|kế hoạch|công điện|hướng dẫn|đề án|hợp đồng|biên bản"
_UP_TO_ITS_DAY = r"(?:(?!(?<!\w)(?:đến|tới|chốt|tính|số liệu|kèm)(?!\w))[^\n@();]){0,90}?"
_AND_OTHERS = rf"(?:\s*(?:,|;|và)\s*(?:số\s*)?(?:{HIDDEN_DIGIT}|[\w/.\-])+,?\s*{_DAY_OF_OTHER})*"

OTHER_PAPER = re.compile(
    rf"(?<!\w)(?P<law>{_LAWS})(?!\w){_UP_TO_ITS_DAY}{_DAY_OF_OTHER}{_AND_OTHERS}"
    rf"|(?<![\w/])(?:(?:{_ORDERS})(?!\w)|(?:{_LETTERS})\s*(?:của\s|(?:số)?\s*:?\s*{_NUMBER}))"
    rf"{_UP_TO_ITS_DAY}{_DAY_OF_OTHER}{_AND_OTHERS}"
)
"""A law, or an order or letter that the table goes by ("Theo Quyết định 12/QĐ-UBND ngày …"): never the data's day."""
_CLOCK = r"(?:\d{1,2}\s*(?::|h|g|giờ)\s*(?:\d{2}(?::\d{2})?)?\s*(?:phút)?\s*,?\s*)?"
_THING = r"(?:\s(?:biểu|bảng|báo cáo|văn bản|biểu mẫu|mẫu|phiếu|tệp|file|dữ liệu|về|xuống))?"
_SAID_AS = rf"(?:\s*(?:lúc|vào|từ|ngày|:))*\s*{_CLOCK}(?:ngày)?\s*:?\s*"
OTHER_DAY = re.compile(
    r"(?<!\w)(?:(?:ngày|giờ|thời gian|thời điểm)(?:,? giờ)?"
    rf"\s+(?:in|tải|ban hành|phát hành|phê duyệt|(?:có )?hiệu lực){_THING}"
    r"|(?:in|tải)(?: về| xuống)?\s(?=lúc|vào|ngày)|(?:ban|phát) hành\s(?=lúc|vào|ngày|lần))"
    rf"(?:\s*:?\s*lần\s*(?:thứ\s*)?{_NUMBER},?)?{_SAID_AS}@\d+@"
)
"""The day on which something was printed or fetched, or on which a form was issued: never the data's day."""


def is_of_table(said: re.Match[str]) -> bool:
    """Tell whether an `OTHER_PAPER` is the one that the table accompanies ("Kèm theo Quyết định …"); a law never is."""
    before = said.string[: said.start()].split("\n")[-1].split(")")[-1]
    return not said["law"] and re.search(r"kèm\s+theo", before) is not None


OWN_PAPER = re.compile(
    rf"kèm\s+theo[^)\n@]*?(?:{_WHOLE_DAY.format('a')}|(?=[)\n])|$)"
    rf"|(?:số\s*:?\s*[\w.]*\s*/\s*[\w/\-]+|(?<![\w/])\d+\s*/\s*(?:\d{{4}}\s*/\s*)?[^\W\d][\w\-]*"
    rf"|báo cáo\s+(?:số\s*:?\s*{_NUMBER}|{_NUMBER}(?:\s*/\s*[\w/\-]+)?))"
    rf"\s*,?(?:\s*ký)?\s*ngày\s*(?:{_WHOLE_DAY.format('b')}|\d{{1,2}}\s*/\s*\d{{1,2}}(?![\d/]))"
    rf"|(?<!\w)(?:(?:ngày|thời gian)\s+(?:k[ýỳ]|lập|(?:trích|kết)?\s*xuất){_THING}|(?:trích|kết) xuất"
    rf"|lập\s(?=lúc|vào|ngày)){_SAID_AS}{_WHOLE_DAY.format('d')}"
    rf"|(?m:^(?![^\n,]*(?<!\w)(?:đến|tới|chốt)(?!\w))[^\n,@]{{2,60}},\s*ngày\s*{_WHOLE_DAY.format('c')}\s*$)"
)
"""The day of the table's own paper is that of its signing, days after the day of which its table speaks."""
BLANK_DAY = re.compile(
    r"ngày\s*[.…_]*\s*tháng\s*(?:\d{1,2}\s*)?[.…_]*\s*năm(?:\s*[.…_]*\s*\d{0,4})[.…_]*|ngày\s*[.…_]+\s*/[\s.…_\d/]*"
)
"""The place of a day of signing that nobody has filled in."""
