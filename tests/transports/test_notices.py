"""Who is told what: one digest an owner, when something changed, and not again."""

from __future__ import annotations

import json
from datetime import date, timedelta

import duckdb
import pytest

from dagster_project.core.errors import AuditRefusal
from dagster_project.core.paths import Home
from dagster_project.ingest.transports.pull_faults import PullFault
from dagster_project.operate.owner_digests import OPERATORS, write_notices
from tests.support.kits.kit import registry

DAY = date(2025, 7, 13)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.published.mkdir()
    home.current.symlink_to("haicap-1.duckdb")
    publish(home, [])
    return home


def publish(home, gaps):
    path = home.published / "haicap-1.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as marts:
        marts.execute("create schema marts")
        marts.execute(
            "create table marts.data_gap (gap_id varchar, feed_id varchar, kind varchar, state varchar, "
            "who_fixes varchar, what_to_do_vi varchar)"
        )
        marts.executemany("insert into marts.data_gap values (?, ?, ?, 'open', ?, ?)", gaps or [[None] * 5])


LATE = ["g1", "procedures_vp", "late", "Sở A", "Gửi ngay kỳ còn thiếu."]
MISSING = ["g2", "housing_vp", "missing_period", "Sở A", "Gửi tháng 6."]
OTHER = ["g3", "investment_hb", "blocked_file", "Sở B", "Gửi lại tệp."]


def tell(home, day=DAY, pulls=None, night=None):
    return {digest.to: digest for digest in write_notices(home, registry(), day, pulls or {}, night)}


def test_one_digest_an_owner_and_only_on_change(home):
    assert tell(home) == {}
    assert not home.outbox.exists()
    publish(home, [LATE, MISSING, OTHER, ["g4", "housing_vp", "quarantined_rows", "Sở A", "x"]])
    told = tell(home)
    assert set(told) == {"Sở A", "Sở B"}
    assert told["Sở A"].body.count("\n- ") == 2
    kept = json.loads(told["Sở A"].path.read_text(encoding="utf-8"))
    assert (kept["to"], kept["subject"]) == ("Sở A", "haicap 13/07/2025: 2 việc cần xử lý")
    publish(home, [[*LATE[:4], "Gửi ngay, đã 3 ngày."], MISSING, OTHER])  # older, and still the same trouble
    assert tell(home, DAY + timedelta(days=1)) == {}
    publish(home, [MISSING, OTHER])
    told = tell(home, DAY + timedelta(days=2))
    assert set(told) == {"Sở A"}
    assert "Đã xong:\n- Hồ sơ" in told["Sở A"].body
    assert "Vẫn còn:" in told["Sở A"].body
    publish(home, [OTHER])
    assert tell(home, DAY + timedelta(days=3))["Sở A"].subject.endswith("mọi việc đã xong")
    assert len(list(home.outbox.glob("2025-*.json"))) == 4


def test_a_pull_or_a_night_that_fails_is_for_the_operators(home):
    fault = PullFault("timeout")
    told = tell(home, pulls={"procedures_pt": fault, "procedures_hb": None}, night=AuditRefusal("Tổng không khớp."))
    assert set(told) == {OPERATORS}
    assert "Quá thời gian chờ" in told[OPERATORS].body
    assert "Tổng không khớp" in told[OPERATORS].body
    assert tell(home, pulls={"procedures_pt": PullFault("timeout")}, night=AuditRefusal("Tổng không khớp.")) == {}
    assert set(tell(home, pulls={"procedures_pt": PullFault("unauthorized")})) == {OPERATORS}


def test_a_killed_telling_writes_the_same_file_again(home):
    publish(home, [LATE])
    (first,) = tell(home).values()
    before = first.path.read_bytes()
    (home.outbox / "told.json").unlink()
    (again,) = tell(home).values()
    assert (again.path, again.path.read_bytes()) == (first.path, before)
