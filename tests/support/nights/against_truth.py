"""Hold a published version against the simulator's truth, cell by cell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pandas as pd

from tests.support.nights.against_parts import compare_backlog, compare_parts

KPI_KEY = ["kpi_id", "period_kind", "period_start", "grain", "unit_code", "dimension", "member"]
DOSSIER = [
    "dossier_id", "area", "unit_level", "unit_code", "commune_code", "former_province_code", "attribution",
    "procedure_code", "channel", "status_code", "state", "due_at", "finished_at", "returned_at",
    "is_resolved", "is_on_time", "is_overdue", "working_days",
]  # fmt: skip
FIRST_PERIOD = "2024-12-30"
"""Periods begin when the feeds do; a finish date before its own receipt may lie in none of them."""
FACTS = {
    "fct_disbursement": ("disbursement", ["project_code", "fund_source", "plan_year", "report_date"]),
    "fct_auction_lot": ("auction_lot", ["site", "unit_level", "unit_code", "lot", "round"]),
    "fct_site_clearance": ("site_clearance", ["project_code", "unit_level", "unit_code", "report_date"]),
    "fct_household": ("household", ["feed_id", "file", "sheet", "row"]),
    "fct_centre_readiness": ("centre_readiness", ["unit_level", "unit_code", "report_date"]),
    "fct_directive": ("directive", ["directive_no", "task"]),
    "fct_plan_milestone": ("plan_milestone", ["plan_no", "milestone"]),
}
"""A mart of facts → the frame of the truth, and its key."""
KEPT_BACK = ["household_id", "is_counted"]
"""Columns of the truth that no mart shows: the number of a household tells who lives there, and who counts is said by
the measure flags of the KPIs, which are held against the truth's own figures."""
MOMENTS = {"due_at", "finished_at", "returned_at"}


def compare(current: Path, truth: Path) -> list[str]:
    """Every difference between marts and truth, in words; empty when the night is right."""
    with duckdb.connect(str(current), read_only=True) as marts:
        return [
            *_accounts(marts, truth),
            *_quarantine(marts, truth),
            *_dossiers(marts, truth),
            *(difference for mart in FACTS for difference in _facts(marts, truth, mart)),
            *_kpis(marts, truth),
            *compare_parts(marts, read_truth(truth, "kpi").fillna({"dimension": "", "member": ""})),
            *compare_backlog(marts, truth),
            *_control_totals(marts, truth),
            *_gaps(marts, truth),
            *_restatements(marts, truth),
        ]


def read_truth(truth: Path, name: str) -> pd.DataFrame:
    """One frame of the truth, every value as text, empty as None."""
    return pd.read_csv(truth / f"{name}.csv", dtype="str", keep_default_na=False).replace("", None)


