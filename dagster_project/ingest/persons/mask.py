"""A text without persons, as it may leave inbox, archive, vault and keys: docs/rules.md, "Persons in other places"."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.normalise.wording import spelling
from dagster_project.ingest.persons import person_names, personal_numbers

if TYPE_CHECKING:
    import pandas as pd

HIDDEN = (personal_numbers.HIDDEN, person_names.HIDDEN)
"""What stands in the place of what was masked."""
_ENDING = 5  # letters of the ending of a file's name, at most


@lru_cache(maxsize=65536)
def mask_text(value: str) -> str:
    """Mask a name, a code, a header, the name of a file or a sheet. A text without a person is returned as it is."""
    return _keep(value, person_names.mask_titled_names(personal_numbers.mask_sure_numbers(spelling.clean_text(value))))


@lru_cache(maxsize=65536)
def mask_free_text(value: str) -> str:
    """Mask free text, on the side of hiding too much."""
    return _keep(value, person_names.mask_titled_names(personal_numbers.mask_numbers(spelling.clean_text(value))))


@lru_cache(maxsize=65536)
def mask_figure(value: str) -> str:
    """Mask what stands where a figure or a day is due."""
    masked = personal_numbers.mask_numbers_beside_figures(spelling.clean_text(value))
    return _keep(value, person_names.mask_titled_names(masked))


def mask_file_name(path: str) -> str:
    """Mask the path of a file part by part; endings stay, and so does what tells the period."""
    return "/".join(_mask_part(part) for part in path.split("/"))


def _mask_part(part: str) -> str:
    stem, dot, ending = part.rpartition(".")
    return f"{mask_text(stem)}.{ending}" if dot and len(ending) <= _ENDING else mask_text(part)


def _keep(value: str, masked: str) -> str:
    return value if masked == spelling.clean_text(value) else masked


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
