"""What of a sample may be shown: a draft is kept among the layouts, and nothing personal belongs there.

On the side of hiding too much: a column that may be of persons shows none of its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from dagster_project.ingest.normalise import text
from dagster_project.ingest.persons import personal_numbers
from dagster_project.ingest.persons.person_names import HIDDEN as _NAME
from dagster_project.ingest.persons.person_words import load_words

HIDDEN = "[che: có thể là dữ liệu cá nhân]"

_OF_PERSONS = re.compile(
    r"(?<!\w)(?:họ (?:và )?tên|cccd|cmnd|căn cước|đdcn|định danh|chứng minh|điện thoại|sđt|đt|email|e-mail|zalo"
    r"|số tài khoản|stk|địa chỉ|năm sinh|ngày sinh|sinh năm|giới tính|dân tộc|tôn giáo|ông|bà|chủ hộ|hộ gia đình"
    r"|vợ|chồng|con|người \w+|công dân|cán bộ|công chức|lãnh đạo|kế toán|thủ quỹ|lập biểu|chữ ký)(?!\w)"
)
_BETWEEN = re.compile(r"[^\w\s]|[\d_]")


def is_of_persons(header: str) -> bool:
    """Tell whether a header speaks of a person: the name, a number, an address."""
    return _OF_PERSONS.search(text.make_key(header)) is not None


def show_samples(values: Iterable[str], header: str, *, is_personal: bool, most: int = 3) -> list[str]:
    """Return some of a column's values as they may be shown; of a column that may be of persons only that it is."""
    known = list(dict.fromkeys(values))
    if not known:
        return []
    if is_personal or is_of_persons(header) or any(map(holds_a_person, known)):
        return [HIDDEN]
    return [value if len(value) <= 40 else f"{value[:39]}…" for value in known[:most]]


def holds_a_person(value: str) -> bool:
    """Tell whether a value holds an identity or phone number, or what may be the name of a person."""
    return mask_numbers(value) != value or bool(_find_names(value)) or _is_plain_name(value)


def mask_header(header: str) -> str:
    """Return a header without identity and phone numbers and names of persons: "Kế toán: [tên]"."""
    masked = mask_numbers(header)
    for name in _find_names(masked):
        if not name.isupper() and _is_family(text.make_key(name.split()[0])):
            masked = masked.replace(name, _NAME)
    return masked


def mask_numbers(value: str) -> str:
    """Return a text without identity and phone numbers."""
    return personal_numbers.mask_numbers(value)


def _find_names(value: str) -> list[str]:
    """Find what may be names: capitals one after the other that begin with a family name, or three and more; behind a
    title any; but not with, or behind, the word of a place."""
    known = load_words()
    found = []
    for part in _BETWEEN.split(value):
        before = ""
        for is_name, run in groupby(part.split(), key=lambda word: word[0].isupper()):
            words = list(run)
            first = text.make_key(words[0])
            is_place = before in known.places or first in known.places
            is_long = len(words) >= 3 and not all(map(str.isupper, words))
            is_whole = len(words) >= 2 and (is_long or _is_family(first) or first in known.titles)
            if is_name and not is_place and (is_whole or before in known.titles):
                found.append(" ".join(words))
            before = text.make_key(words[-1])
    return found


def _is_family(word: str) -> bool:
    return word in load_words().families


def _is_plain_name(value: str) -> bool:
    """Tell whether a text of small letters is a family name and one to four more names."""
    words = text.make_key(value).split()
    return 2 <= len(words) <= 5 and value.islower() and words[0] in load_words().sure_families
