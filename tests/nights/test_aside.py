"""Earlier and later days: a version of its own each, which readers, leaders and owners never meet by themselves."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.core.clock import get_local_now
from dagster_project.core.paths import Home
from dagster_project.warehouse import ledger, versions
from tests.support.nights.season import hash_files, refresh
from tests.support.nights.steps_home import TODAY, YESTERDAY, make_home, night_inbox

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> tuple[Home, Path]:
    """A home of which yesterday and today are published, and today's inbox. Nobody may change it."""
    home = make_home(tmp_path_factory.mktemp("aside"))
    inbox = night_inbox(home, TODAY)
    told = run(home, inbox, TODAY)
    assert (told["result"], told["aside"], told["current"]) == ("published", None, told["version"])
    return home, inbox


@pytest.fixture
def place(office, tmp_path) -> tuple[Home, Path]:
    """A copy of it."""
    home, inbox = office
    shutil.copytree(home.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home"), inbox


def run(home: Home, inbox: Path, day: object, *more: str) -> dict[str, Any]:
    """Run one night; return what it says."""
    night = refresh(inbox, home.root, str(day), "--json", *more)
    assert night.returncode in (0, 3), night.stdout + night.stderr
    return json.loads(night.stdout)


def look(home: Home) -> tuple[Any, ...]:
    """What readers, leaders and owners have."""
    latest = home.extracts / "moi_nhat"
    return versions.read_current_version(home), latest.readlink(), hash_files(latest.resolve()), hash_files(home.outbox)


def test_an_earlier_day_gets_a_version_of_its_own_aside(place) -> None:
    home, inbox = place
    before, current = look(home), versions.read_current_version(home)
    told = run(home, inbox, YESTERDAY)
    line = "Ngày 12/07/2025 ở trước ngày mới nhất đã công bố (13/07/2025): bản này để riêng, không thành bản hiện hành."
    assert (told["result"], told["aside"], told["current"]) == ("published", line, current)
    assert told["version"].startswith("2025-07-12-")
    assert look(home) == before
    folder = home.extracts / told["version"]
    assert (told["extracts"], Path(told["file"]).name) == (str(folder), f"haicap-{told['version']}.duckdb")
    assert (folder / "trang-lanh-dao.html").exists()

    again = run(home, inbox, YESTERDAY)
    assert (again["result"], again["version"], again["aside"]) == ("unchanged", told["version"], line)
    assert len(ledger.list_entries(home)) == 3
    said = refresh(inbox, home.root, YESTERDAY.isoformat()).stdout
    assert said.count(line) == 1
    assert f"Không có gì mới: bản {told['version']} đã được công bố" in said

    # Today's build reads the ledger's earlier days, which have one more now: it is another night, and the next is not.
    today = run(home, inbox, TODAY)
    assert (today["result"], today["aside"]) == ("published", None)
    assert today["current"] == today["version"] != current
    assert run(home, inbox, TODAY)["result"] == "unchanged"
    assert run(home, inbox, YESTERDAY)["result"] == "unchanged"


def test_a_day_to_come_is_refused_in_one_line(place) -> None:
    home, inbox = place
    before = look(home)
    tomorrow = get_local_now().date() + timedelta(days=1)
    night = refresh(inbox, home.root, tomorrow.isoformat())
    assert (night.returncode, night.stdout) == (2, "")
    assert night.stderr.splitlines() == [
        f"Ngày số liệu {tomorrow:%d/%m/%Y} ở sau hôm nay. Sửa --as-of; muốn chạy thử thì thêm --allow-future."
    ]
    assert look(home) == before
    assert len(ledger.list_entries(home)) == 2


@pytest.mark.long
def test_a_rehearsal_lies_aside_and_later_nights_do_not_know_of_it(place) -> None:
    home, inbox = place
    before = look(home)
    told = run(home, inbox, "2030-01-01", "--allow-future")
    assert (told["result"], told["version"][:10], told["current"]) == ("published", "2030-01-01", before[0])
    assert told["aside"].startswith("Diễn tập cho ngày 01/01/2030")
    assert look(home) == before
    assert run(home, inbox, "2030-01-01", "--allow-future")["result"] == "unchanged"
    assert run(home, inbox, TODAY)["result"] == "unchanged"
    assert ledger.list_history(home, get_local_now().date() + timedelta(days=365 * 200))[-1].as_of == TODAY


@pytest.mark.long
def test_a_rehearsal_in_a_fresh_home_makes_no_version_current(office, tmp_path) -> None:
    _, inbox = office
    home = Home(tmp_path / "fresh")
    told = run(home, inbox, "2030-01-01", "--allow-future")
    assert (told["result"], told["current"]) == ("published", None)
    assert not home.current.is_symlink()
    assert not (home.extracts / "moi_nhat").is_symlink()
    # What it received arrived today, not in years to come.
    arrivals = [json.loads(line) for line in home.arrivals.read_text(encoding="utf-8").splitlines()]
    assert {arrival["night"] for arrival in arrivals} == {get_local_now().date().isoformat()}
    first = run(home, inbox, TODAY)
    assert (first["result"], first["current"]) == ("published", first["version"])
