"""Names of persons in a text: those behind a title, and the whole names of persons of the same file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from dagster_project.ingest.normalise.wording import spelling
from dagster_project.ingest.persons.person_words import GAP, load_words

HIDDEN = "[tên]"
_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
_NAME = re.compile(rf"{_WORD}(?:{GAP}{_WORD}){{0,4}}")
_LETTERS = re.compile(r"[^\W\d_]+")
_SPLIT = re.compile(GAP)
_LEAST_WORDS, _MOST_WORDS = 3, 5
"""Of a name without a title before it; two words are too often words of something else."""
_BEFORE = re.compile(r"([^\W\d_]+)[\s._]{0,3}$")
_NEAR = 80
"""How many characters beside a title are looked at: no word of a place or a family is so long, and a text of nothing
but titles costs its length, not the square of it."""


def mask_titled_names(value: str) -> str:
    """Replace the names behind titles ("hộ ông Nguyễn Văn A") by "[tên]"; the titles stay."""
    words = load_words()
    if words.beginnings.isdisjoint(_LETTERS.findall(value.lower())):
        return value
    masked = _hide(value, _find_titled(value))
    masked = _hide(masked, _find_far_titled(masked))
    if masked.isascii():
        masked = words.plain_title.sub(lambda found: found[0].replace(found[1] or found[2], HIDDEN), masked)
    return masked


def _hide(value: str, names: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in names:
        if start >= done:
            parts += [value[done:start], HIDDEN]
            done = end
    return "".join([*parts, value[done:]])


def _find_titled(value: str) -> Iterator[tuple[int, int]]:
    """Yield where a name behind a title begins and ends."""
    words = load_words()
    for title in words.title.finditer(value):
        name = _NAME.match(value, title.end())
        if name is None or _is_of_a_place(value, title):
            continue
        length = _measure_name(_SPLIT.split(name[0]), title[0], str(title.lastgroup))
        if length:
            yield _find_words(name, length)


def _find_far_titled(value: str) -> Iterator[tuple[int, int]]:
    """Yield where a name that stands behind a title, but not beside it, begins and ends."""
    for title in load_words().far_title.finditer(value):
        name = _NAME.match(value, title.end())
        if name is None or _is_of_a_place(value, title):
            continue
        length = _measure_far_name(_SPLIT.split(name[0]), title[0], str(title.lastgroup))
        if length:
            yield _find_words(name, length)


def _find_words(name: re.Match[str], length: int) -> tuple[int, int]:
    """Return where the first words of a name, so many, begin and end."""
    whole = re.match(rf"{_WORD}(?:{GAP}{_WORD}){{{length - 1}}}", name[0])
    assert whole is not None
    return name.start(), name.start() + whole.end()


def _is_of_a_place(value: str, title: re.Match[str]) -> bool:
    """Tell whether this is no person: "bà con", "Bà Triệu", "đường Bà Huyện …", "khu Ông Bổn"."""
    words = load_words()
    if any(words.no_person.match(value, at) for at in (title.start(), title.start(str(title.lastgroup)))):
        return True
    before = _BEFORE.search(value, max(0, title.start() - _NEAR), title.start())
    if before is None:
        return False
    if words.no_person.match(value, before.start()):  # "Hai Bà Trưng"
        return True
    is_named = title[0][:1].isupper() and not before[1].isupper()
    name = _SPLIT.split(value[title.end() : title.end() + _NEAR].strip())
    is_person = len(name) > 1 and spelling.make_key(name[0]) in words.families
    return is_named and not is_person and spelling.make_key(before[1]) in words.places


def _measure_name(words: list[str], title: str, meaning: str) -> int:
    """Return how many of the words behind a title of this meaning are a name; 0 for none."""
    known = load_words()
    first = spelling.make_key(words[0])
    capitals = _count_capitals(words)
    if first in known.sure_families and capitals == 0:
        return min(len(words), _LEAST_WORDS) if len(words) > 1 else 0
    if title.isupper():  # "HỘ KINH DOANH": where all is in capitals they tell nothing
        is_name = meaning == "title" or first in known.families
        return min(capitals, 4) if is_name else 0
    if meaning == "title" or (first in known.families and capitals > 1):
        return capitals
    if meaning == "label":
        return 0
    least = 3 if title[0].isupper() else 1 if meaning == "kin" else 2
    return capitals if capitals >= least else 0


def _measure_far_name(words: list[str], title: str, meaning: str) -> int:
    """Return how many of the words that do not stand beside their title are a name; 0 for none.

    There a capital may as well begin the next part of a sentence, or of an address.
    """
    known = load_words()
    first = spelling.make_key(words[0])
    capitals = _count_capitals(words)
    is_family = first in known.families
    if capitals < 2 or (not is_family and not {first, spelling.make_key(" ".join(words[:2]))}.isdisjoint(known.places)):
        return 0
    if meaning == "other":
        return capitals if capitals >= _LEAST_WORDS and first in known.sure_families else 0
    is_other_word = title.strip(" .").lower() == "ong"  # a bee
    is_told_by_capitals = not (is_other_word and capitals < _LEAST_WORDS) and not (len(title) > 3 and title.isupper())
    return capitals if is_family or is_told_by_capitals else 0


def _count_capitals(words: list[str]) -> int:
    return next((at for at, word in enumerate(words) if not word[0].isupper()), len(words))


# Whole names of persons of the same file -----------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def list_likely_names(value: str) -> tuple[str, ...]:
    """List what in a text may be a whole name without a title, in lower case: three to five words, all with a capital,
    or the whole text."""
    likely: list[str] = []
    whole = spelling.clean_text(value).lower()
    if _LEAST_WORDS <= whole.count(" ") + 1 <= _MOST_WORDS:
        likely.append(whole)
    for _, run in _find_capital_runs(value):
        words = [word.lower() for word, _ in run]
        for size in range(_LEAST_WORDS, _MOST_WORDS + 1):
            likely += (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
    return tuple(name for name in dict.fromkeys(likely) if is_person(spelling.make_key(name)))


def mask_names(value: str, names: Collection[str]) -> str:
    """Replace these names (comparison keys, of three to five words) in a text by "[tên]"; behind the word of a place
    they stay."""
    if not names:
        return value
    if spelling.make_key(value) in names:
        return HIDDEN
    parts: list[str] = []
    done = 0
    for before, run in _find_capital_runs(value):
        for first, last in _find_names(before, run, names):
            parts += [value[done : run[first][1]], HIDDEN]
            word, start = run[last]
            done = start + len(word)
    rest = value[done:]
    return "".join([*parts, HIDDEN if parts and spelling.make_key(rest) in names else rest])


def _find_names(before: str, run: list[tuple[str, int]], names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last word of each of these names in a run of capitals, the longest at each place."""
    keys = [spelling.make_key(word) for word, _ in run]
    at = 1 if before in load_words().places else 0
    while at < len(keys):
        sizes = range(min(_MOST_WORDS, len(keys) - at), _LEAST_WORDS - 1, -1)
        size = next((size for size in sizes if " ".join(keys[at : at + size]) in names), 0)
        if size:
            yield at, at + size - 1
        at += size or 1


def is_person(name: str) -> bool:
    """Tell whether a name (comparison key) of a register may be a person's, and no firm's, school's or unit's."""
    words = name.split()
    known = load_words()
    return (
        _LEAST_WORDS <= len(words) <= _MOST_WORDS
        and name not in known.names_of_places
        and words[0] not in known.places - known.families
        and " ".join(words[:2]) not in known.places
    )


def _find_capital_runs(value: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Yield runs of three and more words that begin with a capital, each word with its place, and the key of the
    word before."""
    run: list[tuple[str, int]] = []
    before, last, end = "", "", -1
    for found in re.finditer(_WORD, value):
        is_next = end >= 0 and _SPLIT.fullmatch(value, end, found.start())
        if not (is_next and found[0][0].isupper()) or not run:
            if len(run) >= _LEAST_WORDS:
                yield before, run
            run, before = [], last if is_next else ""
        if found[0][0].isupper():
            run.append((found[0], found.start()))
        last, end = spelling.make_key(found[0]), found.end()
    if len(run) >= _LEAST_WORDS:
        yield before, run
