"""This module composes the e-mail of a version: its words by rule, its attachments as the version's manifest names
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from dagster_project.contracts.province import load_province
from dagster_project.core.database import open_published
from dagster_project.core.durable_files import hash_file, read_json
from dagster_project.core.errors import HaicapError
from dagster_project.core.paths import Home
from dagster_project.extracts.page.leader_page import PAGE_NAME
from dagster_project.extracts.reading.headline import read_headlines
from dagster_project.extracts.reading.reading import find_briefing_day
from dagster_project.extracts.words import JUDGED_VI, format_date
from dagster_project.extracts.write import BRIEF, MANIFEST, WORKBOOK
from dagster_project.settings.notice import NoticeSettings
from dagster_project.warehouse.versions import Version

POLICY = SMTP.clone(max_line_length=900)
"""Folded at the default 78, a Vietnamese subject loses a space on Python 3.11."""

TAG = "[haicap] "
"""By which a mailbox sorts these subjects."""
_TYPES = {
    ".html": ("text", "html"),
    ".pdf": ("application", "pdf"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_RATINGS = (*JUDGED_VI.items(), ("too_early", "chưa đến lúc kết luận"))


@dataclass(frozen=True)
class Mail:
    """This is one e-mail without the time of sending: `haicap release --dry-run` shows it, the sender adds the date."""

    version: str
    message: EmailMessage
    recipients: tuple[str, ...]
    attachments: tuple[Path, ...]


def compose(home: Home, version: Version, settings: NoticeSettings) -> Mail:
    """Compose the e-mail of one version. Raises HaicapError when its extracts are not there, or not as they were
    written.
    """
    name = version.entry.version
    folder = home.extracts / name
    attachments = tuple(_list_attachments(folder, name, settings))
    message = EmailMessage(policy=POLICY)
    briefing = find_briefing_day(version.entry.as_of)
    message["Subject"] = (
        f"{TAG}Giao ban {format_date(briefing)}: kết quả tuần {_number_week(briefing - timedelta(weeks=1))}, "
        f"nhiệm vụ tuần {_number_week(briefing)} – {load_province().title_vi}"
    )
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.recipients)
    # The same for each attempt: a mail server that did take the first one may drop the second.
    message["Message-ID"] = f"<haicap-{name}@{settings.sender.rpartition('@')[2]}>"
    message.set_content(_write_body(version, attachments), cte="quoted-printable")
    for path in attachments:
        main, sub = _TYPES[path.suffix]
        charset = {"charset": "utf-8"} if main == "text" else None
        message.add_attachment(path.read_bytes(), maintype=main, subtype=sub, filename=path.name, params=charset)
    return Mail(name, message, settings.recipients, attachments)


def _list_attachments(folder: Path, version: str, settings: NoticeSettings) -> list[Path]:
    """Return the files that the settings name and the version has, checked against its manifest.

    Raises HaicapError when there is none, or one is not as it was written.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        raise HaicapError(f"Phiên bản {version} chưa có bản trích để gửi.", f"Chạy `haicap extract {version}` trước.")
    remedy = f"Xóa thư mục {folder} rồi chạy `haicap extract {version}`."
    told = read_json(manifest, {"files": dict}, remedy)["files"]
    wanted = {"page": PAGE_NAME, "brief": BRIEF, "workbook": WORKBOOK}
    found = [folder / wanted[kind] for kind in dict.fromkeys(settings.attach) if wanted[kind] in told]
    if not found:
        raise HaicapError(f"Phiên bản {version} không có tệp nào trong notice.attach.", "Sửa haicap.yaml.")
    for path in found:
        if not path.exists() or hash_file(path) != told[path.name]["sha256"]:
            raise HaicapError(
                f"Tệp {path} không còn như khi lập (sai mã SHA-256 trong {MANIFEST}), không gửi.",
                remedy,
            )
    return found


def _write_body(version: Version, attachments: tuple[Path, ...]) -> str:
    """Return a few lines by rule, without a figure of a person or a single unit."""
    with open_published(version.path) as marts:
        headlines = read_headlines(marts)
        ((communes,),) = marts.execute("select count(*) from marts.dim_commune").fetchall()
    province = [row for row in headlines if row.grain == "province"]
    red = len({row.unit_code for row in headlines if row.grain == "commune" and row.rating == "missed"})
    found = [(sum(row.rating == rating for row in province), rating, word) for rating, word in _RATINGS]
    counts = [f"{count} {word}" for count, rating, word in found if count or rating != "too_early"]
    missed = [row.title_vi for row in province if row.rating == "missed"]
    lines = [
        f"Số liệu đến hết ngày {format_date(version.entry.as_of)}.",
        f"Chỉ tiêu toàn tỉnh: {', '.join(counts)}.",
        *([f"Không đạt: {'; '.join(missed)}."] if missed else []),
        *([f"Xã, phường có chỉ tiêu không đạt: {red}/{communes}."] if red < communes else []),
        "Thiếu dữ liệu không tính là đạt; chi tiết trong tệp đính kèm.",
        "",
        f"Đính kèm: {', '.join(path.name for path in attachments)}.",
        f"Phiên bản {version.entry.version}.",
    ]
    return "\n".join(lines) + "\n"


def _number_week(monday: date) -> int:
    return monday.isocalendar().week
