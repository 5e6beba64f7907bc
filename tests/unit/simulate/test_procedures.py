"""The simulated offices: the same bytes again, files of the offices' form, and a truth that holds together."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from dagster_project.core.errors import UsageError
from dagster_project.night.demo import DEMO_SCALE, DEMO_SEED
from dagster_project.simulate import Truth, build_world, list_needles, make_landing_rows, simulate, tcvn3
from dagster_project.simulate.office import Column, Formula, PlainNumber, Sheet, write_workbook
from dagster_project.simulate.quirks.hard import HARD, STRAYS, spell_cp1258
from dagster_project.simulate.quirks.ordinary import NORMAL
from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.run import PROCEDURES
from dagster_project.simulate.statements import WHOLE, Delivery, FileRecord, fold_same_bytes, show_state
from dagster_project.simulate.truth.tables import find_superseded, make_dossiers, rank_statements, take_latest
from dagster_project.simulate.units import list_spellings
from tests.support.nights.season import hash_files

pytestmark = pytest.mark.slow
AS_OF = date(2025, 7, 20)
LAST_DAY = pd.Timestamp("2025-07-20")
FILE_QUIRKS = {
    "moved_columns", "total_disagrees", "lan_2", "lan_2:vanished", "lan_2:changed", "wrong_extension", "missing_column",
    "missing_month", "page_twice", "page_cut", "page_shrunk", "wrong_total_items", "error_page",
}  # fmt: skip


def sent(folder: Path, mess: str, scale: float = 0.002, seed: int = 7, as_of: date = AS_OF) -> Truth:
    feeds = (*PROCEDURES, "national_portal")
    truth = simulate(folder / "inbox", seed=seed, scale=scale, as_of=as_of, mess=mess, feeds=feeds)  # type: ignore[arg-type]
    assert truth is not None
    return truth


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("hard")
    return folder, sent(folder, "hard", scale=0.02)


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("normal")
    return folder, sent(folder, "normal", scale=0.01)


@pytest.fixture(scope="module")
def tidy(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return sent(tmp_path_factory.mktemp("tidy"), "none")


def test_same_arguments_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        sent(tmp_path / name, "hard", scale=0.001, seed=seed, as_of=date(2025, 5, 9))
    one, again, other = (hash_files(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert {"truth/kpi.csv", "truth/accounts.csv", "truth/dossier.csv"} <= set(one)
    assert one["truth/dossier.csv"] != other["truth/dossier.csv"]


def test_a_later_report_sees_the_same_dossiers_older() -> None:
    early = build_world(5, 0.002, date(2025, 5, 14))
    late = build_world(5, 0.002, date(2025, 8, 3))
    shared = late[late["received_at"] < pd.Timestamp(2025, 5, 15)].reset_index(drop=True)
    pd.testing.assert_frame_equal(early, shared)
    assert len(late) > len(shared)


def test_the_world_is_calibrated() -> None:
    world = build_world(2025, 0.05, date(2025, 7, 13))
    assert len(world) == pytest.approx(55_000, rel=0.1)
    assert world["dossier_id"].is_unique
    assert 0.6 < (world["channel"] == "truc_tuyen").mean() < 0.8
    after = world[world["received_at"] >= pd.Timestamp(2025, 7, 1)]
    assert set(after["unit_level"]) == {"commune", "department"}
    assert "H44.01-TT" in set(after["unit_code"])
    before = world[world["received_at"] < pd.Timestamp(2025, 7, 1)]
    assert set(before["unit_level"]) == {"former_commune", "former_district", "department"}
    assert {"split", "district", "former_commune", "department"} == set(before["attribution"])
    on_time = world["finished_at"].dt.normalize() <= world["due_at"].dt.normalize()
    share = on_time.groupby(world["former_province_code"], observed=True).mean()
    assert share["17"] < min(share["25"], share["26"])


def test_departments_and_communes_have_their_real_part_and_record() -> None:
    """The portal's own figures of August 2026: 36,050 of 184,513 dossiers at departments, 53.4 % of them in time, in
    16.6 days; agriculture and environment alone 28,209 at 50.6 %; communes 84.4 % in 5.0 days.
    """
    world = build_world(2025, 0.1, date(2025, 7, 13), season="flat")
    level = world["unit_level"].astype(object)
    is_met = world["finished_at"].dt.normalize() <= world["due_at"].dt.normalize()
    share, on_time = level.eq("department").mean(), is_met.groupby(level).mean()
    assert share == pytest.approx(36_050 / 184_513, abs=0.01)
    assert on_time["department"] == pytest.approx(0.534, abs=0.02)
    assert on_time[["commune", "former_commune"]].to_numpy() == pytest.approx([0.844, 0.844], abs=0.02)
    land = world["unit_code"] == "H44.45"
    assert land.mean() == pytest.approx(28_209 / 184_513, abs=0.01)
    assert is_met[land].mean() == pytest.approx(0.506, abs=0.02)
    ended = world[world["finished_at"] < pd.Timestamp(2027, 1, 1)]
    received, finished = (ended[name].to_numpy().astype("datetime64[D]") for name in ("received_at", "finished_at"))
    days = pd.Series(load_reference().calendar.count_between(received, finished), index=ended.index)
    of_level = days.groupby(level).mean()
    assert of_level["department"] == pytest.approx(16.6, abs=1.5)
    assert of_level["commune"] == pytest.approx(5.0, abs=0.5)


def test_half_of_the_demos_communes_have_a_rate_worth_rating(tmp_path: Path) -> None:
    """Sixty and more dossiers fell due in the sixteen weeks to 13 July, as the offices' files tell them."""
    day = date(2025, 7, 13)
    truth = sent(tmp_path, "normal", scale=DEMO_SCALE, seed=DEMO_SEED, as_of=day)
    facts = truth.dossier[truth.dossier["due_at"].between(pd.Timestamp(2025, 3, 24), pd.Timestamp(2025, 7, 14))]
    facts = facts[(facts["state"] != "not_counted") & (facts["status_code"].astype(int) != 7)]
    due = facts.groupby("commune_code").size().reindex(load_reference().commune["commune_code"], fill_value=0)
    assert due.median() >= 60


