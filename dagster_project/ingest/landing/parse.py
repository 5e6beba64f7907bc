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
from dagster_project.ingest.readers.base import RawTable, make_read_spec
from dagster_project.ingest.validate.file_date import FileDate, read_file_date, start_with_plan_year
from dagster_project.ingest.validate.file_scope import add_scope_finding, decide_file_scope
from dagster_project.ingest.validate.stack import Sheet, make_sheets
from dagster_project.ingest.validate.validate import ValidatedFile, validate_files
from dagster_project.ingest.vault.sender_rows import find_identifying_cells

Parse = tuple[dict[str, Any], ValidatedFile]
"""What the batch's account says of a file, and what its validation let through."""


@dataclass(frozen=True)
class _ReadFile:
    """A file that has been read and dated, on its way to its validation."""

    name: str
    tables: list[RawTable]
    filedate: FileDate
    sheets: list[Sheet]


def parse_file(content: bytes, name: str, feed: Feed, registry: Registry, key: bytes) -> Parse:
    """Read, date and judge one file. Raises BlockedFile when it cannot be used as a whole."""
    (parse,) = parse_files([(content, name)], feed, registry, key)
    if isinstance(parse, Exception):
        raise parse
    return parse


def parse_files(
    files: Sequence[tuple[bytes, str]], feed: Feed, registry: Registry, key: bytes
) -> list[Parse | Exception]:
    """The parse of each file of one feed (content, name), in their order; opened together, for that costs once.

    In its place BlockedFile for a file that cannot be used as a whole, or what it brought out that is a bug of ours:
    neither touches the other files. Raises what is of this installation: HaicapError, OSError, MemoryError.
    """
    read = [_attempt(_read, content, name, feed) for content, name in files]
    whole = [one for one in read if isinstance(one, _ReadFile)]
    try:
        opened: list[Any] = list(validate_files([one.sheets for one in whole], feed, registry, key))
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception:  # one of them brings out a bug: which one, each alone tells
        opened = [_attempt(_open, one, feed, registry, key) for one in whole]
    answers = iter(opened)
    behind = [(one, next(answers)) if isinstance(one, _ReadFile) else (one, one) for one in read]
    parses = [_attempt(_finish, one, door, feed) if isinstance(door, ValidatedFile) else door for one, door in behind]
    _hold(read, parses, feed)
    return parses


def _attempt(step: Any, *given: Any) -> Any:
    """What a step says of a file, or why it can say nothing."""
    try:
        return step(*given)
    except BlockedFile as fault:
        return fault
    except (HaicapError, OSError, MemoryError):
        raise
    except Exception as bug:
        return bug


def _read(content: bytes, name: str, feed: Feed) -> _ReadFile:
    tables = readers.read(content, name, make_read_spec(feed))
    filedate = read_file_date(feed, name, tables)
    if filedate.end is None:
        words = load_rules()["no_data_date"]
        raise BlockedFile("no_data_date", words.message_vi, words.remedy_vi)
    return _ReadFile(name, tables, filedate, make_sheets(tables, feed, filedate))


def _open(one: _ReadFile, feed: Feed, registry: Registry, key: bytes) -> ValidatedFile:
    return validate_files([one.sheets], feed, registry, key)[0]


def _finish(one: _ReadFile, opened: ValidatedFile, feed: Feed) -> Parse:
    """The parse of a file: its account, with what only all its rows tell: the plan year, the commune."""
    filedate, scope = one.filedate, None
    if "plan_year" in opened.rows:
        filedate = start_with_plan_year(feed, filedate, opened.rows["plan_year"])
    if feed.layout.delivery.scope is not None:
        scope = decide_file_scope(one.tables, opened, feed, one.name, filedate)
        add_scope_finding(opened, scope, one.name)
    return _describe_batch(filedate, opened) | {"scope": scope and scope.commune_code}, opened


def _hold(read: Sequence[_ReadFile | Exception], parses: Sequence[Parse | Exception], feed: Feed) -> None:
    """Keep beside each parse the cells by which its sender finds the faulty rows."""
    whole = [
        (one.tables, parse[1])
        for one, parse in zip(read, parses, strict=True)
        if isinstance(one, _ReadFile) and not isinstance(parse, Exception)
    ]
    held = find_identifying_cells([(tables, (opened.quarantine, opened.findings)) for tables, opened in whole], feed)
    for (_, opened), cells in zip(whole, held, strict=True):
        opened.held = cells


def date_blocked_file(feed: Feed, name: str) -> dict[str, Any]:
    """The date columns of a blocked file: its date can only come from its name."""
    found = data_dates.find_data_date_in_name(name)
    filedate = (
        FileDate(None, None, None, None) if found is None else FileDate(found.kind, found.start, found.end, "name")
    )
    return _list_date_columns(filedate)


def _describe_batch(filedate: FileDate, opened: ValidatedFile) -> dict[str, Any]:
    return _list_date_columns(filedate) | {
        "rows_read": opened.rows_read,
        "rows_not_data": opened.rows_not_data,
        "rows_quarantined": opened.rows_quarantined,
    }


def _list_date_columns(filedate: FileDate) -> dict[str, Any]:
    return {f"date_{name}": value for name, value in asdict(filedate).items()}
