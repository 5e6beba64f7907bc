"""Which facts pull down a KPI of money and land: projects, lots and clearances."""

from dagster_project.explain.stock_facts import Stock

_PAID = "coalesce(fact.paid, 0)"
_PLAN = "(coalesce(fact.plan_local, 0) + coalesce(fact.plan_carried, 0))"
_PROJECT = "fact.project_code, fact.project_name, fact.owner, fact.fund_source, fact.paid, fact.difficulty"
_LOT = "fact.site, fact.lot, fact.round, fact.auction_date, fact.start_price, fact.winning_price, fact.paid_amount"
_LAND = "fact.project_code, fact.project_name, fact.report_date"
_OFFERED = "Lô đất đưa ra đấu giá trong năm, mỗi lô một lần theo lần đấu giá gần nhất"
_SOLD = "Lô đất đấu giá thành trong năm"
_REPORT = "Dòng dự án, nguồn vốn trong báo cáo mới nhất của mỗi khu vực"
MONEY: dict[str, Stock] = {
    "inv_rate_pm": Stock(
        "fct_disbursement", _REPORT, "Giải ngân chưa hết kế hoạch Thủ tướng giao", "fact.is_current",
        f"{_PAID} < coalesce(fact.plan_pm, 0)", f"coalesce(fact.plan_pm, 0) - {_PAID}", f"{_PROJECT}, fact.plan_pm",
    ),
    "inv_rate_total": Stock(
        "fct_disbursement", _REPORT, "Giải ngân chưa hết kế hoạch giao và kéo dài", "fact.is_current",
        f"{_PAID} < {_PLAN}", f"{_PLAN} - {_PAID}", f"{_PROJECT}, fact.plan_local, fact.plan_carried",
    ),
    "inv_zero_projects": Stock(
        "fct_disbursement", f"{_REPORT}, có kế hoạch", "Dự án chưa giải ngân đồng nào",
        f"fact.is_current and {_PLAN} > 0",
        "fact.project_code in (select project_code from marts.fct_disbursement where is_current group by project_code"
        " having sum(coalesce(paid, 0)) = 0)",
        _PLAN, f"{_PROJECT}, fact.plan_local, fact.plan_carried",
    ),
    "auction_sold": Stock(
        "fct_auction_lot", _OFFERED, "Lô chưa bán được", "fact.is_counted", "not fact.is_sold", "fact.start_price",
        f"{_LOT}, fact.status",
    ),
    "auction_revenue": Stock(
        "fct_auction_lot", _OFFERED, "Lô không mang lại tiền trúng", "fact.is_counted", "not fact.is_sold",
        "fact.start_price", f"{_LOT}, fact.status",
    ),
    "auction_premium": Stock(
        "fct_auction_lot", _SOLD, "Giá trúng không cao hơn giá khởi điểm", "fact.is_counted and fact.is_sold",
        "fact.winning_price <= fact.start_price", "fact.start_price", _LOT,
    ),
    "auction_collected": Stock(
        "fct_auction_lot", _SOLD, "Chưa nộp đủ tiền trúng đấu giá", "fact.is_counted and fact.is_sold",
        "coalesce(fact.paid_amount, 0) < fact.winning_price", "fact.winning_price - coalesce(fact.paid_amount, 0)",
        _LOT,
    ),
    "clearance_area": Stock(
        "fct_site_clearance", "Dự án trong báo cáo mới nhất của mỗi khu vực", "Chưa bàn giao hết diện tích",
        "fact.is_current", "coalesce(fact.area_cleared_ha, 0) < fact.area_to_recover_ha",
        "fact.area_to_recover_ha - coalesce(fact.area_cleared_ha, 0)",
        f"{_LAND}, fact.area_to_recover_ha, fact.area_cleared_ha, fact.difficulty",
    ),
    "clearance_paid": Stock(
        "fct_site_clearance", "Dự án trong báo cáo mới nhất của mỗi khu vực", "Còn hộ chưa được chi trả",
        "fact.is_current", "coalesce(fact.households_paid, 0) < fact.households",
        "fact.households - coalesce(fact.households_paid, 0)",
        f"{_LAND}, fact.households, fact.households_paid, fact.difficulty",
    ),
}  # fmt: skip
