"""From a delivered file to the person who sends its rows back: who sees what, what is logged, what goes when."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dagster_project.cli.app import run
from dagster_project.contracts.models import Feed
from dagster_project.contracts.verdicts import Verdict
from dagster_project.ingest.landing import parser_version
from dagster_project.ingest.landing.landing import Landing
from dagster_project.ingest.vault import sender_rows
from dagster_project.ingest.vault.vault import locate_record, open_vault
from dagster_project.operate.retention import purge
from dagster_project.warehouse.identity import name_file
from dagster_project.warehouse.lock import hold_night_lock
from tests.support.kits.landing_kit import AS_OF, VP, Office
from tests.support.kits.office import FIRST_ROW, NATIONAL_ID, PERSON, PHONE, dossier, workbook
from tests.support.kits.personal_kit import BAD_ID, BY, TITLE, WHY, batch_of, entries, far_from_today, faulty_office
from tests.support.marts.tiny_marts import write_marts

NEEDLES = (PERSON, NATIONAL_ID, PHONE, "Quách Thị Kim", "0912009009")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    far_from_today(monkeypatch)


@pytest.fixture
def office(tmp_path):
    return faulty_office(tmp_path)


def haicap(office: Office, *arguments: str) -> int:
    return run(["vault", *arguments, "--home", str(office.home.root)])


def written(office: Office) -> Iterator[tuple[Path, str]]:
    """Every file of the home but the archive's and the vault's records, as text; Parquet is opened."""
    for path in office.home.root.rglob("*"):
        if path.is_file() and path.suffix != ".bin" and not path.is_relative_to(office.home.archive):
            raw = path.read_bytes().decode("utf-8", "replace")
            yield path, pd.read_parquet(path).to_csv() + raw if path.suffix == ".parquet" else raw


# What is kept --------------------------------------------------------------------------------------------------------


def test_the_record_holds_the_faulty_rows_and_no_other(office):
    cells = open_vault(office.home).get(VP, batch_of(office))
    assert cells["source_row"].tolist() == [FIRST_ROW + 1, FIRST_ROW + 2]
    assert cells["dossier_id"].tolist() == [BAD_ID, "H62.52-250707-0003"]
    assert cells["applicant_name"].tolist() == ["Quách Thị Kim", PERSON]
    assert cells["national_id"].tolist() == [NATIONAL_ID, "0912009009"]
    assert "fee" not in cells


def test_a_file_without_faults_leaves_no_record(tmp_path):
    office = Office(tmp_path)
    office.send_months()
    office.land()
    assert list(office.home.vault.rglob("*")) == []


def test_the_tables_of_a_file_are_read_once(office, monkeypatch):
    monkeypatch.setattr(sender_rows, "read_again", lambda *_: pytest.fail("read a second time"))
    office.send("ho_so_tthc_06_2025.xlsx", workbook([dossier(date(2025, 6, 3), Trạng_thái="?")], "(ngày 30/06/2025)"))
    assert office.land().rows_quarantined == 1
    assert len(list(office.home.vault.rglob("*.bin"))) == 2


class Strict:
    """A judge that refuses the last row of every file."""

    def submit(self, feed: Feed, files: Sequence[Any]) -> Callable[[], list[Verdict]]:
        def verdicts() -> list[Verdict]:
            for file in files:
                last = file.rows.iloc[-1:]
                file.rows = file.rows.iloc[:-1]
                entry = last[["source_sheet", "source_row"]].assign(rule="expectation_failed", message_vi="Sai.")
                file.quarantine, file.held = pd.concat([file.quarantine, entry], ignore_index=True), None
            return []

        return verdicts


def test_rows_that_the_judge_refuses_are_read_again_from_the_archive(tmp_path):
    office = Office(tmp_path)
    path = office.send("ho_so_tthc_07_2025.xlsx", workbook([dossier(date(2025, 7, 7), 8)], TITLE))
    night = Landing(office.home, office.inbox, AS_OF, Strict())
    scan = night.scan()
    assert night.land(VP, scan).rows_quarantined == 1
    path.unlink()
    assert open_vault(office.home).get(VP, batch_of(office))["dossier_id"].tolist() == ["H62.52-250707-0008"]


def test_a_parser_that_refuses_nothing_any_more_takes_the_record_away(office, monkeypatch):
    monkeypatch.setattr(parser_version, "_hash_code", lambda: "another parser")
    path = office.folder / "ho_so_tthc_07_2025.xlsx"
    assert locate_record(office.home.vault, VP, batch_of(office)).exists()

    def contented(*given: Any) -> Any:
        parses = whole(*given)
        for _, opened in parses:
            opened.quarantine, opened.findings = opened.quarantine.iloc[:0], opened.findings.iloc[:0]
            opened.held = opened.held.iloc[:0]
        return parses

    from dagster_project.ingest.landing import parse

    whole = parse.parse_files
    monkeypatch.setattr(parse, "parse_files", contented)
    office.land()
    assert path.exists()
    assert not locate_record(office.home.vault, VP, batch_of(office)).exists()


# Who may look --------------------------------------------------------------------------------------------------------


def test_show_prints_what_the_office_needs_and_logs_it(office, capsys):
    assert haicap(office, "show", batch_of(office), "--by", BY, "--why", WHY) == 0
    said = capsys.readouterr().out
    for words in (BAD_ID, "Quách Thị Kim", "dòng 12", "31/02/2025", "Ngày tiếp nhận", "ho_so_tthc_07_2025.xlsx"):
        assert words in said
    assert "H62.52-250707-0001" not in said
    (entry,) = entries(office)
    assert (entry["by"], entry["why"], entry["granted"]) == (BY, WHY, True)
    assert entry["rows"] == {batch_of(office): "12-13"}
    assert entry["account"]
    assert stat.S_IMODE((office.home.vault / "access.jsonl").stat().st_mode) == 0o600


def test_one_row_is_asked_for_and_only_it_is_logged(office, capsys):
    assert haicap(office, "show", batch_of(office), "--row", "13", "--by", BY, "--why", WHY) == 0
    assert "Quách Thị Kim" not in capsys.readouterr().out
    assert entries(office)[0]["rows"] == {batch_of(office): "13"}


def test_rows_beyond_the_limit_are_neither_shown_nor_logged(office, capsys):
    assert haicap(office, "show", batch_of(office), "--limit", "1", "--by", BY, "--why", WHY) == 0
    said = capsys.readouterr().out
    assert "0912009009" not in said
    assert "Còn 1 dòng nữa" in said
    assert entries(office)[0]["rows"] == {batch_of(office): "12"}


@pytest.mark.parametrize(
    ("target", "logged"),
    [
        ("0ff2f666858648b4", "0ff2f666858648b4"),
        ("c4ca4238a0b923820dcc509a6f75849b", "c4ca4238a0b923820dcc509a6f75849b"),
        ("025199001234", "[số]"),
    ],
    ids=["batch", "gap", "identity number"],
)
def test_the_log_says_what_was_asked_for_but_no_number_of_a_person(office, target, logged):
    """The digits of a batch or gap can look like a phone's; without them nobody could say what was looked at."""
    assert haicap(office, "show", target, "--by", BY, "--why", WHY) != 0
    assert entries(office)[0]["target"] == logged


