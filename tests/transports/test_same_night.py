"""The same night from folders and from servers, with faults on, gives the same marts, row for row."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from dagster_project.core.paths import Home
from dagster_project.night.run import open_session
from dagster_project.night.session import NO_SOURCES
from dagster_project.settings.sources import Sources
from dagster_project.simulate import simulate
from dagster_project.warehouse import versions
from dagster_project.warehouse.build import refuse_failures
from tests.support.kits.kit import QUICK
from tests.support.nights.same_end import content_differences
from tests.support.servers.postgres_server import PASSWORD, PostgresServer
from tests.support.servers.sftp_server import SftpServer
from tests.support.servers.web_server import TOKEN, WebServer

pytestmark = [pytest.mark.debian, pytest.mark.slow]

AS_OF = date(2025, 7, 13)
TABLE = "bao_cao_giai_ngan"
PATIENT = QUICK | {"attempts": 6, "deadline_seconds": 120, "read_seconds": 1.0}
FEEDS = ("procedures_pt", "procedures_hb", "national_portal", "investment_pt", "land_auction_vp", "housing_vp")
"""One of each transport and reader; the others of a full night only repeat them."""
FROM_FOLDER = "housing_vp"


def night(home: Home, inbox: Path, sources: Sources = NO_SOURCES, as_of: date = AS_OF) -> list[str]:
    """One night without Dagster around it; returns the feeds whose pull failed."""
    with open_session(home, inbox, as_of, 14, lambda _: None, sources) as session:
        if session.is_up_to_date():
            return _failed(session)
        for feed_id in session.feed_ids:
            session.land(feed_id)
        assert session.faults.feeds == {}
        if session.must_build():
            refuse_failures(session.build().results)
            session.publish()
        return _failed(session)


def _failed(session) -> list[str]:
    return [feed_id for feed_id, pulled in session.pulled.items() if pulled.fault is not None]


def as_exported(file: Path) -> tuple[list[tuple[str, str]], list[tuple]]:
    """Write the table again as an office's export in the order of its rows; gives columns with their types, and
    rows."""
    with sqlite3.connect(file) as connection:
        cursor = connection.execute(f"select * from {TABLE}")
        names = [column[0] for column in cursor.description]
        order = ", ".join(f"{n} is not null, cast({n} as text)" for n in names)
        rows = connection.execute(f"select * from {TABLE} order by {order}").fetchall()
    kinds = [all(isinstance(row[n], int | None) for row in rows) for n in range(len(names))]
    columns = [(name, "integer" if whole else "text") for name, whole in zip(names, kinds, strict=True)]
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table {TABLE} ({', '.join(f'{n} {k}' for n, k in columns)})")
    connection.executemany(f"insert into {TABLE} values ({', '.join('?' * len(names))})", rows)
    connection.commit()
    file.write_bytes(connection.serialize())
    return columns, rows


def into_postgres(server: PostgresServer, columns: list[tuple[str, str]], rows: list[tuple]) -> None:
    """The same rows in the system's own table, in no order."""
    engine = sa.create_engine(
        sa.make_url(server.url.replace("postgresql:", "postgresql+psycopg:")).set(password=PASSWORD)
    )
    kinds = {"integer": "bigint", "text": "text"}
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table {TABLE} ({', '.join(f'{n} {kinds[k]}' for n, k in columns)})"))
        texts = [
            {n: v if v is None or k == "integer" else str(v) for (n, k), v in zip(columns, r, strict=True)}
            for r in rows
        ]
        marks = ", ".join(f":{name}" for name, _ in columns)
        connection.execute(sa.text(f"insert into {TABLE} values ({marks})"), texts[::-1])
    engine.dispose()


@pytest.fixture(scope="module")
def offices(tmp_path_factory):
    """A season as folders hold it, and the same behind servers; gives (root, sources by feed, web server, SFTP
    server)."""
    root = tmp_path_factory.mktemp("same")
    inbox, behind = root / "inbox", root / "behind"
    simulate(inbox, seed=12, scale=0.002, as_of=AS_OF, feeds=FEEDS, with_truth=False)
    columns, rows = as_exported(inbox / "investment_pt" / "bao_cao.sqlite")
    shutil.copytree(inbox, behind)
    sftp = SftpServer(behind, root / "keys")
    with WebServer(folder=behind) as web, sftp, PostgresServer() as postgres:
        into_postgres(postgres, columns, rows)
        sources = {
            feed: {
                "kind": "sftp", "host": "127.0.0.1", "port": sftp.port, "user": "haicap", "path": f"/{feed}",
                "key_file": str(sftp.key), "known_hosts_file": str(sftp.known_hosts),
            }
            for feed in FEEDS
        }  # fmt: skip
        at = {"url": web.url, "token": TOKEN, "token_over_http": True}
        sources["procedures_pt"] = {"kind": "http", **at}
        sources["national_portal"] = {"kind": "portal", **at, "root_department_id": "r", "pause_seconds": 0.05}
        sources["investment_pt"] = {"kind": "sql", "url": postgres.url, "password": PASSWORD}
        sources[FROM_FOLDER] = {"kind": "folder", "path": str(behind / FROM_FOLDER)}
        yield root, sources, web, sftp


def test_folders_and_servers_give_the_same_marts_with_faults_on(offices, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    root, feeds, web, sftp = offices
    by_folder, by_server, empty = Home(root / "by-folder"), Home(root / "by-server"), root / "empty"
    assert night(by_folder, root / "inbox") == []
    sources = Sources.model_validate({"feeds": feeds, "limits": PATIENT})
    # A first night through a bad line: the portal's list breaks off in spring, one connection is dropped.
    web.faults.next, web.faults.always = ["429", "cut", "", "html", "", "500", "hang"], "503"
    sftp.cuts_after = 25
    with open_session(by_server, empty, AS_OF, 14, lambda _: None, sources) as session:
        assert {"procedures_pt", "national_portal"} == set(_failed(session))
        # Killed here, say: nothing is landed, no cursor has moved.
    web.faults.next, web.faults.always = ["", "envelope", "slow", "cut", "", "503", "html"], ""
    sftp.cuts_after = 40
    assert night(by_server, empty, sources) == []
    assert web.seen["503"] > 5
    assert content_differences(by_folder.current, by_server.current) == []
    assert versions.read_current_version(by_folder) == versions.read_current_version(by_server)
    # The same night again asks little and finds nothing new.
    assert night(by_server, empty, sources) == []
    assert len(versions.list_versions(by_server)) == 1
