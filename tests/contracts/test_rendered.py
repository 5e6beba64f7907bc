"""What is rendered from the contracts is what is committed, byte for byte, and the contracts hang together."""

import json

import pytest
import yaml

from dagster_project.contracts.models import read_contract, read_feed
from dagster_project.contracts.registry import load_registry
from dagster_project.contracts.render import comment_landed, render_all
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import UsageError
from dagster_project.core.paths import PROJECT_ROOT, SOURCES_DIR

REGISTRY = load_registry()


@pytest.mark.parametrize("path", sorted(render_all(REGISTRY)))
def test_rendering_again_changes_no_byte(path):
    assert (PROJECT_ROOT / path).read_text(encoding="utf-8") == render_all(REGISTRY)[path]


@pytest.mark.parametrize("domain", sorted(REGISTRY.contracts))
def test_suite_names_are_distinct_and_each_has_a_consequence(domain):
    suite = json.loads(render_all(REGISTRY)[f"expectations/{domain}.json"])
    names = [e["meta"]["check"] for e in suite["expectations"]]
    assert len(names) == len(set(names))
    assert {e["meta"]["on_failure"] for e in suite["expectations"]} <= {"quarantine", "finding", "error", "allow"}


@pytest.mark.parametrize("domain", sorted(REGISTRY.contracts))
def test_no_personal_column_is_landed(domain):
    contract = REGISTRY.contracts[domain]
    landed = contract.list_landed_columns()
    for column in contract.columns:
        if column.is_personal:
            assert column.name not in landed
    assert set(comment_landed(contract)) == set(landed)


def test_every_rule_speaks_vietnamese_and_says_what_to_do():
    for rule in load_rules().values():
        assert {rule.severity, rule.in_use} <= {"error", "warning", "info"}
        assert rule.message_vi.endswith(".")
        assert rule.remedy_vi.endswith(".")


def test_a_layout_with_an_unknown_key_is_refused(tmp_path):
    contract = read_contract(SOURCES_DIR / "procedures" / "contract.odcs.yaml")
    text = (SOURCES_DIR / "procedures" / "vp.layout.yaml").read_text(encoding="utf-8")
    (tmp_path / "vp.layout.yaml").write_text(text + "colour: red\n", encoding="utf-8")
    with pytest.raises(UsageError, match="colour"):
        read_feed(tmp_path / "vp.layout.yaml", contract)


def test_a_layout_that_forgets_a_required_column_is_refused(tmp_path):
    contract = read_contract(SOURCES_DIR / "procedures" / "contract.odcs.yaml")
    layout = yaml.safe_load((SOURCES_DIR / "procedures" / "vp.layout.yaml").read_text(encoding="utf-8"))
    del layout["headers"]["received_at"]
    (tmp_path / "vp.layout.yaml").write_text(yaml.safe_dump(layout, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UsageError, match="received_at"):
        read_feed(tmp_path / "vp.layout.yaml", contract)


def test_what_a_column_is_said_of_is_a_key(tmp_path):
    text = (SOURCES_DIR / "investment" / "contract.odcs.yaml").read_text(encoding="utf-8")
    (tmp_path / "contract.odcs.yaml").write_text(
        text.replace("saidOf, value: project_code", "saidOf, value: owner"), "utf-8"
    )
    with pytest.raises(UsageError, match="owner"):
        read_contract(tmp_path / "contract.odcs.yaml")


def test_adding_an_area_takes_one_file_and_no_code(tmp_path):
    """A fourth area of a known domain: its layout is found by walking the folder."""
    for path in SOURCES_DIR.rglob("*.yaml"):
        target = tmp_path / path.relative_to(SOURCES_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    text = (tmp_path / "procedures" / "vp.layout.yaml").read_text(encoding="utf-8")
    fourth = text.replace("procedures_vp", "procedures_xx").replace("area: vp", "area: xx")
    (tmp_path / "procedures" / "xx.layout.yaml").write_text(fourth, encoding="utf-8")
    assert set(load_registry(tmp_path).feeds) - set(REGISTRY.feeds) == {"procedures_xx"}
