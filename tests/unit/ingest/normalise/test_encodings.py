"""TCVN3, VNI and the other encodings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise import encodings
from dagster_project.ingest.normalise.syllables import is_odd
from dagster_project.simulate.tcvn3 import encode as encode_tcvn3
from tests.support.kits.format_kit import VNI, double_utf8, type_in_tcvn3, type_in_vni

TONED = [
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưy"
    for tone in ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
]
LETTERS = [letter for letter in [*TONED, "đ"] if not letter.isascii()]
BOTH_CASES = LETTERS + [letter.upper() for letter in LETTERS]

# What glibc 2.36 decodes: `iconv -f TCVN5712-1 -t UTF-8` of the single bytes, in order.
GLIBC_LOW = {1: "Ú", 2: "Ụ", 4: "Ừ", 5: "Ử", 6: "Ữ", 17: "Ứ", 18: "Ự", 19: "Ỳ", 20: "Ỷ", 21: "Ỹ", 22: "Ý", 23: "Ỵ"}
GLIBC_SPOTS = {0x80: "À", 0x85: "Ặ", 0x9F: "Ũ", 0xA1: "Ă", 0xA7: "Đ", 0xAE: "đ", 0xAF: "Ằ", 0xB5: "à", 0xB9: "ạ",
               0xBF: "Ẵ", 0xC0: "Ắ", 0xCB: "ậ", 0xD9: "Ễ", 0xDF: "ò", 0xF0: "Ỗ", 0xFE: "ỵ", 0xFF: "Ố"}  # fmt: skip


def test_there_are_134_letters_each_in_one_byte() -> None:
    assert len(BOTH_CASES) == 134
    encoded = [encode_tcvn3(letter) for letter in BOTH_CASES]
    assert all(len(one) == 1 for one in encoded)
    assert len(set(encoded)) == 134
    assert [encodings.decode_tcvn3(one) for one in encoded] == BOTH_CASES


def test_table_is_that_of_glibc() -> None:
    for byte, letter in (GLIBC_LOW | GLIBC_SPOTS).items():
        assert encodings.decode_tcvn3(bytes([byte])) == letter
    plain = bytes(byte for byte in range(0x80) if byte not in GLIBC_LOW)
    assert encodings.decode_tcvn3(plain) == plain.decode("ascii")


def test_combining_bytes_compose_with_the_letter_before() -> None:
    assert encodings.decode_tcvn3(b"a\xb3 A\xb0 \xa2\xb3 o\xb4") == "á À Ấ ọ"


@given(st.text(st.sampled_from([*BOTH_CASES, *"abcxyzABCXYZ 0123456789;,./-\r\n"])))
def test_round_trip(value: str) -> None:
    assert encodings.decode_tcvn3(encode_tcvn3(value)) == value


@given(st.binary())
def test_any_bytes_decode_to_nfc(content: bytes) -> None:
    decoded = encodings.decode_tcvn3(content)
    assert unicodedata.is_normalized("NFC", decoded)


def test_what_tcvn3_lacks_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode_tcvn3("→")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Xã Việt Trì".encode(), "utf-8"),
        (unicodedata.normalize("NFD", "Xã Việt Trì").encode(), "utf-8"),
        ("Xã Việt Trì".encode("utf-8-sig"), "utf-8-sig"),
        ("Xa\u0303 Viê\u0323t Tri\u0300".encode("cp1258"), "cp1258"),
        (encode_tcvn3("Xã Việt Trì"), "tcvn3"),
        ("Xã Việt Trì".encode("utf-16"), "utf-16"),
    ],
)
def test_decode_gives_nfc_in_every_encoding(content: bytes, encoding: str) -> None:
    assert encodings.decode(content, encoding) == "Xã Việt Trì"


@pytest.mark.parametrize("encoding", ["utf-8", "no-such-encoding"])
def test_undecodable_bytes_block_the_file(encoding: str) -> None:
    with pytest.raises(BlockedFile, match=f"không đọc được theo bảng mã {encoding}") as blocked:
        encodings.decode(b"X\xb7 Vi\xd6t Tr\xd7", encoding)
    assert blocked.value.rule == "unreadable"
    assert blocked.value.remedy_vi


def test_vni_writes_134_letters_each_in_its_own_way() -> None:
    assert set(VNI) == set(BOTH_CASES)
    assert len(set(VNI.values())) == 134
    assert [encodings.read_vni_letters(VNI[letter]) for letter in BOTH_CASES] == BOTH_CASES
    assert [encodings.decode(VNI[letter].encode("cp1252"), "vni") for letter in BOTH_CASES] == BOTH_CASES


@given(
    st.lists(st.sampled_from(["Nguyễn", "ĐƯỜNG", "khuỷu", "rượu", "giữa", "Yên", "Ỷ", "kè", "12,5", "(ha)"])).map(
        " ".join
    )
)
def test_letters_of_old_fonts_and_doubled_utf8_come_back(value: str) -> None:
    assert encodings.read_vni_letters(type_in_vni(value)) == value
    assert str(encodings.read_tcvn3_letters(type_in_tcvn3(value))).lower() == value.lower()
    assert value.isascii() or encodings.read_doubled_utf8(double_utf8(value)) == value


def test_what_is_no_doubled_utf8_is_told() -> None:
    assert encodings.read_doubled_utf8("Mã hộ") is None
    assert encodings.read_doubled_utf8("Café") is None
    assert encodings.read_doubled_utf8("100") is None
    assert encodings.read_doubled_utf8("MĂ£ sá»‘") == "Mã số"  # through Windows-1258


@pytest.mark.parametrize(
    "word", ["Nguyễn", "khuỷu", "quyết", "giếng", "Đắk", "ĐVT", "trđ", "HĐND", "gì", "khoẻ", "m", "·"]
)
def test_words_that_can_be_vietnamese(word: str) -> None:
    assert not is_odd(word)


@pytest.mark.parametrize("word", ["Hßa", "M·", "tªn", "teân", "MÃ£", "thòc", "bìp", "Jürgen", "ngãỹ", "m²"])
def test_words_that_cannot(word: str) -> None:
    assert is_odd(word)


def test_a_toned_capital_behind_a_small_letter_is_odd():
    assert [word for word in ("hoÃ", "thÃ", "NgÃ", "Ngã", "HÒA", "QSDĐ", "trĐ", "Ở") if is_odd(word)] == [
        "hoÃ",
        "thÃ",
        "NgÃ",
    ]
