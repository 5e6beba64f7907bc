"""One module a feed (or a domain): `write(context) -> Delivered` sends it as its office would."""

from __future__ import annotations

from collections.abc import Callable

from dagster_project.simulate.context import Context
from dagster_project.simulate.feeds import national_portal, procedures_hb, procedures_pt, procedures_vp
from dagster_project.simulate.statements import Delivered

FEEDS: dict[str, Callable[[Context], Delivered]] = {
    "procedures_pt": procedures_pt.write,
    "procedures_vp": procedures_vp.write,
    "procedures_hb": procedures_hb.write,
    "national_portal": national_portal.write,
}
"""Who sends what, by feed id."""
