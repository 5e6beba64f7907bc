"""What an operator reads: doctor, pull, and the night's own lines about sources that failed."""

from __future__ import annotations

import json

import pytest
import yaml

from dagster_project.cli import night_answer, published
from dagster_project.cli.app import run
from dagster_project.ingest.transports.cursors import PullState
from dagster_project.ingest.transports.pull import PullResult
from dagster_project.ingest.transports.pull_faults import WORDS, PullFault
from tests.support.servers.sftp_server import SftpServer
from tests.support.servers.web_server import TOKEN, WebServer

HB, PT, VP = "procedures_hb", "procedures_pt", "housing_vp"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Three sources: an SFTP server, a web server, and a share that is not there."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("HAICAP_INBOX", "HAICAP_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / "hoso_thang_07_2025.csv").write_bytes(b"x")
    with SftpServer(tmp_path / "sent", tmp_path / "keys") as sftp, WebServer() as web:
        sources = {
            HB: {"kind": "sftp", "host": "127.0.0.1", "port": sftp.port, "user": "haicap", "path": "/",
                 "key_file": str(sftp.key), "known_hosts_file": str(sftp.known_hosts)},
            PT: {"kind": "http", "url": web.url, "token_over_http": True},
            VP: {"kind": "folder", "path": str(tmp_path / "not-there")},
        }  # fmt: skip
        root = tmp_path / "home"
        (root / "secrets").mkdir(parents=True)
        told = {"sources": sources, "pull": {"attempts": 1, "connect_seconds": 2, "read_seconds": 2}}
        (root / "haicap.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
        secret = root / "secrets" / f"{PT}.token"
        secret.write_text(TOKEN, encoding="utf-8")
        secret.chmod(0o600)
        yield root


def doctor(home, capsys, *feeds) -> dict[str, dict]:
    code = run(["doctor", *feeds, "--home", str(home), "--json"])
    found = {each["what"]: each for each in json.loads(capsys.readouterr().out)}
    assert code == (0 if all(each["is_good"] for each in found.values()) else 3)
    return found


def test_doctor_tries_each_source_and_says_what_is_wrong(home, capsys):
    found = doctor(home, capsys)
    assert (found[HB]["is_good"], found[HB]["said"]) == (True, "thấy 1 tệp")
    assert found[PT]["is_good"]
    assert (found[VP]["is_good"], WORDS["no_folder"][0] in found[VP]["said"]) == (False, True)
    assert found["procedures_vp"]["how"] == "hộp thư"
    (home / "secrets" / f"{PT}.token").write_text("expired", encoding="utf-8")
    (home.parent / "keys" / "known_hosts").write_text("", encoding="utf-8")
    found = doctor(home, capsys, PT, HB)
    assert "401" in found[PT]["said"]
    assert WORDS["unknown_host_key"][0] in found[HB]["said"]
    assert "expired" not in str(found)
    assert run(["doctor", "--home", str(home)]) == 3
    assert "HỎNG" in capsys.readouterr().out


def test_doctor_names_a_feed_that_is_none(home, capsys):
    assert run(["doctor", "procedures", "--home", str(home)]) == 2
    assert "procedures_vp" in capsys.readouterr().err


def test_pull_says_what_came_and_what_did_not(home, capsys):
    assert run(["pull", "--home", str(home), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told[HB] == {"files": 1, "fault": None}
    assert told[VP] == {"files": 0, "fault": "no_folder"}
    assert run(["pull", HB, "--home", str(home)]) == 0
    assert "haicap refresh" not in capsys.readouterr().out, "nothing came that a night would read"
    (home.parent / "sent" / "hoso_thang_08_2025.csv").write_bytes(b"y")
    assert run(["pull", "--home", str(home)]) == 3
    said = capsys.readouterr().out
    assert "haicap refresh" in said
    assert "haicap doctor" in said
    assert run(["pull", HB, "--home", str(home), "--from", "2025-07-02", "--to", "2025-07-01"]) == 2
    assert run(["pull", "planning", "--home", str(home)]) == 2


def test_the_night_and_the_status_tell_of_a_source_that_failed(capsys):
    fault = PullFault("unknown_host_key")
    night_answer._print_feeds(
        {
            "pulls": {HB: night_answer._describe_pull(PullResult(HB, 2, fault))},
            "feeds": [],
            "still_written": [],
            "strangers": {},
        }
    )
    assert f"{HB}: KHÔNG lấy được hết từ nguồn" in capsys.readouterr().out
    state = (
        PullState()
        .record_failure("2025-07-13T02:31:00+07:00", fault)
        .record_failure("2025-07-14T02:31:00+07:00", fault)
    )
    _, succeeded, said, since = published._make_pull_row((HB, state))
    assert (succeeded, since.day) == (None, 13)
    assert "lần thứ 2" in said


def test_every_fault_has_its_words():
    assert all(what and remedy for what, remedy in WORDS.values())
    for kind in WORDS:
        assert PullFault(kind).message_vi.endswith(".")
