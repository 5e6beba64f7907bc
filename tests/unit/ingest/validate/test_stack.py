"""Files validated together: each answer is that of the file alone, whichever others lie in the stack."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project.contracts.registry import load_registry
from dagster_project.core.errors import BlockedFile
from dagster_project.ingest.landing import parse
from dagster_project.ingest.landing.parquet import make_tables
from dagster_project.ingest.landing.parse import parse_file, parse_files
from dagster_project.ingest.readers.base import Finding, RawTable
from dagster_project.ingest.validate.file_date import FileDate
from dagster_project.ingest.validate.file_units import find_units
from dagster_project.ingest.validate.stack import Sheet, make_sheets, stack_sheets
from dagster_project.ingest.validate.validate import ValidatedFile, validate_files
from dagster_project.simulate import simulate
from tests.support.kits.validate_kit import DATA_DAY, KEY, dossier, feed, raw_table

FRAMES = ("rows", "quarantine", "findings", "totals")
FEEDS = ("procedures_pt", "procedures_vp", "housing_pt", "investment_hb")


def said(validated: ValidatedFile) -> dict[str, object]:
    """Return all that validation says of a file, in plain values."""
    frames = {name: getattr(validated, name).astype(object) for name in FRAMES}
    told = {name: frame.where(frame.notna(), None).to_dict("records") for name, frame in frames.items()}
    return {**told, "drift": validated.drift, "read": validated.rows_read, "not_data": validated.rows_not_data}


CELLS = st.fixed_dictionaries(
    {
        "dossier_id": st.sampled_from(["H62.52-250702-0001", "H62.52-250702-0002", "?", None]),
        "received_at": st.sampled_from(["02/07/2025 08:30", "20/06/2025", "15/07/2025", "32/13/2025", None]),
        "unit": st.sampled_from(["UBND xã Yên Lạc", "Phường Vĩnh Yên", "xã Không Có", "Xuân Hòa", None]),
        "status_code": st.sampled_from(["Đã trả kết quả", "Đang xử lý", "chẳng rõ"]),
        "fee": st.sampled_from([15000.0, "1.500", "-", None]),
    }
)
DATES = st.sampled_from([date(2025, 7, 13), date(2025, 6, 30), date(2025, 7, 14)])
TABLES = st.lists(CELLS, max_size=4).flatmap(
    lambda rows: st.builds(
        lambda first, drop, sheet: _table(rows, first, drop, sheet),
        st.integers(2, 12),
        st.sampled_from([None, "fee", "channel"]),
        st.sampled_from(["Tháng 7", None]),
    )
)


def _table(rows: list[dict[str, object]], first_row: int, dropped: str | None, sheet: str | None) -> RawTable:
    cells = [{name: cell for name, cell in dossier(**row).items() if name != dropped} for row in rows]
    table = raw_table(*(cells or [dossier()]), sheet=sheet, first_row=first_row)
    table.frame = table.frame.iloc[: len(rows)]
    table.findings.append(Finding("wrong_extension", value=".xls"))
    return table


def _file(day: date, tables: list[RawTable]) -> list[Sheet]:
    return make_sheets(
        tables, feed(), FileDate("day", day, day, "title"), {}, find_units(tables, feed(), "so_lieu.xlsx")
    )


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(DATES, st.lists(TABLES, min_size=1, max_size=2)), max_size=5))
@pytest.mark.slow
def test_files_opened_together_say_what_each_says_alone(files):
    sheets = [_file(day, tables) for day, tables in files]
    together = validate_files(sheets, feed(), load_registry(), KEY)
    alone = [validate_files([one], feed(), load_registry(), KEY)[0] for one in sheets]
    assert list(map(said, together)) == list(map(said, alone))


def test_sheets_with_other_columns_or_money_are_stacks_of_their_own():
    one, other = raw_table(dossier()), raw_table(dossier())
    bare = raw_table({name: cell for name, cell in dossier().items() if name != "fee"})
    sheets = [sheet for table in (one, bare, other) for sheet in _file(DATA_DAY, [table])]
    assert [positions for positions, _ in stack_sheets(sheets)] == [[0, 2], [1]]


def test_a_row_refused_in_one_file_is_not_missed_in_its_neighbour():
    bad, good = (raw_table(dossier(received_at=day)) for day in ("32/13/2025", "02/07/2025"))
    first, second = validate_files([_file(DATA_DAY, [bad]), _file(DATA_DAY, [good])], feed(), load_registry(), KEY)
    assert (len(first.rows), first.rows_quarantined) == (0, 1)
    assert (len(second.rows), second.rows_quarantined) == (1, 0)


_MANY = 12
"""Files of a feed that are parsed together and alone: so many show every form of a feed."""


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bad season of the feeds that send more than one file."""
    folder = tmp_path_factory.mktemp("stack") / "inbox"
    simulate(folder, seed=7, scale=0.002, as_of=DATA_DAY, mess="hard", feeds=FEEDS, with_truth=False)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("feed_id", FEEDS)
def test_a_season_parsed_together_lands_as_file_by_file(inbox: Path, tmp_path: Path, feed_id: str):
    registry = load_registry()
    of = registry.feeds[feed_id]
    paths = [path for path in sorted((inbox / feed_id).rglob("*")) if path.is_file()][:_MANY]
    files = [(path.read_bytes(), path.name) for path in paths]
    assert len(files) > 1
    for given_, parsed in zip(files, parse_files(files, of, registry, KEY), strict=True):
        if isinstance(parsed, BlockedFile):
            with pytest.raises(BlockedFile, match=re.escape(parsed.message_vi)):
                parse_file(*given_, of, registry, KEY)
            continue
        assert not isinstance(parsed, Exception)
        batch, validated = parse_file(*given_, of, registry, KEY)
        assert parsed[0] == batch
        assert said(parsed[1]) == said(validated)
        together, alone_ = (make_tables([("b" * 16, answer)], of) for answer in (parsed[1], validated))
        for name, table in together.items():
            pd.testing.assert_frame_equal(table.to_pandas().astype(str), alone_[name].to_pandas().astype(str))


def test_a_bug_that_one_file_brings_out_is_its_own(monkeypatch: pytest.MonkeyPatch, inbox: Path):
    registry = load_registry()
    of = registry.feeds["procedures_vp"]
    paths = [path for path in sorted((inbox / of.feed_id).rglob("*.xlsx")) if not path.name.startswith("~$")]
    files = [(path.read_bytes(), path.name) for path in paths]
    alone = [answer for answer in parse_files(files, of, registry, KEY) if not isinstance(answer, Exception)]
    sizes = [validated.rows_read for _, validated in alone]
    most = max(sizes)
    whole = parse.validate_files

    def buggy(asked, *rest):
        if any(sum(sheet.rows_read for sheet in sheets) == most for sheets in asked):
            raise KeyError("a bug")
        return whole(asked, *rest)

    monkeypatch.setattr(parse, "validate_files", buggy)
    answers = [answer for answer in parse_files(files, of, registry, KEY) if not isinstance(answer, BlockedFile)]
    bugs = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(bugs) == sizes.count(most)
    assert [validated.rows_read for _, validated in (a for a in answers if not isinstance(a, Exception))] == [
        size for size in sizes if size != most
    ]
