"""The command line: what it prints, its exit codes, and that a person's fault is one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from dagster_project.cli.app import run
from dagster_project.cli.night_answer import _group_by_fault
from dagster_project.cli.output import spell
from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.extracts.write import prune_extracts, write_extracts
from dagster_project.settings.settings import load_settings
from dagster_project.warehouse import ledger, versions
from dagster_project.warehouse.lock import hold_night_lock
from dagster_project.warehouse.publish import publish
from tests.support.marts.tiny_marts import AS_OF, built, copy_home, identity
from tests.support.nights.season import Season, refresh

HEAVY = {"dagster", "dbt", "dagster_dbt", "great_expectations", "pandas", "pyarrow"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two published versions; the second is current."""
    place = Home(tmp_path_factory.mktemp("two") / "home")
    publish(place, built(place, 7), identity("a"))
    publish(place, built(place, 8), identity("b"))
    return place


@pytest.fixture
def home(published: Home, tmp_path: Path) -> Home:
    return copy_home(published, tmp_path / "home")


def haicap(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dagster_project.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["refresh", "--asof", "2025-07-13"], "--asof"),
        (["refresh", "--as-of", "13/7/2025"], "13/7/2025"),
        (["refresh", "--inbox", "/khong/co"], "/khong/co"),
        (["nap"], "nap"),
        (["simulate"], "--inbox"),
        (["simulate", "--inbox", "x", "--seed", "một"], "--seed"),
        (
            ["simulate", "--inbox", "x", "--mess", "wild"],
            "'wild' không phải một trong 'none', 'normal', 'hard', 'field'",
        ),
        (["simulate", "--inbox", "x", "--scale", "0"], "--scale không hợp lệ: phải từ 0.001 trở lên"),
        (["simulate", "--inbox", "x", "--scale", "to"], "phải là số."),
        (["simulate", "--inbox", f"{__file__}/x"], f"{__file__} không phải thư mục"),
        (["why", "x", "--limit", "1.5"], "phải là số nguyên."),
        (["status", "--home"], "--home phải có giá trị theo sau"),
        (["status", "--home", __file__], f"{__file__} không phải thư mục"),
        (["refresh", "--home", f"{__file__}/x"], f"{__file__} không phải thư mục"),
        (["refresh", "--full=1"], "--full không nhận giá trị"),
        (["vault"], "thiếu tên lệnh con"),
        (["gaps", "--state", "lost"], "lost"),
        (["rollback", "--lift", "2025-07-13-aaaaaaaa"], "--lift"),
        (["sql", "select 1", "select 2"], "thừa select 2"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(arguments: list[str], says: str, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("HAICAP_HOME", str(tmp_path / "home"))
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert says in said.err
    assert not (tmp_path / "home").exists()


def test_help_is_light_and_names_every_command(capsys) -> None:
    loaded = f"print({HEAVY | {'duckdb'}} & set(sys.modules))"
    code = f"import sys; from dagster_project.cli.app import run; run(['--help']); {loaded}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.endswith("set()\n")
    commands = (
        "refresh",
        "simulate",
        "status",
        "gaps",
        "why",
        "sql",
        "extract",
        "versions",
        "compare",
        "release",
        "rollback",
        "new-feed",
        "dev",
    )
    assert all(f"\n  {command} " in said for command in commands)
    assert run([]) == 0
    assert "refresh" in capsys.readouterr().out


def test_before_the_first_night_the_commands_say_what_to_do(tmp_path: Path, capsys) -> None:
    for command in (["status"], ["gaps"], ["why", "tthc_on_time"], ["rollback"], ["extract"]):
        assert run([*command, "--home", str(tmp_path / "home")]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "haicap refresh" in said


def test_status_shows_version_feeds_and_kpis_in_vietnamese_numbers(home: Home, capsys) -> None:
    assert run(["status", "--home", str(home.root)]) == 0
    said = capsys.readouterr().out
    assert "Bản hiện hành: 2025-07-13-bbbbbbbb\n" in said
    assert "13/07/2025" in said
    assert "Tháng 7/2025  8      10      80,0 %" in said
    assert "Không đạt" in said
    assert "Khoảng trống đang mở: 1 " in said
    size = sum(path.stat().st_size for path in home.published.glob("haicap-*.duckdb"))
    assert f"Bản công bố     {spell(size / 1e6)}\n" in said
    assert "Còn trống" in said


def test_status_for_a_program(home: Home, capsys) -> None:
    assert run(["status", "--home", str(home.root), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["version"], said["pinned"], said["open_gaps"]) == ("2025-07-13-bbbbbbbb", None, 1)
    assert said["disk_bytes"]["ledger"] == sum(path.stat().st_size for path in home.ledger.rglob("*") if path.is_file())
    assert said["disk_bytes"]["free"] > 0
    assert [(kpi["kpi_id"], kpi["numerator"]) for kpi in said["kpis"]] == [("tthc_no_due", 4.0), ("tthc_on_time", 8.0)]


def test_gaps_name_who_mends_and_how(home: Home, capsys) -> None:
    run(["gaps", "--home", str(home.root)])
    said = capsys.readouterr().out
    assert "[Cảnh báo] Không có hạn trả (no_due_date) · procedures_vp · phường Vĩnh Yên (08707) · 2025-07 · g1" in said
    assert "Văn phòng HĐND và UBND: Bổ sung ngày hẹn trả." in said
    assert "g2" not in said
    run(["gaps", "--home", str(home.root), "--state", "all", "--json"])
    assert [gap["gap_id"] for gap in json.loads(capsys.readouterr().out)] == ["g2", "g1"]


def test_sql_answers_in_three_forms_about_any_version(home: Home, capsys) -> None:
    question = "select feed_id, rows_read, received_at from marts.feed_status"
    answers = {"": "procedures_vp  20         NULL", "--csv": "procedures_vp,20,", "--json": '"rows_read": 20'}
    for form, answer in answers.items():
        assert run(["sql", question, "--home", str(home.root), *filter(None, [form])]) == 0
        assert answer in capsys.readouterr().out
    older = ["--version", "2025-07-13-aaaaaaaa", "--home", str(home.root), "--csv"]
    assert run(["sql", "select max(numerator) as n from marts.kpi_value where unit_code = '25'", *older]) == 0
    assert capsys.readouterr().out == "n\n7.0\n"


@pytest.mark.parametrize("query", ["delete from marts.feed_status", "select nothing", ""])
def test_sql_refuses_in_one_piece_and_cannot_write(home: Home, capsys, query: str) -> None:
    assert run(["sql", query, "--home", str(home.root)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    with duckdb.connect(str(home.current), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.feed_status").fetchall() == [(1,)]


def test_versions_and_rollback_and_lift(home: Home, capsys) -> None:
    place = str(home.root)
    assert run(["rollback", "--home", place]) == 0
    assert "2025-07-13-aaaaaaaa" in capsys.readouterr().out
    assert (home.extracts / "moi_nhat").resolve().name == "2025-07-13-aaaaaaaa"
    run(["versions", "--home", place, "--json"])
    known = {v["version"]: v for v in json.loads(capsys.readouterr().out)}
    assert known["2025-07-13-aaaaaaaa"]["is_current"]
    assert known["2025-07-13-aaaaaaaa"]["is_pinned"]
    run(["versions", "--home", place])
    assert "hiện hành, đã ghim" in capsys.readouterr().out
    assert run(["rollback", "--lift", "--home", place]) == 0
    assert "2025-07-13-bbbbbbbb" in capsys.readouterr().out
    assert versions.read_pinned_version(home) is None


@pytest.mark.parametrize("name", ["aaaa", "2025-07-13-a", "haicap-2025-07-13-aaaaaaaa.duckdb"])
def test_a_version_may_be_named_by_a_part_wherever_one_is_named(home: Home, capsys, name: str) -> None:
    place = str(home.root)
    query = "select min(numerator), sum(value), min(value) from marts.kpi_value"
    assert run(["sql", query, "--version", name, "--csv", "--home", place]) == 0
    older = capsys.readouterr().out
    assert run(["sql", query, "--csv", "--home", place]) == 0
    assert capsys.readouterr().out != older
    assert run(["rollback", name, "--home", place]) == 0
    assert versions.read_current_version(home) == "2025-07-13-aaaaaaaa"
    assert run(["rollback", "2025-07-13", "--home", place]) == 2
    assert "chỉ 2 phiên bản" in capsys.readouterr().err


def test_what_stops_every_feed_is_told_once() -> None:
    feeds = [
        {"feed_id": name, "fault": fault} for name, fault in (("a", "khóa"), ("b", None), ("c", "khóa"), ("d", "x"))
    ]
    assert _group_by_fault(feeds) == {"khóa": ["a", "c"], "x": ["d"]}


def test_a_settings_file_with_a_typing_mistake_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "haicap.yaml").write_text("inbix: /data", encoding="utf-8")
    assert run(["status", "--home", str(tmp_path)]) == 2
    assert "inbix" in capsys.readouterr().err


def test_old_extracts_go_but_those_that_a_roll_back_needs_stay(home: Home) -> None:
    """Of five versions, of which the oldest but one is pinned, two folders are to be kept."""
    for letter in "cde":
        publish(home, built(home), identity(letter), keep=10)
    known = [version.entry.version for version in versions.list_versions(home)]
    for name in (*known, "cua-toi"):
        (home.extracts / name).mkdir(parents=True)
        (home.extracts / name / "a.txt").write_text("a")
    versions.roll_back(home, known[3])
    versions.name_it(home, home.extracts / "moi_nhat", known[3])
    assert prune_extracts(home, keep=2) == [known[2], known[4]]
    kept = {path.name for path in home.extracts.iterdir()}
    assert kept == {*known[:2], known[3], "cua-toi", "moi_nhat"}
    assert prune_extracts(home, keep=2) == []


def test_settings_come_from_the_file_the_environment_and_the_command(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "haicap.yaml").write_text("inbox: hop-thu\nkeep_versions: 3", encoding="utf-8")
    told = load_settings(tmp_path)
    assert (told.inbox, told.keep_versions) == (tmp_path / "hop-thu", 3)
    monkeypatch.setenv("HAICAP_INBOX", str(tmp_path / "b"))
    assert load_settings(tmp_path).inbox == tmp_path / "b"
    assert load_settings(tmp_path, tmp_path / "c").inbox == tmp_path / "c"


def test_the_workbook_leaves_what_is_missing_empty_and_hatched(home: Home) -> None:
    folder = write_extracts(home, home.current.resolve())
    book = load_workbook(folder / "chi-tieu.xlsx")
    assert book.sheetnames == [
        "Tóm tắt", "Xu hướng", "Theo tỉnh cũ", "Thủ tục hành chính", "Nguồn dữ liệu", "Khoảng trống",
    ]  # fmt: skip
    summary = [[cell.value for cell in row] for row in book["Tóm tắt"].iter_rows(min_row=4, max_row=5)]
    assert summary == [
        ["Hồ sơ không có hạn trả", "Tháng 7/2025", 4, "-", 4, 0, "Không đạt", 0.5, "-", "Tạm tính."],
        ["Hồ sơ đúng hạn", "Tháng 7/2025", 8, 10, 0.8, 0.95, "Đạt", 1, "-", "Tạm tính."],
    ]
    communes = {row[0].value: row for row in book["Thủ tục hành chính"].iter_rows(min_row=4, max_row=6)}
    assert list(communes) == ["07900", "08707", "04795"]
    heads = [cell.value for cell in book["Theo tỉnh cũ"][3]]
    assert heads[2:8:2] == ["Phú Thọ (cũ)", "Vĩnh Phúc (cũ)", "Hòa Bình (cũ)"]
    assert heads[8:] == ["Sở, ngành", "Trung tâm tỉnh", "Chưa rõ đơn vị", "Chưa phân bổ"]
    assert communes["08707"][0].data_type == "s"
    assert (communes["08707"][5].value, communes["08707"][6].value) == (0.9, "Nguy cơ")
    for cell in communes["04795"][5:7]:
        assert cell.value is None
        assert cell.fill.patternType == "lightUp"
    assert communes["08707"][5].number_format == "[$-42A]#,##0.0%"
    assert book["Thủ tục hành chính"].auto_filter.ref == "A3:G6"
    # A file name from an office is text, whatever it looks like.
    assert book["Nguồn dữ liệu"]["F4"].value == '=cmd|"/c calc".xlsx'
    assert book["Nguồn dữ liệu"]["F4"].data_type == "s"
    assert [row[0].value for row in book["Khoảng trống"].iter_rows(min_row=4)] == ["Cảnh báo", "Nghiêm trọng"]


def test_the_same_version_makes_the_same_bytes(home: Home, tmp_path: Path) -> None:
    first = write_extracts(home, home.current.resolve())
    again = write_extracts(Home(tmp_path / "other"), home.current.resolve())
    contents = [{p.relative_to(f): p.read_bytes() for p in f.rglob("*.*")} for f in (first, again)]
    assert contents[0] == contents[1]
    assert {str(path) for path in contents[0] if path.parts[0] != "goi-phan-tich"} == {
        "chi-tieu.xlsx", "trang-lanh-dao.html", "giao-ban.pdf", "manifest.json",
        *(f"xa-phuong/{code}.html" for code in ("04795", "07900", "08707")),
        "can-sua/van-phong-ubnd-tinh-bo-phan-tong-hop-khu-vuc-vinh-phuc.xlsx",
    }  # fmt: skip


def test_a_reader_that_goes_away_is_no_fault(home: Home) -> None:
    command = f"{sys.executable} -m dagster_project.cli sql 'select * from range(200000)' --home {home.root} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "range\n")


@pytest.mark.extra
def test_the_ui_is_told_this_home_and_sends_nothing(tmp_path: Path, monkeypatch, capsys) -> None:
    told = []
    monkeypatch.setattr("os.execve", lambda *arguments: told.append(arguments))
    assert run(["dev", "--home", str(tmp_path), "--port", "3111"]) == 0
    ((_, command, environment),) = told
    assert command[1:3] == ["-m", "dagster_project.defs.ui_server"]
    assert command[-1] == "3111"
    assert (environment["DAGSTER_HOME"], environment["HAICAP_HOME"]) == (str(tmp_path / "dagster"), str(tmp_path))
    assert "enabled: false" in (tmp_path / "dagster" / "dagster.yaml").read_text(encoding="utf-8")
    assert "http://127.0.0.1:3111" in capsys.readouterr().out


def test_the_ui_says_when_it_is_not_installed(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("dagster_project.cli.night.find_spec", lambda _: None)
    assert run(["dev", "--home", str(tmp_path)]) == 1
    assert "Chưa cài giao diện" in capsys.readouterr().err


# Whole nights.


@pytest.fixture(scope="module")
def office(clean_season: Season, tmp_path_factory: pytest.TempPathFactory) -> Season:
    """A copy of the season without mess, for the nights that come after its first."""
    return clean_season.copy_to(tmp_path_factory.mktemp("office") / "season")


@pytest.mark.slow
def test_a_first_night_publishes_and_answers_a_program(clean_season: Season) -> None:
    said = json.loads(clean_season.said)
    assert (said["result"], said["exit_code"]) == ("published", clean_season.exit_code)
    assert said["current"] == said["version"]
    assert {feed["feed_id"] for feed in said["feeds"]} == set(load_registry().feeds)
    home = clean_season.home
    assert not list(home.build.glob("run-*"))
    told = {"chi-tieu.xlsx", "trang-lanh-dao.html", "giao-ban.pdf", "manifest.json", "can-sua", "xa-phuong"}
    assert told | {"goi-phan-tich"} == {path.name for path in (home.extracts / "moi_nhat").iterdir()}


@pytest.mark.slow
def test_nothing_new_publishes_nothing_and_imports_nothing_heavy(office: Season) -> None:
    arguments = ["refresh", "--inbox", str(office.inbox), "--home", str(office.home.root), "--as-of", str(AS_OF)]
    code = f"""
import sys
from dagster_project.cli.app import run
print(run({arguments!r}), {HEAVY!r} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.endswith(f"\n{office.exit_code} set()\n"), done.stderr
    assert "Không có gì mới" in done.stdout
    assert len(ledger.list_entries(office.home)) == 1


@pytest.mark.long
def test_a_full_night_reads_the_archive_again_and_confirms_the_version(office: Season) -> None:
    aside = office.folder / "aside"
    office.inbox.rename(aside)
    office.inbox.mkdir()
    try:
        done = refresh(office.inbox, office.home.root, str(AS_OF), "--full", "--json")
    finally:
        office.inbox.rmdir()
        aside.rename(office.inbox)
    assert done.returncode == office.exit_code, done.stderr
    said = json.loads(done.stdout)
    assert said["result"] == "unchanged"
    assert sum(feed["rows_read"] for feed in said["feeds"]) > 0
    assert len(ledger.list_entries(office.home)) == 1


@pytest.mark.slow
def test_a_second_night_at_the_same_time_says_who_is_at_work(office: Season) -> None:
    with hold_night_lock(office.home):
        done = haicap("refresh", "--inbox", office.inbox, "--home", office.home.root, "--as-of", AS_OF)
    assert done.returncode == 1
    assert f"pid {os.getpid()}" in done.stderr
    assert done.stderr.count("\n") == 1
