"""Files' bytes → typed rows: reader, file date, validation. The only place that knows all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dagster_project.contracts.models import Feed
from dagster_project.contracts.registry import Registry
from dagster_project.contracts.rules import load_rules
from dagster_project.core.errors import BlockedFile, HaicapError
from dagster_project.ingest import readers
from dagster_project.ingest.normalise import data_dates
from dagster_project.ingest.normalise.styles import Decision
from dagster_project.ingest.persons.mask import mask_block, mask_figure
from dagster_project.ingest.persons.mask_tables import hide_sheet_names, mask_tables
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.validate.column_styles import decide_styles
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
class _ReadFile:
    """Holds a file that has been read and dated, on its way to its validation. `raw`: its tables as delivered, for the
    vault alone; all else goes by `tables`, which are without persons (docs/rules.md, "Persons in other places")."""

    name: str
    raw: list[RawTable]
    tables: list[RawTable]
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
    """Parse some files (content, name) of one feed, in their order; together, because validation then costs once.

    In the place of a parse stands BlockedFile for a file that cannot be used as a whole, or the error that a bug of
    ours raised over it: neither touches the other files. Raises what is of this installation: HaicapError, OSError,
    MemoryError.
    """
    read = [_attempt(_read, content, name, feed) for content, name in files]
    whole = [one for one in read if isinstance(one, _ReadFile)]
    try:
        validated: list[Any] = list(validate_files([one.sheets for one in whole], feed, registry, key))
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception:  # one of them brings out a bug: which one, each alone tells
        validated = [_attempt(_validate, one, feed, registry, key) for one in whole]
    answers = iter(validated)
    told = [(one, next(answers)) if isinstance(one, _ReadFile) else (one, one) for one in read]
    parses = [_attempt(_finish, one, said, feed) if isinstance(said, ValidatedFile) else said for one, said in told]
    _keep_sender_cells(read, parses, feed)
    return [mask_block(parse) if isinstance(parse, BlockedFile) else parse for parse in parses]


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


def _read(content: bytes, name: str, feed: Feed) -> _ReadFile:
    """Read and date a file. Raises BlockedFile when it cannot be read, or nothing tells its date."""
    raw = hide_sheet_names(readers.read(content, name, make_read_spec(feed)), feed)
    tables = mask_tables(raw, feed, name)
    units = find_units(tables, feed, name)
    styles, decisions = decide_styles(tables, feed, [one.factors for one in units])
    filedate = read_file_date(feed, name, tables, styles)
    _refuse_undated(feed, filedate)
    sheets = make_sheets(tables, feed, filedate, styles, units)
    return _ReadFile(name, raw, tables, filedate, sheets, list_decisions(tables, units, decisions, feed))


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


def _validate(one: _ReadFile, feed: Feed, registry: Registry, key: bytes) -> ValidatedFile:
    return validate_files([one.sheets], feed, registry, key)[0]


def _finish(one: _ReadFile, validated: ValidatedFile, feed: Feed) -> Parse:
    """Return the parse of a file: its account, with what only all its rows tell: the plan year, the commune."""
    filedate, scope = one.filedate, None
    if "plan_year" in validated.rows:
        filedate = start_with_plan_year(feed, filedate, validated.rows["plan_year"])
    if feed.layout.delivery.scope is not None:
        scope = decide_file_scope(one.tables, validated, feed, one.name, filedate)
        add_scope_finding(validated, scope, one.name)
    decided = [
        asdict(decision) | {name: mask_figure(getattr(decision, name)) for name in ("told_by", "header")}
        for decision in one.decisions
    ]
    told = {"scope": scope and scope.commune_code, "decided": decided}
    return _describe_batch(filedate, validated) | told, validated


def _keep_sender_cells(read: Sequence[_ReadFile | Exception], parses: Sequence[Parse | Exception], feed: Feed) -> None:
    """Keep beside each parse the cells by which its sender finds the faulty rows."""
    whole = [
        (one.raw, parse[1])
        for one, parse in zip(read, parses, strict=True)
        if isinstance(one, _ReadFile) and not isinstance(parse, Exception)
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
