"""Vĩnh Phúc's site clearance stands under a merged group row, with sums beside the district names."""

from __future__ import annotations

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds.site_clearance.form import Office, send_all
from dagster_project.simulate.statements import Delivery

OFFICE = Office("vp", with_sums=True)


def write(context: Context) -> Delivery:
    """Send a workbook for each report date."""
    return send_all(context, OFFICE)
