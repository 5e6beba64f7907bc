"""Everything that Dagster is shown: feeds, models, checks, the nightly job."""

from __future__ import annotations

import os

from dagster_project.core.durable_files import HOME_UMASK
from dagster_project.defs.location import build_definitions
from dagster_project.settings.settings import load_settings

os.umask(HOME_UMASK)  # of every process in which Dagster runs a night
defs = build_definitions(load_settings().home)
