"""The job as a Polars script: every step is an expression over whole columns.

`python -m benchmarks.peers.polars_script INBOX FOLDER D` writes fct_dossier.parquet and kpi_value.parquet.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import fastexcel
import polars as pl

from benchmarks.peers import task

_STATEMENT = (
    "area", "dossier_id", "procedure_code", *task.DATES, "status", "channel", "code", "name", "digitised", "fee",
    "stated_at", "data_date",
)  # fmt: skip
_PLACE = ("commune_code", "department_code", "former_province_code", "sector")
_KEY = ("kpi_id", "period_kind", "period_start", "grain", "unit_code", "dimension", "member")
_SUMS = ("a", "a_met", "b", "b_met", "c", "c_met")


def main(inbox: Path, folder: Path, day: date) -> None:
    """Do the whole job and write both tables."""
    folder.mkdir(parents=True, exist_ok=True)
    statements = pl.concat([read_pages(inbox), read_lists(inbox), read_workbooks(inbox)])
    dossiers = judge(take_latest(statements), day)
    dossiers.select(*task.FACT, "fee").write_parquet(folder / "fct_dossier.parquet")
    count_kpis(dossiers, day).write_parquet(folder / "kpi_value.parquet")


def read_pages(inbox: Path) -> pl.DataFrame:
    """Return the statements of the portal's JSON pages."""
    fields = {name: pl.Int64 if name == "LePhi" else pl.String for name in task.HEADERS["pt"]}
    schema = {"data": pl.Struct({"items": pl.List(pl.Struct(fields))})}
    pages = [
        pl.read_json(path, schema=schema)["data"].struct.field("items").explode().struct.unnest()
        for path in task.list_files(inbox, "pt")
    ]
    return _make_statements(pages, "pt", "%Y%m%d%H%M%S", data_date=pl.lit(None, pl.Date))


def read_lists(inbox: Path) -> pl.DataFrame:
    """Return the statements of the monthly lists in TCVN3."""
    months = [
        pl.read_csv(
            task.decode_tcvn3(path.read_bytes()).encode(),
            separator=";", quote_char=None, infer_schema=False, columns=list(task.HEADERS["hb"]),
        ).with_columns(data_date=pl.lit(task.find_month(path)))
        for path in task.list_files(inbox, "hb")
    ]  # fmt: skip
    return _make_statements(months, "hb", "%d/%m/%Y", digitised=pl.lit(None, pl.String), fee=pl.lit(None, pl.Int64))


def _make_statements(parts: Sequence[pl.DataFrame], area: str, moment: str, **lacking: pl.Expr) -> pl.DataFrame:
    """Return the statements of an area whose files write moments as texts, by the form `moment`; `lacking`:
    the columns that they do not have."""
    moments = (*task.DATES, "changed_at")
    return (
        pl.concat(parts)
        .rename(task.HEADERS[area])
        .with_columns(pl.col(moments).str.to_datetime(moment, time_unit="us", strict=False))
        .rename({"changed_at": "stated_at"})
        .with_columns(area=pl.lit(area), **lacking)
        .select(_STATEMENT)
    )


def read_workbooks(inbox: Path) -> pl.DataFrame:
    """Return the statements of the monthly workbooks; header and data date are found in their first rows."""
    months = []
    for path in task.list_files(inbox, "vp"):
        book = fastexcel.read_excel(path)
        top = book.load_sheet(0, header_row=None, n_rows=30, dtypes="string").to_polars().rows()
        last, names = task.find_columns(top)
        kinds = {
            column: "datetime" if name in task.DATES else "float" if name == "fee" else "string"
            for column, name in names.items()
        }
        sheet = book.load_sheet(0, header_row=None, skip_rows=last + 1, use_columns=list(names), dtypes=kinds)
        frame = sheet.to_polars()
        end = datetime.combine(task.find_title_day(top[:last]), time(23, 59, 59))
        months.append(
            frame.rename(dict(zip(frame.columns, (names[column] for column in sorted(names)), strict=True)))
            .filter(pl.col("dossier_id").str.contains(r"-\d{6}-\d+$"))
            .with_columns(pl.col(task.DATES).cast(pl.Datetime("us")), stated_at=pl.lit(end, pl.Datetime("us")))
        )
    return (
        pl.concat(months)
        .with_columns(
            pl.col("fee").cast(pl.Int64), area=pl.lit("vp"), code=pl.lit(None, pl.String),
            data_date=pl.lit(None, pl.Date),
        )
        .select(_STATEMENT)
    )  # fmt: skip


