"""The seeds of units, calendar and procedures: counts, keys, references, and agreement with their sources."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import yaml

from dagster_project.contracts.province import load_province
from dagster_project.core.paths import PROJECT_ROOT, SEEDS_DIR

ROWS = {
    "commune": 148,
    "former_commune": 479,
    "former_district": 32,
    "bridge_commune": 482,
    "department": 16,
    "former_province": 3,
    "procedure": 76,
    "legal_act": 30,
}


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEEDS_DIR / f"{name}.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rebuild_seeds", PROJECT_ROOT / "scripts" / "rebuild_seeds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copied(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS_DIR, folder)
    monkeypatch.setattr(script, "SEEDS", folder)
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_counts_keys_and_order(name: str) -> None:
    rows = seed(name)
    key = ["former_code", "commune_code"] if name == "bridge_commune" else [rows.columns[0]]
    assert len(rows) == ROWS[name]
    assert not rows.duplicated(key).any()
    assert rows[key].equals(rows[key].sort_values(key, ignore_index=True))


def test_the_variables_of_the_dbt_project_are_those_of_the_province() -> None:
    """The night passes them on; whoever calls dbt by hand has the same."""
    project = yaml.safe_load((PROJECT_ROOT / "dbt" / "dbt_project.yml").read_text(encoding="utf-8"))
    assert load_province().list_dbt_variables().items() <= project["vars"].items()


def test_rebuilding_changes_no_byte(script: ModuleType, copied: Path) -> None:
    before = {path.name: path.read_bytes() for path in copied.glob("*.csv")}
    assert script.main([]) == 0
    assert {path.name: path.read_bytes() for path in copied.glob("*.csv")} == before


def test_check_names_each_difference(script: ModuleType, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--check"]) == 0
    path = copied / "bridge_commune.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("04789,04828,false,true", "04789,04792,false,true"), encoding="utf-8")
    (copied / "department.csv").unlink()
    capsys.readouterr()
    assert script.main(["--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "bridge_commune.csv: missing  04789,04828,false,true" in lines
    assert "bridge_commune.csv: unknown  04789,04792,false,true" in lines
    assert sum(line.startswith("department.csv: missing") for line in lines) == ROWS["department"] + 1


def test_a_correction_whose_source_changed_stops_the_rebuild(script: ModuleType) -> None:
    seeds = script.build_seeds()
    with pytest.raises(SystemExit, match=r"commune 04924 lat: expected '21.4722', found '20.8924'"):
        script.correct(seeds)


def test_units_refer_to_each_other() -> None:
    former, bridge, district = seed("former_commune"), seed("bridge_commune"), seed("former_district")
    province = seed("former_province").set_index("former_province_code")
    communes = seed("commune").set_index("commune_code")
    assert set(bridge["former_code"]) == set(former["former_code"])
    assert set(bridge["commune_code"]) == set(communes.index)
    assert set(former["former_district_code"]) == set(district["district_code"])
    assert set(former["former_province_code"]) == set(communes["former_province_code"]) == set(province.index)
    by_district = former.merge(district, left_on="former_district_code", right_on="district_code")
    assert by_district["former_province_code_x"].equals(by_district["former_province_code_y"])
    joined = bridge.merge(former, on="former_code").join(
        communes["former_province_code"].rename("of_new"), on="commune_code"
    )
    assert joined["former_province_code"].equals(joined["of_new"])
    assert province["area"].to_dict() == {"17": "hb", "25": "pt", "26": "vp"}


def test_composition_of_the_province() -> None:
    communes, former = seed("commune"), seed("former_commune")
    assert communes["commune_type"].value_counts().to_dict() == {"xã": 133, "phường": 15}
    assert communes["former_province_code"].value_counts().to_dict() == {"25": 66, "17": 46, "26": 36}
    assert former["former_province_code"].value_counts().to_dict() == {"25": 207, "17": 151, "26": 121}
    numbers = communes["portal_code"].str.removeprefix("H44.").astype(int)
    assert sorted(numbers) == list(range(100, 248))
    bands = pd.cut(numbers, [99, 165, 201, 247], labels=["25", "26", "17"]).astype("str")
    assert bands.tolist() == communes["former_province_code"].tolist()


def test_bridge_marks_split_and_main() -> None:
    bridge = seed("bridge_commune")
    split = bridge[bridge["is_split"] == "true"]
    assert split.groupby("former_code")["commune_code"].apply(list).to_dict() == {
        "04891": ["04828", "04891"],
        "04957": ["04924", "04960"],
        "05221": ["05200", "05212"],
    }
    assert bridge.loc[bridge["is_main"] == "true", "former_code"].tolist() == sorted(set(bridge["former_code"]))
    same = bridge[bridge["former_code"] == bridge["commune_code"]]
    assert len(same) == 148
    assert same["is_main"].eq("true").all()
    assert sum(same["is_split"] == "true") == 1


def test_names_are_composed_and_spelled_one_way() -> None:
    for name, column in (
        ("commune", "commune_name"),
        ("former_commune", "former_name"),
        ("former_district", "district_name"),
    ):
        names = seed(name)[column]
        assert names.equals(names.str.normalize("NFC").str.strip())
        assert not names.str.contains(r"(?:o[àáảãạ]|(?<!q)u[ỳýỷỹỵ])(?:\s|$)", case=False).any()
        assert not names.str.contains(r"^(?:xã|phường|thị trấn|huyện|thị xã|thành phố) ", case=False).any()


def test_spelling_moves_the_tone_but_not_after_q(script: ModuleType) -> None:
    assert script.spell("Hoà  Bình") == "Hòa Bình"
    assert script.spell("THỦY Thuỷ Hoá Quý toàn") == "THỦY Thủy Hóa Quý toàn"


def test_places_and_sizes_are_sane() -> None:
    communes = seed("commune").set_index("commune_code")
    lat, lon, area = (communes[column].astype(float) for column in ("lat", "lon", "area_km2"))
    assert lat.between(20.2, 21.8).all()
    assert lon.between(104.7, 106.0).all()
    assert area.between(12, 210).all()
    # NQ 202/2025/QH15 states 9.361,38 km²; the communes' own areas are rounded.
    assert area.sum() == pytest.approx(9361.38, abs=0.1)
    assert (lat["04924"], lon["04924"], lat["08296"], lon["08296"]) == (20.8924, 105.512, 21.4722, 104.934)
    assert (area["05386"], area["08110"]) == (81.97, 81.39)
    people = communes["population"].astype(int)
    mended = {"07969": 30509, "08716": 78371, "05089": 20372, "05287": 20853, "05158": 20931, "05386": 27005}
    assert people[list(mended)].to_dict() == mended
    assert people.between(5000, 90000).all()
    # NQ 202/2025/QH15 states 4.022.638 people.
    assert people.sum() == pytest.approx(4_022_638, abs=200)


def test_each_commune_lies_near_its_former_communes(script: ModuleType) -> None:
    """A swapped centre shows as a commune far from all that it was made of (0.12 degrees are about 13 km)."""
    former = {row["wardCode"]: (row["wardLat"], row["wardLon"]) for row in script.list_former_units()}
    bridge, communes = seed("bridge_commune"), seed("commune").set_index("commune_code")
    for code, parts in bridge.groupby("commune_code")["former_code"]:
        lat, lon = float(communes.loc[code, "lat"]), float(communes.loc[code, "lon"])
        assert min(max(abs(lat - former[part][0]), abs(lon - former[part][1])) for part in parts) < 0.12, code


def test_tile_map_is_readable() -> None:
    communes = seed("commune").astype({"tile_col": int, "tile_row": int, "lat": float, "lon": float})
    assert not communes.duplicated(["tile_col", "tile_row"]).any()
    assert communes["tile_col"].between(0, 12).all()
    assert communes["tile_row"].between(0, 18).all()
    assert communes["tile_col"].corr(communes["lon"]) > 0.97
    assert communes["tile_row"].corr(-communes["lat"]) > 0.97


def test_every_correction_has_a_reason_and_is_applied() -> None:
    corrections = pd.read_csv(PROJECT_ROOT / "sources" / "units" / "correction.csv", dtype="str", keep_default_na=False)
    assert corrections["reason"].str.len().gt(5).all()
    assert corrections["published"].ne(corrections["corrected"]).all()
    for seed_name, key, column, _, corrected, _ in corrections.itertuples(index=False):
        rows = seed(seed_name)
        assert rows.loc[rows.iloc[:, 0] == key, column].tolist() == [corrected]


def test_working_days_of_the_agreement() -> None:
    exceptions = seed("calendar_exception")
    off = set(exceptions.loc[exceptions["is_make_up_day"] == "false", "date"])
    worked = set(exceptions.loc[exceptions["is_make_up_day"] == "true", "date"])
    assert exceptions["date"].is_unique
    assert exceptions["date"].is_monotonic_increasing
    assert {day[:4] for day in exceptions["date"]} == {"2024", "2025", "2026", "2027"}
    tet = {(date(2025, 1, 27) + timedelta(days=step)).isoformat() for step in range(6)}
    rest = {"2025-01-01", "2025-04-07", "2025-04-30", "2025-05-01", "2025-05-02", "2025-09-01", "2025-09-02"}
    assert {day for day in off if day.startswith("2025")} == tet | rest
    assert worked == {"2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"}
    assert {"2026-01-02", "2026-04-27", "2026-08-31", "2026-11-24"} <= off
    assert all(date.fromisoformat(day).weekday() == 5 for day in worked)
    assert exceptions["holiday_name"].ne("").eq(exceptions["is_make_up_day"].eq("false")).all()


def test_every_day_of_the_calendar_says_what_it_rests_on() -> None:
    exceptions = seed("calendar_exception").set_index("date")
    assert exceptions["legal_basis"].ne("").all()
    rests_on = exceptions["rests_on"]
    announced = rests_on[rests_on.index < "2027"]
    assert announced[announced == "by_rule"].index.tolist() == ["2026-11-24"]
    # Days that the law names are enacted for every year; how Tết falls is announced year by year.
    assert (
        rests_on["2027-01-01"]
        == rests_on["2027-04-16"]
        == rests_on["2027-04-30"]
        == rests_on["2027-05-01"]
        == "enacted"
    )
    assert rests_on["2027-02-06"] == rests_on["2027-11-24"] == "by_rule"
    assert rests_on[exceptions["is_make_up_day"] == "true"].unique().tolist() == ["enacted"]


def test_each_year_is_marked_as_official_or_by_rule() -> None:
    years = pd.read_csv(PROJECT_ROOT / "sources" / "calendar" / "year.csv", dtype="str")
    assert years["year"].tolist() == sorted({day[:4] for day in seed("calendar_exception")["date"]})
    assert years.set_index("year")["status"].to_dict() == {
        "2024": "official", "2025": "official", "2026": "official", "2027": "by_rule",
    }  # fmt: skip


def test_procedures_are_unconfirmed_until_a_clerk_says_so() -> None:
    procedures = seed("procedure")
    assert procedures["procedure_code"].str.fullmatch(r"\d\.\d{6}").all()
    assert procedures["working_days"].astype(int).between(1, 90).all()
    assert procedures["is_confirmed"].eq("false").all()
    assert procedures.loc[procedures["sector"] == "Đất đai", "is_land"].eq("true").all()


def test_what_differs_from_the_national_list_stays_unconfirmed_and_is_shown_nowhere_as_a_fact() -> None:
    """The levels of three land procedures and two dozen time limits differ there: no due time rests on them."""
    doubted = ["1.012753", "1.012756", "1.012782"]
    levels = seed("procedure_level")
    assert levels.loc[levels["procedure_code"].isin(doubted), "is_confirmed"].eq("false").all()
    facts = (PROJECT_ROOT / "dbt" / "models" / "facts" / "_facts.yml").read_text(encoding="utf-8")
    described = facts.split("- name: own_due_at", 1)[1].split("- name:", 1)[0]
    assert "CHƯA XÁC NHẬN" in described
    assert "UNCONFIRMED" in described
    shown = [path for path in (PROJECT_ROOT / "dagster_project").rglob("*.*") if path.suffix in (".py", ".j2", ".sql")]
    assert [path.name for path in shown if "own_due" in path.read_text(encoding="utf-8")] == []


def test_every_procedure_has_one_level_on_every_day() -> None:
    levels = seed("procedure_level")
    assert set(levels["procedure_code"]) == set(seed("procedure")["procedure_code"])
    for day in ("2024-01-01", "2025-06-30", "2025-07-01", "2027-03-01", "2027-03-02", "2027-12-31"):
        held = levels[levels["valid_from"].le(day) & (levels["valid_to"].eq("") | levels["valid_to"].ge(day))]
        assert held["procedure_code"].is_unique
        assert len(held) == ROWS["procedure"]
        assert ("huyện" in set(held["level"])) == (day < "2025-07-01")
    assert levels["is_confirmed"].eq("false").all()


def test_moved_land_rests_on_its_decree_until_that_ends() -> None:
    """First certificates and what else the district's land office gave up; the level stays when the decree ends."""
    levels = seed("procedure_level").set_index(["procedure_code", "valid_from"])
    first, now, then = levels.loc["1.012756"].iloc[:3].to_dict("records")
    assert (first["level"], now["level"], then["level"]) == ("huyện", "xã", "xã")
    assert (now["legal_basis"], now["valid_to"]) == ("NĐ 151/2025/NĐ-CP", "2027-03-01")
    assert then["legal_basis"] == "NQ 254/2025/QH15; NĐ 49/2026/NĐ-CP"


