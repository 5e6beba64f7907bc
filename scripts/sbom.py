"""Write what a release is made of, as CycloneDX 1.6 JSON: every pinned package with its files' hashes and its licence.

Usage: python -m scripts.sbom FILE.cdx.json

Pins come from the locks, licences from what is installed (`make extras`). The same locks make the same bytes. Exits 1,
and names them, when packages tell no licence.
"""

from __future__ import annotations

import json
import sys
import tomllib
import uuid
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from scripts.locks import ROOT, RUNTIME_LOCKS, Pin, read_pins

_CLASSIFIER = "License :: OSI Approved :: "
_LONGEST_NAME = 100  # what is longer is the text of a licence, not its name


def make_bill() -> dict[str, Any]:
    """Make the bill of materials of this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    components = [_describe(pin) for pin in read_pins(ROOT / lock for lock in RUNTIME_LOCKS)]
    named = json.dumps([project["version"], components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, named)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": project["name"],
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": components,
    }


def find_licence(name: str) -> str | None:
    """Find what an installed package says of its licence; None when it is not installed, or says nothing."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    said = told.get("License-Expression") or told.get("License") or ""
    classified = [c.removeprefix(_CLASSIFIER) for c in told.get_all("Classifier", []) if c.startswith(_CLASSIFIER)]
    short = said.strip().split("\n")[0][:_LONGEST_NAME]
    return short if short and short.upper() != "UNKNOWN" else ", ".join(classified) or None


def _describe(pin: Pin) -> dict[str, Any]:
    licence = find_licence(pin.name)
    reference = f"pkg:pypi/{pin.name}@{pin.version}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": pin.name,
        "version": pin.version,
        "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.hashes],
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
    }


def main() -> int:
    """Write the bill and name the packages without a licence."""
    bill = make_bill()
    Path(sys.argv[1]).write_text(json.dumps(bill, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    silent = [component["name"] for component in bill["components"] if "licenses" not in component]
    print(f"{len(bill['components'])} packages" + (f"; no licence told: {', '.join(silent)}" if silent else ""))
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
