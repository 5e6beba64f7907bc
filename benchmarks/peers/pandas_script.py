"""The job as a pandas script: frames over Arrow's texts, words mapped over categories.

`python -m benchmarks.peers.pandas_script INBOX FOLDER D` writes fct_dossier.parquet and kpi_value.parquet.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers import task

_PLACE = ["commune_code", "department_code", "former_province_code", "sector"]
_KEY = ["kpi_id", "period_kind", "period_start", "grain", "unit_code", "dimension", "member"]
_SUMS = ["a", "a_met", "b", "b_met", "c", "c_met"]
_FREQUENCIES = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def main(inbox: Path, folder: Path, day: date) -> None:
    """Do the whole job and write both tables."""
    folder.mkdir(parents=True, exist_ok=True)
    statements = pd.concat([read_pages(inbox), read_lists(inbox), read_workbooks(inbox)], ignore_index=True)
    dossiers = judge(take_latest(statements), pd.Timestamp(day))
    _write(dossiers[[*task.FACT, "fee"]], folder / "fct_dossier.parquet")
    _write(count_kpis(dossiers, pd.Timestamp(day)), folder / "kpi_value.parquet")


def _write(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, compression="zstd")


def read_pages(inbox: Path) -> pd.DataFrame:
    """Return the statements of the portal's JSON pages."""
    columns = list(task.HEADERS["pt"])
    pages = [
        pd.DataFrame(json.loads(path.read_bytes())["data"]["items"], columns=columns)
        for path in task.list_files(inbox, "pt")
    ]
    found = pd.concat(pages, ignore_index=True).rename(columns=task.HEADERS["pt"])
    _read_moments(found, [*task.DATES, "changed_at"], "%Y%m%d%H%M%S")
    return found.rename(columns={"changed_at": "stated_at"}).assign(area="pt")


def read_lists(inbox: Path) -> pd.DataFrame:
    """Return the statements of the monthly lists in TCVN3."""
    months = [
        pd.read_csv(
            io.StringIO(task.decode_tcvn3(path.read_bytes())), sep=";", dtype=str, usecols=list(task.HEADERS["hb"])
        ).assign(data_date=pd.Timestamp(task.find_month(path)))
        for path in task.list_files(inbox, "hb")
    ]
    found = pd.concat(months, ignore_index=True).rename(columns=task.HEADERS["hb"])
    _read_moments(found, [*task.DATES, "changed_at"], "%d/%m/%Y")
    return found.rename(columns={"changed_at": "stated_at"}).assign(area="hb")


def read_workbooks(inbox: Path) -> pd.DataFrame:
    """Return the statements of the monthly workbooks; header and data date are found in their first rows."""
    months = []
    for path in task.list_files(inbox, "vp"):
        sheet = pd.read_excel(path, header=None, engine="calamine", dtype=object)
        top = sheet.head(30).to_numpy().tolist()
        last, names = task.find_columns(top)
        rows = sheet.loc[last + 1 :, list(names)].rename(columns=names)
        rows = rows[rows["dossier_id"].astype("str").str.contains(r"-\d{6}-\d+$", na=False)]
        end = pd.Timestamp(task.find_title_day(top[:last])) + pd.Timedelta(days=1, seconds=-1)
        months.append(rows.assign(stated_at=end))
    found = pd.concat(months, ignore_index=True).assign(area="vp")
    for name in task.DATES:
        found[name] = pd.to_datetime(found[name]).astype("datetime64[us]")
    return found


def _read_moments(frame: pd.DataFrame, names: Sequence[str], form: str) -> None:
    """Read texts of one form as moments, in place; each distinct text is read once."""
    for name in names:
        codes, texts = pd.factorize(frame[name])
        moments = pd.to_datetime(pd.Series(texts, dtype="str"), format=form, errors="coerce").to_numpy("datetime64[us]")
        frame[name] = np.append(moments, np.datetime64("NaT", "us"))[codes]


