"""One night over an inbox of everything that can be wrong: what a person is told, where each row went, what went on."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pandas as pd
import pytest

from dagster_project.core.paths import Home
from tests.support.bad_input import bad_money, bad_people
from tests.support.bad_input.bad_night import GROWING, Outcome, haicap
from tests.support.bad_input.corpus import (
    HOSTILE,
    NEEDLES,
    NO_FILES,
    PORTAL,
    SENT,
    TOMORROW,
    UNOPENED,
    VP,
    Sent,
    dossiers,
    workbook,
)
from tests.support.kits.landing_kit import list_batches, read_rows

pytestmark = pytest.mark.slow

READ = [sent for sent in SENT if sent.rule is None]
BLOCKED = [sent for sent in SENT if sent.rule is not None]


@pytest.fixture
def night(bad_night):
    return bad_night


def read_kept(night: Outcome, sent: Sent, name: str, *columns: str) -> list[tuple[object, ...]]:
    """What one table of the landing says of a file; nothing where nothing was written."""
    ((batch_id,),) = night.ask(
        f"select batch_id from marts.source_file where feed_id = '{sent.feed}' and {named(sent)}"
    )
    (batch,) = (one for one in list_batches(Home(night.home), sent.feed) if one.batch_id == batch_id)
    rows = read_rows(Home(night.home), [batch], name)
    return (
        [tuple(None if pd.isna(value) else value for value in row) for row in rows[[*columns]].to_numpy()]
        if len(rows)
        else []
    )


def named(sent: Sent) -> str:
    names = [sent.file, *sent.copies]
    return "file in (" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + ")"


# The night as a whole ------------------------------------------------------------------------------------------------


def test_the_night_ends_well_and_in_words(night):
    assert night.run.returncode == 3, night.run.stdout + night.run.stderr
    assert "Traceback" not in night.run.stdout + night.run.stderr
    assert "Đã công bố bản 2025-07-13-" in night.run.stdout


def test_every_file_is_accounted_for_and_no_other(night):
    others = f"not {bad_money.OF_THESE} and not {bad_people.OF_THESE}"  # which modules of their own ask for
    found = night.ask(f"select feed_id, file from marts.source_file where {others}")
    wanted = [(sent.feed, min(sent.file, *sent.copies)) if sent.copies else (sent.feed, sent.file) for sent in SENT]
    assert sorted(found) == sorted(wanted)


def test_good_dossiers_of_other_files_are_published(night):
    wanted = sum(sent.rows[0] - sum(sent.rows[1:]) for sent in READ if sent.feed == VP)
    assert night.ask("select count(*) from marts.fct_dossier") == [(wanted,)]
    assert night.ask("select count(*) from marts.fct_portal_score") == [(3,)]


# Files that are read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", READ, ids=lambda sent: ascii(sent.file))
def test_the_account_of_a_file_that_is_read(night, sent):
    query = "select state, rows_read, rows_not_data, rows_quarantined, rows_duplicate, rows_accepted, copies"
    read, not_data, refused, repeated = sent.rows
    accepted = read - not_data - refused - repeated
    wanted = ("accepted", read, not_data, refused, repeated, accepted, len(sent.copies))
    assert night.ask(f"{query} from marts.source_file where feed_id = '{sent.feed}' and {named(sent)}") == [wanted]


@pytest.mark.parametrize("sent", [s for s in READ if s.refused], ids=lambda sent: sent.file)
def test_each_refused_row_is_named_with_its_remedy(night, sent):
    found = read_kept(night, sent, "quarantine", "source_row", "column_name", "rule", "message_vi", "remedy_vi")
    assert sorted(map(str, (row[:3] for row in found))) == sorted(map(str, sent.refused))
    assert all(message and remedy for *_, message, remedy in found)


@pytest.mark.parametrize("sent", [s for s in READ if not s.refused or s.noted], ids=lambda sent: ascii(sent.file))
def test_each_finding_is_noted_and_nothing_else(night, sent):
    found = read_kept(night, sent, "finding", "column_name", "rule")
    assert sorted(map(str, found)) == sorted(map(str, sent.noted))


def test_refused_rows_become_gaps_with_someone_to_mend_them(night):
    query = "select measure, sum(rows_affected)::int from marts.data_gap where kind = 'quarantined_rows'"
    found = dict(night.ask(f"{query} and feed_id = '{VP}' group by measure"))
    wanted: dict[str, int] = {}
    for sent in READ:
        for _, _, rule in sent.refused if sent.feed == VP else ():
            wanted[rule] = wanted.get(rule, 0) + 1
    assert found == wanted
    assert night.ask("select count(*) from marts.data_gap where who_fixes is null or what_to_do_vi is null") == [(0,)]


def test_an_ambiguous_unit_says_between_which(night):
    query = "select what_to_do_vi from marts.data_gap where measure = 'unit_ambiguous'"
    ((words,),) = night.ask(query)
    assert "phường Xuân Hòa, thành phố Phúc Yên" in words
    assert "xã Xuân Hòa, huyện Lập Thạch" in words


def test_a_repeated_dossier_counts_once(night):
    assert night.ask("select count(*) from marts.fct_dossier where dossier_id = 'H62.52-250430-0002'") == [(1,)]


def test_hostile_headers_are_named_as_they_are(night):
    found = night.ask(f"select detail from marts.data_gap where kind = 'drift' and feed_id = '{VP}'")
    assert sorted(found) == sorted((words,) for words in HOSTILE)


def test_a_file_dated_tomorrow_waits(night):
    assert night.ask(f"select count(*) from marts.source_file where file = '{TOMORROW}'") == [(0,)]
    assert (night.home / "manifest.jsonl").read_text(encoding="utf-8").count(TOMORROW) == 1


# Files that are blocked, waited for, or no files ---------------------------------------------------------------------


@pytest.mark.parametrize("sent", BLOCKED, ids=lambda sent: sent.file)
def test_a_blocked_file_is_named_with_its_reason(night, sent):
    (line,) = [line for line in night.run.stdout.splitlines() if f"không dùng được tệp {sent.file}:" in line]
    assert line.strip().startswith(f"{sent.feed}: ")
    assert sent.said in line
    query = "select state, blocked_rule, rows_read, rows_accepted, blocked_message_vi from marts.source_file"
    (found,) = night.ask(f"{query} where feed_id = '{sent.feed}' and {named(sent)}")
    assert found[:4] == ("blocked", sent.rule, 0, 0)
    assert sent.said in found[4]


@pytest.mark.parametrize("sent", BLOCKED, ids=lambda sent: sent.file)
def test_a_blocked_file_is_a_gap_that_someone_mends(night, sent):
    query = "select measure, severity, who_fixes, what_to_do_vi from marts.data_gap where kind = 'blocked_file'"
    ((measure, severity, who, what),) = night.ask(f"{query} and feed_id = '{sent.feed}' and detail = '{sent.file}'")
    assert (measure, severity) == (sent.rule, "error")
    assert who
    assert sent.file in what


@pytest.mark.parametrize("name", UNOPENED)
def test_a_file_that_cannot_be_opened_is_named(night, name):
    (line,) = night.lines(name)
    assert f"Là liên kết tới “{UNOPENED[name]}” nên không được đọc." in line


def test_a_file_still_being_written_waits_for_the_next_night(night):
    (line,) = [line for line in night.run.stdout.splitlines() if "còn đang được ghi" in line]
    assert line.strip() == f"{VP}/{GROWING}: còn đang được ghi, để đêm sau"
    assert GROWING not in (night.home / "manifest.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*NO_FILES, "ong dan.xlsx"])
def test_what_is_no_file_is_not_noticed(night, name):
    assert name not in night.run.stdout
    listed = (json.loads(line)["file"] for line in (night.home / "manifest.jsonl").read_text("utf-8").splitlines())
    assert name not in list(listed)


# What people read afterwards -----------------------------------------------------------------------------------------


def test_status_and_gaps_show_hostile_names_as_text_on_their_own_line(night):
    status = haicap("status", "--home", night.home, folder=night.folder)
    gaps = haicap("gaps", "--home", night.home, folder=night.folder)
    assert (status.returncode, gaps.returncode) == (0, 0)
    for sent in BLOCKED:
        assert f"Gửi lại tệp: {sent.file}" in gaps.stdout
    for words in HOSTILE:
        assert words in gaps.stdout
    everything = night.run.stdout + status.stdout + gaps.stdout
    assert not [line for line in everything.splitlines() if line.startswith("Đã công bố bản 2030")]
    assert "\x1b" not in everything
    assert "\u202e" not in everything


def test_nothing_was_executed_and_nothing_left_its_place(night):
    assert not list(night.folder.rglob("pwned*"))
    assert sorted(path.name for path in night.folder.iterdir()) == sorted([night.inbox.name, night.home.name])
    assert night.ask("select count(*) > 0 from marts.fct_dossier") == [(True,)]


def test_no_person_is_named_outside_the_archive(night):
    texts = [night.run.stdout, night.run.stderr]
    with duckdb.connect() as engine:
        landed = list(night.home.glob("landing/*/*/*.parquet"))
        assert landed
        for path in landed:
            texts.append(str(engine.execute("select * from read_parquet($p)", {"p": path.as_posix()}).fetchall()))
    for (table,) in night.ask("select table_name from information_schema.tables where table_schema = 'marts'"):
        texts.append(str(night.ask(f'select * from marts."{table}"')))
    raw = [p.read_bytes() for p in night.home.rglob("*") if p.is_file() and "archive" not in p.parts]
    for needle in NEEDLES:
        assert not any(needle in text for text in texts), needle
        assert not any(needle.encode() in content for content in raw), needle


def test_the_next_night_finds_nothing_new_and_reads_no_blocked_file_again(night):
    for name in (*UNOPENED, GROWING):
        (night.inbox / VP / name).unlink()
    again = haicap(
        "refresh", "--inbox", night.inbox, "--home", night.home, "--as-of", "2025-07-13", folder=night.folder
    )
    assert again.returncode == night.run.returncode
    assert "Không có gì mới" in again.stdout
    assert "không dùng được" not in again.stdout


def test_a_file_sent_again_under_its_name_and_no_better_is_the_same_gap(tmp_path):
    """Twice of a wrong form, and twice of a day to come: each night is published, and tells of each once."""
    place = tmp_path / "inbox" / VP
    place.mkdir(parents=True)
    for number, day in enumerate((12, 13), start=1):
        (place / "bo sung.csv").write_text(f"a,cot {day}\n1,2\n")
        ahead = workbook(dossiers(date(2025, 7, 2), number), "(Số liệu đến ngày 31/08/2025)")
        (place / "thang tam.xlsx").write_bytes(ahead)
        run = haicap("refresh", "--inbox", "inbox", "--home", "home", "--as-of", f"2025-07-{day}", folder=tmp_path)
        assert run.returncode == 3, run.stdout + run.stderr
    with duckdb.connect(str(tmp_path / "home" / "published" / "current.duckdb"), read_only=True) as marts:
        gap = "select detail, first_seen, state from marts.data_gap where"
        found = marts.sql(f"{gap} kind = 'blocked_file'").fetchall()
        assert found == [("bo sung.csv", date(2025, 7, 12), "open")]
        assert [row[0] for row in marts.sql(f"{gap} measure = 'dated_ahead'").fetchall()] == ["thang tam.xlsx"]


# Wrong use -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("refresh", "--inbox", "khong-co", "--home", "nha"), 2, "Không thấy thư mục hộp thư khong-co"),
        (("refresh", "--inbox", "tep.txt", "--home", "nha"), 2, "Không thấy thư mục hộp thư tep.txt"),
        (("refresh", "--inbox", ".", "--home", "nha", "--as-of", "31/12/2025"), 2, "31/12/2025"),
        (("refresh", "--inbox", ".", "--home", "nha", "--as-of", "2025-02-30"), 2, "2025-02-30"),
        (("refresh", "--hop-thu", "."), 2, "--hop-thu"),
        (("lam-moi",), 2, "lam-moi"),
        (("gaps", "--home", "nha"), 1, "Chưa có bản nào được công bố"),
    ],
)
def test_wrong_use_is_one_line(tmp_path, arguments, code, words):
    (tmp_path / "tep.txt").write_text("x")
    run = haicap(*arguments, folder=tmp_path)
    assert run.returncode == code
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert words in line
    assert not (tmp_path / "nha" / "published").exists()


@pytest.mark.drill
def test_an_inbox_without_any_feed_is_published_with_everything_missing(tmp_path):
    (tmp_path / "inbox").mkdir()
    run = haicap("refresh", "--inbox", "inbox", "--home", "home", "--as-of", "2025-08-31", folder=tmp_path)
    assert run.returncode == 3, run.stdout + run.stderr
    for feed in (VP, PORTAL):
        assert f"{feed}: chưa có" in run.stdout
    with duckdb.connect(str(tmp_path / "home" / "published" / "current.duckdb"), read_only=True) as marts:
        assert marts.sql("select distinct state from marts.feed_status").fetchall() == [("missing",)]
        assert marts.sql("select count(*) from marts.fct_dossier").fetchall() == [(0,)]
        rates = "select count(*) from marts.kpi_value where kpi_id = 'tthc_on_time' and value is not null"
        assert marts.sql(rates).fetchall() == [(0,)]
