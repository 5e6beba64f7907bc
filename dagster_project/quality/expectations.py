"""The side of the judge that knows Great Expectations: rows and suites come in, what each expectation says goes out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

Request = tuple[bytes, Sequence[Path]]
"""The rows as Parquet, and the suites to hold them against."""


@cache
def open_batches() -> Any:
    """Return the one batch definition of this process, in an ephemeral context. The first call imports for seconds."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("landing")
    return source.add_dataframe_asset("new_rows").add_batch_definition_whole_dataframe("new_rows")


def judge_rows(request: Request) -> str:
    """Return what each expectation of the suites says of the rows: a JSON list, as `judge` reads it.

    JSON, because no object of the library may reach the night: to read it there would import the whole library again.
    Never raises: a suite that cannot be run is told in `error`, under the name "*".
    """
    import pandas as pd

    rows, suites = request
    try:
        batch = open_batches().get_batch({"dataframe": pd.read_parquet(io.BytesIO(rows))})
        found = [answer for path in suites for answer in _hold_against(batch, path)]
    except Exception as error:  # one suite that cannot be run must not silence the judge for the other feeds
        found = [{"name": "*", "error": f"{type(error).__name__}: {error}"}]
    return json.dumps(found, ensure_ascii=False, default=str)


def _hold_against(batch: Any, path: Path) -> list[dict[str, Any]]:
    """Validate the batch by one suite. Raises ValueError for a suite of which the library can build only a part."""
    import great_expectations as gx

    document = json.loads(path.read_text(encoding="utf-8"))
    suite = gx.ExpectationSuite(**document)
    if len(suite.expectations) != len(document["expectations"]):  # the library logs what it cannot build, and drops it
        raise ValueError(f"{path.name} holds an expectation that cannot be built")
    result = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    return [_describe_result(r) for r in result.results]


def _describe_result(result: Any) -> dict[str, Any]:
    config = result.expectation_config
    raised = [e for e in _list_exceptions(result.exception_info) if e]
    return {
        "name": config.meta["check"],
        "on_failure": config.meta["on_failure"],
        "severity": config.severity or "critical",
        "description": config.description or "",
        "column": config.kwargs.get("column"),
        "passed": bool(result.success),
        "unexpected": list((result.result or {}).get("unexpected_index_list") or []),
        "error": raised[0] if raised else None,
    }


def _list_exceptions(info: Any) -> list[str | None]:
    """List what was raised. Great Expectations gives one exception record, or one per metric."""
    if not info:
        return []
    records = [info] if "raised_exception" in info else list(info.values())
    return [r.get("exception_message") for r in records if r.get("raised_exception")]