def test_all_rows_of_a_commune_are_refused_in_some_files(normal: tuple[Path, Truth]) -> None:
    done = normal[1].quirks.query("quirk == 'refused_commune'")
    listed = normal[1].quarantine.query("rule == 'impossible_date' and column == 'received_at'")
    assert done["feed_id"].nunique() >= 2
    for row in done.itertuples():
        # The quirk of a pull of several pages is noted at its last page.
        folder = str(row.file).rpartition("/")[0] if row.feed_id == "procedures_pt" else str(row.file)
        mine = listed[(listed["feed_id"] == row.feed_id) & listed["file"].str.startswith(folder)]
        assert mine.groupby("commune_code").size().max() >= min(row.count, 2)


def test_a_state_only_moves_forward() -> None:
    world = build_world(3, 0.003, date(2025, 6, 30))
    times = [np.datetime64(f"2025-{month:02d}-28T20:00:00") for month in range(1, 8)]
    phase = {2: 0, 4: 1, 5: 1, 6: 1, 8: 1, 9: 2, 7: 3, 10: 3, 1: 0, 3: 0}
    previous = pd.Series(-1, index=world.index)
    for moment in times:
        known = world["received_at"] <= moment
        now = show_state(world[known], moment)["status_code"].map(phase)
        assert (now >= previous[known]).all()
        previous = now.reindex(world.index, fill_value=-1)


def test_every_kind_of_gap_has_its_cause(hard: tuple[Path, Truth], tidy: Truth) -> None:
    """A bad season has the gaps that its quirks make; a tidy one only what clerks leave blank and districts did."""
    gaps = hard[1].data_gap
    blank = {"no_due_date", "no_finish_date", "unattributed"}
    faults = {"missing_period", "missing_unit", "blocked_file", "quarantined_rows", "control_total", "drift"}
    assert set(gaps["kind"]) >= faults | blank | {"contradiction"}
    assert set(tidy.data_gap["kind"]) <= blank
    counts = gaps.groupby("kind")["rows_affected"].sum()
    superseded_rows = hard[1].quarantine.merge(_replaced(hard[1]), on=["feed_id", "file"])
    assert counts["quarantined_rows"] == len(hard[1].quarantine) - len(superseded_rows)
    quirks = hard[1].quirks.groupby("quirk")["count"].sum()
    remarks = gaps[gaps["measure"].eq("formula_cell")]["rows_affected"].sum()
    assert 0 < remarks <= quirks["formula_cells:cached"] + quirks["repeated_rows"]


