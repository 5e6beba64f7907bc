"""Files from another machine: SFTP with keys against a real server, and a folder elsewhere."""

from __future__ import annotations

import os
import socket

import asyncssh
import pytest

from tests.support.kits.kit import office
from tests.support.servers.sftp_server import SftpServer

HB = "procedures_hb"


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "sent"
    (folder / "2025").mkdir(parents=True)
    (folder / "hoso_thang_06_2025.csv").write_bytes(b"sau")
    (folder / "2025" / "hoso_thang_07_2025.csv").write_bytes(b"bay")
    for ignored in (".hidden", "~$x.csv", "y.csv.part"):
        (folder / ignored).write_bytes(b"?")
    (folder / "link.csv").symlink_to("/etc/passwd")
    with SftpServer(folder, tmp_path / "keys") as running:
        yield running


def hb(tmp_path, server, limits=None, **changed):
    source = {
        "kind": "sftp", "host": "127.0.0.1", "port": server.port, "user": "haicap", "path": "/",
        "key_file": str(server.key), "known_hosts_file": str(server.known_hosts),
    }  # fmt: skip
    return office(tmp_path, {HB: source | changed}, **(limits or {}))


NAMES = ["2025/hoso_thang_07_2025.csv", "hoso_thang_06_2025.csv"]


def test_files_come_in_any_depth_under_their_names_once(tmp_path, server):
    here = hb(tmp_path, server)
    assert here.pull()[HB].fault is None
    assert here.names(HB) == NAMES
    assert here.contents(HB)[NAMES[0]] == b"bay"
    server.opened.clear()
    assert here.pull()[HB].files == 0
    assert server.opened == []


def test_a_file_sent_again_is_fetched_again_and_one_taken_back_stays(tmp_path, server):
    here = hb(tmp_path, server)
    here.pull()
    (server.folder / NAMES[0]).write_bytes(b"bay, lan 2")
    (server.folder / NAMES[1]).unlink()
    assert here.pull()[HB].files == 1
    assert here.contents(HB) == {NAMES[0]: b"bay, lan 2", NAMES[1]: b"sau"}
    os.utime(server.folder / NAMES[0], (1, 1))  # another time, the same bytes
    assert here.pull()[HB].files == 0


def test_a_file_that_changes_while_it_is_read_waits_for_another_night(tmp_path, server, monkeypatch):
    here = hb(tmp_path, server)
    from dagster_project.ingest.transports import files

    whole = files._stamp
    seen = []

    def growing(entry):
        seen.append(entry["name"])
        return [whole(entry)[0] + (len(seen) > 2 and "07" in entry["name"]), whole(entry)[1]]

    monkeypatch.setattr(files, "_stamp", growing)
    assert here.pull()[HB].fault is None
    assert here.names(HB) == NAMES[1:]
    monkeypatch.undo()
    assert here.pull()[HB].files == 1


def test_a_cut_connection_is_taken_up_where_it_broke(tmp_path, server):
    for n in range(70):
        (server.folder / f"a{n:02d}.csv").write_bytes(b"%d" % n)
    here = hb(tmp_path, server)
    server.cuts_after = 130  # a little before the last of a batch of 64 and eight
    assert here.pull()[HB].fault is None
    assert server.connections == 2
    assert len(here.names(HB)) == len(set(here.names(HB))) == 72


def test_a_file_that_may_not_be_read_stops_no_other_and_is_named(tmp_path, server):
    here = hb(tmp_path, server)
    server.forbidden = {"hoso_thang_07_2025.csv"}
    fault = here.pull()[HB].fault
    assert (fault.kind, NAMES[0] in fault.message_vi) == ("no_permission", True)
    assert here.names(HB) == NAMES[1:]
    server.forbidden = set()
    assert here.pull()[HB].files == 1


def another_key(server):
    key = server.keys / "another"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(key))
    key.chmod(0o600)
    return {"key_file": str(key)}


