"""This module says days, years and units of money as offices do, and writes letters as old fonts and wrong encodings
leave them.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dagster_project.simulate.tcvn3 import encode as encode_tcvn3

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
MONTHS = ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai")
QUARTERS = ("I", "II", "III", "IV")
MONEY = {
    "đồng": ("đồng", "đ", "VNĐ", "VND", "Đồng"),
    "nghìn đồng": ("nghìn đồng", "ngàn đồng", "ng.đ", "1.000 đ", "1,000 đồng", "10^3 đ", "Nghìn đồng"),
    "triệu đồng": ("triệu đồng", "tr.đ", "trđ", "Tr.đồng", "triệu.đồng", "10^6 đồng", "1.000.000 đ", "triệu"),
    "tỷ đồng": ("tỷ đồng", "tỉ đồng", "tỷ.đ", "10^9 đồng", "Tỷ đồng"),
}
"""Unit of money → how offices write it."""
UNIT_LINES = ("ĐVT: {}", "Đ.V.T: {}", "Đơn vị tính: {}", "(ĐVT: {})", "Đơn vị: {}", "ĐVT {}")
_VNI_LETTERS = """
á aù à aø ả aû ã aõ ạ aï ă aê ắ aé ằ aè ẳ aú ẵ aü ặ aë â aâ ấ aá ầ aà ẩ aå ẫ aã ậ aä
é eù è eø ẻ eû ẽ eõ ẹ eï ê eâ ế eá ề eà ể eå ễ eã ệ eä í í ì ì ỉ æ ĩ ó ị ò
ó où ò oø ỏ oû õ oõ ọ oï ô oâ ố oá ồ oà ổ oå ỗ oã ộ oä ơ ô ớ ôù ờ ôø ở ôû ỡ ôõ ợ ôï
ú uù ù uø ủ uû ũ uõ ụ uï ư ö ứ öù ừ öø ử öû ữ öõ ự öï ý yù ỳ yø ỷ yû ỹ yõ ỵ î đ ñ
"""
_VNI = dict(zip(_VNI_LETTERS.split()[::2], _VNI_LETTERS.split()[1::2], strict=True))
_VNI |= {letter.upper(): typed.upper() for letter, typed in _VNI.items()}


def say_number(number: int) -> str:
    """Return a number up to 99 in words: 25 is "hai mươi lăm"."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    last = {0: "", 5: "lăm", 1: "mốt" if tens > 1 else "một"}.get(ones, DIGITS[ones])
    return f"{'mười' if tens == 1 else DIGITS[tens] + ' mươi'} {last}".strip()


def say_day(day: date) -> str:
    """Return a day in words, as Decree 30 has them: "ngày mười ba tháng bảy năm hai nghìn không trăm hai mươi lăm"."""
    year = f"hai nghìn không trăm {say_number(day.year % 100)}"
    return f"ngày {say_number(day.day)} tháng {MONTHS[day.month - 1]} năm {year}"


def say_period(day: date, first: date | None, rng: np.random.Generator) -> str:
    """Return a line of a title that says up to which day a table speaks.

    `first`: the first day that it speaks of, where that may be said; so may then the whole month, quarter or year.
    """
    forms = [
        f"(Số liệu đến ngày {day:%d/%m/%Y})",
        f"(Số liệu tính đến hết ngày {day.day} tháng {day.month} năm {day.year})",
        f"Tính đến 17 giờ 00 phút, ngày {day.day}/{day.month}/{day.year}",
        f"(Số liệu đến {say_day(day)})",
        f"(Số liệu chốt đến {day:%d.%m.%Y})",
    ]
    if first is not None:
        dash = (" - ", "-", " – ", " — ", " đến ngày ", " đến hết ngày ")[int(rng.integers(0, 6))]
        forms += [f"(Từ ngày {first:%d/%m/%Y}{dash}{day:%d/%m/%Y})"] * 2
        forms += name_stretch(day) * 3 if first.day == 1 else []
    return forms[int(rng.integers(0, len(forms)))]


def name_stretch(day: date) -> list[str]:
    """Return how the month, quarter, half-year or nine months that end on this day are called; nothing on other
    days.
    """
    month_ends = (day + timedelta(days=1)).day == 1
    names = [f"Tháng {day.month} năm {day.year}", f"(Số liệu tháng {MONTHS[day.month - 1]} năm {day.year})"]
    if day.month % 3 == 0:
        names += [f"Quý {QUARTERS[day.month // 3 - 1]} năm {day.year}", f"Quý {day.month // 3}/{day.year}"]
    if day.month in (6, 9):
        names += [f"{day.month} tháng đầu năm {day.year}"]
    return names if month_ends else []


def type_in_vni(text: str) -> str:
    """Return the letters that a VNI font shows as this text."""
    return "".join(_VNI.get(letter, letter) for letter in text)


def type_in_tcvn3(text: str) -> str:
    """Return the letters that a TCVN3 font shows as this text.

    A capital among the control characters cannot be typed: the font of capitals shows the small letter so.
    """
    typed = (encode_tcvn3(letter) if encode_tcvn3(letter) >= b" " else encode_tcvn3(letter.lower()) for letter in text)
    return b"".join(typed).decode("latin-1")


def double_utf8(text: str) -> str:
    """Return the text after its UTF-8 was opened as Windows-1252."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
