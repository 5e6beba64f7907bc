"""Hòa Bình's site clearance has headers broken over lines; the office is silent since spring but in a tidy season."""

from __future__ import annotations

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.site_clearance.form import Office, send_all
from dagster_project.simulate.statements import Delivery

OFFICE = Office("hb")


def write(context: Context) -> Delivery:
    """Send a workbook for each report date."""
    return send_all(context, OFFICE)
