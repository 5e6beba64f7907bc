"""No person of the offices' files stands in anything that the system writes outside the archive and the vault."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import unicodedata
import zipfile
import zlib
from datetime import date
from pathlib import Path
from urllib.parse import quote_plus

import duckdb
import pandas as pd
import pytest

from dagster_project.core.paths import Home
from dagster_project.simulate import build_world, simulate
from dagster_project.simulate import list_needles as persons_of
from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.office import workbook
from tests.support.kits.planted import Planter, plant_everywhere
from tests.support.nights.needles import Needles, scan_home
from tests.support.nights.nights import DIED_AT_STEP, NOTHING_IS_WRONG, Disturbance, haicap, make_night

OF_PERSONS = ("procedures_pt", "procedures_vp", "procedures_hb", "land_auction_pt", "land_auction_vp")
"""The feeds that name persons."""
AS_OF = date(2025, 7, 13)
SEED, SCALE = 11, float(os.environ.get("HAICAP_NEEDLE_SCALE", "0.001"))
NAME, NUMBER, PHONE = "Quách Thị Nguyệt", "025012345678", "0912345678"
PERSON = pd.DataFrame([[NAME, NUMBER, PHONE]], columns=["applicant_name", "national_id", "phone"])


# The scanner finds what is there -------------------------------------------------------------------------------------


def deflated_in_sqlite(text: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table snapshots (body blob)")
    connection.execute("insert into snapshots values (?)", [zlib.compress(text.encode())])
    connection.commit()
    return connection.serialize()


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{text}</t>")
    return buffer.getvalue()


def in_parquet(column: object) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"c": [column] * 3}).to_parquet(buffer, compression="zstd")
    return buffer.getvalue()


WRITTEN = {
    "NFC": f"lỗi ở {NAME}.".encode(),
    "NFD": unicodedata.normalize("NFD", NAME).encode(),
    "upper case": NAME.upper().encode(),
    "without marks": b"quach thi nguyet",
    "without marks, joined": b"QUACH_THI_NGUYET",
    "over a line break": NAME.replace(" ", "\n").encode(),
    "JSON": json.dumps({"applicant": NAME}).encode(),
    "XML": "".join(f"&#{ord(c)};" for c in NAME).encode(),
    "TCVN3": encode_tcvn3(NAME),
    "UTF-16": NAME.encode("utf-16-le"),
    "UTF-16, odd": b"\0" + NAME.encode("utf-16-le"),
    "CCCD": f"CCCD {NUMBER}".encode(),
    "CCCD without its zero": f"{NUMBER[1:]};".encode(),
    "CCCD in groups": b"025.012.345.678",
    "CCCD among digits": f"99{NUMBER}99".encode(),
    "phone in groups": b"0912 345 678",
    "phone abroad": b"+84912345678",
    "phone without its zero": b"tel=912345678,",
    "a hash of a CCCD": hashlib.md5(NUMBER.encode()).hexdigest().encode(),
    "base64": b"Basic " + base64.b64encode(f"{NAME}:x".encode()),
    "base64 of a number": base64.b64encode(NUMBER.encode()),
    "an address": f"GET /tra-cuu?ten={quote_plus(NAME)} HTTP/1.1".encode(),
    "gzip": gzip.compress(NAME.encode()),
    "SQLite, deflated": deflated_in_sqlite(NAME),
    "workbook": zipped(NAME),
    "Parquet text": in_parquet(NAME),
    "Parquet number": in_parquet(int(NUMBER)),
    "Parquet float": in_parquet(float(PHONE)),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_planted_person_is_found(tmp_path, form):
    (tmp_path / "x.bin").write_bytes(WRITTEN[form])
    assert scan_home(Home(tmp_path), Needles(PERSON)).found


def test_a_person_in_a_compressed_column_a_comment_or_a_name_is_found(tmp_path):
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        names = pd.DataFrame({"c": [f"người {n % 50}" for n in range(100_000)] + [NAME]})
        connection.execute("create schema marts; create table marts.t as from names")
        assert len(names) == 100_001
    with duckdb.connect(str(tmp_path / "b.duckdb")) as connection:
        connection.execute(f"create table t (c int); comment on table t is '{PHONE}'")
    (tmp_path / NAME).mkdir()
    where = {line.split(": ")[0].rsplit("/", 1)[-1] for line in scan_home(Home(tmp_path), Needles(PERSON)).found}
    assert where == {"a.duckdb", "b.duckdb", NAME}


def test_other_people_and_places_are_not_found(tmp_path):
    (tmp_path / "x.txt").write_text("Quách Thị Nga, xã Thanh Sơn, 025012345679, 0912345679, 2025-07-13 09:12:34.5678")
    assert scan_home(Home(tmp_path), Needles(PERSON)).found == []
    xa = PERSON.assign(applicant_name="Xa Thanh Sơn")
    assert scan_home(Home(tmp_path), Needles(xa)).found == []
    (tmp_path / "y.txt").write_text("Ông XA THANH SƠN")
    assert scan_home(Home(tmp_path), Needles(xa)).found


# The product holds none ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worked(tmp_path_factory) -> tuple[Home, Path, Planter]:
    """A home after every kind of night and command, the folder of everything that they said, and whom the inbox has in
    places where no person belongs."""
    root = tmp_path_factory.mktemp("needles")
    home, inbox, logs = Home(root / "home"), root / "inbox", root / "logs"
    simulate(inbox, seed=SEED, scale=SCALE, as_of=AS_OF, mess="hard", feeds=OF_PERSONS, with_truth=False)
    spoil(inbox)
    planter = plant_everywhere(inbox)
    nights = {
        "killed while it landed": (Disturbance(step="parts_written"), {DIED_AT_STEP}),
        "killed with its build at hand": (Disturbance(step="built"), {DIED_AT_STEP}),
        "failed for want of room": (Disturbance(file_limit=1_200_000), {1}),
        "done": (Disturbance(), set(NOTHING_IS_WRONG)),
    }
    for name, (disturbance, codes) in nights.items():
        night = make_night(home, inbox, AS_OF, logs / f"{name}.log", disturbance=disturbance).start()
        assert night.wait() in codes, night.said
        if name != "done":  # what only a dead night leaves must be seen before the next one clears it away
            shutil.copytree(home.root, home.root / name, symlinks=True, ignore=aside)
    for command in ("status", "gaps --state all", "gaps --json", "versions"):
        assert haicap(logs / f"{command}.log", *command.split(), "--home", home.root) == 0
    tables = "select table_name from duckdb_tables() where schema_name = 'marts'"
    with duckdb.connect(str(home.current), read_only=True) as connection:
        names = [name for (name,) in connection.execute(tables).fetchall()]
    for name in ("source_file", "data_gap", "feed_status"):
        assert name in names
        assert haicap(logs / f"{name}.log", "sql", f"from marts.{name}", "--home", home.root) == 0
    assert haicap(logs / "wrong.log", "sql", "select name from marts.persons", "--home", home.root) != 0
    return home, logs, planter


def aside(folder: str, names: list[str]) -> set[str]:
    """What a copy of a dead night's home leaves out: what is encrypted on purpose, dbt's own parse, other copies."""
    return {n for n in names if n in ("archive", "vault", "keys", "manifest") or n.startswith(("killed", "failed"))}


def spoil(inbox: Path) -> None:
    """Files that no rule of the simulator spoils: cut off in a row, and without the row that names the columns."""
    page, table = (
        max((inbox / feed).rglob(f"*.{ending}"), key=lambda path: path.stat().st_size)
        for feed, ending in (("procedures_pt", "json"), ("procedures_hb", "csv"))
    )
    page.with_name("page-cut.json").write_bytes(page.read_bytes()[:3000])
    lines = table.read_bytes().splitlines(keepends=True)
    table.with_name("hoso_thang_05_2024.csv").write_bytes(b"".join(lines[1:40]))
    table.with_name("hoso_thang_04_2024.csv").write_bytes(lines[0] + b'"' + b"".join(lines[1:40]))
    cut = workbook([], "(Số liệu đến ngày 31/05/2024)")[:-700]
    (inbox / "procedures_vp" / "ho_so_tthc_05_2024.xlsx").write_bytes(cut)


@pytest.mark.drill
def test_no_person_is_in_anything_that_was_written(worked):
    home, logs, planter = worked
    needles = Needles(pd.concat([persons_of(build_world(SEED, SCALE, AS_OF)), planter.needles]))
    assert needles.forms > 5000
    said = [*logs.iterdir(), *home.root.with_name("home-tmp").rglob("*")]
    scan = scan_home(home, needles, said)
    found = f"{needles.forms} needles in {scan.files} files, {scan.bytes} bytes, {scan.characters} characters"
    sys.stdout.write(f"{found}: {len(scan.found)} found\n")
    assert scan.found == []
    assert scan.files > 100
    assert {"built", "runs.db"} & {p.name for p in home.root.rglob("*")}


@pytest.mark.drill
def test_the_same_scan_finds_the_persons_in_what_the_offices_sent(worked):
    home, _, _ = worked
    needles = Needles(persons_of(build_world(SEED, SCALE, AS_OF)))
    inbox = home.root.with_name("inbox")
    where = {line.split(": ")[0] for line in scan_home(Home(inbox), needles).found}
    sent = {str(p) for p in inbox.glob("procedures_*/**/*") if p.is_file() and p.stat().st_size > 5000}
    assert sent
    assert len(sent - where) <= len(sent) // 10, sorted(sent - where)


@pytest.mark.drill
def test_each_planted_text_was_read_and_each_is_told_where_it_can_be_mended(worked):
    home, _, planter = worked
    assert len(planter.places) > 70
    inbox = Home(home.root.with_name("inbox"))
    sent = " ".join(scan_home(inbox, Needles(planter.needles)).found)
    lost = [place for place, (_, number, _) in zip(planter.places, planter.persons, strict=True) if number not in sent]
    assert [place for place in lost if not place.startswith("workbook: sheet")] == [
        "folder of no feed",
        "file of no feed",
    ]
    with duckdb.connect(str(home.current), read_only=True) as connection:
        told = "select distinct feed_id, measure from marts.data_gap where measure like 'person_%'"
        found = {feed: {} for feed, _ in connection.execute(told).fetchall()}
    assert found.keys() == {"directives", "housing_vp", "procedures_pt"}
