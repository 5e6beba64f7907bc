"""Options that several commands share, and what they mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dagster_project.core.errors import UsageError

if TYPE_CHECKING:
    from dagster_project.core.paths import Home

HomeOption = Annotated[Path | None, typer.Option(help="Thư mục cài đặt (mặc định HAICAP_HOME, hoặc ./haicap-home).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Trả lời bằng JSON cho chương trình.")]


def find_home(told: Path | None) -> Home:
    """Find the home that a command means: as told, else that of the settings."""
    from dagster_project.settings.settings import load_settings

    return load_settings(told).home


def parse_day(text: str | None) -> date | None:
    """Read a day written YYYY-MM-DD, None for None. Raises UsageError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"Ngày '{text}' không đúng.", "Viết YYYY-MM-DD, ví dụ 2025-07-13.") from error
