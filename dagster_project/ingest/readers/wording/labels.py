"""What the label of a row names: a commune, or a district."""

from __future__ import annotations

import re

DISTRICT = r"(?:huyện|thị xã|thành phố|tp\.?|tx\.?|h\.)\s"
DISTRICT_NAME = re.compile(DISTRICT)
PLACE = re.compile(r"(?:xã|phường|thị trấn|đặc khu|tt\.|p\.|x\.)\s*\w")


def is_group_label(label: str) -> bool:
    """Tell whether a text names a commune or a district, as a row over its rows does."""
    return bool(PLACE.match(label) or DISTRICT_NAME.match(label))
