"""What persons decided: lines of `<home>/decisions.yaml`, each with who, why and when, and some until when.

    decisions:
      - {kind: reject_file, feed_id: procedures_vp, sha256: "3fa1…", by: "Văn phòng", why: "Nhầm", decided: 2025-07-14}
      - {kind: name, area: vp, name: "Hòa Bình", unit_level: commune, unit_code: "04795", by: …, why: …, decided: …}
      - {kind: accept, feed_id: procedures_vp, gap_kind: control_total, by: …, why: …, decided: …, until: 2025-07-31}
      - {kind: not_expected, feed_id: land_auction_hb, by: …, why: …, decided: …, until: 2025-12-31}

A rejected file is wrong on every day that is built, and so is a name that was settled: these two always count. The
other two hold while D is not after `until`, from the night on whose morning they were taken (docs/decisions-file.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from dagster_project.contracts.gap_kinds import GapKind
from dagster_project.contracts.model_faults import describe_unreadable_yaml, spell_fault
from dagster_project.contracts.models import NameRuling
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.seeds import read_seed
from dagster_project.core.errors import UsageError
from dagster_project.core.yaml_files import load_yaml

UnitLevel = Literal["commune", "former_commune", "former_district", "department"]
WHOLE_PROVINCE = "province"
"""`area` of a ruling for the feeds that belong to no area."""

_CODES: dict[UnitLevel, str] = {
    "commune": "commune_code",
    "former_commune": "former_code",
    "former_district": "district_code",
    "department": "department_code",
}
"""Level of a unit, which is the name of its seed, too → the column of its code there."""

_SEE = "Xem mẫu trong docs/decisions-file.md."


def _as_text(value: Any) -> Any:
    """Turn a day back into text: a period that is written as a bare day is a date to YAML."""
    return value.isoformat() if isinstance(value, date) else value


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str = Field(min_length=1)
    why: str = Field(min_length=1)
    decided: date


class RejectFile(_Decision):
    """Says that a landed file is not to be used: its rows leave the facts, its account stays."""

    kind: Literal["reject_file"]
    feed_id: str
    sha256: str = Field(pattern=r"^[0-9a-f]{8,64}$", description="the hash, or enough of its beginning")

    def is_about(self, feed_id: str, sha256: str) -> bool:
        """Tell whether this is the file."""
        return feed_id == self.feed_id and sha256.startswith(self.sha256)


class RuleOnName(_Decision):
    """Says which unit a name means that the resolver refuses, written by this area, beside this former district.

    `area`: pt, vp, hb, or `province` for the feeds of no area.
    """

    kind: Literal["name"]
    area: str
    name: str = Field(min_length=1)
    district: str | None = None
    unit_level: UnitLevel
    unit_code: str


class AcceptFault(_Decision):
    """Accepts a known fault until a day: till then its gaps are shown as accepted, afterwards they are open again."""

    kind: Literal["accept"]
    feed_id: str
    gap_kind: GapKind
    commune_code: str | None = None
    period: Annotated[str | None, BeforeValidator(_as_text)] = None
    until: date


class NotExpected(_Decision):
    """Says that a feed need not come until a day."""

    kind: Literal["not_expected"]
    feed_id: str
    until: date


Decision = Annotated[RejectFile | RuleOnName | AcceptFault | NotExpected, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[tuple[Decision, ...]] = TypeAdapter(tuple[Decision, ...])
_KINDS = ("reject_file", "name", "accept", "not_expected")
_OWN_WORDS_VI = {
    "extra_forbidden": "mục lạ, có thể gõ nhầm",
    "union_tag_not_found": "thiếu kind (reject_file, name, accept hoặc not_expected)",
    "string_pattern_mismatch": "phải là 8 đến 64 chữ số hệ 16 viết thường",
    "model_type": "phải là một quyết định",
    "model_attributes_type": "phải là một quyết định",
}
"""What is said of a decision in other words than of the other YAML files (`model_faults.py`)."""


def read_decisions(path: Path, registry: Registry) -> tuple[Decision, ...]:
    """Return every decision of the file, in its order; none when there is no file.

    Raises UsageError, one line that names the entry, for whatever cannot be meant: a file that is no YAML, an unknown
    key, feed, area, unit or commune, two rulings that contradict each other.
    """
    if not path.exists():
        return ()
    if path.is_dir():
        raise UsageError(f"{path} là thư mục, không phải tệp quyết định.", "Chuyển nó đi, hoặc khôi phục từ bản sao.")
    try:
        document = load_yaml(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} không đọc được: {describe_unreadable_yaml(error)}.", _SEE) from error
    if not isinstance(document, dict) or set(document) - {"decisions"}:
        raise UsageError(f"{path.name} chỉ được có một mục `decisions`.", _SEE)
    try:
        decisions = _ADAPTER.validate_python(tuple(document.get("decisions") or ()))
    except (ValidationError, TypeError) as error:
        raise UsageError(f"{path.name}: {_say_in_words(error)}.", _SEE) from error
    for number, decision in enumerate(decisions, start=1):
        fault = _find_unknown(decision, registry)
        if fault:
            raise UsageError(f"{path.name}: quyết định {number}: {fault}.", _SEE)
    _refuse_two_meanings(path, decisions)
    return decisions


def load_decided_registry(path: Path, registry: Registry) -> Registry:
    """Return the registry with the rulings of this `decisions.yaml`: what a parse is keyed by."""
    return add_rulings(registry, read_decisions(path, registry))


def is_in_force(decision: Decision, as_of: date) -> bool:
    """Tell whether a decision counts for the end of day `as_of`, which is built on the morning after."""
    if isinstance(decision, RejectFile | RuleOnName):
        return True
    return decision.decided - timedelta(days=1) <= as_of <= decision.until


def list_idle_rejections(decisions: Iterable[Decision], arrived: Iterable[tuple[str, str]]) -> list[str]:
    """Return "feed_id sha256" of each rejection whose file is not among `arrived` (feed_id, sha256).

    Probably its hash is mistyped.
    """
    known = set(arrived)
    return [
        f"{decision.feed_id} {decision.sha256}"
        for decision in decisions
        if isinstance(decision, RejectFile) and not any(decision.is_about(*file) for file in known)
    ]


def add_rulings(registry: Registry, decisions: Iterable[Decision]) -> Registry:
    """Return the registry with feeds that know the rulings on names of their area."""
    by_area: dict[str, set[NameRuling]] = {}
    for decision in decisions:
        if isinstance(decision, RuleOnName):
            ruling = NameRuling(decision.name, decision.district or "", decision.unit_level, decision.unit_code)
            by_area.setdefault(decision.area, set()).add(ruling)
    if not by_area:
        return registry
    feeds = {
        feed_id: replace(feed, rulings=tuple(sorted(by_area.get(feed.area or WHOLE_PROVINCE, ()))))
        for feed_id, feed in registry.feeds.items()
    }
    return replace(registry, feeds=feeds)


def _say_in_words(error: ValidationError | TypeError) -> str:
    """Return the first thing that is wrong, and where: 'quyết định 2, until: còn thiếu'."""
    if isinstance(error, TypeError):
        return "`decisions` phải là danh sách"
    first = error.errors(include_url=False)[0]
    place = [part for part in first["loc"] if part not in _KINDS]
    number = f"quyết định {place[0] + 1}" if place and isinstance(place[0], int) else "decisions"
    words = spell_fault(first, _OWN_WORDS_VI)
    # The tag of the kind stands in the path of the fault; a key that is called the same does not vanish with it.
    key = first["loc"][-1] if isinstance(first["loc"][-1], str) and len(first["loc"]) > 2 else None
    return f"{number}, {key}: {words}" if key else f"{number}: {words}"


def _find_unknown(decision: Decision, registry: Registry) -> str | None:
    """Return in words what a decision names that does not exist; None when all is known."""
    if isinstance(decision, RuleOnName):
        areas = {feed.area or WHOLE_PROVINCE for feed in registry.feeds.values()}
        if decision.area not in areas:
            return f"không có khu vực '{decision.area}' (có: {', '.join(sorted(areas))})"
        column = _CODES[decision.unit_level]
        if all(row[column] != decision.unit_code for row in read_seed(decision.unit_level)):
            return f"không có đơn vị {decision.unit_level} mã '{decision.unit_code}'"
        return None
    if decision.feed_id not in registry.feeds:
        return f"không có nguồn '{decision.feed_id}'"
    commune = decision.commune_code if isinstance(decision, AcceptFault) else None
    if commune is not None and all(row["commune_code"] != commune for row in read_seed("commune")):
        return f"không có xã, phường mã '{commune}'"
    return None


def _refuse_two_meanings(path: Path, decisions: Iterable[Decision]) -> None:
    meanings: dict[tuple[str, str, str | None], tuple[str, str]] = {}
    for decision in decisions:
        if isinstance(decision, RuleOnName):
            unit = (decision.unit_level, decision.unit_code)
            if meanings.setdefault((decision.area, decision.name, decision.district), unit) != unit:
                raise UsageError(f"{path.name}: tên '{decision.name}' được quyết định hai nghĩa khác nhau.", _SEE)