def test_a_clerks_mark_confirms_a_level_but_not_what_follows_an_act_that_ends(script: ModuleType) -> None:
    bases = script.read_facts(PROJECT_ROOT / "sources" / "units" / "level_basis.csv")
    checked = {"procedure_code": "1", "is_land": "1", "level_before": "huyện", "level_now": "xã", "mark": "C"}
    assert [row["is_confirmed"] for row in script.list_levels(checked, bases)] == ["true", "true", "false"]


def test_bands_of_a_deposit_are_those_of_the_law_by_day() -> None:
    """The SQL is held to these rows by the unit test `deposits_by_the_band_of_their_day`."""
    assert seed("deposit_band").drop(columns="legal_basis").to_numpy().tolist() == [
        ["2024-08-01", "2026-01-05", "residential", "individual", "0.05", "0.2", "true"],
        ["2024-08-01", "", "residential", "organisation", "0.1", "0.2", "true"],
        ["2024-08-01", "", "other", "", "0.1", "0.2", "true"],
        ["2026-01-06", "2027-02-28", "residential", "individual", "0.1", "0.5", "true"],
        ["2027-03-01", "", "residential", "individual", "0.05", "0.2", "false"],
    ]


def test_every_act_that_a_seed_cites_is_in_the_list_of_acts() -> None:
    acts = seed("legal_act")
    assert acts["act"].is_unique
    named = {part for column in ("replaced_by", "beside") for text in acts[column] for part in text.split("; ") if part}
    for path in SEEDS_DIR.glob("*.csv"):
        rows = pd.read_csv(path, dtype="str", keep_default_na=False)
        if "legal_basis" in rows:
            parts = {part for text in rows["legal_basis"] for part in text.split("; ")}
            named |= {re.split(", Điều | \\(", part)[0] for part in parts}
    assert named - set(acts["act"]) == set()


