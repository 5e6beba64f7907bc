"""This module makes millions of dossiers as the landing has them, without writing or reading an office's file: for
benchmarks.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from dagster_project.simulate.reference import load_reference
from dagster_project.simulate.statements import CONTENT, find_end, make_canonical, show_state


def make_landing_rows(world: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the state of every dossier at the end of `as_of`, one row each, in the columns of `landing.procedures`.

    There is one batch per area and month of receipt; `content_hash` is a uint64 of the canonical content.
    """
    procedure = load_reference().procedure
    state = show_state(world, find_end(as_of))
    rows = make_canonical(state, procedure["procedure_code"].to_numpy(dtype=object), "s", has_digitised=True)
    area = state["area"].astype(object)
    month = pd.Series(state["received_at"].to_numpy().astype("datetime64[M]").astype(np.int64) - 600).astype(str)
    row = state["procedure_row"].to_numpy()
    return rows.assign(
        feed_id="procedures_" + area,
        area=area,
        batch_id=area + "-" + month.to_numpy(dtype=object),
        source_sheet="",
        source_row=np.arange(1, len(rows) + 1, dtype=np.int32),
        sheet_date=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]"),
        sheet_no=np.int32(1),
        content_hash=pd.util.hash_pandas_object(rows[list(CONTENT)], index=False).to_numpy(),
        procedure_name=procedure["procedure_name"].to_numpy(dtype=object)[row],
        sector=procedure["sector"].to_numpy(dtype=object)[row],
        is_result_digitised=rows["is_result_digitised"].map({"1": True, "0": False}).astype("boolean"),
    )
