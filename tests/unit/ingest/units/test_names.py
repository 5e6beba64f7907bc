"""Names of communes as offices write them: read as that commune, or refused by name; nothing else ever comes out."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.ingest.units.place_words import remove_marks
from dagster_project.ingest.units.register import make_name_key
from tests.support.kits.unit_kit import AFTER, BEFORE, BRIDGE, COMMUNES, FORMER, one, resolve

SHORT = {"xã": "X.", "phường": "P.", "thị trấn": "TT."}
OLD, NEW = ["former_type", "former_name", "former_code"], ["commune_type", "commune_name", "commune_code"]

Style = Callable[[str, str], str]
OF_NO_LOSS: dict[str, Style] = {
    "the centre": lambda kind, name: f"Trung tâm Phục vụ hành chính công {kind} {name}",
    "the centre, short": lambda kind, name: f"TT PVHCC {kind} {name}",
    "the centre, dotted": lambda kind, name: f"TT. phục vụ hành chính công {kind} {name}",
    "the one-stop shop": lambda kind, name: f"Bộ phận một cửa {kind} {name}",
    "the one-stop shop of the office": lambda kind, name: f"Bộ phận tiếp nhận và trả kết quả - UBND {kind} {name}",
    "within": lambda kind, name: f"Trên địa bàn {kind} {name}",
    "type behind": lambda kind, name: f"{name} ({kind.capitalize()})",
    "type twice": lambda kind, name: f"{kind.capitalize()} {name} ({kind})",
    "footnote in brackets": lambda kind, name: f"{kind} {name} (1)",
    "footnote, star": lambda kind, name: f"{kind} {name}*",
    "footnote, raised": lambda kind, name: f"{kind} {name} ¹",
    "footnote before the province": lambda kind, name: f"{kind} {name} (*), tỉnh Phú Thọ",
    "province with a dash": lambda kind, name: f"UBND {kind} {name} - tỉnh Phú Thọ",
    "province without a stop": lambda kind, name: f"{kind} {name} tỉnh Phú Thọ",
    "province first": lambda kind, name: f"Tỉnh Phú Thọ, {kind} {name}",
    "numbered": lambda kind, name: f"12. {kind.capitalize()} {name}",
    "colon": lambda kind, name: f"{kind.capitalize()}: {name}",
}
DROPPING: dict[str, tuple[Style, str]] = {
    "hamlet": (lambda kind, name: f"Thôn 3, {kind} {name}", "thôn 3"),
    "hamlet without a comma": (lambda kind, name: f"khu Đồi Cao {kind} {name}", "khu đồi cao"),
    "hamlet behind": (lambda kind, name: f"{kind} {name} (xóm Đình)", "xóm đình"),
    "group of houses": (lambda kind, name: f"Tổ dân phố số 5 - {SHORT[kind]} {name}", "tổ dân phố số 5"),
    "street": (lambda kind, name: f"12 đường Hùng Vương, {kind} {name}", "12 đường hùng vương"),
    "party committee": (lambda kind, name: f"Đảng uỷ {kind} {name}", "đảng ủy"),
    "council": (lambda kind, name: f"HĐND {kind} {name}, tỉnh Phú Thọ", "hđnd"),
    "police": (lambda kind, name: f"Công an {kind} {name}", "công an"),
    "its department": (lambda kind, name: f"Phòng Văn hóa - Xã hội {kind} {name}", "phòng văn hóa - xã hội"),
}


def list_units(frame: pd.DataFrame, columns: list[str]) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in frame[columns].to_numpy()]


def ask_all(frame: pd.DataFrame, columns: list[str], style: Style, **asked: object) -> pd.DataFrame:
    units = list_units(frame, columns)
    found = resolve([style(kind, name) for kind, name, _ in units], **asked)
    return found.assign(wanted=[code for *_, code in units])


@pytest.mark.parametrize("style", OF_NO_LOSS)
def test_every_commune_in_force_is_read_without_a_finding(style: str) -> None:
    for province, group in COMMUNES.groupby("former_province_code"):
        found = ask_all(group, NEW, OF_NO_LOSS[style], area=province)
        assert found["unit_code"].tolist() == found["wanted"].tolist()
        assert found["finding"].isna().all()


@pytest.mark.parametrize("style", DROPPING)
def test_every_commune_in_force_is_read_and_what_was_dropped_is_told(style: str) -> None:
    write, dropped = DROPPING[style]
    for province, group in COMMUNES.groupby("former_province_code"):
        found = ask_all(group, NEW, write, area=province)
        assert found["unit_code"].tolist() == found["wanted"].tolist()
        assert found["finding"].eq("part_dropped").all()
        assert found["dropped"].eq(dropped).all()


@pytest.mark.parametrize("side", [BEFORE, AFTER])
@pytest.mark.parametrize(
    "form", ["{2} {3}, {0} {1}", "{2} {3} - {0} {1}", "{2} {3} {0} {1}", "Thôn 2, {0} {1}, {2} {3}"]
)
def test_a_district_may_come_first(form: str, side: str) -> None:
    parts = FORMER[["former_type", "former_name", "district_type", "district_name"]].to_numpy()
    found = resolve([form.format(*row) for row in parts], on=side)
    assert found["unit_code"].tolist() == FORMER["former_code"].tolist()
    assert found["attribution"].tolist() == FORMER["attribution"].tolist()


@pytest.mark.parametrize("side", [BEFORE, AFTER])
@pytest.mark.parametrize("form", ["{0} {1}", "UBND {0} {1}", "{1}", "thôn 2, {0} {1}", "{0} {1}, tỉnh Phú Thọ"])
def test_without_accents_a_name_is_read_where_it_is_one_in_its_area_and_else_refused(form: str, side: str) -> None:
    for frame, columns in ((COMMUNES, NEW), (FORMER, OLD)):
        for province, group in frame.groupby("former_province_code"):
            accented = ask_all(group, columns, lambda *row: form.format(*row), area=province, on=side)
            plain = ask_all(group, columns, lambda *row: remove_marks(form.format(*row)), area=province, on=side)
            assert_same_or_refused(plain, accented)
            refused = plain["refusal"].notna() & accented["refusal"].isna()
            assert refused.mean() < 0.1
            assert plain.loc[refused, "candidates"].str.contains("; ").all()


def assert_same_or_refused(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    read = found["refusal"].isna()
    for column in ("unit_level", "unit_code", "commune_code"):
        assert found.loc[read, column].astype("str").tolist() == wanted.loc[read, column].astype("str").tolist()


def test_names_without_accents_that_are_several_name_their_candidates() -> None:
    found = one("xa Lam Son")
    assert found["refusal"] == "ambiguous"
    assert "xã Lâm Sơn, huyện Lương Sơn" in str(found["candidates"])
    assert "xã Lam Sơn, huyện Tam Nông" in str(found["candidates"])
    assert one("xa Lam Son", area="25")["unit_code"] == one("xã Lam Sơn", area="25")["unit_code"]
    assert one("xã Lâm Son")["refusal"] == "unknown"


@pytest.mark.parametrize("form", ["{0} {1} (nay là {2} {3})", "{2} {3} ({0} {1} cũ)", "{2} {3} (trước đây là {0} {1})"])
@pytest.mark.parametrize("side", [BEFORE, AFTER])
def test_both_names_of_a_place_lead_to_the_former_commune_in_that_commune(form: str, side: str) -> None:
    pairs = FORMER.merge(BRIDGE, on="former_code", suffixes=("", "_of_bridge"))
    pairs["in_force"] = pairs["commune_code_of_bridge"]
    pairs = pairs.merge(COMMUNES, left_on="in_force", right_on="commune_code", suffixes=("", "_new"))
    parts = pairs[["former_type", "former_name", "commune_type", "commune_name"]].to_numpy()
    found = resolve([form.format(*row) for row in parts], on=side)
    read = found["refusal"].isna()
    assert read.mean() > 0.98
    assert found.loc[read, "commune_code"].tolist() == pairs.loc[read, "in_force"].tolist()
    whole = read & pairs["attribution"].eq("former_commune") & found["finding"].isna()
    assert found.loc[whole, "unit_code"].tolist() == pairs.loc[whole, "former_code"].tolist()
    assert found.loc[read & pairs["attribution"].eq("split"), "finding"].eq("part_dropped").all()


def test_names_of_both_times_that_contradict_each_other_are_refused_by_name() -> None:
    found = one("xã Thạch Sơn (nay là phường Việt Trì)")
    assert found["refusal"] == "ambiguous"
    assert "phường Việt Trì" in str(found["candidates"])
    assert "xã Thạch Sơn, huyện Lâm Thao" in str(found["candidates"])


def test_new_and_old_are_told_apart_by_their_mark() -> None:
    for name, code, level in (
        ("xã Cao Sơn (mới)", "04876", "commune"),
        ("Cao Sơn mới", "04876", "commune"),
        ("phường Hòa Bình (sau sáp nhập)", "04795", "commune"),
        ("xã Hòa Bình (trước sáp nhập)", "04825", "former_commune"),
    ):
        for side in (BEFORE, AFTER):
            found = one(name, area="17", on=side)
            assert (found["unit_code"], found["unit_level"]) == (code, level)
    assert one("xã Hòa Bình (mới)", area="17")["refusal"] == "unknown"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("xã Mi Hòa", "05083"), ("Mi Hoà, huyện Kim Bôi", "05083"), ("xã Mị Hòa", "05083"), ("xã Mĩ Hòa", "05143"),
        ("xã Săm Khóe", "05245"), ("xã Xăm Khòe", "05245"), ("xã Bản Nguyên, huyện Lâm Thao", "08539"),
        ("Bản Nguyên, Lâm Thao", "08539"),
    ],
)  # fmt: skip
def test_other_spellings_and_names_that_look_like_a_hamlet(name: str, code: str) -> None:
    assert one(name, on=BEFORE)["unit_code"] == code


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("(1)", "unknown"), ("xã Hy Cương 1", "unknown"), ("Thôn 3", "unknown"), ("xã Hy Cương (phường)", "unknown"),
        ("xã Hy Cương, xã Chu Hóa", "several"), ("Xã Hy Cương và xã Chu Hóa", "several"),
        ("Sở Y tế, xã Hy Cương", "several"), ("Tổ công tác xã Hy Cương", "unknown"), ("Thôn 3, Lập Thạch", "ambiguous"),
        ("Khu 7 Hy Cương, huyện Lâm Thao", "unknown"), ("Thạch Sơn (nay là phường Việt Trì)", "ambiguous"),
        ("xã Hy Cương - tỉnh Yên Bái", "unknown"), ("Công an thành phố Việt Trì", "unknown"),
        ("UBND các xã, phường", "unknown"), ("UBND tỉnh", "unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_stays_refused(name: str, refusal: str) -> None:
    found = one(name)
    assert (found["refusal"], found["unit_code"], found["dropped"]) == (refusal, None, None)


WIDE = [
    "Toàn tỉnh", "toan tinh", "Trên địa bàn tỉnh", "Tỉnh Phú Thọ", "Liên xã", "Liên xã (2)", "lien xa",
    "Các xã, phường", "Các xã, phường, thị trấn trên địa bàn tỉnh", "148 xã, phường", "Nhiều xã",
]  # fmt: skip


@pytest.mark.parametrize("name", WIDE)
def test_more_than_one_commune_is_no_unit_where_a_row_may_do_without(name: str) -> None:
    allowed = one(name, area="26", may_be_wide=True)
    assert (allowed["refusal"], allowed["unit_code"], allowed["finding"]) == ("missing", None, None)
    assert one(name, area="26")["refusal"] == "wide"


def test_what_is_named_of_several_communes_is_told() -> None:
    found = one("Liên xã Hy Cương - Chu Hóa", area="25", may_be_wide=True)
    assert (found["unit_code"], found["finding"], found["dropped"]) == (None, "part_dropped", "hy cương - chu hóa")
    assert one("Các xã thuộc huyện Hạ Hòa", may_be_wide=True)["unit_level"] == "former_district"


@pytest.mark.parametrize(
    "name", ["Tỉnh Vĩnh Phúc", "tỉnh Vĩnh Phúc (cũ)", "Vĩnh Phúc cũ", "Khu vực Vĩnh Phúc", "tinh Vinh Phuc"]
)
def test_a_former_province_is_its_own_scope_where_a_row_may_do_without_a_commune(name: str) -> None:
    found = one(name, area="17", may_be_wide=True)
    assert (found["unit_level"], found["unit_code"], found["commune_code"]) == ("former_province", "26", None)
    assert found["former_province_code"] == "26"
    assert one(name, area="17")["unit_code"] is None


def test_a_bare_name_of_a_former_province_that_is_a_ward_too_is_never_guessed() -> None:
    for name in ("Vĩnh Phúc", "Phú Thọ", "Hòa Bình", "Vinh Phuc"):
        for side in (BEFORE, AFTER):
            found = one(name, area="26", on=side, may_be_wide=True)
            assert found["refusal"] == "ambiguous"
            assert "tỉnh " in str(found["candidates"])
            assert "phường " in str(found["candidates"])
    assert one("phường Vĩnh Phúc", area="26", may_be_wide=True)["unit_code"] == "08716"
    assert one("Tỉnh Phú Thọ", area="26", on=BEFORE, may_be_wide=True)["former_province_code"] == "25"


def test_a_layout_teaches_words_and_changes_nothing_that_the_rules_settle() -> None:
    taught = {
        "aliases": {"Tổ công tác": "UBND", "Bãi Đá": "xã Cao Sơn", "xã Cao Phong": "xã Cao Sơn", "Cả vùng": "Liên xã"}
    }
    assert one("Tổ công tác xã Hy Cương", **taught)["unit_code"] == "08515"
    assert one("BÃI ĐÁ (1)", area="17", **taught)["unit_code"] == "04876"
    assert one("Bãi Đá Bạc", area="17", **taught)["refusal"] == "unknown"
    longer = {"aliases": {"Tổ": "UBND", "Tổ công tác": "UBND"}}
    assert one("Tổ công tác xã Hy Cương", **longer)["unit_code"] == "08515"
    assert one("xã Cao Phong", area="17", **taught)["unit_code"] == "05089"
    assert one("Cả vùng", area="17", may_be_wide=True, **taught)["refusal"] == "missing"


def test_keys_fold_a_lone_y_and_keep_the_rest() -> None:
    assert make_name_key("Mỹ Hòa") == make_name_key("Mĩ Hoà")
    assert make_name_key("Tây Sơn") != make_name_key("Tâi Sơn")
    assert make_name_key("Thụy Vân") != make_name_key("Thụi Vân")


BEFORE_NAME = st.sampled_from(
    ["", "UBND ", "Thôn Đông, ", "Khu 7 ", "Đảng ủy ", "TTPVHCC ", "Công an ", "2) ", "- ", "Tại "]
)
BEHIND_NAME = st.sampled_from(
    ["", " (1)", "*", "²", ", tỉnh Phú Thọ", " - Tỉnh Phú Thọ", " (thôn 4)", ", khu 2", " (mới)", ".", ", Việt Nam"]
)
LETTERS = st.sampled_from([str, str.upper, str.lower, remove_marks, str.title])
SPELLED = st.sampled_from(["full", "short", "bare", "behind"])


@settings(max_examples=400, deadline=None)
@given(
    row=st.integers(0, len(COMMUNES) - 1), before=BEFORE_NAME, behind=BEHIND_NAME, letters=LETTERS, spelled=SPELLED,
    side=st.sampled_from([BEFORE, AFTER, None]), may_be_wide=st.booleans(),
)  # fmt: skip
def test_a_commune_in_any_mix_of_styles_is_itself_or_refused(
    row: int, before: str, behind: str, letters: Callable[[str], str], spelled: str, side: str, may_be_wide: bool
) -> None:
    commune = COMMUNES.iloc[row]
    kind, name = commune["commune_type"], commune["commune_name"]
    core = {"full": f"{kind} {name}", "short": f"{SHORT[kind]}{name}", "bare": name, "behind": f"{name} ({kind})"}[
        spelled
    ]
    written = letters(f"{before}{core}{behind}")
    found = one(written, area=commune["former_province_code"], on=side, may_be_wide=may_be_wide)
    if found["refusal"] is None:
        meant = one(core, area=commune["former_province_code"], on=side)
        expected = commune["commune_code"] if "(mới)" in behind or meant["refusal"] else meant["unit_code"]
        assert found["unit_code"] == expected, written
    else:
        assert found["refusal"] in ("unknown", "ambiguous", "several"), written
