"""Great Expectations after validation: refused rows go to their own file's quarantine; an error is no verdict."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dagster_project.core.errors import HaicapError
from dagster_project.core.workers import Bounds
from dagster_project.quality import judge as quality
from dagster_project.quality.judge import Judge, list_suite_checks
from tests.support.kits.validate_kit import dossier, feed, list_refusals, raw_table, validate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as running:
        yield running


def broken_suite(folder: Path, kind: str) -> Path:
    expectation = {
        "type": kind,
        "kwargs": {"column": "no_such_column"},
        "meta": {"check": "broken_rule", "on_failure": "quarantine"},
    }
    path = folder / "broken.json"
    path.write_text(json.dumps({"name": "broken", "expectations": [expectation]}), encoding="utf-8")
    return path


def test_good_rows_pass_every_expectation(judge):
    result = validate(raw_table(dossier(), dossier(dossier_id="H62.52-250702-0002")))
    verdicts = judge.submit(feed(), [result])()
    assert sorted(v.name for v in verdicts) == sorted(e["meta"]["check"] for e in list_suite_checks("procedures"))
    assert all(v.passed for v in verdicts), [v for v in verdicts if not v.passed]
    assert len(result.rows) == 2


def test_a_failing_row_goes_to_the_quarantine_of_its_own_file(judge):
    first = validate(raw_table(dossier(), dossier(dossier_id=None)), raw_table(dossier(), sheet="Tháng 8"))
    second = validate(raw_table(dossier(), dossier(), dossier()))
    second.rows["status_code"] = pd.array([10, 77, 10], dtype="Int32")  # a bug of validation that the judge must catch
    read = second.rows_read
    verdicts = {v.name: v for v in judge.submit(feed(), [first, second])()}
    assert not verdicts["status_code_in_list"].passed
    assert verdicts["status_code_in_list"].severity == "critical"
    assert second.rows["source_row"].tolist() == [11, 13]
    assert list_refusals(second) == [(12, "status_code", "status_code_in_list")]
    assert second.quarantine["commune_code"].tolist() == ["09025"]
    assert read == len(second.rows) + second.rows_quarantined + second.rows_not_data
    assert len(first.rows) == 2
    assert list_refusals(first) == [(12, "dossier_id", "missing_value")]


def test_a_row_without_a_sheet_is_found_too(judge):
    result = validate(raw_table(dossier(), dossier(), sheet=None))
    result.rows["unit_level"] = pd.array(["commune", "kingdom"], dtype="str")
    judge.submit(feed(), [result])()
    assert result.rows["source_row"].tolist() == [11]


def test_what_is_only_suspicious_stays_and_is_told(judge):
    result = validate(raw_table(dossier(finished_at="01/07/2025"), dossier(dossier_id="HS-17")))
    failed = [v for v in judge.submit(feed(), [result])() if not v.passed]
    assert {v.name for v in failed} == {"finished_before_received", "dossier_id_pattern"}
    assert {v.severity for v in failed} == {"warning"}
    assert len(result.rows) == 2


def test_a_file_with_no_row_left_is_judged(judge):
    result = validate(raw_table(dossier(dossier_id=None)))
    assert all(v.passed for v in judge.submit(feed(), [result])())


@pytest.mark.parametrize("kind", ["expect_column_values_to_not_be_null", "expect_the_impossible"])
def test_an_expectation_that_errs_is_no_verdict_and_stops_only_its_feed(judge, tmp_path, monkeypatch, kind):
    path = broken_suite(tmp_path, kind)
    result = validate(raw_table(dossier()))
    with monkeypatch.context() as patched:
        patched.setattr(quality, "list_suite_files", lambda domain: [path])
        with pytest.raises(HaicapError, match=r"Không đánh giá được quy tắc .* của nguồn procedures_vp") as raised:
            judge.submit(feed(), [result])()
    assert raised.value.exit_code == 1
    assert len(result.rows) == 1
    assert all(v.passed for v in judge.submit(feed(), [result])())


def test_a_worker_that_dies_is_said_so_and_the_next_feed_is_judged_by_another():
    with Judge() as running:
        running.submit(feed(), [validate(raw_table(dossier()))])()
        os.kill(running.worker.process_id, signal.SIGKILL)
        with pytest.raises(HaicapError, match=r"nguồn procedures_vp: tiến trình bị dừng \(SIGKILL\)"):
            running.submit(feed(), [validate(raw_table(dossier()))])()
        assert all(v.passed for v in running.submit(feed(), [validate(raw_table(dossier()))])())


def test_a_worker_that_takes_too_long_is_said_so():
    with Judge(Bounds(seconds=0.001)) as running, pytest.raises(HaicapError, match=r"nguồn procedures_vp: quá .* giây"):
        running.submit(feed(), [validate(raw_table(dossier()))])()


def test_several_feeds_may_wait_for_their_verdicts(judge):
    good, bad = validate(raw_table(dossier())), validate(raw_table(dossier(received_at="2025-07-20 08:00")))
    first, second = judge.submit(feed(), [good]), judge.submit(feed(), [bad])
    assert len({v.name for v in second()}) == len(list_suite_checks("procedures"))
    assert all(v.passed for v in first())


def test_a_night_that_ends_without_the_verdicts_does_not_wait_for_them():
    many = validate(raw_table(*[dossier(dossier_id=f"H62.52-250702-{n:04}") for n in range(50)]))
    with Judge() as running:
        running.submit(feed(), [many])()
        process = running.worker.process_id
        for _ in range(3):
            running.submit(feed(), [many])
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_night_never_imports_great_expectations():
    """It would take its seconds and its memory a second time; an answer with an object of the library would do so."""
    code = """
import sys
from dagster_project.quality.judge import Judge
from tests.support.kits.validate_kit import dossier, feed, validate, raw_table
with Judge() as judge:
    assert judge.submit(feed(), [validate(raw_table(dossier()))])()
assert "great_expectations" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
