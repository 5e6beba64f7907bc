"""This module invents people and firms. A dossier's person is a function of its number in the world, the same in every
file.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Bùi", "Đinh", "Quách", "Xa", "Hà", "Lò", "Phùng", "Vũ", "Đỗ")
MIDDLES = ("Văn", "Thị", "Đức", "Minh", "Ngọc", "Thanh", "Hữu", "Thu", "Quốc", "Bích", "Hồng", "Xuân")
GIVEN = (
    "An", "Bình", "Chi", "Dũng", "Giang", "Hải", "Hòa", "Khánh", "Lan", "Mạnh", "Nga", "Oanh", "Phúc", "Quỳnh", "Sơn",
    "Thủy", "Tú", "Uyên", "Vinh", "Yến", "Hạnh", "Đạt", "Trường", "Nguyệt",
)  # fmt: skip
CITIZEN_PREFIX = {"pt": "025", "vp": "026", "hb": "017"}


def draw_persons(draw: pd.Series, is_business: pd.Series, area: pd.Series) -> pd.DataFrame:
    """Return applicant_name, national_id (12 digits) and phone (10 digits) of each dossier from its random number."""
    number = draw.to_numpy().astype(np.uint64)

    def pick_names(names: tuple[str, ...], shift: int) -> np.ndarray:
        chosen: np.ndarray = np.array(names, dtype=object)[(number >> np.uint64(shift)) % np.uint64(len(names))]
        return chosen

    surname, middle, given = pick_names(SURNAMES, 2), pick_names(MIDDLES, 9), pick_names(GIVEN, 15)
    one = pd.Series(surname) + " " + pd.Series(middle) + " " + pd.Series(given)
    firm = "Công ty TNHH " + pd.Series(given) + " " + pd.Series(pick_names(GIVEN, 27))
    digits = (number >> np.uint64(5)) % np.uint64(10**9)
    mobile = (number >> np.uint64(21)) % np.uint64(10**8)
    prefix = area.astype(object).map(CITIZEN_PREFIX).reset_index(drop=True)
    return pd.DataFrame(
        {
            "applicant_name": one.where(~is_business.reset_index(drop=True), firm).to_numpy(dtype=object),
            "national_id": (prefix + fill_zeros(digits, 9)).to_numpy(dtype=object),
            "phone": ("09" + fill_zeros(mobile, 8)).to_numpy(dtype=object),
        }
    )


def fill_zeros(numbers: np.ndarray, width: int) -> pd.Series:
    """Return numbers as text of a fixed width."""
    return pd.Series(numbers.astype(np.int64) + 10**width).astype(str).str[1:]
