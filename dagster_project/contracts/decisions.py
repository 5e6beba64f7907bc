"""What persons decided: lines of `<home>/decisions.yaml`, each with who, why and when, and some until when.

    decisions:
      - {kind: reject_file, feed_id: procedures_vp, sha256: 3fa1…, by: "Văn phòng", why: "Nhầm", decided: 2025-07-14}
      - {kind: name, area: vp, name: "Hòa Bình", unit_level: commune, unit_code: "04795", by: …, why: …, decided: …}
      - {kind: accept, feed_id: procedures_vp, gap_kind: control_total, by: …, why: …, decided: …, until: 2025-07-31}
      - {kind: not_expected, feed_id: land_auction_hb, by: …, why: …, decided: …, until: 2025-12-31}

A decision holds from the day it was taken; an acceptance only until its last day, after which the fault counts again.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dagster_project.contracts.errors import UsageError


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str = Field(min_length=1)
    why: str = Field(min_length=1)
    decided: date


class RejectFile(_Decision):
    """A landed file is not to be used: its rows leave the facts, its account stays."""

    kind: Literal["reject_file"]
    feed_id: str
    sha256: str = Field(min_length=8, description="the hash, or enough of its beginning")


class RuleOnName(_Decision):
    """A name that the resolver refuses means this unit when this area writes it."""

    kind: Literal["name"]
    area: str
    name: str
    unit_level: Literal["commune", "former_commune", "former_district", "department"]
    unit_code: str


class AcceptFault(_Decision):
    """A known fault is accepted until a day: its gaps are shown as accepted, and an audit does not refuse for it."""

    kind: Literal["accept"]
    feed_id: str
    gap_kind: str
    commune_code: str | None = None
    period: str | None = None
    until: date


class NotExpected(_Decision):
    """A feed need not come until a day."""

    kind: Literal["not_expected"]
    feed_id: str
    until: date


Decision = Annotated[RejectFile | RuleOnName | AcceptFault | NotExpected, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[list[Decision]] = TypeAdapter(list[Decision])


def read_decisions(path: Path) -> list[Decision]:
    """Every decision of the file, in its order; none when there is no file. Raises UsageError naming the wrong line."""
    if not path.exists():
        return []
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise UsageError(f"{path.name} không phải YAML: {error}", "Sửa tệp rồi chạy lại.") from error
    if not isinstance(document, dict) or set(document) - {"decisions"}:
        raise UsageError(f"{path.name} chỉ được có một mục `decisions`.", "Xem mẫu trong docs/decisions-file.md.")
    try:
        return _ADAPTER.validate_python(document.get("decisions") or [])
    except ValidationError as error:
        first = error.errors()[0]
        place = " → ".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{path.name}, mục {place}: {first['msg']}", "Mỗi quyết định cần kind, by, why, decided."
        ) from error


def in_force(decision: Decision, as_of: date) -> bool:
    """Whether a decision counts at the end of `as_of`."""
    until = getattr(decision, "until", None)
    return decision.decided <= as_of and (until is None or as_of <= until)
