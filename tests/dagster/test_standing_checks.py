"""A night that brings nothing to judge shows in Dagster what each check last said, with its day."""

from __future__ import annotations

import shutil
from datetime import date

import dagster as dg
import pytest

from dagster_project.contracts.verdicts import FILES_CHECK
from dagster_project.core.paths import Home
from dagster_project.defs.assets.published import FRESHNESS_CHECK
from dagster_project.defs.jobs import JOB
from dagster_project.defs.location import build_definitions
from tests.support.nights.steps_home import FEEDS, TODAY, YESTERDAY, make_home, night_inbox

pytestmark = pytest.mark.drill
Said = dict[tuple[tuple[str, ...], str], dg.AssetCheckEvaluation]
OTHER, DAY = "procedures_vp", "kết luận của ngày"


class Office:
    """A home with an inbox, and Dagster beside it in this process."""

    def __init__(self, home: Home, inbox) -> None:
        self.home, self.inbox = home, inbox
        self.job = build_definitions(home).resolve_job_def(JOB)

    def night(self, as_of: date) -> Said:
        told = {"home": str(self.home.root), "inbox": str(self.inbox), "as_of": as_of.isoformat()}
        config = {
            "resources": {"night": {"config": told}},
            "loggers": {"console": {"config": {"log_level": "ERROR"}}},
        }
        with dg.DagsterInstance.ephemeral() as instance:
            result = self.job.execute_in_process(instance=instance, run_config=config)
        return {(tuple(e.asset_key.path), e.check_name): e for e in result.get_asset_check_evaluations()}


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    home = make_home(tmp_path_factory.mktemp("standing"))
    inbox = home.root.with_name("inbox")
    shutil.copytree(night_inbox(home, TODAY), inbox)
    (inbox / OTHER / "hỏng.xlsx").write_bytes(b"not a workbook")
    return Office(home, inbox)


def judge(said: Said) -> dict[object, object]:
    """Each check's verdict; of one that passed the severity means nothing."""
    return {key: check.passed or check.severity for key, check in said.items()}


@pytest.mark.long
def test_every_check_keeps_its_verdict_and_its_day(office: Office) -> None:
    first = office.night(TODAY)
    assert len(first) > 100
    live = {key for key, said in first.items() if DAY not in said.metadata}
    broken = (("landing", OTHER), FILES_CHECK)
    assert not first[broken].passed
    assert broken in live

    second = office.night(TODAY)  # nothing is new, nothing is built
    assert set(second) == set(first)
    assert judge(second) == judge(first)
    standing = {key: said.metadata[DAY].value for key, said in second.items() if DAY in said.metadata}
    always = {key for key in second if key[1] == FRESHNESS_CHECK}
    never_came = {key for key in second if key[0][0] == "landing" and key[0][1] not in FEEDS and key[1] == FILES_CHECK}
    assert set(standing) == set(second) - always - never_came
    assert set(standing.values()) == {"13/07/2025"}
    assert not second[broken].passed
    assert "hỏng.xlsx" in str(second[broken].metadata["ví dụ"].value)

    # A day computed aside writes its own verdicts; those of the standing version are still told.
    aside = office.night(YESTERDAY)
    assert {
        said.metadata[DAY].value for key, said in aside.items() if key[0][0] == "landing" and DAY in said.metadata
    } == {"13/07/2025"}
    assert not any(DAY in said.metadata for key, said in aside.items() if key[0][0] == "marts")

    # One feed brings something: its checks speak anew, the others' verdicts stand.
    shutil.copyfile(next((office.inbox / OTHER).glob("*07*.xlsx")), office.inbox / OTHER / "gửi lại tháng 7.xlsx")
    changed = office.inbox / OTHER / "gửi lại tháng 7.xlsx"
    changed.write_bytes(changed.read_bytes() + b"\0")
    third = office.night(TODAY)
    assert DAY not in third[broken].metadata
    quiet = [
        said for key, said in third.items() if key[0] == ("landing", "procedures_pt") and key[1] != FRESHNESS_CHECK
    ]
    assert len(quiet) > 3
    assert {said.metadata[DAY].value for said in quiet} == {"13/07/2025"}
    assert not any(DAY in said.metadata for key, said in third.items() if key[0][0] == "marts")


@pytest.mark.long
def test_a_rehearsal_leaves_the_verdicts_of_the_standing_version(office: Office) -> None:
    office.night(TODAY)
    told = {"home": str(office.home.root), "inbox": str(office.inbox), "as_of": "2030-01-01", "allow_future": True}
    refused = {"resources": {"night": {"config": told | {"allow_future": False}}}}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        assert not office.job.execute_in_process(
            instance=instance, run_config=refused | quiet, raise_on_error=False
        ).success
        rehearsed = office.job.execute_in_process(
            instance=instance, run_config={"resources": {"night": {"config": told}}} | quiet
        )
    (published,) = (e for e in rehearsed.get_asset_materialization_events() if e.asset_key == dg.AssetKey("published"))
    assert "Diễn tập" in published.materialization.metadata["để riêng"].value
    said = office.night(TODAY)
    marts = [check for key, check in said.items() if key[0][0] == "marts"]
    assert len(marts) > 20
    assert {check.metadata[DAY].value for check in marts} == {"13/07/2025"}
