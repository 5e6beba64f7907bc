"""The checkouts of the product that a benchmark measures: this one and, for "as it was before", another beside it."""

from __future__ import annotations

import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.measure import Account, measure

ROOT = Path(__file__).resolve().parent.parent
PUBLISHED = (0, 3)
"""Exit codes of a night that published; 3 says that a feed owes something, as those that are not simulated do."""


ENVIRONMENTS = ROOT / ".benchmarks" / "environments"


@dataclass(frozen=True)
class Product:
    """A product is one checkout, by the name that tables give it, and the Python that runs it."""

    name: str
    root: Path
    python: Path = Path(sys.executable)

    def run(self, *command: str, codes: Sequence[int] = (0,)) -> Account:
        """Run Python with this checkout's packages first, and return the account of all its processes."""
        return measure([str(self.python), *command], {"PYTHONPATH": str(self.root)}, codes, self.root)

    def refresh(self, home: Path, inbox: Path | None, as_of: date | None) -> Account:
        """Run one night; without an inbox the demo's."""
        told = [*(("--inbox", str(inbox)) if inbox else ()), *(("--as-of", as_of.isoformat()) if as_of else ())]
        return self.run("-m", "dagster_project.cli", "refresh", "--home", str(home), *told, codes=PUBLISHED)

    def prepare(self) -> None:
        """Do what an installation does once: parse the dbt project, make the demo's inbox."""
        for part in ("warehouse.dbt_project", "night.demo"):
            self.run("-m", f"dagster_project.{part}", "--install")


def list_products(against: Path | None) -> list[Product]:
    """Return this checkout, and the one it is held against, if any."""
    roots = {"haicap": ROOT} | ({"haicap before": against.resolve()} if against else {})
    return [Product(name, root, make_environment(name.replace(" ", "-"))) for name, root in roots.items()]


def make_environment(name: str) -> Path:
    """Make an environment that reads the packages of this one, and return its Python.

    An installation keeps in its environment what it made once, of one checkout alone: each needs its own.
    """
    folder = ENVIRONMENTS / name
    venv.create(folder, symlinks=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder)})
    Path(packages, "locked.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def find_published(home: Path) -> Path:
    """Return the published file that readers of a home see."""
    return (home / "published" / "current.duckdb").resolve()
