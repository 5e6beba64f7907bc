"""The benchmarks keep step with the product: else their figures are those of a refused build, or of another job."""

import subprocess
import sys

import pytest

from benchmarks.build import hand_written
from benchmarks.build.compare_facts import compare_facts
from benchmarks.build.landing_data import make_landing
from benchmarks.offices import AS_OF, deliver
from benchmarks.peers import duckdb_script, pandas_script
from benchmarks.peers.compare import compare_marts
from benchmarks.product import Product, find_published
from benchmarks.reading.cold import read_cold
from benchmarks.tables.reader_times import FEEDS, name_program, write_page
from dagster_project.core.paths import PROJECT_ROOT

pytestmark = pytest.mark.drill
PRODUCT = Product("haicap", PROJECT_ROOT)


def test_the_generated_landing_builds_and_passes_every_audit(tmp_path):
    make_landing(tmp_path / "landing", 2_000)
    hand_written.main(tmp_path / "landing", tmp_path / "hand.duckdb")
    command = [sys.executable, "-m", "benchmarks.build.dbt_build", str(tmp_path / "landing"), str(tmp_path / "home")]
    build = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stderr[-2000:]
    assert 1_900 < compare_facts(tmp_path / "home", tmp_path / "hand.duckdb") <= 2_000


def test_the_scripts_make_of_raw_files_what_a_night_publishes(tmp_path):
    inbox = deliver(tmp_path / "inbox", 3_000)
    PRODUCT.refresh(tmp_path / "home", inbox, AS_OF)
    for script in (duckdb_script, pandas_script):  # that of Polars needs what `make bench` installs
        made = tmp_path / script.__name__
        script.main(inbox, made, AS_OF)
        cells, facts = compare_marts(find_published(tmp_path / "home"), made)
        assert cells.same > 10_000
        assert facts.same > 2_500


@pytest.mark.parametrize(("form", "feed"), FEEDS.items())
def test_readers_alone_and_the_landing_still_take_the_files_of_each_form(tmp_path, form, feed):
    files = deliver(tmp_path / "inbox", 1_100, feeds=(feed,)) / feed
    if form == "html":
        for path in sorted(files.rglob("*.xlsx")):
            write_page(path, tmp_path / "pages" / feed / f"{path.stem}.xls")
        files = tmp_path / "pages" / feed
    told = []
    for nth, program in enumerate(("product_reader", "product_landing")):
        out = tmp_path / f"out{nth}"
        out.mkdir()
        given = (files, out) if nth == 0 else (files.parent, out / "home")
        account = PRODUCT.run(*name_program(program), feed, *map(str, given))
        told.append(read_cold([line for _, line in account.told]))
    assert all(seconds > 0 for seconds in told)
