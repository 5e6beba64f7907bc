"""Files' bytes → typed rows: reader, file date, validation. The only place that knows all three."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, HaicapError
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import data_dates
from dagster_project.ingest.normalise.styles import Decision
from dagster_project.ingest.persons.mask import mask_block, mask_figure
from dagster_project.ingest.persons.mask_tables import hide_sheet_names, mask_files
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.validate.column_styles import decide_styles, find_silent_columns
from dagster_project.ingest.validate.decisions import list_decisions
from dagster_project.ingest.validate.file_date import NAMED_PERIODS, FileDate, read_file_date, start_with_plan_year
from dagster_project.ingest.validate.file_scope import add_scope_finding, decide_file_scope
from dagster_project.ingest.validate.file_units import find_units
from dagster_project.ingest.validate.stack import Sheet, make_sheets
from dagster_project.ingest.validate.validate import ValidatedFile, validate_files
from dagster_project.ingest.vault.sender_rows import find_identifying_cells

Parse = tuple[dict[str, Any], ValidatedFile]
"""What the account of a batch says of a file, and what its validation let through."""


@dataclass(frozen=True)
class _RawFile:
    """Holds a file that has been read. `tables`: as delivered, for the vault alone, but for the names of its sheets."""

    name: str
    tables: list[RawTable]


@dataclass(frozen=True)
class _ShownFile:
    """Holds the same file with its tables without persons (`shown`; docs/rules.md, "Persons in other places")."""

    raw: _RawFile
    shown: list[RawTable]


@dataclass(frozen=True)
class _DatedFile:
    """Holds a file that has been read and dated, on its way to its validation."""

    file: _ShownFile
    filedate: FileDate
    sheets: list[Sheet]
    decisions: list[Decision]


def parse_file(content: bytes, name: str, feed: Feed, registry: Registry, key: bytes) -> Parse:
    """Read, date and validate one file. Raises BlockedFile when it cannot be used as a whole."""
    (parse,) = parse_files([(content, name)], feed, registry, key)
    if isinstance(parse, Exception):
        raise parse
    return parse


def parse_files(
    files: Sequence[tuple[bytes, str]], feed: Feed, registry: Registry, key: bytes
) -> list[Parse | Exception]:
    """Parse some files (content, name) of one feed, in their order; together, because many steps then cost once.

    In the place of a parse stands BlockedFile for a file that cannot be used as a whole, or the error that a bug of
    ours raised over it: neither touches the other files. Raises what is of this installation: HaicapError, OSError,
    MemoryError.
    """
    raw = _do_together(partial(_read, feed=feed), files)
    dated = _do_together(partial(_date, feed=feed), _do_together(partial(_mask, feed=feed), raw))
    validated = _do_together(lambda those: validate_files([one.sheets for one in those], feed, registry, key), dated)
    parses = [
        said if isinstance(said, Exception) else _attempt(_finish, one, said, feed)
        for one, said in zip(dated, validated, strict=True)
    ]
    _keep_sender_cells(raw, parses, feed)
    return [mask_block(parse) if isinstance(parse, BlockedFile) else parse for parse in parses]


def _do_together(step: Callable[[Sequence[Any]], Sequence[Any]], given: Sequence[Any]) -> list[Any]:
    """Take a step with all files at once; where one of them brings out a bug, each alone tells which.

    In the place of a file for which there is nothing stands the error that says why, and it is passed over.
    """
    whole = [one for one in given if not isinstance(one, Exception)]
    try:
        said = iter(step(whole))
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception:
        said = iter([_attempt(lambda one: step([one])[0], one) for one in whole])
    return [one if isinstance(one, Exception) else next(said) for one in given]


def _attempt(step: Any, *given: Any) -> Any:
    """Return what a step says of a file, or the error by which it says nothing."""
    try:
        return step(*given)
    except BlockedFile as fault:
        return fault
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception as bug:
        return bug


def _read(files: Sequence[tuple[bytes, str]], feed: Feed) -> list[_RawFile | BlockedFile]:
    """Read some files; BlockedFile for one that cannot be read."""
    read = readers.read_all(files, make_read_spec(feed))
    return [
        tables if isinstance(tables, BlockedFile) else _RawFile(name, hide_sheet_names(tables, feed))
        for tables, (_, name) in zip(read, files, strict=True)
    ]


def _mask(files: Sequence[_RawFile], feed: Feed) -> list[_ShownFile]:
    shown = mask_files([(file.tables, file.name) for file in files], feed)
    return list(map(_ShownFile, files, shown))


def _date(files: Sequence[_ShownFile], feed: Feed) -> list[_DatedFile | Exception]:
    """Date some files; BlockedFile for one of which nothing tells its date."""
    silent = find_silent_columns([file.shown for file in files], feed)
    return [_attempt(_date_one, file, feed, silent) for file in files]


def _date_one(file: _ShownFile, feed: Feed, silent: frozenset[str]) -> _DatedFile:
    units = find_units(file.shown, feed, file.raw.name)
    styles, decisions = decide_styles(file.shown, feed, [one.factors for one in units], silent)
    filedate = read_file_date(feed, file.raw.name, file.shown, styles)
    _refuse_undated(feed, filedate)
    sheets = make_sheets(file.shown, feed, filedate, styles, units)
    return _DatedFile(file, filedate, sheets, list_decisions(file.shown, units, decisions, feed))


def _refuse_undated(feed: Feed, filedate: FileDate) -> None:
    """Raise BlockedFile when nothing tells the date of a file, or its name no period where that is what it is about."""
    rule = None
    if filedate.end is None:
        rule = "no_data_date"
    elif feed.layout.delivery.period == "as_named" and filedate.kind not in NAMED_PERIODS:
        rule = "no_named_period"
    if rule is not None:
        words = load_rules()[rule]
        raise BlockedFile(rule, words.message_vi, words.remedy_vi)


def _finish(one: _DatedFile, validated: ValidatedFile, feed: Feed) -> Parse:
    """Return the parse of a file: its account, with what only all its rows tell: the plan year, the commune."""
    filedate, scope = one.filedate, None
    if "plan_year" in validated.rows:
        filedate = start_with_plan_year(feed, filedate, validated.rows["plan_year"])
    if feed.layout.delivery.scope is not None:
        scope = decide_file_scope(one.file.shown, validated, feed, one.file.raw.name, filedate)
        add_scope_finding(validated, scope, one.file.raw.name)
    decided = [
        asdict(decision) | {name: mask_figure(getattr(decision, name)) for name in ("told_by", "header")}
        for decision in one.decisions
    ]
    told = {"scope": scope and scope.commune_code, "decided": decided}
    return _describe_batch(filedate, validated) | told, validated


def _keep_sender_cells(read: Sequence[_RawFile | Exception], parses: Sequence[Parse | Exception], feed: Feed) -> None:
    """Keep beside each parse the cells by which its sender finds the faulty rows."""
    whole = [
        (one.tables, parse[1])
        for one, parse in zip(read, parses, strict=True)
        if isinstance(one, _RawFile) and not isinstance(parse, Exception)
    ]
    faults = [(tables, (validated.quarantine, validated.findings)) for tables, validated in whole]
    for (_, validated), cells in zip(whole, find_identifying_cells(faults, feed), strict=True):
        validated.held = cells


def list_dates_of_blocked_file(feed: Feed, name: str) -> dict[str, Any]:
    """List the date columns of a blocked file's account: its date can only come from its name."""
    found = data_dates.find_data_date_in_name(name, feed.layout.periods)
    filedate = (
        FileDate(None, None, None, None) if found is None else FileDate(found.kind, found.start, found.end, "name")
    )
    return _list_date_columns(filedate)


def _describe_batch(filedate: FileDate, validated: ValidatedFile) -> dict[str, Any]:
    return _list_date_columns(filedate) | {
        "rows_read": validated.rows_read,
        "rows_not_data": validated.rows_not_data,
        "rows_quarantined": validated.rows_quarantined,
    }


def _list_date_columns(filedate: FileDate) -> dict[str, Any]:
    return {f"date_{name}": value for name, value in asdict(filedate).items()}