def take_latest(statements: pl.DataFrame) -> pl.DataFrame:
    """Return the last statement of each dossier, with its unit and its words understood."""
    latest = statements.sort("stated_at", "data_date", nulls_last=False).unique("dossier_id", keep="last")
    keyed = latest.with_columns(is_new=pl.col("received_at") >= datetime.combine(task.MERGER, time()))
    questions = keyed.select("area", "code", "name", "is_new").unique()
    units = task.Units()
    answers = pl.DataFrame(
        [units.resolve(row) for row in questions.rows()], schema=dict.fromkeys(task.UNIT, pl.String), orient="row"
    )
    resolved = pl.concat([questions, answers], how="horizontal")
    return keyed.join(resolved, on=["area", "code", "name", "is_new"], how="left", nulls_equal=True).with_columns(
        status_code=pl.col("status").replace_strict(task.STATUS, return_dtype=pl.Int32),
        channel=pl.col("channel").replace_strict(task.CHANNEL, default=task.NO_CHANNEL, return_dtype=pl.String),
        is_result_digitised=pl.col("digitised").replace_strict(task.DIGITISED, default=None, return_dtype=pl.Boolean),
    )


def judge(dossiers: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the dossiers with their state at the end of `day` and all that follows from it."""
    after = datetime.combine(day, time()) + timedelta(days=1)
    days = pl.DataFrame(task.list_calendar(), schema={"day": pl.Date, "works": pl.Boolean, "n": pl.Int32}, orient="row")
    procedures = pl.DataFrame(task.list_procedures())
    status, ended = pl.col("status_code"), pl.coalesce("finished_at", "returned_at")
    due, end_day = pl.col("due_on"), pl.col("closed_at").dt.date()
    stated = dossiers.with_columns(
        state=pl.when(status.is_in([1, 3])).then(pl.lit("not_counted"))
        .when(status.is_in([5, 6, 8])).then(pl.lit("paused"))
        .when(status.is_in([7, 9, 10]) & ~(ended >= after).fill_null(False)).then(pl.lit("closed"))
        .otherwise(pl.lit("open")),
        due_on=pl.col("due_at").dt.date(),
    ).with_columns(
        pl.when(pl.col(name) < after).then(pl.col(name)).alias(name) for name in ("finished_at", "returned_at")
    ).with_columns(
        closed_at=pl.when(pl.col("state") == "closed").then(ended),
        is_contradiction=(
            (ended.dt.date() < pl.col("received_at").dt.date())
            | ((ended < pl.col("received_at")) & (ended != ended.dt.truncate("1d")))
        ).fill_null(False),
    )  # fmt: skip
    timed = (
        stated.with_columns(received_on=pl.col("received_at").dt.date(), closed_on=end_day)
        .join(procedures, on="procedure_code", how="left")
        .join(days.rename({"day": "received_on", "works": "received_works", "n": "received_n"}), on="received_on")
        .join(days.select(closed_on="day", closed_n="n"), on="closed_on", how="left")
        .with_columns(
            own_n=pl.col("received_n") + pl.col("own_days").cast(pl.Int32)
            + pl.when(pl.col("received_works") & (pl.col("received_at").dt.time() <= time(17))).then(0).otherwise(1)
        )
        .join(days.filter("works").select(own_n="n", own_due_on="day"), on="own_n", how="left")
        .with_columns(judged_on=end_day.fill_null(day))
    )  # fmt: skip
    state, is_closed = pl.col("state"), pl.col("closed_at").is_not_null()
    undated = (state == "closed") & ~is_closed
    return timed.with_columns(
        is_resolved=is_closed,
        own_due_at=pl.col("own_due_on").cast(pl.Datetime("us")) + pl.duration(hours=17),
        working_days=pl.when(~pl.col("is_contradiction")).then(pl.col("closed_n") - pl.col("received_n")),
        is_on_time=pl.when(
            (state == "not_counted") | due.is_null() | pl.col("is_contradiction") | undated
        ).then(None)
        .when((state == "paused") | ((status == 7) & (state == "closed"))).then(True)
        .otherwise(pl.col("judged_on") <= due),
        is_overdue=(state == "open") & (due < day).fill_null(False),
        days_overdue=pl.when(
            due.is_not_null() & ~state.is_in(["paused", "not_counted"])
            & ~((state == "closed") & (~is_closed | pl.col("is_contradiction")))
        ).then((pl.col("judged_on") - due).dt.total_days().clip(0).cast(pl.Int32)),
        is_due=(state != "not_counted") & (due <= day).fill_null(False) & ~pl.col("is_contradiction")
        & ((state != "closed") | (is_closed & (status != 7))),
        is_met=(state == "closed") & (pl.col("judged_on") <= due).fill_null(False),
        department_code=pl.when(pl.col("attribution") == "department").then("unit_code"),
    )  # fmt: skip


def count_kpis(dossiers: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return the value of every KPI, period, grain and unit in which there is something to tell."""
    counted = dossiers.filter(pl.col("state") != "not_counted")
    on_time, digitised = pl.col("is_on_time"), pl.col("is_result_digitised")
    closed = pl.col("status_code").is_in([9, 10])
    bases = {
        "received_at": (
            counted,
            (
                on_time.count(), on_time.sum(), pl.len(), pl.col("due_at").is_null().sum(), pl.len(),
                (pl.col("channel") == "truc_tuyen").sum(),
            ),
        ),
        "due_at": (
            counted.filter("is_due"),
            (
                pl.len(), pl.col("is_met").sum(), pl.col("is_land").sum(), (pl.col("is_land") & pl.col("is_met")).sum(),
                pl.col("is_moved").sum(), (pl.col("is_moved") & pl.col("is_met")).sum(),
            ),
        ),
        "closed_at": (
            counted.filter(pl.col("closed_at").is_not_null()),
            (
                on_time.count(), on_time.sum(), (closed & digitised.is_not_null()).sum(),
                (closed & digitised.fill_null(False)).sum(), pl.col("working_days").count(),
                pl.col("working_days").sum(),
            ),
        ),
    }  # fmt: skip
    atoms = []
    for basis, (rows, sums) in bases.items():
        moment = pl.col(basis)
        segments = rows.group_by(
            pl.max_horizontal(moment.dt.truncate("1w").dt.date(), moment.dt.truncate("1mo").dt.date()).alias("start"),
            *_PLACE,
        ).agg(each.cast(pl.Int64).alias(name) for each, name in zip(sums, _SUMS, strict=True))
        atoms += spread_periods(segments, task.MEASURES[basis], day)
    overdue = dossiers.filter("is_overdue").group_by(_PLACE).agg(numerator=pl.len().cast(pl.Int64))
    atoms.append(
        overdue.with_columns(
            kpi_id=pl.lit("tthc_backlog_overdue"), period_kind=pl.lit("to_date"),
            period_start=pl.lit(date(day.year, 1, 1)), denominator=pl.lit(None, pl.Int64),
        ).select(*_KEY[:3], *_PLACE, "numerator", "denominator")
    )  # fmt: skip
    return roll_up(pl.concat(atoms))


def spread_periods(segments: pl.DataFrame, kpis: Sequence[str], day: date) -> list[pl.DataFrame]:
    """Return one row a KPI, period and smallest unit."""
    start = pl.col("start")
    first_week = day - timedelta(days=day.weekday() + 7 * (task.WEEKS - 1))
    starts = {
        "week": start.dt.truncate("1w"), "month": start.dt.truncate("1mo"), "quarter": start.dt.truncate("1q"),
        "year": start.dt.truncate("1y"), "to_date": pl.lit(date(day.year, 1, 1)),
    }  # fmt: skip
    found = []
    for kind, period in starts.items():
        least = first_week if kind == "week" else task.FIRST_DAY
        among = segments.filter((start <= day) & (start >= date(day.year, 1, 1) if kind == "to_date" else start <= day))
        flow = (
            among.group_by(period.alias("period_start"), *_PLACE).agg(pl.col(_SUMS).sum())
            .filter(pl.col("period_start") >= least)
        )  # fmt: skip
        for kpi_id, name in zip(kpis, "abc", strict=True):
            below = pl.lit(None, pl.Int64) if kpi_id in task.COUNTS else pl.col(name)
            found.append(
                flow.select(
                    pl.lit(kpi_id).alias("kpi_id"), pl.lit(kind).alias("period_kind"), "period_start", *_PLACE,
                    pl.col(f"{name}_met").alias("numerator"), below.alias("denominator"),
                )
            )  # fmt: skip
    return found


def roll_up(atoms: pl.DataFrame) -> pl.DataFrame:
    """Return the sums of every grain, whole and by sector, with their values."""
    found = []
    for by_sector in (False, True):
        shown = atoms.filter(pl.col("kpi_id").is_in(task.BY_SECTOR)) if by_sector else atoms
        dimension, member = ("sector", pl.col("sector")) if by_sector else ("", pl.lit(""))
        for grain, column in zip(task.GRAINS, (*_PLACE[:3], None), strict=True):
            unit = pl.lit(task.PROVINCE_CODE) if column is None else pl.col(column)
            known = shown.with_columns(
                grain=pl.lit(grain), unit_code=unit, dimension=pl.lit(dimension), member=member
            ).filter(pl.col("unit_code").is_not_null())
            found.append(known.group_by(_KEY).agg(
                pl.col("numerator").sum().cast(pl.Float64),
                pl.when(pl.col("kpi_id").first().is_in(task.COUNTS)).then(None)
                .otherwise(pl.col("denominator").sum()).cast(pl.Float64).alias("denominator"),
            ))  # fmt: skip
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    return pl.concat(found).with_columns(
        value=pl.when(pl.col("kpi_id").is_in(task.COUNTS)).then(numerator)
        .when(denominator > 0).then(numerator / denominator)
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
