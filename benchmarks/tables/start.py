"""(g) The demo's nights, and what is imported for the first of them, by the package that is imported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from benchmarks.report import ACCOUNT, Table, show_account
from benchmarks.tables.plan import Plan

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)$")
_SHOWN = 0.1


def run(plan: Plan) -> list[Table]:
    """Measure the demo of each checkout, and then its imports, in a demo of their own: telling them costs, too."""
    nights = Table("(g) The demo", ACCOUNT)
    imports = Table("(g) Imports of the demo's first night, all processes", ("own seconds",), unit="s")
    for kind in ("first night", "nothing new"):
        for product in plan.products:
            account = product.refresh(plan.scratch / product.name, None, None)
            nights.add(f"{product.name}: {kind}", *show_account(account), bar=account.cpu)
    for product in plan.products:
        home = plan.scratch / f"{product.name} imports"
        command = ("-X", "importtime", "-m", "dagster_project.cli", "refresh", "--home", str(home))
        told = product.run(*command, codes=(0, 3)).told
        seconds = sum_imports(line for _, line in told)
        imports.add(f"{product.name}: all", f"{sum(seconds.values()):.2f}")
        for package, own in seconds.most_common():
            if own >= _SHOWN:
                imports.add(f"{product.name}: {package}", f"{own:.2f}", bar=own)
    return [nights, imports]


def sum_imports(lines: Iterable[str]) -> Counter[str]:
    """Return package → seconds that importing its own modules took, from what `-X importtime` says."""
    seconds: Counter[str] = Counter()
    for line in lines:
        if found := _LINE.match(line):
            seconds[found[2].partition(".")[0]] += int(found[1]) / 1e6  # type: ignore[assignment]
    return seconds
