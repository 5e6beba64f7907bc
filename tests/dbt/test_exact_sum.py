"""Sums of the KPIs, as the engine computes them: whole đồng stay whole, hectares and hours keep their decimals."""

from __future__ import annotations

from math import fsum

import duckdb
import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment

from dagster_project.core.paths import DBT_DIR

MACROS = Environment(autoescape=False).from_string((DBT_DIR / "macros" / "engine.sql").read_text("utf-8")).module
SUM = MACROS.exact_sum("amount")  # type: ignore[attr-defined]
ENGINE = duckdb.connect()


def summed(amounts: list[float]) -> float:
    """The macro's SQL over one DOUBLE a row."""
    rows = pd.DataFrame({"amount": pd.Series(amounts, dtype="float64")})  # noqa: F841 - read by the engine
    (answer,) = ENGINE.execute(f"select {SUM} from rows").fetchone() or (None,)
    return float(answer)


@given(st.lists(st.integers(-(10**14), 10**14).map(float), min_size=1, max_size=30))
@example([576_460_752_305.0])  # which the engine's own cast makes 576,460,752,304.9999
def test_billions_of_dong_are_exact(amounts: list[float]) -> None:
    assert summed(amounts) == sum(map(int, amounts))


@given(st.lists(st.integers(0, 10**10).map(lambda thousandths: thousandths / 1000), min_size=1, max_size=30))
def test_hectares_and_hours_add_up_in_any_order(amounts: list[float]) -> None:
    assert summed(amounts) == summed(amounts[::-1])
    assert summed(amounts) == round(fsum(amounts), 3)
