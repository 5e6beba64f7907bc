"""What a header says its figures to be in place of the fact: planned, of a part of the time or of another, a rest."""

from __future__ import annotations

import re
from functools import lru_cache

from dagster_project.ingest.normalise import data_dates, text
from dagster_project.ingest.normalise.periods import DataDate
from dagster_project.ingest.normalise.wording.year_words import GAP
from dagster_project.ingest.readers.base import Meaning

OF_A_PART = re.compile(
    r"(?<!\w)(?:trong (?:tháng|kỳ|tuần|quý)|(?:tháng|kỳ|tuần|quý) (?:này|trước|báo cáo)|cùng kỳ|năm trước)(?!\w)"
)
OF_THE_WHOLE = re.compile(r"(?<!\w)(?:lũy kế|luỹ kế|cộng dồn|từ đầu năm|từ khởi công)(?!\w)")
DONE = re.compile(r"(?<!\w)(?:thực tế|(?<!ước )(?<!chưa )thực hiện)(?!\w)")
OF_THE_YEAR = re.compile(r"(?<!\w)(?:trong|từ đầu) năm(?! trước)(?!\w)|^(?:vốn )?năm \d{4}$")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NAMED_TIME = r"(?:tháng ?\d{1,2}|t\.?\d{1,2}|quý ?(?:[ivx]+|\d)|tuần(?: thứ)? ?\d+)(?:[-/ ]+(?:năm )?\d{4})?(?![\w/])"
_OF_THE_YEAR_BEFORE = "vốn chuyển từ năm trước"
_CARRIED = r"(?:kéo dài|chuyển nguồn|chuyển sang|(?:năm|kỳ) trước chuyển)"
_SAID = {
    # A word of a limit → the patterns that say it; a layout's own header that says it too asks for that very thing.
    "kế hoạch": (
        # "Kế hoạch và giải ngân" and "Thực hiện kế hoạch" speak of what was done, too.
        r"(?<!thực hiện )(?<!giải ngân )(?<!thanh toán )(?<!các )(?:kế hoạch|kh|chỉ tiêu|nghị quyết)(?!\w)"
        r"(?!.{0,20}(?:và|[,;/&-]) ?(?:kết quả|tình hình|giải ngân|thực hiện|thanh toán))",
        r"dự toán",
        r"(?<!chương trình )mục tiêu(?! quốc gia)",
        r"dự kiến",
        r"ước(?: tính| đạt)?",
        r"đăng ký",
        r"cam kết",
        r"nhu cầu",
        r"đề (?:nghị|xuất)",
    ),
    "trong kỳ": (
        r"(?:trong (?:tháng|kỳ|tuần|quý)|(?:tháng|kỳ|tuần|quý) (?:này|báo cáo)|phát sinh)",
        r"đợt \d+",
        r"từ (?:ngày )?(?!0?1[/.-]0?1(?!\d))\d{1,2}[/.-]\d.{0,12}(?:đến|-)",
        r"\((?:tháng|kỳ|tuần|quý|đợt)\)",
    ),
    _OF_THE_YEAR_BEFORE: (_CARRIED,),
    "kỳ khác": (r"cùng kỳ", r"(?:năm|tháng|kỳ|tuần|quý) trước(?! chuyển)"),
    "phần còn lại": (
        r"còn (?:lại|thiếu|nợ|phải)",
        r"chưa",
        r"chênh lệch",
        r"(?:tăng|giảm)[ ,;/()+-]+(?:tăng|giảm)",
        r"\(nợ\)",
    ),
    "tỷ lệ": (r"t[ỷỉ] (?:lệ|trọng)", r"so (?:với|cùng)", r"% ?\w+"),
    "một phần": (r"\((?:trong đó|tr\.? ?đó|riêng)(?!\w).*",),
}
_LIMITS = [(said, re.compile(rf"(?<!\w){word}(?!\w)")) for said, words in _SAID.items() for word in words]
_TIME = re.compile(rf"(?<!đến )(?<!hết )(?<!cuối )(?<!từ )(?<!\d )(?<!\w){_NAMED_TIME}|(?<=\()\d{{1,2}}/\d{{4}}(?=\))")
_OF_A_YEAR = re.compile(r"(?:.*\()?(?:trong )?năm (\d{4})\)?")
_MONEY_OF_A_YEAR = re.compile(
    r"(?:.*\()?(?:(?:giải ngân|thanh toán) )?(?:các )?(?:nguồn )?(?:vốn|kế hoạch|kh)(?: của| trong)?(?: năm)?"
    r" (\d{4})\)?"
)
_CARRIED_MONEY = re.compile(rf"(?<!\w)(?:(?:vốn|nguồn|kế hoạch|kh)(?!\w).{GAP}(?<!\w){_CARRIED}|chuyển nguồn)(?!\w)")
_WITH_CARRIED = re.compile(
    r"\(?(?:(?:không |chưa )?(?<!\w)(?:bao gồm|gồm|kể|tính)(?: cả)?|(?<!\w)(?:và|lẫn|cùng)|[+&,;])"
    rf" [^()]{GAP}?{_CARRIED}[^()]*\)?"
)
""""Vốn năm 2025 (bao gồm vốn kéo dài)", "vốn năm 2025 và vốn kéo dài": the whole."""
_PAID = re.compile(r"(?<!\w)(?:giải ngân|thanh toán|tạm ứng|chi trả|đã chi|thực chi|cấp phát)(?!\w)")
_MONEY = re.compile(
    r"(?<!\w)(?:vốn (?:đầu tư (?:công )?)?(?:theo )?(?:kế hoạch|kh)"
    r"|(?:kế hoạch|kh) (?:vốn|đầu tư công)(?: đầu tư(?: công)?)?)(?: (?:được )?giao)?(?!\w)"
)
"""The money of a plan. Of what is paid it says which money, and not that the figures are planned."""
_OF_OTHER_YEARS = re.compile(
    r"(?<!\w)(?:từ (?:khi |ngày |lúc )?(?:khởi công|bắt đầu|triển khai|đầu dự án|có dự án)"
    r"|(?:các|những) năm trước)(?!\w)"
)
_DUE = r"(?:thời )?hạn|hẹn|phấn đấu|(?:chậm|muộn) nhất|(?:phải|cần) \w+"
_PLANNED_DAY = re.compile(
    rf"(?:^(?=theo |{_DUE})(?!(?:thời )?hạn (?:giải quyết|xử lý))|\()(?![^()]*thực tế)(?:theo |ngày |đúng |là )*"
    rf"(?:tiến độ|hợp đồng|hđ|yêu cầu|quy định|trước ngày|{_DUE})(?: (?!chế|mức)[^()]*)?(?:\)|$)"
)
"""A day that is set, in a bracket or as all that a heading says: "(theo tiến độ)", "(hạn)", "Theo hợp đồng". Under
"Tiến độ thực hiện" and "Thời hạn giải quyết" stand days of all kinds."""
_UNTIL = re.compile(rf"(?<!\w)(?:đến|tới|hết|chốt|tính)(?!\w).{GAP}\d")

