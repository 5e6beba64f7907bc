"""A pull that dies at any of its steps: nothing stays half landed, the next one has every row once, nobody in the
clear."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from dagster_project.core.durable_files import FAULT_VARIABLE
from dagster_project.ingest.receive.arrivals import ArrivalList
from dagster_project.simulate import build_world, simulate
from dagster_project.simulate import list_needles as persons_of
from tests.support.kits.kit import AS_OF, QUICK, office
from tests.support.nights.needles import Needles, scan_home
from tests.support.servers.web_server import TOKEN, WebServer

PT = "procedures_pt"
SEED, SCALE = 11, 0.0005


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    inbox = tmp_path_factory.mktemp("kill") / "inbox"
    simulate(inbox, seed=SEED, scale=SCALE, as_of=AS_OF, feeds=(PT,), with_truth=False)
    with WebServer(folder=inbox) as running:
        yield running


def pull(here, server, step: str = "") -> subprocess.CompletedProcess[str]:
    """As an operator does, for the day after the season: told by the environment alone."""
    told = {
        "NO_PROXY": "127.0.0.1", "HAICAP_HOME": str(here.home.root), "HAICAP_SOURCES__PROCEDURES_PT__KIND": "http",
        "HAICAP_SOURCES__PROCEDURES_PT__URL": server.url, "HAICAP_SOURCES__PROCEDURES_PT__TOKEN": TOKEN,
        "HAICAP_SOURCES__PROCEDURES_PT__TOKEN_OVER_HTTP": "true",
        "HAICAP_PULL": json.dumps(QUICK), FAULT_VARIABLE: step,
    }  # fmt: skip
    command = [sys.executable, "-m", "dagster_project.cli", "pull", "--from", "2025-01-01", "--to", str(AS_OF)]
    return subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=False)


def archived(here) -> set[str]:
    return {path.name for path in here.home.archive.glob("??/*")}


@pytest.mark.parametrize("step", ["pull_archived", "pull_listed"])
def test_a_killed_pull_is_taken_up_and_leaves_nothing_half_landed(tmp_path, server, step):
    here = office(tmp_path, {})
    assert pull(here, server, step).returncode == 137
    listed = {a.sha256 for a in ArrivalList(here.home.arrivals).read_arrivals()}
    assert (archived(here) - listed != set()) == (step == "pull_archived")
    done = pull(here, server)
    assert done.returncode == 0, done.stdout + done.stderr
    assert archived(here) == {a.sha256 for a in ArrivalList(here.home.arrivals).read_arrivals()}
    folder = server.folder / PT
    assert here.contents(PT) == {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.json")}
    assert TOKEN not in done.stdout + done.stderr


def test_what_was_archived_and_is_gone_from_the_source_by_the_next_pull_goes(tmp_path, server):
    """The list changed meanwhile: the half of the old pages that was archived is nobody's, and would never be
    purged."""
    here = office(tmp_path, {PT: {"kind": "http", "url": server.url, "token": TOKEN, "token_over_http": True}})
    assert pull(here, server, "pull_archived").returncode == 137
    orphan = archived(here)
    assert len(orphan) == 1
    page = next((server.folder / PT).rglob("page-0001.json"))
    before = page.read_bytes()
    try:
        page.write_bytes(before.replace(b'"message":"OK"', b'"message":"ok"', 1))
        here.pull()
    finally:
        page.write_bytes(before)
    assert orphan & archived(here) <= {a.sha256 for a in ArrivalList(here.home.arrivals).read_arrivals()}
    assert archived(here) == {a.sha256 for a in ArrivalList(here.home.arrivals).read_arrivals()}


def test_no_person_stands_in_what_a_pull_writes_or_says(tmp_path, server):
    here = office(tmp_path, {})
    log = tmp_path / "said.log"
    log.write_text("".join(str(pull(here, server, step)) for step in ("pull_archived", "")), encoding="utf-8")
    needles = Needles(persons_of(build_world(SEED, SCALE, AS_OF)))
    assert needles.forms > 1000
    assert scan_home(here.home, needles, [log]).found == []
