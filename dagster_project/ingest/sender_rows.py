"""Of the rows that go back to their sender, the cells by which the sender finds them.

These are the key, the unit and the personal columns, as delivered: what the landing does not keep. They live in memory
until the vault has encrypted them.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.ingest import text
from dagster_project.ingest.readers.base import RawTable

PLACE = ["source_sheet", "source_row"]
LINE = "line"
"""Column for a line that does not fit its header: nobody can say which of its fields is whose."""


def faulty_places(*faults: pd.DataFrame) -> pd.DataFrame:
    """Sheet and row of every row that was refused or remarked on, each once: `source_sheet` str, `source_row` int32."""
    told = [frame[PLACE] for frame in faults if len(frame)]
    if not told:
        return _nowhere().copy()
    places = pd.concat(told)
    places = places[places["source_row"].notna()]
    return places.astype({"source_sheet": "str", "source_row": "int32"}).drop_duplicates(ignore_index=True)


@cache
def _nowhere() -> pd.DataFrame:
    """No places: most files have nothing to send back."""
    return pd.DataFrame({"source_sheet": pd.Series(dtype="str"), "source_row": pd.Series(dtype="int32")})


def identifying_cells(tables: list[RawTable], feed: Feed, places: pd.DataFrame) -> pd.DataFrame:
    """One row a place: `source_sheet`, `source_row`, then text columns by canonical name (a unit's as `unit.code`).

    A place that is no row of data (a total, a header) has no cells, and is there all the same.
    """
    if places.empty:
        return places
    cells = pd.concat([_cells(table, feed, places) for table in tables], ignore_index=True)
    return places.merge(cells, on=PLACE, how="left")


def covers(cells: pd.DataFrame | None, places: pd.DataFrame) -> bool:
    """Whether `cells` has every place."""
    if cells is None:
        return places.empty
    return bool(places.merge(cells[PLACE], on=PLACE, how="left", indicator=True)["_merge"].eq("both").all())


def _cells(table: RawTable, feed: Feed, places: pd.DataFrame) -> pd.DataFrame:
    sheet = places["source_sheet"]
    rows = places.loc[sheet.isna() if table.sheet is None else sheet.eq(table.sheet), "source_row"]
    data = table.frame[table.frame["_row"].isin(rows)]
    lines = table.bad_rows[table.bad_rows["_row"].isin(rows)]
    found = pd.DataFrame(
        {"source_row": data["_row"]} | {name: text.clean(data[name]) for name in _columns(feed) if name in data}
    )
    odd = pd.DataFrame({"source_row": lines["_row"], LINE: text.clean(lines["text"])})
    both = pd.concat([found, odd] if len(odd) else [found], ignore_index=True)
    both.insert(0, "source_sheet", pd.Series(table.sheet, index=both.index, dtype="str"))
    return both.astype({"source_row": "int32"})


def _columns(feed: Feed) -> list[str]:
    names: list[str] = []
    for column in feed.contract.columns:
        if column.kind == "unit":
            names += [f"{column.name}.{role}" for role in ("code", "name", "district")]
        elif column.is_key or column.is_personal:
            names.append(column.name)
    return names
