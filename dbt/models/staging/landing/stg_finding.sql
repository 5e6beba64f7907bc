-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    batch_id,
    source_sheet,
    source_row,
    column_name,
    rule,
    value,
    commune_code,
    message_vi,
    remedy_vi
from {{ source('landing', 'finding') }}
