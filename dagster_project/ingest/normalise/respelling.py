"""Letters of an old font, or of a file saved under the wrong encoding, inside Unicode cells → what the office reads.

A workbook typed in .VnTime holds "M· hé" and shows "Mã hộ"; one typed in VNI-Times holds "Maõ hoä"; "MÃ£ há»™" is UTF-8
that was taken for Windows-1252. A word that is Vietnamese under one reading only decides for its column, else for its
table; a text that a column with two readings leaves open is not read but reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from dagster_project.ingest.normalise import encodings, syllables

AS_WRITTEN = "unicode"
_ENOUGH = 3
"""Different words that only a reading other than Unicode explains; fewer may be signs: "50µm", "20°C"."""

# Signs that are themselves in an old font too, where they stand as signs do; elsewhere they are capitals with a tone.
_L = "[^\\W\\d_]"
_ALONE = re.compile(f"(?<!{_L})[\u2013\u2014\u2022]+(?!{_L})|(?<!{_L})\u2026+|\u2026+(?!{_L})")
_QUOTED = re.compile(f"(?<!{_L})(?:\u201c[^\u201c\u201d]+\u201d|\u2018[^\u2018\u2019]+\u2019)(?!{_L})")
# A letter beside a sign, or beside a letter that Vietnamese has not: every table in an old font has some.
_SIGN = "\x80-\x9f¡-¿×÷ØÞßÄÅÆÇËÎÏÑÖÛÜäåæçëîïðñöøûüþÿ€‚ƒ„†‡ˆ‰Š‹ŒŽ˜™š›œžŸ"
_SIGNS = re.compile(f"[^\\W\\d_][{_SIGN}]|[{_SIGN}][^\\W\\d_]")
SIGNS_RE2 = f"\\p{{L}}[{_SIGN}]|[{_SIGN}]\\p{{L}}"
"""What no table in Unicode needs and every one in an old font has, for Arrow, which looks through a whole file."""


def _read_tcvn3(text: str) -> str | None:
    kept = [found.span() for found in _ALONE.finditer(text)]
    kept += [(at, at + 1) for found in _QUOTED.finditer(text) for at in (found.start(), found.end() - 1)]
    parts: list[str | None] = []
    end = 0
    for start, stop in sorted(kept):
        parts += [encodings.read_tcvn3_letters(text[end:start]), text[start:stop]]
        end = stop
    parts.append(encodings.read_tcvn3_letters(text[end:]))
    return None if None in parts else "".join(part or "" for part in parts)


READINGS: dict[str, Callable[[str], str | None]] = {
    "tcvn3": _read_tcvn3,
    "vni": encodings.read_vni_letters,
    "utf-8-doubled": encodings.read_doubled_utf8,
}
"""Name → what a text says under it, None when it cannot be such a text."""


@dataclass
class Respelling:
    """Tells how the texts of a table's columns are to be read: for each column text as written → as meant.

    `readings`: what they are read as, besides Unicode. `doubtful`: texts of each column that have two meanings, and
    which.
    """

    readings: frozenset[str]
    columns: list[dict[str, str]] = field(default_factory=list)
    doubtful: list[dict[str, set[str]]] = field(default_factory=list)


def find_respelling(columns: Sequence[Iterable[str]], found_before: Collection[str] = ()) -> Respelling | None:
    """Find how the distinct texts of some columns of one table are to be read; None when all are Unicode.

    `found_before`: readings that the table's header has already shown.
    """
    texts = [[text for text in column if not text.isascii()] for column in columns]
    readings = frozenset({*_find_readings(texts), *found_before})
    if not readings:
        return None
    told = [_Column(column, sorted(readings)) for column in texts]
    shown = frozenset[str]().union(*(column.sure for column in told)) or readings
    answer = Respelling(readings)
    for column in told:
        meant, doubtful = column.decide(shown)
        answer.columns.append(meant)
        answer.doubtful.append(doubtful)
    return answer


def _find_readings(columns: Iterable[Iterable[str]]) -> list[str]:
    """Find the readings under which words of the table are Vietnamese that are none as they are written."""
    suspects = {text for column in columns for text in column if _SIGNS.search(text)}
    words: dict[str, set[str]] = {name: set() for name in READINGS}
    for text in suspects:
        told = _find_best(text, list(READINGS))
        name = next(iter(told))
        if len(told) == 1 and name != AS_WRITTEN and not syllables.count_odd_words(told[name]):
            words[name].update(word for word in syllables.WORD.findall(text) if syllables.is_odd(word))
    return [name for name, odd in words.items() if len(odd) >= _ENOUGH]


def _find_best(text: str, readings: Iterable[str]) -> dict[str, str]:
    """Return the readings, as written among them, that leave the fewest words of a text unexplained."""
    told = {AS_WRITTEN: text}
    for name in readings:
        said = READINGS[name](text)
        if said is not None:
            told[name] = said  # also the same text: then it says nothing of how it was written
    if len(told) == 1:
        return told
    odd = {name: syllables.count_odd_words(said) for name, said in told.items()}
    return {name: told[name] for name in told if odd[name] == min(odd.values())}


class _Column:
    """Holds the readings that each text of a column allows, and those that some text of it asks for."""

    def __init__(self, texts: Iterable[str], readings: Sequence[str]) -> None:
        self.best = {text: _find_best(text, readings) for text in texts}
        counts = Counter(name for told in self.best.values() if len(told) == 1 for name in told)
        self.sure = frozenset(counts)

    def decide(self, of_table: frozenset[str]) -> tuple[dict[str, str], dict[str, set[str]]]:
        """Return text → what is meant, of those that are respelled, and the texts that stay open with their
        meanings."""
        meant: dict[str, str] = {}
        doubtful: dict[str, set[str]] = {}
        for text, told in self.best.items():
            said = {told[name] for name in told if name in (self.sure or of_table)} or {text}
            if len(said) > 1:
                doubtful[text] = said
            elif said != {text}:
                (meant[text],) = said
        return meant, doubtful