def another_host(server):
    hosts = server.keys / "another_hosts"
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    hosts.write_text(f"[127.0.0.1]:{server.port} {public}")
    return {"known_hosts_file": str(hosts)}


def open_key(server):
    server.key.chmod(0o644)
    return {}


def free_port(_):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return {"port": free.getsockname()[1]}


WRONG = {
    "bad_key": another_key,
    "unknown_host_key": another_host,
    "unusable_key": open_key,
    "refused": free_port,
    "no_folder": lambda _: {"path": "/khong-co"},
    "name_unresolved": lambda _: {"host": "may-chu.invalid"},
    "no_secret": lambda _: {"key_file": None},
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_server_is_told_apart(tmp_path, server, kind):
    here = hb(tmp_path, server, **WRONG[kind](server))
    assert here.pull()[HB].fault.kind == kind
    assert here.names(HB) == []


def test_a_server_that_falls_silent_costs_its_time_and_the_others_come(tmp_path, server):
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "a.xlsx").write_bytes(b"a")
    here = hb(tmp_path, server, limits={"deadline_seconds": 1.5, "parallel": 2})
    here.feeds["procedures_vp"] = {"kind": "folder", "path": str(folder)}
    here.feeds["housing_vp"] = {"kind": "folder", "path": str(folder)}
    server.hangs = True
    pulled = here.pull()
    assert pulled[HB].fault.kind == "deadline"
    assert (pulled["procedures_vp"].files, pulled["housing_vp"].files) == (1, 1)
    assert here.state(HB).failures == 1
    server.hangs = False
    assert here.pull()[HB].files == 2


def test_a_folder_elsewhere_and_a_share_that_is_not_there(tmp_path):
    folder = tmp_path / "share" / "thang 7"
    folder.mkdir(parents=True)
    (folder / "a.xlsx").write_bytes(b"a")
    here = office(tmp_path, {"procedures_vp": {"kind": "folder", "path": str(folder.parent)}})
    assert here.pull()["procedures_vp"].files == 1
    assert here.names("procedures_vp") == ["thang 7/a.xlsx"]
    folder.parent.rename(tmp_path / "gone")
    assert here.pull()["procedures_vp"].fault.kind == "no_folder"
    assert here.state("procedures_vp").failing_since is not None


def test_a_past_period_is_fetched_again_by_the_date_in_the_names(tmp_path, server):
    from datetime import date

    here = hb(tmp_path, server)
    here.pull()
    server.opened.clear()
    assert here.pull(start=date(2025, 6, 1), end=date(2025, 6, 30))[HB].files == 0
    assert server.opened == ["hoso_thang_06_2025.csv"]


def test_a_file_larger_than_allowed_is_not_taken(tmp_path, server):
    (server.folder / "z.csv").write_bytes(b"x" * 30_000)
    here = hb(tmp_path, server, limits={"max_megabytes": 0.02})
    assert here.pull()[HB].fault.kind == "too_big"
    assert here.names(HB) == NAMES


@pytest.mark.parametrize("listed", ["../lac.csv", "/etc/hostname", "2025/../../lac.csv", "a\0.csv", "x" * 300 + ".csv"])
def test_a_name_that_leads_elsewhere_is_left_alone_and_told_and_the_others_come(tmp_path, server, listed):
    here = hb(tmp_path, server)
    server.made_up = [listed]
    fault = here.pull()[HB].fault
    assert (fault.kind, "lac" in str(fault)) == ("bad_name", False)
    assert here.names(HB) == NAMES
    assert server.opened == ["hoso_thang_07_2025.csv", "hoso_thang_06_2025.csv"]


def test_a_server_that_makes_up_folders_without_end_is_given_up(tmp_path, server):
    here = hb(tmp_path, server)
    server.has_endless_folders = True
    assert here.pull()[HB].fault.kind == "too_many_files"
    assert here.names(HB) == []