def _replaced(truth: Truth) -> pd.DataFrame:
    """Files that a "lần 2" of their month replaced."""
    again = truth.accounts[truth.accounts["file"].str.contains("lần 2", regex=False)]
    return again[["feed_id"]].assign(file=again["file"].str.replace(" lần 2 FINAL", "", regex=False))


def test_a_period_sent_again_restates_what_vanished_and_what_changed(hard: tuple[Path, Truth]) -> None:
    restated, quirks = hard[1].restatement, hard[1].quirks
    told = quirks.groupby("quirk")["count"].sum()
    first = restated[restated["file"].str.contains("lần 2", regex=False)]
    assert 0 < len(first[first["column"] == "due_at"]) <= told["lan_2:changed"]
    assert 0 < len(first[first["column"] == "dossier_id"]) <= told["lan_2:vanished"]
    assert first.loc[first["column"] == "dossier_id", "new_value"].isna().all()


@pytest.mark.parametrize("which", ["normal", "hard"])
def test_each_file_accounts_for_every_row(which: str, request: pytest.FixtureRequest) -> None:
    _, truth = request.getfixturevalue(which)
    account = truth.accounts
    parts = account[["accepted", "duplicate", "quarantined", "not_data"]]
    assert (parts >= 0).all().all()
    assert (parts.sum(axis=1) == account["rows_read"]).all()
    listed = truth.quarantine.groupby(["feed_id", "file"]).size()
    counted = account.set_index(["feed_id", "file"])["quarantined"]
    assert listed.sum() == counted.sum() > 0
    assert (counted.loc[listed.index] == listed).all()
    assert not truth.quarantine.duplicated(["feed_id", "file", "sheet", "row"]).any()
    assert account.loc[account["blocked"].notna(), "rows_read"].eq(0).all()


def test_every_quirk_of_an_ordinary_season_happens(normal: tuple[Path, Truth]) -> None:
    done = {name.partition(":")[0] for name in normal[1].quirks["quirk"]}
    assert set(NORMAL) | {"missing_month", "child_of_nulls"} == done


def test_every_quirk_of_a_bad_season_happens(hard: tuple[Path, Truth]) -> None:
    done = set(hard[1].quirks["quirk"])
    plain = {name.partition(":")[0] for name in done}
    assert set(HARD) <= plain
    assert set(STRAYS) <= done
    assert done >= FILE_QUIRKS
    rules = set(hard[1].quarantine["rule"])
    assert rules == {
        "impossible_date", "after_data_date", "unit_unknown", "unit_ambiguous", "unknown_code", "missing_value",
        "formula_without_value",
    }  # fmt: skip
    assert set(hard[1].accounts["blocked"].dropna()) == {"empty_file", "unreadable", "encrypted", "missing_column"}


def test_a_tidy_season_has_no_quirk_and_nothing_in_quarantine(tidy: Truth) -> None:
    assert tidy.quirks.empty
    assert tidy.quarantine.empty
    assert tidy.accounts["blocked"].isna().all()
    assert (tidy.control_total["stated"] == tidy.control_total["computed"]).all()


@pytest.mark.parametrize("which", ["normal", "hard"])
def test_the_parts_add_up_to_the_province(which: str, request: pytest.FixtureRequest) -> None:
    """docs/rules.md, "KPIs": communes + split + district = former province; former provinces + departments = all."""
    _, truth = request.getfixturevalue(which)
    kpi = truth.kpi.fillna({"denominator": 0})
    key = ["kpi_id", "period_kind", "period_start", "dimension", "member"]
    sums = kpi.groupby([*key, "grain"])[["numerator", "denominator"]].sum().unstack("grain", fill_value=0)
    for part in ("numerator", "denominator"):
        table = sums[part].astype(int)
        assert (table["former_province"] + table["department"] == table["province"]).all()
        assert (table["commune"] <= table["former_province"]).all()
    loose = truth.dossier[truth.dossier["attribution"].isin(["split", "district"])]
    online = (
        kpi[(kpi["kpi_id"] == "tthc_online") & (kpi["period_kind"] == "to_date")].groupby("grain")["denominator"].sum()
    )
    counted = loose[loose["state"] != "not_counted"]
    assert online["former_province"] - online["commune"] == len(counted) > 0


