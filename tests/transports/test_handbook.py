"""The operator's handbook, followed step by step on a clean directory; and that what it restores is what was lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagster_project.core.paths import PROJECT_ROOT, Home
from dagster_project.warehouse import versions
from tests.support.nights.same_end import content_differences

HANDBOOK = PROJECT_ROOT / "docs" / "so-tay-van-hanh.md"
FEEDS = ("procedures_vp", "housing_vp", "national_portal")


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", HANDBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_every_command_of_the_program_that_an_operator_needs_is_in_it():
    said = HANDBOOK.read_text(encoding="utf-8")
    night = ("refresh", "simulate", "pull", "doctor", "backup")
    answers = ("status", "gaps", "versions", "rollback", "release")
    for command in (*night, *answers):
        assert f"haicap {command}" in said


@pytest.mark.drill
def test_the_handbook_works_on_a_clean_directory(tmp_path):
    script = f"set -eu\nhaicap() {{ '{sys.executable}' -m dagster_project.cli \"$@\"; }}\n"
    for block in blocks():
        script += block.replace("/srv/", f"{tmp_path}/") + "\n"
        if "haicap simulate" in block:  # the steps are the same with three feeds, and the nights are shorter
            script += (
                f"cd {tmp_path}/hop-thu && ls | grep -v -x -e {' -e '.join(FEEDS)} | xargs rm -r && cd {tmp_path}\n"
            )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HAICAP_", "CREDENTIALS_"))}
    done = subprocess.run(
        ["bash", "-c", script], env=environment | {"DO_NOT_TRACK": "1"}, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    home, lost = Home(tmp_path / "haicap"), Home(tmp_path / "haicap-hong")
    current = versions.find_current_path(home)
    assert current is not None
    assert (home.published / "current.txt").read_text(encoding="utf-8").strip() == current.name
    assert not home.current.exists()
    assert current.name == lost.current.resolve().name
    assert content_differences(current, lost.current) == []
    assert done.stdout.count("không công bố lại") >= 2  # after the restoring, and after the change of form
    with duckdb.connect(str(current), read_only=True) as marts:
        assert marts.execute("select count(*) from marts.fct_household where area = 'vp'").fetchone()[0] > 0
    assert list(home.outbox.glob("2025-07-13-*.json"))
    assert not list(Path(tmp_path / "sao-luu").glob("keys"))
