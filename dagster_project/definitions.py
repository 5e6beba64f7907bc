"""Everything that Dagster is shown: feeds, models, checks, the nightly job."""

from __future__ import annotations

from dagster_project.defs.location import build_definitions
from dagster_project.settings.settings import load_settings

defs = build_definitions(load_settings().home)