def test_the_kpis_agree_with_counting_one_by_one(hard: tuple[Path, Truth]) -> None:
    truth = hard[1]
    on_time: dict[tuple[str, str], list[int]] = {}
    overdue: dict[str, int] = {}
    days: dict[str, list[int]] = {}
    for row in truth.dossier.itertuples():
        if row.state == "not_counted":
            continue
        month = f"{row.received_at:%Y-%m-01}"
        units = ["25"] if pd.isna(row.commune_code) else ["25", row.commune_code]
        late = row.state == "open" and not pd.isna(row.due_at) and row.due_at.date() < AS_OF
        assert row.is_overdue == late
        for unit in units:
            if not pd.isna(row.is_on_time):
                good, all_ = on_time.setdefault((unit, month), [0, 0])
                on_time[unit, month] = [good + bool(row.is_on_time), all_ + 1]
            overdue[unit] = overdue.get(unit, 0) + late
            if not pd.isna(row.working_days):
                total, count = days.setdefault(unit, [0, 0])
                days[unit] = [total + int(row.working_days), count + 1]
    kpi = truth.kpi[(truth.kpi["dimension"] == "") & truth.kpi["grain"].isin(["province", "commune"])]

    def found(name: str, kind: str) -> pd.DataFrame:
        return kpi[(kpi["kpi_id"] == name) & (kpi["period_kind"] == kind)]

    monthly = found("tthc_on_time", "month")
    assert {
        (row.unit_code, str(row.period_start)): [row.numerator, row.denominator] for row in monthly.itertuples()
    } == on_time
    assert (
        dict(zip(*found("tthc_backlog_overdue", "to_date")[["unit_code", "numerator"]].T.to_numpy(), strict=True))
        == overdue
    )
    yearly = found("tthc_working_days", "to_date")
    assert {row.unit_code: [row.numerator, row.denominator] for row in yearly.itertuples()} == days


def test_the_backlog_cohort_is_read_once_its_day_has_come(hard: tuple[Path, Truth], normal: tuple[Path, Truth]) -> None:
    cleared = hard[1].kpi[(hard[1].kpi["kpi_id"] == "tthc_backlog_cleared") & (hard[1].kpi["grain"] == "province")]
    (row,) = cleared.itertuples()
    assert 0 < row.numerator < row.denominator
    due = hard[1].dossier["due_at"].dt.date < date(2025, 7, 14)
    open_now = hard[1].dossier["state"].eq("open") & due
    assert row.denominator - row.numerator == open_now.sum()


