"""This module writes TCVN3 (ABC) bytes as the old office software does (TCVN 5712:1993, as glibc's TCVN5712-1): one
byte per letter.

The simulator encodes, the product decodes, each with a table of its own.
"""

from __future__ import annotations

import codecs

LETTERS = (
    "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặẸẹẺẻẼẽẾếỀềỂểỄễỆệỈỉỊịỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợỤụỦủỨứ"
    "ỪừỬửỮữỰựỲỳỴỵỶỷỸỹ"
)
BYTES = bytes.fromhex(
    "8083a282878aa38d909295a4949d0116b5b8a9b7ccd0aad7dddfe3abe2eff3fda1a8a7ae8fdc9ff2a5aca6ad84b981b6c4cac1c7c2c8c3c986cb"
    "c0beafbbbabcbfbd85c68bd188ce89cfdad5c5d2cdd3d9d48cd68ed891de96e493e1ffe8dbe5e0e6f0e797e99bed98ea99eb9aec9cee02f49ef1"
    "11f804f505f606f712f913fa17fe14fb15fc"
)
_PLACES = {byte: letter for letter, byte in zip(LETTERS, BYTES, strict=True)}
_TABLE = codecs.charmap_build("".join(_PLACES.get(byte, chr(byte)) for byte in range(256)))


def encode(text: str) -> bytes:
    """Return NFC text as TCVN3 bytes. Raises UnicodeEncodeError for a character that the set does not have."""
    return codecs.charmap_encode(text, "strict", _TABLE)[0]
