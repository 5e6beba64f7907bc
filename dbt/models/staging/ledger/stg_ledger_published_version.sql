-- Rendered from sources/handed_tables.yaml by `make render`; edit that file, not this one.
select
    version_no,
    version,
    as_of
from {{ source('ledger', 'published_version') }}
