"""This module reads tasks with a deadline, overdue first; the register is told as absent until an office has sent
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from dagster_project.extracts.reading.facts import Facts
from dagster_project.extracts.words import format_date

SHOWN = 12
"""Open tasks that the page names; the register has them all."""
PRINTED = 5
"""Of these, the tasks that are printed: the page is to be read on one sheet."""
_HELD = "select count(*) > 0 from marts.feed_status where domain = 'directives' and last_file is not null"
_OPEN = """
select commune_code, directive_no, task, lead_agency, due_on, days_past_due, is_overdue
from marts.fct_directive
where not is_done
order by due_on nulls last, directive_no, task
"""


@dataclass(frozen=True)
class Task:
    """A task that is not done on the day of the data. The fact decides whether it is overdue, and by how many days.

    `commune`: the commune that leads it, None for another agency. `days_past_due` is below 0 before the due date and
    None without one.
    """

    commune: str | None
    document: str
    task: str
    lead: str
    due: date | None
    days_past_due: int | None
    is_overdue: bool

    @property
    def says(self) -> str:
        """Return the deadline in words: 'quá hạn 3 ngày', 'còn 4 ngày', 'không có hạn'."""
        if self.days_past_due is None:
            return "không có hạn"
        if self.is_overdue:
            return f"quá hạn {self.days_past_due} ngày"
        return "đến hạn hôm nay" if self.days_past_due == 0 else f"còn {-self.days_past_due} ngày"

    @property
    def due_vi(self) -> str:
        """Return the due date as '13/07/2025'; '-' when there is none."""
        return format_date(self.due)


def read_open_tasks(marts: duckdb.DuckDBPyConnection) -> list[Task] | None:
    """Return the tasks that are not done, overdue first, those without a date last; None when no register ever came."""
    if marts.execute(_HELD).fetchone() != (True,):
        return None
    return _read_tasks(marts)


def find_register_day(facts: Facts) -> date | None:
    """Return the day of the register's newest data where it is stale: what was done since is not known; else None."""
    overdue = next(iter(facts.list_headlines("directive_overdue", "province")), None)
    return None if overdue is None else overdue.find_old_date(facts.as_of)


def read_tasks_of_communes(marts: duckdb.DuckDBPyConnection) -> dict[str, list[Task]]:
    """Return commune → the tasks that it leads and that are not done, overdue first."""
    found: dict[str, list[Task]] = {}
    for task in _read_tasks(marts):
        if task.commune is not None:
            found.setdefault(task.commune, []).append(task)
    return found


def _read_tasks(marts: duckdb.DuckDBPyConnection) -> list[Task]:
    return [
        Task(commune, document or "-", task or "-", lead or "-", *rest)
        for commune, document, task, lead, *rest in marts.execute(_OPEN).fetchall()
    ]
