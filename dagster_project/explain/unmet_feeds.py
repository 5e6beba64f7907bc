"""Which feeds keep a night from being complete: late, missing or blocked, and nobody accepted it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.contracts.gap_kinds import UNMET_STATES
from dagster_project.warehouse.query import ask

_UNMET = """
with waiting as (

    select
        feed_id,
        as_of,
        state,
        case state when 'late' then 'late' when 'missing' then 'missing_period' when 'blocked' then 'blocked_file' end
            as kind
    from marts.feed_status
    where list_contains(?, state)

),

cause as (

    -- A blocked file older than the newest figures is a gap, and no reason for the feed's state.
    select waiting.feed_id, gap.state
    from waiting
    inner join marts.data_gap as gap on waiting.feed_id = gap.feed_id and waiting.kind = gap.kind
    left join marts.source_file as file
        on gap.feed_id = file.feed_id and gap.detail = file.file and file.state = 'blocked'
    where
        gap.state in ('open', 'accepted')
        and (gap.kind <> 'blocked_file' or waiting.as_of is null or file.data_date >= waiting.as_of)

)

select feed_id, state
from waiting
where
    feed_id not in (select cause.feed_id from cause)
    or feed_id in (select cause.feed_id from cause where cause.state = 'open')
order by feed_id
"""


def list_unmet_feeds(version: Path) -> list[dict[str, Any]]:
    """List feed_id and state (late, missing, blocked) of each feed of a version that no acceptance covers.

    An acceptance (`decisions.yaml`) covers a late feed by its gap `late`, a missing one by all its missing periods, a
    blocked one by the gaps of the blocked files.
    """
    return ask(version, _UNMET, (list(UNMET_STATES),)).to_records()
