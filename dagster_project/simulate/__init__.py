"""The offices of the demo write their feeds as they are really sent, with the truth beside them."""

from __future__ import annotations

from dagster_project.simulate.bulk import make_landing_rows
from dagster_project.simulate.run import simulate
from dagster_project.simulate.truth.tables import Truth
from dagster_project.simulate.world.dossiers import build_world, list_needles

__all__ = ["Truth", "build_world", "list_needles", "make_landing_rows", "simulate"]