def test_an_act_is_confirmed_only_with_its_first_day_and_no_open_question() -> None:
    acts = seed("legal_act")
    is_open = acts["valid_from"].eq("") | acts["note_vi"].str.lower().str.contains("chờ")
    assert acts.loc[is_open, "is_confirmed"].unique().tolist() == ["false"]
    assert acts.loc[~is_open, "is_confirmed"].value_counts()["true"] >= 8


def test_before_the_conclusions_their_targets_are_a_proposal() -> None:
    """What rests on the conclusions of 14/7/2025 rested on the project's own proposal before, confirmed by nobody."""
    acts = seed("legal_act").set_index("act")
    conclusion, proposal = "Kết luận giao ban ngày 14/7/2025", "Đề xuất của kho dữ liệu trước ngày 14/7/2025"
    assert acts.loc[proposal, ["valid_to", "replaced_by", "is_confirmed"]].tolist() == [
        "2025-07-13",
        conclusion,
        "false",
    ]
    assert acts.loc[conclusion, "valid_from"] == "2025-07-14"
    targets, definitions = seed("kpi_target"), seed("kpi_definition")
    for rows in (targets[~targets["valid_from"].ge("2025-07-14")], definitions):
        resting = rows[rows["legal_basis"].str.contains(conclusion)]
        assert resting["legal_basis"].str.contains(f"{proposal}; {conclusion}").all()
        assert len(resting) > 10
    assert targets.loc[targets["legal_basis"].str.contains(proposal), "is_confirmed"].eq("false").all()


