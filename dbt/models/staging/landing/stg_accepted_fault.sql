-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    gap_kind,
    commune_code,
    period,
    until,
    by_vi,
    why_vi
from {{ source('landing', 'accepted_fault') }}
