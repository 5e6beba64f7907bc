"""Which one commune a file speaks of, where an office sends one file per commune.

Decided by what the file says: its rows, else its title; the file's name decides nothing, for a workbook under another
commune's name would replace that commune's. A name that disagrees is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pandas as pd

from dagster_project.contracts.models import Feed
from dagster_project.contracts.seeds import read_seed
from dagster_project.core.names import strip_accents
from dagster_project.ingest.normalise import text
from dagster_project.ingest.readers.base import RawTable
from dagster_project.ingest.units.resolver import resolve_units
from dagster_project.ingest.validate.file_date import FileDate
from dagster_project.ingest.validate.row_faults import tell_of_file
from dagster_project.ingest.validate.unit_columns import load_area_provinces
from dagster_project.ingest.validate.validate import ValidatedFile

_OFFICE = re.compile(r"^(?:ubnd|(?:ủy|uỷ) ban nhân dân)\s+(?:xã|phường|thị trấn)\s")
# "H44_100" in a file's name is the portal's code H44.100, whose dot a name of a file seldom keeps.
_PORTAL = re.compile(r"(?<![a-z0-9])(h\d{2})[\W_]*(\d{3})(?!\d)")


@dataclass(frozen=True)
class Scope:
    """Holds the commune of a file, None when its content leaves it open; `fault` is the rule that is broken, if any."""

    commune_code: str | None
    fault: str | None = None


def decide_file_scope(
    tables: list[RawTable], validated: ValidatedFile, feed: Feed, name: str, filedate: FileDate
) -> Scope:
    """Return the commune of all rows; when rows name several or none, that of the title, else the one of them that the
    name means."""
    named = find_communes_in_name(name)
    in_rows = frozenset(validated.rows["commune_code"].dropna().astype("str").unique())
    found = in_rows
    if len(in_rows) != 1:
        in_title = _find_in_title(tables, feed, filedate)
        found = (in_rows & in_title if in_rows else in_title) or in_rows & named
    if len(found) != 1:
        return Scope(None, "scope_unknown")
    commune = next(iter(found))
    return Scope(commune, "file_name_disagrees" if named and commune not in named else None)


def add_scope_finding(validated: ValidatedFile, scope: Scope, name: str) -> None:
    """Tell what is wrong with the scope of the file, as a finding of the file as a whole."""
    if scope.fault is not None:
        validated.findings = pd.concat([validated.findings, tell_of_file(scope.fault, name[-60:])], ignore_index=True)


def find_communes_in_name(name: str) -> frozenset[str]:
    """Find the communes that a file's name can mean: by portal code ("nha_o_H44_100"), else by type and name, without
    accents."""
    stem = re.sub(r"\.[a-z]\w{1,4}$", "", text.make_key(name.replace("\\", "/").rsplit("/", 1)[-1]))
    portal = {row["portal_code"]: row["commune_code"] for row in read_seed("commune")}
    written = (f"{prefix.upper()}.{digits}" for prefix, digits in _PORTAL.findall(stem))
    codes = frozenset(portal[code] for code in written if code in portal)
    padded = f" {_separate_words(stem)} "
    return codes or frozenset(code for words, code in _list_communes() if f" {words} " in padded)


@cache
def _list_communes() -> tuple[tuple[str, str], ...]:
    """List (type and name without accents, code) of every commune in force."""
    return tuple(
        (_separate_words(f"{row['commune_type']} {row['commune_name']}"), row["commune_code"])
        for row in read_seed("commune")
    )


def _separate_words(written: str) -> str:
    """Return words without accents, a space between them: "nha_o_xa-Lam_Thao" → "nha o xa lam thao"."""
    return " ".join(re.findall(r"[a-z]+|\d+", strip_accents(written)))


def _find_in_title(tables: Iterable[RawTable], feed: Feed, filedate: FileDate) -> frozenset[str]:
    """Find the communes whose offices stand in the headings: "UBND PHƯỜNG VIỆT TRÌ"."""
    lines = [line for table in tables for line in table.title.split("\n") if _OFFICE.match(text.make_key(line))]
    asked = pd.DataFrame({"name": pd.Series(lines, dtype="str"), "on": pd.Timestamp(filedate.last_day)})
    province = None if feed.area is None else load_area_provinces().get(feed.area)
    found = resolve_units(asked, area_province=province, code_system=None, codes_valid_from=None)
    return frozenset(found["commune_code"].dropna().astype("str").unique())