def take_latest(statements: pd.DataFrame) -> pd.DataFrame:
    """Return the last statement of each dossier, with its unit and its words understood."""
    ordered = statements.sort_values(["stated_at", "data_date"], kind="stable")
    latest = ordered.drop_duplicates("dossier_id", keep="last").reset_index(drop=True)
    latest["is_new"] = latest["received_at"] >= pd.Timestamp(task.MERGER)
    asked = latest.groupby(["area", "code", "name", "is_new"], dropna=False, sort=False)
    nth = asked.ngroup().to_numpy()
    questions = latest.loc[~pd.Series(nth).duplicated(), ["area", "code", "name", "is_new"]]
    units = task.Units()
    answers = [
        units.resolve((area, None if pd.isna(code) else code, name, is_new))
        for area, code, name, is_new in questions.itertuples(index=False)
    ]
    told = pd.DataFrame(answers, columns=list(task.UNIT), dtype="str")
    for name in task.UNIT:
        latest[name] = told[name].astype("category").array.take(nth)
    latest["status_code"] = latest["status"].map(task.STATUS).astype("int32")
    latest["channel"] = latest["channel"].map(task.CHANNEL).fillna(task.NO_CHANNEL)
    latest["is_result_digitised"] = latest["digitised"].map(task.DIGITISED).astype("boolean")
    latest["fee"] = pd.to_numeric(latest["fee"]).astype("Int64")
    return latest.drop(columns=["code", "name", "status", "digitised"])


