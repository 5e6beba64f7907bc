"""The simulated offices of money and land: the same bytes again, the offices' forms, and sums that are conserved."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from dagster_project.core import paths
from dagster_project.simulate import Truth, simulate
from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import FEEDS
from dagster_project.simulate.quirks.money import HARD, NORMAL, spell_vietnamese
from dagster_project.simulate.statements import Control
from dagster_project.simulate.truth.gap_money import list_odd_deposits, list_small_plans
from dagster_project.simulate.truth.money import DOMAINS, count_lots, find_official, find_plan_year
from dagster_project.simulate.world import money as world_money
from dagster_project.simulate.world import projects as world_projects
from tests.support.nights.season import hash_files

AS_OF = date(2025, 7, 13)
pytestmark = pytest.mark.slow
MONEY_FEEDS = [feed for feed in FEEDS if feed.rpartition("_")[0] in DOMAINS]
STRAY_QUIRKS = {"empty_file", "truncated_file", "protected_file", "unnoticed_files", "same_bytes", "older_file_late"}
BAD_INPUT = {
    "no_money_unit", "money_unit_contradicted", "plan_of_zero", "two_owners", "total_off_by_one_row",
    "dated_next_month", "lot_sold_twice", "steps_out_of_order", "sheet_twice", "lan_2", "moved_columns",
    "wrong_extension", "missing_column", "paid_above_plan", "paid_above_investment", "missing_report", "never_sent",
}  # fmt: skip
FUNDS = {"NSTW": "NSTW", "NSĐP": "NSDP", "ODA": "ODA"}


def sent(folder: Path, mess: str, seed: int = 7, as_of: date = AS_OF, scale: float = 0.002) -> Truth:
    truth = simulate(folder / "inbox", seed=seed, scale=scale, as_of=as_of, mess=mess, feeds=MONEY_FEEDS)  # type: ignore[arg-type]
    assert truth is not None
    return truth


@pytest.fixture(params=["none", "normal", "hard"])
def season(request: pytest.FixtureRequest, seasons: Callable[[str], tuple[Path, Truth]]) -> tuple[str, Path, Truth]:
    return request.param, *seasons(request.param)


@pytest.fixture
def tidy(seasons: Callable[[str], tuple[Path, Truth]]) -> tuple[Path, Truth]:
    return seasons("none")


def whole(rows: pd.DataFrame, kpi: str, grain: str) -> pd.Series:
    at = (rows["kpi_id"] == kpi) & (rows["grain"] == grain) & (rows["dimension"] == "")
    return rows[at].set_index("unit_code")[["numerator", "denominator"]].stack()


def test_same_seed_same_bytes(seasons: Callable[[str], tuple[Path, Truth]], tmp_path: Path) -> None:
    sent(tmp_path / "again", "hard")
    sent(tmp_path / "other", "hard", seed=4)
    one, again, other = (hash_files(folder) for folder in (seasons("hard")[0], tmp_path / "again", tmp_path / "other"))
    assert one == again
    sums = {"truth/disbursement.csv", "truth/auction_lot.csv", "truth/site_clearance.csv", "truth/kpi.csv"}
    assert all(one[name] != other[name] for name in sums)
    assert one["inbox/investment_pt/bao_cao.sqlite"] != other["inbox/investment_pt/bao_cao.sqlite"]


def test_a_later_report_says_the_same_of_earlier_days(tmp_path: Path) -> None:
    early, late = (Context(tmp_path, 5, 0.002, day, "none") for day in (date(2025, 5, 20), date(2025, 11, 2)))
    for area in ("pt", "vp", "hb"):
        day = date(2025, 4, 30)
        pd.testing.assert_frame_equal(
            world_projects.show_disbursed(early, area, 2025, day), world_projects.show_disbursed(late, area, 2025, day)
        )
        pd.testing.assert_frame_equal(
            world_money.show_clearance(early, area, day), world_money.show_clearance(late, area, day)
        )
        april = np.datetime64("2025-04", "M")
        pd.testing.assert_frame_equal(
            world_money.show_auction_month(early, area, april), world_money.show_auction_month(late, area, april)
        )


def test_payments_only_grow_and_hoa_binh_lags(tmp_path: Path) -> None:
    context = Context(tmp_path, 5, 0.02, AS_OF, "none")
    share, recoded = {}, []
    for area in ("pt", "vp", "hb"):
        march, july = (world_projects.show_disbursed(context, area, 2025, date(2025, month, 15)) for month in (3, 7))
        both = march.merge(july, on=["project_row", "fund_source"], suffixes=("", "_later"))
        assert len(both) == len(march) == len(july)
        assert (both["paid_completed_later"] >= both["paid_completed"]).all()
        recoded.append((both["project_code"] != both["project_code_later"]).mean())
        paid = july["paid_completed"] + july["paid_advance"]
        plan = july["plan_local"] + july["plan_carried"]
        assert (july["paid_advance"] < 0).any()
        assert (paid <= plan).all()
        share[area] = paid.sum() / plan.sum()
        if area != "hb":
            assert (paid > july["plan_pm"]).any()
    assert 0 < max(recoded) < 0.15
    assert share["hb"] < 0.3 < 0.4 < min(share["pt"], share["vp"])


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
    assert account.loc[account["blocked"].notna(), "rows_read"].eq(0).all()
    expected = {"none": set(), "normal": set()}.get(
        mess,
        {"empty_file", "unreadable", "encrypted", "missing_column", "no_money_unit", "money_unit_contradicted"},
    )
    assert set(account["blocked"].dropna()) == expected


def test_the_sheets_have_as_many_rows_as_the_account_says(season: tuple[str, Path, Truth]) -> None:
    _, folder, truth = season
    seen = 0
    for row in truth.accounts[truth.accounts["blocked"].isna()].itertuples():
        path = folder / "inbox" / str(row.feed_id) / str(row.file)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
        if path.read_bytes()[:2] == b"PK":
            book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
            lines = [line for sheet in book for line in sheet.iter_rows(values_only=True)]
            assert row.rows_read == sum(any(cell is not None for cell in line) for line in lines)
            assert row.rows_read + row.blank == len(lines)
        elif path.suffix == ".xls":
            assert row.rows_read == path.read_text().count("<tr>")
        elif path.suffix == ".csv":
            assert row.rows_read == path.read_bytes().count(b"\n")
        else:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                (count,) = connection.execute("select count(*) from bao_cao_giai_ngan").fetchone()
            assert row.rows_read == count
        seen += 1
    assert seen > 30


def test_the_sqlite_table_holds_what_the_truth_says(tidy: tuple[Path, Truth]) -> None:
    path = tidy[0] / "inbox" / "investment_pt" / "bao_cao.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        sql = "select ma_du_an, nguon_von, ngay_so_lieu, thanh_toan_klht + tam_ung, ke_hoach_ttg from bao_cao_giai_ngan"
        told = {tuple(row[:3]): row[3:] for row in connection.execute(sql)}
    facts = tidy[1].extra["disbursement"]
    facts = facts[facts["feed_id"] == "investment_pt"]
    mine = {
        (row.project_code, row.fund_source, f"{row.report_date:%Y-%m-%d}"): (
            row.paid_completed + row.paid_advance, row.plan_pm,
        )
        for row in facts.itertuples()
    }  # fmt: skip
    assert told == mine
    assert facts["unit_level"].dropna().unique().tolist() == ["former_commune", "commune"]
    assert facts["commune_code"].isna().any()


def wide_cells(path: Path) -> Iterator[tuple[str, str, str, object]]:
    """(project code, group header, fund, cell) of every amount of a Vĩnh Phúc workbook."""
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    top = next(nth for nth, line in enumerate(lines) if line[0] == "STT")
    groups: list[str | None] = []
    for header, below in zip(lines[top], lines[top + 1], strict=True):
        groups.append(header if header else (groups[-1] if below in FUNDS else None))
    code = lines[top].index("Mã dự án")
    for line in lines[top + 2 :]:
        if line[code] and re.fullmatch(r"\d{7}", str(line[code])):
            for group, fund, cell in zip(groups, lines[top + 1], line, strict=True):
                if group and fund in FUNDS and cell is not None:
                    yield line[code], group, FUNDS[fund], cell


def test_a_wide_workbook_holds_what_the_truth_says(tidy: tuple[Path, Truth]) -> None:
    path = tidy[0] / "inbox" / "investment_vp" / "bieu_giai_ngan_30_06_2025.xlsx"
    facts = tidy[1].extra["disbursement"]
    facts = facts[facts["file"] == path.name].set_index(["project_code", "fund_source"])
    headers = {"Kế hoạch TTg giao": "plan_pm", "Thanh toán KLHT": "paid_completed", "Tạm ứng": "paid_advance"}
    seen = 0
    for code, group, fund, cell in wide_cells(path):
        if group in headers:
            assert round(float(str(cell)) * 1_000_000) == facts.loc[(code, fund), headers[group]]
            seen += 1
    assert seen == 3 * len(facts) > 60
    account = tidy[1].accounts.set_index("file").loc[path.name]
    assert account["accepted"] == facts.index.get_level_values(0).nunique() < len(facts)


def test_the_html_of_the_treasury_adds_up(tidy: tuple[Path, Truth]) -> None:
    path = tidy[0] / "inbox" / "investment_hb" / "giai_ngan_kb_20250630.xls"
    rows = [
        re.findall(r"<td>(.*?)</td>", line) for line in path.read_text().splitlines() if line.startswith("<tr><td>")
    ]
    data = [row for row in rows if re.fullmatch(r"[78]3\d{5}", row[1] if len(row) > 1 else "")]
    (total,) = (row for row in rows if "Tổng cộng" in row)
    facts = tidy[1].extra["disbursement"]
    facts = facts[facts["file"] == path.name]
    for place, name in ((9, "plan_pm"), (12, "paid_completed"), (13, "paid_advance")):
        values = [int(row[place].replace(".", "")) for row in data]
        assert sum(values) == int(total[place].replace(".", "")) == facts[name].sum()


def test_lots_come_back_from_the_registers(tidy: tuple[Path, Truth]) -> None:
    facts = tidy[1].extra["auction_lot"]
    found = 0
    for path in (tidy[0] / "inbox" / "land_auction_pt").glob("*.csv"):
        content = path.read_bytes()
        assert content[:3] == b"\xef\xbb\xbf"
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        mine = facts[facts["file"] == path.name]
        assert sum(int(row["Giá khởi điểm"].replace(".", "")) for row in rows) == mine["start_price"].sum()
        won = sum(int(row["Giá trúng"].replace(".", "")) for row in rows if row["Giá trúng"])
        assert won == mine["winning_price"].sum()
        found += len(rows)
    assert found == (facts["feed_id"] == "land_auction_pt").sum() > 40
    book = openpyxl.load_workbook(tidy[0] / "inbox" / "land_auction_vp" / "dau_gia_dat_2025.xlsx")
    assert book.sheetnames == [f"Tháng {month}" for month in range(1, 8)]
    for sheet in book:
        total = next(line for line in sheet.iter_rows(values_only=True) if line[1] == "Tổng cộng")
        mine = facts[(facts["feed_id"] == "land_auction_vp") & (facts["sheet"] == sheet.title)]
        assert round(total[9] * 1_000_000) == mine["start_price"].sum()


def test_a_total_agrees_but_in_a_bad_season_and_money_keeps_its_unit(season: tuple[str, Path, Truth]) -> None:
    mess, _, truth = season
    totals = truth.control_total[truth.control_total["feed_id"] != "plan_decision"]
    # That a total plan is not below the Prime Minister's is no equality.
    totals = totals[totals["measure"] != "plan_total_above_plan_pm"]
    differs = totals[(totals["stated"] - totals["computed"]).abs() > 1e-6]
    assert (len(differs) == 0) == (mess != "hard")
    assert differs["file"].nunique() < totals["file"].nunique() / 2
    plan = truth.extra["disbursement"]
    february = plan[(plan["feed_id"] == "investment_vp") & (plan["report_date"] == pd.Timestamp(2025, 2, 15))]
    march = plan[(plan["feed_id"] == "investment_vp") & (plan["report_date"] == pd.Timestamp(2025, 3, 15))]
    assert february["plan_pm"].sum() == pytest.approx(march["plan_pm"].sum(), rel=0.2)


def test_two_former_communes_of_one_project_are_summed(tidy: tuple[Path, Truth]) -> None:
    rows = tidy[1].extra["site_clearance"]
    code = "7200500"
    june, july = (
        rows[(rows["project_code"] == code) & (rows["report_date"] == pd.Timestamp(2025, *day))]
        for day in ((6, 30), (7, 9))
    )
    assert len(july) < len(june)
    before = june.groupby("commune_code")["area_to_recover_ha"].sum().round(2)
    assert before.to_dict() == july.set_index("commune_code")["area_to_recover_ha"].to_dict()
    assert not rows.duplicated(["project_code", "unit_level", "unit_code", "report_date"]).any()


def test_the_parts_add_up_to_the_province(season: tuple[str, Path, Truth]) -> None:
    kpi = season[2].kpi
    assert set(kpi["period_kind"]) == {"to_date"}
    assert set(kpi["period_start"]) == {date(2025, 1, 1)}
    assert set(kpi["grain"]) == {"province", "former_province", "commune"}
    sums = kpi.groupby(["kpi_id", "dimension", "member", "grain"])["numerator"].sum().unstack("grain", fill_value=0)
    land = sums[sums.index.get_level_values(0).str.startswith(("auction", "clearance"))]
    assert np.allclose(land["former_province"], land["province"])
    assert (sums["commune"] <= sums["former_province"] + 1e-6).all()
    assert (sums["former_province"] <= sums["province"] + 1e-6).all()
    funds = kpi[
        (kpi["kpi_id"] == "inv_rate_total") & (kpi["dimension"] == "fund_source") & (kpi["grain"] == "province")
    ]
    assert funds["numerator"].sum() == whole(kpi, "inv_rate_total", "province")["25", "numerator"]


def test_kpis_agree_with_counting_one_by_one(season: tuple[str, Path, Truth]) -> None:
    truth = season[2]
    paid = plan = zero = 0
    projects: dict[str, list[int]] = {}
    facts = truth.extra["disbursement"]
    for feed in sorted(set(facts["feed_id"])):
        rows = facts[facts["feed_id"] == feed]
        for row in rows[rows["report_date"] == rows["report_date"].max()].itertuples():
            money = int(row.paid_completed) + int(row.paid_advance)
            projects.setdefault(row.project_code, [0, 0])[0] += money
            projects[row.project_code][1] += int(row.plan_local) + int(row.plan_carried)
            paid, plan = paid + money, plan + int(row.plan_pm)
    zero = sum(money == 0 and owed > 0 for money, owed in projects.values())
    found = whole(truth.kpi, "inv_rate_pm", "province")
    assert (found["25", "numerator"], found["25", "denominator"]) == (paid, plan)
    assert whole(truth.kpi, "inv_zero_projects", "province")["25", "numerator"] == zero > 0
    last: dict[tuple[str, str, str], object] = {}
    for row in truth.extra["auction_lot"].sort_values("round").itertuples():
        if row.status != "chua_dau_gia" and date(2025, 1, 1) <= row.auction_date.date() <= AS_OF:
            last[row.site, row.commune_code, row.lot] = row
    sold = [row for row in last.values() if row.status in ("dau_gia_thanh", "da_nop_du", "da_giao_dat")]  # type: ignore[attr-defined]
    found = whole(truth.kpi, "auction_sold", "province")
    assert (found["25", "numerator"], found["25", "denominator"]) == (len(sold), len(last))


def test_a_lot_counts_once_at_its_last_round_up_to_the_day() -> None:
    base = {"site": "Khu A 1", "place": "04792", "lot": "LK01"}
    rows = pd.DataFrame(
        [
            base | {"round": 1, "auction_date": pd.Timestamp(2025, 3, 1), "status": "khong_thanh"},
            base | {"round": 2, "auction_date": pd.Timestamp(2025, 5, 1), "status": "da_nop_du"},
            base | {"round": 3, "auction_date": pd.Timestamp(2025, 7, 20), "status": "da_thong_bao"},
            base | {"lot": "LK02", "round": 1, "auction_date": pd.Timestamp(2025, 3, 1), "status": "chua_dau_gia"},
            base | {"lot": "LK03", "round": 1, "auction_date": pd.Timestamp(2024, 12, 31), "status": "da_nop_du"},
        ]
    )
    assert count_lots(rows, AS_OF)[["lot", "round"]].to_numpy().tolist() == [["LK01", 2]]
    assert count_lots(rows, date(2025, 4, 30))["round"].tolist() == [1]


@pytest.mark.parametrize(("day", "year"), [(AS_OF, 2025), (date(2026, 1, 31), 2025), (date(2026, 2, 1), 2026)])
def test_a_plan_may_be_paid_until_31_january(day: date, year: int) -> None:
    assert find_plan_year(day) == year


def test_official_plans_hold_for_their_scope_from_their_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan_decision.csv").write_text(
        "scope,plan_year,as_of,plan_pm,plan_total,disbursed,source\n"
        "25-former,2025,2025-05-31,100,,1,a\n25,2025,2025-07-01,300,500,1,b\n25,2025,2025-07-31,400,600,1,c\n"
        "25,2024,2025-07-01,9,9,9,d\n"
    )
    monkeypatch.setattr(paths, "SEEDS_DIR", tmp_path)
    found = find_official(AS_OF)[["grain", "unit_code", "kpi_id", "official"]].to_numpy().tolist()
    assert sorted(found) == [
        ["former_province", "25", "inv_rate_pm", 100.0], ["province", "25", "inv_rate_pm", 300.0],
        ["province", "25", "inv_rate_total", 500.0],
    ]  # fmt: skip
    assert len(find_official(date(2025, 5, 30))) == 0
    assert find_official(date(2025, 8, 1))["official"].max() == 600


def test_a_total_plan_below_its_part_is_a_gap_of_the_feed_of_its_area() -> None:
    plans = "plan_total_above_plan_pm"
    day = date(2025, 6, 30)
    controls = [
        Control("plan_decision", "a", "26-former", plans, 1, 2, day),
        Control("plan_decision", "a", "25", plans, 1, 2, day),
        Control("investment_hb", "du_an", "hb", plans, 1, 2, day),
        Control("investment_vp", "du_an", "vp", plans, 2, 2, day),
        Control("investment_vp", "a", "file", "rows", 1, 2, day),
    ]
    found = pd.concat(list_small_plans(controls))
    assert found[["feed_id", "period"]].to_numpy().tolist() == [
        ["investment_vp", "2025-06-30"], ["investment_pt", "2025-06-30"], ["investment_hb", "2025-06-30"]
    ]  # fmt: skip
    assert set(found["kind"]) == {"control_total"}


def test_no_decision_without_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SEEDS_DIR", tmp_path)
    assert find_official(AS_OF).empty


def test_every_quirk_happens_in_its_season(season: tuple[str, Path, Truth]) -> None:
    mess, _, truth = season
    done = {name.partition(":")[0] for name in truth.quirks["quirk"]}
    if mess == "none":
        assert not done
    elif mess == "normal":
        assert done == set(NORMAL) | {"missing_report", "never_sent", "other_money_unit", "other_bytes"}
    else:
        assert done >= (set(HARD) - {"formula_cells"}) | set(NORMAL) | BAD_INPUT | STRAY_QUIRKS
        assert "formula_cells" in done
    if mess != "none":
        assert not (season[1] / "inbox" / "land_auction_hb").exists()
        assert truth.extra["site_clearance"].groupby("feed_id")["report_date"].max()[
            "site_clearance_hb"
        ] < pd.Timestamp(2025, 5, 16)


def test_two_owners_and_a_plan_of_zero_do_what_they_should(tmp_path: Path) -> None:
    truth = sent(tmp_path, "hard", seed=5, as_of=date(2025, 4, 20))
    facts = truth.extra["disbursement"]
    assert not facts.duplicated(["project_code", "fund_source", "plan_year", "report_date"]).any()
    assert (facts["owner"] == "Ban QLDA khu vực").any()
    nothing = facts[facts["project_code"].str.endswith("99990")]
    assert len(nothing) > 5
    assert (nothing[["plan_pm", "plan_local", "plan_carried", "paid_completed", "paid_advance"]] == 0).all().all()
    assert (facts["report_date"] <= pd.Timestamp(2025, 4, 20)).all()


@pytest.mark.parametrize(
    ("day", "land_use", "share", "is_odd"),
    [
        ("2024-07-31", "TMD", 0.9, False),
        ("2024-08-01", "TMD", 0.09, True),
        ("2024-08-01", "ODT", 0.05, False),
        ("2026-01-05", "ONT", 0.3, True),
        ("2026-01-06", "ONT", 0.3, False),
        ("2026-01-06", "ONT", 0.05, True),
        ("2026-01-06", "SKC", 0.3, True),
        ("2027-02-28", "ODT", 0.5, False),
        ("2027-03-01", "ODT", 0.5, True),
        ("2027-03-01", "ODT", 0.05, False),
        ("2026-01-05", None, 0.3, True),
        ("2026-01-06", None, 0.3, False),
        ("2026-01-06", None, 0.51, True),
    ],
)
def test_a_deposit_is_odd_when_nobody_could_have_made_it(
    day: str, land_use: str | None, share: float, is_odd: bool
) -> None:
    lot = {"feed_id": "land_auction_pt", "commune_code": "07900", "auction_date": day, "site": "A", "lot": "1"}
    lots = pd.DataFrame([lot | {"land_use": land_use, "start_price": 1_000_000, "deposit": round(share * 1_000_000)}])
    assert sum(len(gaps) for gaps in list_odd_deposits(lots)) == is_odd


def test_no_person_stands_in_the_truth(season: tuple[str, Path, Truth]) -> None:
    folder = season[1]
    lots = pd.concat(
        pd.read_csv(path, dtype=str) for path in (folder / "inbox" / "land_auction_pt").glob("dau_gia_2025_0[3-4].csv")
    )
    numbers = lots["CCCD người trúng"].dropna()
    assert numbers.str.fullmatch(r"025\d{9}").all()
    written = b"".join(path.read_bytes() for path in (folder / "truth").glob("*.csv"))
    assert len(numbers) > 3
    assert not any(number.encode() in written for number in numbers)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1234.5, "1.234,5"), (1577, "1.577"), (-2189075000, "-2.189.075.000"), (0.85, "0,85"), (0, "0"), (110.0, "110")],
)
def test_numbers_are_written_as_clerks_do(number: float, text: str) -> None:
    assert spell_vietnamese(number) == text
