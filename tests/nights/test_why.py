"""`haicap gaps` and `haicap why` on the published figures of a bad season."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli.app import run
from dagster_project.core.database import open_published
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import Home
from dagster_project.explain.gap_rows import read_open_gaps
from dagster_project.explain.kpi_facts import Cell
from dagster_project.explain.unit_facts import find_nearest_names
from dagster_project.explain.why import Question, explain
from dagster_project.explain.why_check import CheckAnswer
from dagster_project.explain.why_gap import GapAnswer, explain_gap, find_gaps
from dagster_project.explain.why_kpi import KpiAnswer, KpiQuestion, explain_kpi, list_behind
from dagster_project.warehouse.query import ask, find_current_file
from tests.support.nights import season as seasons

pytestmark = pytest.mark.slow
WITH_ROWS = {"refused_unit", "quarantined_rows", "contradiction", "no_due_date", "no_finish_date", "unattributed"}
OF_FILES = {
    "wrong_extension", "wrong_encoding", "wrong_delimiter", "hidden_sheet", "file_name_disagrees", "scope_unknown"
}  # fmt: skip
VINH_YEN = "08707"


@dataclass(frozen=True)
class Season:
    """A home after one night."""

    home: Home
    marts: Path

    def gaps(self, kind: str) -> list[dict[str, Any]]:
        found = ask(self.marts, "select gap_id from marts.data_gap where kind = ? order by 1", (kind,)).rows
        return [find_gaps(self.marts, gap_id)[0] for (gap_id,) in found]

    def why(self, name: str, **asked: Any) -> GapAnswer | KpiAnswer | CheckAnswer:
        return explain(self.home, Question(name, **asked))


@pytest.fixture(scope="module")
def season(hard_season: seasons.Season) -> Iterator[Season]:
    """The version stays open meanwhile: to open a file for each of some thousand questions takes a minute."""
    marts = find_current_file(hard_season.home)
    with open_published(marts, hard_season.home.landing):
        yield Season(hard_season.home, marts)


@pytest.mark.parametrize("kind", sorted(WITH_ROWS))
def test_a_gap_names_each_of_its_rows(season: Season, kind: str) -> None:
    gaps = season.gaps(kind)
    assert gaps
    for gap in gaps:
        answer = explain_gap(season.home, season.marts, gap, 10_000)
        assert (answer.rows_in_all, len(answer.rows)) == (gap["rows_affected"],) * 2, gap
        # What is odd about a file as a whole stands in no row.
        assert all(row["file"] and (row["row"] or row["rule"] in OF_FILES) for row in answer.rows)


def test_the_offices_workbooks_name_the_same_rows(season: Season) -> None:
    with open_published(season.marts) as marts:
        places = read_open_gaps(season.home, marts).rows
    gaps = {gap["gap_id"]: gap for gap in find_gaps(season.marts, "")}
    one_each = {(gaps[gap_id]["kind"], gaps[gap_id]["measure"]): gap_id for gap_id in places["gap_id"]}
    assert len(one_each) > 15
    for gap_id in one_each.values():
        listed = {
            (place.file, place.sheet, place.row) for place in places[places["gap_id"] == gap_id].itertuples(index=False)
        }
        rows = explain_gap(season.home, season.marts, gaps[gap_id], 10_000).rows
        if gaps[gap_id]["measure"] == "sheet_repeated":
            rows = tuple(row | {"row": 0} for row in rows)  # the whole sheet has to go
        assert {(row["file"], row["sheet"] or "", row.get("row") or 0) for row in rows} == listed, gaps[gap_id]


def test_a_gap_is_found_by_the_beginning_of_its_id(season: Season) -> None:
    ids = [row[0] for row in ask(season.marts, "select min(gap_id) from marts.data_gap group by kind").rows]
    for gap_id in ids:
        answer = season.why(gap_id[:16], limit=1)
        assert isinstance(answer, GapAnswer)
        assert answer.gap["gap_id"] == gap_id
        assert len(answer.rows) <= 1


def test_an_ambiguous_beginning_is_refused(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    two = season.gaps("quarantined_rows")[:2]
    monkeypatch.setattr("dagster_project.explain.why.find_gaps", lambda file, prefix: two)
    with pytest.raises(UsageError, match="2 khoảng trống có mã bắt đầu bằng 'abc'"):
        season.why("abc")


def test_a_missed_month_shows_what_came(season: Season) -> None:
    (gap,) = [gap for gap in season.gaps("missing_period") if gap["feed_id"] == "procedures_hb"]
    answer = explain_gap(season.home, season.marts, gap, 20)
    assert gap["period"] not in {row["period"] for row in answer.rows}
    assert len(answer.rows) > 3


def test_an_unequal_total_shows_both_sides_and_its_files(season: Season) -> None:
    pulls = [gap for gap in season.gaps("control_total") if gap["feed_id"] == "procedures_pt"]
    assert pulls
    for gap in pulls:
        total, *pages = explain_gap(season.home, season.marts, gap, 100).rows
        assert total["scope"] == "pull"
        assert total["computed"] == sum(page["rows_read"] for page in pages)
        assert total["stated"] != total["computed"]


def test_a_blocked_file_and_an_unknown_column_are_named(season: Season) -> None:
    for kind, column in (("blocked_file", "file"), ("drift", "header")):
        gaps = season.gaps(kind)
        assert gaps, kind
        for gap in gaps:
            answer = explain_gap(season.home, season.marts, gap, 20)
            assert {row[column] for row in answer.rows} == {gap["detail"]}


def test_the_facts_behind_a_value_add_up_to_it(season: Season) -> None:
    cells = ask(
        season.marts,
        """
        select value.* , definition.unit from marts.kpi_value as value
        inner join marts.kpi_definition as definition on value.kpi_id = definition.kpi_id
        where value.dimension = '' and value.numerator is not null
            and (
                value.kpi_id like 'tthc_%' or value.kpi_id like 'housing_%' or value.kpi_id like 'directive_%'
                or value.kpi_id in ('portal_progress', 'auction_sold', 'plan_milestone', 'inv_zero_projects')
            )
            and value.unit_code in ('25', '26', '08707', 'H44.45', 'H44.43')
            and (value.period_kind = 'to_date' or value.period_start in ('2025-06-01', '2025-07-07'))
        """,
    ).to_records()
    told = {"tthc_on_time", "tthc_digitised", "portal_progress", "auction_sold", "housing_completed", "plan_milestone"}
    assert {cell["kpi_id"] for cell in cells} >= told | {"directive_overdue"}
    for cell in cells:
        asked = (cell["kpi_id"], cell["grain"], cell["unit_code"], cell["period_kind"], cell["period_start"])
        facts = list_behind(season.marts, Cell(*asked, min(cell["period_end"], cell["as_of"])), 1)
        assert facts is not None
        if cell["unit"] == "count":
            assert facts.short == cell["numerator"], asked
        else:
            assert facts.counted == cell["denominator"], asked
        if cell["unit"] == "percent":
            assert facts.counted - facts.short == cell["numerator"], asked


def test_every_kpi_lists_as_many_rows_as_its_figure_counts(season: Season) -> None:
    """At every grain, in its headline period: a count lists what it counts, a share of things what falls short."""
    cells = ask(
        season.marts,
        """
        with newest as (
            select value.*, definition.unit from marts.kpi_value as value
            inner join marts.kpi_definition as definition
                on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
            where value.dimension = ''
            qualify value.period_start = max(value.period_start) over (partition by value.kpi_id)
        )
        select * from newest
        where numerator is not null
        qualify row_number() over (partition by kpi_id, grain order by numerator desc, unit_code) = 1
        """,
    ).to_records()
    assert len({cell["kpi_id"] for cell in cells}) > 25
    for cell in cells:
        answer = season.why(cell["kpi_id"], unit=cell["unit_code"], grain=cell["grain"], limit=100_000)
        assert isinstance(answer, KpiAnswer)
        assert answer.facts is not None
        where = (cell["kpi_id"], cell["grain"], cell["unit_code"])
        assert len(answer.facts.examples) == answer.facts.examples_in_all, where
        # The national portal tells a unit's sum in a row, and no dossier.
        is_portal = cell["kpi_id"] == "portal_progress"
        listed = sum(row["short"] for row in answer.facts.examples) if is_portal else len(answer.facts.examples)
        assert listed == answer.facts.short, where
        if cell["unit"] == "count":
            assert len(answer.facts.examples) == cell["numerator"], where


def test_parts_and_holders_make_the_whole(season: Season) -> None:
    for unit, grain in (("25", "province"), ("26", "former_province"), (VINH_YEN, "commune"), ("H44.45", "department")):
        answer = season.why("tthc_backlog_overdue", unit=unit, grain=grain)
        assert isinstance(answer, KpiAnswer)
        assert sum(row["dossiers"] for row in answer.holders) == answer.cell["numerator"]
        assert bool(answer.parts) == (grain == "province")
    for kpi_id in ("tthc_due_on_time", "inv_rate_total", "clearance_area", "portal_progress"):
        answer = season.why(kpi_id)
        assert isinstance(answer, KpiAnswer)
        for side in ("numerator", "denominator"):
            assert sum(part[side] or 0 for part in answer.parts) == pytest.approx(answer.cell[side])


def test_what_may_be_claimed_is_said(season: Season, capsys) -> None:
    def say(*asked: str) -> str:
        assert run(["why", *asked, "--home", str(season.home.root), "--limit", "1"]) == 0
        return capsys.readouterr().out

    assert "  Đã rõ kết quả: " in say("tthc_on_time")
    assert "Các phần của toàn tỉnh:" in say("tthc_due_on_time")
    assert "Đang ở đâu:" in say("tthc_backlog_overdue")
    assert "đến 31/01/2026: 100,0 %" in say("inv_rate_total")
    short = "select kpi_id, unit_code from marts.kpi_value where grain = 'commune' and dimension = '' and "
    open_kpi, open_unit = ask(
        season.marts, short + "coverage < 1 and value_low < value_high order by all limit 1"
    ).rows[0]
    assert "  Dù phần còn thiếu nói gì: ít nhất " in say(open_kpi, "--unit", open_unit)
    few, unit = ask(season.marts, short + "rating = 'too_few' and period_kind = 'to_date' order by all limit 1").rows[0]
    told = say(few, "--unit", unit, "--period", "to_date")
    assert "Quá ít để xếp loại" in told
    assert "%" not in next(line for line in told.splitlines() if line.startswith("  Giá trị: "))


def test_a_count_lists_as_many_rows_as_it_says(season: Season) -> None:
    """Of every count, for the province and each former province and department: one row a thing, no row twice."""
    cells = ask(
        season.marts,
        """
        select value.* from marts.kpi_value as value
        inner join marts.kpi_definition as definition on value.kpi_id = definition.kpi_id
        where definition.unit = 'count' and value.dimension = '' and value.numerator is not null
            and value.grain <> 'commune' and value.period_kind = 'to_date'
        """,
    ).to_records()
    query = "select project_code, plan_local, plan_carried from marts.fct_disbursement where is_current"
    plans = Counter[str]()
    for code, local, carried in ask(season.marts, query).rows:
        plans[code] += (local or 0) + (carried or 0)
    counts = {cell["kpi_id"] for cell in cells}
    assert counts >= {"tthc_backlog_overdue", "tthc_no_due", "inv_zero_projects", "directive_overdue"}
    assert counts <= {cell["kpi_id"] for cell in cells if cell["numerator"]}  # each has something to list
    for cell in cells:
        asked = (cell["kpi_id"], cell["grain"], cell["unit_code"], cell["period_kind"], cell["period_start"])
        facts = list_behind(season.marts, Cell(*asked, min(cell["period_end"], cell["as_of"])), 100_000)
        assert facts is not None
        places = {(row["file"], row["sheet"], row["row"]) for row in facts.examples}
        assert len(facts.examples) == len(places) == facts.examples_in_all == cell["numerator"], asked
        if cell["kpi_id"] == "inv_zero_projects":
            assert len({row["project_code"] for row in facts.examples}) == cell["numerator"], asked
            assert [row["project_plan"] for row in facts.examples] == sorted(
                (plans[row["project_code"]] for row in facts.examples), reverse=True
            )


def test_every_gap_that_counts_rows_lists_them(season: Season) -> None:
    """But `volume`, which counts a whole delivery. A row that many faults refuse is one row of its unit."""
    gaps = [gap for gap in find_gaps(season.marts, "") if gap["rows_affected"] and gap["state"] != "resolved"]
    assert {gap["kind"] for gap in gaps} >= WITH_ROWS | {"missing_unit"}
    for gap in gaps:
        if gap["kind"] != "volume":
            assert explain_gap(season.home, season.marts, gap, 1).rows_in_all == gap["rows_affected"], gap


def test_a_kpi_is_explained_down_to_the_row(season: Season) -> None:
    answer = season.why("tthc_on_time", unit="26", period="2025-06", limit=5)
    assert isinstance(answer, KpiAnswer)
    assert (answer.cell["grain"], answer.unit_vi) == ("former_province", "Vĩnh Phúc (cũ)")
    assert answer.facts is not None
    assert sum(cause["short"] for cause in answer.facts.causes) <= answer.facts.short
    for example in answer.facts.examples:
        assert ask(
            season.marts,
            "select count(*) from marts.fct_dossier inner join marts.source_file using (batch_id) "
            "where dossier_id = ? and file = ? and source_row = ? and not is_on_time",
            (example["dossier_id"], example["file"], example["row"]),
        ).rows == ((1,),)


def test_what_coverage_lacks_is_named(season: Season) -> None:
    (gap,) = [gap for gap in season.gaps("missing_period") if gap["feed_id"] == "procedures_hb"]
    answer = season.why("tthc_on_time", period=gap["period"])
    assert isinstance(answer, KpiAnswer)
    assert gap["gap_id"] in {missing["gap_id"] for missing in answer.missing}
    lacking = {place["place"]: place["units"] for place in answer.lacking}
    assert lacking["Hòa Bình"] > 0
    elsewhere = season.why("tthc_on_time", unit=VINH_YEN, period=gap["period"])
    assert isinstance(elsewhere, KpiAnswer)
    assert elsewhere.missing == elsewhere.lacking == ()


def test_what_keeps_a_verdict_open_is_named(season: Season) -> None:
    """Of every insufficient cell of the headline period, and of no unit the gaps of another."""
    cells = ask(
        season.marts,
        """
        select value.kpi_id, value.grain, value.unit_code from marts.kpi_value as value
        inner join marts.kpi_definition as definition
            on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
        where value.dimension = '' and value.rating = 'insufficient'
            and value.period_start = (
                select max(newest.period_start) from marts.kpi_value as newest
                where newest.kpi_id = value.kpi_id and newest.period_kind = value.period_kind
            )
        qualify row_number() over (partition by value.kpi_id, value.grain order by value.unit_code) <= 4
        order by all
        """,
    ).rows
    assert len({kpi_id for kpi_id, _, _ in cells}) > 5
    owners = dict(ask(season.marts, "select gap_id, commune_code from marts.data_gap").rows)
    for kpi_id, grain, unit in cells:
        answer = season.why(kpi_id, unit=unit, grain=grain, limit=1)
        assert isinstance(answer, KpiAnswer)
        assert answer.missing, (kpi_id, grain, unit)
        if grain == "commune":
            assert {owners[gap["gap_id"]] for gap in answer.missing} <= {None, unit}


@pytest.mark.parametrize(
    ("unit", "grain", "found"),
    [
        (None, None, ("province", "25")),
        ("25", "former_province", ("former_province", "25")),
        ("Vĩnh Yên", None, ("commune", VINH_YEN)),
        ("phường vĩnh yên", None, ("commune", VINH_YEN)),
        ("H44.45", None, ("department", "H44.45")),
        ("Hòa Bình", "former_province", ("former_province", "17")),
    ],
)
def test_a_unit_is_found_by_code_or_name(season: Season, unit: str | None, grain: str | None, found: Any) -> None:
    answer = season.why("tthc_on_time", unit=unit, grain=grain, period="to_date")
    assert isinstance(answer, KpiAnswer)
    assert (answer.cell["grain"], answer.cell["unit_code"]) == found


def test_checks_tell_what_they_assert_and_how_they_ended(season: Season) -> None:
    test = season.why("kpi_values_are_honest")
    assert isinstance(test, CheckAnswer)
    assert [(outcome.feed_id, outcome.outcome, outcome.failures) for outcome in test.outcomes] == [(None, "pass", 0)]
    judged = season.why("dossier_id_pattern")
    assert isinstance(judged, CheckAnswer)
    assert {o.feed_id for o in judged.outcomes} == {"procedures_pt", "procedures_vp", "procedures_hb"}
    assert judged.asserts != judged.name


WRONG = [
    (["why", "tthc_ontime"], "tthc_on_time"),
    (["why", "kpi_values_are_honst"], "kpi_values_are_honest"),
    (["why", "zzz"], "zzz"),
    (["why", "tthc_on_time", "--unit", "vinh yen"], "Vĩnh Yên (08707)"),
    (["why", "tthc_on_time", "--unit", "Hòa Bình"], "chỉ nhiều đơn vị"),
    (["why", "tthc_on_time", "--grain", "village"], "village"),
    (["why", "tthc_on_time", "--period", "2025-13"], "2025-13"),
    (["why", "tthc_on_time", "--period", "2019-01"], "Kỳ có số"),
    (["why", "kpi_values_are_honest", "--unit", "25"], "--unit"),
    (["gaps", "--kind", "noise"], "noise"),
    (["gaps", "--feed", "procedures_xx"], "procedures_xx"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_what_is_unknown_is_one_line_with_what_is_near(season: Season, arguments: list[str], says: str, capsys) -> None:
    assert run([*arguments, "--home", str(season.home.root)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert says in said.err


def test_a_kpi_without_any_value_is_said_to_have_none(season: Season, tmp_path: Path) -> None:
    copy = Path(shutil.copy(season.marts, tmp_path / "copy.duckdb"))
    copy.chmod(0o600)
    with duckdb.connect(str(copy)) as marts:
        marts.execute("delete from marts.kpi_value where kpi_id = 'housing_started'")
    with pytest.raises(UsageError) as refused:
        explain_kpi(copy, KpiQuestion("housing_started"))
    assert "chưa được tính" in refused.value.remedy_vi


@pytest.mark.parametrize(("kpi_id", "fact"), [("tthc_on_time", "fct_dossier"), ("auction_sold", "fct_auction_lot")])
def test_a_version_without_measure_flags_is_told_in_one_line(
    season: Season, tmp_path: Path, kpi_id: str, fact: str
) -> None:
    copy = Path(shutil.copy(season.marts, tmp_path / "copy.duckdb"))
    copy.chmod(0o600)
    with duckdb.connect(str(copy)) as marts:
        marts.execute(f"alter table marts.{fact} drop column {kpi_id}_counted")
    with pytest.raises(UsageError, match=f"haicap cũ hơn dựng, chưa ghi dòng nào được tính vào {kpi_id}") as refused:
        explain_kpi(copy, KpiQuestion(kpi_id))
    assert "\n" not in refused.value.message_vi


def test_gaps_are_filtered(season: Season, capsys) -> None:
    place = ["--home", str(season.home.root), "--json"]
    run(["gaps", "--feed", "procedures_hb", "--kind", "no_due_date", *place])
    found = json.loads(capsys.readouterr().out)
    assert {(gap["feed_id"], gap["kind"]) for gap in found} == {("procedures_hb", "no_due_date")}
    run(["gaps", *place])
    found = json.loads(capsys.readouterr().out)
    waiting = [gap["verdicts_waiting"] for gap in found]
    assert waiting == sorted(waiting, reverse=True)
    assert waiting[0] > 0
    assert run(["gaps", *place[:2]]) == run(["why", found[0]["gap_id"], *place[:2]]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith(f" · {waiting[0]:,} kết luận đang chờ".replace(",", "."))
    assert f"  Kết luận đang chờ: {waiting[0]:,}".replace(",", ".") in said
    run(["gaps", "--state", "resolved", *place])
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_every_kind_of_answer_is_printed(season: Season, form: list[str], capsys) -> None:
    kinds = ask(season.marts, "select min(gap_id) from marts.data_gap group by kind").rows
    names = [*(row[0] for row in kinds), "tthc_on_time", "portal_progress", "tthc_backlog_cleared", "unit_code_present"]
    for name in names:
        assert run(["why", name, "--home", str(season.home.root), *form]) == 0
        said = capsys.readouterr().out
        assert json.loads(said)["about"] if form else name in said
        if name == "tthc_on_time" and not form:
            assert "  Làm giảm chỉ tiêu: " in said
            assert "Không đạt  Được tính  Mã" in said


def test_near_names_do_not_mind_tones() -> None:
    assert find_nearest_names("dong tam", ["Đồng Tâm", "Đồng Tĩnh", "Yên Lạc"]) == ["Đồng Tâm", "Đồng Tĩnh"]
