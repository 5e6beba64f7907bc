"""Phú Thọ's site clearance has one header row, and district names above the communes till July."""

from __future__ import annotations

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.site_clearance.form import Office, send_all
from dagster_project.simulate.statements import Delivery

OFFICE = Office("pt")


def write(context: Context) -> Delivery:
    """Send a workbook for each report date."""
    return send_all(context, OFFICE)
