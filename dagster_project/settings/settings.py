"""What one installation is told: on the command line, else by environment, else by `<home>/haicap.yaml`.

Every setting has a variable: `HAICAP_KEEP_VERSIONS`, `HAICAP_SOURCES__PROCEDURES_PT__URL`. Secrets of sources come from
a variable (`HAICAP_SOURCES__PROCEDURES_PT__TOKEN`) or from a file `<feed>.<field>` of the secrets folder:
`HAICAP_SECRETS_DIR`, else systemd's `CREDENTIALS_DIRECTORY`, else `<home>/secrets`. The settings file may hold none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError

from dagster_project.contracts.model_faults import describe_model_faults, describe_unreadable_yaml
from dagster_project.contracts.seeds import check_province
from dagster_project.core.clock import get_local_now
from dagster_project.core.errors import HaicapError, UsageError
from dagster_project.core.paths import Home
from dagster_project.core.yaml_files import load_yaml
from dagster_project.settings.limits import PullLimits, ReadingLimits
from dagster_project.settings.notice import NOTICE_SECRETS, NoticeSettings
from dagster_project.settings.sources import SECRET_FIELDS, SOURCE_KINDS, Source, Sources

HOME_VARIABLE = "HAICAP_HOME"
INBOX_VARIABLE = "HAICAP_INBOX"
SECRETS_VARIABLE = "HAICAP_SECRETS_DIR"
DEFAULT_KEEP = 14
"""Versions that stay open to readers."""
DEFAULT_KEEP_EXTRACTS = 60
"""Dated folders of extracts that stay: some three months of working days."""
DEMO_AS_OF = date(2025, 7, 13)
"""The Sunday before the briefing of Monday 14 July 2025."""

_NOTICE = "notice"
_SECRET_FIELDS = (*SECRET_FIELDS, *NOTICE_SECRETS)


class _Settings(BaseSettings):
    """Checks the settings by pydantic. The environment outranks the file and the secrets, which share no field."""

    model_config = SettingsConfigDict(
        env_prefix="HAICAP_", env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    inbox: Path | None = None
    keep_versions: int = Field(default=DEFAULT_KEEP, ge=1)
    keep_extracts: int = Field(default=DEFAULT_KEEP_EXTRACTS, ge=1)
    archive_days: int = Field(default=1095, ge=1)
    vault_days: int = Field(default=365, ge=1)
    current_as: Literal["link", "pointer"] = "link"
    boundaries: Path | None = None
    bundle: Literal["auto", "always", "never"] = "auto"
    notice: NoticeSettings | None = None
    sources: dict[str, Source] = {}
    pull: PullLimits = PullLimits()
    reading: ReadingLimits = ReadingLimits()


class _SettingsFile(YamlConfigSettingsSource):
    """Reads `<home>/haicap.yaml`, whose paths start at the home, and which may hold no secret."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path) -> None:
        """Read the file when it is there. Raises UsageError for what is no YAML or no mapping, showing no value."""
        if path.is_dir():
            raise UsageError(f"Tệp cấu hình {path} là thư mục.", "Chuyển nó đi, hoặc khôi phục tệp từ bản sao lưu.")
        try:
            super().__init__(settings_cls, yaml_file=path)
        except yaml.YAMLError as error:
            raise UsageError(f"Tệp cấu hình {path} {describe_unreadable_yaml(error)}.") from None
        except (AttributeError, TypeError, ValueError):  # a list, a word, a key that is no word
            raise UsageError(f"Tệp cấu hình {path} không đúng mẫu.", "Mỗi dòng một khóa: giá trị.") from None
        self.path = path

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        told: dict[str, Any] = load_yaml(file_path.read_text(encoding="utf-8")) or {}
        return told

    def __call__(self) -> dict[str, Any]:
        """Return what the file tells. Raises UsageError when a secret stands in it."""
        told = super().__call__()
        sources = told.get("sources")
        parts = [(f"sources.{name}", name, part) for name, part in sources.items()] if isinstance(sources, dict) else []
        for where, name, part in [*parts, (_NOTICE, _NOTICE, told.get(_NOTICE))]:
            if isinstance(part, dict) and (held := [field for field in _SECRET_FIELDS if field in part]):
                raise UsageError(
                    f"{self.path}: {where}.{held[0]} là bí mật, không được để trong tệp cấu hình.",
                    f"Chuyển sang tệp secrets/{name}.{held[0]} (chmod 600), rồi đổi bí mật đã lộ.",
                )
        paths = {name: told[name] for name in ("inbox", "boundaries") if told.get(name) is not None}
        return told | {name: self.path.parent / Path(str(path)).expanduser() for name, path in paths.items()}