QUALIFIER = re.compile(
    r"(?:ngày |số |đã )?(?:thực tế|thực hiện|kế hoạch|dự kiến)"
    r"|(?:lũy kế|luỹ kế|cộng dồn)(?: (?:đến|từ) .*)?|trong (?:tháng|kỳ|tuần|quý)(?: .*)?"
    r"|chỉ tiêu|dự toán|mục tiêu|ước(?: .*)?|còn lại|cùng kỳ(?: .*)?|(?:tháng|kỳ|quý|năm) (?:này|trước)"
)
"""What a lower cell says of the figures that its parent names, and of nothing else."""


def begins_as_limit(key: str) -> bool:
    """Tell whether a cell over others says that they hold something else than the fact; a line "…: …" does not."""
    return _CARRIED_MONEY.search(key) is not None or _begins_with_limit(key)


def _begins_with_limit(key: str) -> bool:
    limits = (pattern.match(key) for said, pattern in _LIMITS if said != _OF_THE_YEAR_BEFORE)
    return ":" not in key and (any(limits) or any(pattern.match(key) for pattern in (_TIME, _OF_A_YEAR)))


def find_year(key: str) -> str | None:
    """Find the year that is all that a text says: "Năm 2025", "Vốn kế hoạch năm 2025"."""
    said = _MONEY.sub("vốn", _WITH_CARRIED.sub(" ", key)).strip()
    found = _OF_A_YEAR.fullmatch(said) or _MONEY_OF_A_YEAR.fullmatch(said)
    return found and found[1]


def says_which(key: str) -> bool:
    """Tell whether a text over columns says which of several figures stands below: of a part, the whole, planned or
    done, of which money."""
    told = (OF_A_PART, OF_THE_WHOLE, OF_THE_YEAR, DONE)
    is_set = _PLANNED_DAY.match(key) is not None
    return any(one.search(key) for one in told) or begins_as_limit(key) or find_year(key) is not None or is_set