def _accounts(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    stated = read_truth(truth, "accounts")
    stated = stated[stated["blocked"].isna()].set_index(["feed_id", "file"])
    found = marts.sql("from marts.source_file where state = 'accepted'").df().set_index(["feed_id", "file"])
    differences = [f"tệp chỉ có ở một bên: {key}" for key in set(stated.index) ^ set(found.index)]
    pairs = {
        "rows_read": "rows_read",
        "not_data": "rows_not_data",
        "quarantined": "rows_quarantined",
        "duplicate": "rows_duplicate",
        "accepted": "rows_accepted",
        "copies": "copies",
    }
    for key in sorted(set(stated.index) & set(found.index)):
        for theirs, ours in pairs.items():
            if int(float(stated.loc[key, theirs] or 0)) != int(found.loc[key, ours]):
                differences.append(f"{key} {ours}: {found.loc[key, ours]} ≠ {stated.loc[key, theirs]}")
    return differences


def _quarantine(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    stated = read_truth(truth, "quarantine").groupby("feed_id").size().to_dict() if _has(truth, "quarantine") else {}
    found = marts.sql("select feed_id, rows_quarantined::int from marts.feed_status").fetchall()
    wanted = {feed: stated.get(feed, 0) for feed, _ in found}
    return [f"{feed}: {n} dòng cách ly ≠ {wanted[feed]}" for feed, n in found if (n or 0) != wanted[feed]]


def _dossiers(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    stated = read_truth(truth, "dossier").set_index("dossier_id")
    found = marts.sql("from marts.fct_dossier").df().set_index("dossier_id")
    differences = [f"hồ sơ chỉ có ở một bên: {key}" for key in sorted(set(stated.index) ^ set(found.index))[:5]]
    both = stated.index.intersection(found.index)
    for column in DOSSIER[1:]:
        ours, theirs = _text(found.loc[both, column], column), _text(stated.loc[both, column], column)
        wrong = both[(ours != theirs).to_numpy()]
        if len(wrong):
            differences.append(
                f"fct_dossier.{column}: {len(wrong)} khác, như {wrong[0]}: {ours[wrong[0]]} ≠ {theirs[wrong[0]]}"
            )
    return differences


def _text(values: pd.Series, column: str) -> pd.Series:
    """Comparable text: days of moments, whole numbers without a fraction, missing as ''."""
    if column in MOMENTS:
        return pd.to_datetime(values).dt.strftime("%Y-%m-%d").fillna("")
    if column in {"working_days", "status_code"}:
        return pd.to_numeric(values).astype("Int64").astype("str").fillna("").replace("<NA>", "").replace("0", "")
    return values.astype("str").fillna("").replace({"<NA>": "", "nan": "", "None": ""}).str.lower()


def _facts(marts: duckdb.DuckDBPyConnection, truth: Path, mart: str) -> list[str]:
    """Every column of the truth's frame, with the file, sheet and row that each fact names."""
    name, key = FACTS[mart]
    if not (truth / f"{name}.csv").exists():
        return []
    query = (
        f"select fact.*, file.file from marts.{mart} as fact join marts.source_file as file using (feed_id, batch_id)"
    )
    found = marts.sql(query).df().rename(columns={"source_sheet": "sheet", "source_row": "row"})
    stated = read_truth(truth, name).drop(columns=KEPT_BACK, errors="ignore")
    ours = pd.DataFrame({column: _plain(found[column], found[column]) for column in stated.columns}).set_index(key)
    theirs = pd.DataFrame({column: _plain(stated[column], found[column]) for column in stated.columns}).set_index(key)
    assert ours.index.is_unique, f"{mart} có khóa trùng"
    differences = [f"{mart} chỉ có ở một bên: {each}" for each in sorted(set(ours.index) ^ set(theirs.index))[:5]]
    both = theirs.index.intersection(ours.index)
    for column in theirs.columns:
        one, other = ours.loc[both, column], theirs.loc[both, column]
        wrong = both[(one != other).to_numpy()]
        if len(wrong):
            differences.append(
                f"{mart}.{column}: {len(wrong)} khác, như {wrong[0]}: {one[wrong[0]]} ≠ {other[wrong[0]]}"
            )
    return differences


def _plain(values: pd.Series, like: pd.Series) -> pd.Series:
    """Comparable text of values that have the type of `like`: days, numbers to six places, missing as ''."""
    if pd.api.types.is_datetime64_any_dtype(like):
        return pd.to_datetime(values).dt.strftime("%Y-%m-%d").fillna("").astype("str")
    if pd.api.types.is_bool_dtype(like):
        return values.astype(object).where(values.notna(), "").astype("str")
    if pd.api.types.is_numeric_dtype(like):
        numbers = pd.to_numeric(values).astype("Float64")
        return numbers.map("{:.6f}".format, na_action="ignore").astype(object).fillna("").astype("str")
    return values.astype(object).where(values.notna(), "").astype("str")


def _kpis(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    stated = read_truth(truth, "kpi").fillna({"dimension": "", "member": ""})
    stated = stated[(stated["period_start"] >= FIRST_PERIOD) | (stated["period_kind"] == "to_date")]
    kpi_ids = ", ".join(f"'{k}'" for k in sorted(set(stated["kpi_id"])))
    query = f"select * replace (period_start::varchar as period_start) from marts.kpi_value where kpi_id in ({kpi_ids})"
    found = marts.sql(query).df().fillna({"dimension": "", "member": ""})
    assert not found.duplicated(KPI_KEY).any(), "kpi_value có ô trùng khóa"
    stated = stated.rename(columns={"decided": "decided_truth", "paused": "paused_truth"})
    joined = stated.merge(found, on=KPI_KEY, how="outer", suffixes=("_truth", ""), indicator=True)
    differences = []
    joined["decided"] = joined["decided_share"].astype(float) * joined["denominator"].astype(float)
    for measure in ("numerator", "denominator", "decided", "paused"):
        ours = pd.to_numeric(joined[measure]).fillna(0)
        theirs = pd.to_numeric(joined[f"{measure}_truth"]).fillna(0)
        wrong = joined[(ours - theirs).abs() > 1e-6]
        for _, row in wrong.head(5).iterrows():
            key = " ".join(str(row[k]) for k in KPI_KEY)
            differences.append(f"{key} {measure}: {row[measure]} ≠ {row[f'{measure}_truth']}")
        if len(wrong) > 5:
            differences.append(f"… và {len(wrong) - 5} ô {measure} nữa")
    absent = joined[(joined["_merge"] == "left_only") & (pd.to_numeric(joined["denominator_truth"]).fillna(0) != 0)]
    if len(absent):
        differences.append(f"thiếu {len(absent)} ô KPI, như {absent.iloc[0][KPI_KEY].tolist()}")
    return differences


def _control_totals(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    stated = read_truth(truth, "control_total")
    found = marts.sql("from marts.control_total").df()
    wanted = sorted((r.feed_id, round(float(r.stated), 6), round(float(r.computed), 6)) for r in stated.itertuples())
    ours = sorted((r.feed_id, round(float(r.stated), 6), round(float(r.computed), 6)) for r in found.itertuples())
    return [] if wanted == ours else [f"control_total: {sorted(set(ours) ^ set(wanted))[:6]}"]


GAP = ["feed_id", "kind", "period", "commune_code", "measure"]
RESTATEMENT = ["table", "key", "column", "old_value", "new_value", "file"]


def _gaps(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    """Gaps of one (feed, kind, period, commune, measure): as many, with as many rows each."""
    names = ", ".join(GAP)
    found = marts.sql(f"select {names}, rows_affected::varchar as rows_affected from marts.data_gap").fetchall()
    stated = read_truth(truth, "data_gap")[[*GAP, "rows_affected"]]
    return _as_multisets("data_gap", found, stated)


def _restatements(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    names = ", ".join(f'"{name}"' for name in RESTATEMENT)
    found = marts.sql(f"select {names} from marts.restatement").fetchall()
    return _as_multisets("restatement", found, read_truth(truth, "restatement")[RESTATEMENT])


def _as_multisets(table: str, found: list[tuple[object, ...]], stated: pd.DataFrame) -> list[str]:
    """Rows that only one side has, each as often as it is missing on the other."""
    ours = Counter(found)
    theirs = Counter(stated.astype(object).where(stated.notna(), None).itertuples(index=False, name=None))
    more = [f"{table} thừa {count} dòng: {row}" for row, count in (ours - theirs).items()]
    return more + [f"{table} thiếu {count} dòng: {row}" for row, count in (theirs - ours).items()]


def _has(truth: Path, name: str) -> bool:
    return (truth / f"{name}.csv").stat().st_size > 1
