"""Run a notebook without Jupyter: its code cells, in order, each ending in a relation or a statement."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """The cells of one kind."""
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def run_cells(path: Path) -> list[Any]:
    """What each code cell shows: the value of its last line, None where that is no expression."""
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_run("".join(cell["source"]), names) for cell in cells(path, "code")]


def _run(source: str, names: dict[str, Any]) -> Any:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
