"""The simulated registers of houses, centres, tasks and plans: the same bytes again, their forms, conserved sums."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from dagster_project.simulate import Truth, briefing, simulate
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import centre_readiness
from dagster_project.simulate.feeds.housing import pt as housing_pt
from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.truth.people import (
    FEEDS,
    date_households,
    flag_counted_households,
    flag_current_centres,
    judge_deadlines,
)
from dagster_project.simulate.truth.tables import map_replacements
from dagster_project.simulate.world import housing as world_housing
from dagster_project.simulate.world import offices as world_office
from tests.support.nights.season import hash_files

pytestmark = pytest.mark.slow

AS_OF = date(2025, 7, 13)
NORMAL_QUIRKS = {
    "missing_workbook", "silent_centre", "two_strands", "phone_in_id", "unknown_figures", "no_code", "empty_words",
    "text_case", "text_spaces", "date_forms", "number_forms", "unit_spelling", "impossible_date", "other_money_unit",
    "outdated_list", "month_part", "put_off", "struck_off", "refused_unit",
}  # fmt: skip
BAD_INPUT = {
    "unreadable_due", "two_lead_agencies", "centre_twice_in_a_week", "more_issued_than_needed", "without_commune",
    "completed_before_started", "workbook_under_wrong_name", "strange_strand", "unknown_status", "unknown_unit",
    "lan_2", "moved_columns", "total_off_by_one_row", "wrong_extension", "empty_file", "truncated_file",
    "protected_file", "picture_file", "unnoticed_files", "same_bytes", "older_file_late",
}  # fmt: skip


def sent(folder: Path, mess: str, seed: int = 7, as_of: date = AS_OF, feeds: tuple[str, ...] = FEEDS) -> Truth:
    truth = simulate(folder / "inbox", seed=seed, scale=0.003, as_of=as_of, mess=mess, feeds=feeds)  # type: ignore[arg-type]
    assert truth is not None
    return truth


@pytest.fixture(params=["none", "normal", "hard"])
def season(request: pytest.FixtureRequest, seasons: Callable[[str], tuple[Path, Truth]]) -> tuple[str, Path, Truth]:
    return request.param, *seasons(request.param)


@pytest.fixture
def tidy(seasons: Callable[[str], tuple[Path, Truth]]) -> tuple[Path, Truth]:
    return seasons("none")


def table(path: Path, first: str) -> list[dict[str, object]]:
    """The rows below the header row that holds `first`, by header; only those with a running number."""
    lines = list(openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active.iter_rows(values_only=True))
    top = next(nth for nth, line in enumerate(lines) if first in line)
    rows = [dict(zip(lines[top], line, strict=True)) for line in lines[top + 2 :]]
    return [row for row in rows if isinstance(row["STT"], int)]


def units_of(portal_codes: tuple[str, ...]) -> list[str]:
    commune = load_reference().commune.set_index("portal_code")["commune_code"]
    return [str(commune[code]) for code in portal_codes]


def cells(kpi: pd.DataFrame, name: str, grain: str, dimension: str = "") -> pd.DataFrame:
    at = (kpi["kpi_id"] == name) & (kpi["grain"] == grain) & (kpi["dimension"] == dimension)
    return kpi[at].set_index(["unit_code", "member"])[["numerator", "denominator"]]


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    feeds = ("housing_vp", "housing_hb", "centre_readiness", "directives", "planning")
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        sent(tmp_path / name, "hard", seed=seed, feeds=feeds)
    one, again, other = (hash_files(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    for name in ("household", "centre_readiness", "directive", "plan_milestone", "kpi"):
        assert one[f"truth/{name}.csv"] != other[f"truth/{name}.csv"]


def test_each_file_accounts_for_every_row(season: tuple[str, Path, Truth]) -> None:
    mess, _, truth = season
    account = truth.accounts
    parts = account[["accepted", "duplicate", "quarantined", "not_data"]]
    assert (parts >= 0).all().all()
    assert (parts.sum(axis=1) == account["rows_read"]).all()
    listed = truth.quarantine.groupby(["feed_id", "file"]).size()
    counted = account.set_index(["feed_id", "file"])["quarantined"]
    assert (counted[counted > 0].sort_index() == listed.sort_index()).all()
    assert not truth.quarantine.duplicated(["feed_id", "file", "sheet", "row"]).any()
    assert (len(truth.quarantine) == 0) == (mess == "none")
    blocked = {"empty_file", "unreadable", "encrypted"} if mess == "hard" else set()
    assert set(account["blocked"].dropna()) == blocked
    assert set(account["feed_id"]) == set(FEEDS)


def test_the_sheets_have_as_many_rows_as_the_account_says(season: tuple[str, Path, Truth]) -> None:
    _, folder, truth = season
    for row in truth.accounts[truth.accounts["blocked"].isna()].itertuples():
        content = (folder / "inbox" / str(row.feed_id) / str(row.file)).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        if content[:2] == b"PK":
            lines = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
            assert row.rows_read == sum(any(cell is not None for cell in line) for line in lines)
            assert row.rows_read + row.blank == len(lines)
        else:
            assert row.rows_read == content.count(b"\n")
            assert unicodedata.is_normalized("NFD", content.decode())


def test_facts_stand_where_the_truth_says(season: tuple[str, Path, Truth]) -> None:
    mess, folder, truth = season
    facts = truth.extra["centre_readiness"]
    file = facts["file"].max()
    lines = list(
        openpyxl.load_workbook(folder / "inbox" / "centre_readiness" / file).active.iter_rows(values_only=True)
    )
    top = next(nth for nth, line in enumerate(lines) if "Mã đơn vị" in line)
    mine = facts[facts["file"] == file]
    for name, header in (("staff", "Số CBCC"), ("computers_needed", "Máy tính (cần)")):
        place = lines[top].index(header)
        for row in mine.itertuples():
            cell = lines[int(row.row) - 1][place]
            if isinstance(cell, int):
                assert cell == getattr(row, name)
    refused = truth.quarantine["file"].eq(file).sum()
    told = {"none": 149, "normal": 146, "hard": 147}
    assert mine["unit_code"].nunique() > 130
    assert mine["unit_code"].nunique() + refused in (told[mess], told[mess] - (mess == "hard"))
    assert (mine.loc[mine["unit_code"] == "H44.01-TT", "attribution"] == "department").all()


def test_houses_come_back_from_the_registers(tidy: tuple[Path, Truth]) -> None:
    folder, truth = tidy
    facts = truth.extra["household"]
    books = sorted((folder / "inbox" / "housing_pt").glob("nha_o_H44_*.xlsx"))
    rows = [row for path in books for row in table(path, "Mã hộ")]
    mine = facts[facts["area"] == "pt"].set_index("household_id")
    assert len(books) == 66
    assert len(rows) == len(mine) > 100
    assert sum(int(str(row["Mức hỗ trợ"])) for row in rows) == mine["support"].sum()
    assert all(row["Nhóm"] == mine.loc[row["Mã hộ"], "strand"] for row in rows)
    newest = max((folder / "inbox" / "housing_vp").glob("*.csv"))
    lines = list(csv.DictReader(io.StringIO(unicodedata.normalize("NFC", newest.read_text())), delimiter=";"))
    known = facts[facts["area"] == "vp"].set_index("household_id")
    assert {line["Mã hộ"] for line in lines} == set(known.index)
    begun = {line["Mã hộ"] for line in lines if line["Ngày khởi công"]}
    assert begun == set(known.index[known["started_on"].notna()])
    former = facts[facts["area"] == "hb"]
    assert set(former["unit_level"]) == {"former_commune"}
    assert set(former["attribution"]) == {"former_commune", "split"}
    assert former.loc[former["attribution"] == "split", "commune_code"].isna().all()
    (book,) = (folder / "inbox" / "housing_hb").glob("*.xlsx")
    districts = {str(row["Huyện cũ"]) for row in table(book, "Mã hộ")}
    assert "Thành phố Hòa Bình" in districts
    assert len(districts) > 5


def completed_share(folder: Path, homes: pd.DataFrame, day: date) -> float:
    context = Context(folder, 3, 1.0, day, "none", memo={"households": homes})
    status = pd.concat([world_housing.show_register(context, area, day)["status"] for area in ("pt", "vp", "hb")])
    return float(status.isin(["hoan_thanh", "da_ban_giao"]).mean())


def test_the_whole_programme_has_its_published_size(tmp_path: Path) -> None:
    homes = world_housing.draw_households(Context(tmp_path, 3, 1.0, AS_OF, "none"))
    kept = homes[~homes["is_withdrawn"]]
    assert len(kept) == 10_801
    assert kept["kind"].value_counts().to_dict() == {"xay_moi": 7_479, "sua_chua": 3_322}
    strands = homes["strand"].value_counts() * 10_801 / len(homes)
    assert all(abs(strands[name] - size) < 2 for name, size in world_housing.STRANDS.items())
    hoa_binh = homes[homes["area"] == "hb"]
    assert (~hoa_binh["is_withdrawn"]).sum() == 3_194
    assert hoa_binh["is_withdrawn"].sum() == homes["is_withdrawn"].sum() == 103
    assert homes.groupby("kind")["support"].unique().map(list).to_dict() == {
        "sua_chua": [30_000_000], "xay_moi": [60_000_000],
    }  # fmt: skip
    assert homes["household_id"].is_unique
    done = {day: completed_share(tmp_path, homes, day) for day in (date(2025, 5, 14), AS_OF, date(2025, 8, 15))}
    assert done[date(2025, 5, 14)] < 0.45 < 0.65 < done[AS_OF] < 0.8 < done[date(2025, 8, 15)] < 0.98


def test_a_household_under_two_strands_counts_once_under_the_larger_support() -> None:
    rows = pd.DataFrame(
        [("a", "hộ nghèo, cận nghèo", 30), ("a", "người có công", 60), ("b", "người có công", 60),
         ("b", "giảm nghèo bền vững", 60), ("c", "người có công", None), ("c", "hộ nghèo, cận nghèo", 30)],
        columns=["household_id", "strand", "support"],
    )  # fmt: skip
    assert flag_counted_households(rows)["is_counted"].tolist() == [False, True, False, True, False, True]


def test_a_house_is_dated_by_the_files_in_a_row_that_say_so() -> None:
    """A house that is begun, one that is completed and begun on no day, one that a later file denied, one untouched."""
    said = pd.DataFrame(
        [("a", "2025-07-31", "dang_lam"), ("a", "2025-08-31", "dang_lam"), ("a", "2025-09-30", "hoan_thanh"),
         ("b", "2025-09-30", "da_ban_giao"), ("c", "2025-07-31", "hoan_thanh"), ("c", "2025-08-31", "chua_khoi_cong"),
         ("c", "2025-08-31", "dang_lam"), ("c", "2025-09-30", "hoan_thanh"), ("d", "2025-09-30", "chua_khoi_cong")],
        columns=["household_id", "data_date", "status"],
    ).assign(strand="x", rule=None)  # fmt: skip
    facts = said.drop_duplicates("household_id", keep="last").reset_index(drop=True)
    facts = facts.assign(started_on=None, completed_on=[None, "2025-08-20", None, None], handed_over_on=None)
    found = date_households(facts, said)[["_started", "_completed"]].map(
        lambda day: "" if pd.isna(day) else str(day)[:10]
    )
    assert found.to_numpy().tolist() == [
        ["2025-07-31", "2025-09-30"], ["2025-08-20", "2025-08-20"], ["2025-07-31", "2025-09-30"], ["", ""],
    ]  # fmt: skip


def test_a_task_is_judged_by_its_day() -> None:
    day = {"due": date(2025, 7, 13), "past": date(2025, 7, 12), "ahead": date(2025, 7, 14)}
    cases = [  # due, done -> overdue, on time
        (day["due"], None, False, None), (day["past"], None, True, False), (day["past"], day["past"], False, True),
        (day["past"], day["due"], False, False), (day["past"], day["ahead"], True, False),
        (day["ahead"], day["due"], False, True), (None, day["past"], False, None), (None, None, False, None),
    ]  # fmt: skip
    rows = pd.DataFrame({"due": [case[0] for case in cases], "done": [case[1] for case in cases]})
    found = judge_deadlines(rows, "due", "done", AS_OF)
    assert found["is_overdue"].tolist() == [case[2] for case in cases]
    assert [None if value is pd.NA else value for value in found["is_on_time"]] == [case[3] for case in cases]


def test_the_latest_report_of_each_centre_counts() -> None:
    rows = pd.DataFrame(
        [("commune", "1", "2025-07-04"), ("commune", "1", "2025-07-11"), ("commune", "2", "2025-07-04"),
         ("commune", "1", "2025-07-18")],
        columns=["unit_level", "unit_code", "report_date"],
    ).astype({"report_date": "datetime64[s]"})  # fmt: skip
    assert flag_current_centres(rows, AS_OF)["is_current"].tolist() == [False, True, True]


def test_the_parts_add_up_to_the_province(season: tuple[str, Path, Truth]) -> None:
    kpi = season[2].kpi
    assert set(kpi["period_kind"]) == {"to_date"}
    sums = kpi.groupby(["kpi_id", "dimension", "member", "grain"])[["numerator", "denominator"]].sum()
    for name in ("housing_started", "housing_completed"):
        whole, parts = cells(kpi, name, "province"), cells(kpi, name, "province", "strand")
        assert parts.sum().tolist() == whole.sum().tolist()
        assert cells(kpi, name, "former_province").sum().tolist() == whole.sum().tolist()
        assert cells(kpi, name, "commune")["denominator"].sum() < whole["denominator"].sum()
    for name in ("centre_equipment", "centre_signature", "centre_account", "centre_trained", "centre_line"):
        whole = sums.loc[(name, "", "", "province")]
        parts = sums.loc[(name, "", "", "commune")] + sums.loc[(name, "", "", "department")]
        assert np.allclose(parts.astype(float), whole.astype(float))
        assert cells(kpi, name, "department").index.tolist() == [("H44.01-TT", "")]
    for name in ("directive_overdue", "directive_on_time"):
        parts = sums.loc[(name, "", "", "commune")] + sums.loc[(name, "", "", "department")]
        assert parts["numerator"] == sums.loc[(name, "", "", "province"), "numerator"] > 0
    assert set(kpi.loc[kpi["kpi_id"] == "plan_milestone", "grain"]) == {"province", "former_province"}


def test_kpis_agree_with_counting_one_by_one(season: tuple[str, Path, Truth]) -> None:
    truth = season[2]
    homes: dict[str, tuple[int, str, str]] = {}
    for row in truth.extra["household"].itertuples():
        best = homes.get(str(row.household_id))
        if best is None or (-int(row.support), str(row.strand)) < (-best[0], best[1]):
            homes[str(row.household_id)] = (int(row.support), str(row.strand), str(row.status))
    kept = [status for _, _, status in homes.values() if status != "rut"]
    started = sum(status in ("dang_lam", "hoan_thanh", "da_ban_giao") for status in kept)
    assert cells(truth.kpi, "housing_started", "province").to_numpy().tolist() == [[started, len(kept)]]
    there = need = up = centres = 0.0
    newest: dict[str, object] = {}
    for row in truth.extra["centre_readiness"].sort_values("report_date").itertuples():
        newest[str(row.unit_code)] = row
    for centre in newest.values():
        for kind in world_office.KINDS:
            have, needed = getattr(centre, f"{kind}_have"), getattr(centre, f"{kind}_needed")
            if pd.notna(have):
                there, need = there + min(have, needed), need + needed
        if pd.notna(centre.line_outage_hours):  # type: ignore[attr-defined]
            up, centres = up + 168 - centre.line_outage_hours, centres + 1  # type: ignore[attr-defined]
    assert cells(truth.kpi, "centre_equipment", "province").to_numpy().tolist() == [[there, need]]
    assert cells(truth.kpi, "centre_line", "province").to_numpy().tolist() == [[up, 168 * centres]]


def test_totals_count_the_lines_but_in_a_bad_season(season: tuple[str, Path, Truth]) -> None:
    mess, _, truth = season
    totals = truth.control_total
    assert set(totals["feed_id"]) == {"housing_pt", "housing_hb"}
    differs = totals[totals["stated"] != totals["computed"]]
    assert differs["file"].tolist() == ([housing_pt.name_file(housing_pt.OFF_BY_ONE)] if mess == "hard" else [])


def test_no_centre_before_july_and_former_communes_till_then(tmp_path: Path) -> None:
    truth = sent(tmp_path, "none", as_of=date(2025, 6, 20))
    assert not (tmp_path / "inbox" / "centre_readiness").exists()
    assert truth.extra["centre_readiness"].empty
    assert set(truth.extra["household"]["unit_level"]) == {"former_commune"}
    assert set(truth.extra["directive"]["unit_level"]) == {"department"}
    assert not truth.extra["directive"]["task"].isin([task.task for task in briefing.TASKS]).any()
    assert not truth.kpi["kpi_id"].str.startswith("centre_").any()
    assert truth.kpi["kpi_id"].nunique() == 5


def test_the_briefing_is_ahead_on_the_13th_and_missed_on_the_20th(tmp_path: Path) -> None:
    ahead = sent(tmp_path / "ahead", "hard", feeds=("directives", "planning"))
    later = sent(tmp_path / "later", "hard", as_of=date(2025, 7, 20), feeds=("directives", "planning"))
    after = sent(tmp_path / "after", "hard", as_of=date(2025, 7, 21), feeds=("directives", "planning"))
    real = {name: told.extra["directive"].query("directive_no == @briefing.NUMBER")
            for name, told in {"ahead": ahead, "later": later, "after": after}.items()}  # fmt: skip
    assert len(real["ahead"]) == len(briefing.TASKS)
    days = {f"{day:%d/%m}" for day in pd.to_datetime(real["ahead"]["due_on"]).dropna()}
    assert {"18/07", "20/07", "25/07"} <= days
    assert not real["ahead"]["is_overdue"].any()
    assert real["later"].loc[real["later"]["is_overdue"], "lead_agency"].tolist() == ["Sở Nội vụ"]
    assert set(real["after"].loc[real["after"]["is_overdue"], "due_text"]) == {"trước ngày 18/7", "trước ngày 20/7"}
    plans = ahead.extra["plan_milestone"]
    assert plans.loc[plans["plan_no"] == "ĐA-2025/01", "former_province_code"].tolist() == ["17"] * 3
    missed = later.extra["plan_milestone"].query("is_overdue and plan_no == 'ĐA-2025/01'")
    assert missed["milestone"].tolist() == ["Thẩm định đề án"]


def test_a_deadline_without_its_year_is_of_the_year_of_issue() -> None:
    issued = np.array(["2025-07-11", "2025-12-20", "2025-12-20", "2025-07-01", "2025-07-01"], dtype="datetime64[D]")
    due = np.array(["2025-07-18", "2026-01-15", "2026-01-15", "2025-07-05", "2025-07-05"], dtype="datetime64[D]")
    said = world_office.spell_deadlines(issued, due, np.array([0, 0, 2, 3, 4])).tolist()
    assert said == ["trước ngày 18/7", "trước ngày 15/1/2026", "15/1/2026", "sớm", None]


def test_a_later_register_replaces_a_part_and_no_part_a_register() -> None:
    files = pd.DataFrame(
        [("v", "june.csv", date(2025, 6, 30), "part:2025-06"), ("v", "whole.csv", date(2025, 7, 5), "register"),
         ("v", "july.csv", date(2025, 7, 13), "part:2025-07"), ("v", "may.csv", date(2025, 5, 31), "register"),
         ("w", "june.csv", date(2025, 6, 30), "part:2025-06")],
        columns=["feed_id", "file", "data_date", "period"],
    ).assign(statement_no=1, sha256="", blocked=None)  # fmt: skip
    assert map_replacements(files) == {
        ("v", "june.csv"): "whole.csv", ("v", "may.csv"): "whole.csv", ("v", "whole.csv"): "whole.csv",
        ("v", "july.csv"): "july.csv", ("w", "june.csv"): "june.csv",
    }  # fmt: skip


def test_without_mess_a_later_register_says_only_what_went_on(tidy: tuple[Path, Truth]) -> None:
    """Of the two registers of tasks and plans, and of the months of houses."""
    account = tidy[1].accounts.set_index(["feed_id", "file"])
    assert tidy[1].restatement.empty
    assert account.loc[("directives", "so_theo_doi_06_07_2025.xlsx"), "duplicate"] == 0
    assert account.loc[("directives", "so_theo_doi.xlsx"), "duplicate"] > 20
    assert account.loc[("planning", "quy_hoach.xlsx"), "duplicate"] > 20


def test_every_quirk_happens_in_its_season(season: tuple[str, Path, Truth]) -> None:
    mess, folder, truth = season
    done = {str(name).partition(":")[0] for name in truth.quirks["quirk"]}
    if mess == "none":
        assert not done
        return
    assert done >= NORMAL_QUIRKS
    assert (done >= BAD_INPUT) == (mess == "hard"), BAD_INPUT - done
    silent = truth.quirks[truth.quirks["quirk"] == "missing_workbook"]
    assert len(silent) == 4
    restated = truth.restatement.groupby("table")["column"].agg(set).to_dict()
    assert {"key", "due_on"} <= restated["fct_directive"]
    assert {"key", "milestone_due"} <= restated["fct_plan_milestone"]
    owing = truth.data_gap.query("kind == 'missing_unit' and feed_id == 'housing_pt'")
    assert set(units_of((*housing_pt.MISSING, housing_pt.OUTDATED))) <= set(owing["commune_code"])
    household = truth.extra["household"]
    assert household.duplicated("household_id").any()
    assert household.groupby("household_id")["is_counted"].sum().eq(1).all()
    _check_refused_units(truth)
    if mess == "hard":
        named = housing_pt.name_file("H44.130")
        communes = household.loc[household["file"] == named, "commune_code"].unique().tolist()
        rows = table(folder / "inbox" / "housing_pt" / named, "Mã hộ")
        assert len(communes) <= 1
        assert len(rows) >= len(household[household["file"] == named])
        assert set(truth.quarantine["rule"]) >= {"unit_missing", "unit_unknown", "unknown_code", "impossible_date"}
        readiness = truth.extra["centre_readiness"]
        assert (readiness["signatures_issued"] > readiness["signatures_needed"]).any()
        assert not readiness.duplicated(["unit_level", "unit_code", "report_date"]).any()
        earlier = household[household["completed_on"] < household["started_on"]]
        assert len(earlier) > 0
        tasks = truth.extra["directive"]
        strange = tasks[tasks["due_text"].isin(["sau khi đủ điều kiện", "trước ngày 45/7"])]
        assert len(strange) > 0
        assert strange["due_on"].isna().all()


def _check_refused_units(truth: Truth) -> None:
    """Some offices sent and have no usable row: whose rows they were stands in the quarantine."""
    newest = truth.accounts.loc[truth.accounts["feed_id"] == "centre_readiness", "file"].max()
    facts = {"housing_pt": truth.extra["household"], "centre_readiness": truth.extra["centre_readiness"]}
    for feed, refused in (("housing_pt", housing_pt.REFUSED), ("centre_readiness", centre_readiness.REFUSED)):
        bad = truth.quarantine[truth.quarantine["feed_id"] == feed]
        bad = bad[bad["file"] == newest] if feed == "centre_readiness" else bad
        sound = facts[feed][facts[feed]["file"].isin(bad["file"]) & facts[feed]["feed_id"].eq(feed)]
        assert set(units_of(tuple(refused))) <= set(bad["commune_code"]) - set(sound["commune_code"])


def test_no_person_stands_in_the_truth(tidy: tuple[Path, Truth]) -> None:
    folder = tidy[0]
    newest = max((folder / "inbox" / "housing_vp").glob("*.csv"))
    lines = list(csv.DictReader(io.StringIO(unicodedata.normalize("NFC", newest.read_text())), delimiter=";"))
    written = b"".join(path.read_bytes() for path in (folder / "truth").glob("*.csv")).decode()
    numbers = [line["CCCD"] for line in lines if line["CCCD"]]
    assert len(numbers) > 20
    assert not any(number in written for number in numbers)
    assert "Sán Dìu" not in written
