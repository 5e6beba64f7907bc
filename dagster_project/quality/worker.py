"""The Great Expectations side of the judge: one ephemeral context, a request a line in, a verdict list a line out."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

_RARE = ("altair", "scipy.stats")
"""What Great Expectations imports for charts and for comparing distributions: a third of its start."""


class ImportedWhenUsed(ModuleType):
    """Stands for a module until somebody takes something from it (`importlib.util.LazyLoader` loads at `import`)."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system looks for these
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def main() -> None:
    """Serve requests until standard input closes. Only verdicts go to standard output."""
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.modules.update({name: ImportedWhenUsed(name) for name in _RARE})
    gc.disable()  # half a second of an import that makes nothing but what lives
    import great_expectations as gx
    import pandas as pd

    gc.enable()
    configurations = _remember_configurations(gx)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("landing")
    batches = source.add_dataframe_asset("new_rows").add_batch_definition_whole_dataframe("night")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            frame = pd.read_parquet(request["data"])
            batch = batches.get_batch({"dataframe": frame})
            found = [answer for path in request["suites"] for answer in _judge(gx, batch, path)]
        except Exception as error:  # one suite that cannot be run must not silence the judge for the other feeds
            found = [{"name": "*", "error": f"{type(error).__name__}: {error}"}]
        configurations.clear()
        answers.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")
        answers.flush()
    gc.freeze()  # the night waits for this process's end: what lives now need not be taken apart


def _remember_configurations(gx: Any) -> dict[int, Any]:
    """Let an expectation make its configuration once a request, which must clear what this returns.

    Great Expectations makes it anew at every look, a hundred times an expectation, and spent two fifths of its time so.
    """
    known: dict[int, Any] = {}
    make = gx.expectations.Expectation.configuration.fget

    def configuration(expectation: Any) -> Any:
        if id(expectation) not in known:
            known[id(expectation)] = (make(expectation), expectation)  # kept alive, so that its id stays its own
        return known[id(expectation)][0]

    gx.expectations.Expectation.configuration = property(configuration)
    return known


def _judge(gx: Any, batch: Any, path: str) -> list[dict[str, Any]]:
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    suite = gx.ExpectationSuite(**document)
    if len(suite.expectations) != len(document["expectations"]):  # the library logs what it cannot build, and drops it
        raise ValueError(f"{Path(path).name} holds an expectation that cannot be built")
    result = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    return [_answer(r) for r in result.results]


def _answer(result: Any) -> dict[str, Any]:
    config = result.expectation_config
    raised = [e for e in _exceptions(result.exception_info) if e]
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


def _exceptions(info: Any) -> list[str | None]:
    """Great Expectations gives one exception record, or one a metric."""
    if not info:
        return []
    records = [info] if "raised_exception" in info else list(info.values())
    return [r.get("exception_message") for r in records if r.get("raised_exception")]


if __name__ == "__main__":
    main()
