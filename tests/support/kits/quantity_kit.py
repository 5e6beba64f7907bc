"""Phrases of units as offices, and careless hands, write them, each with the factor that a person reads; a grammar of
scale, joiner, name, bracket and numeral. None stands for "no person can tell"."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

SCALE_WORDS = {
    "nghìn": 10**3, "ngàn": 10**3, "Nghìn": 10**3, "vạn": 10**4, "trăm nghìn": 10**5, "triệu": 10**6, "tr": 10**6,
    "Tr": 10**6, "TRIỆU": 10**6, "chục triệu": 10**7, "tỷ": 10**9, "tỉ": 10**9, "nghìn tỷ": 10**12,
    "1.000": 10**3, "1,000": 10**3, "10^6": 10**6, "10³": 10**3, "10.000": 10**4, "100": 10**2, "10": 10,
    "100 triệu": 10**8, "10^5": 10**5, "1000": 10**3, "100.000": 10**5,
}  # fmt: skip
"""As the scale itself, or a numeral, says."""
NAMES = ["đồng", "đ", "VNĐ", "VND", "VN đồng", "đồng Việt Nam", "Đồng"]
UNKNOWN = ["K", "M", "chẵn", "xu", "1/", "x", "tấn", "USD", "T", "USD/", "5", "0,5", "½", "nghìn/", "×"]
JOINERS = [" ", ".", "-", "_", ". ", " - "]
ODD_JOINERS = ["/", ", ", " x ", "*", "×", "; "]
TAILS = ["", "", "", " (lũy kế)", "; ha", ", hộ", " (đến ngày 30/6/2025)", " (1)", "; hộ nghèo", " (chưa gồm dự phòng)"]
AREAS = {"ha": 1, "Ha": 1, "m2": "0.0001", "m²": "0.0001", "km2": 100, "hecta": 1, "mét vuông": "0.0001"}
NOTES = [
    "tổng", "lũy kế", "hộ", "đến ngày 30/6/2025", "1", "3=1+2", "(5)", "nếu có", "theo bản đồ", "cần", "có",
    "theo QĐ 12/QĐ-UBND", "năm 2025", "gồm cả đất ở", "hộ nghèo", "thu hồi", "diện tích ngoài quy hoạch chung",
]  # fmt: skip
NO_AREAS = [
    "dm2",
    "m3",
    "tấn",
    "acre",
    "sào",
    "mẫu",
    "%",
    "m",
    "km",
    "giờ",
    "dặm vuông",
    "mét khối",
    "triệu đồng",
    "xu",
]


@st.composite
def draw_money_phrase(draw: st.DrawFn) -> tuple[str, Decimal | None]:
    """Draw a phrase that speaks of money, with what one of its units is in đồng; None where something odd is in it."""
    word = draw(st.sampled_from(list(SCALE_WORDS)))
    name = draw(st.sampled_from(NAMES))
    factor = Decimal(SCALE_WORDS[word])
    joiner = draw(st.sampled_from(JOINERS))
    shape = draw(st.sampled_from(["plain", "plain", "bracket", "name first", "name alone", "odd joiner", "unknown"]))
    if shape == "bracket":
        phrase = f"{word} ({name})"
    elif shape == "name first":
        phrase = f"{name} ({word})"
    elif shape == "name alone":
        phrase, factor = name, Decimal(1)
    elif shape == "odd joiner":
        first, second = draw(st.permutations([word, name]))
        return first + draw(st.sampled_from(ODD_JOINERS)) + second, None
    elif shape == "unknown":
        said = [draw(st.sampled_from(UNKNOWN)), *draw(st.sampled_from([[name], [word, name]]))]
        return " ".join(draw(st.permutations(said))), None
    else:
        phrase = word + joiner + name
    return phrase + draw(st.sampled_from(TAILS)), factor


@st.composite
def draw_measure_bracket(draw: st.DrawFn, wanted: str) -> tuple[str, Decimal | str | None]:
    """Draw what a header of an area in hectares may say in brackets, with the factor; "note" where it names no unit."""
    assert wanted == "ha"
    shape = draw(st.sampled_from(["unit", "scaled", "note", "noted unit", "other", "numbered", "left over"]))
    unit = draw(st.sampled_from(list(AREAS)))
    factor = Decimal(AREAS[unit])
    if shape == "unit":
        return unit, factor
    if shape == "scaled":
        word = draw(st.sampled_from(list(SCALE_WORDS)))
        return f"{word} {unit}", factor * SCALE_WORDS[word]
    if shape == "note":
        return draw(st.sampled_from(NOTES)), "note"
    if shape == "noted unit":
        return "; ".join(draw(st.permutations([unit, draw(st.sampled_from(NOTES))]))), factor
    if shape == "other":
        return draw(st.sampled_from(NO_AREAS)), None
    if shape == "numbered":
        return f"{draw(st.integers(2, 999))} {unit}", None
    return " ".join(draw(st.permutations([unit, draw(st.sampled_from(UNKNOWN))]))), None
