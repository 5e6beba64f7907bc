"""The models flow one way, read sources in staging alone, and say what a row is: asserted from the project's files."""

import re
from pathlib import Path
from typing import Any

import pytest

from dagster_project.contracts.marts import FLOW, read_marts
from dagster_project.core.paths import DBT_DIR
from dagster_project.core.yaml_files import load_yaml

MODELS = DBT_DIR / "models"
SQL = {path.stem: path for path in MODELS.rglob("*.sql")}
FOLDER = {name: path.relative_to(MODELS).parts[0] for name, path in SQL.items()}
MACROS = {path.name: path.read_text(encoding="utf-8") for path in (DBT_DIR / "macros").glob("*.sql")}
DECLARED = {
    model["name"]: model
    for path in MODELS.rglob("*.yml")
    for model in load_yaml(path.read_bytes()).get("models", [])
}  # fmt: skip
PUBLISHED = {mart.model for mart in read_marts()}
KEY_TESTS = {"unique", "unique_combination"}


def sql_of(name: str) -> str:
    return SQL[name].read_text(encoding="utf-8")


def models_read(name: str) -> set[str]:
    """Return the models that a model reads, by itself or through the macros that it calls.

    Read from text: names in `ref(...)` of the model and of the files of its macros; every quoted name of a model, as a
    macro is given one (`keyed_statement('stg_housing', …)`); and for a name that is put together
    (`'int_coverage_' ~ domain`) every model that begins so.
    """
    own = re.sub(r"source\([^)]*\)", "", sql_of(name))
    text = own
    for file in MACROS.values():
        if any(re.search(rf"\b{macro}\(", text) for macro in re.findall(r"{% macro (\w+)\(", file)):
            text += file
    starts = tuple(re.findall(r"ref\('(\w+)' ~", text))
    named = set(re.findall(r"ref\('(\w+)'\)", text)) | set(re.findall(r"'(\w+)'", own))
    return {model for model in SQL if model in named or (starts and model.startswith(starts))} - {name}


def generic_tests_of(model: dict[str, Any]) -> set[str]:
    """Names of the generic tests of a model and of its columns."""
    listed = [*model.get("data_tests", []), *(t for c in model.get("columns", []) for t in c.get("data_tests", []))]
    return {name for test in listed for name in test}


def test_every_model_stands_in_a_folder_of_the_flow():
    assert set(FOLDER.values()) == set(FLOW)


@pytest.mark.parametrize("name", sorted(SQL))
def test_no_model_reads_a_later_folder(name):
    later = FLOW[FLOW.index(FOLDER[name]) + 1 :]
    assert {read: FOLDER[read] for read in models_read(name) if FOLDER[read] in later} == {}


def test_models_that_others_read_are_found_in_macros_and_in_names_put_together():
    """Without this the test above could pass because it finds nothing."""
    assert {"int_source_file", "fct_household", "stg_feed"} <= models_read("int_coverage_housing")
    assert {"stg_housing", "int_source_file"} <= models_read("int_household_statement")
    assert {"int_kpi_atom_planning", "int_kpi_atom_procedures"} <= models_read("int_kpi_atom")


def test_sources_are_read_in_staging_alone():
    assert {name for name in SQL if "source(" in sql_of(name)} == {n for n in SQL if FOLDER[n] == "staging"}
    assert [name for name, text in MACROS.items() if "source(" in text] == []
    others = [*MODELS.rglob("_*.yml"), *(DBT_DIR / "tests").iterdir()]
    assert [path.name for path in others if "source('" in path.read_text(encoding="utf-8")] == []


def test_published_is_said_by_the_model_and_never_by_its_folder():
    project = load_yaml((DBT_DIR / "dbt_project.yml").read_bytes())["models"]["haicap"]
    assert {"published", "marts"}.isdisjoint({*FLOW, *map(str, _leaves(project))})
    assert all(sql_of(name).startswith("{{ published(") for name in PUBLISHED)
    assert len({FOLDER[name] for name in PUBLISHED}) > 1
    assert all("database='published'" not in sql_of(name) for name in SQL)


def _leaves(tree: Any) -> list[Any]:
    return [leaf for branch in tree.values() for leaf in _leaves(branch)] if isinstance(tree, dict) else [tree]


@pytest.mark.parametrize("name", sorted(SQL))
def test_every_model_says_what_a_row_is_and_has_a_key_test(name):
    model = DECLARED[name]
    words = model["description"]
    assert "One row " in words or "-- One row " in sql_of(name)
    assert generic_tests_of(model) & KEY_TESTS


def test_nothing_is_declared_that_is_not_there():
    assert set(DECLARED) == set(SQL)


def test_a_staging_model_that_is_rendered_says_so_first():
    by_hand = {"stg_land_auction"}
    rendered = {n for n in SQL if FOLDER[n] == "staging" and sql_of(n).startswith("-- Rendered from sources/")}
    assert rendered == {name for name in SQL if FOLDER[name] == "staging"} - by_hand


def test_a_comment_of_two_tables_stands_once():
    """A column of the same name and meaning in two published tables has its words in docs.md."""
    written = [
        (column["name"], column["description"])
        for name in PUBLISHED
        for column in DECLARED[name]["columns"]
        if not column["description"].startswith("{{ doc(")
    ]
    assert [pair for pair in written if written.count(pair) > 1] == []


def test_every_docs_block_is_asked_for():
    blocks = re.findall(r"{% docs (\w+) %}", (MODELS / "docs.md").read_text(encoding="utf-8"))
    schemas = "".join(path.read_text(encoding="utf-8") for path in MODELS.rglob("_*.yml"))
    assert set(blocks) == set(re.findall(r"{{ doc\('(\w+)'\) }}", schemas))
    assert len(blocks) == len(set(blocks))


def test_marts_of_another_folder_are_read_with_their_own_words(tmp_path: Path):
    (tmp_path / "fct_a.sql").write_text("{{ published() }}\nselect 1 as a\n", encoding="utf-8")
    (tmp_path / "docs.md").write_text("{% docs a %}\nMột / One\n{% enddocs %}\n", encoding="utf-8")
    schema = 'models: [{name: fct_a, description: Hai / Two, columns: [{name: a, data_type: int, description: "%s"}]}]'
    (tmp_path / "_a.yml").write_text(schema % "{{ doc('a') }}", encoding="utf-8")
    (mart,) = read_marts(tmp_path)
    assert (mart.title, mart.columns[0].title) == (("Hai", "Two"), ("Một", "One"))
    (tmp_path / "_a.yml").write_text(schema % "{{ doc('b') }}", encoding="utf-8")
    with pytest.raises(KeyError):
        read_marts(tmp_path)
