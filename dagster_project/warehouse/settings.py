"""What one installation is told: on the command line, else by environment, else by `<home>/haicap.yaml`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagster_project.contracts.documents import load_yaml
from dagster_project.contracts.errors import UsageError
from dagster_project.contracts.seeds import check_province
from dagster_project.paths import Home
from dagster_project.warehouse.versions import DEFAULT_KEEP

HOME_VARIABLE = "HAICAP_HOME"
INBOX_VARIABLE = "HAICAP_INBOX"
DEMO_AS_OF = date(2025, 7, 13)
"""The Sunday before the briefing of Monday 14 July 2025."""

_HO_CHI_MINH = timezone(timedelta(hours=7))
"""Asia/Ho_Chi_Minh: UTC+7 all year, without a time-zone database."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inbox: Path | None = None
    keep_versions: int = Field(default=DEFAULT_KEEP, ge=1)
    archive_days: int = Field(default=1095, ge=1)
    vault_days: int = Field(default=365, ge=1)


@dataclass(frozen=True)
class Settings:
    """`inbox` None means that nothing is configured: the demo is meant.

    `archive_days`, `vault_days`: how long after its arrival a file's bytes, and its vault record, are kept.
    """

    home: Home
    inbox: Path | None
    keep_versions: int
    archive_days: int
    vault_days: int

    @property
    def is_demo(self) -> bool:
        """Nothing is configured."""
        return self.inbox is None

    @property
    def inbox_or_demo(self) -> Path:
        """The configured inbox, or the demo's."""
        return self.inbox or self.home.root / "demo" / "inbox"

    def as_of(self, asked: date | None = None) -> date:
        """D of a night: as asked, else 13/7/2025 for the demo, else yesterday in Asia/Ho_Chi_Minh."""
        return asked or (DEMO_AS_OF if self.is_demo else yesterday())


def load_settings(home: Path | None = None, inbox: Path | None = None) -> Settings:
    """Read the settings of a home. Raises UsageError for a `haicap.yaml`, or a province, that is not understood."""
    check_province()
    root = (home or Path(os.environ.get(HOME_VARIABLE) or "haicap-home")).expanduser().absolute()
    file = _read(root / "haicap.yaml")
    told = os.environ.get(INBOX_VARIABLE)
    chosen = inbox or (Path(told) if told else None)
    if chosen is None and file.inbox is not None:
        chosen = root / file.inbox
    return Settings(
        home=Home(root),
        inbox=chosen.expanduser().absolute() if chosen else None,
        keep_versions=file.keep_versions,
        archive_days=file.archive_days,
        vault_days=file.vault_days,
    )


def yesterday() -> date:
    """The day whose end the coming night describes."""
    return datetime.now(_HO_CHI_MINH).date() - timedelta(days=1)


def _read(path: Path) -> _File:
    if not path.exists():
        return _File()
    try:
        return _File.model_validate(load_yaml(path.read_text(encoding="utf-8")) or {})
    except (ValidationError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"Tệp cấu hình {path} không đúng mẫu: {reason}", f"Chỉ dùng các khóa {', '.join(_File.model_fields)}."
        ) from error