def one_dossier(**changes: object) -> pd.DataFrame:
    """A dossier received on Monday 3/3/2025, due on the 10th, finished on Friday the 7th."""
    base: dict[str, object] = {
        "dossier_id": "H62.50-250303-0001", "procedure_code": "1.013978", "status_code": 10, "origin_dossier_id": None,
        "received_at": pd.Timestamp("2025-03-03 08:00"), "due_at": pd.Timestamp("2025-03-10 17:00"),
        "finished_at": pd.Timestamp("2025-03-07 16:00"), "returned_at": pd.NaT,
    }  # fmt: skip
    frame = pd.DataFrame([base | changes])
    for name in ("received_at", "due_at", "finished_at", "returned_at"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


@pytest.mark.parametrize(
    ("changes", "state", "is_resolved", "is_on_time", "is_overdue", "working_days"),
    [
        ({}, "closed", True, True, False, 4),
        ({"finished_at": pd.Timestamp("2025-03-10 23:00")}, "closed", True, True, False, 5),
        ({"finished_at": pd.Timestamp("2025-03-11 08:00")}, "closed", True, False, False, 6),
        ({"finished_at": pd.NaT, "returned_at": pd.Timestamp("2025-03-07")}, "closed", True, True, False, 4),
        ({"finished_at": pd.NaT}, "closed", False, None, False, None),
        ({"due_at": pd.NaT}, "closed", True, None, False, 4),
        ({"finished_at": pd.Timestamp("2025-02-28")}, "closed", True, None, False, None),
        ({"status_code": 7, "finished_at": pd.Timestamp("2025-03-20")}, "closed", True, True, False, 13),
        ({"status_code": 7, "finished_at": pd.NaT}, "closed", False, None, False, None),
        ({"status_code": 7, "due_at": pd.NaT}, "closed", True, None, False, 4),
        ({"finished_at": pd.Timestamp("2025-08-01")}, "open", False, False, True, None),
        ({"status_code": 4, "finished_at": pd.NaT}, "open", False, False, True, None),
        ({"status_code": 4, "finished_at": pd.NaT, "due_at": LAST_DAY}, "open", False, True, False, None),
        ({"status_code": 5, "finished_at": pd.NaT}, "paused", False, True, False, None),
        ({"status_code": 5, "finished_at": pd.NaT, "due_at": pd.NaT}, "paused", False, None, False, None),
        ({"status_code": 3, "finished_at": pd.NaT}, "not_counted", False, None, False, None),
    ],
)  # fmt: skip
def test_what_becomes_of_a_dossier(
    changes: dict, state: str, is_resolved: bool, is_on_time: bool | None, is_overdue: bool, working_days: int | None
) -> None:
    (row,) = make_dossiers(one_dossier(**changes), AS_OF, load_reference()).itertuples()
    assert (row.state, row.is_resolved, row.is_overdue) == (state, is_resolved, is_overdue)
    assert (None if pd.isna(row.is_on_time) else row.is_on_time) == is_on_time
    assert (None if pd.isna(row.working_days) else row.working_days) == working_days


def test_working_days_leave_out_tet() -> None:
    frame = one_dossier(received_at=pd.Timestamp("2025-01-24 08:00"), finished_at=pd.Timestamp("2025-02-04 08:00"))
    assert make_dossiers(frame, AS_OF, load_reference())["working_days"].tolist() == [2]


def statements(*rows: dict[str, object]) -> pd.DataFrame:
    """Statements of one dossier with the columns that rank and compare them."""
    base: dict[str, object] = {
        "applicant_kind": "1", "channel": "truc_tiep", "is_result_digitised": None, "fee": 0.0, "unit_level": "commune",
        "unit_code": "1", "feed_id": "procedures_vp", "sheet": "", "row": 1, "statement_no": 1, "sha256": "a",
        "changed_at": pd.NaT,
    }  # fmt: skip
    return pd.concat([one_dossier().assign(**(base | row)) for row in rows], ignore_index=True)


def test_a_repeat_is_a_duplicate_and_a_return_to_an_earlier_state_is_not() -> None:
    days = [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]
    told = [4, 5, 4, 4]
    rows = [{"status_code": status, "data_date": day, "file": str(day)} for status, day in zip(told, days, strict=True)]
    ranked = rank_statements(statements(*reversed(rows)))
    assert ranked["status_code"].tolist() == told
    assert ranked["is_duplicate"].tolist() == [False, False, False, True]


def test_a_period_sent_again_replaces_the_first_file() -> None:
    files = pd.DataFrame(
        [
            ("procedures_vp", "a", "2025-04", date(2025, 4, 30), 1, "b", None),
            ("procedures_vp", "a lần 2", "2025-04", date(2025, 4, 30), 2, "a", None),
            ("procedures_vp", "a lần 3", "2025-04", date(2025, 4, 30), 3, "a", "unreadable"),
            ("procedures_hb", "b", "2025-04", date(2025, 4, 30), 1, "b", None),
        ],
        columns=["feed_id", "file", "period", "data_date", "statement_no", "sha256", "blocked"],
    )
    assert find_superseded(files) == {("procedures_vp", "a")}


def test_identical_bytes_are_one_file_and_its_copies() -> None:
    names = ("nha_o_20251231.csv", "nha_o_20260131.csv", "nha_o_20260210.csv")
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 10))
    sent = Delivery(
        [
            FileRecord("housing_vp", name, sha, day, WHOLE, rows_read=2)
            for name, sha, day in zip(names, ("aa", "bb", "aa"), days, strict=True)
        ],
        [pd.DataFrame({"file": [name]}) for name in names],
    )
    fold_same_bytes(sent)
    assert [(record.file, record.copies) for record in sent.files] == [(names[0], 1), (names[1], 0)]
    assert pd.concat(sent.rows)["file"].tolist() == [*names[:2]]
    # The register of February is that of December again, and it is February's delivery.
    assert [record.data_date for record in sent.files] == [days[2], days[1]]


