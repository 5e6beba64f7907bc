"""What a file says once for all its rows, in its title instead of a column: the plan year, the data date."""

from __future__ import annotations

from datetime import date

from dagster_project.contracts.models import Feed
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.readers.base import RawTable


def read_title_values(tables: list[RawTable], feed: Feed, days: list[date]) -> list[dict[str, object]]:
    """Return for each table: column → the value of all its rows, as the office would have written it in a column.

    `days`: the data date of each table. A sheet without a year in its title has that of the sheets before it. Raises
    BlockedFile `not_said` when a column is neither in the header nor in a title: the year of the data date would be a
    guess, for in January two years are paid.
    """
    labels = {column.name: column.label_vi for column in feed.contract.columns}
    year: int | None = None
    values: list[dict[str, object]] = []
    for table, day in zip(tables, days, strict=True):
        year = table.extra.get("plan_year", year)
        known: dict[str, object] = {"title_year": year, "data_date": day.isoformat()}
        values.append({name: known[how] for name, how in feed.layout.said_once.items()})
        for name, value in values[-1].items():
            if value is None and len(table.frame) and name not in table.frame:
                words = load_rules()["not_said"]
                raise BlockedFile("not_said", words.message_vi.format(column=labels[name]), words.remedy_vi)
    return values
