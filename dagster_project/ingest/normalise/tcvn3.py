"""TCVN3 (ABC), the one-byte Vietnamese alphabet that old offices still export, and the other encodings of the feeds.

The table is glibc's TCVN5712-1: capitals with a tone stand in single bytes (some among the control characters), and
0xB0–0xB4 are combining tones, which compose with the letter before them. Python ships no codec for it.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import Literal

from dagster_project.core.errors import BlockedFile

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "cp1258", "tcvn3"]

_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"  # 80–9F
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"  # A0–BF; B0–B4 combining
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"  # C0–DF
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"  # E0–FF
)
_LOW = dict(zip((0x01, 0x02, 0x04, 0x05, 0x06), "ÚỤỪỬỮ", strict=True)) | dict(
    zip(range(0x11, 0x18), "ỨỰỲỶỸÝỴ", strict=True)
)

DECODING_TABLE = "".join(_LOW.get(byte, chr(byte)) for byte in range(0x80)) + _HIGH
_COMBINING = b"\xb0\xb1\xb2\xb3\xb4"


def decode_tcvn3(content: bytes) -> str:
    """Decode TCVN3 bytes to NFC text. Every byte has a meaning, so this cannot fail."""
    decoded = codecs.charmap_decode(content, "strict", DECODING_TABLE)[0]  # type: ignore[arg-type]  # a string table is the fast one
    if len(content.translate(None, _COMBINING)) == len(content):
        return decoded  # only the combining bytes can leave something to compose
    return unicodedata.normalize("NFC", decoded)


def decode(content: bytes, encoding: str) -> str:
    """Decode bytes in one of the feeds' encodings to NFC text. Raises BlockedFile `unreadable` when they are in another
    one."""
    if encoding == "tcvn3":
        return decode_tcvn3(content)
    try:
        decoded = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        where = f" (byte thứ {error.start + 1})" if isinstance(error, UnicodeDecodeError) else ""
        raise BlockedFile(
            "unreadable",
            f"Tệp không đọc được theo bảng mã {encoding}{where}.",
            "Lưu lại tệp theo UTF-8, hoặc báo bảng mã mà phần mềm xuất ra.",
        ) from error
    return unicodedata.normalize("NFC", decoded)
