"""This module tells the chat in two lines, without a figure, that a version's e-mail went. It needs apprise, an
optional part.
"""

from __future__ import annotations

import logging

from pydantic import SecretStr

from dagster_project.extracts.notice.mail import TAG, Mail


def ping(mail: Mail, accepted: int, chat: SecretStr | None) -> str:
    """Tell the chat, once: the mail has gone, so nothing here is worth a second try.

    Returns why it was not told; empty when it was, or when there is no chat. The address stays out of every message.
    """
    if chat is None:
        return ""
    try:
        from apprise import Apprise
    except ImportError:
        return 'chưa cài phần chat (make extras, hoặc pip install "haicap[chat]")'
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its words quote addresses, which hold keys
    rooms = Apprise()
    if not all(rooms.add(address) for address in chat.get_secret_value().split()) or not rooms:
        return "địa chỉ trong bí mật notice.chat không đúng mẫu của apprise"
    title = str(mail.message["Subject"]).removeprefix(TAG)
    is_told = rooms.notify(title=title, body=f"Đã gửi thư tới {accepted} người; phiên bản {mail.version}.")
    return "" if is_told else "máy chủ của nhóm chat không nhận"
