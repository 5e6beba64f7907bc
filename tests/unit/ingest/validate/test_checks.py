"""The list of checks: a rule's name leads to one function, and no rule of rows is without one."""

from __future__ import annotations

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import SOURCES_DIR
from dagster_project.core.yaml_files import load_yaml
from dagster_project.ingest.normalise.columns import CELL_FAULTS
from dagster_project.ingest.validate.checks import CELL_CHECKS, ROW_CHECKS

NAMED_BY_CONTRACTS = "contradictions"
MISSING = "missing_value"
OF_THE_SUITES = "expectation_failed"
OF_THE_READERS = "two_spellings"
OF_PERSONS = {"person_in_key", "person_masked"}


def test_every_rule_of_rows_leads_to_a_function_and_no_function_lacks_its_rule():
    rules = set(load_yaml((SOURCES_DIR / "rules.yaml").read_text(encoding="utf-8"))["rows"])
    listed = {*CELL_FAULTS, *CELL_CHECKS, *ROW_CHECKS}
    assert not CELL_CHECKS.keys() & ROW_CHECKS.keys()
    assert listed - {NAMED_BY_CONTRACTS} == rules - {MISSING, OF_THE_SUITES, OF_THE_READERS} - OF_PERSONS


def test_the_rules_that_contracts_name_are_in_the_list():
    contracts = load_registry().contracts.values()
    several = {column.several_rule for contract in contracts for column in contract.columns} - {None}
    assert several <= ROW_CHECKS.keys()
