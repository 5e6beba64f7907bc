"""What a header says its figures to be in place of the fact: planned, of a part of the time or of another, a rest."""

from __future__ import annotations

import re
from functools import lru_cache

from dagster_project.ingest.normalise import text

OF_A_PART = re.compile(
    r"(?<!\w)(?:trong (?:tháng|kỳ|tuần|quý)|(?:tháng|kỳ|tuần|quý) (?:này|trước|báo cáo)|cùng kỳ|năm trước)(?!\w)"
)
OF_THE_WHOLE = re.compile(r"(?<!\w)(?:lũy kế|luỹ kế|cộng dồn|từ đầu năm|từ khởi công)(?!\w)")
DONE = re.compile(r"(?<!\w)(?:thực tế|(?<!ước )(?<!chưa )thực hiện)(?!\w)")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NAMED_TIME = r"(?:tháng ?\d{1,2}|t\.?\d{1,2}|quý ?(?:[ivx]+|\d)|tuần(?: thứ)? ?\d+)(?:[-/ ]+(?:năm )?\d{4})?(?![\w/])"
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
    "kỳ khác": (r"cùng kỳ", r"(?:năm|tháng|kỳ|tuần|quý) trước"),
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
OF_A_YEAR = re.compile(r"(?:.*\()?năm (\d{4})\)?")


def begins_as_limit(key: str) -> bool:
    """Tell whether a cell over others says that they hold something else than the fact; a line "…: …" does not."""
    limits = (pattern.match(key) for _, pattern in _LIMITS)
    return ":" not in key and (any(limits) or any(pattern.match(key) for pattern in (_TIME, OF_A_YEAR)))


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
    return any(pattern.match(said) is not None for pattern in (OF_THE_WHOLE, _CHANGE)) or begins_as_limit(said)


@lru_cache(maxsize=4096)
def find_limit(path: tuple[str, ...], names: tuple[str, ...], known: frozenset[str] = frozenset()) -> str | None:
    """Find what a header says to hold in place of the fact ("kế hoạch"), unless one of the role's own `names` says it
    too. `known`: times that are those of the whole table."""
    own = " / ".join(map(text.make_key, names))
    for key in map(text.make_key, path):
        said = next((what for what, limit in _LIMITS if limit.search(key) and not limit.search(own)), None)
        if said:
            return said
        year = OF_A_YEAR.fullmatch(key)
        if year and not {key, year[1]} & known and key not in own:
            return "kỳ khác"
        if (
            _TIME.search(key)
            and not OF_THE_WHOLE.search(key)
            and key not in known
            and not (_TIME.search(own) or OF_A_PART.search(own))
        ):
            return "trong kỳ"
    return None
