"""What persons decide in `decisions.yaml`: each kind does what it says and no longer; what is wrong is one line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dagster_project.cli.app import run
from dagster_project.contracts.models import NameRuling
from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import PROJECT_ROOT, Home
from dagster_project.ingest.landing.parser_version import compute_parser_version
from dagster_project.ingest.units.resolver import resolve_units
from dagster_project.settings.decisions import (
    add_rulings,
    is_in_force,
    list_idle_rejections,
    load_decided_registry,
    read_decisions,
)
from dagster_project.warehouse.identity import compute_identity
from dagster_project.warehouse.inputs import register_inputs
from tests.support.kits.landing_kit import AS_OF, VP, Office
from tests.support.kits.office import dossier, dossiers, workbook
from tests.support.nights import season

TOLD = 'by: "Văn phòng", why: "Gửi nhầm", decided: 2025-07-14'
JULY = date(2025, 7, 1)


def decide(home: Home, *lines: str) -> None:
    """Write `decisions.yaml`; each line is one decision less who, why and when."""
    home.root.mkdir(parents=True, exist_ok=True)
    entries = "".join(f"  - {{{line}, {TOLD}}}\n" for line in lines)
    home.decisions.write_text(f"decisions:\n{entries}", encoding="utf-8")


# The file itself.


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("decisions: [", "không đọc được"),
        ("decision: []", "một mục `decisions`"),
        ("decisions: 3", "danh sách"),
        ("decisions: [loại]", "quyết định 1"),
        (f"decisions: [{{feed_id: {VP}, {TOLD}}}]", "thiếu kind"),
        (f"decisions: [{{kind: forget, {TOLD}}}]", "kind phải là"),
        (f"decisions: [{{kind: not_expected, feed_id: {VP}, until: 2025-12-31}}]", "quyết định 1, by: còn thiếu"),
        (f"decisions: [{{kind: not_expected, feed_id: {VP}, {TOLD}}}]", "quyết định 1, until: còn thiếu"),
        (f"decisions: [{{kind: not_expected, feed_id: {VP}, until: mãi, {TOLD}}}]", "until: phải là ngày"),
        (f"decisions: [{{kind: not_expected, feed_id: procedures_xx, until: 2025-12-31, {TOLD}}}]", "procedures_xx"),
        (f"decisions: [{{kind: reject_file, feed_id: {VP}, sha256: 12345678, {TOLD}}}]", "ngoặc kép"),
        (f"decisions: [{{kind: reject_file, feed_id: {VP}, sha256: tệp một, {TOLD}}}]", "chữ số hệ 16"),
        (f"decisions: [{{kind: reject_file, feed_id: {VP}, sha256: abcdef01, until: 2025-12-31, {TOLD}}}]", "until"),
        (f"decisions: [{{kind: accept, feed_id: {VP}, gap_kind: noise, until: 2025-12-31, {TOLD}}}]", "gap_kind"),
        (
            f"decisions: [{{kind: accept, feed_id: {VP}, gap_kind: late, commune_code: '1', until: 2026-01-01, "
            f"{TOLD}}}]",
            "không có xã, phường mã '1'",
        ),
        (f"decisions: [{{kind: name, area: xx, name: A, unit_level: commune, unit_code: '04795', {TOLD}}}]", "'xx'"),
        (f"decisions: [{{kind: name, area: vp, name: A, unit_level: commune, unit_code: '1', {TOLD}}}]", "mã '1'"),
        (f"decisions: [{{kind: name, area: vp, name: A, unit_level: commune, unit_code: 04701, {TOLD}}}]", "ngoặc kép"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_place(home: Home, content: str, says: str) -> None:
    home.root.mkdir()
    home.decisions.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        read_decisions(home.decisions, load_registry())
    assert says in refused.value.message_vi
    assert "\n" not in refused.value.message_vi


def test_two_meanings_of_one_name_are_refused(home: Home) -> None:
    ruling = "kind: name, area: vp, name: Xóm Mới, unit_level: commune, unit_code: "
    decide(home, f"{ruling}'08707'", f"{ruling}'08740'")
    with pytest.raises(UsageError, match="hai nghĩa"):
        read_decisions(home.decisions, load_registry())


def test_refresh_says_what_is_wrong_before_it_reads_anything(home: Home, tmp_path: Path, capsys) -> None:
    (tmp_path / "inbox").mkdir()
    decide(home, "kind: not_expected, feed_id: nobody, until: 2025-12-31")
    assert run(["refresh", "--inbox", str(tmp_path / "inbox"), "--home", str(home.root)]) == 2
    said = capsys.readouterr().err
    assert "nobody" in said
    assert said.count("\n") == 1
    assert not home.arrivals.exists()


def test_no_file_and_an_empty_one_decide_nothing(home: Home) -> None:
    assert read_decisions(home.decisions, load_registry()) == ()
    home.root.mkdir()
    home.decisions.write_text("", encoding="utf-8")
    assert read_decisions(home.decisions, load_registry()) == ()


def test_the_documented_example_is_read(home: Home) -> None:
    document = (PROJECT_ROOT / "docs" / "decisions-file.md").read_text(encoding="utf-8")
    home.root.mkdir()
    home.decisions.write_text(document.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    kinds = [decision.kind for decision in read_decisions(home.decisions, load_registry())]
    assert kinds == ["reject_file", "name", "accept", "not_expected"]


def test_a_decision_is_part_of_the_run_identity(home: Home) -> None:
    before = compute_identity([], home, AS_OF)
    decide(home, f"kind: not_expected, feed_id: {VP}, until: 2025-12-31")
    assert compute_identity([], home, AS_OF) != before


@pytest.mark.parametrize(
    ("as_of", "holds"),
    [
        (date(2025, 7, 12), False),  # not taken yet on the morning of 13 July
        (date(2025, 7, 13), True),  # built on the morning of 14 July, when it was taken
        (date(2025, 7, 31), True),
        (date(2025, 8, 1), False),
    ],
)
def test_an_acceptance_holds_to_the_end_of_its_last_day(home: Home, as_of: date, holds: bool) -> None:
    decide(home, f"kind: accept, feed_id: {VP}, gap_kind: late, until: 2025-07-31")
    (decision,) = read_decisions(home.decisions, load_registry())
    assert is_in_force(decision, as_of) is holds


# What each kind does to what a build reads.


def landing(office: Office, tmp_path: Path, as_of: date = AS_OF) -> duckdb.DuckDBPyConnection:
    """The schema `landing` of a build."""
    path = tmp_path / "build.duckdb"
    path.unlink(missing_ok=True)
    register_inputs(path, office.home, as_of)
    return duckdb.connect(str(path), read_only=True)


def idle(office: Office) -> list[str]:
    decisions = read_decisions(office.home.decisions, load_registry())
    return list_idle_rejections(decisions, office.make_landing().scan().arrived)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    with connection:
        return connection.execute(query).fetchall()


def test_a_rejected_file_keeps_its_account_and_loses_its_rows(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.send_months()
    office.land()
    accounts = "select file, state, rows_read, rows_not_data, rows_quarantined from landing.source_file order by file"
    before = rows(landing(office, tmp_path), accounts)
    july = next(a for a in office.make_landing().scan().arrivals if "07" in a.file)
    decide(office.home, f"kind: reject_file, feed_id: {VP}, sha256: '{july.sha256[:12]}'")
    assert idle(office) == []
    after = rows(landing(office, tmp_path), accounts)
    assert after[0] == before[0]
    file, _, read, not_data, quarantined = before[1]
    assert quarantined == 0
    assert after[1] == (file, "rejected", read, not_data, 7)
    landed = rows(landing(office, tmp_path), "select distinct received_at::date from landing.procedures")
    assert landed == [(date(2025, 6, 1),)]
    said = rows(
        landing(office, tmp_path), "select blocked_message_vi from landing.source_file where state = 'rejected'"
    )
    assert said == [("Văn phòng loại tệp này ngày 14/07/2025: Gửi nhầm",)]


def test_a_rejection_must_mean_one_file(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.send_months()
    office.land()
    decide(office.home, f"kind: reject_file, feed_id: {VP}, sha256: '00000000'")
    assert idle(office) == [f"{VP} 00000000"]
    states = rows(landing(office, tmp_path), "select distinct state from landing.source_file")
    assert states == [("accepted",)]


def test_a_ruling_on_a_name_settles_what_was_refused_and_nothing_else(tmp_path: Path) -> None:
    office = Office(tmp_path)
    written = ["Xã Bồng Lai", "UBND xã Yên Lạc", "xã  BỒNG LAI"]
    sheet = [dossier(JULY, nth, Đơn_vị_giải_quyết=name) for nth, name in enumerate(written)]
    office.send("ho_so_tthc_07_2025.xlsx", workbook(sheet, "(Số liệu đến ngày 13/07/2025)"))
    office.land()
    units = "select source_row, unit_code from landing.procedures order by 1"
    refused = "select rule, source_row from landing.quarantine order by 2"
    assert rows(landing(office, tmp_path), refused) == [("unit_unknown", 11), ("unit_unknown", 13)]
    yen_lac = rows(landing(office, tmp_path), units)
    assert [row for row, _ in yen_lac] == [12]

    decide(
        office.home,
        "kind: name, area: vp, name: xã Bồng Lai, unit_level: commune, unit_code: '08707'",
        # The rules settle this name: no ruling overrides them.
        "kind: name, area: vp, name: UBND xã Yên Lạc, unit_level: commune, unit_code: '08707'",
    )
    assert len(office.make_landing().scan().new) == 1  # read again, from the archive or the inbox
    office.land()
    assert rows(landing(office, tmp_path), refused) == []
    assert rows(landing(office, tmp_path), units) == [(11, "08707"), *yen_lac, (13, "08707")]

    office.home.decisions.unlink()
    office.land()
    assert rows(landing(office, tmp_path), units) == yen_lac


def test_a_ruling_reaches_its_area_alone(home: Home) -> None:
    registry = load_registry()
    decide(home, "kind: name, area: hb, name: Xóm Mới, unit_level: former_district, unit_code: '148'")
    decided = load_decided_registry(home.decisions, registry)
    changed = {
        f
        for f in registry.feeds
        if compute_parser_version(decided.feeds[f]) != compute_parser_version(registry.feeds[f])
    }
    assert changed == {feed_id for feed_id, feed in registry.feeds.items() if feed.area == "hb"}
    assert add_rulings(registry, ()) is registry


def test_who_and_why_do_not_read_the_files_again(home: Home) -> None:
    name = "kind: name, area: vp, name: Xóm Mới, unit_level: commune, unit_code: '08707'"
    decide(home, name)
    first = compute_parser_version(load_decided_registry(home.decisions, load_registry()).feeds[VP])
    home.decisions.write_text(home.decisions.read_text(encoding="utf-8").replace("Gửi nhầm", "Xã hỏi lại"), "utf-8")
    assert compute_parser_version(load_decided_registry(home.decisions, load_registry()).feeds[VP]) == first


@pytest.mark.parametrize(
    ("district", "answer"), [("", "unknown"), ("Huyện Yên Lạc", "08707"), ("huyện  YÊN LẠC", "08707")]
)
def test_a_ruling_beside_a_former_district_needs_it(district: str, answer: str) -> None:
    frame = pd.DataFrame({"name": ["Xóm Mới"], "district": [district], "on": [pd.Timestamp(JULY)]})
    ruling = NameRuling("Xóm Mới", "huyện Yên Lạc", "commune", "08707")
    resolved = resolve_units(frame, area_province="26", code_system=None, codes_valid_from=None, rulings=[ruling])
    assert resolved.loc[0, "refusal" if answer == "unknown" else "unit_code"] == answer


def test_accepted_faults_and_waivers_reach_the_build_while_they_hold(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.send_months()
    office.land()
    decide(
        office.home,
        f"kind: accept, feed_id: {VP}, gap_kind: quarantined_rows, period: 2025-06, until: 2025-07-20",
        "kind: not_expected, feed_id: procedures_hb, until: 2025-08-31",
    )
    faults = "select feed_id, gap_kind, commune_code, period from landing.accepted_fault order by all"
    waived = "select feed_id, waived_until from landing.feed where waived_until is not null"
    hb = [("procedures_hb", kind, None, None) for kind in ("late", "missing_period", "stale")]
    assert rows(landing(office, tmp_path), faults) == [*hb, (VP, "quarantined_rows", None, "2025-06")]
    assert rows(landing(office, tmp_path), waived) == [("procedures_hb", date(2025, 8, 31))]
    assert rows(landing(office, tmp_path, date(2025, 7, 21)), faults) == hb
    assert rows(landing(office, tmp_path, date(2025, 9, 1)), faults) == []
    assert rows(landing(office, tmp_path, date(2025, 9, 1)), waived) == []


# Whole nights.


def refresh(office: Office, as_of: str) -> dict[str, Any]:
    done = season.refresh(office.inbox, office.home.root, as_of, "--json")
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == answer["exit_code"]
    return answer


@pytest.mark.drill
def test_decisions_end_the_alarm_until_their_day(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for month in range(1, 7):
        last = (date(2025, month + 1, 1) - pd.Timedelta(days=1)).strftime("%d/%m/%Y")
        sheet = workbook(dossiers(date(2025, month, 1), 3), f"(Số liệu đến ngày {last})")
        office.send(f"ho_so_tthc_{month:02}_2025.xlsx", sheet)
    silent = sorted(set(load_registry().feeds) - {VP})
    decide(
        office.home,
        *(f"kind: not_expected, feed_id: {feed}, until: 2025-07-13" for feed in silent),
        f"kind: reject_file, feed_id: {VP}, sha256: 'ffffffff'",
    )
    quiet = refresh(office, "2025-07-13")
    assert (quiet["exit_code"], quiet["unmet"], quiet["idle_decisions"]) == (0, [], [f"{VP} ffffffff"])
    gaps = "select distinct state from marts.data_gap where feed_id <> ? and kind = 'missing_period'"
    with duckdb.connect(str(office.home.current), read_only=True) as marts:
        assert marts.execute(gaps, [VP]).fetchall() == [("accepted",)]
        states = marts.execute("select distinct state from marts.feed_status where feed_id <> ?", [VP]).fetchall()
    assert states == [("not_expected",)]
    loud = refresh(office, "2025-07-14")
    assert loud["exit_code"] == 3
    assert {feed["feed_id"] for feed in loud["unmet"]} >= {"procedures_hb", "procedures_pt"}
    with duckdb.connect(str(office.home.current), read_only=True) as marts:
        assert marts.execute(gaps, [VP]).fetchall() == [("open",)]
        first = "select distinct first_seen from marts.data_gap where feed_id = 'procedures_hb' and period = '2025-06'"
        assert marts.execute(first).fetchall() == [(date(2025, 7, 13),)]
