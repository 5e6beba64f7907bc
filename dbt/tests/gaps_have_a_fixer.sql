select
    gap_id,
    feed_id,
    kind,
    who_fixes,
    what_to_do_vi
from {{ ref('data_gap') }}
where coalesce(who_fixes, '') = '' or coalesce(what_to_do_vi, '') = ''
