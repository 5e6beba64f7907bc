"""One build: fresh files, dbt in this process, and a verdict that a person can read."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.contracts.province import load_province
from dagster_project.core.database import open_database, quote_path
from dagster_project.core.durable_files import pass_fault_point
from dagster_project.core.errors import AuditRefusal, HaicapError
from dagster_project.core.paths import Home
from dagster_project.warehouse import ledger
from dagster_project.warehouse.dbt_project import (
    BUILD_FILE,
    MARTS_FILE,
    list_dbt_arguments,
    prepare_project_dir,
    read_manifest,
    set_dbt_environment,
)
from dagster_project.warehouse.identity import Identity

RegisterInputs = Callable[[Path, Home, Any], None]

_ROWS_SHOWN = 5


@dataclass(frozen=True)
class NodeResult:
    """Says what became of one dbt node.

    `status`: success | pass | warn | fail | error | skipped. `title`: the test's own words when it has some, else its
    name. `rows`: up to five failing rows of a test, as text.
    """

    unique_id: str
    name: str
    resource_type: str
    status: str
    title: str
    message: str
    failures: int | None
    seconds: float
    rows: tuple[dict[str, str], ...] = field(default=())

    @property
    def is_refusal(self) -> bool:
        """Tell whether the node refuses the build: it erred, or is a test of severity error that failed."""
        return self.status in ("fail", "error")


@dataclass(frozen=True)
class Build:
    """Holds a finished build. `marts` is not published yet; `results` has every node that dbt ran or skipped."""

    folder: Path
    marts: Path
    results: tuple[NodeResult, ...]


def make_run_folder(home: Home) -> Path:
    """Make the scratch folder of this process's build, emptied, and return it."""
    folder = home.build.resolve() / f"run-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(home: Home, identity: Identity, register_inputs: RegisterInputs) -> Build:
    """Build everything anew from the landing, the decisions, the seeds and the ledger.

    Never raises for what the data or a test say: that stands in `results`, and `refuse_failures` decides. Raises
    HaicapError when dbt itself could not run.
    """
    folder = make_run_folder(home)
    build_db = folder / BUILD_FILE
    register_inputs(build_db, home, identity.as_of)
    ledger.register_views(build_db, home, identity)
    pass_fault_point("inputs_registered")
    results = _run_dbt(home, folder, identity.as_of)
    pass_fault_point("built")
    return Build(folder, folder / MARTS_FILE, _add_rows(folder, results))


def warm_up(home: Home) -> None:
    """Import dbt and decode its manifest: seconds of waiting, if done in a thread while other work goes on."""
    import dbt.adapters.duckdb.connections
    import dbt.task.build  # noqa: F401

    read_manifest(home)


def refuse_failures(results: Iterable[NodeResult]) -> None:
    """Raise AuditRefusal, in words, when a node erred or a test of severity error failed."""
    refusals = [result for result in results if result.is_refusal]
    if not refusals:
        return
    lines = [line for result in refusals for line in _say_in_words(result)]
    raise AuditRefusal(
        f"Đêm nay không công bố: {len(refusals)} kiểm tra hoặc bước dựng không đạt. Bản tốt gần nhất vẫn giữ nguyên.\n"
        + "\n".join(lines),
        "Sửa nguyên nhân nêu trên (dữ liệu nguồn, decisions.yaml hoặc dự án dbt) rồi chạy lại `haicap refresh`.",
    )


def _say_in_words(result: NodeResult) -> list[str]:
    counted = "" if result.failures is None else f" ({result.failures} dòng sai)"
    reason = f": {result.message}" if result.status == "error" else ""
    rows = [f"      {', '.join(f'{name}={value}' for name, value in row.items())}" for row in result.rows]
    return [f"  - {result.title}{counted}{reason}", *rows]


def _run_dbt(home: Home, folder: Path, as_of: date) -> list[tuple[NodeResult, str]]:
    """Run `dbt build` and let go of the files. Returns each node with its compiled SQL (empty for seeds)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    variables = {"as_of": as_of.isoformat()} | load_province().list_dbt_variables()
    arguments = [
        "build",
        *list_dbt_arguments(folder, prepare_project_dir(home)),
        "--no-write-json",
        "--no-populate-cache",
        "--vars",
        json.dumps(variables),
    ]
    arguments += ["--exclude-resource-types", "unit_test"]
    with set_dbt_environment(folder):
        try:
            outcome = dbtRunner(manifest=read_manifest(home)).invoke(arguments)
        finally:
            # dbt keeps the database open, locked and partly in its log until this is called.
            DuckDBConnectionManager.close_all_connections()
    executed = getattr(outcome.result, "results", None)
    if not executed:
        raise HaicapError(
            f"dbt không chạy được: {outcome.exception or 'không có bước nào được chạy'}",
            f"Xem nhật ký trong {folder}; nếu vừa sửa dự án dbt, kiểm tra bằng `make test`.",
        )
    return [(_read_result(result), getattr(result.node, "compiled_code", None) or "") for result in executed]


def _read_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=str(node.resource_type),
        status=str(result.status),
        title=((node.description or "").strip() or node.name) if node.resource_type == "test" else node.name,
        message=" ".join((result.message or "").split()),
        failures=result.failures,
        seconds=float(result.execution_time),
    )


def _add_rows(folder: Path, results: list[tuple[NodeResult, str]]) -> tuple[NodeResult, ...]:
    """Add the first failing rows to each failing test, read from the closed files."""
    if not any(result.status in ("fail", "warn") for result, _ in results):
        return tuple(result for result, _ in results)
    with open_database(folder / BUILD_FILE, read_only=True) as connection:
        connection.execute(f"attach {quote_path(folder / MARTS_FILE)} as published (read_only)")
        return tuple(_add_failing_rows(connection, result, sql) for result, sql in results)


def _add_failing_rows(connection: duckdb.DuckDBPyConnection, result: NodeResult, sql: str) -> NodeResult:
    if result.status not in ("fail", "warn") or not sql:
        return result
    try:
        relation = connection.sql(f"select * from ({sql.rstrip().rstrip(';')}) limit {_ROWS_SHOWN}")
        found = relation.fetchall()
    except duckdb.Error:  # the verdict stands without its examples
        return result
    rows = tuple(
        {name: "-" if value is None else str(value) for name, value in zip(relation.columns, row, strict=True)}
        for row in found
    )
    return replace(result, rows=rows)
