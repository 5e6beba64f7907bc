"""Dagster's UI as `haicap dev` opens it: it answers its own pages alone; and the first gesture in a real browser: open
a feed's page, press "Materialize", see it succeed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import dagster as dg
import pytest

from dagster_project.core.paths import Home
from dagster_project.defs.instance import open_instance
from dagster_project.warehouse import versions
from tests.support.kits.keyboard import Keyboard
from tests.support.nights.steps_home import TODAY, make_home, night_inbox

pytestmark = [pytest.mark.debian, pytest.mark.slow]

FEED = "procedures_vp"
BROWSER = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server")
_LONG_SECONDS = 180
"""Dagster loads the definitions in a process of its own, and starts a run in another."""
_BUTTON = "[...document.querySelectorAll('button')].find(b => b.innerText.trim().startsWith('Materialize'))"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("ui"))


@pytest.fixture(scope="module")
def address(home):
    """The UI of the home as `haicap dev` opens it; every process of it is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # A worker of the tests ignores Ctrl+C, and what it starts would inherit that.
    heard = ["env", "--default-signal=INT", sys.executable, "-m", "dagster_project.cli"]
    command = [*heard, "dev", "--home", str(home.root), "--port", str(port)]
    told = os.environ | {"HAICAP_INBOX": str(night_inbox(home, TODAY)), "DO_NOT_TRACK": "1"}
    log = home.root.with_name("dev.log")
    with log.open("wb") as said:
        served = subprocess.Popen(command, env=told, stdout=said, stderr=said, start_new_session=True)
    try:
        _wait_for_server(f"http://127.0.0.1:{port}/server_info", served, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(served.pid, signal.SIGINT)  # as Ctrl+C in a terminal does
        until = time.monotonic() + _LONG_SECONDS
        while (rest := _group(served.pid)) and time.monotonic() < until:
            served.poll()
            time.sleep(0.5)
        if rest:
            os.killpg(served.pid, signal.SIGKILL)
        served.wait(10)
    assert rest == []  # no process outlives the command


def _wait_for_server(url, served, log):
    until = time.monotonic() + _LONG_SECONDS
    while time.monotonic() < until and served.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _group(group: int) -> list[str]:
    """Processes of a group that are still at work."""
    told = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    lines = [line.split(None, 2) for line in told.splitlines()]
    return [args for pgid, stat, args in lines if int(pgid) == group and not stat.startswith("Z")]


def _ask(url: str, headers: dict[str, str], body: bytes | None = None) -> int:
    try:
        with urlopen(Request(url, data=body, headers=headers), timeout=60) as got:
            return got.status
    except HTTPError as refused:
        return refused.code


def test_it_answers_programs_of_this_machine_and_no_foreign_page(address):
    query, said = b'{"query": "{ version }"}', {"Content-Type": "application/json"}
    assert _ask(f"{address}/graphql", said, query) == 200
    assert _ask(f"{address}/graphql", said | {"Origin": address}, query) == 200
    assert _ask(f"{address}/graphql", said | {"Origin": "https://trang-la.example"}, query) == 403
    assert _ask(f"{address}/graphql", said | {"Host": "trang-la.example"}, query) == 403
    assert _ask(f"{address}/graphql?query=mutation%7B__typename%7D", {}) == 403
    assert _ask(f"{address}/server_info", {"Host": "trang-la.example"}) == 403


def test_a_feed_is_landed_from_the_ui_and_what_is_published_stays(home, address):
    assert shutil.which("chromium"), "Chromium chưa cài: .ci/run cài chromium"
    before = versions.read_current_version(home)
    with Keyboard(BROWSER, f"{address}/assets/landing/{FEED}") as browser:
        browser.wait_for(f"!!({_BUTTON})", _LONG_SECONDS)
        browser.click(_BUTTON)
        run = _wait_for_run(home)
        browser.evaluate(f"location.assign('{address}/runs/{run.run_id}')")
        browser.wait_for("/\\bSuccess\\b/.test(document.body.innerText)", _LONG_SECONDS)
    assert run.status == dg.DagsterRunStatus.SUCCESS
    with open_instance(home) as instance:
        landed = instance.get_latest_materialization_event(dg.AssetKey(["landing", FEED]))
    assert landed.run_id == run.run_id
    assert landed.asset_materialization.metadata["tệp mới"].value > 0
    assert versions.read_current_version(home) == before


def _wait_for_run(home: Home) -> dg.DagsterRun:
    until = time.monotonic() + _LONG_SECONDS
    run = None
    while time.monotonic() < until:
        with open_instance(home) as instance:
            run = next((r for r in instance.get_runs() if r.asset_selection), None)
        if run is not None and run.is_finished:
            return run
        time.sleep(1)
    raise AssertionError(f"never finished: {run}")
