"""What the page of the law lists as ending: rules and acts without anything after them, over acts bent by hand."""

from dagster_project.contracts.law_page import list_ends

LAST = "2027-12-31"


def act(name: str, valid_from: str = "", valid_to: str = "", replaced_by: str = "") -> dict[str, str]:
    return {"act": name, "valid_from": valid_from, "valid_to": valid_to, "replaced_by": replaced_by}


def rule(basis: str, valid_from: str = "", valid_to: str = "", bidder: str = "individual") -> dict[str, str]:
    return {"bidder": bidder, "legal_basis": basis, "valid_from": valid_from, "valid_to": valid_to}


ACTS = [
    act("A", valid_to="2026-05-31", replaced_by="B; C"),
    act("B", valid_from="2026-06-01"),
    act("C", valid_from="2026-06-02"),
    act("D"),
]


def ends(*rules: dict[str, str]) -> list[tuple[str, str, str]]:
    found = list_ends("deposit_band", ["bidder"], list(rules), ACTS, LAST)
    return [(end["what"], end["last_day"], end["why"]) for end in found]


def test_a_rule_without_a_next_row_ends_and_one_with_it_does_not():
    what = "Khung tiền đặt trước cá nhân"
    assert ends(rule("D", valid_to=LAST)) == [(what, LAST, "quy tắc chỉ ghi đến ngày này")]
    assert ends(rule("D", valid_to="2028-01-01")) == []
    assert ends(rule("D", valid_to="2026-03-31"), rule("D", valid_from="2026-04-01")) == []
    assert len(ends(rule("D", valid_to="2026-03-31"), rule("D", valid_from="2026-04-02"))) == 1
    assert len(ends(rule("D", valid_to="2026-03-31"), rule("D", valid_from="2026-04-01", bidder=""))) == 1


def test_a_kpi_is_named_by_its_title():
    housing = {"kpi_id": "housing_started", "legal_basis": "D", "valid_from": "", "valid_to": LAST}
    words = {"kpi_definition": "Định nghĩa", "housing_started": "“Nhà đã khởi công”"}
    (end,) = list_ends("kpi_definition", ["kpi_id"], [housing], ACTS, LAST, words)
    assert end["what"] == "Định nghĩa “Nhà đã khởi công”"


def test_an_act_that_ends_ends_its_rule_unless_a_successor_stands_beside_it():
    lapse = ("Khung tiền đặt trước cá nhân", "2026-05-31", "A hết hiệu lực")
    assert ends(rule("A, Điều 7")) == [lapse]
    assert ends(rule("A; D")) == [lapse]
    assert ends(rule("A (chờ xác nhận)")) == [lapse]
    assert ends(rule("A; B")) == []
    # C begins a day late, and a rule that ends with its act says so itself.
    assert ends(rule("A; C")) == [lapse]
    assert ends(rule("A", valid_to="2026-05-31"), rule("B", valid_from="2026-06-01")) == []
