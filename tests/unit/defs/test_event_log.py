"""The one file that touches Dagster's insides, by import or by name: they are there, and behave, as it uses them."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg
from sqlalchemy import text

from dagster_project.core.paths import PROJECT_ROOT, Home
from dagster_project.defs.event_log import ConsolidatedSqliteEventLogStorage, KeptSqliteEventLogStorage
from dagster_project.defs.instance import open_instance


def test_no_other_file_names_dagsters_insides() -> None:
    found = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for path in (PROJECT_ROOT / "dagster_project").rglob("*.py")
        if re.search(r"\bdagster\w*\._[a-z]", path.read_text(encoding="utf-8"))
    }
    assert found == {"dagster_project/defs/event_log.py"}


def test_dagster_connects_by_what_is_replaced_and_one_connection_serves_all(tmp_path: Path) -> None:
    for name in ("_connect", "has_table", "dispose", "from_config_value"):
        assert callable(getattr(ConsolidatedSqliteEventLogStorage, name)), name
    storage = KeptSqliteEventLogStorage(str(tmp_path / "history"))
    try:
        with storage.index_connection() as one, storage.run_connection("a run") as other:
            assert one.connection.dbapi_connection is other.connection.dbapi_connection
            assert one.execute(text("pragma synchronous")).scalar() == 1  # NORMAL
            assert one.execute(text("pragma journal_mode")).scalar() == "wal"
        assert storage.has_table("event_logs")
        assert not storage.has_table("no_such_table")
    finally:
        storage.dispose()


def test_what_one_process_writes_another_storage_of_dagsters_own_reads(tmp_path: Path) -> None:
    """The file is Dagster's own: without the class that keeps the connection the history is still there."""

    @dg.asset
    def thing() -> None: ...

    home = Home(tmp_path)
    with open_instance(home) as instance:
        assert isinstance(instance.event_log_storage, KeptSqliteEventLogStorage)
        run = dg.materialize([thing], instance=instance)
    plain = ConsolidatedSqliteEventLogStorage(str(home.dagster / "history"))
    logs = plain.get_logs_for_run(run.run_id)
    assert dg.AssetKey("thing") in {e.dagster_event.asset_key for e in logs if e.dagster_event}
    plain.dispose()
