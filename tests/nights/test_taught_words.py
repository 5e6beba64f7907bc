"""A word that nobody understood is listed; once the layout teaches it, the files that lacked it are read again, and
what that changes is a restatement."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import PROVINCE_VARIABLE, SEEDS_DIR, SOURCES_DIR, Home
from dagster_project.warehouse.query import ask, find_current_file
from tests.support.kits.reader_kit import workbook

pytestmark = pytest.mark.drill
FEED = "site_clearance_hb"
AS_OF = "2025-07-13"
SPENT = "Đã chi (tr.chẵn)"
AREA = "Diện tích phải thu hồi (Ha chẵn)"
"""Of a required column: the file is refused as a whole until its words are taught."""


def write_report(path: Path, number: int, day: str = "30/06/2025", **told: Any) -> None:
    """A report of one project whose money spent is in words of the office's own."""
    heads = {role: names[0] for role, names in load_registry().feeds[FEED].reader_headers.items()}
    cells = {
        "project_code": f"73009{number:02d}", "project_name": f"Đường thử số {number}",
        "commune.name": "Phường Tân Hòa", "report_date": day, "area_to_recover_ha": 10, "area_cleared_ha": 4,
        "households": 9, "budget_approved": 5000, "budget_paid": 2000,
    } | told  # fmt: skip
    heads |= {"budget_paid": SPENT} | told.get("heads", {})
    header = ["STT", *heads.values()]
    title = [["BÁO CÁO GIẢI PHÓNG MẶT BẰNG"], ["ĐVT: triệu đồng"], [f"(Số liệu đến ngày {day})"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(workbook(("GPMB", [*title, header, [1, *(cells.get(role) for role in heads)]])))


class Place:
    """A home whose layouts can be taught, and its command line."""

    def __init__(self, folder: Path) -> None:
        self.province = folder / "province"
        shutil.copytree(SOURCES_DIR, self.province / "sources")
        shutil.copytree(SEEDS_DIR, self.province / "seeds")
        self.inbox = folder / "inbox"
        self.home = Home(folder / "home")

    def run(self, *arguments: object) -> str:
        """What a command answers; nothing may be said beside it."""
        command = [sys.executable, "-m", "dagster_project.cli", *map(str, arguments), "--home", str(self.home.root)]
        environment = os.environ | {PROVINCE_VARIABLE: str(self.province)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode in (0, 3), done.stdout + done.stderr
        return done.stdout

    def refresh(self) -> None:
        self.run("refresh", "--inbox", self.inbox, "--as-of", AS_OF)

    def teach(self, key: str, words: dict[str, str]) -> None:
        """Add words to the feed's layout, as an operator does."""
        path = self.province / "sources" / "site_clearance" / "hb.layout.yaml"
        layout = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump(layout | {key: words}, allow_unicode=True), encoding="utf-8")

    def ask(self, query: str) -> tuple[tuple[Any, ...], ...]:
        return ask(find_current_file(self.home), query).rows


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("taught"))


def test_what_is_not_understood_is_listed_taught_and_restated(place: Place) -> None:
    write_report(place.inbox / FEED / "gpmb_hb_30062025.xlsx", 1)
    write_report(place.inbox / FEED / "gpmb_hb_31052025.xlsx", 2, "31/05/2025", heads={"area_to_recover_ha": AREA})
    place.refresh()
    assert place.ask("select budget_approved, budget_paid from marts.fct_site_clearance") == ((5_000_000_000, None),)
    unread = {
        (one["word"], one["taught_in"], one["rows"]): one for one in json.loads(place.run("gaps", "--unread", "--json"))
    }
    assert {key[1] for key in unread} == {"units"}
    assert {"tr.chẵn", "Ha chẵn"} <= {word for word, *_ in unread}
    assert "tr.chẵn" in place.run("gaps", "--unread")

    place.teach("units", {"tr.chẵn": "triệu đồng", "Ha chẵn": "ha"})
    place.refresh()
    assert json.loads(place.run("gaps", "--unread", "--json")) == []
    told = "select project_code, budget_approved, budget_paid from marts.fct_site_clearance order by 1"
    assert place.ask(told) == (("7300901", 5_000_000_000, 2_000_000_000), ("7300902", 5_000_000_000, 2_000_000_000))
    restated = """select "table", "column", old_value, new_value, first_seen::varchar, file from marts.restatement"""
    # The second file was not read at all before: what it says is new, and restates nothing.
    assert place.ask(restated) == (
        ("fct_site_clearance", "budget_paid", None, "2000000000", AS_OF, "gpmb_hb_30062025.xlsx"),
    )


def test_how_a_file_was_read_is_told(place: Place) -> None:
    answer = json.loads(place.run("why", FEED, "--json"))
    told = {(one["column_vi"], one["read_as_vi"]): one["told_by_vi"] for one in answer["readings"]}
    assert told["Đã chi (đồng)", "1 trong tệp = 1.000.000 đồng"] == "“tr.chẵn” ở tiêu đề cột"
    assert "“tr.chẵn”" in place.run("why", FEED)
    books = list((place.home.extracts / "moi_nhat" / "can-sua").glob("*.xlsx"))
    sheets = [load_workbook(book)["Cách đọc tệp"] for book in books if "Cách đọc tệp" in load_workbook(book).sheetnames]
    cells = {cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {"“tr.chẵn” ở tiêu đề cột", "1 trong tệp = 1.000.000 đồng"} <= cells
