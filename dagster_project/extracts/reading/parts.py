"""This module tells the parts of a KPI that have no figure of their own: what stands beside the former provinces,
without which they do not add up to the province, and former provinces that a KPI is not judged for.
"""

from __future__ import annotations

from dagster_project.extracts.reading.facts import Definition, Facts, KpiPart
from dagster_project.extracts.words import format_figure, format_part, lower_first, name_part

_OFFICES_VI = {"departments": "sở, ngành", "provincial_centre": "TT tỉnh"}
_UNKNOWN_VI = "chưa có số liệu"


def tell_part(facts: Facts, definition: Definition, code: str) -> str | None:
    """Return the figure of a former province that a KPI is not judged for ('12', '42,9%'); None where it has no part.

    Such a part is told without a rating; '–': nothing of the KPI stands there.
    """
    part = facts.parts.get(definition.kpi_id, {}).get(code)
    if part is None or (definition.kpi_id, "former_province", code) in facts.headlines:
        return None
    if part.numerator is None:
        return "–" if _is_owed_by_nobody(facts, definition) else _UNKNOWN_VI
    return _sum_up([part], definition.unit)


def tell_beside(facts: Facts, definition: Definition) -> tuple[str, ...]:
    """Return lines: the figure of the departments and the provincial centre, then what nobody can be told for.

    '–': nothing of the KPI stands there. A part of which nothing is known is said to be missing.
    """
    parts = facts.parts.get(definition.kpi_id, {})
    if _is_owed_by_nobody(facts, definition):
        return ("–",)
    offices = {name: parts[name] for name in _OFFICES_VI if name in parts}
    known = [part for part in offices.values() if part.numerator is not None]
    lines = [_sum_up(known, definition.unit)] if known else []
    lines += [f"{_OFFICES_VI[name]}: {_UNKNOWN_VI}" for name, part in offices.items() if part.numerator is None]
    if offices and not known:
        lines = [_UNKNOWN_VI]
    rest = parts.get("not_attributable")
    if rest is not None and (rest.numerator is None or rest.numerator or rest.denominator):
        lines.append(f"{lower_first(name_part('not_attributable', None))}: {_count_up(rest, definition.unit)}")
    unassigned = parts.get("unassigned")
    if unassigned is not None and unassigned.denominator:
        name = name_part("unassigned", unassigned.denominator)
        lines.append(f"{lower_first(name)} {format_part(abs(unassigned.denominator))}")
    return tuple(lines) or ("–",)


def _is_owed_by_nobody(facts: Facts, definition: Definition) -> bool:
    """Return whether the whole is not known either, and not missing: before the day of its cohort."""
    whole = next(iter(facts.list_headlines(definition.kpi_id, "province")), None)
    return whole is not None and whole.numerator is None and not whole.is_missing


def _sum_up(parts: list[KpiPart], unit: str) -> str:
    """Return the parts' figure together: a sum of counts, or a sum divided by a sum."""
    numerator = sum(part.numerator or 0.0 for part in parts)
    if unit == "count":
        return format_figure(numerator, unit)
    denominator = sum(part.denominator or 0.0 for part in parts)
    return format_figure(numerator / denominator, unit) if denominator else "–"


def _count_up(part: KpiPart, unit: str) -> str:
    """Return what is of no known unit as it was counted, '3/4': a rate of it would read as a share of all."""
    if part.numerator is None:
        return _UNKNOWN_VI
    if unit == "percent":
        return f"{format_part(part.numerator)}/{format_part(part.denominator)}"
    return _sum_up([part], unit)