_ALONE = re.compile(
    r"(?:số liệu )?(?:cùng kỳ(?: năm (?:trước|\d{4}))?|(?:năm|tháng|kỳ|tuần|quý) trước)"
    r"|(?:số )?(?:kế hoạch|dự kiến|dự toán|chỉ tiêu|ước(?: tính| thực hiện)?)"
)


def is_limit_alone(key: str) -> bool:
    """Tell whether a line says only that what stands below it is planned or of another time: "Kỳ trước", never "Kỳ
    trước chuyển sang"."""
    return _ALONE.fullmatch(key.strip(" ()*:.")) is not None


_SUM = re.compile(r"(?:tổng(?: cộng| số)?|cộng)\s+(?:số )?")
_CHANGE = re.compile(
    r"(?:mức |số )?(?:tăng|giảm)(?!\w)|đạt(?!\w)|(?:số )?(?:trung bình|bình quân)|(?:cao|thấp) nhất|max|min"
)


def is_no_sum(key: str) -> bool:
    """Tell whether the label of a row with figures, which closes a table, says that they are no sum of its rows: "Lũy
    kế", "Còn lại", "Cùng kỳ năm trước", "Tổng kế hoạch", "Tăng (+), giảm (-)"."""
    said = _SUM.sub("", key, count=1)
    return any(pattern.match(said) is not None for pattern in (OF_THE_WHOLE, _CHANGE)) or _begins_with_limit(said)


@lru_cache(maxsize=4096)
def find_limit(
    path: tuple[str, ...],
    names: tuple[str, ...],
    known: frozenset[str] = frozenset(),
    meaning: Meaning | None = None,
    dated: DataDate | None = None,
) -> str | None:
    """Find what a header says to hold in place of the fact ("kế hoạch"), unless one of the role's own `names` says it
    too. `known`: times that are those of the whole table; `meaning`: what the role holds; `dated`: what the title
    states, or implies of the year."""
    own = " / ".join(map(text.make_key, names))
    keys = [_WITH_CARRIED.sub(" ", key).strip() for key in map(text.make_key, path)]
    if any(_PAID.search(key) for key in keys):
        keys = [_MONEY.sub("vốn", key) for key in keys]
    for key in keys:
        said = next((what for what, limit in _LIMITS if limit.search(key) and not limit.search(own)), None)
        said = said or _find_limit_of_meaning(key, own, meaning) or _find_other_time(key, own, known, dated)
        if said:
            return said
    return None


def _find_limit_of_meaning(key: str, own: str, meaning: Meaning | None) -> str | None:
    """Find what is no fact for a role of this meaning alone."""
    if meaning == "of_year" and _OF_OTHER_YEARS.search(key) and not _OF_OTHER_YEARS.search(own):
        return "của nhiều năm"
    return "ngày theo kế hoạch" if meaning == "event" and _PLANNED_DAY.search(key) else None


def _find_other_time(key: str, own: str, known: frozenset[str], dated: DataDate | None) -> str | None:
    """Find whether a text names a year, a month or a last day that is not the table's."""
    year = find_year(key)
    if year and not {key, year} & known and key not in own and not _CARRIED_MONEY.search(own):
        return "kỳ khác"
    if _UNTIL.search(key) and _ends_on_other_day(key, known, dated):
        return "kỳ khác"
    is_part = _TIME.search(key) and not OF_THE_WHOLE.search(key) and key not in known
    return "trong kỳ" if is_part and not (_TIME.search(own) or OF_A_PART.search(own)) else None


def _ends_on_other_day(key: str, known: frozenset[str], dated: DataDate | None) -> bool:
    """Tell whether a header says a last day that is not the title's; of a month, quarter or more, that lies before its
    last month; of a year alone, outside it and the January after, in which its plan is still paid."""
    if dated is None:
        return False
    said = data_dates.read_title(key, elsewhere=frozenset({dated.end.year}))
    day = said.stated or said.implied
    if day is None or (day.kind == "year" and str(day.end.year) in known):
        return False
    if day.kind == "year" or dated.kind == "year":
        is_january_after = day.end.month == 1 and day.end.year == dated.end.year + 1
        return day.end.year != dated.end.year and not (dated.kind == "year" and is_january_after)
    is_in_last_month = (day.end.year, day.end.month) == (dated.end.year, dated.end.month)
    return day.end != dated.end and (dated.kind in ("day", "range") or day.end > dated.end or not is_in_last_month)
