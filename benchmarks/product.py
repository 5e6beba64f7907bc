"""The checkouts of the product that a benchmark measures: this one and, for "as it was before", another beside it."""

from __future__ import annotations

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
    """A product is one checkout, by the name that tables give it.

    It has an environment of its own: an installation keeps there what it made once, of one checkout alone.
    """

    name: str
    root: Path

    @property
    def _environment(self) -> Path:
        return ENVIRONMENTS / self.name.replace(" ", "-")

    def run(self, *command: str, codes: Sequence[int] = (0,)) -> Account:
        """Run Python with this checkout's packages first, and return the account of all its processes."""
        python = str(self._environment / "bin" / "python")
        return measure([python, *command], {"PYTHONPATH": str(self.root)}, codes, self.root)

    def refresh(self, home: Path, inbox: Path | None, as_of: date | None) -> Account:
        """Run one night; without an inbox the demo's."""
        told = [*(("--inbox", str(inbox)) if inbox else ()), *(("--as-of", as_of.isoformat()) if as_of else ())]
        return self.run("-m", "dagster_project.cli", "refresh", "--home", str(home), *told, codes=PUBLISHED)

    def prepare(self) -> None:
        """Do what an installation does once: make the environment, parse the dbt project, make the demo's inbox."""
        venv.create(self._environment, clear=False, symlinks=True)
        lib = sysconfig.get_path("purelib", vars={"base": str(self._environment)})
        Path(lib, "locked.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        for part in ("warehouse.dbt_project", "night.demo"):
            self.run("-m", f"dagster_project.{part}", "--install")


def list_products(against: Path | None) -> list[Product]:
    """Return this checkout, and the one it is held against, if any."""
    return [Product("haicap", ROOT), *([Product("haicap before", against.resolve())] if against else [])]


def find_published(home: Path) -> Path:
    """Return the published file that readers of a home see."""
    return (home / "published" / "current.duckdb").resolve()
