"""The unit of money that a line of text names: "ĐVT: triệu đồng" → 1,000,000 đồng."""

from __future__ import annotations

import re

from dagster_project.ingest.normalise import text

_UNIT_LINE = re.compile(r"(?:đvt|đv tính|đơn vị tính|đơn vị tiền)\s*[:.,]?\s*([^\n)]*)")
# "Đơn vị:" also begins the name of an agency: then nothing but money counts.
_UNIT_ONLY = re.compile(r"\(?đơn vị\s*:\s*([^\n)]*)\)?")
# Both spellings occur: "nghìn" in the North, "ngàn" in the South; "tỷ" and "tỉ".
_SCALES = {"trăm": 10**2, "nghìn": 10**3, "ngàn": 10**3, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
_MONEY = re.compile(
    rf"(?<![^\W_])(?P<scale>(?:(?:1(?:[. ]?000)+|1(?=\s)|{'|'.join(_SCALES)})\s*)*)(?P<unit>đồng|vnđ|vnd|đ)(?![^\W_])"
)
_BARE_SCALE = re.compile(rf"(?P<scale>(?:(?:{'|'.join(_SCALES)})\s*)+)\.?")


def read_money_multipliers(value: str | None) -> frozenset[int]:
    """Read what one unit is in đồng from an ĐVT line, or from a title that holds one: "ĐVT: triệu đồng" → {1_000_000}.

    Empty when the text names no unit of money ("ĐVT: ha") or a foreign one; several when it contradicts itself.
    """
    if not value:
        return frozenset()
    lines = [text.make_key(line) for line in value.split("\n")]
    marked = [phrase for line in lines for phrase in _UNIT_LINE.findall(line)]
    alone = [only[1] if (only := _UNIT_ONLY.fullmatch(line)) else line for line in lines]
    alone = [phrase for phrase in alone if _MONEY.fullmatch(phrase.strip())]
    return frozenset(multiplier for phrase in marked or alone for multiplier in _find_multipliers(phrase))


def _find_multipliers(phrase: str) -> list[int]:
    matches = list(_MONEY.finditer(phrase))
    bare = _BARE_SCALE.fullmatch(phrase.strip())
    if not matches and bare is not None:
        matches = [bare]
    return [_multiply_scale(match["scale"]) for match in matches]


def _multiply_scale(scale: str) -> int:
    product = 1
    for number in re.findall(r"1(?:[. ]?000)+", scale):
        product *= int(re.sub(r"[. ]", "", number))
    for word in re.findall("|".join(_SCALES), scale):
        product *= _SCALES[word]
    return product
