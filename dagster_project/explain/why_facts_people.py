"""Which facts pull down a KPI of houses, centres, tasks and plans."""

from dagster_project.explain.stock_facts import Stock

_HOUSE = "fact.household_key, fact.strand, fact.kind, fact.status, fact.started_on, fact.completed_on, fact.difficulty"
_HOUSES = "Hộ được hỗ trợ, trừ hộ đã rút, mỗi hộ một lần"
_IN_PROGRAMME = "fact.is_counted and not fact.is_withdrawn"
_CENTRE = "fact.report_date"
_CENTRES = "Trung tâm, theo báo cáo mới nhất của từng trung tâm"
_TASK = "fact.directive_no, fact.task, fact.lead_agency, fact.due_on, fact.done_on"
_KINDS = ("computers", "printers", "scanners", "kiosks", "queue_machines")
_WANTING = " + ".join(f"greatest(coalesce(fact.{kind}_needed - fact.{kind}_have, 0), 0)" for kind in _KINDS)
_EQUIPMENT = ", ".join(f"fact.{kind}_needed, fact.{kind}_have" for kind in _KINDS)


def _of_centres(short_vi: str, above: str, below: str) -> Stock:
    """A share of what each centre needs."""
    return Stock(
        "fct_centre_readiness", _CENTRES, short_vi, f"fact.is_current and fact.{above} is not null"
        f" and fact.{below} is not null",
        f"fact.{above} < fact.{below}", f"fact.{below} - fact.{above}", f"{_CENTRE}, fact.{below}, fact.{above}",
    )  # fmt: skip


PEOPLE: dict[str, Stock] = {
    "housing_started": Stock(
        "fct_household", _HOUSES, "Chưa khởi công", _IN_PROGRAMME, "not fact.is_started", "coalesce(fact.support, 0)",
        _HOUSE,
    ),
    "housing_completed": Stock(
        "fct_household", _HOUSES, "Chưa hoàn thành", _IN_PROGRAMME, "not fact.is_completed",
        "coalesce(fact.support, 0)", _HOUSE,
    ),
    "centre_equipment": Stock(
        "fct_centre_readiness", _CENTRES, "Thiếu thiết bị", "fact.is_current", f"({_WANTING}) > 0", f"({_WANTING})",
        f"{_CENTRE}, {_EQUIPMENT}",
    ),
    "centre_signature": _of_centres("Còn thiếu chữ ký số", "signatures_issued", "signatures_needed"),
    "centre_account": _of_centres("Còn tài khoản chưa kích hoạt", "accounts_active", "accounts_needed"),
    "centre_trained": _of_centres("Còn cán bộ chưa tập huấn", "staff_trained", "staff"),
    "centre_line": Stock(
        "fct_centre_readiness", _CENTRES, "Có giờ mất kết nối",
        "fact.is_current and fact.line_outage_hours is not null", "fact.line_outage_hours > 0",
        "fact.line_outage_hours", f"{_CENTRE}, fact.line_carrier, fact.line_mbps, fact.line_outage_hours",
    ),
    "directive_overdue": Stock(
        "fct_directive", "Nhiệm vụ trong sổ theo dõi", "Quá hạn, chưa hoàn thành", "true", "fact.is_overdue",
        "fact.days_past_due", _TASK,
    ),
    "directive_on_time": Stock(
        "fct_directive", "Nhiệm vụ đã đến hạn hoặc đã hoàn thành, có thời hạn", "Không hoàn thành đúng hạn",
        "fact.is_on_time is not null", "not fact.is_on_time", "date_diff('day', fact.due_on, fact.done_on)", _TASK,
    ),
    "plan_milestone": Stock(
        "fct_plan_milestone", "Mốc đã đến hạn hoặc đã hoàn thành, có thời hạn", "Không hoàn thành đúng hạn",
        "fact.is_on_time is not null", "not fact.is_on_time",
        "date_diff('day', fact.milestone_due, fact.milestone_done)",
        "fact.plan_no, fact.title, fact.milestone, fact.lead_agency, fact.milestone_due, fact.milestone_done",
    ),
}  # fmt: skip
