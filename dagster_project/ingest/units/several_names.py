"""Whether one cell names several units side by side."""

from __future__ import annotations

import re
from collections.abc import Callable

# Commas and "và" are part of some names ("Sở Văn hóa, Thể thao và Du lịch"), so that a cell is cut only where what
# stands on its sides can stand alone.
_CUT = re.compile(
    r"(\s*[;,/+&]\s*|\s+[\-–—]\s+|\s+(?:và|cùng với|cùng|phối hợp với|phối hợp)\s+|\s+(?=(?:sở|ubnd)\s))", re.IGNORECASE
)
_MOST_PIECES = 16  # beyond it the cell is a list of everybody, not the name of a unit
_AGENCY = re.compile(
    r"(?:sở|ubnd|(?:ủy|uỷ) ban|ban|thanh tra|văn phòng|vp|công an|bộ|cục|chi cục|kho bạc|trung tâm|hội|liên đoàn|"
    r"mặt trận|viện|trường|công ty|tòa án|đảng ủy|xã|phường)\s",
    re.IGNORECASE,
)


def names_several(written: str, is_unit: Callable[[str], bool]) -> bool:
    """Tell whether `written`, which is no unit as a whole, is units side by side, or a unit beside another agency."""
    parts = _CUT.split(written.strip())
    count = len(parts) // 2 + 1
    if count == 1 or count > _MOST_PIECES:
        return False

    def join(first: int, after: int) -> str:
        return "".join(parts[2 * first : 2 * after - 1]).strip()

    units = {(a, b) for a in range(count) for b in range(a + 1, count + 1) if b - a < count and is_unit(join(a, b))}
    reached = {0}
    for end in range(1, count + 1):
        if any((start, end) in units for start in reached):
            reached.add(end)
    if count in reached:
        return True
    beside = [join(end, count) for start, end in units if start == 0]
    beside += [join(0, start) for start, end in units if end == count]
    return any(_AGENCY.match(other) for other in beside)
