-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    file,
    data_date
from {{ source('landing', 'waiting_file') }}