def judge(dossiers: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the dossiers with their state at the end of `day` and all that follows from it."""
    after = day + pd.Timedelta(days=1)
    status, received, due = dossiers["status_code"], dossiers["received_at"], dossiers["due_at"].dt.normalize()
    ended = dossiers["finished_at"].fillna(dossiers["returned_at"])
    state = np.select(
        [status.isin([1, 3]), status.isin([5, 6, 8]), status.isin([7, 9, 10]) & ~(ended >= after)],
        ["not_counted", "paused", "closed"], "open",
    )  # fmt: skip
    known = {name: dossiers[name].where(dossiers[name] < after) for name in ("finished_at", "returned_at")}
    ended = known["finished_at"].fillna(known["returned_at"])
    is_closed, is_paused, counts = state == "closed", state == "paused", state != "not_counted"
    closed_at = ended.where(is_closed)
    has_end = closed_at.notna().to_numpy()
    wrong = (
        (ended.dt.normalize() < received.dt.normalize()) | ((ended < received) & (ended != ended.dt.normalize()))
    ).to_numpy()
    judged = closed_at.dt.normalize().fillna(day)
    calendar = pd.DataFrame(task.list_calendar(), columns=["day", "works", "n"])
    upto = calendar["n"].to_numpy()
    first = np.datetime64(calendar["day"].iloc[0])
    own_days = calendar.loc[calendar["works"], "day"].to_numpy().astype("datetime64[us]")
    received_at = (received.to_numpy().astype("datetime64[D]") - first).astype(int)
    closed_on = (judged.to_numpy().astype("datetime64[D]") - first).astype(int)
    procedure = pd.DataFrame(task.list_procedures()).set_index("procedure_code")
    code = dossiers["procedure_code"]
    on_day = calendar["works"].to_numpy()[received_at] & (received - received.dt.normalize() <= pd.Timedelta(hours=17))
    own_n = upto[received_at] + code.map(procedure["own_days"]).to_numpy() + np.where(on_day, 0, 1)
    has_due, in_time = due.notna().to_numpy(), (judged <= due).to_numpy()
    no_verdict = ~counts | ~has_due | wrong | (is_closed & ~has_end)
    on_time = pd.Series(in_time | is_paused | (is_closed & (status == 7)), dtype="boolean").mask(no_verdict)
    late = (judged - due).dt.days.clip(lower=0)
    unknown = ~has_due | is_paused | ~counts | (is_closed & (~has_end | wrong))
    worked = pd.Series(upto[closed_on] - upto[received_at], dtype="Int32").mask(wrong | ~has_end)
    return dossiers.assign(
        **known, state=pd.Categorical(state), closed_at=closed_at, is_resolved=has_end, is_on_time=on_time,
        is_overdue=(state == "open") & has_due & (due < day).to_numpy(),
        days_overdue=late.mask(unknown).astype("Int32"), working_days=worked,
        own_due_at=own_days[own_n - 1] + np.timedelta64(17, "h"),
        is_due=counts & has_due & (due <= day).to_numpy() & ~wrong
        & (~is_closed | (has_end & (status != 7).to_numpy())),
        is_met=is_closed & in_time, sector=code.map(procedure["sector"]).astype("category"),
        is_land=code.map(procedure["is_land"]).astype(bool), is_moved=code.map(procedure["is_moved"]).astype(bool),
        department_code=dossiers["unit_code"].where(dossiers["attribution"] == "department"),
    )  # fmt: skip


def count_kpis(dossiers: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the value of every KPI, period, grain and unit in which there is something to tell."""
    counted = dossiers[dossiers["state"] != "not_counted"]
    due, closed = counted[counted["is_due"]], counted[counted["closed_at"].notna()]
    one = np.ones(len(counted), dtype=bool)
    handled = closed["status_code"].isin([9, 10])
    flags = {
        "received_at": (counted, (
            counted["is_on_time"].notna(), counted["is_on_time"].fillna(False), one, counted["due_at"].isna(), one,
            counted["channel"] == "truc_tuyen",
        )),
        "due_at": (due, (
            np.ones(len(due), dtype=bool), due["is_met"], due["is_land"], due["is_land"] & due["is_met"],
            due["is_moved"], due["is_moved"] & due["is_met"],
        )),
        "closed_at": (closed, (
            closed["is_on_time"].notna(), closed["is_on_time"].fillna(False),
            handled & closed["is_result_digitised"].notna(), handled & closed["is_result_digitised"].fillna(False),
            closed["working_days"].notna(), closed["working_days"].fillna(0),
        )),
    }  # fmt: skip
    atoms = []
    for basis, (rows, sums) in flags.items():
        moment = rows[basis]
        week = moment.dt.normalize() - pd.to_timedelta(moment.dt.weekday, unit="D")
        month = moment.dt.normalize() - pd.to_timedelta(moment.dt.day - 1, unit="D")
        table = rows[_PLACE].assign(start=np.maximum(week, month))
        table = table.assign(**{name: np.asarray(each, dtype="int64") for name, each in zip(_SUMS, sums, strict=True)})
        segments = table.groupby(["start", *_PLACE], dropna=False, observed=True, as_index=False)[_SUMS].sum()
        atoms += spread_periods(segments, task.MEASURES[basis], day)
    overdue = dossiers[dossiers["is_overdue"]].groupby(_PLACE, dropna=False, observed=True, as_index=False).size()
    atoms.append(overdue.rename(columns={"size": "numerator"}).assign(
        kpi_id="tthc_backlog_overdue", period_kind="to_date", period_start=pd.Timestamp(day.year, 1, 1),
        denominator=np.nan,
    ))  # fmt: skip
    return roll_up(pd.concat(atoms, ignore_index=True))


def spread_periods(segments: pd.DataFrame, kpis: Sequence[str], day: pd.Timestamp) -> list[pd.DataFrame]:
    """Return one row a KPI, period and smallest unit."""
    year = pd.Timestamp(day.year, 1, 1)
    first_week = day - pd.Timedelta(days=day.weekday() + 7 * (task.WEEKS - 1))
    known = segments[segments["start"] <= day]
    found = []
    for kind in task.PERIODS:
        among = known[known["start"] >= year] if kind == "to_date" else known
        start = (
            pd.Series(year, index=among.index) if kind == "to_date"
            else among["start"].dt.to_period(_FREQUENCIES[kind]).dt.start_time
        )  # fmt: skip
        among = among.assign(period_start=start.astype("datetime64[us]"))
        among = among[among["period_start"] >= (first_week if kind == "week" else pd.Timestamp(task.FIRST_DAY))]
        flow = among.groupby(["period_start", *_PLACE], dropna=False, observed=True, as_index=False)[_SUMS].sum()
        for kpi_id, name in zip(kpis, "abc", strict=True):
            found.append(flow[["period_start", *_PLACE]].assign(
                kpi_id=kpi_id, period_kind=kind, numerator=flow[f"{name}_met"],
                denominator=np.nan if kpi_id in task.COUNTS else flow[name],
            ))  # fmt: skip
    return found


def roll_up(atoms: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of every grain, whole and by sector, with their values."""
    by_sector = atoms[atoms["kpi_id"].isin(task.BY_SECTOR)]
    found = []
    for shown, dimension in ((atoms.assign(member=""), ""), (by_sector.assign(member=by_sector["sector"]), "sector")):
        for grain, column in zip(task.GRAINS, (*_PLACE[:3], None), strict=True):
            unit = task.PROVINCE_CODE if column is None else shown[column].astype("str")
            known = shown.assign(grain=grain, unit_code=unit, dimension=dimension).dropna(subset=["unit_code"])
            sums = known.groupby(_KEY, observed=True, as_index=False)[["numerator", "denominator"]].sum(min_count=1)
            found.append(sums)
    values = pd.concat(found, ignore_index=True)
    counts = values["kpi_id"].isin(task.COUNTS)
    rate = values["numerator"] / values["denominator"].where(values["denominator"] > 0)
    return values.assign(
        numerator=values["numerator"].astype("float64"), value=rate.mask(counts, values["numerator"]),
        period_start=values["period_start"].dt.date,
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
