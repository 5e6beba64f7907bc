"""A spreadsheet keeps the zeros of a text by writing it as a formula; a delimited file holds the formula, and a person
reads the text: in every column and in every feed."""

from __future__ import annotations

import pytest

from dagster_project.contracts.registry import load_registry
from dagster_project.ingest import readers
from dagster_project.ingest.readers.base import make_read_spec

FEEDS = sorted(name for name, feed in load_registry().feeds.items() if feed.layout.reader.kind == "csv")


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("rows", [3, 6_000])
@pytest.mark.parametrize("wrapped", ['="{}"', '"=""{}"""', '= "{}"'])
def test_a_text_formula_is_its_text(feed: str, rows: int, wrapped: str) -> None:
    spec = make_read_spec(load_registry().feeds[feed])
    columns = list(spec.aliases)
    mark = spec.delimiter
    lines = [[f"00{number % 900:04}" if at % 2 else f"MÃ-{number}.{at}" for at in range(len(columns))]
             for number in range(rows)]  # fmt: skip
    names = [names[0] for names in spec.aliases.values()]
    plain = "\n".join(mark.join(line) for line in [names, *lines])
    formulas = "\n".join(mark.join(wrapped.format(cell) for cell in line) for line in [names, *lines])
    (expected,) = readers.read(plain.encode(spec.encoding if spec.encoding != "tcvn3" else "utf-8"), "a.csv", spec)
    (table,) = readers.read(formulas.encode(), "a.csv", spec)
    assert table.frame.astype(object).equals(expected.frame.astype(object))
    assert len(table.frame) == rows


def test_an_empty_text_formula_is_an_empty_cell() -> None:
    spec = make_read_spec(load_registry().feeds["procedures_hb"])
    roles, mark = list(spec.aliases), spec.delimiter
    cells = ['="007"' if role in spec.required else '=""' for role in roles]
    content = mark.join(spec.aliases[role][0] for role in roles) + "\n" + mark.join(cells)
    (table,) = readers.read(content.encode(), "a.csv", spec)
    assert table.frame.drop(columns="_row").iloc[0].dropna().to_dict() == dict.fromkeys(spec.required, "007")
