"""The analysts' bundle, the notebook of ten questions and the exposures."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.cli.app import run
from dagster_project.contracts.marts import read_marts
from dagster_project.core.paths import DBT_DIR, PROJECT_ROOT, Home
from dagster_project.extracts.bundle import BUNDLE, CHECKSUMS
from dagster_project.warehouse import versions
from dagster_project.warehouse.publish import publish
from tests.support.kits.notebook import cells, run_cells
from tests.support.marts.tiny_marts import built, identity

pytestmark = pytest.mark.slow
NOTEBOOK = PROJECT_ROOT / "docs" / "notebooks" / "muoi-cau-hoi.ipynb"
EXPOSURES = DBT_DIR / "models" / "exposures.yml"
COMMENTS = "comment on table marts.kpi_value is 'Giá trị, từng kỳ / Values, a period each';"
TOLD = "select table_name, comment from duckdb_tables() where comment is not null order by table_name"
ENGINES = [path.stem for path in sorted((PROJECT_ROOT / "tests" / "outputs" / "readers").glob("*.lock"))]
"""Releases of DuckDB, beside the one that writes, that analysts may have."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    place = Home(tmp_path / "home")
    publish(place, built(place, 8, extra=COMMENTS), identity("a"))
    return place


def bundle_of(home: Home) -> Path:
    return home.extracts / "moi_nhat" / BUNDLE


