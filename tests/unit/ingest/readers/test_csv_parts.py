"""Rows of a CSV that tell a part of the row above them are no rows of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_project.ingest import readers
from tests.support.kits.reader_kit import HEADERS, SPEC

NAMED = replace(SPEC, kind="csv", names=frozenset({"project_code", "project_name", "commune"}))


@pytest.mark.parametrize("mark", ["1.1", "1.1.", "a)"])
def test_a_numbered_part_that_bears_its_rows_key_is_no_row(mark: str) -> None:
    row = "7100501,Đường số 1,Phường Việt Trì,09/07/2025"
    lines = [",".join(HEADERS), f"1,{row},2.5,40", f"{mark},{row},0.5,4", "2,7100502,Kè,Xã A,09/07/2025,1.5,7"]
    (table,) = readers.read("\n".join(lines).encode(), "a.csv", NAMED)
    assert table.frame["households"].tolist() == ["40", "7"]
    assert table.totals["_kind"].tolist() == ["part"]
