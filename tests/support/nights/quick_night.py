"""A night in the test's own process: it lands, builds, audits and publishes, without Dagster and without extracts.

For what a test asks of the marts alone; `season.refresh` runs the whole night.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dagster_project.core.paths import Home
from dagster_project.ingest.landing.landing import Landing
from dagster_project.quality.judge import Judge
from dagster_project.warehouse.build import Build, build, refuse_failures
from dagster_project.warehouse.identity import Identity, compute_identity
from dagster_project.warehouse.inputs import register_inputs
from dagster_project.warehouse.publish import publish


def land_all(home: Home, inbox: Path, as_of: date, judge: Judge) -> Identity:
    """Land every feed's new files; return the identity of what is landed by now."""
    night = Landing(home, inbox, as_of, judge)
    scan = night.scan()
    for feed_id in night.registry.feeds:
        night.land(feed_id, scan)
    return compute_identity([*scan.arrived, *scan.renamed], home, as_of)


def build_audited(home: Home, identity: Identity) -> Build:
    """Build what is landed; raises AuditRefused when a test of the warehouse fails."""
    built = build(home, identity, register_inputs)
    refuse_failures(built.results)
    return built


def publish_night(home: Home, inbox: Path, as_of: date, judge: Judge) -> Path:
    """Land, build and publish; return the published file."""
    identity = land_all(home, inbox, as_of, judge)
    return publish(home, build_audited(home, identity).marts, identity).path
