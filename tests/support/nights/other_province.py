"""An invented province as its own folder: seeds of units, one layout a feed, and what its offices send. No code.

Tỉnh Bình Minh (99, portal H99) was made of Đông Giang (97, area dg) and Tây Giang (98, area tg): six communes, eight
former ones in three districts, one of them divided.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.contracts.layouts import Layout
from dagster_project.core.paths import DBT_DIR, SOURCES_DIR

AREAS = {"dg": ("97", "Đông Giang"), "tg": ("98", "Tây Giang")}
LIKE = {
    "procedures": "hb", "investment": "hb", "land_auction": "pt", "site_clearance": "pt", "housing": "vp",
    "centre_readiness": "province", "directives": "province", "planning": "province", "national_portal": "portal",
}  # fmt: skip
"""Domain → the layout of ours whose words the invented offices use too."""
OF_AREAS = ("procedures", "investment", "land_auction", "site_clearance", "housing")
COMMUNES = {
    "90001": ("Sông Đào", "phường", "H99.100", "97"), "90004": ("Bến Gỗ", "xã", "H99.101", "97"),
    "90007": ("Gò Cao", "xã", "H99.102", "97"), "90010": ("Núi Dài", "phường", "H99.103", "98"),
    "90013": ("Suối Lạnh", "xã", "H99.104", "98"), "90016": ("Đèo Gió", "xã", "H99.105", "98"),
}  # fmt: skip
FORMER = {
    "90001": ("Sông Đào", "phường", "971"), "90002": ("Chợ Cũ", "phường", "971"), "90004": ("Bến Gỗ", "xã", "971"),
    "90007": ("Gò Thấp", "xã", "972"), "90010": ("Núi Dài", "thị trấn", "981"), "90013": ("Suối Lạnh", "xã", "981"),
    "90016": ("Đèo Gió", "xã", "981"), "90019": ("Cầu Đôi", "xã", "981"),
}  # fmt: skip
DISTRICTS = {"971": ("An Phú", "thành phố", "97"), "972": ("Vĩnh Hạ", "huyện", "97"), "981": ("Bắc Sơn", "huyện", "98")}
BRIDGE = [
    ("90001", "90001", "false", "true"), ("90002", "90001", "false", "true"), ("90004", "90004", "false", "true"),
    ("90007", "90007", "false", "true"), ("90010", "90010", "false", "true"), ("90013", "90013", "false", "true"),
    ("90016", "90016", "false", "true"), ("90019", "90013", "true", "true"), ("90019", "90016", "true", "false"),
]  # fmt: skip
DEPARTMENTS = {
    "H99.01": "Văn phòng UBND tỉnh", "H99.01-TT": "Trung tâm Phục vụ hành chính công tỉnh",
    "H99.10": "Sở Xây dựng", "H99.11": "Sở Tài chính",
}  # fmt: skip


def csv_text(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    """Rows as CSV, LF."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write_province(folder: Path) -> Path:
    """The folder that HAICAP_PROVINCE names: `seeds/` and `sources/`."""
    seeds = folder / "seeds"
    shutil.copytree(DBT_DIR / "seeds", seeds)
    tables: dict[str, list[Sequence[object]]] = {
        "province": [["99", "Bình Minh", "H99.01-TT", "H99.01"]],
        "former_province": [[code, name, area, f"H{code}"] for area, (code, name) in AREAS.items()],
        "former_district": [[code, *told] for code, told in DISTRICTS.items()],
        "former_commune": [[code, *told, DISTRICTS[told[2]][2]] for code, told in FORMER.items()],
        "commune": [
            [code, *told, 10.5, 9000, 21.1, 105.2, place % 3, place // 3]
            for place, (code, told) in enumerate(COMMUNES.items())
        ],
        "bridge_commune": BRIDGE,
        "department": list(DEPARTMENTS.items()),
        "plan_decision": [],
    }
    for name, rows in tables.items():
        path = seeds / f"{name}.csv"
        head = path.read_text(encoding="utf-8").split("\n")[0]
        path.write_text(head + "\n" + csv_text(rows), encoding="utf-8")
    units = folder / "sources" / "units"
    units.mkdir(parents=True)
    (units / "department_alias.csv").write_text("department_code,alias\nH99.01,VP UBND tỉnh\n", encoding="utf-8")
    for domain in LIKE:
        for area in AREAS if domain in OF_AREAS else (None,):
            write_layout(folder / "sources", domain, area)
    return folder


def write_layout(sources: Path, domain: str, area: str | None) -> Layout:
    """One layout file for an office that sends `;` CSV under the headers of ours, the portal's excepted."""
    text = (SOURCES_DIR / domain / f"{LIKE[domain]}.layout.yaml").read_text(encoding="utf-8").replace("H44", "H99")
    told: dict[str, Any] = yaml.safe_load(text)
    if domain != "national_portal":
        told["reader"] = {"kind": "csv", "delimiter": ";"}
    if area is not None:
        office = f"Đầu mối {domain} vùng {area}"
        told |= {"feed_id": f"{domain}_{area}", "area": area, "owner_vi": office, "fixer_vi": office, "totals": []}
        told["title_vi"] = f"{domain} vùng {area}"
    path = sources / domain / f"{area or LIKE[domain]}.layout.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Layout.model_validate(told)


def sheet(layout: Layout, rows: Sequence[dict[str, object]], title: str = "") -> bytes:
    """Rows by header role as the office's CSV; a title line above it where one is needed."""
    roles = {role: names[0] for role, names in layout.headers.items()}
    heads = list(dict.fromkeys(roles.values()))
    by_head = [{roles[role]: value for role, value in row.items()} for row in rows]
    lines = [[title]] * bool(title) + [heads, *([row.get(head, "") for head in heads] for row in by_head)]
    return csv_text(lines, ";").encode()


def rows_of(domain: str, communes: Sequence[str], prefix: str = "H97") -> list[dict[str, object]]:
    """A few rows of a domain in these communes (by name, "phường Sông Đào")."""
    if domain == "procedures":
        return [
            {"dossier_id": f"{prefix}.10-25070{n}-000{n}", "procedure_code": "1.000656", "received_at": f"0{n}/07/2025",
             "due_at": "11/07/2025", "finished_at": "09/07/2025", "status_code": "Đã xử lý xong", "unit.name": commune,
             "changed_at": "10/07/2025"}
            for n, commune in enumerate(communes, 2)
        ]  # fmt: skip
    if domain == "investment":
        return [
            {"project_code": f"99{prefix[1:]}00{n}", "commune.name": commune, "fund_source": "NSĐP", "plan_year": 2025,
             "plan_pm": 100, "plan_local": 200, "paid_completed": 50, "paid_advance": 10, "report_date": "10/07/2025"}
            for n, commune in enumerate(communes)
        ]  # fmt: skip
    if domain == "land_auction":
        return [
            {"auction_no": "01/TB", "site": "Khu Đầm", "commune.name": commune, "lot": f"L{n}", "area_m2": 100,
             "start_price": 1_000_000, "deposit": 200_000, "winning_price": 1_500_000, "auction_date": "04/07/2025",
             "status": "đấu giá thành", "round": 1}
            for n, commune in enumerate(communes)
        ]  # fmt: skip
    if domain == "site_clearance":
        return [
            {"project_code": f"98{prefix[1:]}00{n}", "project_name": "Đường", "commune.name": commune,
             "report_date": "10/07/2025", "area_to_recover_ha": 10, "area_cleared_ha": 4, "households": 20,
             "households_paid": 5, "budget_approved": 100, "budget_paid": 40}
            for n, commune in enumerate(communes)
        ]  # fmt: skip
    return [
        {"household_id": f"{prefix}-{n}", "head_name": "Trần Thị Thử", "commune.name": commune,
         "strand": "Người có công", "kind": "Xây mới", "support": 60_000_000, "started_on": "01/03/2025",
         "status": "đang làm"}
        for n, commune in enumerate(communes)
    ]  # fmt: skip


NAMES = {
    "procedures": "ho_so_07_2025.csv", "investment": "giai_ngan_20250710.csv", "land_auction": "dau_gia_2025_07.csv",
    "site_clearance": "gpmb_10072025.csv", "housing": "nha_o_2025_07.csv",
}  # fmt: skip
_TITLE = "(Số liệu đến ngày 10/07/2025); ĐVT: đồng"


def write_inbox(inbox: Path, province: Path) -> None:
    """A file a feed: every commune has a row in each domain of its area, and the register of each single office."""

    def layout(domain: str, name: str) -> Layout:
        text = (province / "sources" / domain / f"{name}.layout.yaml").read_text(encoding="utf-8")
        return Layout.model_validate(yaml.safe_load(text))

    def put(feed: str, name: str, content: bytes) -> None:
        path = inbox / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    for area, (code, _) in AREAS.items():
        communes = [f"{kind} {name}" for name, kind, _, former in COMMUNES.values() if former == code]
        for domain in OF_AREAS:
            content = sheet(layout(domain, area), rows_of(domain, communes, f"H{code}"), _TITLE)
            put(f"{domain}_{area}", NAMES[domain], content)
    units = [(portal, f"UBND {kind} {name}") for name, kind, portal, _ in COMMUNES.values()]
    centres = [
        {"centre.code": code, "centre.name": name, "report_date": "11/07/2025", "computers_needed": 4,
         "computers_have": 3, "line_carrier": "VNPT", "line_outage_hours": 2, "staff": 5, "staff_trained": 4,
         "signatures_needed": 5, "signatures_issued": 5, "accounts_needed": 5, "accounts_active": 4}
        for code, name in [*units, ("H99.01", "Trung tâm Phục vụ hành chính công tỉnh")]
    ]  # fmt: skip
    put("centre_readiness", "tuan_28_2025.csv", sheet(layout("centre_readiness", "province"), centres, _TITLE))
    tasks = [
        {"directive_no": "12/TB-VP", "issued_on": "07/07/2025", "task": "Lập đề án", "agency.name": "Sở Xây dựng",
         "due_text": "trước ngày 20/7"},
    ]  # fmt: skip
    put("directives", "so_theo_doi_11072025.csv", sheet(layout("directives", "province"), tasks, _TITLE))
    plans = [
        {"plan_no": "7/QĐ", "title": "Phân khu Sông Đào", "kind": "Quy hoạch phân khu", "place.area": "Đông Giang",
         "lead_agency": "Sở Xây dựng", "milestone": "Trình duyệt", "milestone_due": "01/07/2025",
         "milestone_done": "30/06/2025"},
    ]  # fmt: skip
    put("planning", "quy_hoach_11072025.csv", sheet(layout("planning", "province"), plans, _TITLE))
    children = [
        {"departmentId": code, "departmentName": name, "departmentCode": code, "level": "COMMUNE", "totalReceived": 10,
         "totalOnTime": 9, "totalOverdue": 1, "avgProcessingDays": 2.5, "ratio": 90, "score": 18, "maxScore": 20,
         "scoreDelta": 0}
        for code, name in units
    ]  # fmt: skip
    parent = {"totalReceived": 60, "totalOnTime": 54, "totalOverdue": 6}
    answer = {"code": "OK", "message": "OK", "data": {"parent": parent, "children": children, "monthlyChart": []}}
    put("national_portal", "month-2025-07.json", json.dumps(answer, ensure_ascii=False).encode())
