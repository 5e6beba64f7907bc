"""Kinds of gaps and states of feeds, as the marts `data_gap` and `feed_status` name them."""

from __future__ import annotations

from typing import Literal

GapKind = Literal[
    "missing_period", "missing_unit", "refused_unit", "late", "stale", "blocked_file", "quarantined_rows",
    "control_total", "volume", "drift", "contradiction", "no_due_date", "no_finish_date", "unattributed",
]  # fmt: skip

DELIVERY_GAPS: tuple[GapKind, ...] = (
    "missing_period", "missing_unit", "refused_unit", "late", "stale", "blocked_file",
)  # fmt: skip
"""Kinds of gaps of what should have come by now and has not, or cannot be used: the office has to send it."""

UNIT_GAPS: tuple[GapKind, ...] = ("missing_unit", "refused_unit", "stale")
"""Kinds of gaps of one unit, whose code stands in their detail."""

UNMET_STATES = ("late", "missing", "blocked")
"""States of a feed of which the night should have had something newer."""
