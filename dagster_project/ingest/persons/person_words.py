"""The words by which a name of a person is known, and those that only look like one: reviewed facts in `sources/`.

`names_of_persons.csv`: `title`: any capital behind it begins a name; `kin`: within a sentence; `household`: two
capitals do; `label`: a family name and another; `spelled`: a title as it is spelled in haste; `no_name`: begins like a
title and is none; `family`: a family name that hardly is another word; `family_or_word`. `names_of_places.csv`:
`place`: what stands before the name of a street, a school or a unit; `name`: what is named after somebody.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from dagster_project.core.paths import SOURCES_DIR
from dagster_project.ingest.normalise.wording import spelling

FILES = ("names_of_persons.csv", "names_of_places.csv")
GAP = r"[\s._]{1,3}"
"""Between the words of a name: file names have stops and underscores there."""
TITLES = ("title", "kin", "household", "label")
_BEFORE = (*TITLES, "spelled")
_LETTER = r"[^\W\d_]"
_FILLER = rf"(?:tên|là|số)(?!{_LETTER})"
_FAR = rf"(?![)\s._:]{{1,4}}(?!{_FILLER}){_LETTER})(?:(?!\[(?:tên|số)\])(?:[\W\d_]|{_FILLER})){{1,12}}"
"""Between a title and its name other marks, words and figures than where it stands beside it: "ông – …", "bà số 1 …",
"ông tên là …"."""
_PLAIN_TITLES = ("ong", "ba", "anh", "chi", "ho")
_MOST_WORDS = 5
_MOST_TITLES = 8
"""In a row before the last: of a text of nothing but titles each begins a row."""


@dataclass(frozen=True)
class PersonWords:
    """Holds the words as comparison keys, and the patterns made of them.

    `titles`: those of one word, labels aside; `beginnings`: the first words of all titles; a text without any has none.
    `far_title`: one, or one as it is spelled in haste (`spelled`), with other marks before its name than a title has.
    `title`: one title or several ("hộ ông"), the last in the group of its meaning. `no_person`: what is no person
    though a title begins it. `plain_title`: a title and a name without accents.
    """

    title: re.Pattern[str]
    far_title: re.Pattern[str]
    no_person: re.Pattern[str]
    plain_title: re.Pattern[str]
    families: frozenset[str]
    sure_families: frozenset[str]
    titles: frozenset[str]
    beginnings: frozenset[str]
    places: frozenset[str]
    names_of_places: frozenset[str]


@cache
def load_words() -> PersonWords:
    """Load the words."""
    persons, places = map(_read, FILES)
    any_title = _join([word for meaning in TITLES for word in persons[meaning]])
    last = "|".join(f"(?P<{meaning}>{_join(persons[meaning])})" for meaning in TITLES)
    plain_title = "|".join(_PLAIN_TITLES)
    plain = "|".join(word for word in persons["family"] if word.isascii())
    others = _join([word for meaning in TITLES[1:] for word in persons[meaning]])
    no_person = _join([*persons["no_name"], *places["name"]])
    return PersonWords(
        title=re.compile(
            rf"(?<![^\W\d_])(?:(?:{any_title})[\s._/,(\-]{{1,3}}){{0,{_MOST_TITLES}}}(?:{last})(?![^\W\d_])[)\s._:]{{1,4}}",
            re.IGNORECASE,
        ),
        far_title=re.compile(
            rf"(?<!{_LETTER})(?:(?:(?P<title>{_join(persons['title'])})|(?P<other>{others}))(?!{_LETTER}){_FAR}"
            rf"|(?P<spelled>{_join(persons['spelled'])})(?:(?<=\W)|(?!{_LETTER}))[\W_]{{0,3}})",
            re.IGNORECASE,
        ),
        no_person=re.compile(rf"(?:{no_person})(?![^\W\d_])", re.IGNORECASE),
        plain_title=re.compile(
            rf"(?<![^\W\d_])(?:(?i:{plain_title}){GAP}((?i:{plain})(?:{GAP}[^\W\d_]+){{1,{_MOST_WORDS - 1}}})"
            rf"|(?i:ong){GAP}([A-Z][^\W\d_]*(?:{GAP}[A-Z][^\W\d_]*){{1,{_MOST_WORDS - 1}}}))",
        ),
        families=frozenset((*persons["family"], *persons["family_or_word"])),
        sure_families=frozenset(persons["family"]),
        titles=frozenset(word for meaning in TITLES[:3] for word in persons[meaning] if " " not in word),
        beginnings=frozenset(
            (*_PLAIN_TITLES, *(re.split(r"\W", word)[0] for meaning in _BEFORE for word in persons[meaning]))
        ),
        places=frozenset(places["place"]),
        names_of_places=frozenset(map(spelling.make_key, places["name"])),
    )


def _read(name: str) -> dict[str, list[str]]:
    with (SOURCES_DIR / name).open(encoding="utf-8", newline="") as file:
        words: dict[str, list[str]] = {}
        for row in csv.DictReader(file):
            words.setdefault(row["meaning"], []).append(row["word"])
    return words


def _join(words: Iterable[str]) -> str:
    """Return a pattern for any of these words; the longest comes first: "hộ gia đình" is more than "hộ"."""
    return "|".join(re.escape(word).replace(r"\ ", GAP) for word in sorted(words, key=len, reverse=True))
