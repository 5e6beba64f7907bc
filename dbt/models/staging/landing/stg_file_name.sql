-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    batch_id,
    file
from {{ source('landing', 'file_name') }}
