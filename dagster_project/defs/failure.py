"""A foreseeable fault as Dagster shows it: in its own words, without a traceback or another try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from dagster_project.core.errors import HaicapError
from dagster_project.night.machine_faults import describe_storage_fault
from dagster_project.night.session import NightSession


def make_failure(fault: HaicapError) -> dg.Failure:
    """Return what Dagster is told of a fault."""
    return dg.Failure(description=f"{fault.message_vi}\n{fault.remedy_vi}", allow_retries=False)


@contextmanager
def tell_faults(session: NightSession) -> Iterator[None]:
    """Keep a foreseeable fault, the machine's among them, for the command line, too, which says how the night ended."""
    try:
        yield
    except HaicapError as fault:
        session.faults.night = fault
        raise make_failure(fault) from fault
    except Exception as error:
        words = describe_storage_fault(error)
        if words is None:
            raise
        session.faults.night = HaicapError(words)
        raise make_failure(session.faults.night) from error
