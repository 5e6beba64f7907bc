"""What a release says of its parts, and how pins are held against known vulnerabilities."""

from __future__ import annotations

import json
import re

import pytest

from scripts.advisories import LIST, find_affected, read_records
from scripts.locks import ROOT, RUNTIME_LOCKS, Pin, read_pins
from scripts.sbom import make_bill

PINS = read_pins(ROOT.glob("requirements*.lock"))


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pin(name: str, version: str) -> Pin:
    return Pin(name, version, ())


def test_every_pin_of_the_locks_is_read_with_the_hashes_of_its_files():
    told = {
        normalise(line.split("==")[0])
        for lock in ROOT.glob("requirements*.lock")
        for line in lock.read_text(encoding="utf-8").splitlines()
        if line[:1].isalnum() and "==" in line
    }
    read = {each.name for each in PINS}
    assert told - read <= {"colorama", "psutil", "pyreadline3", "pywin32", "tzdata"}  # of Windows
    assert read <= told
    assert all(len(digest) == 64 for each in PINS for digest in each.hashes)
    assert all(each.hashes for each in PINS)
    assert {"duckdb", "dagster-webserver", "psycopg"} <= {each.name for each in PINS}


def test_no_pin_has_a_known_vulnerability_and_the_list_knows_pins_alone():
    advisories = json.loads(LIST.read_text(encoding="utf-8"))
    assert find_affected(PINS, advisories) == []
    assert {each["package"] for each in advisories} <= {each.name for each in PINS}
    keys = [(each["package"], each["id"]) for each in advisories]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("1.4.9", True), ("1.5", False), ("2.0.0rc1", True), ("2.0.3", True), ("2.0.4", False), ("2.1", False)],
)
def test_versions_are_compared_as_versions(version, is_affected):
    advisory = {"id": "X-1", "package": "Mot_Goi", "affected": ["<1.5", ">=2.0.0rc1,<2.0.4"]}
    assert bool(find_affected([pin("mot-goi", version)], [advisory])) == is_affected


def test_osv_s_records_are_read_for_pinned_packages_alone(tmp_path):
    def affected(name, **told):
        return {"package": {"ecosystem": "PyPI", "name": name}, **told}

    events = [{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"last_affected": "2.3"}]
    records = [
        {"id": "A", "affected": [affected("Goi.Mot", ranges=[{"type": "ECOSYSTEM", "events": events}])]},
        {"id": "B", "affected": [affected("goi-mot", ranges=[{"type": "GIT", "events": []}], versions=["3.1"])]},
        {"id": "C", "affected": [affected("goi-la", versions=["1"])]},
        {"id": "D", "withdrawn": "2026-01-01", "affected": [affected("goi-mot", versions=["1.5"])]},
        {"id": "E", "affected": [affected("goi-mot", ranges=[{"type": "ECOSYSTEM", "events": [{"introduced": "4"}]}])]},
    ]
    for record in records:
        (tmp_path / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    read = read_records(tmp_path, {"goi-mot"})
    assert [each["id"] for each in read] == ["A", "B", "E"]
    found = {v: [i for _, i in find_affected([pin("goi-mot", v)], read)] for v in ("1.1", "1.2", "2.3", "3.1", "4.5")}
    assert found == {"1.1": ["A"], "1.2": [], "2.3": ["A"], "3.1": ["B"], "4.5": ["E"]}


@pytest.mark.extra
def test_the_bill_of_a_release_names_every_part_with_its_licence_and_is_the_same_each_time():
    bill = make_bill()
    runtime = read_pins(ROOT / lock for lock in RUNTIME_LOCKS)
    assert [(c["name"], c["version"]) for c in bill["components"]] == [(p.name, p.version) for p in runtime]
    assert [c["name"] for c in bill["components"] if not c.get("licenses")] == []
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert len({c["bom-ref"] for c in bill["components"]}) == len(runtime)
    assert "pytest" not in {c["name"] for c in bill["components"]}
    assert make_bill() == bill
