"""The clock of the province: every time of day that is told, kept or compared is Asia/Ho_Chi_Minh's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

HO_CHI_MINH = timezone(timedelta(hours=7))
"""UTC+7 all year, without a time-zone database, which a small machine may lack."""


def get_local_now() -> datetime:
    """Return the present moment in the province's time."""
    return datetime.now(HO_CHI_MINH)
