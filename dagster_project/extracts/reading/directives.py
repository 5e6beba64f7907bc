"""Tasks with a deadline, overdue first; the register is told as absent until an office has sent it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.extracts.words import format_date

SHOWN = 12
"""Open tasks that the page names; the register has them all."""
PRINTED = 5
"""Of these, the tasks that are printed: the page is to be read on one sheet."""
_HELD = "select count(*) > 0 from marts.feed_status where domain = 'directives' and last_file is not null"
_OPEN = """
select directive_no, task, lead_agency, due_on
from marts.fct_directive
where done_on is null or done_on > $as_of
order by due_on nulls last, directive_no, task
"""
# A task whose lead agency is a commune.
_OF_COMMUNES = """
select commune_code, directive_no, task, lead_agency, due_on
from marts.fct_directive
where commune_code is not null and (done_on is null or done_on > $as_of)
order by commune_code, due_on nulls last, directive_no, task
"""


@dataclass(frozen=True)
class Task:
    """An open task on the day of the data."""

    document: str
    task: str
    lead: str
    due: date | None
    as_of: date

    @property
    def days_over(self) -> int:
        """Days past its due date; 0 when it is not due or has no date."""
        return max(0, (self.as_of - self.due).days) if self.due else 0

    @property
    def says(self) -> str:
        """The deadline in words: 'quá hạn 3 ngày', 'còn 4 ngày', 'không có hạn'."""
        if self.due is None:
            return "không có hạn"
        left = (self.due - self.as_of).days
        return f"quá hạn {-left} ngày" if left < 0 else "đến hạn hôm nay" if left == 0 else f"còn {left} ngày"

    @property
    def due_vi(self) -> str:
        """The due date; '-' when there is none."""
        return format_date(self.due)


def read_open_tasks(marts: duckdb.DuckDBPyConnection, as_of: date) -> list[Task] | None:
    """Tasks that are not done, overdue first, those without a date last; None when no register ever came."""
    if marts.execute(_HELD).fetchone() != (True,):
        return None
    rows = marts.execute(_OPEN, {"as_of": as_of}).fetchall()
    return [Task(document or "-", task or "-", lead or "-", due, as_of) for document, task, lead, due in rows]


def read_tasks_of_communes(marts: duckdb.DuckDBPyConnection, as_of: date) -> dict[str, list[Task]]:
    """Commune → its own tasks that are not done, overdue first."""
    found: dict[str, list[Task]] = {}
    for code, document, task, lead, due in marts.execute(_OF_COMMUNES, {"as_of": as_of}).fetchall():
        found.setdefault(code, []).append(Task(document or "-", task or "-", lead or "-", due, as_of))
    return found
