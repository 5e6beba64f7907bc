"""Each feed (or domain) has one module: its `write(context) -> Delivery` sends the files as the office would."""

from __future__ import annotations

from collections.abc import Callable

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import centre_readiness, directives, national_portal, planning
from dagster_project.simulate.feeds.housing import hb as housing_hb
from dagster_project.simulate.feeds.housing import pt as housing_pt
from dagster_project.simulate.feeds.housing import vp as housing_vp
from dagster_project.simulate.feeds.investment import hb as investment_hb
from dagster_project.simulate.feeds.investment import pt as investment_pt
from dagster_project.simulate.feeds.investment import vp as investment_vp
from dagster_project.simulate.feeds.land_auction import hb as land_auction_hb
from dagster_project.simulate.feeds.land_auction import pt as land_auction_pt
from dagster_project.simulate.feeds.land_auction import vp as land_auction_vp
from dagster_project.simulate.feeds.procedures import hb as procedures_hb
from dagster_project.simulate.feeds.procedures import pt as procedures_pt
from dagster_project.simulate.feeds.procedures import vp as procedures_vp
from dagster_project.simulate.feeds.site_clearance import hb as site_clearance_hb
from dagster_project.simulate.feeds.site_clearance import pt as site_clearance_pt
from dagster_project.simulate.feeds.site_clearance import vp as site_clearance_vp
from dagster_project.simulate.statements import Delivery

FEEDS: dict[str, Callable[[Context], Delivery]] = {
    "procedures_pt": procedures_pt.write,
    "procedures_vp": procedures_vp.write,
    "procedures_hb": procedures_hb.write,
    "national_portal": national_portal.write,
    "investment_pt": investment_pt.write,
    "investment_vp": investment_vp.write,
    "investment_hb": investment_hb.write,
    "land_auction_pt": land_auction_pt.write,
    "land_auction_vp": land_auction_vp.write,
    "land_auction_hb": land_auction_hb.write,
    "site_clearance_pt": site_clearance_pt.write,
    "site_clearance_vp": site_clearance_vp.write,
    "site_clearance_hb": site_clearance_hb.write,
    "housing_pt": housing_pt.write,
    "housing_vp": housing_vp.write,
    "housing_hb": housing_hb.write,
    "centre_readiness": centre_readiness.write,
    "directives": directives.write,
    "planning": planning.write,
}
"""Who sends what, by feed id."""
