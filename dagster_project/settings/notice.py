"""The `notice` part of `<home>/haicap.yaml`: through which server a version is announced, and to whom.

The password comes from `HAICAP_NOTICE__PASSWORD` or the secret file `notice.password`, the chat's address, which holds
its key, from `HAICAP_NOTICE__CHAT` or `notice.chat`; neither from the file.
"""

from __future__ import annotations

from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Attachment = Literal["page", "brief", "workbook"]
NOTICE_SECRETS = ("password", "chat")


def _is_address(text: str) -> str:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError):
        address = None
    if address is None or not address.username or not address.domain or not text.isascii():
        raise ValueError("không phải địa chỉ thư")
    return text


_Address = Annotated[str, AfterValidator(_is_address)]


class NoticeSettings(BaseModel):
    """Says how the e-mail about a version is sent.

    `attach`: what goes along, where the version has it. `automatic`: the night sends without waiting for a person.

    `starttls` off is only for a server on this machine. `ca_file`: the certificate of an authority that this machine
    does not know. `chat`: where two lines say that the e-mail went, as apprise writes addresses; several by spaces.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    smtp_host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    ca_file: Path | None = None
    user: str | None = None
    password: SecretStr | None = None
    chat: SecretStr | None = None
    sender: _Address
    recipients: tuple[_Address, ...] = Field(min_length=1)
    attach: tuple[Attachment, ...] = Field(default=("page", "brief", "workbook"), min_length=1, max_length=3)
    automatic: bool = False
