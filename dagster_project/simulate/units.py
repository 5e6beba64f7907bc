"""This module knows how the offices write their names, and which spellings are safe (docs/rules.md, "Units")."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.world.dossiers import LEVELS

TREACHEROUS = frozenset({"Hòa Bình", "Thống Nhất", "Cao Sơn", "Phong Châu", "Tân Sơn", "Xuân Hòa"})
"""Within one former province these name a new commune and a former one that lies elsewhere (docs/rules.md, "Units")."""
SPELLING_RATES = {
    "capital_type": 0.08, "no_office": 0.03, "formerly": 0.012, "bare": 0.012, "short_type": 0.01,
    "with_district": 0.02, "with_province": 0.08, "upper": 0.004, "lower": 0.004,
}  # fmt: skip
"""How often each other spelling is used where it may be."""
PROVINCE_NAME = {"pt": "Phú Thọ", "vp": "Vĩnh Phúc", "hb": "Hòa Bình"}
SHORT_TYPE = {"phường": "P.", "thị trấn": "TT.", "xã": "X.", "thành phố": "TP.", "thị xã": "TX."}


@cache
def list_unit_names(level: str) -> pd.DataFrame:
    """Return one row per unit of the level, in the order of the reference table.

    kind ("xã", …, "" for departments), bare, typed ("xã Tam Đảo"), district (typed; "" where there is none), code,
    is_typed_unique and is_bare_safe within its former province and its time.
    """
    ref = load_reference()
    if level == "department":
        names = ref.department["department_name"]
        return _make_frame(pd.Series("", index=names.index), names, "", ref.department["department_code"]).assign(
            is_typed_unique=True, is_bare_safe=False
        )
    if level == "former_district":
        offices = ref.former_district
        frame = _make_frame(offices["district_type"], offices["district_name"], "", offices["district_code"])
        return frame.assign(is_typed_unique=True, is_bare_safe=False)
    if level == "commune":
        commune = ref.commune
        frame = _make_frame(commune["commune_type"], commune["commune_name"], "", commune["commune_code"])
        return _judge_safety(frame, commune["former_province_code"], set())
    former = ref.former_commune
    district = former["district_type"] + " " + former["district_name"]
    frame = _make_frame(former["former_type"], former["former_name"], district, former["former_code"])
    elsewhere = _find_named_elsewhere()
    return _judge_safety(frame, former["former_province_code"], elsewhere)


def _make_frame(kind: pd.Series, bare: pd.Series, district: pd.Series | str, code: pd.Series) -> pd.DataFrame:
    typed = (kind + " " + bare).str.strip()
    return pd.DataFrame({"kind": kind, "bare": bare, "typed": typed, "district": district, "code": code})


def _judge_safety(frame: pd.DataFrame, province: pd.Series, elsewhere: set[str]) -> pd.DataFrame:
    """Add whether a typed name is the only one in its former province, and whether nothing else bears a bare one."""
    ref = load_reference()
    taken = set(ref.former_district["district_name"]) | TREACHEROUS | elsewhere | set(PROVINCE_NAME.values())
    typed, bare = province + frame["typed"], province + frame["bare"]
    return frame.assign(
        is_typed_unique=~typed.duplicated(keep=False),
        is_bare_safe=~bare.duplicated(keep=False) & ~frame["bare"].isin(taken),
    )


def _find_named_elsewhere() -> set[str]:
    """Return former names that a new commune elsewhere bears: which one is meant depends on the date alone."""
    ref = load_reference()
    heir = ref.former_commune["main_commune_code"]
    name_of = ref.commune.set_index("commune_code")["commune_name"]
    own = heir.map(name_of) == ref.former_commune["former_name"]
    return set(ref.former_commune.loc[~own, "former_name"]) & set(ref.commune["commune_name"])


@cache
def list_spellings(area: str) -> pd.DataFrame:
    """Return every unit of every level as an area's offices write it.

    Columns: `plain`, and one per careless spelling (None where it is not used or would not be clear). Rows: the levels
    of `world.LEVELS` in order, each in the order of its reference table.
    """
    return pd.concat([_spell_level(level, area) for level in LEVELS], ignore_index=True)


def _spell_level(level: str, area: str) -> pd.DataFrame:
    names = list_unit_names(level)
    kind, typed, bare, district = (names[name] for name in ("kind", "typed", "bare", "district"))
    is_former, is_new = level == "former_commune", level == "commune"
    if level == "department":
        plain = typed + (" tỉnh Hòa Bình" if area == "hb" else "")
    elif is_former:
        tail = " - " + district if area == "pt" else ", " + district
        plain = "UBND " + typed + tail.where(~names["is_typed_unique"] | (area == "pt"), "")
    else:
        plain = "UBND " + typed
    old_name = is_former and area != "pt"
    clear = names["is_typed_unique"] & (old_name or is_new)
    has_kind = kind != ""
    forms = {
        "capital_type": (
            "UBND " + kind.str[:1].str.upper() + kind.str[1:] + " " + bare,
            clear | (level == "former_district"),
        ),
        "no_office": (typed, clear),
        "formerly": (typed + " (cũ)", clear & old_name),
        "bare": (bare, clear & names["is_bare_safe"]),
        "short_type": (kind.map(SHORT_TYPE) + " " + bare, clear & kind.isin(["phường", "thị trấn"])),
        "with_district": ("UBND " + typed + ", " + district, has_kind & old_name),
        "with_province": ("UBND " + typed + " - Tỉnh Phú Thọ", has_kind & is_new),
        "upper": (plain.str.upper(), has_kind),
        "lower": (plain.str.lower(), has_kind),
    }
    table = {name: text.astype(object).where(may, None) for name, (text, may) in forms.items()}
    return pd.DataFrame({"plain": plain.astype(object), **table})


def find_table_rows(state: pd.DataFrame) -> np.ndarray:
    """Return the row of each dossier's own office in `list_spellings`."""
    first = np.cumsum([0, *(len(list_unit_names(level)) for level in LEVELS[:-1])])
    level = pd.Categorical(state["unit_level"].astype(object), LEVELS).codes
    rows: np.ndarray = first[level] + state["office_row"].to_numpy().astype(np.int64)
    return rows


def spell_office(state: pd.DataFrame, area: str) -> np.ndarray:
    """Return how the office's system writes the unit when nobody is careless."""
    names: np.ndarray = list_spellings(area)["plain"].to_numpy(dtype=object)[find_table_rows(state)]
    return names
