-- Rendered from sources/housing/contract.odcs.yaml by `make render`; edit that file, not this one.
select
    feed_id,
    area,
    batch_id,
    source_sheet,
    source_row,
    content_hash,
    household_id,
    unit_level,
    unit_code,
    commune_code,
    former_province_code,
    attribution,
    strand,
    kind,
    support,
    source_fund,
    started_on,
    completed_on,
    handed_over_on,
    status,
    difficulty
from {{ source('landing', 'housing') }}
