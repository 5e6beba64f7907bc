"""The encodings of the feeds, among them the two alphabets of old Vietnamese fonts, TCVN3 (ABC) and VNI.

TCVN3: one byte a letter. The table is glibc's TCVN5712-1: capitals with a tone stand in single bytes (some among the
control characters), and 0xB0–0xB4 are combining tones, which compose with the letter before them. VNI: a vowel and,
behind it, a letter of Windows-1252 that the font shows as its marks. Python ships no codec for either.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Literal

from dagster_project.core.errors import BlockedFile

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1258", "tcvn3", "vni"]

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

# Windows-1252 as browsers and Excel take it: its five empty places are control characters.
_CP1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_CP1258 = "".join(bytes([byte]).decode("cp1258", "ignore") or chr(byte) for byte in range(256))
_TO_CP1252 = codecs.charmap_build(_CP1252)
_TO_CP1258 = codecs.charmap_build(_CP1258)

_TONES = dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_HATS = dict(zip("âáàåãä", ("\u0302" + tone for tone in ("", *"\u0301\u0300\u0309\u0303\u0323")), strict=True))
_BREVES = dict(zip("êéèúüë", ("\u0306" + tone for tone in ("", *"\u0301\u0300\u0309\u0303\u0323")), strict=True))
_ALONE = dict(zip("ñöôîæóòíì", "đươỵỉĩịíì", strict=True))
_VNI = {base + mark: base + marks for base in "aeouy" for mark, marks in _TONES.items()}
_VNI |= {base + mark: base + marks for base in "aeo" for mark, marks in _HATS.items()}
_VNI |= {"a" + mark: "a" + marks for mark, marks in _BREVES.items()}
_VNI |= {base + mark: _ALONE[base] + marks for base in "ôö" for mark, marks in _TONES.items()} | _ALONE
_VNI_LETTER = re.compile("|".join(sorted(_VNI, key=len, reverse=True)), re.IGNORECASE)


def decode_tcvn3(content: bytes) -> str:
    """Decode TCVN3 bytes to NFC text. Every byte has a meaning, so this cannot fail."""
    decoded = codecs.charmap_decode(content, "strict", DECODING_TABLE)[0]  # type: ignore[arg-type]  # a string table is the fast one
    if len(content.translate(None, _COMBINING)) == len(content):
        return decoded  # only the combining bytes can leave something to compose
    return unicodedata.normalize("NFC", decoded)


def decode_cp1252(content: bytes) -> str:
    """Decode bytes as browsers decode Windows-1252, ISO 8859-1 and ASCII. This cannot fail either."""
    return codecs.charmap_decode(content, "strict", _CP1252)[0]  # type: ignore[arg-type]


def read_vni_letters(text: str) -> str:
    """Return text that was typed in a VNI font as NFC text: "Maõ hoä" → "Mã hộ". What is no letter of VNI stays."""
    return unicodedata.normalize("NFC", _VNI_LETTER.sub(_read_vni_letter, text))


def _read_vni_letter(found: re.Match[str]) -> str:
    pair = found[0]
    letter = _VNI[pair.lower()]
    return letter.upper() if pair[0].isupper() else letter


def read_tcvn3_letters(text: str) -> str | None:
    """Return text that was typed in a TCVN3 font as NFC text: "M· hé" → "Mã hộ"; None when it cannot be such text."""
    content = _encode(text, _TO_CP1252)
    return None if content is None else decode_tcvn3(content)


def read_doubled_utf8(text: str) -> str | None:
    """Return the text whose UTF-8 bytes were once taken for Windows-1252 (or 1258) and saved: "MÃ£ há»™" → "Mã hộ".

    None when it cannot be such text: the way back must lose nothing.
    """
    for table in (_TO_CP1252, _TO_CP1258):
        content = _encode(text, table)
        if content is not None and not content.isascii():
            try:
                return unicodedata.normalize("NFC", content.decode("utf-8"))
            except UnicodeDecodeError:
                continue
    return None


def _encode(text: str, table: object) -> bytes | None:
    """Return the bytes of a text; of one that holds control characters of C1 too, which stand for themselves."""
    try:
        return codecs.charmap_encode(text, "strict", table)[0]  # type: ignore[arg-type]
    except UnicodeEncodeError:
        pass
    try:
        return codecs.charmap_encode("".join(_FROM_C1.get(letter, letter) for letter in text), "strict", table)[0]  # type: ignore[arg-type]
    except UnicodeEncodeError:
        return None


_FROM_C1 = {chr(byte): _CP1252[byte] for byte in range(0x80, 0xA0)}


def decode(content: bytes, encoding: str) -> str:
    """Decode bytes in one of the feeds' encodings to NFC text. Raises BlockedFile `unreadable` when they are in another
    one."""
    if encoding == "tcvn3":
        return decode_tcvn3(content)
    if encoding == "vni":
        return read_vni_letters(decode_cp1252(content))
    if encoding == "cp1252":
        return unicodedata.normalize("NFC", decode_cp1252(content))
    try:
        if codecs.lookup(encoding).name in _NO_ENCODINGS:
            raise LookupError("not in what a page or a table is written")
        decoded = content.decode(encoding)
    except (ValueError, LookupError) as error:  # a codec may also only raise, as Python's `undefined`
        where = f" (byte thứ {error.start + 1})" if isinstance(error, UnicodeDecodeError) else ""
        raise BlockedFile(
            "unreadable",
            f"Tệp không đọc được theo bảng mã {encoding}{where}.",
            "Lưu lại tệp theo UTF-8, hoặc báo bảng mã mà phần mềm xuất ra.",
        ) from error
    return unicodedata.normalize("NFC", decoded)


_NO_ENCODINGS = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)
"""Codecs of Python that are no encodings of offices: they only raise, take the square of the length, or make halves of
letters."""
_BOM = b"\xef\xbb\xbf"
_HEAD = 4096
_PACKED = (b"PK", b"\xd0\xcf\x11\xe0", b"SQLite")
"""How files begin that are no text, and whose first bytes may alternate with zeros all the same."""


def unify_utf16(content: bytes) -> bytes:
    """Return a text in UTF-16 as UTF-8 with a mark, whether or not it has a mark itself; other content as it is.

    Every other byte of such a text is small, for a Vietnamese letter too, and of the ASCII ones it is zero.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        head = content[:_HEAD]
        zeros = [head[at::2].count(0) * 5 > len(head) for at in (0, 1)]
        if zeros[0] == zeros[1] or head.startswith(_PACKED):
            return content
        encoding = "utf-16-be" if zeros[0] else "utf-16-le"
    try:
        text = content[: len(content) // 2 * 2].decode(encoding)
    except UnicodeDecodeError:
        return content
    return content if _CONTROLS.search(text[:_HEAD]) else _BOM + text.encode("utf-8")


_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
