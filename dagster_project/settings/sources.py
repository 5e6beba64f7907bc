"""Where each feed is fetched from: the models of the `sources` part of `<home>/haicap.yaml`, strictly read.

A feed without an entry lies in its folder of the inbox. Addresses stand in the file; secrets (`SECRET_FIELDS`) come
from the environment or a file of the secrets folder alone, and no repr, error or log shows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from dagster_project.settings.limits import PullLimits, Strict

SECRET_FIELDS = ("token", "password", "passphrase")
"""Fields that may never stand in the settings file."""


class FolderSource(Strict):
    """Names a folder of this machine or a mounted share, elsewhere than in the inbox."""

    kind: Literal["folder"]
    path: Path


class SftpSource(Strict):
    """Names a folder of an SFTP server.

    The server is known by `known_hosts_file` alone; only old ones ask for a password. `key_file`: the private key,
    readable by its owner alone. Relative paths start at the home.
    """

    kind: Literal["sftp"]
    host: str
    port: int = Field(default=22, ge=1, le=65535)
    user: str
    path: str = "."
    known_hosts_file: Path
    key_file: Path | None = None
    passphrase: SecretStr | None = None
    password: SecretStr | None = None


class _Web(Strict):
    """Holds what every HTTP source has. `ca_file`: the certificate of an authority that this machine does not know.

    `token_over_http`: the token may go over a line that is not encrypted, because something else protects it.
    """

    url: str
    token: SecretStr | None = None
    token_over_http: bool = False
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("địa chỉ phải bắt đầu bằng https:// hoặc http://")
        if parts.username or parts.password or parts.query:
            raise ValueError("địa chỉ không được kèm tài khoản, mật khẩu hay tham số")
        return url.rstrip("/")


class HttpSource(_Web):
    """Names a paged list that is asked by the days of last change, with a bearer token (procedures_pt).

    `overlap_days`: how far before the last day fetched a nightly pull begins again, for changes stamped late.
    """

    kind: Literal["http"]
    path: str = "/api/v1/ho-so"
    page_size: int = Field(default=1000, ge=1, le=10_000)
    overlap_days: int = Field(default=2, ge=0, le=60)


class PortalSource(_Web):
    """Names the progress tree of the national portal, which is asked by one POST per period.

    `pause_seconds`: at least so long between two requests. `settle_days`: a period is asked again so long after its
    end.
    """

    kind: Literal["portal"]
    path: str = "/api/v1/reporting/evaluation/dvc-progress-tree"
    root_department_id: str
    page_size: int = Field(default=1000, ge=1)
    pause_seconds: float = Field(default=2.0, ge=0)
    settle_days: int = Field(default=35, ge=0, le=370)


class SqlSource(Strict):
    """Names a table of a database that SQLAlchemy can open.

    `url`: without a password. `file`: what the table is called where it is delivered as a file.
    """

    kind: Literal["sql"]
    url: str
    password: SecretStr | None = None
    file: str = "bao_cao.sqlite"
    db_schema: str | None = Field(default=None, alias="schema")

    @field_validator("url")
    @classmethod
    def _has_no_password(cls, url: str) -> str:
        if "://" not in url:
            raise ValueError("địa chỉ có dạng postgresql://tài_khoản@máy_chủ/cơ_sở_dữ_liệu")
        if urlsplit(url).password or "password=" in url.lower():
            raise ValueError("địa chỉ không được kèm mật khẩu")
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


Source = Annotated[FolderSource | SftpSource | HttpSource | PortalSource | SqlSource, Field(discriminator="kind")]
SOURCE_KINDS = ("folder", "sftp", "http", "portal", "sql")
"""Every `kind` of a source."""


class Sources(Strict):
    """Holds every feed that is fetched, by feed_id, and how patiently it is asked."""

    feeds: dict[str, Source] = Field(default={})
    limits: PullLimits = PullLimits()
