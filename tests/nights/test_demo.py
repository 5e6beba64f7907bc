"""The demo's inbox is the same whether the installation brought it along or the offices are simulated on the spot."""

from pathlib import Path

import pytest

from dagster_project.night import demo

pytestmark = pytest.mark.drill


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_installed_is_what_would_be_simulated(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "INSTALLED", tmp_path / "installed")
    (tmp_path / "installed" / "of-earlier-code").mkdir(parents=True)
    demo.provide_inbox(tmp_path / "simulated" / "inbox")
    simulated = contents(tmp_path / "simulated" / "inbox")
    assert len({path.split("/")[0] for path in simulated}) > 15

    demo.install()
    monkeypatch.setattr(demo, "_simulate", lambda inbox: pytest.fail("the installed files were not used"))
    demo.provide_inbox(tmp_path / "copied" / "inbox")
    demo.install()  # nothing to do

    assert contents(tmp_path / "copied" / "inbox") == simulated
    assert len(list((tmp_path / "installed").iterdir())) == 1
    assert [p.name for p in (tmp_path / "copied").iterdir()] == ["inbox"]


def test_files_of_other_code_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "INSTALLED", tmp_path)
    (tmp_path / demo._name_folder()).mkdir()
    assert demo.is_installed()
    monkeypatch.setattr("dagster_project.warehouse.identity.hash_code", lambda: "0" * 64)
    assert not demo.is_installed()