def test_a_rekeyed_dossier_is_one_under_its_newest_number() -> None:
    first = {"data_date": date(2025, 6, 30), "file": "june"}
    again = {
        "dossier_id": "H44.183-250303-9001", "origin_dossier_id": "H62.50-250303-0001", "data_date": date(2025, 7, 13),
        "file": "july", "received_at": pd.Timestamp("2025-07-02 08:00"), "unit_code": "2",
    }  # fmt: skip
    (row,) = take_latest(rank_statements(statements(first, again)), set()).itertuples()
    assert (row.dossier_id, row.unit_code) == ("H44.183-250303-9001", "2")
    assert row.received_at == pd.Timestamp("2025-03-03 08:00")


def test_rekeyed_dossiers_leave_the_old_list_and_count_once(hard: tuple[Path, Truth]) -> None:
    folder, truth = hard
    origins = {}
    for path in (folder / "inbox" / "procedures_pt").glob("*/page-0*.json"):
        try:
            items = json.loads(path.read_text())["data"]["items"]
        except ValueError:  # the page that was cut off
            continue
        origins |= {item["MaHoSo"].strip(): item["MaHoSoKhac"] for item in items if item["MaHoSoKhac"]}
    assert len(origins) >= 3
    shown = set(truth.dossier["dossier_id"])
    assert not shown & set(origins.values())
    assert len(shown & {number.replace("O", "0") for number in origins}) >= 3


def test_the_workbook_has_the_office_form(normal: tuple[Path, Truth]) -> None:
    book = openpyxl.load_workbook(normal[0] / "inbox" / "procedures_vp" / "2025" / "ho_so_tthc_06_2025.xlsx")
    (sheet,) = book.worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "UBND TỈNH VĨNH PHÚC"
    assert rows[0][9] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert rows[4][0] == "(Số liệu đến ngày 30/06/2025)"
    assert {"A8:A9", "B8:E8", "F8:I8", "J8:M8"} <= {str(area) for area in sheet.merged_cells.ranges}
    assert rows[7][1] == "Thông tin hồ sơ"
    assert rows[8][1] == "Mã hồ sơ"
    assert rows[9] == tuple(str(number) for number in range(1, 20))
    data = [row for row in rows if isinstance(row[0], int)]
    total = next(row for row in rows if row[0] == "Tổng cộng")
    assert total[1] == f"{len(data)} hồ sơ"
    assert rows[-1][1] == "(Ký, ghi rõ họ tên)"
    account = normal[1].accounts.set_index("file").loc["2025/ho_so_tthc_06_2025.xlsx"]
    assert account["rows_read"] + account["blank"] == len(rows)
    assert account["not_data"] == len(rows) - account["blank"] - len(data)


def test_the_csv_and_the_pages_have_as_many_rows_as_the_account_says(hard: tuple[Path, Truth]) -> None:
    folder, truth = hard
    letters = dict(zip(tcvn3.BYTES, tcvn3.LETTERS, strict=True))
    seen = 0
    for row in truth.accounts[truth.accounts["blocked"].isna()].itertuples():
        content = (folder / "inbox" / str(row.feed_id) / str(row.file)).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
        if row.feed_id == "procedures_hb":
            lines = "".join(letters.get(byte, chr(byte)) for byte in content).split("\r\n")
            assert "Mã HS" in lines[0].split(";")
            assert len({line.count(";") for line in lines[:-1]}) == 1
            assert lines[-1] == ""
            seen += row.rows_read == len(lines) - 1
        elif row.feed_id == "procedures_pt":
            seen += row.rows_read == len(json.loads(content)["data"]["items"])
        elif row.feed_id == "national_portal":
            seen += row.rows_read == len(json.loads(content)["data"]["children"]) + 1
    assert seen == (truth.accounts["blocked"].isna() & (truth.accounts["feed_id"] != "procedures_vp")).sum() > 15


def test_cells_of_every_kind_survive_the_workbook(tmp_path: Path) -> None:
    cells = np.array(
        ["a <b> & c", " x ", 3, 45852.5, PlainNumber(45852.5), Formula("=1+45851", 45852.0), Formula("=B1"), None],
        dtype=object,
    )
    sheet = Sheet(
        "S", [Column("Ngày", cells, style="date"), Column("STT", np.arange(8).astype(object))], signature=False
    )
    (extent,) = write_workbook(tmp_path / "a.xlsx", [sheet])
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    values = [page.cell(extent.first_row + nth, 1).value for nth in range(8)]
    assert values[:2] == ["a <b> & c", " x "]
    assert values[3] == pd.Timestamp("2025-07-14 12:00")
    assert values[4] == 45852.5
    assert values[5:] == ["=1+45851", "=B1", None]
    kept = openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True).active
    assert kept.cell(extent.first_row + 5, 1).value == pd.Timestamp("2025-07-14")


