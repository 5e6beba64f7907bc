"""The facts behind a cell of a reported stock: projects, lots, houses, centres and tasks that pull a KPI down."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dagster_project.contracts.province import load_province
from dagster_project.explain.kpi_facts import FALLS_SHORT, MAKES_THE_COUNT, UNIT, Cell, Facts, find_measure
from dagster_project.warehouse.query import Answer, ask


@dataclass(frozen=True)
class _Stock:
    """Says who counts and who falls short, in words. `shown`: columns of a row.

    `short`: an SQL condition over the measure flags of `fact`; `weight`: what orders the rows that are short; `beside`:
    a join of what the rows of `fact` do not say themselves.
    """

    who_vi: str
    short_vi: str
    shown: str
    weight: str = "fact.counted - fact.met"
    short: str = FALLS_SHORT
    beside: str = ""


_PROJECT = "fact.project_code, fact.project_name, fact.owner, fact.fund_source, fact.paid, fact.difficulty"
_LOT = "fact.site, fact.lot, fact.round, fact.auction_date, fact.start_price, fact.winning_price, fact.paid_amount"
_LAND = "fact.project_code, fact.project_name, fact.report_date"
_OFFERED = "Lô đất đưa ra đấu giá trong năm, mỗi lô một lần theo lần đấu giá gần nhất"
_SOLD = "Lô đất đấu giá thành trong năm"
_REPORT = "Dòng dự án, nguồn vốn trong báo cáo mới nhất của mỗi khu vực"
_MONEY: dict[str, _Stock] = {
    "inv_rate_pm": _Stock(_REPORT, "Giải ngân chưa hết kế hoạch Thủ tướng giao", f"{_PROJECT}, fact.plan_pm"),
    "inv_rate_total": _Stock(
        _REPORT, "Giải ngân chưa hết kế hoạch giao và kéo dài", f"{_PROJECT}, fact.plan_local, fact.plan_carried"
    ),
    "inv_zero_projects": _Stock(
        "Dự án có kế hoạch vốn trong báo cáo mới nhất của mỗi khu vực, mỗi dự án một lần",
        "Dự án chưa giải ngân đồng nào",
        "fact.project_code, fact.project_name, fact.owner, plan.project_plan, fact.difficulty", "plan.project_plan",
        MAKES_THE_COUNT,
        """inner join (
            select project_code, sum(inv_rate_total_counted) as project_plan from marts.fct_disbursement group by 1
        ) as plan on fact.project_code = plan.project_code""",
    ),
    "auction_sold": _Stock(_OFFERED, "Lô chưa bán được", f"{_LOT}, fact.status", "fact.start_price"),
    "auction_revenue": _Stock(
        _OFFERED, "Lô không mang lại tiền trúng", f"{_LOT}, fact.status", "fact.start_price", "fact.met = 0"
    ),
    "auction_premium": _Stock(
        _SOLD, "Giá trúng không cao hơn giá khởi điểm", _LOT, "fact.start_price", "fact.met <= 0"
    ),
    "auction_collected": _Stock(_SOLD, "Chưa nộp đủ tiền trúng đấu giá", _LOT),
    "clearance_area": _Stock(
        "Dự án trong báo cáo mới nhất của mỗi khu vực", "Chưa bàn giao hết diện tích",
        f"{_LAND}, fact.area_to_recover_ha, fact.area_cleared_ha, fact.difficulty",
    ),
    "clearance_paid": _Stock(
        "Dự án trong báo cáo mới nhất của mỗi khu vực", "Còn hộ chưa được chi trả",
        f"{_LAND}, fact.households, fact.households_paid, fact.difficulty",
    ),
}  # fmt: skip

_HOUSE = "fact.household_key, fact.strand, fact.kind, fact.status, fact.started_on, fact.completed_on, fact.difficulty"
_HOUSES = "Hộ được hỗ trợ, trừ hộ đã rút, mỗi hộ một lần"
_CENTRE = "fact.report_date"
_CENTRES = "Trung tâm, theo báo cáo mới nhất của từng trung tâm"
_TASK = "fact.directive_no, fact.task, fact.lead_agency, fact.due_on, fact.done_on"
_EQUIPMENT = ", ".join(
    f"fact.{kind}_needed, fact.{kind}_have"
    for kind in ("computers", "printers", "scanners", "kiosks", "queue_machines")
)
_PEOPLE: dict[str, _Stock] = {
    "housing_started": _Stock(_HOUSES, "Chưa khởi công", _HOUSE, "coalesce(fact.support, 0)"),
    "housing_completed": _Stock(_HOUSES, "Chưa hoàn thành", _HOUSE, "coalesce(fact.support, 0)"),
    "centre_equipment": _Stock(_CENTRES, "Thiếu thiết bị", f"{_CENTRE}, {_EQUIPMENT}"),
    "centre_signature": _Stock(
        _CENTRES, "Còn thiếu chữ ký số", f"{_CENTRE}, fact.signatures_needed, fact.signatures_issued"
    ),
    "centre_account": _Stock(
        _CENTRES, "Còn tài khoản chưa kích hoạt", f"{_CENTRE}, fact.accounts_needed, fact.accounts_active"
    ),
    "centre_trained": _Stock(_CENTRES, "Còn cán bộ chưa tập huấn", f"{_CENTRE}, fact.staff, fact.staff_trained"),
    "centre_line": _Stock(
        _CENTRES, "Có giờ mất kết nối", f"{_CENTRE}, fact.line_carrier, fact.line_mbps, fact.line_outage_hours"
    ),
    "directive_overdue": _Stock(
        "Nhiệm vụ trong sổ theo dõi", "Quá hạn, chưa hoàn thành", _TASK, "fact.days_past_due", MAKES_THE_COUNT
    ),
    "directive_on_time": _Stock(
        "Nhiệm vụ đã đến hạn hoặc đã hoàn thành, có thời hạn", "Không hoàn thành đúng hạn", _TASK,
        "date_diff('day', fact.due_on, fact.done_on)",
    ),
    "plan_milestone": _Stock(
        "Mốc đã đến hạn hoặc đã hoàn thành, có thời hạn", "Không hoàn thành đúng hạn",
        "fact.plan_no, fact.title, fact.milestone, fact.lead_agency, fact.milestone_due, fact.milestone_done",
        "date_diff('day', fact.milestone_due, fact.milestone_done)",
    ),
}  # fmt: skip
_STOCKS = {**_MONEY, **_PEOPLE}

_FROM = """
from {source}
inner join marts.source_file as file on fact.batch_id = file.batch_id and fact.feed_id = file.feed_id
left join marts.dim_commune as commune on fact.commune_code = commune.commune_code
left join marts.dim_unit as unit on fact.unit_level = unit.level and fact.unit_code = unit.unit_code
{beside}
where {unit} and fact.counted is not null
"""
_COUNT = "select count(*), count(*) filter (where {short}) {facts}"
_PLACES = """
select coalesce(fact.commune_code, fact.unit_code, '{province}') as unit_code,
    coalesce(
        max(commune.commune_type || ' ' || commune.commune_name), max(unit.unit_name), 'Chưa rõ xã hoặc toàn tỉnh'
    ) as unit_name,
    count(*) filter (where {short}) as short, count(*) as counted
{facts} group by 1 having count(*) filter (where {short}) > 0 order by sum({weight}) desc, 1 limit 10
"""
_EXAMPLES = """
select {shown}, coalesce(commune.commune_name, unit.unit_name) as unit_name,
    file.feed_id, file.file, fact.source_sheet as sheet, fact.source_row as row
{facts} and ({short})
order by {weight} desc nulls last, fact.source_row, fact.feed_id, file.file, sheet nulls first, {shown} limit {limit}
"""


def list_stock_facts(file: Path, cell: Cell, limit: int) -> Facts | None:
    """Return what stands behind a cell of a stock, at most `limit` rows of it; None for a KPI that is none.

    Raises UsageError for a version that an earlier haicap built without measure flags.
    """
    stock = _STOCKS.get(cell.kpi_id)
    if stock is None:
        return None
    facts = _FROM.format(source=find_measure(file, cell.kpi_id).source, beside=stock.beside, unit=UNIT[cell.grain])
    words = {"province": load_province().code, "facts": facts, "shown": stock.shown, "limit": limit}

    def ask_facts(query: str) -> Answer:
        return ask(file, query.format(short=stock.short, weight=stock.weight, **words), (cell.unit_code,))

    counted, short = ask_facts(_COUNT).rows[0]
    places = [] if cell.grain in ("commune", "department") else ask_facts(_PLACES).to_records()
    examples = tuple(ask_facts(_EXAMPLES).to_records())
    return Facts(stock.who_vi, stock.short_vi, counted, short, (), tuple(places), examples, short)
