"""A text without persons, as it may leave inbox, archive, vault and keys: docs/rules.md, "Persons in other places"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.wording import spelling
from dagster_project.ingest.persons import person_names, personal_numbers

if TYPE_CHECKING:
    import pandas as pd

HIDDEN = (personal_numbers.HIDDEN, person_names.HIDDEN)
"""What stands in the place of what was masked."""
_ENDING = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,5}")
"""Of the name of a file: ".092" is the end of a number."""
_OTHER_DIGIT = re.compile(r"[^\D0-9]")


@lru_cache(maxsize=65536)
def mask_text(value: str) -> str:
    """Mask a name, a code, a header, the name of a file or a sheet. A text without a person is returned as it is."""
    return _mask(value, personal_numbers.mask_sure_numbers)


@lru_cache(maxsize=65536)
def mask_free_text(value: str) -> str:
    """Mask free text, on the side of hiding too much."""
    return _mask(value, personal_numbers.mask_numbers)


@lru_cache(maxsize=65536)
def mask_figure(value: str) -> str:
    """Mask what stands where a figure or a day is due."""
    return _mask(value, personal_numbers.mask_numbers_beside_figures)


def mask_file_name(path: str) -> str:
    """Mask the path of a file part by part; its ending stays, and so does what tells the period."""
    *folders, file = path.split("/")
    stem, dot, ending = file.rpartition(".")
    shown = f"{mask_text(stem)}.{ending}" if dot and _ENDING.fullmatch(ending) else mask_text(file)
    return "/".join([*map(mask_text, folders), shown])


def _mask(value: str, mask_numbers: Callable[[str], str]) -> str:
    plain = _write_plainly(value)
    masked = person_names.mask_titled_names(mask_numbers(plain))
    return value if masked == plain else masked


def _write_plainly(value: str) -> str:
    """Write a text as a reader sees it: without the marks that show nothing (soft hyphens, marks of direction; before a
    capital they part two words), and with digits of any script as digits."""
    marks = "" if value.isprintable() else "".join(c for c in set(value) if unicodedata.category(c) == "Cf")
    if marks:
        value = re.sub(f"[{re.escape(marks)}]+", _part_words, value)
    if _OTHER_DIGIT.search(value):
        value = "".join(str(unicodedata.decimal(letter, letter)) for letter in value)
    return spelling.clean_text(value)


def _part_words(marks: re.Match[str]) -> str:
    start, end = marks.span()
    is_between = marks.string[max(0, start - 1) : start].islower() and marks.string[end : end + 1].isupper()
    return " " if is_between else ""


def mask_figures(cells: pd.Series) -> pd.Series:
    """Mask a column of texts as `mask_figure` does; return dtype `str`."""
    import pandas as pd

    from dagster_project.ingest.normalise import text

    distinct = text.find_distinct(cells)
    return distinct.spread(pd.Series(list(map(mask_figure, distinct.values)), dtype="str"))


def mask_block(fault: BlockedFile) -> BlockedFile:
    """Return the refusal of a file in words without persons."""
    words = tuple(mask_text(word) for word in fault.words)
    lacking = {role: tuple(map(mask_text, headers)) for role, headers in fault.lacking.items()}
    return BlockedFile(fault.rule, mask_text(fault.message_vi), mask_text(fault.remedy_vi), words, lacking)


def tell_masked(value: str) -> bool:
    """Tell whether something was masked in a text."""
    return any(hidden in value for hidden in HIDDEN)
