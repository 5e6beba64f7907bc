"""This module sends a version's e-mail once, by a person's release or by the night, and survives crashes without
sending twice.

A record in `<home>/releases/` says `sending` before the first byte of the message leaves, and `sent` when the server
has taken it. Whoever finds `sending` cannot know; a person who asks a recipient can, and says so.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from dagster_project.core.clock import HO_CHI_MINH, get_local_now
from dagster_project.core.durable_files import pass_fault_point, read_json, write_json
from dagster_project.core.errors import DamagedFile, HaicapError
from dagster_project.core.paths import Home
from dagster_project.extracts.notice.mail import POLICY, Mail
from dagster_project.extracts.notice.ping import ping
from dagster_project.settings.notice import NoticeSettings

WAITS_SECONDS = (5.0, 20.0, 60.0)
"""Between the attempts: four at most. A server that greylists lets the last ones in."""

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Outcome:
    """An outcome names `accepted`, whose server took the message, and `refused`, the others, with what the server said.

    `chat_fault` says why the chat was not told; it is empty when it was, or when none is configured.
    """

    accepted: tuple[str, ...]
    refused: dict[str, str] = field(default_factory=dict)
    chat_fault: str = ""


@dataclass(frozen=True)
class Record:
    """A record holds what is known of a version's e-mail: `state` is sending or sent. `damaged`: its file, when that
    cannot be read."""

    state: str
    at: datetime
    accepted: tuple[str, ...]
    refused: dict[str, str]
    damaged: str = ""


class _Client(smtplib.SMTP):
    """This client remembers whether the message itself was begun: a connection that ends after that says nothing about
    it.
    """

    is_uncertain = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.is_uncertain = True
        answer = super().data(msg)
        self.is_uncertain = False
        return answer


def read_record(home: Home, version: str) -> Record | None:
    """Return what became of a version's e-mail, None when none was begun.

    Of a record that cannot be read nobody knows whether the message went: that is what `sending` says.
    """
    path = _find_path(home, version)
    if not path.exists():
        return None
    try:
        told = read_json(path, {"state": str, "at": str, "accepted": list, "refused": dict}, "")
        return Record(told["state"], datetime.fromisoformat(told["at"]), tuple(told["accepted"]), told["refused"])
    except (DamagedFile, ValueError):
        return Record("sending", datetime.fromtimestamp(path.stat().st_mtime, HO_CHI_MINH), (), {}, str(path))


def send(
    home: Home,
    mail: Mail,
    settings: NoticeSettings,
    *,
    again: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Send once, and record it. `again`: a person has found out that an unknown attempt did not arrive.

    Recipients whose server says "later" (4xx) are tried again, at most four times in all; recipients refused for good
    stand in the outcome. Raises HaicapError when nobody got it, or when it is unknown whether it went.
    """
    known = read_record(home, mail.version)
    if known is not None and known.state == "sent":
        return Outcome(known.accepted, known.refused)
    if known is not None and not again:
        raise refuse_unknown(mail.version, known)
    accepted = list(known.accepted) if known is not None else []
    refused: dict[str, str] = {}
    last = ""
    for wait in (0.0, *WAITS_SECONDS):
        pending = [one for one in mail.recipients if one not in accepted and one not in refused]
        if not pending:
            break
        if wait:
            sleep(wait)
        _write(home, mail.version, "sending", accepted, refused)
        pass_fault_point("notice_begun")
        last = _attempt(mail, settings, pending, accepted, refused)
        pass_fault_point("notice_gone")
        if not accepted:
            _find_path(home, mail.version).unlink()  # it is known that nobody has it
    refused |= {one: last for one in mail.recipients if one not in accepted and one not in refused}
    if not accepted:
        raise HaicapError(
            f"Chưa gửi được thư của phiên bản {mail.version} qua {settings.smtp_host}:{settings.port}: "
            f"{next(iter(refused.values()))}.",
            "Phiên bản vẫn nguyên. Kiểm tra máy chủ thư và phần notice của haicap.yaml rồi chạy lại `haicap release`.",
        )
    _write(home, mail.version, "sent", accepted, refused)
    return Outcome(tuple(accepted), refused, ping(mail, len(accepted), settings.chat))


def mark_sent(home: Home, version: str) -> None:
    """Record as sent: a person has found out that an unknown attempt did arrive."""
    known = read_record(home, version)
    _write(home, version, "sent", list(known.accepted) if known else [], known.refused if known else {})


