"""Hold the parts of the province's KPIs, and the backlog by holder and week, against the simulator's truth.

The truth knows each dossier and each KPI cell; the parts are put together from them here, in pandas.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

CENTRE = "H44.01-TT"
DAY = pd.Timedelta(days=1)
HEADLINE = """
with newest as (
    select value.kpi_id, value.period_kind, max(value.period_start) as period_start
    from marts.kpi_value as value
    join marts.kpi_definition as definition
        on value.kpi_id = definition.kpi_id and value.period_kind = definition.headline_period
    group by all
)
select
    kpi_id, period_kind, period_start::varchar as period_start,
    case period_kind
        when 'to_date' then 'to_date' when 'week' then strftime(period_start, '%G-W%V')
        else strftime(period_start, '%Y-%m')
    end as period
from newest
"""


def compare_parts(marts: duckdb.DuckDBPyConnection, kpi: pd.DataFrame) -> list[str]:
    """Every difference between kpi_part and the cells of the truth (`kpi`: text, as the truth's file has it)."""
    headline = marts.sql(HEADLINE).df()
    cells = kpi[kpi["dimension"] == ""].merge(headline, on=["kpi_id", "period_kind", "period_start"])
    cells = cells.assign(**{name: pd.to_numeric(cells[name]).fillna(0.0) for name in ("numerator", "denominator")})
    # Of tasks, which stand at no former province, the communes' cells are put together.
    has_areas = set(cells.loc[cells["grain"] == "former_province", "kpi_id"])
    areas = cells["grain"].eq("former_province") | cells["grain"].eq("commune") & ~cells["kpi_id"].isin(has_areas)
    area_of = dict(marts.sql("select commune_code, former_province_code from marts.dim_commune").fetchall())
    placed = cells[areas | cells["grain"].eq("department")]
    area = placed["unit_code"].where(placed["grain"] == "former_province", placed["unit_code"].map(area_of))
    department = placed["unit_code"].map({CENTRE: "provincial_centre"}).fillna("departments")
    placed = placed.assign(part=area.where(placed["grain"] != "department", department))
    theirs = placed.groupby(["kpi_id", "period", "part"])[["numerator", "denominator"]].sum()
    whole = cells[cells["grain"] == "province"].set_index(["kpi_id", "period"])[["numerator", "denominator"]]
    rest = whole.sub(theirs.groupby(level=[0, 1]).sum(), fill_value=0.0)
    ours = marts.sql("select kpi_id, period, part, numerator, denominator from marts.kpi_part").df()
    ours = ours.set_index(["kpi_id", "period", "part"]).fillna(0.0)
    beside = ours[ours.index.get_level_values("part").isin(["not_attributable", "unassigned"])]
    ours = ours.drop(beside.index)
    return [
        *_list_differences("kpi_part", ours, theirs),
        *_list_differences("kpi_part ngoài các nơi", beside.groupby(level=[0, 1]).sum(), rest),
    ]


def compare_backlog(marts: duckdb.DuckDBPyConnection, truth: Path) -> list[str]:
    """Every difference between backlog and backlog_week and what the truth's dossiers make of them."""
    dossier = pd.read_csv(truth / "dossier.csv", dtype="str", keep_default_na=False).replace("", None)
    sector = dict(marts.sql("select procedure_code, sector from marts.dim_procedure").fetchall())
    as_of = pd.Timestamp(marts.sql("select max(as_of) from marts.kpi_value").fetchall()[0][0])
    days = {name: pd.to_datetime(dossier[name]).dt.normalize() for name in ("due_at", "finished_at", "returned_at")}
    dossier = dossier.assign(
        holder=dossier["unit_level"].mask(dossier["unit_code"] == CENTRE, "provincial_centre"),
        due=days["due_at"],
        ended=days["finished_at"].fillna(days["returned_at"]).where(dossier["state"] == "closed"),
        sector=dossier["procedure_code"].map(sector).fillna("Chưa có trong danh mục"),
    )
    late = dossier[dossier["is_overdue"] == "True"].assign(days=lambda rows: (as_of - rows["due"]).dt.days)
    late["age_band"] = pd.cut(late["days"], [0, 7, 30, 10**6], labels=["≤7", "8–30", ">30"]).astype("str")
    by_holder = late.groupby(["holder", "unit_code", "sector", "age_band"])["days"].agg(["size", "max"])
    ours = marts.sql(
        "select holder, unit_code, sector, age_band, dossiers as size, oldest_days as max from marts.backlog"
    )
    differences = _list_differences("backlog", ours.df().set_index(list(by_holder.index.names)), by_holder)
    return differences + _compare_weeks(marts, dossier, as_of)


def _compare_weeks(marts: duckdb.DuckDBPyConnection, dossier: pd.DataFrame, as_of: pd.Timestamp) -> list[str]:
    """A dossier is in the backlog from the day after its due date, or its receipt, to the day before its end."""
    received = pd.to_datetime(
        marts.sql("select dossier_id, received_at from marts.fct_dossier").df().set_index("dossier_id")["received_at"]
    )
    in_days = dossier["dossier_id"].map(received).dt.normalize()
    known = dossier["state"].eq("open") | dossier["ended"].notna()
    rows = dossier[known & dossier["due"].notna()].assign(received=in_days)
    rows["first"] = rows[["due"]].add(DAY).join(rows[["received"]]).max(axis=1)
    rows["last"] = rows["ended"].sub(DAY).fillna(as_of)
    rows = rows[rows["first"] <= rows["last"]]
    place = rows["former_province_code"].fillna("-")
    counted = []
    for week in pd.date_range(as_of - as_of.weekday() * DAY - 15 * 7 * DAY, as_of, freq="7D"):
        end = min(week + 6 * DAY, as_of)
        told = pd.DataFrame(
            {
                "became_overdue": rows["first"].between(week, end),
                "stock": rows["first"].le(end) & rows["last"].ge(end),
                "cleared": rows["ended"].between(week, end) & rows["ended"].notna(),
            }
        )  # fmt: skip
        summed = told.groupby([rows["holder"], place]).sum().rename_axis(["holder", "place"]).reset_index()
        counted.append(summed.assign(week=week))
    theirs = pd.concat(counted).set_index(["week", "holder", "place"]).astype("int64")
    query = (
        "select week::timestamp as week, holder, coalesce(former_province_code, '-') as place, became_overdue, stock,"
        " cleared from marts.backlog_week"
    )
    return _list_differences("backlog_week", marts.sql(query).df().set_index(["week", "holder", "place"]), theirs)


def _list_differences(table: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """Return the rows in which two tables of numbers differ; a row that one side lacks is of zeros."""
    rows = ours.index.union(theirs.index)
    one = ours.reindex(rows).fillna(0).astype(float)
    other = theirs.reindex(rows)[list(ours.columns)].fillna(0).astype(float)
    wrong = rows[((one - other).abs() > 1e-6).any(axis=1)]
    return [f"{table} {key}: {one.loc[key].tolist()} ≠ {other.loc[key].tolist()}" for key in wrong[:5]]
