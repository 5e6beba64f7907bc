-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    batch_id,
    source_sheet,
    source_row,
    content_hash,
    column_name,
    old_value,
    new_value,
    read_again_on
from {{ source('landing', 'reread') }}
