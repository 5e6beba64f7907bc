"""The clock of the province: every time of day that is told, kept or compared is Asia/Ho_Chi_Minh's."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

HO_CHI_MINH = timezone(timedelta(hours=7))
"""UTC+7 all year, without a time-zone database, which a small machine may lack."""


def get_local_now() -> datetime:
    """Return the present moment in the province's time."""
    return datetime.now(HO_CHI_MINH)


def find_night_day(as_of: date) -> date:
    """Return the calendar day of the night that reports as of D: it runs after midnight, on D + 1."""
    return as_of + timedelta(days=1)
