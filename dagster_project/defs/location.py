"""The code location of one home, put together from its parts."""

from __future__ import annotations

import warnings

import dagster as dg

from dagster_project.contracts.registry import load_registry
from dagster_project.core.paths import Home
from dagster_project.defs.assets.landing import build_landing_assets, describe_office
from dagster_project.defs.assets.published import build_publish_assets
from dagster_project.defs.assets.warehouse import build_dbt_assets
from dagster_project.defs.jobs import build_jobs, night_resource
from dagster_project.defs.sensors import late_files

warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)


def build_definitions(home: Home) -> dg.Definitions:
    """Build every asset, check, job, schedule and sensor. The parsed dbt project is kept in `home`."""
    registry = load_registry()
    warehouse = build_dbt_assets(home, registry)
    marts = sorted(key for key in warehouse.keys if key.path[0] == "marts")
    parts = dg.Definitions(
        assets=[
            *map(describe_office, registry.feeds.values()),
            *build_landing_assets(registry),
            warehouse,
            *build_publish_assets(registry, marts),
        ],
        sensors=[late_files],
        resources={"night": night_resource},
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(parts, build_jobs())
