"""Archive, list of arrivals and keys: whole or absent, owner-only, unreadable without the key."""

import hashlib
import hmac
import stat
from datetime import date

import pandas as pd
import pytest

from dagster_project.core.errors import HaicapError
from dagster_project.core.keys import load_key
from dagster_project.ingest.normalise.pseudonym import pseudonymise
from dagster_project.ingest.receive.archive import Archive
from dagster_project.ingest.receive.arrivals import Arrival, ArrivalList

CONTENT = "Mã hồ sơ;Nguyễn Văn Ví Dụ".encode()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def test_archive_gives_back_the_bytes_and_hides_them_at_rest(tmp_path):
    archive = Archive(tmp_path / "archive", b"k" * 32)
    archive.put(DIGEST, CONTENT)
    stored = archive.locate(DIGEST)
    assert archive.get(DIGEST) == CONTENT
    assert "Nguyễn".encode() not in stored.read_bytes()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    first = stored.read_bytes()
    archive.put(DIGEST, CONTENT)
    assert stored.read_bytes() == first


def test_archive_with_the_wrong_key_says_so(tmp_path):
    Archive(tmp_path, b"k" * 32).put(DIGEST, CONTENT)
    with pytest.raises(HaicapError, match="Không giải mã được"):
        Archive(tmp_path, b"x" * 32).get(DIGEST)


def test_archive_without_the_file_says_whom_to_ask(tmp_path):
    with pytest.raises(HaicapError) as fault:
        Archive(tmp_path, b"k" * 32).get(DIGEST)
    assert "gửi lại" in fault.value.remedy_vi


def test_the_list_of_arrivals_survives_a_torn_last_line(tmp_path):
    path = tmp_path / "manifest.jsonl"
    one = Arrival("procedures_vp", "tháng 1.xlsx", "a" * 64, 10, date(2025, 7, 14))
    two = Arrival("procedures_vp", "tháng 2.xlsx", "b" * 64, 11, date(2025, 7, 15))
    ArrivalList(path).append([one, two])
    path.write_bytes(path.read_bytes()[:-20])
    assert ArrivalList(path).read_arrivals() == (one,)
    ArrivalList(path).append([two])
    assert ArrivalList(path).read_arrivals() == (one, two)


def test_the_list_of_arrivals_survives_a_line_cut_anywhere(tmp_path):
    path = tmp_path / "manifest.jsonl"
    arrival = Arrival("procedures_vp", "tháng 1.xlsx", "a" * 64, 10, date(2025, 7, 14))
    ArrivalList(path).append([arrival])
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        assert ArrivalList(path).read_arrivals() in ((), (arrival,))


@pytest.mark.parametrize("damage", [b"{r\xc3\xa1c", b"7", b"{}", b'{"feed_id": "a", "file": "b"}', b"\x00\xff"])
def test_a_damaged_line_of_the_list_of_arrivals_is_named_and_loses_nothing_in_silence(tmp_path, damage):
    path = tmp_path / "manifest.jsonl"
    ArrivalList(path).append([Arrival("procedures_vp", "a.xlsx", "a" * 64, 10, date(2025, 7, 14))])
    path.write_bytes(path.read_bytes() + damage + b"\n")
    with pytest.raises(HaicapError, match=f"dòng 2 của {path}") as fault:
        ArrivalList(path).read_arrivals()
    assert "bản sao lưu" in fault.value.remedy_vi


def test_the_list_of_arrivals_keeps_an_arrival_once(tmp_path):
    arrival = Arrival("procedures_vp", "a.xlsx", "a" * 64, 10, date(2025, 7, 14))
    arrivals = ArrivalList(tmp_path / "m.jsonl")
    arrivals.append([arrival])
    arrivals.append([arrival])
    assert len((tmp_path / "m.jsonl").read_text().splitlines()) == 1


def test_pseudonym_is_hmac_sha256_and_keeps_missing_missing():
    key = bytes(range(32))
    values = pd.Series(["012345678901", None, "Đặng"], dtype="str", index=[7, 8, 9])
    tokens = pseudonymise(values, key)
    for index in (7, 9):
        assert tokens[index] == hmac.new(key, values[index].encode(), hashlib.sha256).hexdigest()[:32]
    assert pd.isna(tokens[8])


def test_key_file_is_made_once_and_only_for_its_owner(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    key = load_key("pseudonym", tmp_path / "keys", "SOME_KEY")
    path = tmp_path / "keys" / "pseudonym.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key("pseudonym", tmp_path / "keys", "SOME_KEY") == key
    path.chmod(0o644)
    with pytest.raises(HaicapError, match="mở cho người khác"):
        load_key("pseudonym", tmp_path / "keys", "SOME_KEY")


def test_key_from_the_environment_must_be_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "ab" * 32)
    assert load_key("pseudonym", tmp_path, "SOME_KEY") == bytes.fromhex("ab" * 32)
    monkeypatch.setenv("SOME_KEY", "ab")
    with pytest.raises(HaicapError, match="32 byte"):
        load_key("pseudonym", tmp_path, "SOME_KEY")