def test_disbursement_follows_one_path_each_year() -> None:
    """The nation's path of 2025, for both rates and each plan year, until the province registers its own."""
    rows = seed("kpi_target")
    rows = rows[rows["kpi_id"].isin(["inv_rate_pm", "inv_rate_total"])]
    assert len(rows) == 8
    for row in rows.itertuples():
        year = int(row.valid_from[:4])
        assert row.points == (
            f"{year - 1}-12-31:0|{year}-08-31:0.463|{year}-10-23:0.517|{year}-11-30:0.606|{year}-12-31:0.837"
            f"|{year + 1}-01-31:1"
        )
        assert (row.valid_from, row.valid_to) == (f"{year}-02-01", f"{year + 1}-01-31")


def test_acts_follow_each_other_without_a_hole_or_an_overlap() -> None:
    """The corrected ones, day by day; what the facts do not confirm is marked."""
    acts = seed("legal_act").set_index("act")
    assert acts.loc["NĐ 99/2021/NĐ-CP", "valid_to"] == "2025-09-25"
    assert acts.loc["NĐ 254/2025/NĐ-CP", "valid_from"] == "2025-09-26"
    assert acts.loc["TT 03/2025/TT-VPCP", "valid_from"] == "2025-09-15"
    assert acts.loc["NQ 66.11/2026/NQ-CP", ["valid_from", "valid_to"]].tolist() == ["2026-01-06", "2027-02-28"]
    assert acts.loc[["NQ 254/2025/QH15", "NĐ 49/2026/NĐ-CP", "NQ 80-NQ/TW"], "is_confirmed"].eq("false").all()