@pytest.mark.parametrize("given", [[], ["--by", BY], ["--why", WHY], ["--by", " ", "--why", WHY]])
def test_without_name_and_reason_nothing_is_shown_and_the_attempt_is_logged(office, capsys, given):
    assert haicap(office, "show", batch_of(office), *given) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--by" in said.err
    (entry,) = entries(office)
    assert (entry["granted"], entry["target"]) == (False, batch_of(office))
    assert "rows" not in entry


def _wrong_key(office: Office) -> None:
    (office.home.keys / "vault.key").write_bytes(b"x" * 32)


def _tampered(office: Office) -> None:
    path = locate_record(office.home.vault, VP, batch_of(office))
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def _open_key(office: Office) -> None:
    (office.home.keys / "vault.key").chmod(0o644)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(_wrong_key, "khóa không đúng"), (_tampered, "đã bị sửa"), (_open_key, "mở cho người khác đọc")],
)
def test_a_vault_that_does_not_open_is_one_clear_line_and_a_logged_refusal(office, capsys, spoil, says):
    spoil(office)
    assert haicap(office, "show", batch_of(office), "--by", BY, "--why", WHY) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert not any(needle in said.err for needle in NEEDLES)
    assert [(e["granted"], says in e["refusal"]) for e in entries(office)] == [(False, True)]