def refuse_unknown(version: str, record: Record) -> HaicapError:
    """Return the error that says what to do about a record that says `sending`."""
    why = f"lần gửi lúc {record.at:%H:%M %d/%m/%Y} bị đứt"
    return HaicapError(
        f"Không rõ thư của phiên bản {version} đã đi hay chưa: {f'{record.damaged} hỏng' if record.damaged else why}.",
        f"Hỏi một người nhận, rồi `haicap release {version}` thêm --again (chưa nhận) hoặc --sent (đã nhận).",
    )


def _attempt(
    mail: Mail, settings: NoticeSettings, pending: list[str], accepted: list[str], refused: dict[str, str]
) -> str:
    """Try one connection: it moves recipients to `accepted` or, for good, to `refused`. Returns why the others still
    wait.

    Raises HaicapError when the connection ended while the message was on its way.
    """
    mail.message.policy = POLICY
    del mail.message["Date"]
    mail.message["Date"] = format_datetime(get_local_now())
    client = None
    try:
        # The name is given: to find its own, smtplib asks name servers, which here may take long to be silent.
        name = socket.gethostname()
        client = _Client(settings.smtp_host, settings.port, local_hostname=name, timeout=_TIMEOUT_SECONDS)
        _greet(client, settings)
        said = client.send_message(mail.message, settings.sender, pending)
    except smtplib.SMTPRecipientsRefused as fault:
        said = fault.recipients
    except smtplib.SMTPResponseException as fault:
        words = _say_refusal(fault.smtp_code, fault.smtp_error)
        refused.update(dict.fromkeys(pending, words) if fault.smtp_code >= 500 else {})
        return words
    except (smtplib.SMTPException, OSError) as fault:
        if client is not None and client.is_uncertain:
            raise HaicapError(
                f"Máy chủ thư ngắt kết nối khi thư của phiên bản {mail.version} đang đi: không rõ đã nhận hay chưa.",
                f"Hỏi một người nhận, rồi `haicap release {mail.version}` thêm --again (chưa có) hoặc --sent (đã có).",
            ) from fault
        return _say_reason(fault)
    finally:
        if client is not None:
            _leave(client)
    _sort(said, pending, accepted, refused)
    return next((_say_refusal(*answer) for answer in said.values()), "")


def _greet(client: smtplib.SMTP, settings: NoticeSettings) -> None:
    if settings.starttls:
        client.starttls(context=ssl.create_default_context(cafile=settings.ca_file))
    if settings.user is not None:
        client.login(settings.user, settings.password.get_secret_value() if settings.password else "")


def _sort(
    said: Mapping[str, tuple[int, bytes]], pending: list[str], accepted: list[str], refused: dict[str, str]
) -> None:
    """Sort recipients: one of whom the server said nothing was accepted; 5xx is for good; 4xx may be tried again."""
    accepted += [one for one in pending if one not in said]
    refused |= {one: _say_refusal(*answer) for one, answer in said.items() if answer[0] >= 500}


def _leave(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (smtplib.SMTPException, OSError):
        client.close()


def _say_refusal(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"máy chủ trả lời {code} {' '.join(text.split())}".rstrip()


def _say_reason(fault: Exception) -> str:
    if isinstance(fault, ssl.SSLError):
        return f"không thiết lập được kết nối mã hóa ({fault.reason or type(fault).__name__})"
    if isinstance(fault, smtplib.SMTPNotSupportedError):
        return "máy chủ không có STARTTLS hoặc đăng nhập như notice yêu cầu"
    if isinstance(fault, ConnectionRefusedError):
        return "không có máy chủ thư ở địa chỉ đó"
    if isinstance(fault, TimeoutError):
        return f"máy chủ không trả lời sau {_TIMEOUT_SECONDS:.0f} giây"
    if isinstance(fault, OSError) and not isinstance(fault, smtplib.SMTPException):
        return f"không kết nối được ({fault.strerror or type(fault).__name__})"
    return " ".join(str(fault).split()) or type(fault).__name__


def _find_path(home: Home, version: str) -> Path:
    return home.releases / f"{version}.json"


def _write(home: Home, version: str, state: str, accepted: list[str], refused: dict[str, str]) -> None:
    at = get_local_now().replace(microsecond=0).isoformat()
    write_json(_find_path(home, version), {"state": state, "at": at, "accepted": accepted, "refused": refused})
