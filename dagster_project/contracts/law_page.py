"""The law by date as one page for people: the acts, the rules that end unfollowed, and what nobody has confirmed yet.

Rendered from the project's seeds alone, so that it cannot go stale (docs/rules.md, "Law by date").
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dagster_project.core.paths import DBT_DIR
from dagster_project.core.yaml_files import load_yaml

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = {
    "kpi_definition": "Định nghĩa chỉ tiêu",
    "kpi_target": "Mục tiêu",
    "deposit_band": "Khung tiền đặt trước",
    "procedure_level": "Cấp giải quyết thủ tục",
    "residential": "đất ở",
    "other": "đất khác",
    "individual": "cá nhân",
    "organisation": "tổ chức",
}
"""Words of the seeds that people read in Vietnamese; any other stands as it is."""

Row = dict[str, str]


def render_law(seeds: Path = DBT_DIR / "seeds") -> str:
    """Return the page as Markdown, in Vietnamese."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(day=_write_day, words=lambda text: _WORDS.get(text, text), percent=_write_percent)
    variables = load_yaml((DBT_DIR / "dbt_project.yml").read_bytes())["vars"]
    last_day = variables["calendar_last_day"]
    acts = _read(seeds, "legal_act")
    levels = Counter(
        (row["valid_from"], row["valid_to"], row["level"], row["legal_basis"], row["is_confirmed"])
        for row in _read(seeds, "procedure_level")
    )
    rules = {name: (key, _read(seeds, name)) for name, key in variables["dated_rules"].items() if key != ["date"]}
    called = _WORDS | {row["kpi_id"]: f"“{row['title_vi']}”" for row in _read(seeds, "kpi_definition")}
    return environment.get_template("law.md.j2").render(
        acts=acts,
        last_day=last_day,
        ends=[end for name, (key, rows) in rules.items() for end in list_ends(name, key, rows, acts, last_day, called)],
        bands=_read(seeds, "deposit_band"),
        levels=sorted(levels.items()),
        expected=[row for row in _read(seeds, "calendar_exception") if row["rests_on"] == "by_rule"],
    )


def list_ends(
    name: str, key: list[str], rows: list[Row], acts: list[Row], last_day: str, words: Mapping[str, str] = _WORDS
) -> Iterator[dict[str, str]]:
    """Yield the rules of one seed that end by `last_day` with nothing after them: what, the last day, why.

    `words`: what a value of the seed is called in Vietnamese; any other stands as it is. A rule ends with its own row,
    or with an act of its basis that has no successor there.
    """
    by_name = {act["act"]: act for act in acts}
    for row in rows:
        what = " ".join([words.get(name, name), *(words.get(row[column], row[column]) for column in key)]).rstrip()
        same = [other for other in rows if all(other[column] == row[column] for column in key)]
        if row["valid_to"] and row["valid_to"] <= last_day and not _has_next(row["valid_to"], same):
            yield {"what": what, "last_day": row["valid_to"], "why": "quy tắc chỉ ghi đến ngày này"}
        stated = (re.split(", Điều | \\(", part)[0] for part in row["legal_basis"].split("; "))
        named = [by_name[act] for act in stated if act in by_name]
        for act in named:
            heirs = [other for other in named if other["act"] in act["replaced_by"].split("; ")]
            ends = act["valid_to"] and act["valid_to"] < (row["valid_to"] or "9999") and act["valid_to"] <= last_day
            if ends and not _has_next(act["valid_to"], heirs):
                yield {"what": what, "last_day": act["valid_to"], "why": f"{act['act']} hết hiệu lực"}


def _has_next(last_day: str, rows: list[Row]) -> bool:
    """Tell whether one of the rows holds on the day after."""
    after = (date.fromisoformat(last_day) + timedelta(days=1)).isoformat()
    return any(row["valid_from"] <= after and (row["valid_to"] or "9999") >= after for row in rows)


def _read(seeds: Path, name: str) -> list[Row]:
    with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write_day(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}" if day else ""


def _write_percent(share: str) -> str:
    return f"{float(share) * 100:g} %"
