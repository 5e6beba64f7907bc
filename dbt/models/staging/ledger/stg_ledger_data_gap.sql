-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    first_no,
    last_no,
    gap_id,
    feed_id,
    area,
    commune_code,
    period,
    kind,
    severity,
    measure,
    rows_affected,
    first_seen,
    last_seen,
    state,
    who_fixes,
    what_to_do_vi,
    detail,
    accepted_until,
    accepted_by_vi
from {{ source('ledger', 'data_gap') }}