class _SecretFiles(NestedSecretsSettingsSource):
    """Reads the files `<feed>.<field>` and `notice.<field>` of the secrets folder.

    It comes after the file and the environment, which tell what is configured: secrets of other feeds are left alone.
    """

    @classmethod
    def load_secrets(cls, path: Path) -> dict[str, str]:
        """Return each secret's place in the settings → its text. Other files of the folder (keys, say) stay unread."""
        told = {}
        for file in path.iterdir():
            owner, _, field = file.name.partition(".")
            if field in _SECRET_FIELDS and file.is_file():
                name = file.name if owner == _NOTICE else f"sources.{file.name}"
                told[name] = file.read_text(encoding="utf-8").strip()
        return told

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Return the text as it is: a password of digits is no number."""
        return value

    def __call__(self) -> dict[str, Any]:
        """Return the secrets of what is configured. Raises HaicapError for a file that others may read."""
        feeds: Any = self.current_state.get("sources")
        told = super().__call__()
        notice = told.get(_NOTICE) if self.current_state.get(_NOTICE) else None
        feeds = feeds if isinstance(feeds, dict) else {}
        sources = {name: secrets for name, secrets in told.get("sources", {}).items() if name in feeds}
        for name, secrets in [*sources.items(), (_NOTICE, notice or {})]:
            for field in secrets:
                _refuse_open_file(self.secrets_paths[0] / f"{name}.{field}")
        return ({"sources": sources} if sources else {}) | ({_NOTICE: notice} if notice else {})


@dataclass(frozen=True)
class Settings:
    """Holds what one installation chose. `inbox` None and no source: nothing is configured, and the demo is meant.

    `keep_versions`, `keep_extracts`: how many versions' files, and folders of extracts, are kept.
    `archive_days`, `vault_days`: how long after its arrival a file's bytes, and its vault record, are kept.
    `bundle`: whether a night makes the analysts' bundle; `auto` while the warehouse is small. `notice`: the e-mail.
    `current_as`: `pointer` where the disk has no symlinks (Windows shares). `sources`: feeds that are fetched.
    `boundaries`: a GeoJSON of the communes for the map of the leader page; without it the map is of tiles. `reading`:
    what reading one file may cost.
    """

    home: Home
    inbox: Path | None
    keep_versions: int
    keep_extracts: int
    archive_days: int
    vault_days: int
    current_as: Literal["link", "pointer"]
    boundaries: Path | None
    bundle: Literal["auto", "always", "never"]
    notice: NoticeSettings | None
    sources: Sources
    reading: ReadingLimits

    @property
    def is_demo(self) -> bool:
        """Tell whether nothing is configured, so that the demo is meant."""
        return self.inbox is None and not self.sources.feeds

    @property
    def inbox_or_demo(self) -> Path:
        """Return the configured inbox, or the demo's.

        Where every feed is fetched, that is a folder of the home that stays empty.
        """
        if self.inbox is None and not self.is_demo:
            return self.home.root / "inbox"
        return self.inbox or self.home.root / "demo" / "inbox"

    def choose_as_of(self, asked: date | None = None, allow_future: bool = False) -> date:
        """Return day D of a night: as asked, else 13/7/2025 for the demo, else yesterday in Asia/Ho_Chi_Minh.

        Raises UsageError for a day that has not come, unless `allow_future` asks for a rehearsal.
        """
        if asked is not None and is_to_come(asked) and not allow_future:
            raise UsageError(
                f"Ngày số liệu {asked:%d/%m/%Y} ở sau hôm nay.", "Sửa --as-of; muốn chạy thử thì thêm --allow-future."
            )
        return asked or (DEMO_AS_OF if self.is_demo else find_yesterday())


def load_settings(home: Path | None = None, inbox: Path | None = None) -> Settings:
    """Read the settings of a home. Raises UsageError for what is not understood, a province too, showing no value."""
    check_province()
    root = (home or Path(os.environ.get(HOME_VARIABLE) or "haicap-home")).expanduser().absolute()
    refuse_file(root, f"Kiểm tra --home, hoặc biến {HOME_VARIABLE}.")
    told = _read_settings(root, inbox)
    return Settings(
        home=Home(root),
        inbox=told.inbox.expanduser().absolute() if told.inbox else None,
        keep_versions=told.keep_versions,
        keep_extracts=told.keep_extracts,
        archive_days=told.archive_days,
        vault_days=told.vault_days,
        current_as=told.current_as,
        boundaries=told.boundaries,
        bundle=told.bundle,
        notice=told.notice,
        sources=Sources(feeds=told.sources, limits=told.pull),
        reading=told.reading,
    )


def refuse_file(folder: Path, remedy_vi: str) -> None:
    """Raise UsageError where a folder is told and there is, or lies above, something else."""
    for path in (folder, *folder.parents):
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} không phải thư mục.", remedy_vi)


def find_yesterday() -> date:
    """Return the day whose end the coming night describes: yesterday in Asia/Ho_Chi_Minh."""
    return get_local_now().date() - timedelta(days=1)


def is_to_come(day: date) -> bool:
    """Tell whether a day lies after today in Asia/Ho_Chi_Minh."""
    return day > get_local_now().date()


def find_secrets_folder(root: Path) -> Path:
    """Return the folder in which the secrets of this installation lie."""
    told = os.environ.get(SECRETS_VARIABLE) or os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(told).expanduser().absolute() if told else Home(root).secrets


def _read_settings(root: Path, inbox: Path | None) -> _Settings:
    path, secrets = root / "haicap.yaml", find_secrets_folder(root)

    class OfHome(_Settings):
        """Does the same for one home: pydantic-settings asks a class where its values come from."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            folder = secrets if secrets.is_dir() else None
            secret_files = _SecretFiles(
                file_secret_settings,
                folder,
                secrets_case_sensitive=True,
                secrets_prefix="",
                secrets_nested_delimiter=".",
            )
            return init_settings, env_settings, _SettingsFile(settings_cls, path), secret_files

    try:
        return OfHome(inbox=inbox) if inbox else OfHome()
    except (ValidationError, SettingsError) as error:
        if isinstance(error, ValidationError):
            reason = describe_model_faults(error, SOURCE_KINDS)
        else:
            reason = "biến môi trường sai mẫu"
        raise UsageError(
            f"Tệp cấu hình {path} (hoặc biến HAICAP_…) không đúng mẫu: {reason}.",
            f"Chỉ dùng các khóa {', '.join(_Settings.model_fields)}.",
        ) from None


def _refuse_open_file(path: Path) -> None:
    """Raise HaicapError for a secret that others may read; systemd itself takes care of its credentials."""
    if os.name == "posix" and "CREDENTIALS_DIRECTORY" not in os.environ and path.stat().st_mode & 0o077:
        raise HaicapError(f"Tệp bí mật {path.name} mở cho người khác đọc.", f"Chạy: chmod 600 {path}")
