"""The words that stand beside a place and are no part of its name: offices, bodies, hamlets, marks of a footnote.

They are reviewed facts (`sources/units/place_word.csv`), each with what it means before a commune's name: `office`: the
commune's own office, which adds nothing; `body`: another body of the same commune; `part`: a piece of it. These two are
dropped, and the row is told. `agency`: what begins like a piece and is none. Every pattern has a twin for texts that
are written without accents.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from dagster_project.core.paths import SOURCES_DIR

_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_STOPS = " .,;:-–—…+"
_NUMBERING = re.compile(r"^(?:\d{1,3}\s*[.)]|[a-zđ]\))\s*(?=[^\W\d])")  # "1. Xã Phú Mỹ", "a) Xã Phú Mỹ"
# "Xã Phú Mỹ (1)", "Phú Mỹ*", "Phú Mỹ ¹": a mark sends the reader to a note under the table. A bare digit is none.
_FOOTNOTE = re.compile(
    r"(?<=\S)\s*(?:[(\[]\s*(?:\d{1,2}|\*{1,3})\s*[)\]]|\*+|[¹²³⁰⁴-⁹†‡]+)+(?=\s*(?:$|[,;(/]|[\-–—]\s))"
)
# Hoà and Hòa, uỷ and ủy: in the words of this file the tone stands on the first vowel. The u of qu- is no vowel.
_TONE_AT_END = re.compile(r"(?<!q)(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)")
_NEW = r"\(\s*(?:mới|sau (?:khi )?(?:sáp nhập|sắp xếp|hợp nhất))\s*\)"
_FORMER = r"\(\s*(?:cũ|trước (?:khi )?(?:sáp nhập|sắp xếp|hợp nhất))\s*\)"
_MARKS = frozenset({"cũ", "mới"})
_MEANINGS = ("office", "body", "part", "agency")


def remove_marks(text: str) -> str:
    """Return letters without accents and hooks, in the same case: "Hạ Hòa" → "Ha Hoa", "Đ" → "D"."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def clean_name(text: str | None) -> str:
    """Return a cell in one spelling: NFC, lower case, single spaces, without marks of a footnote and stops around it.

    What says that a unit is of the time before or after the merger becomes "cũ" or "mới": "(trước sáp nhập)" → "cũ".
    """
    if not isinstance(text, str):
        return ""
    composed = " ".join(_HIDDEN.sub("", unicodedata.normalize("NFC", text)).lower().split())
    composed = _TONE_AT_END.sub(_move_tone, composed)
    words = load_words(composed.isascii())
    marked = words.new.sub(" mới", words.former.sub(" cũ", _FOOTNOTE.sub("", composed)))
    return _NUMBERING.sub("", " ".join(marked.split()).strip(_STOPS))


def _move_tone(found: re.Match[str]) -> str:
    first, second = found.group()[0], unicodedata.normalize("NFD", found.group()[1])
    return unicodedata.normalize("NFC", first + second[1]) + second[0]


@dataclass(frozen=True)
class PlaceWords:
    """Holds the patterns of one way of writing, with accents or without.

    `any_office` matches an office before any name, `before_commune` offices and bodies before a commune's name,
    `one_office` one of them, `part` the start of a piece that is no name of a unit.
    """

    is_plain: bool
    new: re.Pattern[str]
    former: re.Pattern[str]
    any_office: re.Pattern[str]
    before_commune: re.Pattern[str]
    one_office: re.Pattern[str]
    part: re.Pattern[str]

    def list_bodies(self, offices: str) -> tuple[str, ...]:
        """Return of the words before a commune's name those that are another body than its office."""
        return tuple(found["body"] for found in self.one_office.finditer(offices) if found["body"])


def find_words(cleaned: str) -> PlaceWords:
    """Return the patterns for a cleaned name: one that has no letter outside ASCII is written without accents."""
    return load_words(all(word.isascii() or word in _MARKS for word in cleaned.split()))


@cache
def load_words(is_plain: bool) -> PlaceWords:
    """Load the patterns from the reviewed words."""
    with (SOURCES_DIR / "units" / "place_word.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    words = {kind: [row["word"].lower() for row in rows if row["meaning"] == kind] for kind in _MEANINGS}
    # The longest word comes first: of "phòng kinh tế, hạ tầng và đô thị" all is dropped.
    office, body, part, agency = (
        "|".join(_join_tokens(word) for word in sorted(words[kind], key=len, reverse=True)) for kind in _MEANINGS
    )

    def compile_(pattern: str) -> re.Pattern[str]:
        return re.compile(remove_marks(pattern) if is_plain else pattern)

    link = r"(?:\W+(?:và|thuộc|của|cấp)(?=\s))?\W*"
    commune = r"(?:(?:xã|phường|thị trấn)\s|(?:tt|x|p)(?:\.|\s))"
    return PlaceWords(
        is_plain,
        new=compile_(_NEW),
        former=compile_(_FORMER),
        any_office=compile_(r"(?:ubnd|u\.\s*b\.\s*n\.\s*d|ủy ban nhân dân)\b[\s.:]*"),
        before_commune=compile_(rf"(?:(?:{office}|{body})\b{link})+(?={commune})"),
        one_office=compile_(rf"(?<!\w)(?:{office}|(?P<body>{body}))(?!\w)"),
        part=compile_(rf"(?!(?:{agency})(?!\w))(?:(?:{part})(?!\w)|(?:số\s*)?\d)"),
    )


def _join_tokens(word: str) -> str:
    """Return a pattern for a word in which spaces, stops and dashes do not count: "TN&TKQ" also finds "TN và TKQ"."""
    parts = re.findall(r"\w+", word.replace("&", " và "))
    return r"\W+(?:và\W+)?".join(re.escape(part) for part in parts if part != "và")
