"""Write what is rendered from the contracts, or with `--check` say which files would change (exit 1)."""

from __future__ import annotations

import sys

from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.render import render_all
from dagster_project.core.paths import PROJECT_ROOT


def main(check: bool) -> int:
    """Write or check every rendered file. Return the exit code: 1 when `check` finds a file that would change."""
    stale = []
    for name, text in render_all(load_registry()).items():
        path = PROJECT_ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(("stale: " if check else "written: ") + name)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
