"""The facts behind a cell of money and land: projects, lots and clearances that pull a KPI down, with their rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dagster_project.contracts.province import load_province
from dagster_project.warehouse.sql import ask
from dagster_project.warehouse.why_facts import Cell, Facts, Row


@dataclass(frozen=True)
class _Stock:
    """`base`, `short`: SQL conditions over `fact`; `weight`: what orders the short ones; `shown`: columns of a row."""

    fact: str
    who_vi: str
    short_vi: str
    base: str
    short: str
    weight: str
    shown: str


_PAID = "coalesce(fact.paid, 0)"
_PLAN = "(coalesce(fact.plan_local, 0) + coalesce(fact.plan_carried, 0))"
_PROJECT = "fact.project_code, fact.project_name, fact.owner, fact.fund_source, fact.paid, fact.difficulty"
_LOT = "fact.site, fact.lot, fact.round, fact.auction_date, fact.start_price, fact.winning_price, fact.paid_amount"
_LAND = "fact.project_code, fact.project_name, fact.report_date"
_OFFERED = "Lô đất đưa ra đấu giá trong năm, mỗi lô một lần theo lần đấu giá gần nhất"
_SOLD = "Lô đất đấu giá thành trong năm"
_REPORT = "Dòng dự án, nguồn vốn trong báo cáo mới nhất của mỗi khu vực"
_STOCKS: dict[str, _Stock] = {
    "inv_rate_pm": _Stock(
        "fct_disbursement", _REPORT, "Giải ngân chưa hết kế hoạch Thủ tướng giao", "fact.is_current",
        f"{_PAID} < coalesce(fact.plan_pm, 0)", f"coalesce(fact.plan_pm, 0) - {_PAID}", f"{_PROJECT}, fact.plan_pm",
    ),
    "inv_rate_total": _Stock(
        "fct_disbursement", _REPORT, "Giải ngân chưa hết kế hoạch giao và kéo dài", "fact.is_current",
        f"{_PAID} < {_PLAN}", f"{_PLAN} - {_PAID}", f"{_PROJECT}, fact.plan_local, fact.plan_carried",
    ),
    "inv_zero_projects": _Stock(
        "fct_disbursement", f"{_REPORT}, có kế hoạch", "Dự án chưa giải ngân đồng nào",
        f"fact.is_current and {_PLAN} > 0",
        "fact.project_code in (select project_code from marts.fct_disbursement where is_current group by project_code"
        " having sum(coalesce(paid, 0)) = 0)",
        _PLAN, f"{_PROJECT}, fact.plan_local, fact.plan_carried",
    ),
    "auction_sold": _Stock(
        "fct_auction_lot", _OFFERED, "Lô chưa bán được", "fact.is_counted", "not fact.is_sold", "fact.start_price",
        f"{_LOT}, fact.status",
    ),
    "auction_revenue": _Stock(
        "fct_auction_lot", _OFFERED, "Lô không mang lại tiền trúng", "fact.is_counted", "not fact.is_sold",
        "fact.start_price", f"{_LOT}, fact.status",
    ),
    "auction_premium": _Stock(
        "fct_auction_lot", _SOLD, "Giá trúng không cao hơn giá khởi điểm", "fact.is_counted and fact.is_sold",
        "fact.winning_price <= fact.start_price", "fact.start_price", _LOT,
    ),
    "auction_collected": _Stock(
        "fct_auction_lot", _SOLD, "Chưa nộp đủ tiền trúng đấu giá", "fact.is_counted and fact.is_sold",
        "coalesce(fact.paid_amount, 0) < fact.winning_price", "fact.winning_price - coalesce(fact.paid_amount, 0)",
        _LOT,
    ),
    "clearance_area": _Stock(
        "fct_site_clearance", "Dự án trong báo cáo mới nhất của mỗi khu vực", "Chưa bàn giao hết diện tích",
        "fact.is_current", "coalesce(fact.area_cleared_ha, 0) < fact.area_to_recover_ha",
        "fact.area_to_recover_ha - coalesce(fact.area_cleared_ha, 0)",
        f"{_LAND}, fact.area_to_recover_ha, fact.area_cleared_ha, fact.difficulty",
    ),
    "clearance_paid": _Stock(
        "fct_site_clearance", "Dự án trong báo cáo mới nhất của mỗi khu vực", "Còn hộ chưa được chi trả",
        "fact.is_current", "coalesce(fact.households_paid, 0) < fact.households",
        "fact.households - coalesce(fact.households_paid, 0)",
        f"{_LAND}, fact.households, fact.households_paid, fact.difficulty",
    ),
}  # fmt: skip
_UNIT = {
    "province": "? is not null",
    "former_province": "fact.former_province_code = ?",
    "commune": "fact.commune_code = ?",
}
_FROM = """
from marts.{fact} as fact
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
left join marts.dim_commune as commune on fact.commune_code = commune.commune_code
where {unit} and ({base})
"""
_COUNT = "select count(*), count(*) filter (where {short}) {source}"
_PLACES = """
select coalesce(fact.commune_code, fact.unit_code, '{province}') as unit_code,
    coalesce(max(commune.commune_type || ' ' || commune.commune_name), 'Chưa rõ xã hoặc toàn tỉnh') as unit_name,
    count(*) filter (where {short}) as short, count(*) as counted
{source} group by 1 having count(*) filter (where {short}) > 0 order by sum({weight}) desc, 1 limit 10
"""
_EXAMPLES = """
select {shown}, file.feed_id, file.file, fact.source_sheet as sheet, fact.source_row as row
{source} and ({short}) order by {weight} desc nulls last, fact.source_row, fact.feed_id limit {limit}
"""


def money_facts(file: Path, cell: Cell, limit: int) -> Facts | None:
    """What stands behind a cell of investment, auction or clearance; None for any other KPI, or grain."""
    stock = _STOCKS.get(cell.kpi_id)
    if stock is None or cell.grain not in _UNIT:
        return None
    source = _FROM.format(fact=stock.fact, unit=_UNIT[cell.grain], base=stock.base)

    def listed(query: str) -> list[Row]:
        words = {
            "province": load_province().code,
            "source": source,
            "short": stock.short,
            "weight": stock.weight,
            "shown": stock.shown,
            "limit": limit,
        }
        return ask(file, query.format(**words), (cell.unit_code,)).records()

    counted, short = ask(file, _COUNT.format(source=source, short=stock.short), (cell.unit_code,)).rows[0]
    places = [] if cell.grain == "commune" else listed(_PLACES)
    return Facts(stock.who_vi, stock.short_vi, counted, short, (), tuple(places), tuple(listed(_EXAMPLES)), short)
