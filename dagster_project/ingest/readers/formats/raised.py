"""Raised and lowered letters of pages and documents → plain text in which none is taken for a digit of a figure.

"m" with a raised 2 is written "m²". A raised mark behind a figure that fills a cell refers to a note: "12,5" with a
raised 2 is 12,5 and not 12,52. One behind a word is written as offices type it: "Số hộ (1)".
"""

from __future__ import annotations

import re

RAISED, LOWERED, END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Stand around raised and lowered letters until `write_marks`; Unicode keeps them free for such uses."""

_BEGIN = f"[{RAISED}{LOWERED}]"
_UP = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_DOWN = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_POWER = re.compile(f"(?<![0-9])10{RAISED}\\s*([369])\\s*{END}")
_NUMBER = r"(?:[1-9]|1[0-9])"
_MARK = rf"(?:{_NUMBER}|[a-zđ]|[ivx]{{2,4}}|[*†‡]{{1,3}})"
_BEHIND_A_FIGURE = re.compile(
    rf"(\s*+[0-9(+\-−–—…][0-9\s.,:/()%+\-−–—…]*+)"
    rf"{RAISED}\s*+[(\[]?+\s*+{_MARK}(?:\s*+[,;]\s*+{_MARK})*\s*+[)\]]?+\s*+{END}\s*+",
    re.IGNORECASE,
)
_BEHIND_A_WORD = re.compile(
    rf"(?<![^\W\d_])([^\W\d_]{{2,}}+)(\s*+){RAISED}\s*+[(\[]?+\s*+({_NUMBER})\s*+[)\]]?+\s*+{END}"
)
_LENGTH = re.compile("[kdcm]m", re.IGNORECASE)  # km², cm³ are units and refer to no note
_SPAN = re.compile(f"({_BEGIN})([^{RAISED}{LOWERED}{END}]*){END}")


def write_marks(value: str) -> str:
    """Write the raised and lowered letters of one cell or line in Unicode's own forms; leave out a mark that refers
    from a figure to a note. Ten with a raised 3, 6 or 9 is always a power: "10^6"."""
    if END not in value:
        return value
    value = re.sub(f"{_BEGIN}+({_BEGIN})", r"\1", value)  # a mark inside a mark
    value = re.sub(f"{END}+", END, value)
    value = re.sub(f"{END}{_BEGIN}", "", value)  # raised piece by piece: "(", "1" and ")"
    value = _POWER.sub(r"10^\1", value)
    figure = _BEHIND_A_FIGURE.fullmatch(value)
    if figure is not None:
        return figure[1]
    value = _SPAN.sub(_write_span, _BEHIND_A_WORD.sub(_write_note, value))
    return re.sub(f"[{RAISED}{LOWERED}{END}]", "", value)


def _write_note(found: re.Match[str]) -> str:
    return found[0] if _LENGTH.fullmatch(found[1]) else f"{found[1]} ({found[3]})"


def _write_span(span: re.Match[str]) -> str:
    return span[2].translate(_UP if span[1] == RAISED else _DOWN)