def content(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_bundle_holds_every_mart_and_its_checksums(home: Home) -> None:
    assert run(["extract", "--home", str(home.root)]) == 0
    folder = bundle_of(home)
    found = content(folder)
    told = dict(reversed(line.split("  ")) for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines())
    assert told == {name: digest for name, digest in found.items() if name != CHECKSUMS}
    (file,) = folder.glob("*.duckdb")
    assert file.name == versions.find_current_path(home).name
    with duckdb.connect(str(file), read_only=True) as marts:
        tables = [name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()]
        assert {f"parquet/{name}.parquet" for name in tables} == {name for name in found if name.startswith("parquet/")}
        for name in tables:
            parquet = f"read_parquet('{folder / 'parquet' / name}.parquet')"
            different = (
                f"(from marts.{name} except all from {parquet}) union all (from {parquet} except all from marts.{name})"
            )
            assert marts.execute(f"select count(*) from ({different})").fetchone() == (0,), name


def test_the_dictionary_is_the_published_comments(home: Home) -> None:
    assert run(["extract", "--home", str(home.root)]) == 0
    with (bundle_of(home) / "tu-dien.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    (table,) = (row for row in rows if row["bảng"] == "kpi_value" and not row["cột"])
    assert (table["mô tả"], table["description"]) == ("Giá trị, từng kỳ", "Values, a period each")
    assert {row["cột"] for row in rows if row["bảng"] == "dim_commune"} > {"commune_code", "tile_row"}
    assert "marts" in (bundle_of(home) / "tu-dien.html").read_text(encoding="utf-8")


def test_the_same_version_makes_the_same_bytes(home: Home) -> None:
    assert run(["extract", "--bundle", "--home", str(home.root)]) == 0
    first = content(bundle_of(home))
    subprocess.run(["rm", "-rf", str(bundle_of(home))], check=True)
    assert run(["extract", "--bundle", "--home", str(home.root)]) == 0
    assert content(bundle_of(home)) == first


def test_settings_leave_it_out_and_the_command_asks_for_it(home: Home) -> None:
    (home.root / "haicap.yaml").write_text("bundle: never\n", encoding="utf-8")
    assert run(["extract", "--home", str(home.root)]) == 0
    assert not bundle_of(home).exists()
    assert run(["extract", "--bundle", "--home", str(home.root)]) == 0
    assert bundle_of(home).is_dir()


def test_a_bundle_goes_with_the_file_of_its_version(home: Home) -> None:
    assert run(["extract", "--home", str(home.root)]) == 0
    old = bundle_of(home).resolve()
    publish(home, built(home, 9), identity("b"), keep=1)
    assert run(["extract", "--home", str(home.root)]) == 0
    assert not old.exists()
    assert (old.parent / "chi-tieu.xlsx").exists()
    assert bundle_of(home).is_dir()


def test_a_folder_that_cannot_be_written_is_one_line_and_leaves_the_version(home: Home, capsys, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "parquet/kpi_value.parquet")

    before = versions.read_current_version(home)
    monkeypatch.setattr("dagster_project.extracts.bundle._write_dictionary", refuse)
    assert run(["extract", "--home", str(home.root)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Đĩa đã đầy.")
    assert said.count("\n") == 1
    assert versions.read_current_version(home) == before
    assert not list(home.extracts.rglob(f"*{BUNDLE}*"))
    assert not (home.extracts / "moi_nhat").exists()


@pytest.mark.extra
@pytest.mark.parametrize("client", ENGINES)
def test_other_engines_open_it_with_its_comments(home: Home, client: str) -> None:
    """Installed by `make extras`; the published file says v1.0.0 (next test)."""
    assert run(["extract", "--home", str(home.root)]) == 0
    (file,) = bundle_of(home).glob("*.duckdb")
    code = (
        "import duckdb, sys; m = duckdb.connect(sys.argv[1], read_only=True); "
        "print(duckdb.__version__, m.execute('select count(*) from marts.kpi_value').fetchall()[0][0], "
        "m.execute('select count(*) from read_parquet(?)', [sys.argv[2]]).fetchall()[0][0]); "
        f"print(m.execute({TOLD!r}).fetchall())"
    )
    parquet = str(bundle_of(home) / "parquet" / "kpi_value.parquet")
    environment = os.environ | {"PYTHONPATH": str(Path(sys.prefix) / "readers" / client)}
    command = [sys.executable, "-c", code, str(file), parquet]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    first, _, comments = done.stdout.partition("\n")
    assert first.split() == [client, "5", "5"], done.stderr
    with duckdb.connect(str(file), read_only=True) as connection:
        wanted = connection.execute(TOLD).fetchall()
    assert wanted
    assert comments.strip() == str(wanted)


def test_the_notebook_is_stripped_and_asks_ten_questions() -> None:
    code, words = cells(NOTEBOOK, "code"), cells(NOTEBOOK, "markdown")
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert [line[3] for cell in words for line in cell["source"] if line.startswith("## ")][:9] == list("123456789")
    assert len(code) == 11


def test_every_exposure_names_models_and_all_that_the_extracts_read() -> None:
    exposures = {e["name"]: e for e in yaml.safe_load(EXPOSURES.read_text(encoding="utf-8"))["exposures"]}
    assert set(exposures) == {
        "leader_page",
        "commune_sheets",
        "brief",
        "workbook",
        "owners_workbooks",
        "analyst_bundle",
    }
    models = {mart.model for mart in read_marts()}
    refs = {n: {re.search(r"'(\w+)'", r)[1] for r in e["depends_on"]} for n, e in exposures.items()}
    assert all(found <= models for found in refs.values())
    assert refs["analyst_bundle"] == models
    code = PROJECT_ROOT / "dagster_project"
    readers = {
        "leader_page": [
            *(path for path in code.glob("extracts/page/*.py") if path.name != "commune_pages.py"),
            *code.glob("extracts/reading/*.py"),
        ],
        "workbook": [
            *(code / "extracts" / "workbook" / f"{name}.py" for name in ("leaders", "trend_sheet", "register_sheets")),
            code / "extracts" / "reading" / "headline.py",
        ],
        "commune_sheets": [code / "extracts" / "page" / "commune_pages.py", code / "extracts" / "reading" / "facts.py"],
        "owners_workbooks": [code / "explain" / "owners.py", code / "explain" / "gap_rows.py"],
    }
    for name, files in readers.items():
        read = {t for f in files for t in re.findall(r"\bmarts\.(\w+)", f.read_text(encoding="utf-8"))}
        assert {t for t in read if t in models or f"mart_{t}" in models} <= {
            r.removeprefix("mart_") for r in refs[name]
        }
        assert read, name


# A whole night.


def test_the_ten_questions_are_answered_by_a_night(normal_season, monkeypatch) -> None:
    home = normal_season.home
    monkeypatch.setenv("HAICAP_MARTS", str(home.current))
    answers = run_cells(NOTEBOOK)
    assert answers[0] is None
    assert [len(answer.fetchall()) > 0 for answer in answers[1:]] == [True] * 10
    with duckdb.connect(str(home.current), read_only=True) as marts:
        (tags,) = marts.execute("select tags from duckdb_databases() where not internal").fetchone()
    assert tags["storage_version"].startswith("v1.0.0")
    manifest = json.loads((home.extracts / "moi_nhat" / "manifest.json").read_text(encoding="utf-8"))
    assert not any(BUNDLE in name for name in manifest["files"])  # it has checksums of its own, and goes earlier
    assert (bundle_of(home) / "parquet" / "fct_dossier.parquet").exists()