def test_tcvn3_is_one_byte_a_letter() -> None:
    assert len(tcvn3.LETTERS) == len(set(tcvn3.LETTERS)) == len(set(tcvn3.BYTES)) == 134
    assert tcvn3.encode(tcvn3.LETTERS) == tcvn3.BYTES
    assert tcvn3.encode("Mã HS;Đã trả\r\n") == b"M\xb7 HS;\xa7\xb7 tr\xb6\r\n"
    with pytest.raises(UnicodeEncodeError):
        tcvn3.encode("€")


def test_cp1258_keeps_the_letter_and_parts_the_tone() -> None:
    assert spell_cp1258("Hộ tịch, phường") == "Hô\u0323 ti\u0323ch, phươ\u0300ng"
    assert unicodedata.normalize("NFC", spell_cp1258("Sở Nông nghiệp")) == "Sở Nông nghiệp"


@pytest.mark.parametrize("area", ["pt", "vp", "hb"])
def test_no_spelling_means_two_units(area: str) -> None:
    """Among the units of one time in one former province, what is written names one unit."""
    ref = load_reference()
    table = list_spellings(area).drop(columns=["upper", "lower"])
    sizes = [len(ref.commune), len(ref.former_commune), len(ref.former_district), len(ref.department)]
    level = np.repeat(np.arange(4), sizes)
    owner = np.concatenate(
        [ref.commune["area"], ref.former_commune["area"], ref.former_district["area"], [area] * sizes[3]]
    )
    for levels in ((0, 3), (1, 2, 3)):
        mine = table[np.isin(level, levels) & (owner == area)].reset_index(names="unit")
        told = mine.melt("unit").dropna(subset="value").drop_duplicates(["unit", "value"])
        assert len(told) > 100
        assert not told["value"].duplicated().any()


def test_persons_stand_in_the_files_and_nowhere_in_the_truth(normal: tuple[Path, Truth]) -> None:
    folder, truth = normal
    people = list_needles(build_world(7, 0.01, AS_OF))
    assert people["national_id"].str.fullmatch(r"0\d{11}").all()
    inbox = b"".join(path.read_bytes() for path in (folder / "inbox" / "procedures_hb").glob("*.csv"))
    written = b"".join(path.read_bytes() for path in (folder / "truth").glob("*.csv"))
    in_files = [number for number in people["national_id"].head(3000) if number.encode() in inbox]
    assert len(in_files) > 100
    assert not any(number.encode() in written for number in in_files)
    assert set(truth.accounts["feed_id"]) == {*PROCEDURES, "national_portal"}


def test_bulk_rows_are_what_the_landing_holds() -> None:
    world = build_world(7, 0.01, date(2025, 7, 18))
    rows = make_landing_rows(world, date(2025, 7, 18))
    assert rows["dossier_id"].tolist() == world["dossier_id"].tolist()
    assert rows["content_hash"].dtype == np.uint64
    assert rows["content_hash"].nunique() == len(rows)
    assert set(rows["status_code"]) == set(range(1, 11))
    assert rows["batch_id"].nunique() == 3 * 7
    assert not rows[["received_at", "unit_code", "procedure_name", "sector"]].isna().any().any()


def test_only_the_asked_feeds_are_sent(tmp_path: Path) -> None:
    done = simulate(
        tmp_path / "inbox", seed=1, scale=0.001, as_of=AS_OF, mess="none", feeds=["national_portal"], with_truth=False
    )
    assert done is None
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["national_portal"]
    assert not (tmp_path / "truth").exists()


@pytest.mark.parametrize(
    "wrong",
    [{"scale": 0.0}, {"scale": 11.0}, {"as_of": date(2024, 12, 31)}, {"mess": "awful"}, {"feeds": ["weather"]}],
)
def test_wrong_arguments_are_refused_in_one_line(tmp_path: Path, wrong: dict) -> None:
    arguments: dict = {"seed": 1, "scale": 0.001, "as_of": AS_OF, "mess": "none"} | wrong
    with pytest.raises(UsageError) as caught:
        simulate(tmp_path / "inbox", **arguments)
    assert "\n" not in caught.value.message_vi
    assert not (tmp_path / "inbox").exists()
