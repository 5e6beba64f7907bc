"""This module tells what of a KPI stands beside the former provinces: without it they do not add up to the province."""

from __future__ import annotations

from dagster_project.extracts.reading.facts import Definition, Facts, KpiPart
from dagster_project.extracts.words import PART_VI, format_figure, format_part, lower_first

_OFFICES_VI = {"departments": "sở, ngành", "provincial_centre": "TT tỉnh"}


def tell_beside(facts: Facts, definition: Definition) -> tuple[str, ...]:
    """Return lines: the figure of the departments and the provincial centre, then what nobody can be told for.

    '–': nothing of the KPI stands there. A part of which nothing is known is said to be missing.
    """
    whole = next(iter(facts.list_headlines(definition.kpi_id, "province")), None)
    parts = facts.parts.get(definition.kpi_id, {})
    if whole is not None and whole.numerator is None and not whole.is_missing:
        return ("–",)  # before the day of its cohort the whole is not known either, and owed by nobody
    offices = {name: parts[name] for name in _OFFICES_VI if name in parts}
    known = [part for part in offices.values() if part.numerator is not None]
    lines = [_sum_up(known, definition.unit)] if known else []
    lines += [f"{_OFFICES_VI[name]} thiếu" for name, part in offices.items() if part.numerator is None]
    if offices and not known:
        lines = ["thiếu"]
    rest = parts.get("not_attributable")
    if rest is not None and (rest.numerator is None or rest.numerator or rest.denominator):
        lines.append(f"{lower_first(PART_VI['not_attributable'])} {_sum_up([rest], definition.unit)}")
    unassigned = parts.get("unassigned")
    if unassigned is not None and unassigned.denominator:
        lines.append(f"{lower_first(PART_VI['unassigned'])} {format_part(unassigned.denominator)}")
    return tuple(lines) or ("–",)


def _sum_up(parts: list[KpiPart], unit: str) -> str:
    """Return the parts' figure together: a sum of counts, or a sum divided by a sum."""
    if any(part.numerator is None for part in parts):
        return "thiếu"
    numerator = sum(part.numerator or 0.0 for part in parts)
    if unit == "count":
        return format_figure(numerator, unit)
    denominator = sum(part.denominator or 0.0 for part in parts)
    return format_figure(numerator / denominator, unit) if denominator else "–"
