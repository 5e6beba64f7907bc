"""Hold every pin of every lock against the known vulnerabilities of `scripts/advisories.json`, without a network.

Usage: python -m scripts.advisories
       python -m scripts.advisories --from FOLDER

The first names pins that an advisory speaks of, and exits 1 when there is one. The second reads the list again from
records in OSV's form (*.json), carried here from a machine with a network, and keeps those of pinned packages.

Entries: `id`, `package`, `affected` (versions, as a requirement writes them; several when any of them is enough).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from scripts.locks import ROOT, Pin, read_pins

LIST = ROOT / "scripts" / "advisories.json"
Advisory = dict[str, Any]


def find_affected(pins: Iterable[Pin], advisories: Iterable[Advisory]) -> list[tuple[Pin, str]]:
    """Return each pin that an advisory speaks of, with the advisory's name. A pre-release counts as its version."""
    known: dict[str, list[Advisory]] = {}
    for advisory in advisories:
        known.setdefault(canonicalize_name(advisory["package"]), []).append(advisory)
    return [
        (pin, advisory["id"])
        for pin in pins
        for advisory in known.get(pin.name, ())
        if any(SpecifierSet(each).contains(pin.version, prereleases=True) for each in advisory["affected"])
    ]


def read_records(folder: Path, names: set[str]) -> list[Advisory]:
    """Read OSV's records of some packages, by name and id; withdrawn ones are left out."""
    found: dict[tuple[str, str], set[str]] = {}
    for file in sorted(folder.rglob("*.json")):
        record = json.loads(file.read_text(encoding="utf-8"))
        for affected in () if record.get("withdrawn") else record.get("affected", ()):
            package = affected.get("package", {})
            name = canonicalize_name(package.get("name", ""))
            if package.get("ecosystem") == "PyPI" and name in names:
                found.setdefault((name, record["id"]), set()).update(_write_specifiers(affected))
    return [{"id": key, "package": name, "affected": sorted(told)} for (name, key), told in sorted(found.items())]


def _write_specifiers(affected: dict[str, Any]) -> Iterator[str]:
    """Write OSV's ranges as a requirement does; single versions where there is no range of versions."""
    ranges = [each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM"]
    if not ranges:
        yield from (f"=={version}" for version in affected.get("versions", ()))
    for each in ranges:
        begin = "0"
        for event in each["events"]:
            if "introduced" in event:
                begin = event["introduced"]
            elif "fixed" in event:
                yield f">={begin},<{event['fixed']}"
                begin = ""
            elif "last_affected" in event:
                yield f">={begin},<={event['last_affected']}"
                begin = ""
        if begin:
            yield f">={begin}"


def main(arguments: list[str]) -> int:
    """Check the pins, or read the list again and then check them."""
    pins = read_pins(ROOT.glob("requirements*.lock"))
    if arguments[:1] == ["--from"]:
        read = read_records(Path(arguments[1]), {pin.name for pin in pins})
        lines = ",\n".join(f" {json.dumps(each)}" for each in read)
        LIST.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    advisories = json.loads(LIST.read_text(encoding="utf-8"))
    affected = find_affected(pins, advisories)
    for pin, name in affected:
        print(f"{pin.name} {pin.version}: {name}")
    if not affected:
        print(f"{len(pins)} pins, {len(advisories)} advisories, none affects")
    return 1 if affected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
