-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    batch_id,
    scope,
    measure,
    stated,
    computed
from {{ source('landing', 'stated_total') }}