def test_no_log_no_rows(office, capsys):
    (office.home.vault / "access.jsonl").mkdir()
    assert haicap(office, "show", batch_of(office), "--by", BY, "--why", WHY) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Không ghi được nhật ký" in said.err


def test_an_office_cannot_command_the_terminal(tmp_path, capsys):
    office = Office(tmp_path)
    row = dossier(date(2025, 7, 7), 1, Người_nộp="Xa\u009b31m\u202eThử", Ngày_tiếp_nhận="31/02/2025")
    office.send("ho_so_tthc_07_2025.xlsx", workbook([row], TITLE))
    office.land()
    assert haicap(office, "show", batch_of(office), "--by", BY, "--why", WHY) == 0
    said = capsys.readouterr().out
    assert all(letter.isprintable() or letter == "\n" for letter in said)


GAPS = """
alter table marts.data_gap add column detail varchar;
insert into marts.data_gap (gap_id, feed_id, period, kind, measure, detail) values
    ('date', 'procedures_vp', '2025-07', 'quarantined_rows', 'impossible_date', 'received_at'),
    ('june', 'procedures_vp', '2025-06', 'quarantined_rows', 'impossible_date', 'received_at');
update marts.data_gap set commune_code = {commune} where gap_id in ('date', 'june');
create table marts.source_file as
select 'procedures_vp' as feed_id, '{batch}' as batch_id, 'accepted' as state, false as is_superseded,
    date '2025-07-13' as data_date;
"""


def test_a_gap_leads_to_its_rows_alone(office, capsys):
    quarantine = next(office.home.landing.rglob("quarantine-*.parquet"))
    with duckdb.connect() as engine:
        commune = engine.execute(f"select commune_code from '{quarantine}'").fetchone()[0]
    extra = GAPS.format(batch=batch_of(office), commune="null" if commune is None else f"'{commune}'")
    office.home.current.symlink_to(
        write_marts(office.home.published / name_file("2025-07-13-0a1b2c3d"), extra=extra).name
    )
    assert haicap(office, "show", "date", "--by", BY, "--why", WHY) == 0
    said = capsys.readouterr().out
    assert "Quách Thị Kim" in said
    assert "0912009009" not in said
    assert haicap(office, "show", "june", "--by", BY, "--why", WHY) == 2
    assert haicap(office, "show", "g2", "--by", BY, "--why", WHY) == 2
    assert haicap(office, "show", NATIONAL_ID, "--by", BY, "--why", WHY) == 2
    assert [(e["target"], e["granted"]) for e in entries(office)] == [
        ("date", True), ("june", False), ("g2", False), ("[số]", False),
    ]  # fmt: skip


def test_the_log_at_the_command_line(office, capsys):
    haicap(office, "show", batch_of(office), "--by", BY, "--why", f"{WHY} của {NATIONAL_ID}, máy {PHONE}")
    haicap(office, "show", batch_of(office))
    capsys.readouterr()
    assert haicap(office, "log") == 0
    said = capsys.readouterr().out
    assert BY in said
    assert "từ chối" in said
    assert haicap(office, "log", "--verify") == 0
    assert "2 dòng" in capsys.readouterr().out
    log = office.home.vault / "access.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[1:]))
    assert haicap(office, "log", "--verify") == 1
    assert "không nối với" in capsys.readouterr().err


def test_nothing_personal_outside_archive_and_vault(office, capsys):
    batch = batch_of(office)
    haicap(office, "show", batch)
    haicap(office, "show", batch, "--by", BY, "--why", f"Dân hỏi, số {NATIONAL_ID}, gọi {PHONE}")
    haicap(office, "show", PHONE, "--by", BY, "--why", WHY)
    assert haicap(office, "rotate-keys", "--archive", "--vault") == 0
    capsys.readouterr()
    _wrong_key(office)
    haicap(office, "show", batch, "--by", BY, "--why", WHY)
    haicap(office, "log")
    with hold_night_lock(office.home):
        purge(office.home, date(2027, 1, 1))
    said = capsys.readouterr()
    files = dict(written(office))
    assert {"access.jsonl", "access.head", "purge.jsonl", "purge.head"} <= {path.name for path in files}
    for needle in NEEDLES:
        assert [path for path, content in files.items() if needle in content] == []
        assert needle not in said.out + said.err
