"""Send all offices' files and keep the truth beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import get_args

import pandas as pd

from dagster_project.core.errors import UsageError
from dagster_project.simulate.context import Context, Mess
from dagster_project.simulate.feeds import FEEDS
from dagster_project.simulate.statements import Delivery, fold_same_bytes
from dagster_project.simulate.truth import kpi as truth_kpi
from dagster_project.simulate.truth import money as truth_money
from dagster_project.simulate.truth import people as truth_people
from dagster_project.simulate.truth.gap import Evidence, list_gaps
from dagster_project.simulate.truth.gap_unit import PROCEDURE_PARTS
from dagster_project.simulate.truth.restatement import list_restatements
from dagster_project.simulate.truth.tables import (
    DOSSIER,
    QUARANTINE,
    Truth,
    find_superseded,
    gather_statements,
    make_accounts,
    make_dossiers,
    rank_statements,
    take_latest,
)
from dagster_project.simulate.world.dossiers import FIRST_MONTH, SEASONS, Season

PROCEDURES = ("procedures_pt", "procedures_vp", "procedures_hb")
EARLIEST = FIRST_MONTH.astype("datetime64[D]").astype(object)


def simulate(
    inbox: Path,
    *,
    seed: int,
    scale: float,
    as_of: date,
    mess: Mess = "normal",
    season: Season = "ordinary",
    feeds: Sequence[str] | None = None,
    with_truth: bool = True,
) -> Truth | None:
    """Write `<inbox>/<feed_id>/…` as the offices send it up to `as_of`, and `<inbox>/../truth/*.csv`.

    scale 1 is about 1.1 million dossiers by mid-July 2025. `season` says how dossiers fare over the year: "ordinary",
    or as a test needs it (`world.dossiers.SEASONS`); the other feeds know only the ordinary one. The same arguments
    give the same bytes. `feeds`: only these. `with_truth=False` writes the files alone and returns None. Raises
    UsageError on a wrong argument.
    """
    chosen = tuple(feeds) if feeds is not None else tuple(FEEDS)
    _check(scale, as_of, mess, chosen)
    if season not in SEASONS:
        raise UsageError(f"Không có mùa {season!r}.", f"Dùng một trong: {', '.join(SEASONS)}.")
    context = Context(inbox, seed, scale, as_of, mess, season)
    delivered = {feed: FEEDS[feed](context) for feed in chosen}
    if not with_truth:
        return None
    for sent in delivered.values():
        fold_same_bytes(sent)
    truth = truth_money.add_money(compute_truth(delivered, context), delivered, context)
    truth = truth_people.add_people(truth, delivered, context)
    truth.write(inbox.parent / "truth")
    return truth


def _check(scale: float, as_of: date, mess: str, feeds: tuple[str, ...]) -> None:
    if not 0 < scale <= 10:
        raise UsageError("Tỷ lệ mô phỏng phải lớn hơn 0 và không quá 10.", "Ví dụ: --scale 0.05")
    if as_of < EARLIEST:
        raise UsageError("Mô phỏng bắt đầu từ 01/01/2025.", "Chọn --as-of từ 2025-01-01 trở đi.")
    if as_of >= date(2027, 1, 1):
        raise UsageError("Mô phỏng chỉ đến hết năm 2026.", "Chọn --as-of trước 2027-01-01.")
    if mess not in get_args(Mess):
        raise UsageError(f"Không có mức lộn xộn {mess!r}.", "Dùng none, normal, hard hoặc field.")
    unknown = [feed for feed in feeds if feed not in FEEDS]
    if unknown:
        raise UsageError(f"Không có nguồn {unknown[0]!r}.", f"Các nguồn: {', '.join(FEEDS)}.")


def compute_truth(delivered: dict[str, Delivery], context: Context) -> Truth:
    """Return the truth of what was delivered (see `Truth`)."""
    as_of = context.as_of
    rows = gather_statements(delivered, PROCEDURES)
    files = pd.DataFrame([vars(record) for sent in delivered.values() for record in sent.files])
    sound = rows[rows["rule"].isna()]
    empty = sound.empty
    ranked = rank_statements(sound) if not empty else sound.assign(is_duplicate=False)
    dead = find_superseded(files) if len(files) else set()
    full = make_dossiers(take_latest(ranked, dead), as_of, context.ref) if not empty else pd.DataFrame()
    area = {f"procedures_{area}": area for area in ("pt", "vp", "hb")}
    full = full.assign(area=full["feed_id"].map(area)) if not empty else full
    names = list(DOSSIER)
    shown = pd.DataFrame(columns=names) if empty else full[names].sort_values("dossier_id", ignore_index=True)
    portal = _gather_portal(delivered)
    kpi = pd.concat(
        [truth_kpi.compute_procedure_kpis(full, as_of), truth_kpi.compute_portal_kpi(portal, as_of)], ignore_index=True
    )
    bad = rows[rows["rule"].notna()].reindex(columns=list(QUARANTINE))
    controls = [vars(total) for sent in delivered.values() for total in sent.controls]
    own = {feed: sent for feed, sent in delivered.items() if feed in (*PROCEDURES, "national_portal")}
    mine = files[files["feed_id"].isin(own)] if len(files) else files
    known = Evidence(as_of, context.ref, own, mine, dead, rows, ranked, full, portal)
    quirks = [quirk for sent in delivered.values() for quirk in sent.quirks]
    return Truth(
        accounts=make_accounts(delivered, rows, ranked),
        quarantine=bad.sort_values(["feed_id", "file", "row"], ignore_index=True),
        dossier=shown,
        kpi=truth_kpi.tidy(kpi),
        portal=portal,
        control_total=pd.DataFrame(controls, columns=["feed_id", "file", "scope", "measure", "stated", "computed"]),
        data_gap=list_gaps(known, PROCEDURE_PARTS),
        restatement=list_restatements(ranked, files, dead, as_of),
        quirks=pd.DataFrame(quirks, columns=["feed_id", "file", "quirk", "count"]),
    )


def _gather_portal(delivered: dict[str, Delivery]) -> pd.DataFrame:
    sent = delivered.get("national_portal")
    return pd.concat(sent.rows, ignore_index=True) if sent and sent.rows else pd.DataFrame()
