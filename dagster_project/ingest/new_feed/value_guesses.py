"""Words of a sample that its code lists do not know, and what they may mean: a person confirms each guess."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dagster_project.contracts.layouts import Layout
from dagster_project.contracts.models import Column, Contract
from dagster_project.contracts.registry import CodeList, Registry
from dagster_project.core.names import strip_accents
from dagster_project.ingest.new_feed.masking import HIDDEN, holds_a_person
from dagster_project.ingest.normalise import text
from dagster_project.ingest.normalise.columns import normalise_column
from dagster_project.ingest.readers.base import RawTable

_ALIKE = 0.8
"""Likeness (0–1) from which on a word is guessed, and by how much another code's must fall behind."""
_APART = 0.08
_LETTERS = range(4, 61)  # a shorter word is like everything, a longer one is a sentence
_WORDS = re.compile(r"\w+")
_TURNS = re.compile(r"(?<!\w)(?:chưa|chua|không|khong|hủy|huy|dừng|rút)(?!\w)|\d+|%")
"""What turns a meaning: "chưa hoàn thành" and "hoàn thành 50%" are no "hoàn thành", whatever they share."""


@dataclass(frozen=True)
class Word:
    """Holds a word of one column that its code list does not know: on how many rows it stands, what it may mean
    (`code`, None when nobody can tell) and `why_vi`. A word that may name a person is hidden, and never guessed."""

    column: str
    word: str
    rows: int
    code: str | None = None
    why_vi: str = ""


def guess_values(
    tables: Sequence[RawTable], contract: Contract, known: Sequence[Layout], registry: Registry
) -> list[Word]:
    """List the words of all columns of code lists that the lists do not know, each with its best guess."""
    return [
        _guess(Word(column.name, word, rows), registry.code_lists[column.code_list], known)
        for column in contract.columns
        if column.code_list
        for word, rows in _count_unknown_words(tables, column, registry.code_lists[column.code_list], known).items()
    ]


def _count_unknown_words(
    tables: Sequence[RawTable], column: Column, codes: CodeList, known: Sequence[Layout]
) -> Counter[str]:
    plain = known[0].model_copy(update={"values": {}})
    counted: Counter[str] = Counter()
    for table in tables:
        if column.name in table.frame and len(table.frame):
            raw = table.frame[column.name]
            unknown = normalise_column(raw, column, plain, codes).faults["unknown_code"]
            counted.update(text.clean(raw[unknown]).tolist())
    return counted


def _guess(word: Word, codes: CodeList, known: Sequence[Layout]) -> Word:
    if holds_a_person(word.word):
        return Word(word.column, HIDDEN, word.rows)
    for layout in known:
        taught = {text.make_key(said): code for said, code in layout.values.get(word.column, {}).items()}
        if text.make_key(word.word) in taught:
            return Word(word.column, word.word, word.rows, taught[text.make_key(word.word)], f"như ở {layout.feed_id}")
    scores = _score(word.word, codes)
    best = max(scores, key=lambda code: scores[code][0])
    others = [score for code, (score, _) in scores.items() if code != best]
    if scores[best][0] < _ALIKE or max(others, default=0.0) > scores[best][0] - _APART:
        return word
    return Word(word.column, word.word, word.rows, best, f"giống “{scores[best][1]}”")


def _score(word: str, codes: CodeList) -> Mapping[str, tuple[float, str]]:
    """Return for each code the likeness of its spelling that is most like the word, and that spelling."""
    return {
        code.value: max((_measure_likeness(word, spelling), spelling) for spelling in (code.label_vi, *code.spellings))
        for code in codes.codes
    }


def _measure_likeness(word: str, spelling: str) -> float:
    """Measure how alike two phrases are (0–1), accents aside; one that holds the whole other is very alike."""
    keys = [text.make_key(said) for said in (word, spelling)]
    turned, other_turned = ({strip_accents(turn) for turn in _TURNS.findall(key)} for key in keys)
    if turned != other_turned:
        return 0.0
    one, other = (" ".join(_WORDS.findall(strip_accents(key))) for key in keys)
    if one == other:
        return 1.0
    if len(one) not in _LETTERS or len(other) not in _LETTERS:
        return 0.0
    is_within = f" {other} " in f" {one} " or f" {one} " in f" {other} "
    likeness = difflib.SequenceMatcher(None, one, other).ratio()
    return max(likeness, 0.9) if is_within else likeness
